"""Pre-flight: what a protocol and its limits will ask of staff and can sound, without a session.

It is read from the same values that a session runs on. Nothing is simulated: a prompt stands at the
minute at which the usual order would bring it, with every observation made in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from protocols.alarm_rules import AlarmRule, Limit, LimitsProfile
from protocols.definition import ProtocolDefinition
from protocols.definition.care_content import Checklist, ChecklistTime
from protocols.definition.care_page import HOLD_WORDS
from protocols.definition.content import DischargeCriterion, GateItem
from protocols.definition.dose_page import describe_dose
from protocols.definition.ledger_table import describe_ledger
from protocols.definition.page import describe_span, describe_stay, describe_times
from protocols.dosing.dose_rule import DoseRule
from protocols.events import Giving, Phase
from protocols.guardrails import plain_text
from protocols.limits_page import limit_unit_of
from protocols.scales import Moment, ScaleDue
from protocols.schedule import ScheduledItem
from protocols.signals import SignalPolicy
from protocols.vitals import NS_PER_S, VITALS, Vital

NS_PER_MIN = 60 * NS_PER_S


class Stage(StrEnum):
    """The part of the visit that a prompt belongs to, in the order of a visit."""

    SETUP = "patient and order"
    GATE = "gate"
    BASELINE = "baseline"
    GIVING = "giving the drug"
    RECOVERY = "recovery"
    LEAVING = "leaving"
    CLOSING = "closing the session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Something that staff are asked for.

    Attributes:
        stage: when in the visit.
        ask: what is asked.
        detail: which answers there are, what passes, what holds.
        minute: when it comes, in minutes; None where it has no time of its own.
        counted_from: what `minute` counts from: ``first dose`` or ``end of the drug``, else empty.
    """

    stage: Stage
    ask: str
    detail: str = ""
    minute: int | None = None
    counted_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleAlarm:
    """An alarm that can sound.

    Attributes:
        rule: id of its rule.
        title: what is wrong, in a few words.
        sentence: the whole rule in plain words.
        limits: its limits in force with their units; empty where it has none.
        delay_s: for how long the condition must last, in seconds.
        priority: ``high``, ``medium`` or ``low``.
        technical: whether it is about equipment or the program.
        phases: phases of the visit in which it is judged, in their order.
        next_step: what to do.
    """

    rule: str
    title: str
    sentence: str
    limits: tuple[str, ...]
    delay_s: float
    priority: str
    technical: bool
    phases: tuple[str, ...]
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """Everything a session of one protocol can ask for and sound."""

    protocol: str
    protocol_version: str
    title: str
    limits: str
    limits_version: str
    prompts: tuple[Prompt, ...]
    alarms: tuple[PossibleAlarm, ...]


def preflight(
    definition: ProtocolDefinition, limits: LimitsProfile, signals: SignalPolicy | None = None
) -> Preflight:
    """What a session of `definition` under `limits` and `signals` will ask for, and what can sound.

    Alarms stand in the order of their priority, then of the limits file; rules about a pump are
    left out where nothing is infused.
    """
    infused = definition.dose.giving is Giving.INFUSION
    rules = [rule for rule in limits.rules if infused or not rule.kind.startswith("pump-")]
    return Preflight(
        protocol=definition.id,
        protocol_version=definition.version,
        title=definition.title,
        limits=limits.id,
        limits_version=limits.version,
        prompts=tuple(_prompts(definition, signals)),
        alarms=tuple(_alarm(rule) for rule in sorted(rules, key=lambda one: -one.priority.rank)),
    )


def _prompts(definition: ProtocolDefinition, signals: SignalPolicy | None) -> Iterator[Prompt]:
    yield from _setup(definition)
    yield from _gate(definition)
    yield from _baseline(definition)
    if signals is not None and signals.sound_check_required:
        yield Prompt(
            stage=Stage.BASELINE,
            ask="Play the alarm sounds: are they heard?",
            detail="heard, or a reason with what is done instead; holds the first dose",
        )
    yield from _in_time(_giving(definition))
    yield from _in_time(_recovery(definition))
    yield from _leaving(definition)
    yield from _closing(definition)


def _in_time(prompts: Iterable[Prompt]) -> list[Prompt]:
    """Prompts with a minute in the order of time, those without one after them."""
    return sorted(prompts, key=lambda one: (one.minute is None, one.minute or 0))


def _setup(definition: ProtocolDefinition) -> Iterator[Prompt]:
    age = definition.minimum_age_years
    stated = ", a stated weight needs a reason" if definition.weight.stated_needs_reason else ""
    yield Prompt(
        stage=Stage.SETUP,
        ask="Patient: names, record number, date of birth, sex, height",
        detail=f"nobody under {age} years",
    )
    yield Prompt(stage=Stage.SETUP, ask="Weight in kilograms", detail=f"measured{stated}")
    usual, *more = describe_dose(definition.dose)
    yield Prompt(stage=Stage.SETUP, ask=f"Order: {usual}", detail="; ".join(more))
    yield Prompt(stage=Stage.SETUP, ask="Second person checks weight and dose")
    if definition.ledger is not None:
        detail = next(iter(describe_ledger(definition.ledger)))
        yield Prompt(stage=Stage.SETUP, ask="Account of the drug", detail=detail)


