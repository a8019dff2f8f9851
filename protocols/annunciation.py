"""How alarms are signalled: at the bedside, to staff elsewhere, more urgently if nobody comes.

What the rows of the policy (`protocols.signals`) do:

* An alarm that is raised sounds at the bedside at once, or stays silent there while staff are being
  called. High priority always sounds at once.
* A call has not reached staff when no station is connected, none confirmed it in time, nobody
  accepted it in time, somebody said that nobody can come, or somebody accepted it and nobody
  acknowledged the alarm at the bedside in time. The bedside then sounds. Only somebody who accepts
  silences it again, and never beyond the time by which the alarm had to be acknowledged.
* An alarm that nobody acknowledged since it was raised becomes more urgent, twice at most. Pausing
  the sound and the end of the condition do not stop that count. A more urgent alarm always sounds,
  and calls staff anew whatever its row says.
* An acknowledgement at the bedside ends the call. An alarm that sounds again after it begins anew.
* While something is off or silent by a person's decision, or nobody hears the sounds, a reminding
  tone is given.

Nothing here silences for longer than one of these times, and each time is a deadline. A call that
nobody answers is UNREACHED, never still open. Every change is told once, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocols.alarm_rules import LimitsProfile
from protocols.events import (
    AcceptAlarm,
    AlarmChanged,
    AlarmDelivered,
    AlarmSignalled,
    AlarmState,
    Event,
    LimitChanged,
    Output,
    Priority,
    RejectAlarm,
    Service,
    ServiceReported,
    SessionResumed,
    SoundChecked,
    StaffCall,
)
from protocols.reminding import Reminders
from protocols.signals import RoomSound, SignalPolicy, SignalRow
from protocols.situation import to_ns
from protocols.vitals import NS_PER_S

MOST_URGENT = 2
"""The highest urgency that an unattended alarm reaches."""

_WAITING = (StaffCall.CALLED, StaffCall.RECEIVED, StaffCall.ACCEPTED)
_NOT_THERE = "That alarm is no longer there."


@dataclass(slots=True)
class _Signal:
    """One occurrence of an alarm and how it is signalled.

    `counted_ns` is when it was raised, or sounded again; `called_ns` the last call to staff;
    `wait_ns` when staff are waited for no longer. `quiet` while it is silent at the bedside for
    the sake of a call. `attended` once it is acknowledged there.
    """

    alarm: str
    raised_ns: int
    row: SignalRow
    counted_ns: int
    called_ns: int | None = None
    wait_ns: int | None = None
    staff: StaffCall = StaffCall.NONE
    by: str = ""
    urgency: int = 0
    quiet: bool = False
    attended: bool = False
    told: AlarmSignalled | None = None

    @property
    def may_be_quiet(self) -> bool:
        """Whether the bedside may wait for staff."""
        unless_staff = self.row.room_sound is RoomSound.UNLESS_STAFF
        return unless_staff and self.row.priority is not Priority.HIGH and not self.urgency

    @property
    def attend_by_ns(self) -> int:
        """By when the alarm must be acknowledged at the bedside, lest it sounds there."""
        return self.counted_ns + to_ns(self.row.attend_s)

    @property
    def urgent_ns(self) -> int | None:
        """When it becomes more urgent, if nobody acknowledges it before, or None."""
        if self.attended or self.urgency >= MOST_URGENT:
            return None
        after_s = self.row.unattended_again_s if self.urgency else self.row.unattended_s
        return None if after_s is None else self.counted_ns + to_ns(after_s)

    def fall_back(self) -> None:
        """Staff are not reached: the bedside sounds."""
        self.staff, self.by, self.wait_ns, self.quiet = StaffCall.UNREACHED, "", None, False


class Annunciator:
    """Decides how the alarms of a session are signalled. Deterministic; every time is an argument.

    Deadlines take effect at their own time: every method first runs those up to the time of its
    event, so that it does not matter how often `advance` is called between events. Without a
    policy it says nothing.
    """

    def __init__(self, policy: SignalPolicy | None, limits: LimitsProfile) -> None:
        """No alarm is on and no station is connected; titles of rules come from `limits`."""
        self._policy = policy
        self._titles = {rule.id: rule.title for rule in limits.rules}
        self._groups = {rule.id: rule.group for rule in limits.rules}
        self._signals: dict[str, _Signal] = {}
        self._staff_there = False
        self._reminders = Reminders(to_ns(policy.reminder_s) if policy is not None else 0)

    @property
    def next_deadline_ns(self) -> int | None:
        """The next time at which something changes by itself, or None."""
        times = [self._reminders.next_deadline_ns]
        for signal in self._signals.values():
            times += [signal.wait_ns, signal.urgent_ns]
        return min((at for at in times if at is not None), default=None)

    def advance(self, t_ns: int) -> list[Output]:
        """Let every deadline up to and including `t_ns` take effect, each at its own time."""
        outputs: list[Output] = []
        while (at_ns := self.next_deadline_ns) is not None and at_ns <= t_ns:
            outputs += self._reminders.advance(at_ns)
            for signal in self._ordered():
                if signal.urgent_ns == at_ns:
                    outputs += self._grow_urgent(at_ns, signal)
                elif signal.wait_ns == at_ns:
                    outputs += self._stop_waiting(at_ns, signal)
        return outputs

    def follow(self, event: Event) -> list[Output]:
        """What follows from an event that is no command; nothing, where it concerns no signal."""
        if self._policy is None:
            return []
        outputs = self.advance(event.t_ns)
        if isinstance(event, AlarmChanged):
            outputs += self._follow_alarm(event, self._policy)
        elif isinstance(event, AlarmDelivered):
            outputs += self._note_receipt(event)
        elif isinstance(event, ServiceReported):
            outputs += self._follow_service(event)
        elif isinstance(event, SessionResumed):
            outputs += self._lose_staff(event.t_ns, "The program was started again.")
        elif isinstance(event, SoundChecked):
            self._follow_check(event)
        elif isinstance(event, LimitChanged):
            self._follow_limit(event)
        return outputs

    # -- what staff say -------------------------------------------------------------------------

    def problem_with(self, answer: AcceptAlarm | RejectAlarm) -> str:
        """Why the answer of a staff station cannot be taken, as a sentence, or nothing."""
        signal = self._signals.get(answer.alarm)
        if self._policy is None:
            return "Staff are not called in this session."
        if not answer.by.strip():
            return "Give the name of the person who answers."
        if signal is None or signal.raised_ns != answer.raised_ns:
            return _NOT_THERE
        if signal.attended:
            return "That alarm is acknowledged at the bedside already."
        if signal.staff is StaffCall.NONE:
            return "Staff are not called about that alarm."
        if signal.staff is StaffCall.ACCEPTED and signal.by != answer.by:
            return f"{signal.by} goes to that alarm already."
        return ""

    def accept(self, answer: AcceptAlarm) -> list[Output]:
        """Somebody goes to the patient; `problem_with` it must be nothing.

        That person goes for the lower severities of the same trouble as well.
        """
        outputs = self.advance(answer.t_ns)
        signal = self._signals[answer.alarm]
        if signal.staff is StaffCall.ACCEPTED:
            return outputs
        outputs += self._take_over(answer, signal)
        for lesser in self._lesser(signal):
            if lesser.staff not in (StaffCall.NONE, StaffCall.ACCEPTED):
                outputs += self._take_over(answer, lesser)
        return outputs

    def _take_over(self, answer: AcceptAlarm, signal: _Signal) -> list[Output]:
        t_ns, row = answer.t_ns, signal.row
        in_time = t_ns < signal.attend_by_ns
        signal.staff, signal.by = StaffCall.ACCEPTED, answer.by
        signal.quiet = signal.may_be_quiet and self._staff_there and in_time
        late_ns = t_ns + to_ns(row.attend_s - row.accept_s)
        signal.wait_ns = signal.attend_by_ns if in_time else late_ns
        at_station = f" at {answer.station}" if answer.station else ""
        reason = f"{answer.by}{at_station} accepted the call and comes."
        return self._tell(t_ns, signal, reason)

    def _lesser(self, signal: _Signal) -> list[_Signal]:
        """The signals of the same trouble that are no more urgent and that nobody acknowledged."""
        rank, trouble = signal.row.priority.rank, self._trouble(signal)
        return [
            other
            for other in self._ordered()
            if other is not signal
            and not other.attended
            and other.row.priority.rank <= rank
            and self._trouble(other) == trouble
        ]

    def _trouble(self, signal: _Signal) -> tuple[str, str]:
        """Rules of one group tell of one trouble, of each monitor or observation by itself."""
        name, _, device = signal.alarm.partition("/")
        return (self._groups.get(name, name), device)

    def reject(self, answer: RejectAlarm) -> list[Output]:
        """Nobody there can come; `problem_with` it must be nothing.

        Who had accepted takes back all of the same trouble.
        """
        outputs = self.advance(answer.t_ns)
        signal = self._signals[answer.alarm]
        at_station = f" at {answer.station}" if answer.station else ""
        why = f": {answer.reason.strip()}" if answer.reason.strip() else ""
        reason = f"{answer.by}{at_station} cannot come{why}."
        also = [
            lesser
            for lesser in self._lesser(signal)
            if signal.staff is StaffCall.ACCEPTED
            and (lesser.staff, lesser.by) == (signal.staff, signal.by)
        ]
        for taken_back in (signal, *also):
            taken_back.fall_back()
            outputs += self._tell(answer.t_ns, taken_back, reason)
        return outputs

    def _note_receipt(self, receipt: AlarmDelivered) -> list[Output]:
        signal = self._signals.get(receipt.alarm)
        if signal is None or signal.raised_ns != receipt.raised_ns:
            return []
        if not self._staff_there or signal.called_ns is None:
            return []
        if signal.staff not in (StaffCall.CALLED, StaffCall.UNREACHED):
            return []
        until_ns = signal.called_ns + to_ns(signal.row.accept_s)
        if receipt.t_ns >= until_ns:
            return []
        signal.staff, signal.wait_ns = StaffCall.RECEIVED, until_ns
        reason = f"Shown at the staff station {receipt.station}".rstrip() + "."
        return self._tell(receipt.t_ns, signal, reason)

    # -- what happens at the bedside -------------------------------------------------------------

    def _follow_alarm(self, change: AlarmChanged, policy: SignalPolicy) -> list[Output]:
        signal = self._signals.get(change.alarm)
        if not change.state.is_seen:
            self._signals.pop(change.alarm, None)
            return []
        acknowledged = change.state is AlarmState.ACKED
        if signal is None:
            signal = _Signal(
                alarm=change.alarm,
                raised_ns=change.t_ns,
                row=policy.row(change.priority),
                counted_ns=change.t_ns,
                attended=acknowledged,
            )
            self._signals[change.alarm] = signal
            return [] if acknowledged else self._begin(change.t_ns, signal, "")
        if acknowledged and not signal.attended:
            return self._attend(change.t_ns, signal, change.by)
        if signal.attended and not acknowledged:
            return self._begin(change.t_ns, signal, "It lasts since its acknowledgement: ")
        return []

    def _begin(self, t_ns: int, signal: _Signal, words: str) -> list[Output]:
        signal.counted_ns, signal.attended = t_ns, False
        self._call(t_ns, signal, signal.row.staff)
        signal.quiet = signal.may_be_quiet and signal.staff is StaffCall.CALLED
        if signal.quiet:
            said = "staff are called first, the bedside stays silent."
        elif signal.staff is StaffCall.CALLED:
            said = "it sounds at the bedside, and staff are called."
        elif signal.staff is StaffCall.UNREACHED:
            said = "it sounds at the bedside; no staff station is connected."
        else:
            said = "it sounds at the bedside."
        return self._tell(t_ns, signal, words + said if words else said[0].upper() + said[1:])

    def _attend(self, t_ns: int, signal: _Signal, by: str) -> list[Output]:
        signal.attended, signal.urgency, signal.quiet = True, 0, False
        signal.staff, signal.by, signal.wait_ns, signal.called_ns = StaffCall.NONE, "", None, None
        who = f" by {by}" if by else ""
        return self._tell(t_ns, signal, f"Acknowledged at the bedside{who}.")

    def _call(self, t_ns: int, signal: _Signal, wanted: bool) -> None:
        """Call staff about `signal` anew, where they are wanted and a station is connected."""
        if wanted and self._staff_there:
            signal.staff, signal.by, signal.called_ns = StaffCall.CALLED, "", t_ns
            signal.wait_ns = t_ns + to_ns(signal.row.receipt_s)
        elif wanted and signal.staff is not StaffCall.ACCEPTED:
            signal.fall_back()

    # -- what time brings ------------------------------------------------------------------------

    def _grow_urgent(self, t_ns: int, signal: _Signal) -> list[Output]:
        signal.urgency += 1
        signal.quiet = False
        self._call(t_ns, signal, self._staff_there or signal.row.staff)
        reason = f"Nobody acknowledged it for {_span(t_ns - signal.counted_ns)}: more urgent."
        if signal.staff is StaffCall.CALLED:
            reason += " Staff are called again."
        return self._tell(t_ns, signal, reason)

    def _stop_waiting(self, t_ns: int, signal: _Signal) -> list[Output]:
        since_ns = signal.called_ns if signal.called_ns is not None else signal.counted_ns
        if signal.staff is StaffCall.CALLED:
            reason = f"No staff station confirmed the call within {_span(t_ns - since_ns)}."
        elif signal.staff is StaffCall.RECEIVED:
            reason = f"Nobody accepted the call within {_span(t_ns - since_ns)}."
        else:
            after = _span(t_ns - signal.counted_ns)
            reason = f"{signal.by} accepted the call, but nobody acknowledged it within {after}."
        signal.fall_back()
        return self._tell(t_ns, signal, reason)

    # -- stations, sound and rules ---------------------------------------------------------------

    def _follow_service(self, report: ServiceReported) -> list[Output]:
        if report.service is Service.SOUND:
            self._remind(
                report.t_ns,
                "sound",
                "" if report.working else f"Alarm sound not working. {report.detail}".strip(),
            )
        if report.service is not Service.STAFF or report.working is self._staff_there:
            return []
        if not report.working:
            return self._lose_staff(report.t_ns, "The staff station is lost.")
        self._staff_there = True
        outputs: list[Output] = []
        for signal in self._ordered():
            wanted = signal.row.staff or signal.urgency > 0
            if wanted and not signal.attended and signal.staff not in _WAITING:
                self._call(report.t_ns, signal, wanted)
                outputs += self._tell(
                    report.t_ns, signal, "A staff station is connected: staff are called."
                )
        return outputs

    def _lose_staff(self, t_ns: int, reason: str) -> list[Output]:
        self._staff_there = False
        outputs: list[Output] = []
        for signal in self._ordered():
            if not signal.attended and signal.staff in _WAITING:
                signal.fall_back()
                outputs += self._tell(t_ns, signal, f"{reason} It sounds at the bedside.")
        return outputs

    def _follow_check(self, check: SoundChecked) -> None:
        words = {
            True: "",
            False: f"Nobody hears the alarm sounds at the bedside. {check.reason}".strip(),
            None: "Nobody has heard the alarm sounds since the output changed: play them.",
        }
        self._remind(check.t_ns, "proof", words[check.heard])

    def _follow_limit(self, change: LimitChanged) -> None:
        title = self._titles.get(change.rule, change.rule)
        text = f"Switched off for this patient: {title}." if change.off else ""
        self._remind(change.t_ns, f"rule {change.rule}", text)

    def _remind(self, t_ns: int, cause: str, text: str) -> None:
        if text:
            self._reminders.begin(t_ns, cause, text)
        else:
            self._reminders.end(cause)

    # -- inside ----------------------------------------------------------------------------------

    def _ordered(self) -> list[_Signal]:
        """Every signal, highest priority first, then by name."""
        return sorted(self._signals.values(), key=_standing)

    def _tell(self, t_ns: int, signal: _Signal, reason: str) -> list[Output]:
        """The change to how `signal` is; nothing where it was told so already."""
        told = signal.told
        now = AlarmSignalled(
            t_ns=t_ns,
            alarm=signal.alarm,
            raised_ns=signal.raised_ns,
            room_sound=not signal.quiet,
            staff=signal.staff,
            urgency=signal.urgency,
            reason=reason,
            by=signal.by,
        )
        if told is not None and _manner(told) == _manner(now):
            return []
        signal.told = now
        return [now]


def _standing(signal: _Signal) -> tuple[int, str]:
    return -signal.row.priority.rank, signal.alarm


def _manner(signalled: AlarmSignalled) -> tuple[bool, StaffCall, int, str]:
    return signalled.room_sound, signalled.staff, signalled.urgency, signalled.by


def _span(span_ns: int) -> str:
    seconds = span_ns / NS_PER_S
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.3g} min"
