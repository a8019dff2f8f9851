"""What judging a rule gives: a verdict, and everything that its sentence needs.

Three verdicts. VIOLATED: the condition of the rule is true. CLEARED: there are data and they say
that it is not. UNKNOWN: there are no data to say; missing data never clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protocols.alarm_rules import AlarmRule, RuleKind, limit_text
from protocols.events.outputs import Reading
from protocols.vitals import VITALS, Quality, VitalSpec


class Verdict(StrEnum):
    """What a condition answers."""

    VIOLATED = "violated"
    CLEARED = "cleared"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with everything that its sentence needs.

    Attributes:
        rule: the rule judged.
        verdict: the answer.
        reading: the reading judged, or None.
        limit: the limit in the vital's unit; for a rise or fall the absolute value at which the
            rule becomes true; None where there is none.
        baseline: the frozen baseline of the vital, or None.
        low_confidence: the baseline rests on a single reading.
        unconfirmed: the value is beyond the limit but not confirmed by as many readings as the rule
            asks for; a recheck is wanted.
        device: monitor or observation, for a rule judged for each.
        detail: what else is to be said: a missing part, the reason of a fault.
        size: how far a pump is off, in mL or mL/h, so that more of it is told again.
    """

    rule: AlarmRule
    verdict: Verdict
    reading: Reading | None = None
    limit: float | None = None
    baseline: float | None = None
    low_confidence: bool = False
    unconfirmed: bool = False
    device: str = ""
    detail: str = ""
    size: float | None = None

    @property
    def value(self) -> float | None:
        """The value judged, in the vital's unit."""
        return None if self.reading is None else self.reading.value

    @property
    def measured_ns(self) -> int | None:
        """When the value judged was measured."""
        return None if self.reading is None else self.reading.measured_ns

    @property
    def sentence(self) -> str:
        """What was found, with value, limit and change from baseline, in plain words."""
        if self.rule.technical:
            return _technical_sentence(self)
        if self.rule.kind is RuleKind.SYMPTOM:
            return _symptom_sentence(self)
        if self.rule.vital is None or self.value is None:
            return self.detail or f"{self.rule.title}: unknown"
        spec = VITALS[self.rule.vital]
        parts = [_value_text(self, spec)]
        if self.rule.kind is RuleKind.LIMIT and self.limit is not None:
            parts.append(f"limit {self.limit:.10g}")
        if self.baseline is not None:
            parts.append(_change_text(self, spec))
        if self.detail:
            parts.append(self.detail)
        return ", ".join(parts)


def _value_text(judgement: Judgement, spec: VitalSpec) -> str:
    reading = judgement.reading
    if reading is None or reading.value is None:
        return f"{spec.label} unknown"
    number = limit_text(spec, float(spec.format(reading.value)))
    notes = []
    if reading.vital is not judgement.rule.vital:
        notes.append("pulse")
    if reading.manual and reading.spot:
        notes.append("by hand")
    if reading.quality is Quality.LOW:
        notes.append("low-confidence reading")
    return f"{spec.label} {number}" + (f" ({', '.join(notes)})" if notes else "")


def _change_text(judgement: Judgement, spec: VitalSpec) -> str:
    value, baseline = judgement.value, judgement.baseline
    if value is None or baseline is None:
        return ""
    text = f"{value - baseline:+.{spec.decimals}f} from baseline {spec.format(baseline)}"
    if judgement.low_confidence:
        text += " (low confidence: single reading)"
    rule = judgement.rule
    if rule.kind is RuleKind.LIMIT:
        return text
    sign = "+" if rule.upward else "-"
    sizes = []
    if rule.change is not None:
        sizes.append(f"{sign}{rule.change.value:g}")
    if rule.change_percent is not None:
        sizes.append(f"{sign}{rule.change_percent.value:g} %")
    text += f", limit {' or '.join(sizes)}"
    if rule.companion is not None:
        companion = rule.companion
        label = VITALS[companion.vital].label
        text += f" with {label} {companion.comparison} {companion.limit.value:g}"
    return text


def _symptom_sentence(judgement: Judgement) -> str:
    title = judgement.rule.title
    if judgement.verdict is Verdict.CLEARED:
        return f"{title}: no longer recorded as present"
    return f"{title}: {judgement.detail or 'unknown'}"


def _technical_sentence(judgement: Judgement) -> str:
    text = judgement.rule.title
    if judgement.rule.kind.per_device:
        text += f": {judgement.device}"
    if judgement.verdict is Verdict.CLEARED:
        return f"{text}: ended"
    return f"{text}: {judgement.detail}" if judgement.detail else text
