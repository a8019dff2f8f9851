"""The window of a replay: the bedside window driven by a record, and the bar that moves it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app import theme
from app.bedside.window import BedsideWindow
from app.records.catalogue import Standing
from app.replay.feed import ReplayFeed
from app.replay.track import StepKind
from app.replay.transport_bar import TransportBar
from app.theme import DARK, Theme

SKIP_S = 10
FAR_SKIP_S = 60


class ReplayWindow(QWidget):
    """The recorded session on the bedside's own screen.

    Keys: space plays and pauses; left and right go 10 s (with shift 60 s); ``+`` and ``-`` change
    the speed; E and shift+E go to the next and previous event, A to the next alarm, M to the next
    missed check; F3 the list of alarms; Home and End to the ends.
    """

    def __init__(self, feed: ReplayFeed, look: Theme = DARK) -> None:
        """Show `feed` from its beginning."""
        super().__init__()
        self.setWindowTitle(f"Replay {feed.recorded.line.session}: Infusion Room")
        self.setMinimumSize(1024, 740)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._feed = feed
        self._look = look
        self.bedside = BedsideWindow(feed, "", look)
        self.bedside.setWindowFlags(Qt.WindowType.Widget)
        self.bedside.setMinimumSize(0, 0)
        self._sizes = theme.active_sizes()
        self.setStyleSheet(theme.stylesheet(look, self._sizes))
        self.bedside.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.notice = QLabel(_notice(feed))
        self.notice.setAccessibleName("about this record")
        self.notice.setWordWrap(True)
        self.notice.setContentsMargins(12, 4, 12, 4)
        theme.style(self.notice, tone="attention", strong=True)
        self.notice.setVisible(bool(self.notice.text()))
        self.transport = TransportBar(feed)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.notice)
        self._column.addWidget(self.bedside, 1)
        self._column.addWidget(self.transport)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys named above."""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        far = FAR_SKIP_S if shift else SKIP_S
        match event.key():
            case Qt.Key.Key_Space:
                self._feed.toggle()
            case Qt.Key.Key_Left:
                self._feed.skip(-far)
            case Qt.Key.Key_Right:
                self._feed.skip(far)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._feed.change_speed(1)
            case Qt.Key.Key_Minus:
                self._feed.change_speed(-1)
            case Qt.Key.Key_Home:
                self._feed.seek(0)
            case Qt.Key.Key_End:
                self._feed.seek(self._feed.end_ns)
            case Qt.Key.Key_E:
                self.transport.take_step(StepKind.EVENT, back=shift)
            case Qt.Key.Key_A:
                self.transport.take_step(StepKind.ALARM, back=shift)
            case Qt.Key.Key_F3:
                self.bedside.run.open_panel("alarms")
            case Qt.Key.Key_M:
                self.transport.take_step(StepKind.MISSED, back=shift)
            case _:
                super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the sizes of type that the bedside's window found for its own room."""
        super().resizeEvent(event)
        self._column.activate()
        if theme.active_sizes() != self._sizes:
            self._sizes = theme.active_sizes()
            self.setStyleSheet(theme.stylesheet(self._look, self._sizes))

    def showEvent(self, event: QShowEvent) -> None:
        """Let keys reach this window."""
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop playing."""
        self._feed.stop()
        super().closeEvent(event)


def _notice(feed: ReplayFeed) -> str:
    parts = []
    if feed.recorded.line.standing is Standing.INTERRUPTED:
        parts.append("This session was interrupted: the record ends at the cut, without a close.")
    missing = feed.recorded.missing
    if missing:
        parts.append(missing[0])
    if len(missing) > 1:
        parts.append(f"{len(missing) - 1} more parts of the record cannot be read.")
    return " ".join(parts)
