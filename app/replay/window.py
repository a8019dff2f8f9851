"""The window of a replay: the bedside window driven by a record, and the bar that moves it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.bedside.window import BedsideWindow
from app.records.catalogue import Standing
from app.replay.as_seen import AsSeen
from app.replay.feed import ReplayFeed
from app.replay.scrub_slider import OtherAlarms
from app.replay.steps import StepKind
from app.replay.transport_bar import TransportBar
from app.theme import DARK, LIGHT, Theme
from protocols.events import ScreenShown

SKIP_S = 10
FAR_SKIP_S = 60

_ANY_PX = 16_777_215
"""The largest a widget may be: no limit."""

_STEP_KEYS = {
    Qt.Key.Key_E: StepKind.EVENT,
    Qt.Key.Key_A: StepKind.ALARM,
    Qt.Key.Key_K: StepKind.ACKNOWLEDGED,
    Qt.Key.Key_M: StepKind.MISSED,
    Qt.Key.Key_G: StepKind.GAP,
    Qt.Key.Key_O: StepKind.OTHER,
}


class ReplayWindow(QWidget):
    """The recorded session on the bedside's own screen.

    Keys: space plays and pauses; left and right go 10 s (with shift 60 s); ``+`` and ``-`` change
    the speed; E and shift+E go to the next and previous event, A alarm, K acknowledgement, M missed
    check, G gap, O alarm under other limits; T types a time; F3 is the list of alarms; page up and
    down scroll what is shown; Home and End go to the ends.
    """

    def __init__(
        self, feed: ReplayFeed, look: Theme = DARK, other: OtherAlarms | None = None
    ) -> None:
        """Show `feed` from its beginning, and beside it the alarms of `other` limits."""
        super().__init__()
        self.setWindowTitle(f"Replay {feed.recorded.line.session}: Infusion Room")
        self.setMinimumSize(1024, 740)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._feed = feed
        self._look = self._own_look = look
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
        self.transport.window_wanted.connect(self._show_as_then)
        if other is not None:
            self.transport.show_other(other)
        self._size_then: tuple[int, int, str] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.notice)
        self._column.addWidget(self.bedside, 1)
        self._column.addWidget(self.transport)
        self.as_seen = AsSeen(feed, self.bedside)
        feed.advanced.connect(self._keep_as_then)

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
            case Qt.Key.Key_T:
                self.transport.time.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self.transport.time.selectAll()
            case Qt.Key.Key_F3:
                self.as_seen.toggle_alarms()
            case Qt.Key.Key_PageDown | Qt.Key.Key_PageUp:
                self._scroll(-1 if event.key() == Qt.Key.Key_PageUp else 1)
            case key if key in _STEP_KEYS:
                self.transport.take_step(_STEP_KEYS[Qt.Key(key)], back=shift)
            case _:
                super().keyPressEvent(event)

    def _scroll(self, pages: int) -> None:
        """Scroll what is open at the side, else the page."""
        page: Any = self.bedside.page
        for within in (page.side, page):
            for area in within.findChildren(QScrollArea):
                bar = area.verticalScrollBar()
                if area.isVisible() and bar.maximum() > 0:
                    bar.setValue(bar.value() + pages * bar.pageStep())
                    return

    @Slot(bool)
    def _show_as_then(self, wanted: bool) -> None:
        self._size_then = None
        if wanted:
            self._keep_as_then()
        else:
            self._free()

    @Slot()
    def _keep_as_then(self) -> None:
        """Give the bedside the size and colours of then, while that is wanted and known."""
        screen = self._feed.screen
        if not self.transport.as_then.isChecked() or screen is None:
            return
        then = (screen.width_px, screen.height_px, screen.theme)
        if then == self._size_then:
            return
        if not self._make_room(screen):
            self.transport.as_then.setChecked(False)
            self.transport.say(
                f"This screen has no room for {screen.width_px} x {screen.height_px} "
                "and the bar below it."
            )
            return
        self._size_then = then
        self.bedside.setFixedSize(screen.width_px, screen.height_px)
        self._column.setAlignment(self.bedside, Qt.AlignmentFlag.AlignCenter)
        self._dress({DARK.name: DARK, LIGHT.name: LIGHT}.get(screen.theme, self._own_look))

    def _make_room(self, screen: ScreenShown) -> bool:
        """Grow the window, where the display has room, until the size of then fits."""
        beside = self.height() - self.bedside.height()
        more_x = max(0, screen.width_px - self.width())
        more_y = max(0, screen.height_px + beside - self.height())
        if more_x == more_y == 0:
            return True
        window, room = self.window(), self.screen().availableGeometry()
        width, height = window.width() + more_x, window.height() + more_y
        if width > room.width() or height > room.height():
            return False
        window.resize(width, height)
        return True

    def _free(self) -> None:
        self.bedside.setMinimumSize(0, 0)
        self.bedside.setMaximumSize(_ANY_PX, _ANY_PX)
        self._column.setAlignment(self.bedside, Qt.AlignmentFlag(0))
        self._dress(self._own_look)

    def _dress(self, look: Theme) -> None:
        if look is self._look:
            return
        self._look = look
        self.bedside.dress(look)
        self._sizes = theme.active_sizes()
        self.setStyleSheet(theme.stylesheet(look, self._sizes))

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
