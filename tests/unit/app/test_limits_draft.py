"""Limits changed on a draft: guardrails, reasons, undo, and the file that comes of it."""

from __future__ import annotations

import difflib
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.places import read_limits
from app.rejudging.differences import differences
from app.rejudging.draft import Draft, Origin, digest_of, raised
from app.rejudging.limit_parts import Part, Place, all_adjustments
from app.rejudging.limits_text import LimitsTextError, TextEdit, edited
from protocols.limits import LimitsError, parse_limits

STANDARD = read_limits("standard")[0]


def draft(text: str = STANDARD) -> Draft:
    return Draft(Origin(name="standard", text=text, shipped=True))


def place(subject: str, part: Part = Part.LIMIT) -> Place:
    return Place(subject=subject, part=part)


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def test_a_number_beyond_the_absolute_range_is_refused_with_the_range() -> None:
    one = draft()
    refused = one.change(place("sbp-high-warning"), 191.0, "a reason does not help")
    assert refused is not None
    assert refused.sentence == "191 is not allowed: 145 to 190 mmHg."
    assert not refused.wants_reason
    assert one.text == STANDARD
    assert one.changes == ()


def test_a_number_outside_the_recommended_range_asks_for_a_reason_and_keeps_it() -> None:
    one = draft()
    refused = one.change(place("sbp-high-warning"), 180.0)
    assert refused is not None
    assert refused.wants_reason
    assert refused.sentence == "180 is outside the recommended 155 to 175 mmHg: say why."
    assert one.change(place("sbp-high-warning"), 180.0, "chronic  \n hypertension") is None
    assert one.profile is not None
    limit = one.profile.rule("sbp-high-warning").limit
    assert limit is not None
    assert (limit.value, limit.reason) == (180.0, "chronic hypertension")
    assert one.changes[0].words == (
        "sbp-high-warning (Systolic pressure high): limit 165 mmHg → 180 mmHg, "
        "reason: chronic hypertension"
    )


@pytest.mark.parametrize(
    ("where", "value", "sentence"),
    [
        (place("sbp-high-warning", Part.DELAY), 601.0, "601 is not allowed: 0 to 600 s."),
        (place("sbp-high-warning", Part.READINGS), 6.0, "6 is not allowed: 1 to 5."),
        (place("sbp-high-warning", Part.READINGS), 1.5, "1.5 is not allowed: whole numbers only."),
        (place("sbp", Part.HYSTERESIS), 21.0, "21 is not allowed: 0 to 20 mmHg."),
        (
            place("sbp-high-warning", Part.TIER),
            "fatal",
            "fatal is not allowed: critical, warning, advisory.",
        ),
    ],
)
def test_times_counts_and_severities_have_the_ranges_of_the_file(
    where: Place, value: float | str, sentence: str
) -> None:
    refused = draft().change(where, value)
    assert refused is not None
    assert refused.sentence == sentence


def test_only_the_lines_that_changed_change_and_comments_stay() -> None:
    one = draft()
    assert one.change(place("sbp-high-warning"), 160.0) is None
    assert one.change(place("spo2", Part.HYSTERESIS), 2.0) is None
    changed = changed_lines(STANDARD, one.text)
    assert [line for line in changed if line.startswith("-")] == [
        '-version = "2"',
        "-spo2 = 1",
        "-limit = { value = 165, absolute = [145, 190], recommended = [155, 175] }",
    ]
    assert "+limit = { value = 160, absolute = [145, 190], recommended = [155, 175] }" in changed
    assert "realarm_high_s = 120      # an acknowledged critical alarm sounds again" in one.text


def test_the_new_file_is_the_next_version_lists_its_changes_and_nobody_approved_it() -> None:
    approved = STANDARD.replace('approved_by = ""', 'approved_by = "Dr. A. Director"')
    one = draft(approved)
    assert one.change(place("hr-high-advisory", Part.DELAY), 60.0) is None
    assert one.profile is not None
    assert one.profile.version == one.version == "3"
    assert one.profile.approved_by == ""
    head = one.text.splitlines()[:3]
    assert head[0] == (
        f"# Version 3, not approved. Made from standard version 2 (SHA-256 {digest_of(approved)}):"
    )
    assert head[1] == "# - hr-high-advisory (Heart rate raised): delay 30 s → 60 s"
    assert one.digest == digest_of(one.text) != one.origin.digest