def _gate(definition: ProtocolDefinition) -> Iterator[Prompt]:
    for item in definition.gate:
        yield Prompt(stage=Stage.GATE, ask=item.question, detail=_answers(item))
    yield from _scales(definition, Stage.GATE, Moment.BEFORE)
    yield from _checklists(definition, Stage.GATE, ChecklistTime.BEFORE)


def _answers(item: GateItem) -> str:
    asked = f"; {item.text_label} for {' / '.join(item.needs_reason)}" if item.needs_reason else ""
    return (
        f"{' / '.join(item.answers)}; passes {' / '.join(item.passes)}, {HOLD_WORDS[item.hold]}"
        f"{asked}"
    )


def _scales(
    definition: ProtocolDefinition, stage: Stage, moment: Moment, counted_from: str = ""
) -> Iterator[Prompt]:
    for due in definition.scales_due:
        scale = definition.scale(due.scale)
        if due.moment is moment and scale is not None:
            timed = moment in (Moment.INFUSION_END, Moment.RECOVERY)
            yield Prompt(
                stage=stage,
                ask=f"{scale.name}: {scale.title}",
                detail=_scale_words(due),
                minute=due.after_s // 60 if timed else None,
                counted_from=counted_from if timed else "",
            )


def _scale_words(due: ScaleDue) -> str:
    words = ["required" if due.required else "may be left"]
    if due.required:
        words.append("a reason may stand in its place" if due.may_skip else "nothing replaces it")
    if due.only_if_flagged:
        words.append("only if it raised a flag before")
    return ", ".join(words)


def _checklists(
    definition: ProtocolDefinition, stage: Stage, when: ChecklistTime
) -> Iterator[Prompt]:
    for one in definition.care.checklists:
        if one.when is when:
            yield Prompt(stage=stage, ask=f"Checklist: {one.title}", detail=_items(one))


def _items(checklist: Checklist) -> str:
    needed = "required" if checklist.required else "may be left"
    return f"{needed}: {' '.join(item.label for item in checklist.items)}"


def _baseline(definition: ProtocolDefinition) -> Iterator[Prompt]:
    rule, stage = definition.baseline, Stage.BASELINE
    low_s, high_s = rule.bp_spacing_s
    yield Prompt(stage=stage, ask=f"{rule.rest_s // 60} min seated")
    yield Prompt(
        stage=stage,
        ask=f"{rule.bp_readings} blood pressures",
        detail=f"{low_s} to {high_s} s apart",
    )
    for vital in rule.required:
        if vital not in (Vital.SBP, Vital.DBP):
            yield Prompt(stage=stage, ask=VITALS[vital].label)
    for row in definition.schedule:
        if row.phase is Phase.BASELINE:
            labels = ", ".join(VITALS[vital].label for vital in row.vitals)
            yield Prompt(stage=stage, ask=row.label, detail=f"{labels}; {describe_times(row)}")
    for limit in definition.start_limits:
        spec = VITALS[limit.vital]
        go, soft = describe_span(limit.go), describe_span(limit.soft)
        yield Prompt(
            stage=stage,
            ask=f"{spec.label} other than {go} {spec.unit_text}: prescriber decides",
            detail=f"other than {soft} only an override with a reason",
        )
    yield Prompt(stage=stage, ask="Accept the baseline")


def _giving(definition: ProtocolDefinition) -> Iterator[Prompt]:
    dose = definition.dose
    if dose.giving is Giving.INFUSION:
        yield from _infusion(dose)
    elif dose.giving is Giving.INJECTION:
        yield _given(0, f"Give the injection: {next(describe_dose(dose))}", "lot and site")
    else:
        yield from _units(dose)
    for row in definition.schedule:
        if row.phase is Phase.INFUSING:
            yield from _observations(row, Stage.GIVING, giving_min(dose))
    yield from _checklists(definition, Stage.GIVING, ChecklistTime.DURING)


def _given(minute: int, ask: str, detail: str = "") -> Prompt:
    return Prompt(
        stage=Stage.GIVING, ask=ask, detail=detail, minute=minute, counted_from="first dose"
    )


def _infusion(dose: DoseRule) -> Iterator[Prompt]:
    tolerance = plain_text(dose.rate_tolerance * 100)
    yield _given(
        0,
        "Read back the pump's own rate and start",
        f"within {tolerance} % of the derived one",
    )
    yield _given(giving_min(dose), "End of the drug")
    yield Prompt(stage=Stage.GIVING, ask="Mark: drug reached the patient")
    yield Prompt(
        stage=Stage.GIVING,
        ask="Mark, after the end: flush started, flush ended",
        detail="its volume",
    )


