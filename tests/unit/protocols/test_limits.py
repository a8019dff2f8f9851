"""A limits file is read whole or refused with every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.events.terms import Phase, Priority
from protocols.limits import LimitsError, LimitsProfile, RuleKind, Tier, parse_limits, vitals_read
from protocols.vitals import Vital

STANDARD = Path(__file__).resolve().parents[3] / "resources" / "limits" / "standard.toml"
TEXT = STANDARD.read_text(encoding="utf-8")
PROFILE = parse_limits(TEXT, "standard.toml")


def refusal(text: str) -> LimitsError:
    with pytest.raises(LimitsError) as caught:
        parse_limits(text, "site.toml")
    return caught.value


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def numbers(profile: LimitsProfile) -> dict[str, tuple[float | None, float, float, float]]:
    """Rule id to (fixed limit, change, change in per cent, delay)."""
    return {
        rule.id: (
            rule.limit.value if rule.limit else None,
            rule.change.value if rule.change else 0,
            rule.change_percent.value if rule.change_percent else 0,
            rule.delay_s,
        )
        for rule in profile.rules
    }


@pytest.mark.parametrize(
    ("rule", "limit", "change", "percent", "delay_s"),
    [
        ("sbp-high-advisory", 150, 0, 0, 0),
        ("sbp-high-warning", 165, 0, 0, 0),
        ("sbp-high-critical", 180, 0, 0, 0),
        ("sbp-high-once", 200, 0, 0, 0),
        ("sbp-rise-advisory", None, 20, 15, 0),
        ("sbp-rise-warning", None, 30, 25, 0),
        ("sbp-rise-critical", None, 40, 30, 0),
        ("sbp-low-advisory", 100, 0, 0, 0),
        ("sbp-low-warning", 90, 0, 0, 0),
        ("sbp-low-critical", 80, 0, 0, 0),
        ("sbp-fall-advisory", None, 0, 15, 0),
        ("sbp-fall-warning", None, 0, 20, 0),
        ("dbp-high-advisory", 95, 0, 0, 0),
        ("dbp-high-warning", 100, 0, 0, 0),
        ("dbp-high-critical", 110, 0, 0, 0),
        ("dbp-high-once", 120, 0, 0, 0),
        ("dbp-rise-advisory", None, 15, 20, 0),
        ("dbp-rise-warning", None, 20, 25, 0),
        ("dbp-rise-critical", None, 25, 35, 0),
        ("hr-high-advisory", 100, 0, 0, 30),
        ("hr-high-warning", 110, 0, 0, 10),
        ("hr-high-critical", 120, 0, 0, 300),
        ("hr-high-once", 140, 0, 0, 0),
        ("hr-low-advisory", 55, 0, 0, 30),
        ("hr-low-warning", 50, 0, 0, 10),
        ("hr-low-critical", 40, 0, 0, 5),
        ("spo2-low-advisory", 95, 0, 0, 60),
        ("spo2-low-warning", 92, 0, 0, 30),
        ("spo2-low-critical", 90, 0, 0, 15),
        ("rr-low-critical", 8, 0, 0, 0),
        ("moaas-critical", 2, 0, 0, 0),
        ("distress-warning", 7, 0, 0, 0),
        ("spo2-no-data", 10, 0, 0, 0),
    ],
)
def test_the_standard_limits_are_those_of_the_clinical_table(
    rule: str, limit: float | None, change: float, percent: float, delay_s: float
) -> None:
    assert numbers(PROFILE)[rule] == (limit, change, percent, delay_s)


def test_severity_gives_priority_latch_and_time_of_the_second_sounding() -> None:
    expected = {
        Tier.CRITICAL: (Priority.HIGH, 120),
        Tier.WARNING: (Priority.MEDIUM, 300),
        Tier.ADVISORY: (Priority.LOW, None),
    }
    for rule in PROFILE.rules:
        priority, again_s = expected[rule.tier]
        if rule.kind is RuleKind.PUMP_VOLUME:
            again_s = None  # it cannot be undone, so it is told of once
        assert (rule.priority, rule.realarm_s) == (priority, again_s), rule.id
        assert rule.latch == (rule.tier is Tier.CRITICAL and not rule.technical), rule.id


def test_hysteresis_is_that_of_the_vital_and_none_for_equipment() -> None:
    expected = {
        Vital.SBP: 5,
        Vital.DBP: 5,
        Vital.MAP: 5,
        Vital.HR: 5,
        Vital.SPO2: 1,
        Vital.ETCO2: 2,
    }
    for rule in PROFILE.rules:
        wanted = 0 if rule.technical or rule.vital is None else expected.get(rule.vital, 0)
        assert rule.hysteresis == wanted, rule.id


def test_policy_pauses_two_minutes_at_most() -> None:
    assert PROFILE.policy.audio_pause_max_s == 120


def test_every_rule_has_a_sentence_a_title_and_a_next_step_of_its_own() -> None:
    sentences = [rule.sentence() for rule in PROFILE.rules if rule.kind is not RuleKind.NO_DATA]
    assert len(set(sentences)) == len(sentences)
    for rule in PROFILE.rules:
        assert rule.title
        assert rule.next_step.endswith("."), rule.id
        assert str(rule.tier) in rule.sentence()


def test_phases_of_rules() -> None:
    assert Phase.DISCHARGED not in PROFILE.rule("sbp-high-warning").phases
    assert Phase.SETUP not in PROFILE.rule("sbp-high-warning").phases
    assert PROFILE.rule("not-recording").phases == frozenset(Phase)
    assert PROFILE.rule("spo2-no-data-recovery").phases == {Phase.RECOVERY}


def test_a_pulse_rate_can_change_the_verdict_of_heart_rate_rules() -> None:
    read = {rule.id for rule in PROFILE.rules_reading(Vital.PR)}
    assert "hr-high-warning" in read
    assert "spo2-low-warning" not in read
    assert vitals_read(PROFILE.rule("bp-overdue")) == {Vital.SBP}


def test_the_rule_behind_the_alarm_of_one_monitor() -> None:
    lost = PROFILE.rule("device-lost")
    assert PROFILE.rule(lost.alarm_id("oximeter")) is lost
    with pytest.raises(KeyError):
        PROFILE.rule("no-such-rule")


LINE_165 = next(i for i, line in enumerate(TEXT.splitlines(), 1) if "value = 165" in line)


@pytest.mark.parametrize(
    ("old", "new", "field", "allowed"),
    [
        ("value = 165", "value = 265", "rules.1.limit.value", "145 to 190 mmHg"),
        ("value = 165", "value = 150", "rules.1.limit.value", "a reason is required"),
        ("value = 165", 'value = "165"', "rules.1.limit.value", "number"),
        ("value = 165", "value = nan", "rules.1.limit.value", "finite"),
        ("value = 165", "valeu = 165", "rules.1.limit.valeu", "not permitted"),
    ],
)
def test_a_wrong_limit_is_refused_with_line_field_and_allowed_range(
    old: str, new: str, field: str, allowed: str
) -> None:
    problems = refusal(changed(old, new)).problems
    found = [p for p in problems if p.field == field and allowed in p.message]
    assert found, problems
    assert found[0].file == "site.toml"
    assert found[0].line == LINE_165
    assert str(found[0]).startswith(f"site.toml:{LINE_165}: {field}: ")


def test_outside_the_recommended_range_a_reason_is_enough() -> None:
    text = changed("{ value = 165,", '{ value = 150, reason = "frail patients",')
    limit = parse_limits(text, "site.toml").rule("sbp-high-warning").limit
    assert limit is not None
    assert (limit.value, limit.reason) == (150, "frail patients")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "sbp-high-warning"', 'id = "sbp-high-advisory"', "used twice"),
        ('kind = "limit"', 'kind = "wish"', "limit"),
        ('vital = "sbp"', 'vital = "sbq"', "sbp"),
        ('tier = "warning"', 'tier = "urgent"', "'critical', 'warning' or 'advisory'"),
        ("audio_pause_max_s = 120", "audio_pause_max_s = 600", "less than or equal to 180"),
        ("sbp = 5", "sbp = 50", "less than or equal to 20"),
        ("\nspo2 = 1\n", "\nspo2 = 6\n", "the alarm could never end"),
        ("[[rules]]", "[rules", "line"),
        ('service = "recorder"', 'service = "display"', "a critical rule for recording"),
        ("delay_s = 15", "delay_s = 120", "0 to 60 s"),
        ("recommended = [155, 175]", "recommended = [100, 175]", "within the absolute"),
        ("absolute = [145, 190]", "absolute = [10, 400]", "40 to 280 mmHg"),
        ("within_s = 300", "within_s = 5", "greater than or equal to 60"),
        ('id = "device-lost"', 'id = "device-lost"\nlatch = true', "only false"),
    ],
)
def test_other_mistakes_are_named(old: str, new: str, message: str) -> None:
    assert message in str(refusal(changed(old, new)))


def test_a_warning_may_not_be_stricter_than_the_critical_limit() -> None:
    text = changed("{ value = 180, absolute = [160, 210]", "{ value = 160, absolute = [160, 210]")
    assert "may not lie below the warning limit 165" in str(refusal(text))


def test_all_mistakes_of_one_kind_are_reported_together() -> None:
    text = changed("value = 165", "value = 265").replace("value = 92,", "value = 12,", 1)
    place = [rule.id for rule in PROFILE.rules].index("spo2-low-warning")
    fields = {problem.field for problem in refusal(text).problems}
    assert {"rules.1.limit.value", f"rules.{place}.limit.value"} <= fields


@pytest.mark.parametrize("text", ["", "id = 3", "rules = 4", "rules = [1]", "\x00"])
def test_nonsense_is_refused_and_points_into_the_file(text: str) -> None:
    for problem in refusal(text).problems:
        assert problem.line >= 1
        assert problem.message
