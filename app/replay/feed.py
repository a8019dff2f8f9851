"""The feed of a replay: a recorded session that plays, pauses, steps and can be entered anywhere.

It drives the same bedside window as a live session. Nothing is sent anywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from app.feed import Feed
from app.records.catalogue import RecordedSession, Standing
from app.replay.steps import Gap, Step, StepKind
from app.replay.track import Track
from app.state import fold_all
from protocols.events import Command
from protocols.vitals import NS_PER_S

SPEEDS = (0.25, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600)
"""How many times faster than real time a session can be played."""

REAL_TIME = SPEEDS.index(1)

LEAP_NS = 20 * NS_PER_S
"""Session time from which on a keyframe is nearer than the moment before."""

FRAME_MS = 33
"""Time between two looks at the clock while playing: 30 Hz."""


class ReplayFeed(Feed):
    """State and history of a recorded session at a moment that moves.

    Signals:
        changed: playing, speed or the words of `ending` changed.
    """

    changed = Signal()
    replaying = True

    def __init__(
        self,
        recorded: RecordedSession,
        parent: QObject | None = None,
        *,
        elapsed_ns: Callable[[], int] | None = None,
    ) -> None:
        """Stand at the beginning of `recorded`, paused.

        `elapsed_ns` is the real clock under the replay's; Qt's elapsed timer by default.
        """
        super().__init__(parent)
        self.recorded = recorded
        self.track = Track(recorded.events, recorded.numbers)
        if elapsed_ns is None:
            watch = QElapsedTimer()
            watch.start()
            elapsed_ns = watch.nsecsElapsed
        self._elapsed_ns = elapsed_ns
        self._speed: float = SPEEDS[REAL_TIME]
        self._playing = False
        self._from = (0, 0)  # (real time, session time) that playing counts from
        self._now_ns = 0
        self._taken = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.tick)
        self._enter(0)

    @property
    def playing(self) -> bool:
        """Whether session time moves by itself."""
        return self._playing

    @property
    def speed(self) -> float:
        """How many times faster than real time it plays."""
        return self._speed

    @property
    def end_ns(self) -> int:
        """Session time of the last event."""
        return self.track.end_ns

    @property
    def ending(self) -> str:
        """At the end, what the end is; empty before it."""
        if self._now_ns < self.end_ns:
            return ""
        standing = self.recorded.line.standing
        if standing is Standing.INTERRUPTED:
            return "The record ends here: the session was cut short and never closed."
        if standing is Standing.RUNNING:
            return "The record ends here so far: the session is still running."
        return "End of the session."

    @property
    def gap(self) -> Gap | None:
        """The gap in the record that is shown, or None where the session was recorded."""
        return self.track.gap_at(self._now_ns)

    @property
    def core_alive(self) -> bool:
        """False where the window had covered its numbers."""
        return self.screen is None or not self.screen.covered

    def now_ns(self) -> int:
        """Session time that is shown, ns."""
        return self._now_ns

    def submit(self, command: Command) -> None:
        """Do nothing: the past takes no actions."""

    def heartbeat(self) -> None:
        """Do nothing: no core waits for a life sign."""

    def stop(self) -> None:
        """Stop playing, for good or until `play`."""
        self.pause()

    @Slot()
    def play(self) -> None:
        """Let session time move; from the end it begins anew."""
        if self._playing:
            return
        if self._now_ns >= self.end_ns:
            self.seek(0)
        self._playing = True
        self._count_from_here()
        self._timer.start()
        self.changed.emit()

    @Slot()
    def pause(self) -> None:
        """Let session time stand."""
        self._timer.stop()
        if self._playing:
            self._playing = False
            self.changed.emit()

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def set_speed(self, speed: float) -> None:
        """Play at one of `SPEEDS` from now on; session time does not jump."""
        if speed not in SPEEDS:
            raise ValueError(f"not one of the speeds {SPEEDS}: {speed}")
        if self._playing:
            self.tick()
        self._speed = speed
        self._count_from_here()
        self.changed.emit()

    def change_speed(self, places: int) -> None:
        """Move `places` up (or down) among the speeds, as far as they go."""
        place = SPEEDS.index(self._speed) + places
        self.set_speed(SPEEDS[max(0, min(place, len(SPEEDS) - 1))])

    def seek(self, t_ns: int) -> None:
        """Show the session at `t_ns`, kept within it; playing goes on from there."""
        was_at_end = bool(self.ending)
        self._enter(max(0, min(t_ns, self.end_ns)))
        self._count_from_here()
        if self._now_ns >= self.end_ns:
            self.pause()
        if was_at_end or self.ending:
            self.changed.emit()
        self.advanced.emit()

    def skip(self, seconds: float) -> None:
        """Go `seconds` on, or back when negative."""
        self.seek(self._now_ns + round(seconds * NS_PER_S))

    def step(self, kind: StepKind, *, back: bool = False) -> Step | None:
        """Go to the next (or previous) step of `kind` and pause there; None when there is none."""
        find = self.track.previous_step if back else self.track.next_step
        step = find(self._now_ns, kind)
        if step is not None:
            self.pause()
            self.seek(step.t_ns)
        return step

    @Slot()
    def tick(self) -> None:
        """Bring the session to the time that it is."""
        if not self._playing:
            return
        real_ns, start_ns = self._from
        self.move_on(start_ns + round((self._elapsed_ns() - real_ns) * self._speed) - self._now_ns)

    def move_on(self, span_ns: int) -> None:
        """Show the session `span_ns` later, at most its end, where it pauses."""
        reached = min(self._now_ns + max(0, span_ns), self.end_ns)
        if reached - self._now_ns > LEAP_NS:
            self._enter(reached)
        else:
            self._go_on(reached)
        if self._now_ns >= self.end_ns:
            self.pause()
        self.advanced.emit()

    def _go_on(self, t_ns: int) -> None:
        """Fold what happened until `t_ns`."""
        self._now_ns, self.screen = t_ns, self.track.screen_at(t_ns)
        events = self.track.between(self._taken, t_ns)
        numbers = self.track.numbers[self._taken :]
        self._taken += len(events)
        self.state = fold_all(self.state, events)
        for number, event in zip(numbers, events, strict=False):
            self.history.add(event, number)

    def _enter(self, t_ns: int) -> None:
        moment = self.track.at(t_ns)
        self.state, self.history = moment.state, moment.history
        self._taken, self._now_ns = moment.taken, t_ns
        self.screen = self.track.screen_at(t_ns)

    def _count_from_here(self) -> None:
        self._from = (self._elapsed_ns(), self._now_ns)