def _units(dose: DoseRule) -> Iterator[Prompt]:
    count = usual_units(dose)
    for number in range(count):
        yield _given(
            number * dose.unit_spacing_s // 60,
            f"Give {dose.unit_name} {number + 1} of {count}, {plain_text(dose.unit_mg or 0)} mg",
            "its lot",
        )
    if dose.hold_s is not None:
        low, high = (seconds // 60 for seconds in dose.hold_s)
        yield _given(
            giving_min(dose) + low,
            f"End of the hold, {low} to {high} min after the {dose.unit_name}",
            "swallowed or spat out",
        )


def usual_units(dose: DoseRule) -> int:
    """How many units the usual order consists of; 1 where the dose is not given in units."""
    if dose.giving is not Giving.UNITS or dose.dose_mg is None or not dose.unit_mg:
        return 1
    return max(1, int(dose.dose_mg / dose.unit_mg))


def giving_min(dose: DoseRule) -> int:
    """Minutes from the first to the last of the drug in the usual order, whole ones."""
    if dose.giving is Giving.INFUSION:
        return int(dose.duration_min or 0)
    return (usual_units(dose) - 1) * dose.unit_spacing_s // 60


def _observations(row: ScheduledItem, stage: Stage, until_min: int) -> Iterator[Prompt]:
    """Every slot of `row` up to `until_min`, that minute included."""
    labels = ", ".join(VITALS[vital].label for vital in row.vitals)
    counted = "end of the drug" if row.phase is Phase.RECOVERY else "first dose"
    for minute in slots_min(row, until_min):
        yield Prompt(
            stage=stage,
            ask=row.label,
            detail=f"{labels}; ± {row.window_s // 60} min",
            minute=minute,
            counted_from="first dose" if row.from_first_dose else counted,
        )


def slots_min(row: ScheduledItem, until_min: int) -> tuple[int, ...]:
    """The minutes at which `row` is due, from 0 up to and including `until_min`."""
    found: list[int] = []
    slot_ns = row.next_slot_ns(-1)
    while slot_ns is not None and slot_ns <= until_min * NS_PER_MIN:
        found.append(slot_ns // NS_PER_MIN)
        slot_ns = row.next_slot_ns(slot_ns)
    return tuple(found)


def _recovery(definition: ProtocolDefinition) -> Iterator[Prompt]:
    rule = definition.recovery
    minimum_min = rule.minimum_s // 60
    for row in definition.schedule:
        if row.phase is Phase.RECOVERY:
            yield from _observations(row, Stage.RECOVERY, minimum_min)
    for moment in (Moment.INFUSION_END, Moment.RECOVERY):
        yield from _scales(definition, Stage.RECOVERY, moment, "end of the drug")
    yield Prompt(
        stage=Stage.RECOVERY,
        ask="Earliest time to leave",
        detail=describe_stay(rule),
        minute=minimum_min,
        counted_from="first dose" if rule.counted_from_first_dose else "end of the drug",
    )


def _leaving(definition: ProtocolDefinition) -> Iterator[Prompt]:
    for criterion in definition.discharge:
        yield Prompt(stage=Stage.LEAVING, ask=criterion.label, detail=_criterion(criterion))
    yield from _scales(definition, Stage.LEAVING, Moment.LEAVING)
    yield from _checklists(definition, Stage.LEAVING, ChecklistTime.AFTER)
    plan = definition.care.integration
    if plan is not None:
        low, high = plan.minutes
        detail = f"{low} to {high} min, within {plan.within_days} days"
        yield Prompt(stage=Stage.LEAVING, ask="Integration session planned", detail=detail)


def _criterion(criterion: DischargeCriterion) -> str:
    if criterion.answers:
        return f"{' / '.join(criterion.answers)}; meets {' / '.join(criterion.passes)}"
    if criterion.scale:
        return f"total of {criterion.scale}"
    if criterion.readings == 1:
        return "from the newest reading"
    return f"from {criterion.readings} readings {criterion.spacing_s // 60} min apart"


def _closing(definition: ProtocolDefinition) -> Iterator[Prompt]:
    if definition.ledger is not None:
        _, detail, *_ = [*describe_ledger(definition.ledger), ""]
        yield Prompt(stage=Stage.CLOSING, ask="Close the account of the drug", detail=detail)
    yield Prompt(stage=Stage.CLOSING, ask="Close the session")


def _alarm(rule: AlarmRule) -> PossibleAlarm:
    return PossibleAlarm(
        rule=rule.id,
        title=rule.title,
        sentence=rule.sentence(),
        limits=tuple(_limits(rule)),
        delay_s=rule.delay_s,
        priority=str(rule.priority),
        technical=rule.technical,
        phases=tuple(str(phase) for phase in Phase if phase in rule.phases),
        next_step=rule.next_step,
    )


def _limits(rule: AlarmRule) -> Iterator[str]:
    unit = "" if rule.vital is None else VITALS[rule.vital].unit_text
    named: tuple[tuple[str, Limit | None, str], ...] = (
        ("", rule.limit, limit_unit_of(rule)),
        ("change ", rule.change, unit),
        ("change ", rule.change_percent, "%"),
    )
    for words, limit, limit_unit in named:
        if limit is not None:
            yield f"{words}{limit.value:g} {limit_unit}".strip()
    if rule.companion is not None:
        spec = VITALS[rule.companion.vital]
        yield f"with {spec.label} {rule.companion.comparison} {rule.companion.limit.value:g}"
