"""Who, what, when: the two lines at the top, and what the program itself is doing."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.proof_box import asks_proof
from app.bedside.sound_mark import SoundMark
from app.bedside.times import local_time
from app.bedside.wording import LINK_WORDS
from app.history import History
from app.server_words import WELL
from app.state import ViewState
from protocols.events import DeviceSlot, EnterPatient, LinkState, Service

VEILED = "patient hidden while locked"
NOT_PRIMARY = "not the primary alarm: watch the bedside monitor"


class Header(QFrame):
    """Room, patient, protocol, observer and clock; links, recording, sound and simulation.

    `server_line` says how the record stands with the server that rooms share.

    Where people sign in, their name is a button in place of the observer's.

    Attributes:
        veiled: the patient is not named while this is set.

    Signals:
        person_touched: the name was touched: somebody else is here, or leaves.
    """

    person_touched = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.veiled = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, theme.GRID_PX, 0)
        whole.setSpacing(0)
        column = QVBoxLayout()
        whole.addLayout(column, 1)
        self.person = QPushButton()
        self.person.setAccessibleName("who is here")
        theme.style(self.person, kind="person")
        self.person.clicked.connect(self.person_touched)
        self.person.hide()
        whole.addWidget(self.person)
        column.setContentsMargins(theme.GRID_PX, 0, theme.GRID_PX, 0)
        column.setSpacing(0)
        self.patient = self._label("body", "text", strong=True)
        self.protocol = self._label("body", "dim")
        self.observer = self._label("body", "text")
        self.clock = self._label("title", "text")
        self.links = self._label("small", "dim")
        self.server = self._label("small", "dim")
        self.server_line = ""
        self.trouble = self._label("small", "attention", strong=True)
        self.simulated = self._label("body", "drug", strong=True)
        self.warning = self._label("small", "dim")
        self.warning.setText(NOT_PRIMARY)
        self.sound = SoundMark()
        for label in (self.links, self.server, self.trouble, self.protocol):
            label.setMinimumWidth(1)
        _add_row(column, self.patient, self.protocol, None, self.observer, self.clock)
        first = (self.links, self.server, self.sound, self.trouble)
        _add_row(column, *first, None, self.simulated, self.warning)

    @staticmethod
    def _label(role: str, tone: str, *, strong: bool = False) -> QLabel:
        label = QLabel()
        theme.style(label, role=role, tone=tone, strong=strong)
        label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        return label

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show `state` at `now_ns`; always as high, so that nothing below ever moves."""
        second_row = max(self.sound.bell.sizeHint().height(), _line_height("body"))
        people = asks_proof(state)
        least = theme.active_sizes().touch if people else 0
        self.setFixedHeight(max(_line_height("title") + second_row, least))
        local = local_time(state, now_ns)
        today = None if local is None else local.date()
        theme.set_text(self.clock, "" if local is None else f"{local:%H:%M:%S}")
        words = VEILED if self.veiled else patient_words(state, today)
        theme.set_text(self.patient, words)
        theme.set_text(self.protocol, protocol_words(state))
        observer = "" if people else state.observer
        theme.set_text(self.observer, observer and f"observer {observer}")
        self._show_person(state, shown=people)
        theme.set_text(self.links, _working_words(state))
        theme.set_text(self.server, server_mark(self.server_line))
        theme.set_text(self.trouble, _trouble_words(state))
        self.sound.render(state, history, now_ns)
        theme.set_text(self.simulated, "SIMULATED" if state.simulated else "")

    def _show_person(self, state: ViewState, *, shown: bool) -> None:
        if self.person.isHidden() is shown:
            self.person.setVisible(shown)
        if not shown:
            return
        words = person_words(state)
        if self.person.text() != words:
            self.person.setText(words)
            self.person.setAccessibleName(f"who is here: {words.replace(chr(10), ', ')}")
        theme.style(self.person, flagged=state.people.emergency or state.people.person is None)


