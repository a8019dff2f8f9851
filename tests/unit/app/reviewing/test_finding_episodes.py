"""Episodes found from a session by criteria, whatever alarm sounded."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.records.catalogue import OpenedSession
from app.review_criteria import load_criteria
from app.reviewing.episodes import find_episodes
from protocols.events import (
    AlarmChanged,
    AlarmState,
    Episode,
    EpisodeKind,
    Event,
    GapFound,
    LinkChanged,
    LinkState,
    Phase,
    Priority,
    SessionResumed,
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


def found(events: list[Event], end_min: float = 120) -> tuple[Episode, ...]:
    return find_episodes(opened_of(events, round(end_min * MIN)), CRITERIA)


def of(episodes: tuple[Episode, ...], kind: EpisodeKind, subject: str) -> list[Episode]:
    return [one for one in episodes if one.kind is kind and one.subject == subject]


def steady() -> list[Event]:
    """A visit in which every monitored vital is there and nothing happens."""
    live = LinkChanged(t_ns=NS_PER_S, device="oximeter", state=LinkState.LIVE)
    return [
        *begun(),
        live,
        *stream(Vital.PR, 590, [70.0] * 3000),
        *stream(Vital.SPO2, 590, [98.0] * 3000),
    ]


def test_nothing_is_found_where_nothing_happened() -> None:
    assert found([*steady(), *pressure(20 * MIN, 128)], 50) == ()


def test_a_rise_is_one_episode_with_its_peak_its_bound_and_its_events() -> None:
    told = ((20, 150), (25, 163), (30, 171), (35, 160), (40, 131))
    events = [*begun(), *(e for t, sbp in told for e in pressure(t * MIN, sbp))]
    opened = opened_of(events, 60 * MIN)
    (one,) = of(find_episodes(opened, CRITERIA), EpisodeKind.RISE, "sbp")
    # a baseline of 120: +40 mmHg is reached before +30 % and before 180 mmHg
    assert (one.extreme, one.limit) == (171, 156)
    assert (one.since_ns, one.until_ns) == (25 * MIN, 35 * MIN)
    assert one.key == "rise/sbp/1500000"
    assert one.words == "SBP up to 171 mmHg, +51 from 120, looked at from 156 mmHg"
    assert opened.events[one.events[0] - 1].value == 171  # type: ignore[attr-defined]


def test_an_absolute_bound_holds_without_a_baseline() -> None:
    events = [*begun(dbp=80), *pressure(20 * MIN, 179), *pressure(30 * MIN, 181)]
    (one,) = of(found(events), EpisodeKind.RISE, "sbp")
    assert (one.limit, one.since_ns) == (180, 30 * MIN)
    assert one.words == "SBP up to 181 mmHg, looked at from 180 mmHg"


def test_rises_further_apart_than_the_criteria_merge_are_two() -> None:
    # the second stands until 25 min; ten minutes later is near, eleven is not
    told = ((20, 170), (21, 120), (24, 170), (25, 120), (35, 170), (36, 120), (47, 170))
    events = [*begun(), *(e for t, sbp in told for e in pressure(t * MIN, sbp))]
    assert [one.since_ns // MIN for one in of(found(events), EpisodeKind.RISE, "sbp")] == [20, 47]


def test_a_fall_is_found_below_its_bound() -> None:
    events = [*begun(), *pressure(20 * MIN, 95), *pressure(25 * MIN, 89), *pressure(30 * MIN, 118)]
    (one,) = of(found(events), EpisodeKind.FALL, "sbp")
    # 25 % below 120 is 90 as well
    assert (one.extreme, one.limit, one.since_ns) == (89, 90, 25 * MIN)


@pytest.mark.parametrize(("seconds", "count"), [(14, 0), (15, 1)])
def test_a_desaturation_counts_once_it_lasted(seconds: int, count: int) -> None:
    values = [98.0] * 60 + [91.0] * seconds + [98.0] * 60
    episodes = found([*begun(), *stream(Vital.SPO2, 600, values)], 20)
    assert len(of(episodes, EpisodeKind.DESATURATION, "spo2")) == count


def test_short_dips_near_each_other_count_together() -> None:
    values = ([91.0] * 8 + [98.0] * 20) * 2 + [98.0] * 60
    (one,) = of(
        found([*begun(), *stream(Vital.SPO2, 600, values)], 20), EpisodeKind.DESATURATION, "spo2"
    )
    assert (one.since_ns, one.until_ns) == (600 * NS_PER_S, 635 * NS_PER_S)
    assert one.words == "SpO2 down to 91 %, looked at below 92 %"


def test_what_was_withdrawn_is_no_episode() -> None:
    wrong = pressure(20 * MIN, 210, 140)
    events = [*begun(), *wrong, *pressure(25 * MIN, 122)]
    assert of(found(events), EpisodeKind.RISE, "sbp")
    taken_away = [
        reading(20 * MIN, vital, None, Quality.WITHDRAWN) for vital in (Vital.SBP, Vital.DBP)
    ]
    assert not of(found([*events, *taken_away]), EpisodeKind.RISE, "sbp")


def test_gaps_of_the_record_and_of_a_stream_are_told_apart() -> None:
    events = [
        *steady(),
        GapFound(t_ns=1000 * NS_PER_S, gap_start_ns=900 * NS_PER_S, cause="The machine slept."),
        SessionResumed(
            t_ns=1103 * NS_PER_S, gap_start_ns=1100 * NS_PER_S, utc="", by="x", reason="x"
        ),
    ]
    kept = [
        event
        for event in events
        if not (
            event.t_ns // NS_PER_S in range(900, 1000)
            or (1200 * NS_PER_S <= event.t_ns < 1300 * NS_PER_S and _is(event, Vital.SPO2))
        )
    ]
    episodes = found(kept, 55)
    assert [one.key for one in episodes] == ["gap/record/900000", "gap/spo2/1201000"]
    assert episodes[0].words == "Nothing was recorded for 1 min 40 s: The machine slept."
    assert episodes[1].words == "SpO2 had no value for 1 min 39 s: no reason recorded"


def _is(event: Event, vital: Vital) -> bool:
    return getattr(event, "vital", None) is vital


def test_a_stream_is_not_missed_in_recovery() -> None:
    events = [
        *begun(),
        *stream(Vital.PR, 600, [70.0] * 2400),
        *stream(Vital.SPO2, 600, [98.0] * 2400),
        phase(50 * MIN, Phase.INFUSING, Phase.RECOVERY),
    ]
    assert found(events, 100) == ()


def _task(t_min: float, state: TaskState, detail: str = "") -> TaskChanged:
    return TaskChanged(
        t_ns=round(t_min * MIN),
        task="infusing/bp/10",
        item="bp",
        label="Blood pressure",
        state=state,
        due_ns=20 * MIN,
        closes_ns=30 * MIN,
        detail=detail,
    )


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (_task(21, TaskState.DONE), None),
        (_task(24, TaskState.DONE, "late"), None),
        (_task(25, TaskState.DONE, "late"), "Blood pressure 5 min after it was due"),
        (_task(30, TaskState.MISSED, "not done"), "Blood pressure missed: not done"),
    ],
    ids=["in time", "a little late", "overdue", "missed"],
)
def test_overdue_and_missed_checks_are_found(ended: TaskChanged, words: str | None) -> None:
    episodes = found([*steady(), _task(20, TaskState.DUE), ended], 55)
    assert [one.words for one in episodes] == ([] if words is None else [words])
    assert all(one.key == "overdue-check/infusing/bp/10/1200000" for one in episodes)


def _alarm(t_s: int, state: AlarmState, **more: object) -> AlarmChanged:
    return AlarmChanged(
        t_ns=t_s * NS_PER_S,
        alarm="hr-high-once",
        state=state,
        priority=Priority.HIGH,
        technical=False,
        vital=Vital.HR,
        value=145.0,
        limit=140.0,
        baseline=None,
        since_ns=1000 * NS_PER_S,
        sentence="HR 145 /min, limit 140.",
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([_alarm(1059, AlarmState.ACKED, by="x", action="seen")], None),
        ([_alarm(1059, AlarmState.OFF)], None),
        (
            [_alarm(1075, AlarmState.ACKED, by="x", action="seen"), _alarm(1200, AlarmState.OFF)],
            "HR 145 /min, limit 140: acknowledged only after 1 min 15 s",
        ),
        ([_alarm(1300, AlarmState.OFF)], "HR 145 /min, limit 140: not acknowledged for 5 min"),
    ],
    ids=["answered", "over before", "answered late", "never answered"],
)
def test_a_critical_alarm_that_was_left_is_found(answers: list[Event], words: str | None) -> None:
    episodes = found([*steady(), _alarm(1000, AlarmState.SOUNDING), *answers], 55)
    assert [one.words for one in episodes] == ([] if words is None else [words])


# -- properties -----------------------------------------------------------------------------------

PRESSURES = st.lists(
    st.tuples(st.integers(605, 3600), st.integers(80, 210)), max_size=14, unique_by=lambda p: p[0]
)
SATURATIONS = st.lists(st.sampled_from([98.0, 95.0, 91.5, 88.0, None]), max_size=120)


def _opened(pressures: list[tuple[int, int]], values: list[float | None]) -> OpenedSession:
    events = [
        *begun(),
        *(event for t_s, sbp in pressures for event in pressure(t_s * NS_PER_S, sbp, sbp * 0.6)),
        *stream(Vital.SPO2, 700, values),
    ]
    return opened_of(events, 70 * MIN)


@given(PRESSURES, SATURATIONS)
def test_the_same_record_gives_the_same_episodes_each_with_a_name_of_its_own(
    pressures: list[tuple[int, int]], values: list[float | None]
) -> None:
    first = find_episodes(_opened(pressures, values), CRITERIA)
    assert first == find_episodes(_opened(pressures, values), CRITERIA)
    assert len({one.key for one in first}) == len(first)
    assert list(first) == sorted(first, key=lambda one: (one.since_ns, one.kind, one.subject))


@given(PRESSURES, SATURATIONS)
def test_episodes_of_a_vital_lie_apart_and_their_extremes_are_beyond_their_bounds(
    pressures: list[tuple[int, int]], values: list[float | None]
) -> None:
    episodes = find_episodes(_opened(pressures, values), CRITERIA)
    for kind in EpisodeKind:
        for subject in {one.subject for one in episodes if one.kind is kind}:
            own = of(episodes, kind, subject)
            assert all(one.since_ns <= one.until_ns for one in own)
            assert all(before.until_ns < after.since_ns for before, after in pairwise(own))
    for one in episodes:
        if one.extreme is None or one.limit is None:
            continue
        if one.kind is EpisodeKind.RISE:
            assert one.extreme >= one.limit
        else:
            assert one.extreme <= one.limit


@given(PRESSURES)
def test_every_pressure_beyond_its_bound_lies_in_an_episode(
    pressures: list[tuple[int, int]],
) -> None:
    rises = of(find_episodes(_opened(pressures, []), CRITERIA), EpisodeKind.RISE, "sbp")
    for t_s, sbp in pressures:
        inside = any(one.since_ns <= t_s * NS_PER_S <= one.until_ns for one in rises)
        assert inside or sbp < 156
