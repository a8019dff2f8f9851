"""Whether the bedside program answers, and what is shown and sounded while it does not. Pure.

Messages and looks come in with times of the watcher's own monotonic clock, in seconds. The clock
and the words of the program are never compared: a program that stands still is noticed without its
help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.deadman.messages import LIMIT_S, Beat, Part
from app.silence import Silence
from protocols.events import Priority

WELL_S = 1.0
"""All parts must have answered for this long before the trouble counts as over, seconds; and one
that was silent answers only while it is never silent for so long."""

TOLD_S = 20.0
"""How long the line that says what was silent stays after the trouble."""

HUSHED_S = 120.0
"""How long a person silences the sound: the usual pause of alarm sound."""

URGENT_S = (30.0, 120.0)
"""After so long without anybody it sounds more urgently, twice."""

REPEAT_S: Mapping[Priority, float] = {
    Priority.HIGH: 8.0,
    Priority.MEDIUM: 15.0,
    Priority.LOW: 15.0,
}
"""Seconds from one burst to the next."""

NOT_ANSWERING = "INFUSION ROOM DOES NOT ANSWER: watch the bedside monitor"
STOPPED = "INFUSION ROOM HAS STOPPED: watch the bedside monitor"
NOT_DRAWN = "INFUSION ROOM IS NOT DRAWN: watch the bedside monitor"
NOT_RECORDING = "INFUSION ROOM DOES NOT RECORD: write down the vitals"
AGAIN = "Infusion Room answers again"

PROGRAM = "Program"
"""How the whole program is named where no part of it can be told apart."""

_WORDS = {Part.EVALUATOR: "Evaluator", Part.SCREEN: "Screen", Part.RECORDER: "Recorder"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One burst to be played."""

    priority: Priority
    urgency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What does not answer.

    Attributes:
        headline: what is wrong and what to do.
        silent: name of each part that is silent, and for how many seconds; the longest first.
        since_s: when the longest silence began, on the watcher's clock.
        standing: where the session stood at the last beat.
        gone: the program is not there any more; it will not answer again.
    """

    headline: str
    silent: tuple[tuple[str, float], ...]
    since_s: float
    standing: str
    gone: bool

    @property
    def priority(self) -> Priority:
        """High, or medium where only the record suffers."""
        return Priority.MEDIUM if self.headline == NOT_RECORDING else Priority.HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A trouble that is over: what was silent, from when to when on the watcher's clock."""

    names: tuple[str, ...]
    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the watcher does at one look.

    Attributes:
        trouble: shown while it lasts.
        ended: shown for a while after.
        just_ended: the trouble ended at this look.
        sound: a burst to be played now.
        hushed: a person silenced it.
        leave: there is nothing left to watch.
    """

    trouble: Trouble | None = None
    ended: Ended | None = None
    just_ended: bool = False
    sound: Sound | None = None
    hushed: bool = False
    leave: bool = False


class Judge:
    """Follows one bedside program."""

    def __init__(self, now_s: float) -> None:
        """Begin at `now_s`; the first beat is expected within the usual limit."""
        self._beat = Beat()
        self._beat_s = now_s
        self._silence = Silence()
        self._gone = False
        self._leave = False
        self._trouble: Trouble | None = None
        self._names: tuple[str, ...] = ()
        self._began_s = now_s
        self._well_since_s: float | None = None
        self._ended: Ended | None = None
        self._sound_at_s = now_s
        self._hushed_until_s: float | None = None

    def take(self, now_s: float, beat: Beat) -> None:
        """A beat came."""
        self._beat = beat
        self._beat_s = now_s

    def part(self) -> None:
        """The program said goodbye, or another one took its place."""
        self._leave = True

    def lose(self) -> None:
        """The program is gone, and did not say goodbye."""
        self._gone = True

    def hush(self, now_s: float) -> None:
        """A person silences what sounds; of a program that is gone the second time dismisses it."""
        if self._trouble is None:
            self._ended = None
        elif self._gone and self._hushed_until_s is not None:
            self._leave = True
        else:
            self._hushed_until_s = now_s + HUSHED_S

    def look(self, now_s: float) -> Picture:
        """What is shown and sounded at `now_s`."""
        if self._leave:
            return Picture(leave=True)
        silent = self._silent(now_s)
        if not silent:
            return self._settle(now_s)
        self._well_since_s = None
        longest_s = silent[0][1]
        if self._trouble is None:
            self._begin(now_s, longest_s)
        names = tuple(name for name, _ in silent)
        if not set(names) <= set(self._names):
            self._names = tuple(dict.fromkeys((*self._names, *names)))
            self._hushed_until_s = None  # what was silenced was another trouble
            self._sound_at_s = now_s
        trouble = Trouble(
            headline=self._headline(names),
            silent=silent,
            since_s=min(self._began_s, now_s - longest_s),
            standing=self._beat.standing,
            gone=self._gone,
        )
        self._trouble = trouble
        return Picture(
            trouble=trouble, sound=self._sound(now_s, trouble), hushed=self._is_hushed(now_s)
        )

    def _silent(self, now_s: float) -> tuple[tuple[str, float], ...]:
        whole_s = self._silence.look(now_s, now_s - self._beat_s)
        if self._gone:
            return ((PROGRAM, now_s - self._beat_s),)
        if whole_s >= self._limit_s(PROGRAM):
            return ((PROGRAM, whole_s),)
        passed_s = now_s - self._beat_s
        late = [
            (_WORDS[part], silent_s + passed_s)
            for part, silent_s in self._beat.silent_s.items()
            if silent_s >= self._limit_s(_WORDS[part])
        ]
        return tuple(sorted(late, key=lambda one: -one[1]))

    def _limit_s(self, name: str) -> float:
        """How long it may be silent: less while it is in trouble, so that nothing flickers."""
        return WELL_S if self._trouble is not None and name in self._names else LIMIT_S

    def _begin(self, now_s: float, longest_s: float) -> None:
        self._began_s = now_s - longest_s
        self._names = ()
        self._ended = None

    def _headline(self, names: tuple[str, ...]) -> str:
        if self._gone:
            return STOPPED
        if names == (_WORDS[Part.RECORDER],):
            return NOT_RECORDING
        if _WORDS[Part.EVALUATOR] in names or PROGRAM in names:
            return NOT_ANSWERING
        return NOT_DRAWN

    def _settle(self, now_s: float) -> Picture:
        """Nothing is silent: end the trouble once that has lasted, and tell of it for a while."""
        if self._trouble is not None:
            if self._well_since_s is None:
                self._well_since_s = now_s
            if now_s - self._well_since_s < WELL_S:
                return Picture(trouble=self._trouble, hushed=self._is_hushed(now_s))
            self._ended = Ended(
                names=self._names, since_s=self._began_s, until_s=self._well_since_s
            )
            self._trouble = self._hushed_until_s = self._well_since_s = None
            return Picture(ended=self._ended, just_ended=True)
        if self._ended is not None and now_s - self._ended.until_s > TOLD_S:
            self._ended = None
        return Picture(ended=self._ended)

    def _is_hushed(self, now_s: float) -> bool:
        if self._hushed_until_s is not None and now_s >= self._hushed_until_s:
            self._hushed_until_s = None
        return self._hushed_until_s is not None

    def _sound(self, now_s: float, trouble: Trouble) -> Sound | None:
        if self._is_hushed(now_s) or now_s < self._sound_at_s:
            return None
        self._sound_at_s = now_s + REPEAT_S[trouble.priority]
        lasted_s = now_s - self._began_s
        return Sound(
            priority=trouble.priority, urgency=sum(lasted_s >= after for after in URGENT_S)
        )
