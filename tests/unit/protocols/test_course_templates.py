"""The shipped course templates say what their sources say; a wrong file names every mistake."""

from __future__ import annotations

import tomllib
from itertools import pairwise

import pytest

from protocols.courses.parse import CourseFileError, parse_rules, parse_template
from tests.unit.protocols.course_stories import (
    RESOURCES,
    RULES,
    RULES_TEXT,
    template,
    template_text,
)

NAMES = sorted(path.stem for path in (RESOURCES / "courses").glob("*.toml"))
TWICE = (0, 72)
THRICE = (0, 48, 96)


def weeks(days: tuple[int, ...], count: int) -> list[int]:
    return [168 * week + hour for week in range(count) for hour in days]


SERIES = [
    ("twice-weekly-3wk", "monday-thursday", weeks(TWICE, 3)),
    ("thrice-weekly-2wk", "monday-wednesday-friday", weeks(THRICE, 2)),
    ("2-vs-3-weekly", "twice", weeks(TWICE, 2)),
    ("2-vs-3-weekly", "thrice", weeks(THRICE, 2)),
    ("thrice-weekly-to-remission", "monday-wednesday-friday", weeks(THRICE, 4)),
    ("one-week-three", "day-0-2-7", [0, 48, 168]),
    ("four-visit", "two-weeks", [0, 72, 168, 240]),
    ("spravato-trd", "label", [*weeks(TWICE, 4), 672, 840, 1008, 1176]),
    ("spravato-mdsi", "label", weeks(TWICE, 4)),
    ("maintenance", "weekly-first", [0, 168, 336, 504]),
    ("intensive", "three-1wk", list(THRICE)),
    ("intensive", "three-2wk", weeks(THRICE, 2)),
    ("intensive", "five-1wk", [0, 24, 48, 72, 96]),
    ("intensive", "five-2wk", weeks((0, 24, 48, 72, 96), 2)),
    ("two-then-four", "twice-weekly", weeks(TWICE, 3)),
    ("continuation", "weekly", [168 * week for week in range(12)]),
    ("continuation", "every-two-weeks", [336 * step for step in range(6)]),
]