def person_words(state: ViewState) -> str:
    """Who is signed in, in two lines; while locked or without anybody, what to do."""
    people = state.people
    if people.locked is not None or people.person is None:
        return "Locked\nsign in" if people.locked is not None else "Nobody\nsign in"
    roles = ", ".join(str(role) for role in people.person.roles)
    second = "NOT SIGNED IN" if people.emergency else roles
    if state.observer and state.observer != people.name:
        second += f" · observer {state.observer}"
    return f"{people.name}\n{second}"


def _line_height(role: str) -> int:
    return QFontMetrics(theme.font(role, strong=True)).height()


def patient_words(state: ViewState, today: date | None) -> str:
    """Room and patient in one line: ``Room 3  DOE, Jane  41 y F  MRN 004711  70.0 kg measured``."""
    parts = [] if state.opened is None else [state.opened.room]
    patient = state.patient
    if patient is None:
        parts.append("no patient yet")
    else:
        parts += [
            f"{patient.family_name.upper()}, {patient.given_name}",
            f"{_years(patient, today)} {patient.sex[:1].upper()}".strip(),
            f"MRN {patient.mrn}",
        ]
    if state.weight is not None:
        how = "measured" if state.weight.measured else "stated"
        parts.append(f"{state.weight.weight_kg} kg {how}")
    return "   ".join(parts)


def _years(patient: EnterPatient, today: date | None) -> str:
    if today is None:
        return f"born {patient.birth_date}"
    born = date.fromisoformat(patient.birth_date)
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return f"{years} y"


def protocol_words(state: ViewState) -> str:
    """Protocol with its version, and which visit this is."""
    parts = []
    if state.definition is not None:
        parts.append(f"{state.definition.id} v{state.definition.version}")
    if state.patient is not None:
        planned = state.patient.visits_planned
        parts.append(f"visit {state.patient.visit}" + (f" of {planned}" if planned else ""))
    return " · ".join(parts)


def server_mark(line: str) -> str:
    """The server in the second line: a mark while it is well, else what is to be known."""
    if not line:
        return ""
    return "● server" if line in WELL else f"○ {line}"


def _slot_name(slot: DeviceSlot) -> str:
    return slot.driver[:1].upper() + slot.driver[1:]


def _link_of(state: ViewState, slot: DeviceSlot) -> LinkState:
    link = state.links.get(slot.device)
    return LinkState.NOT_CONNECTED if link is None else link.state


def _working_words(state: ViewState) -> str:
    parts = []
    for slot in () if state.opened is None else state.opened.devices:
        link = _link_of(state, slot)
        if link.is_well:
            parts.append(f"● {_slot_name(slot)} {LINK_WORDS[link]}")
    if state.opened is not None and Service.RECORDER not in state.services:
        parts.append("● recording")
    if state.signals.staff is not None and state.signals.staff.working:
        parts.append("● staff station")
    return "   ".join(parts)


def _trouble_words(state: ViewState) -> str:
    parts = []
    devices = () if state.opened is None else state.opened.devices
    for slot in devices:
        link = _link_of(state, slot)
        if not link.is_well:
            parts.append(f"○ {_slot_name(slot)} {LINK_WORDS[link]}")
    if state.opened is not None and not devices:
        parts.append("○ no monitor connected: the infusion cannot be started")
    if Service.RECORDER in state.services:
        parts.append("○ NOT RECORDING")
    if state.signals.staff is not None and not state.signals.staff.working:
        parts.append("○ staff station not reached: alarms sound here")
    return "   ".join(parts)


def _add_row(column: QVBoxLayout, *labels: QWidget | None) -> None:
    """A row of `labels` below what `column` has; None is where the room is left."""
    row = QHBoxLayout()
    column.addLayout(row)
    row.setSpacing(3 * theme.GRID_PX)
    for label in labels:
        if label is None:
            row.addStretch(1)
        else:
            row.addWidget(label)
