"""Which sessions are compared: those chosen with their looks, and a search to add others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import TextField, show_text, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from app.plots.curve_chart import SymbolKey, pencil
from app.records.catalogue import SessionLine
from app.review.session_list import when_words
from app.reviewing.alignment import LEAST_SESSIONS, MOST_SESSIONS, letter_of

LINE_ROLE = Qt.ItemDataRole.UserRole


def session_words(line: SessionLine) -> str:
    """Who, when, what; simulated ones say so."""
    simulated = " · SIMULATED" if line.simulated else ""
    return f"{line.patient or 'no patient'}\n{when_words(line)} · {line.protocol}{simulated}"


class CompareChoice(QWidget):
    """The sessions chosen, above a list to add from.

    Signals:
        search_changed: the words searched for; answer with `show_found`.
        changed: other sessions are chosen.
        patient_wanted, course_wanted: a line whose patient's or course's sessions are wanted.
    """

    search_changed = Signal(str)
    changed = Signal()
    patient_wanted = Signal(object)
    course_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chosen: list[SessionLine] = []
        self.search = TextField("search of sessions", "Name or MRN")
        self.search.textChanged.connect(self._search)
        self.found = QListWidget()
        self.found.setAccessibleName("sessions to add")
        self.found.setWordWrap(True)
        self.found.setSpacing(2)
        self.found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.found.itemActivated.connect(self._add_item)
        self.note = wrapped_label(name="what is to be done")
        theme.style(self.note, role="small", tone="dim")
        self.add_button = self._button("Add", self._add_current)
        self.patient_button = self._button("All of its patient", self._ask_patient)
        self.course_button = self._button("All of its course", self._ask_course)
        self.clear_button = self._button("Clear", self.clear)
        self._lay_out()
        self._show_chosen()

    def _button(self, words: str, does: object) -> QPushButton:
        button = QPushButton(words)
        theme.style(button, kind="action")
        button.clicked.connect(does)
        return button

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        self.title = QLabel("Compared")
        theme.style(self.title, role="title")
        column.addWidget(self.title)
        self._box = QWidget()
        legend = QVBoxLayout(self._box)
        legend.setContentsMargins(0, 0, 0, 0)
        legend.setSpacing(2)
        self._legend = RefilledLayout(legend)
        column.addWidget(self._box)
        column.addWidget(self.note)
        column.addWidget(self.search)
        column.addWidget(self.found, 1)
        for pair in (
            (self.add_button, self.clear_button),
            (self.patient_button, self.course_button),
        ):
            row = QHBoxLayout()
            column.addLayout(row)
            for button in pair:
                row.addWidget(button)

    def show_found(self, lines: Sequence[SessionLine]) -> None:
        """Offer `lines` to add."""
        self.found.clear()
        for line in lines:
            item = QListWidgetItem(session_words(line))
            item.setData(LINE_ROLE, line)
            item.setToolTip(line.session)
            self.found.addItem(item)
        if lines:
            self.found.setCurrentRow(0)

    def choose(self, lines: Sequence[SessionLine], note: str = "") -> None:
        """Compare `lines`, at most as many as can be told apart; `note` says what else."""
        self.chosen = list(lines[:MOST_SESSIONS])
        self._show_chosen(note)
        self.changed.emit()

    def add(self, line: SessionLine) -> None:
        """Compare `line` too."""
        if any(one.session == line.session for one in self.chosen):
            show_text(self.note, "This session is compared already.")
        elif len(self.chosen) >= MOST_SESSIONS:
            show_text(self.note, f"{MOST_SESSIONS} sessions are as many as can be told apart.")
        else:
            self.choose([*self.chosen, line])

    @Slot()
    def clear(self) -> None:
        """Compare none."""
        self.choose([])

    def _show_chosen(self, note: str = "") -> None:
        self._legend.clear()
        for place, line in enumerate(self.chosen):
            self._legend.add(self._entry(place, line))
        missing = LEAST_SESSIONS - len(self.chosen)
        if missing > 0:
            note = f"Add {missing} more session{'' if missing == 1 else 's'} to compare. {note}"
        show_text(self.note, note.strip())
        self.clear_button.setEnabled(bool(self.chosen))

    def _entry(self, place: int, line: SessionLine) -> QWidget:
        entry = QWidget()
        row = QHBoxLayout(entry)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID_PX)
        letter = QLabel(letter_of(place))
        theme.style(letter, strong=True)
        simulated = " · SIM" if line.simulated else ""
        words = wrapped_label(
            f"{line.patient or 'no patient'} · {when_words(line)[:10]}{simulated}",
            name=f"session {letter_of(place)}",
        )
        words.setToolTip(line.session)
        theme.style(words, role="small")
        remove = QPushButton("×")
        remove.setAccessibleName(f"leave out {letter_of(place)}")
        remove.setFixedWidth(36)
        theme.style(remove, kind="quiet")
        remove.setProperty("session", line.session)
        remove.clicked.connect(self._remove)
        row.addWidget(letter)
        row.addWidget(SymbolKey(pencil(place)))
        row.addWidget(words, 1)
        row.addWidget(remove)
        return entry

    @Slot()
    def _search(self) -> None:
        self.search_changed.emit(self.search.words())

    @Slot()
    def _remove(self) -> None:
        session = str(self.sender().property("session"))
        self.choose([line for line in self.chosen if line.session != session])

    @Slot(QListWidgetItem)
    def _add_item(self, item: QListWidgetItem) -> None:
        self.add(item.data(LINE_ROLE))

    @Slot()
    def _add_current(self) -> None:
        item = self.found.currentItem()
        if item is not None:
            self.add(item.data(LINE_ROLE))

    @Slot()
    def _ask_patient(self) -> None:
        item = self.found.currentItem()
        if item is not None:
            self.patient_wanted.emit(item.data(LINE_ROLE))

    @Slot()
    def _ask_course(self) -> None:
        item = self.found.currentItem()
        if item is not None:
            self.course_wanted.emit(item.data(LINE_ROLE))
