"""The bell in the top line: always there, and different in shape for each thing it tells."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app import theme
from app.bedside.sound_words import sound_sign
from app.history import History
from app.signs import SoundSign, draw_bell
from app.state import ViewState


class Bell(QWidget):
    """The bell alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear="true")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.sign = SoundSign.ON

    def sizeHint(self) -> QSize:
        """A little higher than body type."""
        side = theme.active_sizes().body + 4
        return QSize(side, side)

    def show_sign(self, sign: SoundSign) -> None:
        """Show `sign`."""
        if sign is not self.sign:
            self.sign = sign
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bell, quiet while all is well."""
        painter = QPainter(self)
        tone = "dim" if self.sign is SoundSign.ON else "attention"
        ink = theme.active_theme().colour(tone)
        draw_bell(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1), self.sign, ink)
        painter.end()


class SoundMark(QWidget):
    """Bell and words; it never becomes narrower than its words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear="true")
        self.setAccessibleName("sound of alarms")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.bell = Bell()
        self.words = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID_PX // 2)
        row.addWidget(self.bell)
        row.addWidget(self.words)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show how the sound stands at `now_ns`."""
        sign, words = sound_sign(state, now_ns)
        well = sign is SoundSign.ON
        self.bell.show_sign(sign)
        tone = "dim" if well else "attention"
        theme.style(self.words, role="small" if well else "body", tone=tone, strong=not well)
        theme.set_text(self.words, words)
        if self.accessibleDescription() != words:
            self.setAccessibleDescription(words)
