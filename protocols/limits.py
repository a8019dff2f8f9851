"""Limits profiles: parsing of a limits file into alarm rules, and what a file may not say.

A wrong file is refused whole, with every mistake named by file, line, field and allowed range. The
rules themselves are in `protocols.alarm_rules` and can be imported from here as well.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise

from pydantic import ValidationError

from protocols import limits_file as outside
from protocols.alarm_rules import (
    AlarmPolicy,
    AlarmRule,
    Companion,
    Comparison,
    Confirmation,
    Limit,
    LimitsProfile,
    RuleKind,
    Symptoms,
    Tier,
    Usual,
    vitals_read,
)
from protocols.events.terms import Phase, Priority, Service
from protocols.key_lines import Location
from protocols.problems import (
    Complaint,
    Problem,
    RefusedFileError,
    problems_in,
    syntax_problem,
)
from protocols.rule_sentences import CONNECTED, WATCHED
from protocols.vitals import VITALS, Vital

__all__ = [
    "AlarmPolicy",
    "AlarmRule",
    "Companion",
    "Comparison",
    "Confirmation",
    "Limit",
    "LimitsError",
    "LimitsProfile",
    "Problem",
    "RuleKind",
    "Symptoms",
    "Tier",
    "Usual",
    "parse_limits",
    "vitals_read",
]


class LimitsError(RefusedFileError):
    """A limits file that cannot be used; `problems` lists every mistake, in order of lines."""


@lru_cache(maxsize=32)
def parse_limits(text: str, file: str) -> LimitsProfile:
    """Make a limits profile of TOML `text`; `file` is its name for messages.

    What a text says is kept, as with protocols: many protocols name the same limits.

    Raises:
        LimitsError: with every mistake found: file, line, field and what is allowed there.
    """
    try:
        loaded = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LimitsError((syntax_problem(text, file, error),)) from error
    try:
        record = outside.LimitsFile.model_validate(loaded)
    except ValidationError as error:
        complaints = [
            (_without_kind(item["loc"]), item["msg"]) for item in error.errors(include_url=False)
        ]
        raise LimitsError(problems_in(text, file, complaints)) from error
    profile = _profile(record)
    complaints = [*_field_complaints(record), *_profile_complaints(profile)]
    if complaints:
        raise LimitsError(problems_in(text, file, complaints))
    return profile


def _without_kind(where: Location) -> Location:
    """Drop the kind that pydantic inserts after the index of a rule."""
    if len(where) > 2 and where[0] == "rules" and where[2] in set(RuleKind):
        return (*where[:2], *where[3:])
    return where


def _profile(record: outside.LimitsFile) -> LimitsProfile:
    policy = AlarmPolicy(**record.policy.model_dump())
    return LimitsProfile(
        id=record.id,
        version=record.version,
        title=record.title,
        source=record.source,
        review_date=record.review_date,
        approved_by=record.approved_by,
        rules=tuple(_rule(rule, policy, record.hysteresis) for rule in record.rules),
        policy=policy,
        usual={
            vital: Usual(range=(usual.range[0], usual.range[1]), change=usual.change)
            for vital, usual in record.usual.items()
        },
    )


def _limit(record: outside.LimitRecord | None) -> Limit | None:
    if record is None:
        return None
    return Limit(
        value=record.value,
        absolute=(record.absolute[0], record.absolute[1]),
        recommended=(record.recommended[0], record.recommended[1]),
        reason=record.reason,
    )


def _rule(
    record: outside.RuleRecord, policy: AlarmPolicy, hysteresis: dict[Vital, float]
) -> AlarmRule:
    kind, tier = RuleKind(record.kind), Tier(record.tier)
    vital = getattr(record, "vital", None)
    if kind is RuleKind.PULSE_DISAGREES:
        vital = Vital.PR
    comparison = _comparison(record)
    companion = getattr(record, "companion", None)
    confirm = getattr(record, "confirm", None)
    usual = CONNECTED if kind.per_device else WATCHED
    if kind in (RuleKind.SERVICE, RuleKind.SOUND_UNPROVEN):
        usual = frozenset(Phase)
    return AlarmRule(
        id=record.id,
        kind=kind,
        tier=tier,
        title=record.title,
        next_step=record.next_step,
        icon=record.icon,
        group=record.group or _group(kind, vital, comparison) or record.id,
        vital=vital,
        comparison=comparison,
        limit=_limit(getattr(record, "limit", None)),
        change=_limit(getattr(record, "by", None)),
        change_percent=_limit(getattr(record, "by_percent", None)),
        companion=None if companion is None else _companion(companion, hysteresis),
        confirmation=None
        if confirm is None
        else Confirmation(
            readings=confirm.readings, within_s=confirm.within_s, in_a_row=confirm.in_a_row
        ),
        symptoms=_symptoms(getattr(record, "symptoms", None)),
        items=tuple(getattr(record, "items", ())),
        window_s=getattr(record, "window_s", 0.0),
        holds_s=getattr(record, "holds_s", 0.0),
        once_given=getattr(record, "once_given", False),
        service=getattr(record, "service", None),
        delay_s=record.delay_s,
        hysteresis=0.0 if kind.technical or vital is None else hysteresis.get(vital, 0.0),
        latch=record.latch,
        realarm_s=policy.realarm_s(tier.priority) if record.realarm else None,
        ends_pause=record.ends_pause,
        phases=usual if record.phases is None else frozenset(record.phases),
    )


def _comparison(record: outside.RuleRecord) -> Comparison | None:
    if isinstance(record, outside.LimitRule):
        return Comparison(record.comparison)
    if isinstance(record, outside.ChangeRule):
        return Comparison.AT_LEAST if record.kind == "rise" else Comparison.AT_MOST
    if isinstance(record, outside.RateRule):
        return Comparison.AT_LEAST if record.direction == "up" else Comparison.AT_MOST
    return None


def _symptoms(record: outside.SymptomsRecord | None) -> Symptoms | None:
    if record is None:
        return None
    return Symptoms(
        terms=frozenset(record.terms),
        score_from=record.score_from,
        effect_from=record.effect_from,
        count=record.count,
        holds_s=record.holds_s,
    )


def _companion(record: outside.CompanionRecord, hysteresis: dict[Vital, float]) -> Companion:
    return Companion(
        vital=record.vital,
        comparison=Comparison(record.comparison),
        limit=Limit(
            value=record.limit.value,
            absolute=(record.limit.absolute[0], record.limit.absolute[1]),
            recommended=(record.limit.recommended[0], record.limit.recommended[1]),
            reason=record.limit.reason,
        ),
        hysteresis=hysteresis.get(record.vital, 0.0),
    )


def _group(kind: RuleKind, vital: Vital | None, comparison: Comparison | None) -> str:
    if kind.technical or vital is None or comparison is None:
        return ""
    return f"{vital}-{'high' if comparison.upward else 'low'}"


_LIMIT_FIELDS = ("limit", "by", "by_percent")


def _field_complaints(record: outside.LimitsFile) -> list[Complaint]:
    """Mistakes within single rules."""
    found: list[Complaint] = []
    for index, rule in enumerate(record.rules):
        where: Location = ("rules", index)
        for name in _LIMIT_FIELDS:
            limit = getattr(rule, name, None)
            if isinstance(limit, outside.LimitRecord):
                found += _limit_complaints(limit, (*where, name), _unit(rule, name))
        if isinstance(rule, outside.LimitRule | outside.ChangeRule):
            found += _vital_complaints(rule, where)
        if isinstance(rule, outside.ChangeRule) and rule.by is None and rule.by_percent is None:
            found.append(((*where, "by"), "by or by_percent is required"))
        found += _stream_complaints(rule, where)
        found += _rate_complaints(rule, where, record.hysteresis)
        if rule.latch and RuleKind(rule.kind).technical:
            found.append(((*where, "latch"), "a technical alarm ends with its cause: only false"))
    for vital, usual in record.usual.items():
        found += _usual_complaints(vital, usual)
    return found


def _usual_complaints(vital: Vital, usual: outside.UsualRecord) -> Iterator[Complaint]:
    low, high = VITALS[vital].plausible
    inner_low, inner_high = usual.range
    if not low <= inner_low <= inner_high <= high:
        yield (
            ("usual", vital, "range"),
            f"{inner_low:g} to {inner_high:g} must lie within {low:g} to {high:g} "
            f"{VITALS[vital].unit_text}, the measuring range of {VITALS[vital].name}",
        )


def _stream_complaints(rule: outside.RuleRecord, where: Location) -> Iterator[Complaint]:
    """A rule of a stream on a vital that does not stream, or the other way round."""
    if not isinstance(rule, outside.NoDataRule | outside.LowSignalRule | outside.StaleRule):
        return
    streams = not isinstance(rule, outside.StaleRule)
    if (VITALS[rule.vital].quiet_limit_s is not None) is streams:
        return
    allowed = ", ".join(
        vital for vital, spec in VITALS.items() if (spec.quiet_limit_s is not None) is streams
    )
    word = "does not stream" if streams else "streams"
    yield (*where, "vital"), f"{rule.vital} {word}; allowed: {allowed}"


def _rate_complaints(
    rule: outside.RuleRecord, where: Location, hysteresis: dict[Vital, float]
) -> Iterator[Complaint]:
    """A change so small that its easing alone reaches it: such an alarm could never end."""
    if not isinstance(rule, outside.RateRule):
        return
    least = hysteresis.get(rule.vital, 0.0)
    if rule.by.absolute[0] <= least:
        yield (
            (*where, "by", "absolute"),
            f"must lie above {least:g} {VITALS[rule.vital].unit_text}, the hysteresis of "
            f"{VITALS[rule.vital].name}: the alarm could never end",
        )


def _unit(rule: outside.RuleRecord, name: str) -> str:
    if name == "by_percent":
        return "%"
    if isinstance(rule, outside.NoDataRule | outside.ObservationRule | outside.ClockRule):
        return "s"
    if isinstance(rule, outside.OverdueRule):
        return "intervals"
    if isinstance(rule, outside.PulseRule):
        return "/min"
    if isinstance(rule, outside.PumpDifferenceRule):
        return "mL" if rule.kind == "pump-volume-differs" else "mL/h"
    vital: Vital | None = getattr(rule, "vital", None)
    return "" if vital is None else VITALS[vital].unit_text


def _limit_complaints(
    limit: outside.LimitRecord, where: Location, unit: str
) -> Iterator[Complaint]:
    low, high = limit.absolute
    inner_low, inner_high = limit.recommended
    if not low <= inner_low <= inner_high <= high:
        yield (
            (*where, "recommended"),
            f"the recommended range {inner_low:g} to {inner_high:g} must lie within the absolute "
            f"range {low:g} to {high:g}",
        )
    if not low <= limit.value <= high:
        yield (*where, "value"), f"{limit.value:g} is not allowed: {low:g} to {high:g} {unit}"
    elif not inner_low <= limit.value <= inner_high and not limit.reason.strip():
        yield (
            (*where, "value"),
            f"{limit.value:g} is outside the recommended {inner_low:g} to {inner_high:g} {unit}: "
            "a reason is required",
        )


def _vital_complaints(
    rule: outside.LimitRule | outside.ChangeRule, where: Location
) -> Iterator[Complaint]:
    spec = VITALS[rule.vital]
    low, high = spec.plausible
    if isinstance(rule, outside.LimitRule):
        span = rule.limit.absolute
        if not (low <= span[0] and span[1] <= high):
            yield (
                (*where, "limit", "absolute"),
                f"must lie within {low:g} to {high:g} {spec.unit_text}, "
                f"the measuring range of {spec.name}",
            )
    if rule.confirm is not None and spec.quiet_limit_s is not None:
        yield (
            (*where, "confirm"),
            f"{rule.vital} is a stream: use delay_s; confirm is for single determinations",
        )
    if rule.companion is not None:
        inner = (*where, "companion", "limit")
        unit = VITALS[rule.companion.vital].unit_text
        yield from _limit_complaints(rule.companion.limit, inner, unit)


def _profile_complaints(profile: LimitsProfile) -> Iterator[Complaint]:
    """Mistakes that span rules: names, order of severities, rules that may not be missing."""
    seen: set[str] = set()
    for index, rule in enumerate(profile.rules):
        if rule.id in seen:
            yield ("rules", index, "id"), f"{rule.id} is used twice; each rule needs its own name"
        seen.add(rule.id)
        prompt = any(
            other.group == rule.group and other.tier is rule.tier and other.delay_s <= 60
            for other in profile.rules
        )
        if rule.tier is Tier.CRITICAL and not prompt:
            message = f"{rule.delay_s:g} s is not allowed: 0 to 60 s for the only critical rule"
            yield ("rules", index, "delay_s"), f"{message} of {rule.group}"
    yield from _order_complaints(profile.rules)
    for what, present in _REQUIRED:
        if not any(present(rule) for rule in profile.rules):
            yield ("rules",), f"a critical rule for {what} is required"


def _order_complaints(rules: tuple[AlarmRule, ...]) -> Iterator[Complaint]:
    plain = [
        (index, rule, rule.limit.value)
        for index, rule in enumerate(rules)
        if rule.kind is RuleKind.LIMIT and rule.limit is not None
    ]
    for group in sorted({rule.group for _, rule, _ in plain}):
        members = sorted(
            (entry for entry in plain if entry[1].group == group),
            key=lambda entry: entry[1].priority.rank,
        )
        for (_, milder, mild), (index, worse, value) in pairwise(members):
            wrong = value < mild if worse.upward else value > mild
            if wrong and worse.priority is not milder.priority:
                side = "below" if worse.upward else "above"
                yield (
                    ("rules", index, "limit", "value"),
                    f"a {worse.tier} limit may not lie {side} the {milder.tier} limit {mild:g}",
                )
    for vital in Vital:
        highs = [v for _, rule, v in plain if rule.vital is vital and rule.upward]
        lows = [(i, v) for i, rule, v in plain if rule.vital is vital and not rule.upward]
        for index, low in lows:
            if highs and low >= min(highs):
                message = f"a low limit must lie below the high limit {min(highs):g}"
                yield ("rules", index, "limit", "value"), message


def _critical(kind: RuleKind, vital: Vital, *, upward: bool) -> Callable[[AlarmRule], bool]:
    return lambda rule: (
        rule.kind is kind
        and rule.vital is vital
        and rule.upward is upward
        and rule.priority is Priority.HIGH
    )


def _recorder(rule: AlarmRule) -> bool:
    return rule.service is Service.RECORDER and rule.priority is Priority.HIGH


_REQUIRED: tuple[tuple[str, Callable[[AlarmRule], bool]], ...] = (
    ("high systolic pressure", _critical(RuleKind.LIMIT, Vital.SBP, upward=True)),
    ("low oxygen saturation", _critical(RuleKind.LIMIT, Vital.SPO2, upward=False)),
    ("high heart rate", _critical(RuleKind.LIMIT, Vital.HR, upward=True)),
    ("recording", _recorder),
)