@pytest.mark.parametrize(
    ("version", "after"), [("2", "3"), ("2026-09", "2026-10"), ("1.9", "1.10"), ("b", "b 2")]
)
def test_a_version_is_raised_at_its_last_number(version: str, after: str) -> None:
    assert raised(version) == after


def test_one_reading_takes_the_confirmation_away_and_two_bring_it() -> None:
    one = draft()
    assert one.change(place("sbp-high-critical", Part.READINGS), 1.0) is None
    assert one.change(place("sbp-high-advisory", Part.READINGS), 2.0) is None
    assert one.profile is not None
    assert one.profile.rule("sbp-high-critical").confirmation is None
    confirmation = one.profile.rule("sbp-high-advisory").confirmation
    assert confirmation is not None
    assert (confirmation.readings, confirmation.within_s) == (2, 300.0)


def test_a_rule_that_is_not_judged_stands_in_the_file_as_a_comment() -> None:
    one = draft()
    assert one.change(place("hr-high-advisory", Part.DELAY), 60.0) is None
    assert one.change(place("hr-high-advisory", Part.JUDGED), value=False) is None
    assert '# id = "hr-high-advisory"' in one.text
    assert [change.words for change in one.changes] == [
        "hr-high-advisory (Heart rate raised): judged yes → no"
    ]
    assert one.profile is not None
    with pytest.raises(KeyError):
        one.profile.rule("hr-high-advisory")


def test_what_the_file_may_not_say_is_told_by_the_line_of_the_new_text() -> None:
    one = draft()
    assert one.change(place("sbp-high-advisory"), 160.0) is None
    assert one.change(place("sbp-high-warning"), 155.0) is None
    (problem,) = one.problems
    assert problem.message == "a warning limit may not lie below the advisory limit 160"
    assert "value = 155" in one.text.splitlines()[problem.line - 1]
    assert one.profile is None
    one.undo()
    assert one.problems == ()


def test_a_rule_that_may_not_be_missing_is_missed() -> None:
    one = draft()
    for rule in ("hr-high-once", "hr-high-critical"):
        assert one.change(place(rule, Part.JUDGED), value=False) is None
    assert [p.message for p in one.problems] == ["a critical rule for high heart rate is required"]


def test_every_step_can_be_undone_and_a_single_change_put_back() -> None:
    one = draft()
    texts = [one.text]
    for value in (160.0, 170.0):
        assert one.change(place("sbp-high-warning"), value) is None
        texts.append(one.text)
    assert one.change(place("sbp", Part.HYSTERESIS), 6.0) is None
    one.put_back(place("sbp-high-warning"))
    assert [change.place for change in one.changes] == [place("sbp", Part.HYSTERESIS)]
    for text in (None, texts[2], texts[1], texts[0]):
        one.undo()
        assert text is None or one.text == text
    assert not one.can_undo


def test_setting_the_original_number_is_no_change() -> None:
    one = draft()
    assert one.change(place("sbp-high-warning"), 165.0) is None
    assert not one.can_undo
    assert one.text == STANDARD


def test_a_file_that_is_no_limits_file_is_not_begun_from() -> None:
    with pytest.raises(LimitsError):
        draft(STANDARD.replace("value = 165", "value = 500"))


_FEW = ("sbp-high", "sbp-ris", "spo2-low", "hr-high", "not-recording", "pulse")
_HEAD, *_RULES = STANDARD.split("\n[[rules]]\n")
SMALL = "\n[[rules]]\n".join(
    [_HEAD, *(rule for rule in _RULES if any(f'id = "{name}' in rule for name in _FEW))]
)
"""The shipped file with few rules of every shape, so that many edits can be tried."""
ADJUSTMENTS = list(all_adjustments(parse_limits(SMALL, "small")).values())
NUMBERS = [one for one in ADJUSTMENTS if one.absolute is not None]


