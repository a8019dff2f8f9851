"""The watch on alarm sound: one thread that says whether alarms can be heard and, if not, why.

It puts together what three sides say: the player (an output is open and takes samples), the thread
that sounds (it is alive), and the system (which output, muted, how loud). Only what changed is
reported, so that a fault is one alarm and not a flood.
"""

from __future__ import annotations

import logging
import platform
import threading
import time
from collections.abc import Callable
from typing import Final

from app.sounding.watching import alsa, macos, pulse, wireplumber
from app.sounding.watching.standing import (
    VOLUME_UNKNOWN,
    OutputStanding,
    change_of,
    problem_of,
)

log = logging.getLogger(__name__)

Look = Callable[[], OutputStanding | None]
"""Asks the system how the output stands; None where it cannot tell. May take seconds."""

Report = Callable[[bool, str], None]
"""Told whether alarms can be heard, and why not; where they can, what is not known, if anything."""

LOOK_S: Final = 2.0
"""How often the system is asked, where it does not tell of changes by itself."""

LOOK_WITH_NEWS_S: Final = 6.0
"""How often it is asked where it does."""

CHANGED_S: Final = 6.0
"""How long a change to another output is reported as a fault: long enough to be recorded and seen,
and for the proof that the sounds are heard to be void."""

UNANSWERED_S: Final = 10.0
"""A system that told how the output stands, and does not for this long, can no longer tell."""

PAUSE_S: Final = 0.5
"""How often the life signs inside the program are looked at."""

FAILED: Final = "The watch on the sound output failed. See the log."

SOUNDER_SILENT_S: Final = 3.0
"""A thread that sounds without a life sign for this long is reported."""

SOUNDER_STUCK: Final = "The alarm sound of this program does not answer. Watch the screen."


def ways_here() -> tuple[Look, ...]:
    """The ways to ask that exist for this system, best first; on Windows there is none yet."""
    system = platform.system()
    if system == "Linux":
        return (pulse.look, wireplumber.look, alsa.look)
    if system == "Darwin":
        return (macos.look,)
    return ()


def look_here() -> OutputStanding | None:
    """How the output of this machine stands, by the first way that answers."""
    for way in ways_here():
        standing = way()
        if standing is not None:
            return standing
    return None


class SoundWatch:
    """Reports whether alarms can be heard. `take` and `wake` may be called from any thread."""

    def __init__(
        self,
        report: Report,
        *,
        look: Look = look_here,
        silent_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Quiet until `start`.

        Args:
            report: told at every change; called from the watch's thread or the player's.
            look: asks the system.
            silent_s: seconds since the thread that sounds gave a sign of life.
        """
        self._report = report
        self._look = look
        self._silent_s = silent_s
        self._player: tuple[bool, str] | None = None
        self._standing: OutputStanding | None = None
        self._named: OutputStanding | None = None
        self._answered_s: float | None = None
        self._change = ""
        self._change_until_s = 0.0
        self._said: tuple[bool, str] | None = None
        self._saying = threading.Lock()
        self._awake = threading.Event()
        self._look_due = True
        self._looked_s = float("-inf")
        self._stopping = False
        self._news = pulse.News(self.wake)
        self._thread = threading.Thread(target=self._run, name="sound-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopping = True
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._news.stop()

    def take(self, working: bool, detail: str) -> None:
        """What the player says of its output; a fault is reported at once, before it returns."""
        self._player = (working, detail)
        self.wake()
        if not working:
            self._say(self._found(time.monotonic()))

    def wake(self) -> None:
        """Something changed at an output: look now."""
        self._look_due = True
        self._awake.set()

    def _run(self) -> None:
        while not self._stopping:
            pause_s = PAUSE_S
            try:
                self._look_around(time.monotonic())
                self._say(self._found(time.monotonic()))
            except Exception:  # a bug of ours must not end the watch: log it whole, say so, go on
                log.exception("The watch on the sound output failed")
                self._say((False, FAILED))
                self._look_due = True
                pause_s = UNANSWERED_S
            self._awake.wait(pause_s)
            self._awake.clear()

    def _look_around(self, now_s: float) -> None:
        every_s = LOOK_WITH_NEWS_S if self._news.listening else LOOK_S
        if not self._look_due and now_s < self._looked_s + every_s:
            return
        self._look_due, self._looked_s = False, now_s
        self._take_standing(self._look(), now_s)
        standing = self._standing
        if standing is not None and standing.tells_changes and not self._news.listening:
            self._news.start()

    def _take_standing(self, standing: OutputStanding | None, now_s: float) -> None:
        if standing is None:
            lately = self._answered_s is not None and now_s < self._answered_s + UNANSWERED_S
            self._standing = self._standing if lately else None
            return
        self._answered_s, self._standing = now_s, standing
        if self._named is not None and (change := change_of(self._named, standing)):
            self._change, self._change_until_s = change, now_s + CHANGED_S
        if standing.name:
            self._named = standing

    def _say(self, saying: tuple[bool, str] | None) -> None:
        """Report what is so, where it is not what was said last."""
        with self._saying:
            if saying is not None and saying != self._said:
                self._said = saying
                self._report(*saying)

    def _found(self, now_s: float) -> tuple[bool, str] | None:
        """What is so at `now_s`; None before the player said anything."""
        if self._player is None:
            return None
        working, detail = self._player
        if not working:
            return False, detail
        if self._silent_s() > SOUNDER_SILENT_S:
            return False, SOUNDER_STUCK
        standing = self._standing
        problem = "" if standing is None else problem_of(standing)
        if problem:
            return False, problem
        if now_s < self._change_until_s:
            return False, self._change
        known = standing is not None and standing.loudness_known
        return True, "" if known else VOLUME_UNKNOWN
