"""Sessions laid over each other: hand-worked tables, and what holds for any sessions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reviewing.alignment import (
    Anchor,
    AnchorError,
    AnchorKind,
    align,
    lacking,
    read_anchor,
    table_rows,
    tabulate,
)
from app.reviewing.traces import Curve, Mark, MarkKind, SessionTrace, stretches, value_near
from protocols.vitals import NS_PER_S, Vital

MIN_NS = 60 * NS_PER_S


def curve(*points: tuple[float, float]) -> Curve:
    """Points of minute and value."""
    return Curve(
        t_s=np.array([minute * 60.0 for minute, _ in points]),
        values=np.array([value for _, value in points]),
    )


def mark(name: str, minute: float, kind: MarkKind = MarkKind.ALARM) -> Mark:
    return Mark(kind=kind, name=name, label=name, t_ns=round(minute * MIN_NS))


def trace(session: str, *, began_min: float | None = 10, **more: object) -> SessionTrace:
    return SessionTrace(
        session=session,
        started=None,
        room="Room 1",
        protocol="p",
        patient="M1",
        patient_name="Example, Ana",
        simulated=bool(more.pop("simulated", True)),
        began_ns=None if began_min is None else round(began_min * MIN_NS),
        **more,  # type: ignore[arg-type]
    )


A = trace(
    "a",
    curves={Vital.SBP: curve((5, 118), (20, 130), (30, 140), (50, 160))},
    baseline={Vital.SBP: 120.0},
)
B = trace(
    "b",
    began_min=2,
    curves={Vital.SBP: curve((12, 100), (21, 110), (32, 115), (43, 111))},
    baseline={Vital.SBP: 95.0},
)


def test_values_at_minutes_from_the_start_of_drug_are_those_worked_out_by_hand() -> None:
    found = align([A, B], Anchor(), changes=False)
    table = tabulate(found, Vital.SBP, (10, 20, 30, 40))
    assert [row.values for row in table.rows] == [
        (130.0, 140.0, None, 160.0),  # minute 30 lies 10 min from any reading
        (100.0, 110.0, 115.0, 111.0),
    ]
    assert table.means == (115.0, 125.0, 115.0, 135.5)
    assert table.counts == (2, 2, 1, 2)


def test_changes_are_counted_from_each_sessions_own_baseline() -> None:
    found = align([A, B], Anchor(), changes=True)
    table = tabulate(found, Vital.SBP, (10, 40))
    assert [row.values for row in table.rows] == [(10.0, 40.0), (5.0, 16.0)]
    assert table_rows(table, changes=True) == [
        ("A", "+10", "+40"),
        ("B", "+5", "+16"),
        ("Mean", "+7.5", "+28.0"),
        ("n", "2", "2"),
    ]


def test_the_second_alarm_of_a_rule_is_the_second_in_time() -> None:
    one = trace("a", marks=(mark("sbp", 12), mark("dbp", 15), mark("sbp", 30)))
    two = trace("b", marks=(mark("sbp", 40),))
    three = trace("c")
    found = align(
        [one, two, three], Anchor(kind=AnchorKind.ALARM, name="sbp", nth=2), changes=False
    )
    assert [(s.letter, s.zero_ns) for s in found.sessions] == [("A", 30 * MIN_NS)]
    assert [(s.letter, s.why) for s in found.left_out] == [
        ("B", "It has alarm sbp only 1 time."),
        ("C", "It has no alarm sbp."),
    ]
    assert lacking(found)[0] == "B is left out. It has alarm sbp only 1 time."


def test_an_alarm_and_an_observation_of_one_name_are_not_confused() -> None:
    one = trace("a", marks=(mark("nausea", 12), mark("nausea", 20, MarkKind.OBSERVATION)))
    found = align([one], Anchor(kind=AnchorKind.OBSERVATION, name="nausea"), changes=False)
    assert found.sessions[0].zero_ns == 20 * MIN_NS


def test_what_a_session_lacks_is_said_and_not_guessed() -> None:
    bare = trace("c", began_min=None)
    flat = trace("d", curves={Vital.SBP: curve((20, 130)), Vital.DBP: curve((20, 80))})
    half = trace(
        "e",
        curves={Vital.SBP: curve((20, 130)), Vital.HR: curve((20, 70))},
        baseline={Vital.SBP: 120.0},
        heart_is_pulse=True,
    )
    found = align([bare, flat, half], Anchor(), changes=True)
    assert [one.why for one in found.left_out] == [
        "No drug was given.",
        "No baseline was frozen: changes from it cannot be told.",
    ]
    [shown] = found.sessions
    assert shown.letter == "C"
    assert set(shown.curves) == {Vital.SBP}
    assert shown.without == ("No DBP was measured.", "HR has no baseline.", "No SpO2 was measured.")


@pytest.mark.parametrize(("simulated", "mixed"), [((True, True), False), ((True, False), True)])
def test_simulated_beside_real_is_told(simulated: tuple[bool, bool], mixed: bool) -> None:
    found = align(
        [trace("a", simulated=simulated[0]), trace("b", simulated=simulated[1])],
        Anchor(),
        changes=False,
    )
    assert found.mixed is mixed


def test_a_stream_is_read_as_a_median_and_a_cuff_as_its_nearest_reading() -> None:
    found = curve((10, 70), (10.2, 90), (10.4, 71))
    assert value_near(found, 10.2 * 60, 30, streamed=True) == 71
    assert value_near(found, 10.2 * 60, 30, streamed=False) == 90
    assert value_near(found, 12 * 60, 30, streamed=True) is None
    assert value_near(curve((8, 1), (12, 2)), 600, 300, streamed=False) == 1


def test_stretches_are_medians_of_whole_stretches_from_the_start() -> None:
    found = Curve(t_s=np.array([0.0, 1, 9.9, 10, 11, 35]), values=np.array([1.0, 100, 3, 4, 6, 9]))
    cut = stretches(found, 0.0, 10.0)
    assert cut.t_s.tolist() == [5.0, 15.0, 35.0]
    assert cut.values.tolist() == [3.0, 5.0, 9.0]
    assert len(stretches(found, 36.0, 10.0)) == 0


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("start", Anchor()),
        ("end", Anchor(kind=AnchorKind.END)),
        ("alarm:sbp-warning", Anchor(kind=AnchorKind.ALARM, name="sbp-warning")),
        ("alarm:sbp-warning:3", Anchor(kind=AnchorKind.ALARM, name="sbp-warning", nth=3)),
        ("observation:Not real", Anchor(kind=AnchorKind.OBSERVATION, name="Not real")),
        ("alarm:a:b:2", Anchor(kind=AnchorKind.ALARM, name="a:b", nth=2)),
    ],
)
def test_an_anchor_is_read_from_a_command(text: str, anchor: Anchor) -> None:
    assert read_anchor(text) == anchor


@pytest.mark.parametrize("text", ["", "alarm", "alarm:", "start:x", "noon", "alarm:sbp:0"])
def test_what_names_no_anchor_is_refused(text: str) -> None:
    with pytest.raises(AnchorError, match="allowed are start, end"):
        read_anchor(text)


minutes = st.floats(0, 200).map(lambda value: round(value, 2))
values = st.floats(40, 220).map(lambda value: round(value, 1))


@st.composite
def traces(draw: st.DrawFn) -> SessionTrace:
    points = sorted(dict(draw(st.lists(st.tuples(minutes, values), max_size=12))).items())
    base = draw(st.none() | values)
    began = draw(st.none() | minutes)
    return trace(
        draw(st.text("abc", min_size=1, max_size=3)),
        began_min=began,
        curves={Vital.SBP: curve(*points)} if points else {},
        baseline={} if base is None else {Vital.SBP: base},
        marks=tuple(mark("x", minute) for minute in sorted(draw(st.lists(minutes, max_size=4)))),
    )


alarms = [Anchor(kind=AnchorKind.ALARM, name="x", nth=number) for number in (1, 2)]
anchors = st.sampled_from([Anchor(), Anchor(kind=AnchorKind.END), *alarms])


@given(st.lists(traces(), max_size=8), anchors, st.booleans())
def test_every_session_is_either_shown_or_left_out_with_a_reason(
    chosen: list[SessionTrace], anchor: Anchor, changes: bool
) -> None:
    found = align(chosen, anchor, changes=changes)
    letters = [one.letter for one in (*found.sessions, *found.left_out)]
    assert sorted(letters) == [chr(ord("A") + n) for n in range(len(chosen))]
    assert all(one.why.endswith(".") for one in found.left_out)


@given(st.lists(traces(), max_size=8), anchors)
def test_alignment_moves_time_and_changes_move_values_and_nothing_else(
    chosen: list[SessionTrace], anchor: Anchor
) -> None:
    as_measured = align(chosen, anchor, changes=False)
    for one in as_measured.sessions:
        whole = one.trace.curve(Vital.SBP)
        if len(whole):
            moved = one.curves[Vital.SBP]
            back_s = moved.t_s * 60 + one.zero_ns / NS_PER_S
            np.testing.assert_allclose(back_s, whole.t_s, atol=1e-6)
            np.testing.assert_array_equal(moved.values, whole.values)
    for one in align(chosen, anchor, changes=True).sessions:
        if Vital.SBP in one.curves:
            back = one.curves[Vital.SBP].values + one.trace.baseline[Vital.SBP]
            np.testing.assert_allclose(back, one.trace.curve(Vital.SBP).values)


@given(traces(), st.integers(-30, 30))
def test_when_a_session_was_begun_makes_no_difference(one: SessionTrace, by_min: int) -> None:
    if one.began_ns is None:
        return
    later = replace(
        one,
        began_ns=one.began_ns + by_min * MIN_NS,
        curves={v: Curve(t_s=c.t_s + by_min * 60, values=c.values) for v, c in one.curves.items()},
    )
    found, moved = (align([which], Anchor(), changes=False).sessions[0] for which in (one, later))
    assert set(found.curves) == set(moved.curves)
    for vital, drawn in found.curves.items():
        np.testing.assert_allclose(drawn.t_s, moved.curves[vital].t_s, atol=1e-6)
        np.testing.assert_array_equal(drawn.values, moved.curves[vital].values)
