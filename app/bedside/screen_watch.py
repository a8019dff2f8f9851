"""Notices what the window shows beside the session, and has it recorded once a change stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QElapsedTimer

from protocols.events import ScreenShown

STOOD_MS = 300
"""A page or panel that stood for so long was seen."""

STOOD_SIZE_MS = 2_000
"""A size that stood for so long is no longer being dragged."""

BURST = 6
"""Changes recorded one right after the other, at most."""

REFILL_MS = 10_000
"""One more change may be recorded each so often: six a minute in the long run."""


class ScreenWatch:
    """Looked at with every frame; tells a change once it stood, and at most a few a minute.

    What changes faster than that is not recorded; what stands in the end always is.
    """

    def __init__(
        self, tell: Callable[[ScreenShown], None], elapsed_ms: Callable[[], int] | None = None
    ) -> None:
        """Tell `tell`; `elapsed_ms` is a clock that only goes forward, Qt's by default."""
        self._tell = tell
        if elapsed_ms is None:
            watch = QElapsedTimer()
            watch.start()
            elapsed_ms = watch.elapsed
        self._elapsed_ms = elapsed_ms
        self._told: ScreenShown | None = None
        self._seen: ScreenShown | None = None
        self._since_ms = 0
        self._left = float(BURST)
        self._refilled_ms = 0

    def look(self, shown: ScreenShown) -> None:
        """The window shows `shown`, whose time does not matter."""
        if shown == self._told:
            self._seen = None
            return
        now_ms = self._elapsed_ms()
        if shown != self._seen:
            self._seen, self._since_ms = shown, now_ms
        if now_ms - self._since_ms < self._patience_ms(shown) or not self._may_tell(now_ms):
            return
        self._told, self._seen = shown, None
        self._left -= 1.0
        self._tell(shown)

    def _patience_ms(self, shown: ScreenShown) -> int:
        if self._told is None:
            return 0
        resized = replace(
            self._told, width_px=shown.width_px, height_px=shown.height_px, scale=shown.scale
        )
        return STOOD_SIZE_MS if resized == shown else STOOD_MS

    def _may_tell(self, now_ms: int) -> bool:
        gained = (now_ms - self._refilled_ms) / REFILL_MS
        self._left, self._refilled_ms = min(float(BURST), self._left + gained), now_ms
        return self._left >= 1.0
