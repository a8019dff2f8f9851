"""A protocol file is read whole or refused with file, line, field and what is allowed."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.places import read_protocol
from protocols.composition import Origins
from protocols.definition import (
    DefinitionError,
    GateItem,
    GateState,
    HoldKind,
    ReadingTest,
    StartLimit,
    describe,
    parse_protocol,
)
from protocols.definition.content import BaselineSide
from protocols.dosing.dose_rule import Body
from protocols.dosing.order import calculate_dose
from protocols.key_lines import KeyLines
from protocols.problems import Problem
from protocols.vitals import Vital

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "resources" / "protocols" / "iv-0.5-40.toml"
TEXT, _ = read_protocol(FILE.stem)
DEFINITION = parse_protocol(TEXT, FILE.name)


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as caught:
        parse_protocol(text, "site.toml")
    return caught.value.problems


def _with(old: str, new: str) -> str:
    assert old in TEXT, old
    return TEXT.replace(old, new, 1)


def _line(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


@pytest.mark.parametrize("path", sorted((ROOT / "resources" / "protocols").glob("*.toml")))
def test_every_protocol_of_the_project_is_valid_and_named_after_its_file(path: Path) -> None:
    definition = parse_protocol(*read_protocol(path.stem))
    assert definition.id == path.stem
    assert definition.approved_by == ""


def test_the_reference_protocol_says_what_it_must() -> None:
    assert DEFINITION.dose.dose_mg_per_kg == Decimal("0.5")
    assert DEFINITION.dose.duration_min == 40
    assert DEFINITION.dose.rate_tolerance == Decimal("0.01")
    assert DEFINITION.guardrail("dose_mg_per_kg").soft_high == Decimal("0.6")
    assert DEFINITION.guardrail("rate_mg_per_kg_per_h").hard_low is None
    assert DEFINITION.recovery.minimum_s == 3600
    assert DEFINITION.recheck_rule("bp") is not None
    assert DEFINITION.gate_item("nothing") is None
    with pytest.raises(KeyError):
        DEFINITION.guardrail("nothing")


def test_the_default_dose_meets_no_guardrail_at_seventy_kilograms() -> None:
    dose = DEFINITION.dose
    result = calculate_dose(
        dose.usual_order(), dose, Body(weight_kg=Decimal(70)), DEFINITION.guardrails
    )
    assert result.findings == ()


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("duration_min = 40 ", "duration_min = 4000 ", "dose.duration_min",
         "4000 is not allowed. Allowed: a number above 0 up to 720."),
        ("duration_min = 40 ", "duration_min = 39 ", "dose.duration_min",
         "39 is outside its soft guardrail. Allowed: 40 to 100 min."),
        ("dose_mg_per_kg = 0.5 ", "dose_mg_per_kg = true ", "dose.dose_mg_per_kg",
         "true is not allowed. Allowed: a number above 0 up to 10000."),
        ("dose_mg_per_kg = 0.5 ", "dose_mg_per_kg = nan ", "dose.dose_mg_per_kg",
         "NaN is not allowed. Allowed: a number above 0 up to 10000."),
        ("dose_mg_per_kg = 0.5 ", "dose_mg_per_kg = '0.5' ", "dose.dose_mg_per_kg",
         "“0.5” is not allowed. Allowed: a number above 0 up to 10000."),
        ("soft_high = 0.6,", "soft_high = 1.6,", "guardrails.dose_mg_per_kg",
         "soft_high 1.6 is above hard_high 1 mg/kg. "
         "Allowed: hard_low <= soft_low <= soft_high <= hard_high."),
        ("slow_percent = 50 ", "slow_percent = 100 ", "slow_percent",
         "100 is not allowed. Allowed: a whole number from 1 up to 99."),
        ('\nhold = "stop"', '\nhold = "harder"', "gate[0].hold",
         "“harder” is not allowed. Allowed: one of soft, override, hard, stop."),
        ('passes = ["no"]', 'passes = ["perhaps"]', "gate[7].passes",
         "“perhaps” is none of answers. Allowed: no, yes."),
        ('id = "consent"', 'id = "identity"', "gate[2]",
         "“identity” stands here a second time: each may stand once."),
        ("go = [50, 100]", "go = [40, 100]", "start_limit[2].go",
         "must lie inside soft. Allowed: 45 to 110."),
        ("go = [50, 100]", "go = [100, 50]", "start_limit[2].go",
         "100 to 50 runs backwards. Allowed: the lower value first."),
        ("bp_readings = 2", "bp_readings = 0", "baseline.bp_readings",
         "0 is not allowed. Allowed: a whole number from 1 up to 5."),
        ("bp_spacing_min_s = 60", "bp_spacing_min_s = 160", "baseline.bp_spacing_min_s",
         "must not be above bp_spacing_max_s 120."),
        ("{ every_min = 5, until_min = 15 }", "{ every_min = 5 }", "schedule[0].every[0]",
         "only the last interval may go without until_min."),
        ("at_min = [40]", "at_min = [-1]", "schedule[0].at_min[0]",
         "-1 is not allowed. Allowed: a whole number from 0 up to 720."),
        ('phase = "infusing"', 'phase = "infusion"', "schedule[0].phase",
         "“infusion” is not allowed. Allowed: one of baseline, infusing, recovery."),
        ("soft_minimum_min = 30", "soft_minimum_min = 90", "recovery.soft_minimum_min",
         "must not be above minimum_min 60."),
        ("change_soft_percent = 5", "change_soft_percent = 15", "weight.change_soft_percent",
         "must not be above change_hard_percent 10."),
        ("review_date = 2027-11-30", 'review_date = "soon"', "review_date",
         "“soon” is not allowed. Allowed: a date such as 2027-11-30."),
        ('tests = [{ vital = "moaas", low = 5 }]', "", "discharge[5]",
         "needs one of tests (readings judge it), answers (a person) or scale."),
        ("asks_severity = true", "asks_severity = 1", "quick_event[0].asks_severity",
         "1 is not allowed. Allowed: true or false."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_line_and_what_is_allowed(
    old: str, new: str, field: str, message: str
) -> None:
    text = _with(old, new)
    (problem,) = _problems(text)
    assert (problem.field, problem.message) == (field, message)
    if new and not field.endswith("]"):
        where = Origins(text, "site.toml").of_line(_line(text, new.strip()))
        assert (problem.file, problem.line) == where


def test_a_misspelt_field_is_both_unknown_and_missing() -> None:
    text = _with("bmi = [15, 60]", "bmj = [15, 60]")
    missing, unknown = _problems(text)
    assert missing.field == "weight.bmi"
    origins = Origins(text, "site.toml")
    assert (missing.file, missing.line) == origins.of_line(_line(text, "\n[weight]") + 1)
    assert "is missing. Needed: a list of 2, each a number" in missing.message
    assert unknown.field == "weight.bmj"
    assert (unknown.file, unknown.line) == origins.of_line(_line(text, "bmj"))
    assert "is not a known field here. Known: change_soft_percent" in unknown.message


def test_all_mistakes_come_at_once_in_order_of_files_and_lines() -> None:
    text = TEXT.replace("bp_readings = 2", "bp_readings = 9").replace('id = "iv-0', 'id = "IV 0')
    text = text.replace("rest_min = 5", "rest_min = 0")
    problems = _problems(text)
    assert [p.field for p in problems] == ["baseline.bp_readings", "baseline.rest_min", "id"]
    assert str(problems[-1]).startswith(f"site.toml:{_line(text, 'id = ')}: id: ")


def test_what_is_no_toml_is_refused_with_its_line() -> None:
    (problem,) = _problems("id = 'x'\nversion =\n")
    assert problem.line == 2
    assert problem.message.startswith("not valid TOML: ")
    (empty, *_) = _problems("")
    assert empty.line == 1


@given(cut=st.integers(0, len(TEXT)), junk=st.text(max_size=5))
def test_a_damaged_file_is_refused_or_read_but_never_breaks_the_reader(cut: int, junk: str) -> None:
    problems: tuple[Problem, ...] = ()
    refused = False
    try:
        parse_protocol(TEXT[:cut] + junk + TEXT[cut + len(junk) :], "site.toml")
    except DefinitionError as error:
        problems, refused = error.problems, True
    assert refused == bool(problems)
    last = len(TEXT.splitlines()) + 5
    assert all(1 <= p.line <= last and p.message for p in problems)


def test_every_number_has_its_evidence_or_stands_under_one() -> None:
    tagged = re.findall(r"\[(source|unread|design)\]", TEXT)
    assert {"source", "unread", "design"} == set(tagged)
    for table in ("dose", "guardrails", "weight", "baseline", "recovery"):
        head, _, rest = TEXT.partition(f"\n[{table}]")
        own = head.rpartition("\n#: file ")[2]
        around = own.partition("[[part]]")[0] + rest.partition("\n\n")[0]
        assert re.search(r"\[(source|design)\]", around), table


def test_a_nurse_can_read_the_page() -> None:
    page = describe(DEFINITION)
    assert "NOT YET APPROVED by a medical director" in page
    assert "0.5 mg/kg over 40 min at 1 mg/mL" in page
    assert "slow means 50 % of the rate" in page
    assert "Blood pressure: every 5 min to 15 min, then every 10 min; always at 40 min" in page
    for item in DEFINITION.gate:
        assert item.question in page
    for criterion in DEFINITION.discharge:
        assert criterion.label in page
    for event in DEFINITION.quick_events:
        assert event.label in page


def test_a_passing_answer_may_need_a_reason() -> None:
    item = GateItem(
        id="pregnancy",
        section="Health",
        question="Pregnancy excluded?",
        answers=("negative", "not applicable", "no"),
        passes=("negative", "not applicable"),
        hold=HoldKind.SOFT,
        needs_reason=("not applicable",),
    )
    assert item.judge("not applicable").state is GateState.HELD
    assert item.judge("not applicable", "aged 71").state is GateState.DONE


@pytest.mark.parametrize(
    ("vital", "value", "kind", "limit"),
    [
        ("sbp", 139, None, None),
        ("sbp", 139.5, "soft", 139),
        ("sbp", 139.4, None, None),
        ("sbp", 159, "soft", 139),
        ("sbp", 160, "hard", 159),
        ("sbp", 89, "hard", 90),
        ("dbp", 90, "soft", 89),
        ("dbp", 100, "hard", 99),
        ("hr", 110, "soft", 100),
        ("hr", 111, "hard", 110),
        ("hr", 45, "soft", 50),
        ("hr", 44, "hard", 45),
        ("spo2", 95, None, None),
        ("spo2", 94, "soft", 95),
        ("spo2", 91, "hard", 92),
        ("rr", 8, "soft", 10),
        ("rr", 25, "hard", 24),
        ("moaas", 4, "soft", 5),
        ("moaas", 3, "hard", 4),
        ("temp", 37.7, None, None),
        ("temp", 37.8, "soft", "37.7"),
        ("temp", 38.5, "hard", "38.4"),
    ],
)
def test_a_baseline_value_lets_start_waits_or_holds(
    vital: str, value: float, kind: str | None, limit: int | str | None
) -> None:
    rule = next(one for one in DEFINITION.start_limits if one.vital == vital)
    finding = rule.judge(value)
    if kind is None:
        assert finding is None
    else:
        assert finding is not None
        assert (finding.kind, finding.limit) == (kind, Decimal(limit or 0))


def test_a_start_hold_says_value_limit_and_what_to_do() -> None:
    rule = StartLimit(
        vital=Vital.SBP,
        go=(Decimal(90), Decimal(139)),
        soft=(Decimal(90), Decimal(159)),
    )
    finding = rule.judge(148.0)
    assert finding is not None
    assert finding.message == (
        "SBP 148 mmHg is above 139: repeat after 5 to 10 min; the prescriber decides."
    )


@pytest.mark.parametrize(
    ("value", "baseline", "met"),
    [
        (120, 120, True),
        (144, 120, True),
        (145, 120, False),
        (96, 120, True),
        (95, 120, False),
        (160, 150, False),
        (160, None, False),
        (120, None, None),
        (None, 120, None),
    ],
)
def test_pressure_for_discharge_keeps_its_limit_and_stays_near_the_baseline(
    value: float | None, baseline: float | None, met: bool | None
) -> None:
    test = ReadingTest(vital=Vital.SBP, high=Decimal(159), within_percent=Decimal(20))
    assert test.is_met(value, baseline) is met


@pytest.mark.parametrize(
    ("value", "baseline", "met"),
    [
        (94, 99, True),
        (93, 99, False),
        (93, 92, True),
        (92, 92, True),
        (91, 92, False),
        (93, None, None),
        (95, None, True),
        (None, 92, None),
    ],
)
def test_saturation_for_discharge_is_enough_or_not_below_baseline(
    value: float | None, baseline: float | None, met: bool | None
) -> None:
    test = ReadingTest(
        vital=Vital.SPO2,
        low=Decimal(94),
        within_percent=Decimal(0),
        side=BaselineSide.NOT_BELOW,
        either=True,
    )
    assert test.is_met(value, baseline) is met


def test_a_pulse_rate_stands_in_for_the_heart_rate_alone() -> None:
    stands_in = {str(limit.vital): limit.fallback for limit in DEFINITION.start_limits}
    assert stands_in.pop("hr") is Vital.PR
    assert set(stands_in.values()) == {None}
    assert ReadingTest(vital=Vital.HR).fallback is Vital.PR


def test_lines_are_found_in_tables_arrays_and_behind_long_strings() -> None:
    text = (
        'a = 1\nlong = """\n[not]\nb = 2\n"""\n[t.u]\nc = [\n  1,\n  2,\n]\n'
        'd = "x # ["\n[[row]]\ne = 1\n[[row]]\ne = 2 # [\n[row.sub]\nf = 3\n'
    )
    lines = KeyLines(text)
    assert lines.line_of(("a",)) == 1
    assert lines.line_of(("b",)) == 1
    assert lines.line_of(("t", "u", "c", 1)) == 7
    assert lines.line_of(("t", "u", "d")) == 11
    assert lines.line_of(("row", 0, "e")) == 13
    assert lines.line_of(("row", 1, "e")) == 15
    assert lines.line_of(("row", 1, "sub", "f")) == 17
    assert lines.line_of(("row", 1, "nothing")) == 14
