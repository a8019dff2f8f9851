"""What a bedside tells the staff stations of its session, folded from its events. Pure.

Only what a station shows is kept: no name of a patient comes in here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.staff.messages import (
    MAX_ALARMS,
    MAX_NAME,
    AlarmGone,
    AlarmTold,
    Message,
    Note,
    Occurrence,
    SessionTold,
    Whole,
    fitted,
)
from protocols.events import (
    AcceptAlarm,
    AlarmChanged,
    AlarmSignalled,
    AlarmState,
    CommandRefused,
    Event,
    RejectAlarm,
    SessionClosed,
    SessionOpened,
    SessionResumed,
    StaffCall,
    kind_of,
)
from protocols.limits import LimitsProfile, parse_limits
from protocols.signals import SignalPolicy
from protocols.signals_file import parse_signals
from protocols.situation import to_ns
from protocols.vitals import NS_PER_S

NO_ICON = "general"
"""Icon of an alarm that no rule of the session knows."""

TOLD = (
    AlarmChanged,
    AlarmSignalled,
    CommandRefused,
    SessionClosed,
    SessionOpened,
    SessionResumed,
)
"""Kinds of event that a picture may change by."""

_ANSWERS = frozenset(
    kind_of(answer(t_ns=0, by="", alarm="", raised_ns=0, station=""))
    for answer in (AcceptAlarm, RejectAlarm)
)


@dataclass(slots=True)
class _Seen:
    """An alarm that is seen: when it was raised, and the last word on its state and its signals.

    `counted_ns` is when it was raised, or sounded again after its acknowledgement; `calls` how
    often staff were called about it, `called_ns` when for the last time.
    """

    raised_ns: int
    counted_ns: int
    changed: AlarmChanged
    signalled: AlarmSignalled | None = None
    calls: int = 0
    called_ns: int = 0

    def change(self, event: AlarmChanged) -> None:
        if self.changed.state is AlarmState.ACKED and event.state is not AlarmState.ACKED:
            self.counted_ns = event.t_ns
        self.changed = event

    def signal(self, event: AlarmSignalled) -> None:
        before, self.signalled = self.signalled, event
        if event.staff is not StaffCall.CALLED:
            return
        if before is None or before.staff is not event.staff or before.urgency != event.urgency:
            self.calls, self.called_ns = self.calls + 1, event.t_ns


@dataclass(slots=True)
class RoomPicture:
    """The alarms of one session as stations are to show them.

    Attributes:
        running: a session is open.
        room: where it is.
        simulated: it is a simulated one.
        speed: session seconds to a second.
        trouble: why what is told is not to be relied on, or empty.
    """

    running: bool = False
    room: str = ""
    simulated: bool = False
    speed: float = 1.0
    trouble: str = ""
    _limits: LimitsProfile | None = None
    _policy: SignalPolicy | None = None
    _alarms: dict[str, _Seen] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)

    def take(self, events: Iterable[Event], now_ns: int) -> list[Message]:
        """What changes for stations by `events`, to be told at `now_ns`."""
        changed: dict[str, None] = {}
        messages: list[Message] = []
        opened = False
        for event in events:
            if isinstance(event, SessionOpened):
                self._open(event)
                opened = True
            elif isinstance(event, SessionClosed):
                self._alarms.clear()
                self.running, opened = False, True
            elif isinstance(event, AlarmChanged):
                self._follow(event)
                changed[event.alarm] = None
            elif isinstance(event, AlarmSignalled):
                known = self._alarms.get(event.alarm)
                if known is not None and known.raised_ns == event.raised_ns:
                    known.signal(event)
                    changed[event.alarm] = None
            elif isinstance(event, CommandRefused) and event.command in _ANSWERS:
                by = fitted(event.by, MAX_NAME)
                messages.append(Note(text=fitted(event.reason), by=by))
        if opened:
            return [*self.whole(now_ns), *messages]
        return [*self._changes(changed, now_ns), *messages] if changed else messages

    def whole(self, now_ns: int) -> list[Message]:
        """Everything, for a station that knows nothing yet."""
        kept = self._most_urgent()
        self._told = {alarm: seen.raised_ns for alarm, seen in kept.items()}
        session = SessionTold(
            running=self.running,
            room=fitted(self.room, MAX_NAME),
            simulated=self.simulated,
            speed=min(max(self.speed, 0.001), 1000.0),
            trouble=fitted(self.trouble),
        )
        alarms = [self._tell(seen, now_ns) for seen in kept.values()]
        return [session, *alarms, Whole(alarms=len(alarms))]

    def has(self, occurrence: Occurrence, call: int | None = None) -> bool:
        """Whether that occurrence is seen at the bedside now, and `call` is the last one of it."""
        known = self._alarms.get(occurrence[0])
        if known is None or known.raised_ns != occurrence[1]:
            return False
        return call is None or call == known.calls

    def _open(self, event: SessionOpened) -> None:
        self._alarms.clear()
        self.running, self.room, self.simulated = True, event.room, event.simulated
        self._limits = parse_limits(event.limits_text, "limits of this session")
        text = event.signals_text
        self._policy = parse_signals(text, "signals of this session") if text else None

    def _follow(self, event: AlarmChanged) -> None:
        known = self._alarms.get(event.alarm)
        if not event.state.is_seen:
            self._alarms.pop(event.alarm, None)
        elif known is None:
            t_ns = event.t_ns
            self._alarms[event.alarm] = _Seen(raised_ns=t_ns, counted_ns=t_ns, changed=event)
        else:
            known.change(event)

    def _most_urgent(self) -> dict[str, _Seen]:
        """As many alarms as are told: those that nobody has answered first, then by priority."""
        ordered = sorted(
            self._alarms.items(),
            key=lambda item: (
                item[1].changed.state is AlarmState.ACKED,
                -item[1].changed.priority.rank,
                item[1].raised_ns,
                item[0],
            ),
        )
        return dict(ordered[:MAX_ALARMS])

    def _changes(self, changed: Iterable[str], now_ns: int) -> list[Message]:
        kept = self._most_urgent()
        gone = {
            alarm: raised_ns
            for alarm, raised_ns in self._told.items()
            if alarm not in kept or kept[alarm].raised_ns != raised_ns
        }
        fresh = [alarm for alarm in kept if alarm not in self._told or alarm in gone]
        again = [alarm for alarm in changed if alarm in kept and alarm not in fresh]
        self._told = {alarm: seen.raised_ns for alarm, seen in kept.items()}
        messages: list[Message] = [
            AlarmGone(alarm=fitted(alarm, MAX_NAME), raised_ns=raised_ns)
            for alarm, raised_ns in gone.items()
        ]
        return messages + [self._tell(kept[alarm], now_ns) for alarm in (*fresh, *again)]

    def _tell(self, seen: _Seen, now_ns: int) -> AlarmTold:
        alarm, signalled = seen.changed, seen.signalled
        acknowledged = alarm.state is AlarmState.ACKED
        return AlarmTold(
            alarm=fitted(alarm.alarm, MAX_NAME),
            raised_ns=seen.raised_ns,
            priority=alarm.priority,
            state=alarm.state,
            technical=alarm.technical,
            icon=self._icon(alarm.alarm),
            sentence=fitted(alarm.sentence),
            next_step=fitted(alarm.next_step),
            age_s=max(0, now_ns - alarm.since_ns) / NS_PER_S,
            urgency=0 if signalled is None else signalled.urgency,
            call=seen.calls,
            room_sound=signalled is None or signalled.room_sound,
            sounds_in_s=self._sounds_in_s(seen, now_ns),
            staff=StaffCall.NONE if signalled is None else signalled.staff,
            accepted_by="" if signalled is None else fitted(signalled.by, MAX_NAME),
            acknowledged_by=fitted(alarm.by, MAX_NAME) if acknowledged else "",
        )

    def _icon(self, alarm: str) -> str:
        try:
            icon = "" if self._limits is None else self._limits.rule(alarm).icon
        except KeyError:
            icon = ""
        return fitted(icon, MAX_NAME) or NO_ICON

    def _sounds_in_s(self, seen: _Seen, now_ns: int) -> float | None:
        """Seconds until the bedside sounds if the call goes no further; None: it does already."""
        signalled = seen.signalled
        if signalled is None or self._policy is None or signalled.room_sound:
            return None
        if not seen.changed.state.is_heard:
            return None
        row = self._policy.row(seen.changed.priority)
        ends_ns = {
            StaffCall.CALLED: seen.called_ns + to_ns(row.receipt_s),
            StaffCall.RECEIVED: seen.called_ns + to_ns(row.accept_s),
            StaffCall.ACCEPTED: seen.counted_ns + to_ns(row.attend_s),
        }.get(signalled.staff)
        if ends_ns is None:
            return None
        if row.unattended_s is not None:
            ends_ns = min(ends_ns, seen.counted_ns + to_ns(row.unattended_s))
        return max(0, ends_ns - now_ns) / NS_PER_S
