"""A trace out of events: what counts as drug, as an alarm, and what corrections change."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from app.reviewing.traces import MarkKind, SessionTrace, make_trace
from protocols.events import (
    AlarmChanged,
    AlarmState,
    BaselineFrozen,
    BaselineValue,
    DeliveryChanged,
    DoseGiven,
    DrugAction,
    EffectChanged,
    EntryCorrected,
    Event,
    ObservationRecorded,
    Phase,
    PhaseChanged,
    Priority,
    Reading,
    Severity,
    TypedValue,
)
from protocols.record_entries import CORRECTS
from protocols.vitals import NS_PER_S, Quality, Vital

ABOUT = SessionTrace(
    session="s",
    started=None,
    room="Room 1",
    protocol="p",
    patient="M1",
    patient_name="Example, Ana",
    simulated=True,
)


def traced(*events: Event, **streams: tuple[list[int], list[float]]) -> SessionTrace:
    found = {
        Vital(name): (np.array(t_s) * NS_PER_S, np.array(values))
        for name, (t_s, values) in streams.items()
    }
    return make_trace(ABOUT, list(enumerate(events, start=1)), found)


def reading(vital: Vital, t_s: int, value: float | None, **more: object) -> Reading:
    fields = {"quality": Quality.GOOD, "source": "bp", "manual": False} | more
    t_ns = t_s * NS_PER_S
    return Reading(t_ns=t_ns, vital=vital, value=value, measured_ns=t_ns, **fields)  # type: ignore[arg-type]


def alarm(state: AlarmState, t_s: int, since_s: int) -> AlarmChanged:
    return AlarmChanged(
        t_ns=t_s * NS_PER_S,
        alarm="sbp-high",
        state=state,
        priority=Priority.MEDIUM,
        technical=False,
        vital=Vital.SBP,
        value=170,
        limit=165,
        baseline=None,
        since_ns=since_s * NS_PER_S,
        sentence="SBP 170",
    )


def delivery(
    t_s: int, cause: str, *, percent: int = 100, finished: bool = False
) -> DeliveryChanged:
    return DeliveryChanged(
        t_ns=t_s * NS_PER_S,
        rate_mg_per_min=Decimal(1),
        delivered_mg=Decimal(5),
        percent=percent,
        finished=finished,
        cause=cause,
    )


def test_a_corrected_pressure_stands_as_corrected_and_a_withdrawn_one_is_gone() -> None:
    found = traced(
        reading(Vital.SBP, 60, 210),
        reading(Vital.SBP, 120, 140),
        reading(Vital.SBP, 60, 120, note=f"{CORRECTS}1"),
        reading(Vital.SBP, 120, None, quality=Quality.WITHDRAWN),
        reading(Vital.DBP, 180, None, quality=Quality.FAILED),
    )
    assert found.curve(Vital.SBP).values.tolist() == [120]
    assert found.curve(Vital.SBP).t_s.tolist() == [60]
    assert not len(found.curve(Vital.DBP))


def test_the_pulse_rate_stands_for_the_heart_rate_where_there_is_no_ecg() -> None:
    frozen = BaselineFrozen(
        t_ns=0,
        by="N",
        low_confidence=False,
        values=(
            BaselineValue(vital=Vital.HR, value=61, readings=1),
            BaselineValue(vital=Vital.PR, value=64, readings=1),
        ),
    )
    pulse = traced(frozen, pr=([2, 1, 3], [70, 69, np.nan]))
    assert (pulse.heart_is_pulse, pulse.baseline[Vital.HR]) == (True, 64)
    assert pulse.curve(Vital.HR).values.tolist() == [69, 70]
    both = traced(frozen, pr=([1], [70.0]), hr=([1], [66.0]))
    assert (both.heart_is_pulse, both.baseline[Vital.HR]) == (False, 61)
    assert both.curve(Vital.HR).values.tolist() == [66]


def test_an_alarm_is_one_mark_an_occurrence_also_when_it_never_sounded() -> None:
    found = traced(
        alarm(AlarmState.PAUSED, 10, 9),  # raised while sound was paused
        alarm(AlarmState.SOUNDING, 40, 9),
        alarm(AlarmState.OFF, 50, 9),
        alarm(AlarmState.HELD, 60, 60),
        alarm(AlarmState.SOUNDING, 80, 75),
        alarm(AlarmState.ACKED, 90, 75),
    )
    assert [(mark.kind, mark.t_ns // NS_PER_S) for mark in found.marks] == [
        (MarkKind.ALARM, 10),
        (MarkKind.ALARM, 80),
    ]


def test_what_was_done_with_the_dose_is_told() -> None:
    found = traced(
        PhaseChanged(t_ns=5, before=Phase.BASELINE, after=Phase.INFUSING, by="N"),
        delivery(1, "start"),
        delivery(2, "rate 50 %", percent=50),
        delivery(3, "whole dose given", finished=True),
    )
    assert (found.began_ns, found.ended_ns) == (5, 3 * NS_PER_S)
    assert (found.slowed, found.paused, found.stopped) == (True, False, False)
    back = traced(delivery(2, "rate 100 %"), delivery(3, "stop"))
    assert (back.slowed, back.stopped, back.delivered_mg) == (False, True, None)  # no drug began


def test_a_dose_given_at_once_is_the_start_of_drug() -> None:
    given = DoseGiven(t_ns=7, number=1, of=2, amount_mg=Decimal(28), total_mg=Decimal(28), by="N")
    found = traced(given)
    assert (found.began_ns, found.delivered_mg) == (7, 28)


def effect(t_s: int, severity: Severity) -> EffectChanged:
    return EffectChanged(
        t_ns=t_s * NS_PER_S,
        effect="effect-1",
        term="nausea",
        label="Nausea",
        onset_ns=NS_PER_S,
        severity=severity,
        action=DrugAction.NONE,
        by="N",
    )


def correction(seq: int, subject: str = "", **more: object) -> EntryCorrected:
    return EntryCorrected(
        t_ns=9 * NS_PER_S,
        target_seq=seq,
        target_kind="",
        original="",
        by="N",
        reason="r",
        subject=subject,
        **more,  # type: ignore[arg-type]
    )


def test_a_side_effect_has_its_worst_grade_and_a_withdrawn_one_is_gone() -> None:
    changes = (effect(1, Severity.MODERATE), effect(2, Severity.SEVERE), effect(3, Severity.MILD))
    assert [one.words for one in traced(*changes).effects] == ["severe"]
    assert [one.words for one in traced(*changes, correction(1, "effect-1")).effects] == [
        "severe (corrected)"
    ]
    assert traced(*changes, correction(1, "effect-1", withdrawn=True)).effects == ()


def test_a_corrected_score_stands_as_corrected() -> None:
    noted = ObservationRecorded(t_ns=1, kind="event", label="Nausea", by="N", severity=7)
    plain = ObservationRecorded(t_ns=2, kind="event", label="Itching", by="N")
    note = ObservationRecorded(t_ns=3, kind="note", label="Note", by="N", text="calm")
    right = correction(1, values=(TypedValue(vital=Vital.NAUSEA, value=2),))
    found = traced(noted, plain, note, right)
    assert [(one.label, one.words) for one in found.effects] == [
        ("Nausea", "2/10 (corrected)"),
        ("Itching", "noted"),
    ]
    assert traced(noted, correction(1, withdrawn=True)).marks == ()
