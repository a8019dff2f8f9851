"""The staff station's window: a tile a room, who is here, and whether sound and links work."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.staff.messages import MAX_NAME, Occurrence
from app.staff.room_tile import RoomTile
from app.staff.station import Station

FRAME_MS = 50
"""Time between two looks at the rooms."""

MOST_BIG = 2
"""Rooms up to which alarms are shown in large type."""

NOT_PRIMARY = "Not a primary alarm system: the bedside monitor stays primary."
NOBODY = "Choose your name to answer calls."


class _Pulse(QWidget):
    """A small mark that moves while the screen is drawn; tells whoever counts on it."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station
        self.setFixedSize(3 * theme.GRID_PX, theme.GRID_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._station.note_drawn()


class StationWindow(QWidget):
    """All rooms of a station."""

    def __init__(self, station: Station, people: Sequence[str], user: str = "") -> None:
        """Show `station`; `people` can be chosen to answer, `user` is here at first."""
        super().__init__()
        self._station = station
        self._sizes: theme.Sizes | None = None
        self.setWindowTitle(f"Staff station {station.name}")
        self.setMinimumSize(960, 600)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        few = len(station.rooms) <= MOST_BIG
        self.tiles = [RoomTile(room.number, big=few) for room in station.rooms]
        for tile in self.tiles:
            tile.accepted.connect(self._accept)
            tile.rejected.connect(self._reject)
            tile.understood.connect(self._understand)
        self.sound_note = QLabel()
        self.sound_note.setWordWrap(True)
        self.person = QComboBox()
        self._offer(people, user)
        self._lay_out()
        self._fit()
        self._since = QElapsedTimer()
        self._since.start()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.look)

    def _offer(self, people: Sequence[str], user: str) -> None:
        self.person.setEditable(True)
        self.person.setMinimumWidth(5 * theme.REFERENCE.touch)
        self.person.setAccessibleName("who answers calls here")
        edit = self.person.lineEdit()
        if edit is not None:
            edit.setPlaceholderText(NOBODY)
            edit.setMaxLength(MAX_NAME)
        self.person.addItems(list(dict.fromkeys([*people, *([user] if user else [])])))
        self.person.setCurrentText(user)

    def _lay_out(self) -> None:
        title = QLabel(f"Staff station {self._station.name}")
        theme.style(title, role="title")
        here = QLabel("Here:")
        theme.style(here, tone="dim")
        primary = QLabel(NOT_PRIMARY)
        primary.setWordWrap(True)
        theme.style(primary, role="small", tone="dim")
        column = QVBoxLayout(self)
        head = QHBoxLayout()
        column.addLayout(head)
        head.setSpacing(2 * theme.GRID_PX)
        head.addWidget(title)
        head.addWidget(primary, 1)
        head.addWidget(here)
        head.addWidget(self.person)
        head.addWidget(_Pulse(self._station))
        theme.style(self.sound_note, role="title", tone="attention")
        column.setContentsMargins(16, 8, 16, 16)
        column.addWidget(self.sound_note)
        grid = QGridLayout()
        column.addLayout(grid, 1)
        grid.setSpacing(theme.GRID_PX)
        columns = math.ceil(math.sqrt(len(self.tiles))) or 1
        for index, tile in enumerate(self.tiles):
            grid.addWidget(tile, index // columns, index % columns)
            grid.setRowStretch(index // columns, 1)
            grid.setColumnStretch(index % columns, 1)

    @property
    def user(self) -> str:
        """Who answers here; empty: nobody chose a name."""
        return self.person.currentText().strip()

    def start(self) -> None:
        """Begin to look."""
        self.setFocus()  # keys that stray must not change the name
        self.look()
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Tell what was painted, take in what is new, show it."""
        if self.isVisible() and not self.isMinimized():
            for tile, room in zip(self.tiles, self._station.rooms, strict=True):
                self._station.note_painted(room.number, tile.take_painted())
        self._station.tick()
        now_s, elapsed_ms = self._station.now_s(), self._since.elapsed()
        trouble = self._station.sound_trouble
        theme.set_text(self.sound_note, trouble)
        self.sound_note.setVisible(bool(trouble))
        for tile, room in zip(self.tiles, self._station.rooms, strict=True):
            tile.render(room, now_s, elapsed_ms, self.user)
        for pulse in self.findChildren(_Pulse):
            pulse.update()

    @Slot(int, object)
    def _accept(self, number: int, occurrence: Occurrence) -> None:
        self._station.accept(number, occurrence, self.user)

    @Slot(int, object)
    def _reject(self, number: int, occurrence: Occurrence) -> None:
        self._station.reject(number, occurrence, self.user)

    @Slot(int)
    def _understand(self, number: int) -> None:
        self._station.understand(number)

    def _fit(self) -> None:
        sizes = theme.sizes_for(self.width(), self.height(), self.devicePixelRatioF())
        if sizes != self._sizes:
            self._sizes = sizes
            theme.apply(self, theme.DARK, sizes)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit type to the window."""
        super().resizeEvent(event)
        self._fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Take leave of the rooms; their bedsides sound from then on."""
        self._timer.stop()
        self._station.stop()
        super().closeEvent(event)
