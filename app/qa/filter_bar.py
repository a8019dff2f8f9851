"""Fields that narrow sessions: days, room, protocol, real or simulated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from app import theme
from app.bedside.fields import TextField, show_text

KINDS: tuple[tuple[str, bool | None], ...] = (
    ("Real and simulated", None),
    ("Real only", False),
    ("Simulated only", True),
)
ANY_ROOM, ANY_PROTOCOL = "Any room", "Any protocol"


class FilterBar(QWidget):
    """A row of fields; what is not a day is said and does not narrow.

    Signals:
        changed: something narrows otherwise now.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self.since = TextField("first day", "from 2026-11-01")
        self.until = TextField("last day", "to 2026-11-30")
        self.room = _combo("room", ANY_ROOM)
        self.protocol = _combo("protocol", ANY_PROTOCOL)
        self.kind = QComboBox()
        self.kind.setAccessibleName("real or simulated")
        for words, value in KINDS:
            self.kind.addItem(words, value)
        self.trouble = QLabel()
        self.trouble.setAccessibleName("what is wrong with the days")
        theme.style(self.trouble, role="small", tone="attention", strong=True)
        self.trouble.hide()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(theme.GRID_PX)
        for field in (self.since, self.until):
            field.setMaximumWidth(170)
            field.editingFinished.connect(self._tell)
            self.row.addWidget(field)
        for box in (self.room, self.protocol, self.kind):
            box.currentIndexChanged.connect(self._tell)
            self.row.addWidget(box)
        self.row.addWidget(self.trouble)
        self.row.addStretch(1)
        self._told: tuple[object, ...] = self._values()

    def _values(self) -> tuple[object, ...]:
        return (
            *(self.since.words(), self.until.words()),
            *(box.currentIndex() for box in (self.room, self.protocol, self.kind)),
        )

    def _tell(self) -> None:
        wrong = [one.words() for one in (self.since, self.until) if one.words() and _bad(one)]
        show_text(self.trouble, f"No day: {', '.join(wrong)}" if wrong else "")
        if self._values() != self._told:
            self._told = self._values()
            self.changed.emit()

    def offer(self, rooms: Iterable[str], protocols: Iterable[str]) -> None:
        """Offer `rooms` and `protocols`; what was chosen stays chosen where it is still there."""
        for box, first, names in (
            (self.room, ANY_ROOM, rooms),
            (self.protocol, ANY_PROTOCOL, protocols),
        ):
            chosen = box.currentData()
            with QSignalBlocker(box):
                box.clear()
                box.addItem(first, "")
                for name in sorted(set(names)):
                    box.addItem(name, name)
                box.setCurrentIndex(max(0, box.findData(chosen)))
        self._told = self._values()

    @property
    def first_day(self) -> date | None:
        """The first day asked for."""
        return _day(self.since)

    @property
    def last_day(self) -> date | None:
        """The last day asked for, included."""
        return _day(self.until)

    @property
    def simulated(self) -> bool | None:
        """True for simulated sessions only, False for real ones only."""
        value = self.kind.currentData()
        return value if isinstance(value, bool) else None


def _combo(name: str, first: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.addItem(first, "")
    return box


def _day(field: TextField) -> date | None:
    try:
        return date.fromisoformat(field.words())
    except ValueError:
        return None


def _bad(field: TextField) -> bool:
    return _day(field) is None
