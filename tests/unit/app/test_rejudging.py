"""What other limits change: alarms gained, lost and moved, and what alarms cost, by small cases."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from random_recordings import STANDARD, baseline, reading
from recorded_sessions import visit
from session_scenes import Scene

from app.rejudging.burden import SHORT_S, Burden, Cohort, burden
from app.rejudging.comparison import compare
from app.rejudging.journal import recording_of
from app.rejudging.judging import judge_recording
from app.rejudging.occurrence import Occurrence
from app.rejudging.occurrences import occurrences_in, recorded, rejudge
from app.rejudging.recording import Fact, Recording, sorted_facts, split_streams
from app.rejudging.report import csv_report, explain, text_report
from app.rejudging.results import Result, Summary, summarise
from app.rejudging.what_if import WhatIf
from protocols.alarm_rules import LimitsProfile
from protocols.events import (
    AlarmChanged,
    AlarmState,
    ChangeLimit,
    Event,
    Input,
    LimitPart,
    Phase,
    PhaseChanged,
    Priority,
    Reading,
    SessionOpened,
    SwitchRuleOff,
)
from protocols.limits import parse_limits
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital
from storage.numerics import Numerics, columns_of

S = NS_PER_S
MIN = 60 * S


def stream(vital: Vital, values: list[float], **more: object) -> list[Reading]:
    """A value a second from the start."""
    return [
        reading(second * S, vital, value, source="oximeter", **more)
        for second, value in enumerate(values)
    ]


def recording(*readings: Reading, facts: tuple[Event, ...] = (), judged: bool = True) -> Recording:
    """A recording of an infusion, from readings and facts."""
    events: list[Event] = [
        PhaseChanged(t_ns=0, before=Phase.SETUP, after=Phase.INFUSING, by="nurse"),
        *facts,
    ]
    ordered = sorted([*events, *readings], key=lambda event: event.t_ns)
    numbered = list(enumerate(ordered, start=1))
    streams, single = split_streams(
        columns_of((seq, event) for seq, event in numbered if isinstance(event, Reading))
    )
    others = [Fact(seq=s, event=e) for s, e in numbered if not isinstance(e, Reading)]
    others += [Fact(seq=seq, event=event) for seq, event in single]
    return Recording(
        name="a",
        subject="a",
        facts=sorted_facts(others),
        streams=streams,
        end_ns=ordered[-1].t_ns,
        judged=judged,
    )


def only(*rules: str, **changes: float) -> LimitsProfile:
    """The standard limits with `rules` alone, their limits at the values of `changes`."""
    kept = []
    for rule in STANDARD.rules:
        if rule.id not in rules:
            continue
        for name in ("delay_s", "hysteresis"):
            if name in changes:
                rule = replace(rule, **{name: changes[name]})
        if "limit" in changes and rule.limit is not None:
            rule = replace(rule, limit=replace(rule.limit, value=changes["limit"]))
        kept.append(replace(rule, latch=False))
    return replace(STANDARD, rules=tuple(kept))


# -- judging --------------------------------------------------------------------------------------


def test_an_occurrence_has_its_times_peak_and_sentence() -> None:
    low = stream(Vital.SPO2, [97.0] * 10 + [89.0] * 20 + [86.0] + [89.0] * 9 + [97.0] * 30)
    (one,) = rejudge(recording(*low), only("spo2-low-critical"))
    assert (one.since_ns, one.raised_ns, one.ended_ns) == (10 * S, 25 * S, 40 * S)
    assert (one.lasted_s, one.gone_ns, one.peak) == (15.0, 40 * S, 86.0)
    assert one.sentence == "SpO2 86 %, limit 90"
    assert (one.priority, one.acknowledged_ns) == (Priority.HIGH, None)


def test_what_lasts_to_the_end_ends_there_and_is_not_gone() -> None:
    (one,) = rejudge(
        recording(*stream(Vital.SPO2, [97.0] + [85.0] * 30)), only("spo2-low-critical")
    )
    assert (one.ended_ns, one.gone_ns, one.lasted_s) == (30 * S, None, 14.0)


def test_silent_values_before_a_fall_are_known_to_a_rule_of_rate() -> None:
    values = [97.0] * 5 + [97.0, 98.0, 97.0] * 6 + [97.0] * 3 + [96.0, 95.0] + [94.0] * 13
    case = recording(*stream(Vital.SPO2, values))
    thinned = judge_recording(case, STANDARD)
    assert [one.alarm for one in thinned.alarms if one.vital is Vital.SPO2] == ["spo2-falling-fast"]
    assert thinned.outputs == judge_recording(case, STANDARD, thin=False).outputs
    assert thinned.account.judged < len(values) / 2


def test_a_weak_signal_is_told_with_its_latest_value() -> None:
    weak = stream(Vital.SPO2, [97.0, 98.0] * 25, quality=Quality.LOW, note="weak")
    case = recording(*weak)
    profile = only("spo2-low-signal")
    thinned = judge_recording(case, profile)
    assert thinned.outputs == judge_recording(case, profile, thin=False).outputs
    (told,) = thinned.alarms
    assert (told.t_ns, told.value) == (30 * S, 98.0)


def test_a_pulse_that_stands_in_for_a_heart_rate_is_told_as_it_was_then() -> None:
    heart = stream(Vital.HR, [120.0] * 60)
    pulse = stream(Vital.PR, [70.0 + second % 5 for second in range(120)])
    case = recording(*heart, *pulse)
    profile = only("hr-high-warning")
    thinned = judge_recording(case, profile)
    assert thinned.outputs == judge_recording(case, profile, thin=False).outputs
    told = thinned.alarms[-1]
    # the last heart rate, of 59 s, is old at 64 s: known is the pulse of 63 s
    assert (told.state, told.t_ns, told.value) == (AlarmState.OFF, 64 * S, 73.0)


def test_a_file_of_numbers_is_not_judged_for_equipment() -> None:
    gap = [*stream(Vital.SPO2, [97.0] * 5), reading(90 * S, Vital.SPO2, 97.0, source="oximeter")]
    assert rejudge(recording(*gap, judged=False), STANDARD) == ()
    assert "spo2-no-data" in {one.rule for one in rejudge(recording(*gap), STANDARD)}


# -- against the record ---------------------------------------------------------------------------


def recorded_visit(events: Sequence[Event] | None = None) -> Recording:
    """A visit of the real pipeline as its journal has it."""
    numbered = list(enumerate(visit() if events is None else events, start=1))
    rare = [
        (s, e)
        for s, e in numbered
        if not isinstance(e, Reading) or e.manual or e.vital in PRESSURES
    ]
    packed = [(s, e) for s, e in numbered if isinstance(e, Reading) and (s, e) not in rare]
    return recording_of(
        Numerics(
            session="visit",
            events=tuple(rare),
            inputs=tuple((s, e.t_ns) for s, e in rare if isinstance(e, Input)),
            readings=columns_of(packed),
            last_t_ns=numbered[-1][1].t_ns,
        )
    )


def its_limits() -> LimitsProfile:
    opened = next(event for event in visit() if isinstance(event, SessionOpened))
    return parse_limits(opened.limits_text, "limits of this session")


@pytest.mark.parametrize("thin", [True, False])
def test_the_same_limits_give_the_recorded_alarms_again(thin: bool) -> None:
    made = judge_recording(recorded_visit(), its_limits(), thin=thin).alarms
    wanted = [event for event in visit() if isinstance(event, AlarmChanged)]
    assert wanted
    assert list(made) == wanted


def test_the_same_limits_gain_lose_and_move_nothing() -> None:
    result = WhatIf(its_limits()).judge(recorded_visit())
    changes = result.changes
    assert (changes.gained, changes.lost, changes.moved) == ((), (), ())
    assert changes.unchanged == result.before == result.after
    assert changes.unchanged


def test_an_acknowledgement_of_the_record_is_applied_where_its_alarm_is_there() -> None:
    account = WhatIf(its_limits()).judge(recorded_visit()).account
    assert (account.acknowledged, account.passed_over) == (1, 0)
    other = WhatIf(only("spo2-low-critical")).judge(recorded_visit()).account
    assert (other.acknowledged, other.passed_over) == (0, 1)


def test_limits_set_for_the_patient_hold_under_the_limits_of_the_record_alone() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(30, pr=88, spo2=94)
    scene.do(
        ChangeLimit,
        rule="hr-high-advisory",
        part=LimitPart.LIMIT,
        value=95.0,
        reason="fast at rest",
        prescriber="Dr. Test",
    )
    scene.do(
        SwitchRuleOff, rule="spo2-low-advisory", reason="known lung disease", prescriber="Dr. Test"
    )
    scene.oximeter(90, pr=97, spo2=94)
    case = recorded_visit(scene.record)
    wanted = [event for event in scene.record if isinstance(event, AlarmChanged)]
    assert "hr-high-advisory" in {event.alarm for event in wanted}
    for thin in (True, False):
        assert list(judge_recording(case, its_limits(), thin=thin).alarms) == wanted
    other = replace(its_limits(), title="other limits")
    made = judge_recording(case, other)
    assert made.account.changes_left_out == 2
    assert "spo2-low-advisory" in {event.alarm for event in made.alarms}


def test_what_is_not_in_the_recording_is_not_judged_and_said() -> None:
    case = recording(*stream(Vital.SPO2, [97.0] * 90))
    why = WhatIf(STANDARD, STANDARD).judge(case).unjudged
    assert why["sbp-high-warning"] == "no systolic pressure"
    assert "spo2-low-critical" not in why
    pressed = recording(reading(5 * S, Vital.SBP, 120), reading(6 * S, Vital.DBP, 80))
    assert (
        WhatIf(STANDARD).judge(replace(pressed, judged=False)).unjudged["sbp-rise-warning"]
        == "no baseline"
    )
    frozen = recording(reading(5 * S, Vital.SBP, 120), facts=(baseline(0, 70, 120),))
    assert "sbp-rise-warning" not in WhatIf(STANDARD, STANDARD).judge(frozen).unjudged


def test_time_without_a_value_is_counted() -> None:
    values = stream(Vital.SPO2, [97.0] * 11)
    values.append(reading(40 * S, Vital.SPO2, 97.0, source="oximeter"))
    account = judge_recording(recording(*values), only("spo2-low-critical")).account
    assert account.unknown_ns == {Vital.SPO2: 25 * S}  # from 15 s, 5 s after the last, to 40 s


# -- gained, lost, moved --------------------------------------------------------------------------

FALL = [97.0] * 10 + [89.0] * 30 + [97.0] * 30 + [91.0] * 30 + [97.0] * 20


def judged(limits: LimitsProfile, against: LimitsProfile) -> Result:
    return WhatIf(limits, against).judge(recording(*stream(Vital.SPO2, FALL)))


def test_a_higher_limit_gains_an_alarm() -> None:
    before, after = only("spo2-low-critical", limit=90), only("spo2-low-critical", limit=92)
    changes = judged(after, before).changes
    assert [one.raised_ns for one in changes.gained] == [85 * S]
    assert (changes.lost, changes.moved) == ((), ())
    assert [one.raised_ns for one in changes.unchanged] == [25 * S]


def test_a_lower_limit_loses_one() -> None:
    before, after = only("spo2-low-critical", limit=92), only("spo2-low-critical", limit=90)
    changes = judged(after, before).changes
    assert [one.raised_ns for one in changes.lost] == [85 * S]
    assert changes.gained == ()


def test_a_longer_delay_moves_or_loses() -> None:
    before = only("spo2-low-critical", delay_s=5)
    after = only("spo2-low-critical", delay_s=20)
    (moved,) = judged(after, before).changes.moved
    assert moved.by_ns == 15 * S
    gone = judged(only("spo2-low-critical", delay_s=31), before).changes
    assert (len(gone.lost), gone.moved) == (1, ())
    back = judged(before, after).changes
    assert [one.by_ns for one in back.moved] == [-15 * S]


def occurrence(since: int, raised: int, ended: int, alarm: str = "x") -> Occurrence:
    return Occurrence(
        alarm=alarm,
        rule=alarm,
        priority=Priority.HIGH,
        technical=False,
        vital=None,
        since_ns=since * S,
        raised_ns=raised * S,
        ended_ns=ended * S,
        gone_ns=ended * S,
        lasted_ns=(ended - raised) * S,
        peak=None,
        sentence="",
    )


def test_each_occurrence_pairs_with_at_most_one() -> None:
    long = occurrence(0, 5, 100)
    first, second = occurrence(0, 6, 20), occurrence(50, 55, 80)
    changes = compare([long], [first, second])
    assert [(one.before, one.after) for one in changes.moved] == [(long, first)]
    assert changes.gained == (second,)
    back = compare([first, second], [long])
    assert (len(back.moved), back.lost) == (1, (second,))


def test_alarms_raised_together_pair_before_those_that_only_overlap() -> None:
    early, late = occurrence(0, 5, 60), occurrence(10, 30, 60)
    changes = compare([early, late], [late])
    assert (changes.unchanged, changes.lost) == ((late,), (early,))


def test_other_alarms_and_other_times_do_not_pair() -> None:
    changes = compare([occurrence(0, 5, 10)], [occurrence(11, 12, 20), occurrence(0, 6, 10, "y")])
    assert (len(changes.lost), len(changes.gained), changes.moved) == (1, 2, ())


# -- burden ---------------------------------------------------------------------------------------


def test_the_burden_is_what_a_slow_count_gives() -> None:
    alarms = [
        ("one", occurrence(0, 0, 5)),
        ("one", occurrence(20, 20, 29)),
        ("two", occurrence(0, 0, 10)),
        ("three", occurrence(0, 0, 120)),
    ]
    subjects = {"one": "ann", "two": "ann", "three": "bob", "four": "cid"}
    found = burden(Cohort(subjects=subjects, watched_ns=2 * 3600 * S), alarms)
    lasted = sorted(one.lasted_s for _, one in alarms)
    assert found == Burden(
        count=4,
        per_hour=2.0,
        short_share=sum(one < SHORT_S for one in lasted) / 4,
        median_s=(lasted[1] + lasted[2]) / 2,
        minutes=sum(lasted) / 60,
        recordings=3,
        subjects=2,
        recordings_share=3 / 4,
        subjects_share=2 / 3,
    )


def summary_of_two() -> Summary:
    before, after = only("spo2-low-critical", limit=90), only("spo2-low-critical", limit=92)
    what_if = WhatIf(after, before)
    case = recording(*stream(Vital.SPO2, FALL))
    results = [what_if.judge(replace(case, name=name, subject="ann")) for name in ("one", "two")]
    return summarise(results, after, before)


def test_rows_and_totals_of_a_summary_agree() -> None:
    summary = summary_of_two()
    (row,) = summary.rules
    assert row.before is not None
    assert row.after is not None
    assert (row.before.count, row.after.count, row.gained, row.lost, row.unchanged) == (
        2,
        4,
        2,
        0,
        2,
    )
    assert summary.hours == pytest.approx(2 * (len(FALL) - 1) / 3600)
    assert (summary.recordings, summary.subjects) == (2, 1)
    for one in summary.totals:
        count = 4 if one.label in ("critical", "all") else 0
        assert one.after.count == count == one.gained + one.unchanged + one.moved


def test_the_report_says_numbers_sentences_and_assumptions() -> None:
    text = text_report(summary_of_two(), "What if")
    assert "2 recordings of 1 patient, 0.1 h monitored." in text
    assert "2 → 4" in text
    assert "spo2-low-critical, before: Oxygen saturation below 90 %" in text
    assert "spo2-low-critical, after: Oxygen saturation below 92 %" in text
    assert "Acknowledgements of the record: 0 met their alarm" in text
    assert text == text_report(summary_of_two(), "What if"), "the same every time"
    marked = text_report(summary_of_two(), "What if", markdown=True)
    assert "| spo2-low-critical | critical | 2 → 4 |" in marked
    head, row = csv_report(summary_of_two()).splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=False))["rule"] == "spo2-low-critical"


def test_an_explanation_names_every_change_in_order_of_time() -> None:
    before, after = only("spo2-low-critical", delay_s=5), only("spo2-low-critical", limit=92)
    lines = explain(judged(after, before))
    assert lines[0] == "a: 0.03 h monitored, 2 alarms, 1 before, 0 unchanged"
    assert lines[1].startswith(
        "  moved   0:00:15 to 0:00:25  spo2-low-critical: SpO2 89 %, limit 92"
    )
    assert lines[1].endswith("10.0 s later")
    assert lines[2].startswith("  gained  0:01:25  spo2-low-critical: SpO2 91 %")


def test_occurrences_of_a_record_that_was_cut_are_open() -> None:
    case = recorded_visit()
    cut = replace(case, facts=case.facts[: len(case.facts) // 2])
    for one in recorded(cut, its_limits()):
        assert one.gone_ns is None or one.gone_ns <= cut.end_ns
    assert occurrences_in(cut, [], its_limits()) == ()
