"""Whose turn it is to sound: the alarms that are heard, and what follows from them. Pure.

The highest priority that is heard sounds, and nothing below it. A new alarm of a higher priority
breaks in; one of the same priority follows when the burst that sounds is complete. Several
categories of the highest priority take turns: first what never sounded (the most urgent, then the
newest), then whichever waited longest. A burst stands for every alarm of its priority and category.

A burst that began is completed even if its condition ends, and an alarm whose condition ended
before its turn came is still given one. A person silences at once: acknowledged, paused, switched
off, and what staff elsewhere have taken over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from app.sounding.icons import Icon
from app.sounding.pointers import CLOSEST_S, interval_s
from app.sounding.tones import alarm_tone, check_tone, reminder_tone
from protocols.events import (
    AlarmChanged,
    AlarmSignalled,
    AlarmState,
    Event,
    LimitChanged,
    Priority,
    ReminderGiven,
    SessionClosed,
    SoundCheckStarted,
)

OWED_S: Final = 15.0
"""How long an alarm that ended before it sounded keeps its claim to one burst."""

CHIME_WAIT_S: Final = 10.0
"""How long a sound that is no alarm waits for a burst to end; later it would puzzle."""

AFTER_HIGHER_S: Final = 1.0
"""Silence between the last burst of a higher priority and the first of a lower one."""

AFTER_HUSH_S: Final = 1.0
"""Silence between a burst that a person silenced and the first of a new alarm of its priority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One alarm that may be heard.

    Attributes:
        alarm, raised_ns: the occurrence.
        priority, icon, urgency: what it sounds like.
        order: larger came later.
        heard: its state lets it sound.
        in_room: it sounds at the bedside, as far as its state lets it be heard.
        latched: its condition ended, and it waits for a person.
        sounded: it had its burst.
        ended_s: when its condition ended before it sounded, else None.
    """

    alarm: str
    raised_ns: int
    priority: Priority
    icon: Icon
    order: int
    urgency: int = 0
    heard: bool = False
    in_room: bool = True
    latched: bool = False
    sounded: bool = False
    ended_s: float | None = None

    @property
    def claims(self) -> bool:
        """Whether it has a claim to sound."""
        return self.in_room and (self.heard or self.ended_s is not None)

    @property
    def colour(self) -> tuple[Priority, Icon]:
        """What one burst can stand for."""
        return self.priority, self.icon


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A burst to be played: what it sounds like, and the alarms it is the first sound of."""

    priority: Priority
    icon: Icon
    urgency: int
    voices: tuple[Voice, ...]
    first_of: tuple[Voice, ...]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return alarm_tone(self.priority, self.icon, self.urgency).seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Chime:
    """A sound that is no alarm: the reminding tone, or the play of the sound check."""

    check: bool

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (check_tone() if self.check else reminder_tone()).seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush:
    """What is playing stops now."""


Order = Burst | Chime | Hush


def _rule_of(voice: Voice) -> str:
    """Id of the rule: the alarm's name without the device it may be about."""
    return voice.alarm.partition("/")[0]


@dataclass(slots=True)
class _Playing:
    """What sounds, and until when."""

    what: Burst | Chime
    ends_s: float


