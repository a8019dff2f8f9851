"""The record of a session, read alone, against what signals promise."""

from __future__ import annotations

from dataclasses import dataclass, field

from protocols.events import (
    AcceptAlarm,
    Acknowledge,
    AlarmChanged,
    AlarmDelivered,
    AlarmSignalled,
    AlarmState,
    AudioPauseChanged,
    Event,
    Priority,
    Service,
    ServiceReported,
    StaffCall,
)
from protocols.signals import RoomSound, SignalRow
from tests.unit.protocols.signal_rooms import (
    LIMITS,
    S,
)

REALARM_S = {rule.id: rule.realarm_s for rule in LIMITS.rules}
SILENT = (AlarmState.PAUSED, AlarmState.LATCHED_PAUSED)
WAITING = (StaffCall.CALLED, StaffCall.RECEIVED, StaffCall.ACCEPTED)


@dataclass(slots=True)
class Seen:
    """What the record says of one alarm that is seen."""

    raised_ns: int
    state: AlarmState
    priority: Priority
    counted_ns: int
    silent_ns: int | None = None
    acked_ns: int | None = None
    signalled: AlarmSignalled | None = None
    staff_ns: int = 0


@dataclass(slots=True)
class Record:
    """The record, read as a stranger would: what is seen and heard, and what staff were told."""

    rows: dict[Priority, SignalRow]
    seen: dict[str, Seen] = field(default_factory=dict)
    pause_ends_ns: int | None = None
    pause_rank: int = 0
    staff: bool = False
    receipts: set[tuple[str, int, int]] = field(default_factory=set)
    accepts: set[tuple[str, int, str]] = field(default_factory=set)
    acks: list[Acknowledge] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Read on, and check what a single line must be."""
        if isinstance(event, ServiceReported) and event.service is Service.STAFF:
            self.staff = event.working
        elif isinstance(event, AlarmDelivered):
            self.receipts.add((event.alarm, event.raised_ns, event.t_ns))
        elif isinstance(event, AcceptAlarm):
            self._take_accept(event)
        elif isinstance(event, Acknowledge):
            self.acks.append(event)
        elif isinstance(event, AudioPauseChanged):
            self.pause_ends_ns = event.ends_ns
            ranks = [s.priority.rank for s in self.seen.values() if s.acked_ns is None]
            self.pause_rank = max(ranks, default=0)
        elif isinstance(event, AlarmChanged):
            self._take_alarm(event)
        elif isinstance(event, AlarmSignalled):
            self._take_signal(event)

    def _take_accept(self, answer: AcceptAlarm) -> None:
        """Who goes for an alarm goes for what is seen of the same trouble and no more urgent."""
        known = self.seen.get(answer.alarm)
        if known is None or known.raised_ns != answer.raised_ns:
            return
        for alarm, seen in self.seen.items():
            milder = seen.priority.rank <= known.priority.rank
            if alarm == answer.alarm or (milder and _trouble(alarm) == _trouble(answer.alarm)):
                self.accepts.add((alarm, seen.raised_ns, answer.by))

    def _take_alarm(self, change: AlarmChanged) -> None:
        known = self.seen.get(change.alarm)
        if not change.state.is_seen:
            self.seen.pop(change.alarm, None)
            return
        if known is None:
            known = Seen(
                raised_ns=change.t_ns,
                state=change.state,
                priority=change.priority,
                counted_ns=change.t_ns,
            )
            self.seen[change.alarm] = known
            higher = change.priority.rank > self.pause_rank
            if change.state is not AlarmState.ACKED and (higher or "lost" in change.alarm):
                assert self.pause_ends_ns is None, "a pause outlived a new, more urgent alarm"
        if known.acked_ns is not None and change.state is not AlarmState.ACKED:
            known.counted_ns, known.acked_ns = change.t_ns, None
        if change.state is AlarmState.ACKED and known.acked_ns is None:
            known.acked_ns = change.t_ns
            assert change.by.strip()
            assert change.action.strip()
        if change.state in SILENT:
            known.silent_ns = change.t_ns if known.silent_ns is None else known.silent_ns
        else:
            known.silent_ns = None
        known.state = change.state

    def _take_signal(self, signal: AlarmSignalled) -> None:
        known = self.seen[signal.alarm]
        assert signal.raised_ns == known.raised_ns, "the signal of another occurrence"
        before = known.signalled
        if before is not None:
            assert _manner(before) != _manner(signal), "signalled twice"
            if signal.staff is StaffCall.RECEIVED:
                assert before.staff in (StaffCall.CALLED, StaffCall.UNREACHED)
        assert signal.reason[0].isupper()
        assert signal.reason.endswith(".")
        if known.priority is Priority.HIGH or signal.urgency:
            assert signal.room_sound
        if before is not None and signal.urgency > before.urgency:
            assert signal.urgency == before.urgency + 1
            assert signal.staff is (StaffCall.CALLED if self.staff else signal.staff)
        if before is None or signal.staff is not before.staff or signal.urgency > before.urgency:
            known.staff_ns = signal.t_ns
        known.signalled = signal

    # -- what must hold at every moment ---------------------------------------------------------

    def check(self, now_ns: int) -> None:
        """Everything that is seen is told to somebody, or silent for a reason that ends."""
        if self.pause_ends_ns is None:
            assert not any(seen.state in SILENT for seen in self.seen.values())
        else:
            assert now_ns < self.pause_ends_ns <= now_ns + 120 * S
        for alarm, seen in self.seen.items():
            if seen.silent_ns is not None:
                assert now_ns < seen.silent_ns + 120 * S, f"{alarm}: paused for too long"
            if seen.state is AlarmState.ACKED:
                self._check_acknowledged(now_ns, alarm, seen)
            else:
                self._check_told(now_ns, alarm, seen)

    def _check_acknowledged(self, now_ns: int, alarm: str, seen: Seen) -> None:
        assert seen.acked_ns is not None
        assert self.acks, f"{alarm}: nobody acknowledged anything"
        again_s = REALARM_S[alarm.partition("/")[0]]
        assert again_s is None or now_ns < seen.acked_ns + again_s * S

    def _check_told(self, now_ns: int, alarm: str, seen: Seen) -> None:
        signal, row = seen.signalled, self.rows[seen.priority]
        assert signal is not None, f"{alarm}: nobody decided how it is signalled"
        unattended_s = (row.unattended_s, row.unattended_again_s)
        grown = sum(1 for s in unattended_s if s is not None and now_ns >= seen.counted_ns + s * S)
        assert signal.urgency == grown, f"{alarm}: urgency"
        wait_s = {
            StaffCall.CALLED: row.receipt_s,
            StaffCall.RECEIVED: row.accept_s,
            StaffCall.ACCEPTED: row.attend_s,
        }
        if signal.staff in WAITING:
            assert now_ns < seen.staff_ns + wait_s[signal.staff] * S, f"{alarm}: waits for ever"
        if signal.room_sound:
            return
        assert row.room_sound is RoomSound.UNLESS_STAFF
        assert self.staff
        assert now_ns < seen.counted_ns + wait_s[signal.staff] * S, f"{alarm}: told to nobody"
        if signal.staff is StaffCall.RECEIVED:
            assert any((alarm, seen.raised_ns) == receipt[:2] for receipt in self.receipts)
        if signal.staff is StaffCall.ACCEPTED:
            assert (alarm, seen.raised_ns, signal.by) in self.accepts


def _manner(signal: AlarmSignalled) -> tuple[bool, StaffCall, int, str]:
    return signal.room_sound, signal.staff, signal.urgency, signal.by


def _trouble(alarm: str) -> tuple[str, str]:
    """What the rule is about, without its severity, and the monitor it speaks of."""
    rule, _, device = alarm.partition("/")
    return rule.rpartition("-")[0] or rule, device
