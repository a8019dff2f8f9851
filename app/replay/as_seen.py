"""Puts the bedside's window as it was: panels, covers, gaps, and nothing that could be done."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget

from app import theme
from app.bedside.cover import Watermark
from app.bedside.times import second_of_day
from app.bedside.window import PERSON, BedsideWindow
from app.replay.feed import ReplayFeed
from app.replay.steps import Gap
from app.state import ViewState
from protocols.events import ScreenShown

LEAST_PX = 700
"""Below this height the actions of then would take the room that the numbers need."""

NOT_RECORDED = "The window was not recorded then: panels and size are not known."


class Glass(QWidget):
    """Lies over a page of the past: what is under it can be read and scrolled, not touched."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("a recorded screen: nothing can be entered")
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setStyleSheet("background: transparent;")
        parent.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as what is covered."""
        if event.type() is QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        """Lie over everything."""
        covered = self.parentWidget()
        if covered is not None:
            self.setGeometry(covered.rect())
            self.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Swallow it."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Swallow it."""
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll what lies under the pointer."""
        area = self._area_at(event.position().toPoint())
        if area is not None:
            QApplication.sendEvent(area.verticalScrollBar(), event)
        event.accept()

    def _area_at(self, place: QPoint) -> QScrollArea | None:
        covered = self.parentWidget()
        if covered is None:
            return None
        for area in covered.findChildren(QScrollArea):
            if area.isVisible() and area.rect().contains(area.mapFrom(covered, place)):
                return area
        return None


class GapCover(QLabel):
    """Says over the page that nothing was recorded, from when to when and why."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setAutoFillBackground(True)
        theme.style(self, role="large", tone="attention", strong=True)
        self.hide()

    def show_gap(self, gap: Gap | None, state: ViewState, top: int) -> None:
        """Lie over everything below `top` while a gap is shown."""
        page = self.parentWidget()
        if gap is not None and page is not None:
            words = gap_words(gap, state)
            theme.set_text(self, words)
            self.setAccessibleName(words)
            self.setGeometry(0, top, page.width(), page.height() - top)
            self.raise_()
        if self.isHidden() is (gap is not None):
            self.setVisible(gap is not None)


def gap_words(gap: Gap, state: ViewState) -> str:
    """From when to when nothing was recorded, and why."""
    begun, ended = second_of_day(state, gap.start_ns), second_of_day(state, gap.end_ns)
    return f"NOT RECORDED from {begun} to {ended}\n{gap.cause}"


def screen_words(screen: ScreenShown | None) -> str:
    """What the window was, in a line; that nobody knows where it was not recorded."""
    if screen is None:
        return NOT_RECORDED
    size = f"Window was {screen.width_px} x {screen.height_px}, {screen.theme}"
    if screen.scale != 1:
        size += f", at {screen.scale:.0%}"
    if screen.locked:
        size += ", locked"
    if screen.panel == PERSON:
        return f"{size}. Somebody was asked who they are; what is typed there is never recorded."
    return f"{size}."


class AsSeen(QObject):
    """Keeps a bedside window in step with what was recorded of it."""

    def __init__(self, feed: ReplayFeed, bedside: BedsideWindow) -> None:
        """Watch `feed` and change `bedside`, after it has drawn."""
        super().__init__(bedside)
        self._feed = feed
        self._bedside = bedside
        self._screen: ScreenShown | None = None
        self.glass = Glass(bedside)
        self.watermark = Watermark("REPLAY", bedside)
        self.gap_cover = GapCover(bedside)
        bedside.installEventFilter(self)
        feed.advanced.connect(self.follow)
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show what the feed says the window showed."""
        screen = self._feed.screen
        if screen is not self._screen:
            before, self._screen = self._screen, screen
            if (before is None) is not (screen is None):
                self._act(as_then=screen is not None)
            self._open(screen)
            self._bedside.refresh()
        page: Any = self._bedside.page
        self.watermark.setVisible(page is not self._bedside.run)
        self.watermark.setGeometry(self._bedside.rect())
        self.watermark.raise_()
        top = page.banner.geometry().top()
        self.gap_cover.show_gap(self._feed.gap, self._feed.state, top)

    def toggle_alarms(self) -> None:
        """Open the list of alarms of the page shown, to be read; once more, put it away."""
        page: Any = self._bedside.page
        if page.side.name == "alarms":
            page.side.close_page()
        else:
            feed = self._feed
            page.side.open_page("alarms", feed.state, feed.history, feed.now_ns())
        self._bedside.window().setFocus(Qt.FocusReason.OtherFocusReason)

    def _act(self, *, as_then: bool) -> None:
        """Show what could be done then, under glass, where there is room; else offer nothing."""
        roomy = self._bedside.height() >= LEAST_PX
        self._bedside.run.show_actions(shown=as_then and roomy)
        self.glass.setVisible(as_then)
        self.glass.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the actions as soon as there is room for them."""
        if event.type() is QEvent.Type.Resize:
            self._act(as_then=self._screen is not None)
        return super().eventFilter(watched, event)

    def _open(self, screen: ScreenShown | None) -> None:
        """Open at the side what was open there; nothing is known of what was typed into it."""
        page: Any = self._bedside.page
        name = "" if screen is None or screen.panel == PERSON else screen.panel
        if page.side.name == name:
            return
        if not name:
            page.side.close_page()
        elif name in page.side.pages:
            feed = self._feed
            page.side.open_page(name, feed.state, feed.history, feed.now_ns())
        self._bedside.window().setFocus(Qt.FocusReason.OtherFocusReason)