@dataclass(slots=True)
class Turns:
    """Follows the events of a session and says what to play. Every time is an argument, in seconds.

    Attributes:
        icon_of: category of an alarm's rule.
        reminder_s: an alarm whose burst does not repeat by itself sounds again every so often, for
            as long as nobody acknowledges it; None never.
    """

    icon_of: Callable[[str], str]
    reminder_s: float | None = None
    _voices: dict[str, Voice] = field(default_factory=dict)
    _count: int = 0
    _playing: _Playing | None = None
    _cut: bool = False
    _ended_s: dict[Priority, float] = field(default_factory=dict)
    _free_s: dict[Priority, float] = field(default_factory=dict)
    _last_s: dict[tuple[Priority, Icon], float] = field(default_factory=dict)
    _check_until_s: float | None = None
    _reminder_until_s: float | None = None

    def follow(self, event: Event, now_s: float) -> bool:
        """Take in one event of the session; whether it can change what sounds."""
        if isinstance(event, AlarmChanged):
            self._follow_alarm(event, now_s)
        elif isinstance(event, AlarmSignalled):
            self._follow_signal(event)
        elif isinstance(event, LimitChanged) and event.off:
            self._silence(event.rule)
        elif isinstance(event, ReminderGiven):
            self._reminder_until_s = now_s + CHIME_WAIT_S
        elif isinstance(event, SoundCheckStarted):
            self._check_until_s = now_s + CHIME_WAIT_S
        elif isinstance(event, SessionClosed):
            # a closed session says nothing more, so nothing of it may go on sounding
            self._voices.clear()
            self._check_until_s = self._reminder_until_s = None
            self._cut = self._playing is not None
        else:
            return False
        return True

    @property
    def occurrences(self) -> tuple[tuple[str, int], ...]:
        """Every alarm that is seen, with the `raised_ns` of its occurrence."""
        return tuple((voice.alarm, voice.raised_ns) for voice in self._voices.values())

    def restart(self) -> None:
        """The output is a new one: what played is lost, and what is heard sounds from anew."""
        self._playing, self._cut = None, False
        self._last_s.clear()
        self._ended_s.clear()
        self._free_s.clear()

    def next_order(self, now_s: float) -> Order | None:
        """What to do at `now_s`, taken as done; None leaves everything as it is."""
        if self._playing is not None and now_s >= self._playing.ends_s:
            self._finish(self._playing.ends_s)
        self._forget_claims(now_s)
        if self._cut:
            self._cut = False
            self._finish(now_s, AFTER_HUSH_S)
            return self._next_sound(now_s) or Hush()
        return self._next_sound(now_s)

    # -- following ------------------------------------------------------------------------------

    def _follow_alarm(self, event: AlarmChanged, now_s: float) -> None:
        known = self._voices.get(event.alarm)
        seen = known is not None and known.ended_s is None
        if not event.state.is_seen:
            if known is not None and seen:
                self._end(known, now_s)
            return
        if known is None or not seen:
            self._count += 1
            known = Voice(
                alarm=event.alarm,
                raised_ns=event.t_ns,
                priority=event.priority,
                icon=Icon.named(self.icon_of(event.alarm)),
                order=self._count,
            )
        heard = event.state.is_heard
        self._voices[event.alarm] = replace(
            known,
            heard=heard,
            latched=event.state in (AlarmState.LATCHED, AlarmState.LATCHED_PAUSED),
            sounded=known.sounded and known.heard,
        )
        if known.heard and not heard:
            self._cut_unless_heard(known)

    def _end(self, voice: Voice, now_s: float) -> None:
        """It is seen no longer: by a person where it was silent or latched, else by itself."""
        by_itself = voice.heard and not voice.latched
        if by_itself and voice.in_room and not voice.sounded:
            self._voices[voice.alarm] = replace(voice, heard=False, ended_s=now_s)
            return
        del self._voices[voice.alarm]
        if not by_itself:
            self._cut_unless_heard(voice)

    def _follow_signal(self, event: AlarmSignalled) -> None:
        known = self._voices.get(event.alarm)
        if known is None or known.raised_ns != event.raised_ns:
            return
        self._voices[event.alarm] = replace(
            known,
            in_room=event.room_sound,
            urgency=max(0, min(event.urgency, 2)),
            sounded=known.sounded and known.in_room,
        )
        if not event.room_sound:
            self._cut_unless_heard(known)

    def _silence(self, rule: str) -> None:
        """A rule was switched off: its burst, if it sounds, is not completed."""
        for voice in list(self._voices.values()):
            if voice.ended_s is not None and _rule_of(voice) == rule:
                del self._voices[voice.alarm]
        playing = self._playing
        if playing is None or not isinstance(playing.what, Burst):
            return
        if any(_rule_of(voice) == rule for voice in playing.what.voices):
            self._cut = self._cut or not self._stands(playing.what, without=rule)

    def _cut_unless_heard(self, silenced: Voice) -> None:
        """Cut the burst that sounds if it stood for `silenced` and stands for no other alarm."""
        playing = self._playing
        if playing is None or not isinstance(playing.what, Burst):
            return
        if silenced.colour == (playing.what.priority, playing.what.icon):
            self._cut = self._cut or not self._stands(playing.what)

    def _stands(self, burst: Burst, without: str = "") -> bool:
        """Whether some alarm that is heard is told by `burst`."""
        return any(
            voice.claims
            and voice.colour == (burst.priority, burst.icon)
            and _rule_of(voice) != without
            for voice in self._voices.values()
        )

    # -- deciding -------------------------------------------------------------------------------

    def _finish(self, at_s: float, closest_s: float = CLOSEST_S) -> None:
        playing, self._playing = self._playing, None
        if playing is not None and isinstance(playing.what, Burst):
            self._ended_s[playing.what.priority] = at_s
            self._free_s[playing.what.priority] = at_s + closest_s
            self._last_s[playing.what.priority, playing.what.icon] = at_s

    def _forget_claims(self, now_s: float) -> None:
        for voice in list(self._voices.values()):
            if voice.ended_s is not None and now_s > voice.ended_s + OWED_S:
                del self._voices[voice.alarm]

    def _next_sound(self, now_s: float) -> Burst | Chime | None:
        claims = [voice for voice in self._voices.values() if voice.claims]
        if claims:
            burst = self._next_burst(now_s, claims)
            if burst is not None:
                self._start(burst, now_s)
                return burst
        if self._playing is not None:
            return None
        return self._next_chime(now_s)

    def _next_burst(self, now_s: float, claims: list[Voice]) -> Burst | None:
        rank = max(voice.priority.rank for voice in claims)
        top = [voice for voice in claims if voice.priority.rank == rank]
        fresh = [voice for voice in top if not voice.sounded]
        due_s = self._due_s(top, fresh)
        if due_s is None or not self._may_begin(now_s, top[0].priority, bool(fresh)):
            return None
        if now_s < due_s:
            return None
        chosen = max(fresh or top, key=self._claim_of)
        told = tuple(voice for voice in top if voice.colour == chosen.colour)
        return Burst(
            priority=chosen.priority,
            icon=chosen.icon,
            urgency=max(voice.urgency for voice in told),
            voices=told,
            first_of=tuple(voice for voice in told if not voice.sounded),
        )

    def _claim_of(self, voice: Voice) -> tuple[float, int, int]:
        """The larger, the sooner: waited longest, then most urgent, then newest."""
        waited = -self._last_s.get(voice.colour, float("-inf"))
        return (waited if voice.sounded else 0.0, voice.urgency, voice.order)

    def _may_begin(self, now_s: float, priority: Priority, fresh: bool) -> bool:
        """Whether a burst of `priority` may begin in place of what is playing."""
        playing = self._playing
        if playing is None or now_s >= playing.ends_s:
            return True
        if isinstance(playing.what, Burst):
            return priority.rank > playing.what.priority.rank
        # a chime yields to what is new, and to what is most urgent; repetitions wait for its end
        return fresh or priority is Priority.HIGH

    def _due_s(self, top: list[Voice], fresh: list[Voice]) -> float | None:
        """When the next burst for `top`, alarms of the highest priority, is due; None never."""
        priority = top[0].priority
        ended_s = self._ended_s.get(priority, float("-inf"))
        higher = [at for p, at in self._ended_s.items() if p.rank > priority.rank]
        quiet_s = max(higher, default=float("-inf")) + AFTER_HIGHER_S
        if fresh:
            return max(self._free_s.get(priority, ended_s), quiet_s)
        interval = interval_s(priority, max(voice.urgency for voice in top)) or self.reminder_s
        return None if interval is None else max(ended_s + interval, quiet_s)

    def _next_chime(self, now_s: float) -> Chime | None:
        check, reminder = self._check_until_s, self._reminder_until_s
        if check is not None:
            self._check_until_s = None
        elif reminder is not None:
            self._reminder_until_s = None
        asked_s = reminder if check is None else check
        if asked_s is None or now_s > asked_s:
            return None
        chime = Chime(check=check is not None)
        self._playing = _Playing(what=chime, ends_s=now_s + chime.seconds)
        return chime

    def _start(self, burst: Burst, now_s: float) -> None:
        broken = self._playing
        self._finish(now_s)
        if broken is not None and isinstance(broken.what, Burst):
            self._owe_again(broken.what)
        self._playing = _Playing(what=burst, ends_s=now_s + burst.seconds)
        for voice in burst.voices:
            if voice.ended_s is not None:
                del self._voices[voice.alarm]
            else:
                self._voices[voice.alarm] = replace(voice, sounded=True)

    def _owe_again(self, broken: Burst) -> None:
        """A burst that a higher priority broke off did not say all: it is owed once more."""
        for told in broken.voices:
            known = self._voices.get(told.alarm)
            if known is not None and known.raised_ns == told.raised_ns:
                self._voices[told.alarm] = replace(known, sounded=False)
