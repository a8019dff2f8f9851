"""What other limits would have changed: judges one recording after another."""

from __future__ import annotations

from app.rejudging.judging import Judge, Judged
from app.rejudging.occurrences import judged_rules, occurrences_in, recorded
from app.rejudging.recording import Recording
from app.rejudging.results import Alarms, Result
from protocols.alarm_rules import AlarmRule, LimitsProfile, RuleKind
from protocols.limits import parse_limits
from protocols.vitals import VITALS, Vital


class WhatIf:
    """Asks what other limits would have changed, of one recording after another."""

    def __init__(self, limits: LimitsProfile, against: LimitsProfile | None = None) -> None:
        """Ask about `limits`, compared with `against`, or else with what was recorded."""
        self._limits = limits
        self._against = against
        self._judges: dict[tuple[bool, bool], Judge] = {}

    def judge(self, recording: Recording) -> Result:
        """Judge `recording` and compare.

        Raises:
            LimitsError: the limits in the record cannot be read, and there are no others to compare
                with.
        """
        judged, after = self._side(recording, self._limits)
        before: Alarms | None = None
        before_text = ""
        if self._against is not None:
            before = self._side(recording, self._against)[1]
        elif recording.judged:
            before_text = recording.limits_text
            before = recorded(recording, parse_limits(before_text, "limits of this session"))
        return Result(
            name=recording.name,
            subject=recording.subject,
            watched_ns=recording.watched_ns,
            before=before,
            after=after,
            before_text=before_text,
            account=judged.account,
            unjudged=unjudged(recording, self._limits),
            notes=recording.notes,
            simulated=recording.simulated,
        )

    def _side(self, recording: Recording, limits: LimitsProfile) -> tuple[Judged, Alarms]:
        key = (limits is self._limits, recording.judged)
        judge = self._judges.get(key)
        if judge is None:
            judge = self._judges[key] = Judge(judged_rules(recording, limits))
        judged = judge.judge(recording)
        return judged, occurrences_in(recording, judged.alarms, judge.limits)


def unjudged(recording: Recording, limits: LimitsProfile) -> dict[str, str]:
    """The rules of `limits` that `recording` says nothing about, and what is missing."""
    vitals, baseline = recording.vitals, recording.baseline
    found: dict[str, str] = {}
    for rule in limits.rules:
        why = _why_not(rule, recording.judged, vitals, baseline)
        if why:
            found[rule.id] = why
    return found


def _why_not(
    rule: AlarmRule, judged: bool, vitals: frozenset[Vital], baseline: frozenset[Vital]
) -> str:
    if rule.technical:
        return "" if judged else "a file of numbers says nothing of equipment"
    companion = None if rule.companion is None else rule.companion.vital
    for vital in (rule.vital, companion):
        given = vital in vitals or (vital is Vital.HR and Vital.PR in vitals)
        if vital is not None and not given:
            return f"no {VITALS[vital].name}"
    if rule.kind in (RuleKind.RISE, RuleKind.FALL) and rule.vital not in baseline:
        return "no baseline"
    if rule.kind is RuleKind.SYMPTOM and not judged:
        return "a file of numbers says nothing of symptoms"
    return ""
