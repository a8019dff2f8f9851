"""The numbers of page one against numbers worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review_criteria import load_criteria
from app.reviewing.checks import CheckStanding, check_figures
from app.reviewing.completeness import Completeness, Reason, completeness_of, silences
from app.reviewing.evidence import Evidence
from app.reviewing.figures import figures_of
from app.reviewing.phases import Part
from app.reviewing.response import response_figures
from app.reviewing.spans import joined, overlap, total_ns, without
from app.reviewing.tiers import TierTime, tier_times
from protocols.events import (
    Acknowledge,
    AlarmChanged,
    AlarmState,
    BpState,
    BpStateChanged,
    CommandRefused,
    Event,
    GapFound,
    LimitChanged,
    LimitPart,
    LinkChanged,
    LinkState,
    PauseInfusion,
    Phase,
    Priority,
    SameArmChanged,
    SkipTask,
    TaskChanged,
    TaskState,
)
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.app.reviewing.opened_records import (
    MIN,
    begun,
    opened_of,
    phase,
    pressure,
    reading,
    stream,
)

CRITERIA = load_criteria().criteria
NUMBERS = CRITERIA.figures


def evidence_of(events: list[Event], end_min: float = 120) -> Evidence:
    return Evidence(opened_of(events, round(end_min * MIN)))


# -- rises ----------------------------------------------------------------------------------------


def test_peak_mean_and_the_change_at_forty_minutes() -> None:
    events = [
        *begun(),
        *pressure(4 * MIN, 199, 99),  # before the drug: counts for nothing
        *pressure(20 * MIN, 130, 84),
        *pressure(40 * MIN, 150, 92),
        *pressure(52 * MIN, 140, 88),
        *pressure(70 * MIN, 124, 80),
    ]
    sbp, dbp, hr = figures_of(opened_of(events, 120 * MIN), CRITERIA).rises
    assert (sbp.rise.baseline, sbp.rise.peak, sbp.rise.peak_ns) == (120, 150, 40 * MIN)
    assert (sbp.rise.peak_rise, sbp.rise.mean_rise, sbp.rise.readings) == (30, 16, 4)
    assert dbp.rise.mean_rise == 6
    assert sbp.at_minute is not None
    assert (sbp.at_minute.value, sbp.at_minute.change) == (140, 20)
    assert (sbp.at_minute.t_ns, sbp.at_minute.away_s) == (52 * MIN, 120)
    assert (hr.rise.baseline, hr.rise.peak, hr.at_minute) == (70, None, None)


def test_every_number_names_the_event_it_rests_on() -> None:
    events = [*begun(), *pressure(20 * MIN, 130), *pressure(50 * MIN, 150)]
    opened = opened_of([*events, *stream(Vital.PR, 3000, [80, 91, 85])], 120 * MIN)
    sbp, _, hr = figures_of(opened, CRITERIA).rises
    (proof,) = sbp.events
    assert opened.events[proof - 1].value == 150  # type: ignore[attr-defined]
    (proof,) = hr.events
    assert opened.events[proof - 1].value == 91  # type: ignore[attr-defined]
    (frozen,) = sbp.baseline_events
    assert type(opened.events[frozen - 1]).__name__ == "BaselineFrozen"


def test_no_reading_near_forty_minutes_is_no_change() -> None:
    events = [*begun(), *pressure(20 * MIN, 130), *pressure(56 * MIN, 150)]
    assert figures_of(opened_of(events, 120 * MIN), CRITERIA).rises[0].at_minute is None


def test_without_drug_nothing_is_counted_and_nothing_is_zero() -> None:
    events = [*begun()[:3], *pressure(20 * MIN, 190)]
    figures = figures_of(opened_of(events, 60 * MIN), CRITERIA)
    assert figures.tiers == ()
    assert figures.rises[0].rise.peak is None
    assert figures.balance.given_mg is None


# -- time beyond limits ---------------------------------------------------------------------------


def tier(evidence: Evidence, rule: str) -> TierTime:
    return next(one for one in tier_times(evidence, NUMBERS) if one.rule == rule)


def test_a_pressure_counts_until_the_next_reading() -> None:
    told = ((10, 150), (20, 170), (30, 168), (40, 140))
    events = [*begun(), *(event for t, sbp in told for event in pressure(t * MIN, sbp))]
    found = tier(evidence_of(events, 50), "sbp-high-warning")
    assert found.above_ns == 20 * MIN
    assert found.first_ns == 20 * MIN
    assert (found.judged_ns, found.unknown_ns) == (40 * MIN, 0)
    assert found.bounds == ("165 mmHg or more",)
    assert len(found.events) == 2


def test_a_pressure_says_nothing_of_a_gap_in_the_record() -> None:
    gap = GapFound(t_ns=18 * MIN, gap_start_ns=12 * MIN, cause="slept")
    events = [*begun(), *pressure(10 * MIN, 170), gap, *pressure(20 * MIN, 170)]
    found = tier(evidence_of(events, 22), "sbp-high-warning")
    assert (found.above_ns, found.unknown_ns) == (6 * MIN, 6 * MIN)


def test_a_pressure_counts_for_no_longer_than_the_criteria_say() -> None:
    events = [*begun(), *pressure(10 * MIN, 170), *pressure(40 * MIN, 120)]
    found = tier(evidence_of(events, 50), "sbp-high-warning")
    assert found.above_ns == 15 * MIN  # 900 s, although the next reading came after 30 min
    assert found.unknown_ns == 15 * MIN


def test_a_streamed_vital_counts_by_time_and_what_is_missing_is_unknown() -> None:
    values = [98.0] * 30 + [91.0] * 20 + [None] * 10 + [97.0] * 40
    events = [*begun(), *stream(Vital.SPO2, 600, values)]
    found = tier(evidence_of(events, 12), "spo2-low-warning")
    assert found.above_ns == 20 * NS_PER_S
    # 120 s since the drug began; 90 of them had a value and the last stood on for 5 s
    assert found.unknown_ns == (120 - 90 - 4) * NS_PER_S


def test_a_limit_changed_for_the_patient_counts_from_when_it_was_changed() -> None:
    change = LimitChanged(
        t_ns=30 * MIN,
        rule="sbp-high-warning",
        part=LimitPart.LIMIT,
        before=165.0,
        value=175.0,
        off=False,
        restored=False,
        by="P. Reyes",
        prescriber="",
        reason="known hypertension",
    )
    readings = [e for t in (10, 20, 30, 40) for e in pressure(t * MIN, 170)]
    found = tier(evidence_of([*begun(), *readings, change], 50), "sbp-high-warning")
    assert found.above_ns == 20 * MIN
    assert found.bounds == ("165 mmHg or more", "175 mmHg or more")
    assert len(found.changed) == 1


def test_a_rule_switched_off_is_not_counted_while_it_is_off() -> None:
    off = LimitChanged(
        t_ns=25 * MIN,
        rule="sbp-high-warning",
        part=None,
        before=None,
        value=None,
        off=True,
        restored=False,
        by="P. Reyes",
        prescriber="",
        reason="x",
    )
    readings = [e for t in (10, 20, 30, 40) for e in pressure(t * MIN, 170)]
    found = tier(evidence_of([*begun(), *readings, off], 50), "sbp-high-warning")
    assert (found.above_ns, found.judged_ns) == (15 * MIN, 15 * MIN)


def test_a_rise_needs_a_baseline_and_its_second_condition() -> None:
    readings = [e for t in (10, 20, 30) for e in pressure(t * MIN, 158)]
    with_baseline = evidence_of([*begun(sbp=115, dbp=80), *readings], 40)
    assert tier(with_baseline, "sbp-rise-warning").above_ns == 30 * MIN
    assert tier(with_baseline, "sbp-rise-critical").above_ns == 0  # +43, but below 160
    without_one = evidence_of([*begun(dbp=80), *readings], 40)
    found = tier(without_one, "sbp-rise-warning")
    assert (found.above_ns, found.unknown_ns) == (0, 30 * MIN)


# -- completeness ---------------------------------------------------------------------------------


def part(evidence: Evidence, vital: Vital, wanted: Part) -> Completeness:
    found = completeness_of(evidence, NUMBERS)
    return next(one for one in found if one.vital is vital and one.part is wanted)


def reasons(one: Completeness) -> dict[Reason, int]:
    return {missing.reason: round(missing.missing_ns / NS_PER_S) for missing in one.missing}


def link(t_s: int, state: LinkState) -> LinkChanged:
    return LinkChanged(t_ns=t_s * NS_PER_S, device="oximeter", state=state)


def test_each_missing_second_has_the_reason_that_was_recorded() -> None:
    off = [reading((660 + s) * NS_PER_S, Vital.SPO2, None, Quality.SENSOR_OFF) for s in range(10)]
    searching = [
        reading((670 + s) * NS_PER_S, Vital.SPO2, None, Quality.SEARCHING) for s in range(5)
    ]
    events = [
        *begun(),
        link(1, LinkState.LIVE),
        *stream(Vital.SPO2, 600, [98.0] * 60),
        *off,
        *searching,
        *stream(Vital.SPO2, 675, [97.0] * 25),
        link(701, LinkState.SILENT),  # the last value of 699 s stands until 701 s
        link(720, LinkState.NOT_CONNECTED),
        link(725, LinkState.LIVE),
        *stream(Vital.SPO2, 725, [97.0] * 5),
        GapFound(t_ns=760 * NS_PER_S, gap_start_ns=732 * NS_PER_S, cause="slept"),
        *stream(Vital.SPO2, 765, [97.0] * 14),
        phase(780 * NS_PER_S, Phase.INFUSING, Phase.STOPPED),
    ]
    found = part(evidence_of(events, 13), Vital.SPO2, Part.INFUSION)
    assert reasons(found) == {
        Reason.PROBE_OFF: 10,
        Reason.SEARCHING: 5,
        Reason.SILENT: 19,
        Reason.LINK_LOST: 5,
        Reason.RECORD_GAP: 28,
        Reason.UNKNOWN: 1 + 5,  # one second before the gap, five after it
    }
    assert found.whole_ns == 180 * NS_PER_S
    assert found.present_ns == (180 - 73) * NS_PER_S


def test_a_monitor_that_never_spoke_was_not_yet_connected() -> None:
    found = part(evidence_of(begun(), 20), Vital.PR, Part.INFUSION)
    assert (found.share, reasons(found)) == (0, {Reason.NOT_CONNECTED: 600})


def test_a_cuff_on_the_same_arm_explains_a_pulse_that_is_lost() -> None:
    lost = [reading((620 + s) * NS_PER_S, Vital.PR, None, Quality.SEARCHING) for s in range(30)]
    cuff = [
        BpStateChanged(t_ns=619 * NS_PER_S, device="bp", state=BpState.MEASURING),
        BpStateChanged(t_ns=640 * NS_PER_S, device="bp", state=BpState.DONE),
    ]
    values = [*stream(Vital.PR, 600, [70.0] * 20), *stream(Vital.PR, 650, [70.0] * 10)]
    same = SameArmChanged(t_ns=MIN, same=True, by="N. Okafor")
    events = [*begun(), link(1, LinkState.LIVE), *values, *lost, *cuff]
    apart = part(evidence_of(events, 11), Vital.PR, Part.INFUSION)
    assert reasons(apart) == {Reason.SEARCHING: 30}
    together = part(evidence_of([*events, same], 11), Vital.PR, Part.INFUSION)
    assert reasons(together) == {Reason.TIGHT_CUFF: 30}  # with the 15 s after its end


LINKS = st.sampled_from(sorted(LinkState))


@given(
    st.lists(st.tuples(st.integers(0, 900), LINKS), max_size=6),
    st.lists(st.tuples(st.integers(600, 890), st.integers(1, 60)), max_size=2),
    st.lists(st.one_of(st.none(), st.just(97.0)), max_size=60),
    st.integers(600, 840),
)
def test_present_and_missing_time_make_the_whole_and_each_moment_has_one_reason(
    links: list[tuple[int, LinkState]],
    gaps: list[tuple[int, int]],
    values: list[float | None],
    first_s: int,
) -> None:
    events = [
        *begun(),
        *(link(t_s, state) for t_s, state in links),
        *(
            GapFound(t_ns=(t_s + for_s) * NS_PER_S, gap_start_ns=t_s * NS_PER_S, cause="slept")
            for t_s, for_s in gaps
        ),
        *stream(Vital.SPO2, first_s, values),
    ]
    evidence = evidence_of(events, 15)
    one = part(evidence, Vital.SPO2, Part.INFUSION)
    assert one.present_ns + sum(missing.missing_ns for missing in one.missing) == one.whole_ns
    found = silences(evidence, NUMBERS, Vital.SPO2, [(10 * MIN, 15 * MIN)])
    spans = [silence.span for silence in found]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert total_ns(spans) == one.whole_ns - one.present_ns


SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8)


@given(SPANS, SPANS, st.integers(0, 5))
def test_spans_cover_what_their_members_cover(
    some: list[tuple[int, int]], others: list[tuple[int, int]], within: int
) -> None:
    first = {t for start, end in some for t in range(start, end)}
    second = {t for start, end in others for t in range(start, end)}
    one, other = joined(some), joined(others)
    assert {t for a, b in one for t in range(a, b)} == first
    assert {t for a, b in overlap(one, other) for t in range(a, b)} == first & second
    assert {t for a, b in without(one, other) for t in range(a, b)} == first - second
    merged = joined(some, within)
    assert all(b[0] - a[1] > within for a, b in pairwise(merged))


# -- checks ---------------------------------------------------------------------------------------


def task(
    t_min: float, name: str, state: TaskState, due_min: float, detail: str = ""
) -> TaskChanged:
    return TaskChanged(
        t_ns=round(t_min * MIN),
        task=name,
        item=name.split("/")[1],
        label="Blood pressure",
        state=state,
        due_ns=round(due_min * MIN),
        closes_ns=round((due_min + 10) * MIN),
        detail=detail,
    )


def test_checks_are_on_time_late_missed_or_skipped() -> None:
    skip = SkipTask(t_ns=42 * MIN, by="N. Okafor", task="infusing/bp/30", reason="asleep")
    events = [
        *begun(),
        task(15, "infusing/bp/5", TaskState.DUE, 15),
        task(16, "infusing/bp/5", TaskState.DONE, 15),
        task(20, "infusing/bp/10", TaskState.DUE, 20),
        task(23, "infusing/bp/10", TaskState.LATE, 20),
        task(27, "infusing/bp/10", TaskState.DONE, 20, "late"),
        task(30, "infusing/bp/20", TaskState.DUE, 30),
        task(40, "infusing/bp/20", TaskState.MISSED, 30, "not done"),
        task(40, "infusing/bp/30", TaskState.DUE, 40),
        skip,
        task(42, "infusing/bp/30", TaskState.MISSED, 40, "asleep"),
        task(48, "infusing/bp/40", TaskState.UPCOMING, 50),
        task(50, "infusing/bp/45", TaskState.DUE, 50),
    ]
    found = check_figures(evidence_of(events, 51))
    assert [(one.standing, one.late_ns // MIN) for one in found.checks] == [
        (CheckStanding.ON_TIME, 0),
        (CheckStanding.LATE, 7),
        (CheckStanding.MISSED, 0),
        (CheckStanding.SKIPPED, 0),
        (CheckStanding.OPEN, 0),
    ]
    assert found.checks[3].reason == "asleep"
    assert (found.due_vitals, found.vitals_on_time, found.share_on_time) == (4, 1, 0.25)
    assert found.worst is found.checks[1]


# -- answers to alarms ----------------------------------------------------------------------------


def alarm(
    t_s: int, state: AlarmState, since_s: int, name: str = "sbp-high-once", **more: object
) -> AlarmChanged:
    fields: dict[str, object] = {"priority": Priority.HIGH, "technical": False, **more}
    return AlarmChanged(
        t_ns=t_s * NS_PER_S,
        alarm=name,
        state=state,
        vital=Vital.SBP,
        value=205.0,
        limit=200.0,
        baseline=120.0,
        since_ns=since_s * NS_PER_S,
        sentence="SBP 205 mmHg, limit 200.",
        **fields,  # type: ignore[arg-type]
    )


def test_times_run_from_the_value_to_acknowledgement_and_to_the_first_action() -> None:
    events: list[Event] = [
        *begun(),
        alarm(700, AlarmState.SOUNDING, 690),
        PauseInfusion(t_ns=720 * NS_PER_S, by="N. Okafor", reason="pressure"),
        Acknowledge(t_ns=750 * NS_PER_S, by="P. Reyes", alarm="sbp-high-once", action="seen"),
        alarm(750, AlarmState.ACKED, 690, by="P. Reyes", action="seen"),
        alarm(900, AlarmState.OFF, 690),
        alarm(1000, AlarmState.SOUNDING, 1000),
        alarm(1100, AlarmState.OFF, 1000),
        alarm(1200, AlarmState.SOUNDING, 1200, "hr-high-warning", priority=Priority.MEDIUM),
        alarm(1200, AlarmState.SOUNDING, 1200, "spo2-no-data", technical=True),
    ]
    found = response_figures(evidence_of(events, 40))
    first, second = found.responses
    assert (first.to_acknowledged_ns, first.to_action_ns) == (60 * NS_PER_S, 30 * NS_PER_S)
    assert (first.action, first.by) == ("infusion paused", "N. Okafor")
    assert (second.to_acknowledged_ns, second.to_action_ns) == (None, None)
    assert (found.acknowledged.count, found.acknowledged.worst_ns) == (1, 60 * NS_PER_S)
    assert len(first.events) == 3


@pytest.mark.parametrize(
    ("commands", "acted_s"),
    [
        ([Acknowledge(t_ns=720 * NS_PER_S, by="x", alarm="other", action="seen")], None),
        ([Acknowledge(t_ns=720 * NS_PER_S, by="x", alarm="sbp-high-once")], None),
        ([PauseInfusion(t_ns=990 * NS_PER_S, by="x")], None),
        (
            [
                PauseInfusion(t_ns=720 * NS_PER_S, by="x"),
                CommandRefused(
                    t_ns=720 * NS_PER_S, command="pause_infusion", by="x", reason="it stands"
                ),
            ],
            None,
        ),
        ([PauseInfusion(t_ns=720 * NS_PER_S, by="x")], 20),
    ],
    ids=["another alarm", "no action said", "after it was over", "refused", "an action"],
)
def test_only_what_the_rules_took_while_the_alarm_stood_is_an_action(
    commands: list[Event], acted_s: int | None
) -> None:
    events = [*begun(), alarm(700, AlarmState.SOUNDING, 700), alarm(900, AlarmState.OFF, 700)]
    (one,) = response_figures(evidence_of([*events, *commands], 40)).responses
    assert one.to_action_ns == (None if acted_s is None else acted_s * NS_PER_S)


def test_the_median_of_an_even_number_is_the_lower_one() -> None:
    events: list[Event] = [*begun()]
    for start, answered in ((700, 10), (900, 40), (1100, 20), (1300, 90)):
        events += [
            alarm(start, AlarmState.SOUNDING, start),
            alarm(start + answered, AlarmState.ACKED, start, by="x", action="seen"),
            alarm(start + 100, AlarmState.OFF, start),
        ]
    found = response_figures(evidence_of(events, 40)).acknowledged
    assert (found.median_ns, found.worst_ns) == (20 * NS_PER_S, 90 * NS_PER_S)


def test_a_protocol_without_an_order_has_no_balance() -> None:
    balance = figures_of(opened_of(begun(), 20 * MIN), CRITERIA).balance
    assert (balance.planned_mg, balance.drawn_mg, balance.balanced) == (None, None, None)
    assert balance.given_mg == Decimal(0)
