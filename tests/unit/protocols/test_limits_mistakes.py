"""One planted mistake in a limits file: it is refused, and told of at its line and field."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.limits import LimitsError, parse_limits
from tests.unit.protocols.judged_situations import STANDARD

TEXT = STANDARD.read_text(encoding="utf-8")
LINES = TEXT.splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A key of a rule: where it stands."""

    rule: str
    number: int
    header: int
    line: int
    key: str
    value: str


def places() -> list[Place]:
    found, number, header, rule = [], -1, 0, ""
    for at, line in enumerate(LINES, start=1):
        if line == "[[rules]]":
            number, header = number + 1, at
        elif number >= 0 and (match := re.match(r"([a-z_]+) = (.+)", line)):
            if match[1] == "id":
                rule = match[2].strip('"')
            found.append(
                Place(
                    rule=rule, number=number, header=header, line=at, key=match[1], value=match[2]
                )
            )
    return found


PLACES = places()


def planted(place: Place, line: str | None) -> str:
    lines = list(LINES)
    lines[place.line - 1 : place.line] = [] if line is None else [line]
    return "\n".join(lines)


def problems(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(LimitsError) as caught:
        parse_limits(text, "site.toml")
    return [(one.line, one.field, one.message) for one in caught.value.problems]


def place_of(rule: str, key: str) -> Place:
    return next(place for place in PLACES if (place.rule, place.key) == (rule, key))


@pytest.mark.parametrize(
    ("rule", "key", "value", "field", "says"),
    [
        ("spo2-falling-fast", "direction", '"sideways"', "direction", "'up' or 'down'"),
        ("spo2-falling-fast", "window_s", "1", "window_s", "greater than or equal to 5"),
        ("spo2-falling-fast", "window_s", '"60"', "window_s", "number"),
        ("spo2-falling-fast", "by", "4", "by", "dictionary"),
        ("chest-pain", "symptoms", "{ terms = [] }", "symptoms.terms", "at least 1"),
        ("chest-pain", "symptoms", '{ terms = ["Chest Pain"] }', "symptoms.terms", "pattern"),
        ("chest-pain", "symptoms", '{ terms = ["a"], score_from = 11 }', "score_from", "10"),
        ("chest-pain", "symptoms", '{ terms = ["a"], effect_from = "bad" }', "effect_from", "mild"),
        ("vomiting-again", "symptoms", '{ terms = ["a"], count = 0 }', "symptoms.count", "1"),
        ("vomiting-again", "symptoms", '{ terms = ["a"], holds_s = 5 }', "holds_s", "60"),
        ("sbp-low-symptoms", "symptoms", '{ term = ["a"] }', "symptoms.terms", "required"),
        ("spo2-low-signal", "vital", '"sbp"', "vital", "sbp does not stream; allowed: hr, pr"),
        ("etco2-no-data", "vital", '"rr"', "vital", "rr does not stream"),
        ("etco2-no-data", "once_given", '"yes"', "once_given", "boolean"),
        ("rr-stale", "vital", '"spo2"', "vital", "spo2 streams; allowed: sbp, dbp, map, rr"),
        ("observation-late", "items", "[]", "items", "at least 1"),
        ("observation-overdue", "items", '"rr"', "items", "list"),
        ("clock-jumped", "holds_s", "1", "holds_s", "greater than or equal to 10"),
        ("bp-overdue-long", "group", '"BP overdue"', "group", "pattern"),
        ("monitor-unconfirmed", "delay_s", "-1", "delay_s", "greater than or equal to 0"),
        ("staff-lost", "service", '"nurse"', "service", "staff-station"),
    ],
)
def test_a_mistake_of_a_new_kind_is_told_of_at_its_place(
    rule: str, key: str, value: str, field: str, says: str
) -> None:
    place = place_of(rule, key)
    found = problems(planted(place, f"{key} = {value}"))
    told = [
        line
        for line, where, message in found
        if field in where and where.startswith(f"rules.{place.number}.") and says in message
    ]
    assert told == [place.line], found


@pytest.mark.parametrize(
    ("rule", "key", "value", "allowed"),
    [
        ("spo2-falling-fast", "by", (4, 20), "3 to 10 %"),
        ("hr-rising-fast", "by", (30, 5), "15 to 60 /min"),
        ("alertness-overdue", "limit", (1200, 60), "600 to 3600 s"),
        ("bp-overdue-long", "limit", (3, 9), "2 to 6 intervals"),
        ("clock-jumped", "limit", (2, 0.1), "0.5 to 60 s"),
        ("map-rise-critical", "by_percent", (30, 90), "20 to 60 %"),
        ("etco2-high-critical", "limit", (60, 10), "50 to 90 mmHg"),
        ("sbp-low-symptoms", "limit", (90, 10), "75 to 100 mmHg"),
    ],
)
def test_a_number_outside_its_guardrails_is_refused_with_what_is_allowed(
    rule: str, key: str, value: tuple[float, float], allowed: str
) -> None:
    place = place_of(rule, key)
    old, new = (f"value = {number:g}," for number in value)
    assert old in place.value
    found = problems(planted(place, f"{key} = {place.value.replace(old, new)}"))
    assert [line for line, _, message in found if f"{allowed}" in message] == [place.line]


_NEEDED = {
    "id", "kind", "tier", "title", "icon", "next_step", "direction", "window_s", "comparison",
    "service", "items", "holds_s",
}  # fmt: skip
_KINDS = {
    "rate", "symptom", "stale", "low-signal", "observation-overdue", "clock-jumped", "service",
    "monitor-unconfirmed",
}  # fmt: skip
OF_NEW_KINDS = {p.number for p in PLACES if p.key == "kind" and p.value.strip('"') in _KINDS}


@pytest.mark.parametrize(
    "place",
    [p for p in PLACES if p.number in OF_NEW_KINDS and p.key in _NEEDED],
    ids=lambda place: f"{place.rule}-{place.key}",
)
def test_a_missing_key_is_told_of_at_its_rule(place: Place) -> None:
    told = [
        line
        for line, where, _ in problems(planted(place, None))
        if place.key in where or place.key == "kind"
    ]
    assert place.header in told


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(["wrong type", "unknown key"]))
def test_any_planted_mistake_is_told_of_at_its_line(place: Place, mistake: str) -> None:
    if mistake == "unknown key":
        text = planted(place, f"misspelt_{place.key} = 1\n{place.key} = {place.value}")
    else:
        text = planted(place, f"{place.key} = 1979-05-27")
    told_at = place.header if place.key == "kind" and mistake == "wrong type" else place.line
    assert told_at in [line for line, _, _ in problems(text)]
