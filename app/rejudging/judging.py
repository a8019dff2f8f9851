"""Judging a recording under any limits, by the rules that judge at the bedside.

The facts of the recording stay as they are: readings, phases, baseline, links, observations of the
schedule and the interval between pressures that it set. Only alarms are made anew, by the same
`Situation`, `AlarmBoard` and `AlarmFacts` that a session uses. What people did about alarms
(acknowledging, pausing the sound) is done again where the same alarm is there; limits that were
changed for the patient are changed again only under the limits they belonged to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.rejudging.account import Account
from app.rejudging.pace import Pace
from app.rejudging.recording import WATCHED, Fact, Recording
from app.rejudging.thinning import Bands, Strip, freshest_ns, is_in_order, thinnable
from protocols.alarm_facts import AlarmFacts
from protocols.alarm_rules import AlarmRule, LimitsProfile
from protocols.alarms import AlarmBoard
from protocols.events import (
    Acknowledge,
    AlarmChanged,
    BaselineFrozen,
    EndAudioPause,
    Event,
    LimitChanged,
    Output,
    PauseAudio,
    PhaseChanged,
    Reading,
    SessionClosed,
    SessionOpened,
)
from protocols.limit_changes import with_changes
from protocols.limits import LimitsError, parse_limits
from protocols.vitals import Vital
from storage.numerics import ReadingColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What judging gave: every change of an alarm and of the audio pause, and the account of it."""

    outputs: tuple[Output, ...]
    account: Account

    @property
    def alarms(self) -> tuple[AlarmChanged, ...]:
        """The changes of alarms."""
        return tuple(one for one in self.outputs if isinstance(one, AlarmChanged))


class Judge:
    """Judges recordings under one set of limits; what can be known beforehand is worked out once.

    Attributes:
        limits: the rules and policy to judge by.
    """

    def __init__(self, limits: LimitsProfile) -> None:
        """Ready to judge by `limits`."""
        self.limits = limits
        self.facts = AlarmFacts(limits)
        self.read = frozenset(vital for vital in Vital if limits.rules_reading(vital))
        self.watched = tuple(
            sorted({r.vital for r in limits.rules if r.vital is not None and not r.technical})
        )
        self._bands = {
            vital: Bands(limits, vital) for vital in self.read if thinnable(limits, vital)
        }

    def judge(self, recording: Recording, *, thin: bool = True) -> Judged:
        """Every change of an alarm that `recording` gives. Deterministic.

        Args:
            recording: what was measured and done.
            thin: pass over readings that cannot change anything (see `app.rejudging.thinning`); the
                changes are the same either way, only slower to come without.
        """
        return _Judging(self, recording, thin=thin).run()

    def strip(self, columns: ReadingColumns, recording: Recording, *, thin: bool) -> Strip:
        """A stream of `recording` on its way through judging."""
        bands = self._bands.get(columns.vital) if thin and is_in_order(columns) else None
        return Strip(
            columns=columns,
            bands=bands,
            fresh_ns=freshest_ns(self.limits, columns, recording.intervals),
            stands_in=columns.vital is Vital.PR and Vital.HR in recording.streams,
        )


def judge_recording(recording: Recording, limits: LimitsProfile, *, thin: bool = True) -> Judged:
    """Every change of an alarm that `recording` gives under `limits` (see `Judge.judge`)."""
    return Judge(limits).judge(recording, thin=thin)


def is_recorded_under(recording: Recording, limits: LimitsProfile) -> bool:
    """Whether `limits` are those that `recording` was judged by when it was made."""
    if not recording.limits_text:
        return False
    try:
        return parse_limits(recording.limits_text, "limits of this session") == limits
    except LimitsError:
        return False


