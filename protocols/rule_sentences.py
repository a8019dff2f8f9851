"""Every alarm rule as one plain sentence, from which it could be built again.

A sentence says the condition, how long or how often it must hold, the severity, what ends the
alarm, what missing data do, and where it is judged. What all rules share (when a value is stale,
what latched and acknowledged mean) is said once, by `protocols.rule_words`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protocols.events.terms import Phase, Severity
from protocols.rule_kinds import Comparison, RuleKind
from protocols.technical_sentences import technical_condition, technical_unknown
from protocols.vitals import VITALS, Vital, VitalSpec
from protocols.words import duration_text, joined

if TYPE_CHECKING:
    from protocols.alarm_rules import AlarmRule, Companion, Symptoms

WATCHED = frozenset((Phase.BASELINE, Phase.INFUSING, Phase.PAUSED, Phase.STOPPED, Phase.RECOVERY))
"""Phases in which a rule about the patient is judged where its file says nothing else."""

CONNECTED = WATCHED | {Phase.SETUP, Phase.GATE}
"""Phases in which a rule about the link to a monitor is judged."""


def rule_sentence(rule: AlarmRule) -> str:
    """The whole rule as one sentence."""
    condition = technical_condition(rule) if rule.technical else _patient_condition(rule)
    parts = [
        f"{condition}: {rule.tier}",
        *_ending(rule),
        technical_unknown(rule) if rule.technical else _unknown(rule),
        *_behaviour(rule),
        _phases(rule.phases),
    ]
    off = "switched off for this patient, so not judged" if rule.off else ""
    return "; ".join(part for part in (*parts, off) if part) + "."


def limit_text(spec: VitalSpec, value: float) -> str:
    """`value` with the unit of `spec`, as it stands in a sentence."""
    number = f"{value:.10g}"
    return f"{number}{'' if spec.unit == '{score}' else ' '}{spec.unit_text}"


def symptoms_text(symptoms: Symptoms) -> str:
    """What must have been recorded, in words."""
    terms = joined(sorted(symptoms.terms), "or")
    event = f"a quick event {terms}"
    if symptoms.score_from:
        event += f" of severity {symptoms.score_from} or more"
    effect = f"a side effect {terms}"
    if symptoms.effect_from is not Severity.MILD:
        effect += f", {symptoms.effect_from} or worse"
    lasting = duration_text(symptoms.holds_s)
    if symptoms.count > 1:
        return (
            f"at least {symptoms.count} of these recorded, each counting for {lasting} from its "
            f"time or onset and a side effect also while it has not ended: {event}, {effect}"
        )
    return f"{event} recorded less than {lasting} ago, or {effect}, that has not ended"


# -- conditions about the patient -----------------------------------------------------------------


def _name(vital: Vital) -> str:
    name = VITALS[vital].name
    return name[0].upper() + name[1:]


def _bound(spec: VitalSpec, comparison: Comparison, value: float) -> str:
    text = limit_text(spec, value)
    if comparison is Comparison.ABOVE:
        return f"above {text}"
    if comparison is Comparison.BELOW:
        return f"below {text}"
    return f"{text} or {'above' if comparison.upward else 'below'}"


_OPPOSITE = {
    Comparison.AT_LEAST: Comparison.BELOW,
    Comparison.ABOVE: Comparison.AT_MOST,
    Comparison.AT_MOST: Comparison.ABOVE,
    Comparison.BELOW: Comparison.AT_LEAST,
}


def _patient_condition(rule: AlarmRule) -> str:
    if rule.kind is RuleKind.SYMPTOM and rule.symptoms is not None:
        text = symptoms_text(rule.symptoms)
        return f"{text[0].upper()}{text[1:]}" + _lasting(rule)
    parts = [_own_condition(rule) + _lasting(rule)]
    if rule.confirmation is not None:
        others = rule.confirmation.readings - 1
        within = duration_text(rule.confirmation.within_s)
        word = "reading" if others == 1 else "readings"
        which = "in a row just before it, measured" if rule.confirmation.in_a_row else "measured"
        parts.append(
            f"in the latest reading and in at least {others} more {word} {which} in the {within} "
            "before it"
        )
    elif not rule.delay_s and rule.vital is not None:
        parts.append("on a single reading")
    if rule.companion is not None:
        parts.append(f"while the valid value of {_companion(rule.companion)}")
    if rule.symptoms is not None:
        parts.append(f"with {symptoms_text(rule.symptoms)}")
    return ", ".join(parts)


def _lasting(rule: AlarmRule) -> str:
    if not rule.delay_s:
        return ""
    if rule.kind is RuleKind.SYMPTOM:
        return f", for {duration_text(rule.delay_s)}"
    return f" in every reading for {duration_text(rule.delay_s)}"


def _companion(companion: Companion) -> str:
    spec = VITALS[companion.vital]
    return f"{spec.name} is {_bound(spec, companion.comparison, companion.limit.value)}"


def _own_condition(rule: AlarmRule) -> str:
    if rule.vital is None:
        return rule.title
    spec, name = VITALS[rule.vital], _name(rule.vital)
    if rule.kind is RuleKind.LIMIT and rule.comparison is not None and rule.limit is not None:
        return f"{name} {_bound(spec, rule.comparison, rule.limit.value)}"
    sizes = []
    if rule.change is not None:
        sizes.append(limit_text(spec, rule.change.value))
    if rule.change_percent is not None:
        sizes.append(f"{rule.change_percent.value:g} %")
    size = " or ".join(sizes)
    if rule.kind is RuleKind.RATE:
        way, extreme = ("above", "lowest") if rule.upward else ("below", "highest")
        return (
            f"{name} at least {size} {way} the {extreme} of its values measured in the "
            f"{duration_text(rule.window_s)} before it"
        )
    way = "above" if rule.kind is RuleKind.RISE else "below"
    first = ", whichever is reached first" if len(sizes) > 1 else ""
    return f"{name} at least {size} {way} the frozen baseline{first}"


# -- what ends it ---------------------------------------------------------------------------------


def _ending(rule: AlarmRule) -> Iterator[str]:
    if rule.technical:
        return
    if rule.kind is RuleKind.SYMPTOM:
        yield "ends when that is no longer so"
    elif rule.kind is RuleKind.LIMIT and rule.vital and rule.comparison and rule.limit:
        spec = VITALS[rule.vital]
        inside = rule.limit.value + (-rule.hysteresis if rule.upward else rule.hysteresis)
        text = f"ends with a reading {_end_bound(spec, rule.comparison, inside)}"
        if rule.hysteresis:
            side = "below" if rule.upward else "above"
            text += f" ({limit_text(spec, rule.hysteresis)} {side} the limit)"
        yield text + _other_ends(rule)
    elif rule.vital:
        yield _change_end(rule, VITALS[rule.vital]) + _other_ends(rule)


def _end_bound(spec: VitalSpec, comparison: Comparison, value: float) -> str:
    opposite = _OPPOSITE[comparison]
    bound = _bound(spec, opposite, value)
    return bound if opposite in (Comparison.ABOVE, Comparison.BELOW) else f"of {bound}"


def _change_end(rule: AlarmRule, spec: VitalSpec) -> str:
    if not rule.hysteresis:
        return "ends with a reading that does not meet this"
    way = "higher" if rule.upward else "lower"
    return f"ends with a reading that would not meet this even {_eased(rule, spec)} {way}"


def _eased(rule: AlarmRule, spec: VitalSpec) -> str:
    return limit_text(spec, rule.hysteresis)


def _other_ends(rule: AlarmRule) -> str:
    ends = []
    if rule.companion is not None:
        spec = VITALS[rule.companion.vital]
        easing = rule.companion.hysteresis
        upward = rule.companion.comparison.upward
        value = rule.companion.limit.value + (-easing if upward else easing)
        ends.append(f" or {spec.name} {_end_bound(spec, rule.companion.comparison, value)}")
    if rule.symptoms is not None:
        ends.append(" or when nothing such is recorded any longer")
    if rule.confirmation is not None:
        ends.append(", judged on the latest reading alone")
    return "".join(ends)


# -- what missing data do -------------------------------------------------------------------------


def _unknown(rule: AlarmRule) -> str:
    if rule.kind is RuleKind.SYMPTOM:
        return "an event without a severity counts as severity 0" if _scored(rule) else ""
    missing = "an absent or stale value"
    if rule.kind in (RuleKind.RISE, RuleKind.FALL):
        missing += ", or no frozen baseline,"
    elif rule.kind is RuleKind.RATE:
        missing += ", and a value typed for a monitor,"
    text = f"{missing} neither raises nor ends it"
    if rule.delay_s:
        text += f", nor stops the {duration_text(rule.delay_s)}"
    return text


def _scored(rule: AlarmRule) -> bool:
    return rule.symptoms is not None and rule.symptoms.score_from > 0


# -- how it behaves -------------------------------------------------------------------------------


def _behaviour(rule: AlarmRule) -> Iterator[str]:
    if rule.latch:
        yield "latched until acknowledged"
    if rule.realarm_s is None:
        yield "acknowledged, it does not sound again"
    else:
        yield f"acknowledged and still so, it sounds again after {duration_text(rule.realarm_s)}"
    if rule.ends_pause:
        yield "raising it ends an audio pause"


def _phases(phases: frozenset[Phase]) -> str:
    if phases == frozenset(Phase):
        return "judged in every phase"
    if phases == CONNECTED:
        return "judged from setup to recovery"
    if phases == WATCHED:
        return "judged from baseline to recovery"
    return f"judged only in {joined([str(phase) for phase in Phase if phase in phases], 'and')}"
