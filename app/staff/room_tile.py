"""One room on the staff station: its link, its alarms, and what can be answered."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.staff.messages import Calling, Occurrence
from app.staff.room_link import RoomLink
from app.staff.rooms_shown import AlarmShown, RoomShown
from protocols.events import AlarmState, StaffCall

_PAUSED = (AlarmState.PAUSED, AlarmState.LATCHED_PAUSED)
_ENDED = (AlarmState.LATCHED, AlarmState.LATCHED_PAUSED)

SETTLE_MS = 700
"""An alarm that moved into a row takes no touch for so long: the finger meant the one before."""

_LINK_WORDS = {
    RoomLink.CONNECTING: "connecting",
    RoomLink.LIVE: "connected",
    RoomLink.LOST: "LINK LOST",
    RoomLink.CLOSED: "closed",
    RoomLink.REFUSED: "REFUSED",
    RoomLink.FOREIGN: "WRONG ROOM",
}


def span_words(seconds: float) -> str:
    """A span for people: ``48 s``, ``3:05 min``, ``2 h 10 min``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def bedside_words(shown: AlarmShown, now_s: float) -> str:
    """Who was reached and what the bedside does, in a sentence."""
    told = shown.told
    if told.acknowledged_by:
        return f"Acknowledged at the bedside by {told.acknowledged_by}."
    if told.state in _PAUSED:
        return "Sound is paused at the bedside."
    left_s = shown.sounds_in_s(now_s)
    if told.accepted_by:
        comes = f"{told.accepted_by} goes to the room."
        return comes if left_s is None else f"{comes} The bedside sounds in {span_words(left_s)}."
    if left_s is not None:
        return f"The bedside sounds in {span_words(left_s)}."
    sounds = "It sounds at the bedside." if told.room_sound and told.state.is_heard else ""
    if shown.refused_by:
        return f"{shown.refused_by} cannot come. {sounds}".strip()
    if told.staff is StaffCall.UNREACHED:
        return f"Nobody has gone yet. {sounds}".strip()
    return sounds


