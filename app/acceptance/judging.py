"""Judges what came of a scripted session. Pure: the opened session in, verdicts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.acceptance.scenario import (
    Expectation,
    ExpectedAlarm,
    ExpectedData,
    ExpectedDose,
    ExpectedEpisode,
    ExpectedLink,
    ExpectedPeak,
    ExpectedPhase,
    NoAlarm,
    Scenario,
)
from app.bedside.times import minutes_text
from app.records.catalogue import OpenedSession
from app.session_numbers import AlarmEpisode, alarm_episodes, completeness, points_of
from protocols.events import (
    Episode,
    LinkChanged,
    PhaseChanged,
)
from protocols.vitals import NS_PER_S, VITALS

_NS_PER_MIN = 60 * NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One thing that was expected: in words, whether it came, and what came instead or with it."""

    text: str
    met: bool
    found: str


class Judge:
    """Judges one scripted session."""

    def __init__(self, opened: OpenedSession, episodes: Sequence[Episode]) -> None:
        """Judge `opened`, in which the review finds `episodes`."""
        self._opened = opened
        self._episodes = episodes
        self._start_ns = opened.state.infusion_started_ns
        self._raised = alarm_episodes(opened.history)

    def judge_all(self, scenario: Scenario) -> tuple[Judged, ...]:
        """Every expectation of `scenario`, in its order."""
        return tuple(self.judge(one) for one in scenario.expected)

    def judge(self, wanted: Expectation) -> Judged:
        """Whether `wanted` came about."""
        match wanted:
            case ExpectedAlarm():
                return self._alarm(wanted)
            case NoAlarm():
                return self._no_alarm(wanted)
            case ExpectedPeak():
                return self._peak(wanted)
            case ExpectedDose():
                return self._dose(wanted)
            case ExpectedPhase():
                return self._phase(wanted)
            case ExpectedData():
                return self._data(wanted)
            case ExpectedLink():
                return self._link(wanted)
            case ExpectedEpisode():
                return self._episode(wanted)

    def _minute(self, t_ns: int) -> float | None:
        """Minutes since the start of drug; None where it never began."""
        return None if self._start_ns is None else (t_ns - self._start_ns) / _NS_PER_MIN

    def _within(self, t_ns: int, from_min: float, to_min: float) -> bool:
        minute = self._minute(t_ns)
        return minute is not None and from_min <= minute <= to_min

    def _words(self, t_ns: int) -> str:
        if self._start_ns is None:
            return f"{minutes_text(t_ns)} of the session"
        sign = "−" if t_ns < self._start_ns else ""
        return f"minute {sign}{minutes_text(abs(t_ns - self._start_ns))}"

    def _alarm(self, wanted: ExpectedAlarm) -> Judged:
        text = f"Alarm {wanted.rule} from {_span(wanted.from_min, wanted.to_min)}"
        if wanted.priority is not None:
            text += f", {wanted.priority} priority"
        if wanted.answered_s is not None:
            text += f", answered within {wanted.answered_s:g} s"
        of_rule = [one for one in self._raised if _rule(one) == wanted.rule]
        fit = [
            one
            for one in of_rule
            if self._within(one.raised_ns, wanted.from_min, wanted.to_min)
            and wanted.priority in (None, one.priority)
        ]
        met = any(wanted.answered_s is None or _answered(one, wanted.answered_s) for one in fit)
        return Judged(text=text, met=met, found=self._told(fit or of_rule))

    def _told(self, raised: Sequence[AlarmEpisode]) -> str:
        if not raised:
            return "never raised"
        first = raised[0]
        more = f", {len(raised) - 1} more" if len(raised) > 1 else ""
        answer = "nobody answered"
        if first.acknowledged_ns is not None:
            took_s = (first.acknowledged_ns - first.raised_ns) / NS_PER_S
            answer = f"answered after {took_s:.0f} s"
        return f"{first.priority}, {self._words(first.raised_ns)}, {answer}{more}"

    def _no_alarm(self, wanted: NoAlarm) -> Judged:
        fit = [
            one
            for one in self._raised
            if not one.technical and one.priority.rank >= wanted.priority.rank
        ]
        text = f"No alarm about the patient of {wanted.priority} priority or higher"
        found = f"{_rule(fit[0])}: {self._told(fit)}" if fit else "none"
        return Judged(text=text, met=not fit, found=found)

    def _peak(self, wanted: ExpectedPeak) -> Judged:
        spec = VITALS[wanted.vital]
        low, high = spec.format(wanted.low), spec.format(wanted.high)
        text = f"Highest {spec.name} since the start of drug {low} to {high} {spec.unit_text}"
        times, values = points_of(self._opened.history, wanted.vital)
        if self._start_ns is None or not len(values):
            return Judged(text=text, met=False, found="nothing measured")
        after = values[(times >= self._start_ns / NS_PER_S) & ~np.isnan(values)]
        if not len(after):
            return Judged(text=text, met=False, found="nothing measured")
        top = float(np.max(after))
        return Judged(text=text, met=wanted.low <= top <= wanted.high, found=spec.format(top))

    def _dose(self, wanted: ExpectedDose) -> Judged:
        text = f"Delivered {wanted.low_percent:g} to {wanted.high_percent:g} % of the dose"
        state = self._opened.state
        if state.dose is None or not state.dose.dose_mg:
            return Judged(text=text, met=False, found="no dose ordered")
        given = state.delivered_mg(self._opened.end_ns)
        share = given / float(state.dose.dose_mg) * 100
        met = wanted.low_percent <= round(share, 1) <= wanted.high_percent
        return Judged(text=text, met=met, found=f"{share:.1f} %, {given:.2f} mg")

    def _phase(self, wanted: ExpectedPhase) -> Judged:
        when = [
            one.t_ns
            for one in self._opened.events
            if isinstance(one, PhaseChanged) and one.after is wanted.phase
        ]
        found = self._words(when[0]) if when else "never"
        return Judged(text=f"Comes to {wanted.phase}", met=bool(when), found=found)

    def _data(self, wanted: ExpectedData) -> Judged:
        name = VITALS[wanted.vital].name
        share = f"{wanted.low_percent:g} to {wanted.high_percent:g} %"
        text = f"{name[:1].upper()}{name[1:]} there for {share} of the infusion"
        opened = self._opened
        there = completeness(opened.state, opened.history, opened.end_ns, wanted.vital)
        if there is None:
            return Judged(text=text, met=False, found="drug never began")
        met = wanted.low_percent <= there * 100 <= wanted.high_percent
        return Judged(text=text, met=met, found=f"{there * 100:.1f} %")

    def _link(self, wanted: ExpectedLink) -> Judged:
        text = f"{wanted.device} {wanted.state} from {_span(wanted.from_min, wanted.to_min)}"
        when = [
            one.t_ns
            for one in self._opened.events
            if isinstance(one, LinkChanged)
            and (one.device, one.state) == (wanted.device, wanted.state)
        ]
        fit = [t_ns for t_ns in when if self._within(t_ns, wanted.from_min, wanted.to_min)]
        found = self._words((fit or when)[0]) if when else "never"
        return Judged(text=text, met=bool(fit), found=found)

    def _episode(self, wanted: ExpectedEpisode) -> Judged:
        text = f"The review finds: {wanted.kind}, {_span(wanted.from_min, wanted.to_min)}"
        of_kind = [one for one in self._episodes if one.kind is wanted.kind]
        fit = [one for one in of_kind if self._within(one.since_ns, wanted.from_min, wanted.to_min)]
        told = fit or of_kind
        found = f"{self._words(told[0].since_ns)}: {told[0].words}" if told else "none"
        return Judged(text=text, met=bool(fit), found=found)


def _span(from_min: float, to_min: float) -> str:
    return f"minute {from_min:g} to {to_min:g}".replace("-", "−")


def _answered(raised: AlarmEpisode, within_s: float) -> bool:
    answered_ns = raised.acknowledged_ns
    return answered_ns is not None and answered_ns - raised.raised_ns <= within_s * NS_PER_S


def _rule(raised: AlarmEpisode) -> str:
    """The rule, without the monitor that it speaks of."""
    return raised.alarm.partition("/")[0]