@settings(max_examples=25)
@given(st.data())
def test_whatever_is_set_stands_in_the_file_and_all_of_it_can_be_undone(
    data: st.DataObject,
) -> None:
    one = draft(SMALL)
    steps = 0
    for number in data.draw(st.lists(st.sampled_from(range(len(NUMBERS))), max_size=3)):
        adjustment = NUMBERS[number]
        low, high = adjustment.absolute or (0, 0)
        whole = data.draw(st.integers(round(low * 4), round(high * 4)))
        value = float(round(whole / 4)) if adjustment.whole else whole / 4
        before = one.text
        refused = one.change(adjustment.place, min(max(value, low), high), 'a "reason" # \\ é')
        assert refused is None
        steps += one.text != before
        loaded = tomllib.loads(one.text)
        assert len(loaded["rules"]) == len(one.original.rules)
    if one.profile is not None:
        now = all_adjustments(one.profile)
        for change in one.changes:
            assert now[change.place].value == one.setting(change.place).value
        told = {change.place for change in differences(one.original, one.profile)}
        assert told == {change.place for change in one.changes}
    for _ in range(steps):
        one.undo()
    assert one.text == SMALL


# -- layouts --------------------------------------------------------------------------------------

RULE = """\
[[rules]]
id = "a"
kind = "limit"   # what it is
limit = { value = 1, recommended = [
  1, # one
  2,
] } # the limit
next_step = '''
[[rules]] # not a rule
'''
# about b
[[rules]]
id = "b"
[rules.limit]
value = 3
"""


def test_values_over_several_lines_tables_of_their_own_and_comments_are_kept() -> None:
    made = edited(
        RULE,
        [
            TextEdit(where=("rules", 0, "limit", "value"), value=1.5),
            TextEdit(where=("rules", 0, "kind"), value="rise"),
            TextEdit(where=("rules", 1, "limit", "value"), value=4.0),
            TextEdit(where=("rules", 1, "limit", "reason"), value='"x" # y'),
        ],
    )
    assert 'kind = "rise" # what it is' in made
    assert "limit = { value = 1.5, recommended = [1, 2] } # the limit" in made
    assert "[[rules]] # not a rule" in made
    loaded = tomllib.loads(made)
    assert loaded["rules"][1]["limit"] == {"value": 4, "reason": '"x" # y'}


def test_a_rule_left_out_keeps_what_is_said_of_the_next() -> None:
    made = edited(RULE, [], left_out=[0])
    assert "# [[rules]]" in made
    assert "\n# about b\n[[rules]]" in made
    assert [rule["id"] for rule in tomllib.loads(made)["rules"]] == ["b"]


def test_rules_in_one_inline_array_are_written_anew() -> None:
    made = edited(
        'rules = [{ id = "a", limit = { value = 1 } }]\n',
        [TextEdit(where=("rules", 0, "limit", "value"), value=2.0)],
    )
    assert made == 'rules = [{ id = "a", limit = { value = 2 } }]\n'


def test_a_layout_that_cannot_be_edited_is_refused_in_a_sentence() -> None:
    text = '[[rules]]\nid = "a"\nlimit.value = 1\n'
    assert "limit.value = 2" in edited(text, [TextEdit(where=(*LIMIT, "value"), value=2)])
    with pytest.raises(LimitsTextError, match="text editor"):
        edited(text, [TextEdit(where=(*LIMIT, "reason"), value="why")])


LIMIT = ("rules", 0, "limit")


# -- differences ----------------------------------------------------------------------------------


def test_the_same_limits_differ_in_nothing() -> None:
    profile = parse_limits(STANDARD, "standard")
    assert differences(profile, profile) == ()


def test_a_difference_that_is_no_number_shows_both_sentences_and_a_policy_its_name() -> None:
    other = STANDARD.replace("audio_pause_max_s = 120", "audio_pause_max_s = 60")
    start = other.index('id = "sbp-high-once"')
    other = other[:start] + other[start:].replace("latch = true\n", "", 1)
    found = differences(parse_limits(STANDARD, "a"), parse_limits(other, "b"))
    assert [(one.place.subject, one.place.part) for one in found] == [
        ("sbp-high-once", Part.SENTENCE),
        ("audio_pause_max_s", Part.POLICY),
    ]
    assert "latched until acknowledged" in found[0].before
    assert "latched" not in found[0].after
    assert (found[1].before, found[1].after) == ("120", "60")


def test_a_rule_that_only_one_has_is_one_difference() -> None:
    standard, at_once = (parse_limits(*read_limits(name)) for name in ("standard", "at-once"))
    found = {one.place.subject: one for one in differences(standard, at_once)}
    assert (found["pump-volume"].before, found["pump-volume"].after) == ("yes", "no")