class AlarmRow(QFrame):
    """One alarm: sign, sentence, what to do, who goes; it knows whether it was painted.

    Signals:
        accepted, rejected: a person answered; carries the occurrence.
    """

    accepted = Signal(object)
    rejected = Signal(object)

    def __init__(self, *, big: bool = False, parent: QWidget | None = None) -> None:
        """`big` where the screen has room for it: the sentence is then read from afar."""
        super().__init__(parent)
        theme.style(self, surface="raised")
        self.mark = QLabel()
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.mark.setFixedWidth(2 * theme.REFERENCE.touch)
        theme.style(self.mark, role="large")
        self.sentence = _label("large" if big else "title")
        self.sentence.setWordWrap(True)
        self.answer = _label("title" if big else "body")
        self.detail = _label("title" if big else "body", tone="dim")
        self.accept_button = QPushButton("Accept: I am going")
        theme.style(self.accept_button, kind="primary")
        self.reject_button = QPushButton("Cannot come")
        self.accept_button.clicked.connect(self._accept)
        self.reject_button.clicked.connect(self._reject)
        self._shown: AlarmShown | None = None
        self._painted: Calling | None = None
        self._moved_ms = -SETTLE_MS
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.mark)
        words = QVBoxLayout()
        row.addLayout(words, 1)
        words.setSpacing(2)
        for label in (self.sentence, self.answer, self.detail):
            words.addWidget(label)
        buttons = QHBoxLayout()
        words.addLayout(buttons)
        buttons.setSpacing(theme.GRID_PX)
        buttons.addWidget(self.accept_button, 2)
        buttons.addWidget(self.reject_button, 1)
        words.setContentsMargins(theme.GRID_PX, theme.GRID_PX, theme.GRID_PX, theme.GRID_PX)

    def render(self, shown: AlarmShown, now_s: float, elapsed_ms: int, by: str) -> None:
        """Show `shown` at `now_s` to `by`, who can answer; `elapsed_ms` drives the flashing."""
        told = shown.told
        if self._shown is None or self._shown.told.calling != told.calling:
            self.update()  # a new call must be painted before it is confirmed
        if self._shown is not None and self._shown.told.occurrence != told.occurrence:
            self._moved_ms = elapsed_ms
        self._shown = shown
        sign = theme.PRIORITY_SIGNS[told.priority]
        theme.set_text(self.mark, sign.mark)
        flashing = shown.is_open and not theme.flash_lit(told.priority, elapsed_ms)
        lit = not flashing and not told.acknowledged_by
        ground, text = theme.active_theme().alarm(told.priority)
        look = f"background: {ground}; color: {text};" if lit else f"color: {ground};"
        if self.mark.styleSheet() != look:
            self.mark.setStyleSheet(look)
        theme.set_text(self.sentence, told.sentence)
        _show(self.answer, bedside_words(shown, now_s))
        ended = ", the condition has ended" if told.state in _ENDED else ""
        urgent = (
            "" if not told.urgency else ", UNATTENDED" if told.urgency == 1 else ", LONG UNATTENDED"
        )
        since = span_words(shown.age_s(now_s))
        words = f"{sign.word.capitalize()} priority{urgent}, since {since}{ended}. {told.next_step}"
        theme.set_text(self.detail, words.strip())
        called = told.staff is not StaffCall.NONE and not told.acknowledged_by
        mine = told.accepted_by in ("", by)
        self.accept_button.setVisible(called and not told.accepted_by)
        self.reject_button.setVisible(called and mine and not shown.refused_by)
        for button in (self.accept_button, self.reject_button):
            button.setEnabled(bool(by) and elapsed_ms - self._moved_ms >= SETTLE_MS)

    @property
    def occurrence(self) -> Occurrence | None:
        """Which alarm stands here."""
        return None if self._shown is None else self._shown.told.occurrence

    def take_painted(self) -> Calling | None:
        """The call that was painted since the last question, or None."""
        painted, self._painted = self._painted, None
        return painted

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and remember what stood here."""
        super().paintEvent(event)
        if self._shown is not None:
            self._painted = self._shown.told.calling

    @Slot()
    def _accept(self) -> None:
        if self._shown is not None:
            self.accepted.emit(self._shown.told.occurrence)

    @Slot()
    def _reject(self) -> None:
        if self._shown is not None:
            self.rejected.emit(self._shown.told.occurrence)


class RoomTile(QFrame):
    """One room.

    Signals:
        accepted, rejected: carries the room's number and the occurrence.
        understood: somebody saw that the link is lost; carries the room's number.
    """

    accepted = Signal(int, object)
    rejected = Signal(int, object)
    understood = Signal(int)

    def __init__(self, number: int, *, big: bool = False, parent: QWidget | None = None) -> None:
        """The tile of the room `number`; `big` where the screen has room for large type."""
        super().__init__(parent)
        theme.style(self, surface="panel")
        self._number = number
        self._big = big
        self.name = _label("large")
        self.state = _label("body", tone="dim")
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.simulated = _label("title", tone="attention")
        self.simulated.setText("SIMULATED")
        self.calm = _label("title", tone="dim")
        self.calm.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = _label("body", tone="attention")
        self.trouble = _Trouble()
        self.trouble.button.clicked.connect(self._understand)
        self.rows: list[AlarmRow] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.GRID_PX)
        self._lay_out()

    def _lay_out(self) -> None:
        all_of_it = QVBoxLayout(self)
        head = QHBoxLayout()
        all_of_it.addLayout(head)
        head.addWidget(self.name, 3)
        head.addWidget(self.simulated, 0)
        head.addWidget(self.state, 1)
        inside = QWidget()
        theme.style(inside, clear=True)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._list)
        column.addWidget(self.calm, 1)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        self._area.setStyleSheet("QScrollArea { background: transparent; }")
        inside.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        all_of_it.setContentsMargins(2 * theme.GRID_PX, theme.GRID_PX, 2 * theme.GRID_PX, 16)
        all_of_it.addWidget(self.trouble)
        all_of_it.addWidget(self.note)
        all_of_it.addWidget(self._area, 1)

    def render(self, room: RoomShown, now_s: float, elapsed_ms: int, by: str) -> None:
        """Show `room`; `by` is who answers at this station, or empty."""
        theme.set_text(self.name, room.title)
        theme.set_text(self.state, _LINK_WORDS[room.link])
        theme.style(self.state, tone="dim" if room.link is RoomLink.LIVE else "attention")
        session = room.session
        self.simulated.setVisible(session is not None and session.simulated)
        self.trouble.render(room, now_s)
        _show(self.note, room.note_at(now_s) if room.note_by in ("", by) else "")
        alarms = room.alarms
        while len(self.rows) < len(alarms):
            self._add_row()
        for row, shown in zip(self.rows, alarms, strict=False):
            row.render(shown, now_s, elapsed_ms, by)
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(alarms))
        _show(self.calm, "" if alarms else _calm_words(room))

    def take_painted(self) -> list[Calling]:
        """The calls that were painted since the last question."""
        painted = [row.take_painted() for row in self.rows]
        return [calling for calling in painted if calling is not None]

    def _add_row(self) -> None:
        row = AlarmRow(big=self._big)
        row.accepted.connect(self._accept)
        row.rejected.connect(self._reject)
        self.rows.append(row)
        self._list.addWidget(row)

    @Slot(object)
    def _accept(self, occurrence: Occurrence) -> None:
        self.accepted.emit(self._number, occurrence)

    @Slot(object)
    def _reject(self, occurrence: Occurrence) -> None:
        self.rejected.emit(self._number, occurrence)

    @Slot()
    def _understand(self) -> None:
        self.understood.emit(self._number)


class _Trouble(QFrame):
    """The red banner of a room whose link or program cannot be relied on."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = _label("title")
        self.button = QPushButton("Understood: silence")
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID_PX, theme.GRID_PX, theme.GRID_PX, theme.GRID_PX)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.button)
        theme.style(self, alarm="high")
        self.hide()

    def render(self, room: RoomShown, now_s: float) -> None:
        trouble = room.trouble
        if trouble:
            since = (
                "" if room.link is RoomLink.LIVE else f" Since {span_words(now_s - room.link_s)}."
            )
            theme.set_text(self.sentence, f"{trouble}{since}")
            ground, text = theme.active_theme().alarm_high, theme.active_theme().alarm_high_text
            look = f"QLabel {{ color: {text}; }} QFrame {{ background: {ground}; }}"
            if self.styleSheet() != look:
                self.setStyleSheet(look)
        self.button.setVisible(not room.understood)
        self.setVisible(bool(trouble))


def _calm_words(room: RoomShown) -> str:
    if room.link is RoomLink.CLOSED:
        return room.why
    if room.link is RoomLink.CONNECTING:
        return f"Not connected. {room.why}".strip()
    if room.link is not RoomLink.LIVE:
        return "Nothing is known of this room."
    if room.session is None:
        return ""
    return "No alarm" if room.session.running else "No session"


def _label(role: str, tone: str = "text") -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    label.setWordWrap(role not in ("large",))
    theme.style(label, role=role, tone=tone)
    return label


def _show(label: QLabel, text: str) -> None:
    theme.set_text(label, text)
    if label.isHidden() == bool(text):
        label.setVisible(bool(text))