class _Judging:
    def __init__(self, judge: Judge, recording: Recording, *, thin: bool) -> None:
        limits = judge.limits
        self._judge = judge
        self._recording = recording
        self._file_limits = self._limits = limits
        self._as_recorded = is_recorded_under(recording, limits)
        self._changes: list[LimitChanged] = []
        self._pace = Pace(recording.definition, limits)
        self._situation = self._pace.situation
        for source, interval_s in recording.intervals.items():
            self._situation.expect(source, interval_s)
        self._board = AlarmBoard(limits.rules, limits.policy)
        self._facts = judge.facts
        self._outputs: list[Output] = []
        self._account = Account()
        self._now_ns = 0
        self._baseline: BaselineFrozen | None = None
        self._strips = [
            judge.strip(columns, recording, thin=thin)
            for vital, columns in sorted(recording.streams.items())
            if vital in judge.read or not thin
        ]
        for strip in self._strips:
            strip.set_baseline(None)
            self._account.readings += len(strip.columns)
        self._quiet_until_ns: int | None = None
        self._unknown_since: dict[Vital, int] = {}

    def run(self) -> Judged:
        groups = _groups(self._recording.facts)
        for group in groups:
            first = group[0]
            # what grows old when the time of a fact comes is judged with it
            self._stream_up_to(first.seq, first.event.t_ns - first.by_itself)
            self._take(group)
            if isinstance(group[-1].event, SessionClosed):
                break
        else:
            self._stream_up_to(1 << 62, self._recording.end_ns)
        self._tally(self._recording.end_ns, self._judge.watched, closing=True)
        return Judged(outputs=tuple(self._outputs), account=self._account)

    # -- streams --------------------------------------------------------------------------------

    def _stream_up_to(self, seq: int, t_ns: int) -> None:
        """Judge every reading before number `seq` and every deadline up to `t_ns`, included."""
        while True:
            strip, index = self._next_telling(seq)
            stop_seq = seq if strip is None else int(strip.columns.seq[index])
            stop_ns = t_ns if strip is None else int(strip.columns.t_ns[index])
            self._pass_calm(stop_seq)
            if self._fire_before(stop_ns):
                continue  # an alarm may have been told of, so that other readings tell something
            self._catch_up(stop_seq)
            if strip is None:
                return
            self._judge_reading(strip, index)

    def _next_telling(self, seq: int) -> tuple[Strip | None, int]:
        """The stream whose next reading that is not silent comes first, before number `seq`."""
        found: Strip | None = None
        place = 0
        for strip in self._strips:
            index = strip.next_telling()
            if index < len(strip.columns) and (at := int(strip.columns.seq[index])) < seq:
                found, place, seq = strip, index, at
        return found, place

    def _pass_calm(self, seq: int) -> None:
        """Let the newest reading of each calm stream before number `seq` be known.

        Its silent readings answer alike, so the newest may stand for those before it; nothing grows
        stale in between.
        """
        for strip in self._strips:
            if not strip.tense and (index := strip.last_before_seq(seq)) > strip.noted:
                self._note_up_to(strip, index)

    def _fire_before(self, t_ns: int) -> bool:
        """Let the next deadline up to and including `t_ns` take effect; whether there was one."""
        at_ns = self._deadline_ns(t_ns)
        if at_ns is None or at_ns > t_ns:
            return False
        late = [
            (strip, index)
            for strip in self._strips
            if strip.tense and (index := strip.last_before_ns(at_ns)) > strip.noted
        ]
        if late:
            self._judge_each(late)
            return True  # values that are newer may have moved the deadline
        stale = self._situation.next_staleness_ns(self._now_ns) == at_ns
        outputs = self._board.advance(at_ns)
        if stale:
            outputs += self._board.assess(at_ns, self._situation, self._limits.rules)
        self._settle(at_ns, outputs)
        self._tally(at_ns, self._judge.watched)
        self._quiet_until_ns = None
        self._restart()
        return True

    def _deadline_ns(self, t_ns: int) -> int | None:
        """The next deadline, or None where there is surely none up to and including `t_ns`.

        Nothing grows old before the time found when it was last asked, except what became known
        since: a reading of a stream not before its own age, any other fact perhaps at once.
        """
        board_ns = self._board.next_deadline_ns
        if self._quiet_until_ns is not None and t_ns < self._quiet_until_ns:
            return board_ns
        stale_ns = self._situation.next_staleness_ns(self._now_ns)
        self._quiet_until_ns = 1 << 62 if stale_ns is None else stale_ns
        return min((at for at in (board_ns, stale_ns) if at is not None), default=None)

    def _know(self, strip: Strip, reading: Reading) -> tuple[AlarmRule, ...]:
        """Let a reading of a stream be known."""
        if self._quiet_until_ns is not None:
            oldest_ns = reading.measured_ns + strip.fresh_ns
            self._quiet_until_ns = min(self._quiet_until_ns, oldest_ns)
        return self._facts.note(self._situation, reading)

    def _catch_up(self, seq: int) -> None:
        """Judge the newest silent reading of each tense stream before number `seq`."""
        self._judge_each(
            [
                (strip, index)
                for strip in self._strips
                if strip.tense and (index := strip.last_before_seq(seq)) > strip.noted
            ]
        )

    def _judge_each(self, readings: Iterable[tuple[Strip, int]]) -> None:
        for strip, index in sorted(readings, key=lambda one: int(one[0].columns.seq[one[1]])):
            self._judge_reading(strip, index)

    def _judge_reading(self, strip: Strip, index: int) -> None:
        for passed in strip.known_before(index):
            self._know(strip, passed)
        reading = strip.pass_to(index)
        self._account.judged += 1
        rules = self._know(strip, reading)
        outputs = self._board.assess(reading.t_ns, self._situation, rules)
        self._settle(reading.t_ns, outputs)
        self._tally(reading.t_ns, _read_as(reading.vital))
        if outputs:
            self._restart()

    def _note_up_to(self, strip: Strip, index: int) -> None:
        for passed in strip.known_before(index):
            self._know(strip, passed)
        self._know(strip, strip.pass_to(index))

    def _restart(self) -> None:
        for strip in self._strips:
            strip.restart(self._board.in_force)

    # -- facts ----------------------------------------------------------------------------------

    def _take(self, group: list[Fact]) -> None:
        """Take in facts of one cause, then judge the rules that they concern."""
        t_ns = group[0].event.t_ns
        due: dict[str, AlarmRule] = {}
        outputs: list[Output] = []
        if group[0].by_itself:
            outputs += self._board.advance(t_ns)
            if self._situation.next_staleness_ns(self._now_ns) == t_ns:
                due = {rule.id: rule for rule in self._limits.rules}
        for fact in group:
            outputs += self._act(fact.event)
            rules = self._note(fact.event)
            due.update((rule.id, rule) for rule in rules)
            self._pace.follow(fact.event)
        if due:
            ordered = [rule for rule in self._limits.rules if rule.id in due]
            outputs += self._board.assess(t_ns, self._situation, ordered)
        self._settle(t_ns, outputs)
        if any(isinstance(fact.event, Reading | PhaseChanged) for fact in group):
            self._tally(t_ns, self._judge.watched)
        self._quiet_until_ns = None
        self._restart()

    def _note(self, event: Event) -> tuple[AlarmRule, ...]:
        if isinstance(event, SessionOpened):
            return self._limits.rules
        rules = self._facts.note(self._situation, event)
        if isinstance(event, Reading):
            self._account.readings += 1
            self._account.judged += 1
        elif isinstance(event, BaselineFrozen):
            self._baseline = event
            for strip in self._strips:
                strip.set_baseline(event)
        return rules

    def _act(self, event: Event) -> list[Output]:
        """Do again what people did about alarms."""
        board, account = self._board, self._account
        if isinstance(event, Acknowledge):
            done = board.acknowledge(event.t_ns, event.alarm, event.by, event.action)
            account.acknowledged += bool(done)
            account.passed_over += not done
            return done
        if isinstance(event, PauseAudio):
            done = board.pause_audio(event.t_ns, event.by)
            account.paused += bool(done)
            account.pauses_idle += not done
            return done
        if isinstance(event, EndAudioPause):
            return board.end_audio_pause(event.t_ns, event.by)
        if isinstance(event, LimitChanged):
            return self._change_limit(event)
        return []

    def _change_limit(self, change: LimitChanged) -> list[Output]:
        if not self._as_recorded:
            self._account.changes_left_out += 1
            return []
        self._changes.append(change)
        self._limits = with_changes(self._file_limits, self._changes)
        rule = self._limits.rule(change.rule)
        outputs = self._board.replace_rule(change.t_ns, rule, change.by)
        self._judge = Judge(self._limits)
        self._facts = self._judge.facts
        self._strips = [self._strip_again(strip) for strip in self._strips]
        for strip in self._strips:
            strip.set_baseline(self._baseline)
        return outputs + self._board.assess(change.t_ns, self._situation, (rule,))

    def _strip_again(self, strip: Strip) -> Strip:
        thin = strip.bands is not None
        return self._judge.strip(strip.columns, self._recording, thin=thin).at(strip.noted)

    # -- what came of it ------------------------------------------------------------------------

    def _settle(self, t_ns: int, outputs: list[Output]) -> None:
        self._outputs += outputs
        self._now_ns = t_ns

    def _tally(self, t_ns: int, vitals: Iterable[Vital], *, closing: bool = False) -> None:
        """Count the time without a value that may be judged; `closing` where monitoring ends."""
        watched = self._situation.phase in WATCHED and not closing
        for vital in vitals:
            unknown = watched and self._situation.judged(vital, t_ns) is None
            since_ns = self._unknown_since.get(vital)
            if unknown and since_ns is None:
                self._unknown_since[vital] = t_ns
            elif not unknown and since_ns is not None:
                del self._unknown_since[vital]
                total = self._account.unknown_ns.get(vital, 0)
                self._account.unknown_ns[vital] = total + t_ns - since_ns


def _read_as(vital: Vital) -> tuple[Vital, ...]:
    return (Vital.HR, Vital.PR) if vital is Vital.PR else (vital,)


def _groups(facts: tuple[Fact, ...]) -> list[list[Fact]]:
    groups: list[list[Fact]] = []
    for fact in facts:
        if fact.follows and groups:
            groups[-1].append(fact)
        else:
            groups.append([fact])
    return groups