@pytest.mark.parametrize(("name", "variant", "offsets_h"), SERIES)
def test_a_series_has_the_visits_of_its_source(
    name: str, variant: str, offsets_h: list[int]
) -> None:
    found = template(name).variant(variant)
    assert found is not None
    assert [int(visit.offset_h) for visit in found.visits] == offsets_h
    assert [visit.position for visit in found.visits] == list(range(1, len(offsets_h) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_every_protocol_that_a_template_allows_is_shipped(name: str) -> None:
    shipped = {path.stem for path in (RESOURCES / "protocols").glob("*.toml")}
    assert set(template(name).protocols) <= shipped


SCALES = {
    table["id"]
    for path in (RESOURCES / "protocols" / "parts" / "scales").glob("*.toml")
    for table in tomllib.loads(path.read_text(encoding="utf-8"))["scale"]
}
"""Every scale that ships, by its id."""


@pytest.mark.parametrize("name", NAMES)
def test_every_scale_that_a_template_names_is_shipped(name: str) -> None:
    found = template(name)
    asked = {observation.scale for observation in found.observations if observation.scale}
    assert {*found.scales, *asked} <= SCALES


@pytest.mark.parametrize("name", NAMES)
def test_mania_is_looked_for_with_a_scale_that_can_flag_it(name: str) -> None:
    asked = {o.scale for o in template(name).observations if o.bipolar_only}
    assert asked == {"ymrs"}


def test_every_scale_that_the_clinics_rules_name_is_shipped() -> None:
    bounded = {one.scale for one in RULES.outcome.scales}
    assert {*bounded, *RULES.outcome.risk_scales} <= SCALES


def test_no_template_is_left_out() -> None:
    assert {name for name, _, _ in SERIES} == set(NAMES)
    listed = {(name, variant.id) for name in NAMES for variant in template(name).variants}
    assert {(name, variant) for name, variant, _ in SERIES} == listed


@pytest.mark.parametrize("name", NAMES)
def test_every_template_keeps_spacing_and_an_open_course(name: str) -> None:
    found = template(name)
    assert found.id == name
    assert (found.spacing.hard_h, found.spacing.soft_h) == (20, 44)
    assert found.missed_tolerance_d == 14
    assert found.approved_by == ""
    assert set(found.scales) <= {scale.scale for scale in RULES.outcome.scales}
    for variant in found.variants:
        gaps = [b.offset_h - a.offset_h for a, b in pairwise(variant.visits)]
        if name != "intensive":
            assert all(gap >= found.spacing.soft_h for gap in gaps)


@pytest.mark.parametrize("name", NAMES)
def test_ratings_are_asked_after_1_3_7_and_14_days(name: str) -> None:
    found = [o for o in template(name).observations if not o.visits and not o.scale]
    assert [int(o.offset_h) for o in found] == [24, 72, 168, 336]


def test_the_week_of_three_is_rated_before_the_first_and_4_h_after_first_and_third() -> None:
    found = [o for o in template("one-week-three").observations if o.visits]
    assert [(o.visits, int(o.offset_h)) for o in found] == [((1,), -24), ((1,), 4), ((3,), 4)]


def test_gates_and_maintenance_stand_where_the_sources_have_them() -> None:
    assert template("two-then-four").decisions[0].after_visit == 2
    assert template("thrice-weekly-to-remission").decisions[0].on_remission
    spray = template("spravato-trd").maintenance
    assert spray is not None
    assert (spray.steps_d, spray.choices_d, spray.by_need) == ((), (7, 14), False)
    upkeep = template("maintenance").maintenance
    assert upkeep is not None
    assert upkeep.steps_d == (14, 21, 28)
    assert {30, 91} <= set(upkeep.choices_d)


GOOD = template_text("two-then-four")


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("hard_h = 20", "hard_h = 80", "variant.0.offsets_h", "the hard limit of spacing is 80 h"),
        ("soft_h = 44", "soft_h = 10", "spacing.soft_h", "at least"),
        ("offsets_h = [0, 72,", "offsets_h = [24, 72,", "variant.0.offsets_h", "at 0 h"),
        ("after_visit = 2", "after_visit = 6", "decision.0.after_visit", "at most 5"),
        ("after_visit = 2", "on_remission = false", "decision.0", "says when it is asked"),
        ("missed_tolerance_d = 14", 'missed_tolerance_d = "14"', "missed_tolerance_d", "integer"),
        ('id = "rating-72h"', 'id = "rating-24h"', "observation.1.id", "twice"),
        ("offset_h = 72\n", "offset_h = 72\nvisits = [7]\n", "observation.1.visits", "there are 6"),
        ("window_h = 12", "window = 12", "observation.0.window", "not permitted"),
    ],
)
def test_a_mistake_is_named_with_line_and_field(old: str, new: str, field: str, words: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(CourseFileError) as caught:
        parse_template(text, "wrong.toml")
    found = next(p for p in caught.value.problems if p.field == field)
    assert words in found.message
    assert found.file == "wrong.toml"
    assert 1 < found.line <= len(text.splitlines())


def test_a_broken_text_names_its_line() -> None:
    with pytest.raises(CourseFileError, match=r"wrong.toml:2: \(syntax\)"):
        parse_template('id = "a"\nversion = \n', "wrong.toml")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("partial_percent = 25", "partial_percent = 60", "outcome.partial_percent"),
        ("relapse_from = 10", "relapse_from = 4", "scale.0.relapse_from"),
        ('concerns = ["yes"]', 'concerns = ["often"]', "check.0.concerns"),
        ('scale = "madrs"', 'scale = "phq-9"', "scale.1.scale"),
    ],
)
def test_a_mistake_in_the_clinics_rules_is_named(old: str, new: str, field: str) -> None:
    with pytest.raises(CourseFileError) as caught:
        parse_rules(RULES_TEXT.replace(old, new, 1), "rules.toml")
    assert [problem.field for problem in caught.value.problems] == [field]
