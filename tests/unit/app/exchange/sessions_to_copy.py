"""A short session with everything that makes copies hard, and how it is recorded.

Two minutes across the change to summer time: streams with a sensor that is off and a cut in them,
a cuff, a pressure typed wrongly and corrected, a sample that is withdrawn, an alarm, a dose, a side
effect, a scale, a signature.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from session_scenes import opening

from protocols.events import (
    AlarmChanged,
    AlarmState,
    ClockAnchored,
    DeliveryChanged,
    DosePlanned,
    EffectChanged,
    EnterPatient,
    EnterWeight,
    EntryCorrected,
    Event,
    ItemAnswer,
    Meaning,
    ObservationRecorded,
    PatientRecorded,
    Phase,
    PhaseChanged,
    Priority,
    Proof,
    Reading,
    RecordSigned,
    Role,
    ScaleRecorded,
    SessionClosed,
    SessionResumed,
    Severity,
    TypedValue,
    WaveReceived,
    WeightRecorded,
)
from protocols.events.terms import DrugAction
from protocols.vitals import Quality, Vital
from storage.database import Database, open_database
from storage.journal import Journal

S = 1_000_000_000
NAME = "20260329-005930-room2-0001"
NURSE = "N. Okafor"
PATIENT = EnterPatient(
    t_ns=0,
    by=NURSE,
    given_name="Åsa",
    family_name="Lindqvist",
    mrn="MRN 4711",
    birth_date="1931-05-04",
    sex="female",
    height_cm=Decimal(171),
    allergies="penicillin",
)
SAMPLES = 15
"""Of a waveform in a fifth of a second: 75 in a second."""


def wave_value(index: int) -> int:
    """The sample with this number since the session began."""
    return (index * 7) % 200


def reading(t_s: float, vital: Vital, value: float | None, **more: object) -> Reading:
    """A reading of the oximeter where nothing else is said."""
    fields: dict[str, object] = {
        "quality": Quality.GOOD,
        "source": "oximeter",
        "measured_ns": round(t_s * S),
    }
    return Reading(t_ns=round(t_s * S), vital=vital, value=value, **fields | more)  # type: ignore[arg-type]


def _streams(first_s: int, last_s: int) -> Iterator[Event]:
    for fifth in range(first_s * 5, last_s * 5):
        begin = fifth * SAMPLES
        yield WaveReceived(
            t_ns=round((begin + SAMPLES - 1) / 75 * S),
            device="oximeter",
            vital=Vital.PLETH,
            interval_ns=13_333_333,
            full_scale=255,
            usable=True,
            values=tuple(wave_value(begin + number) for number in range(SAMPLES)),
        )
        if fifth % 5 == 2:
            t_s = fifth / 5
            second = fifth // 5
            yield reading(t_s, Vital.PR, 70.0 + second % 5)
            yield reading(t_s, Vital.SPO2, 71.0 if second == 30 else 97.0)
            yield reading(t_s, Vital.PI, 3.4 + (second % 3) / 10)


def _pressure(t_s: float, sbp: float, dbp: float, **more: object) -> list[Event]:
    return [reading(t_s, Vital.SBP, sbp, **more), reading(t_s, Vital.DBP, dbp, **more)]


def _alarm(t_s: int, state: AlarmState, value: float, by: str = "") -> AlarmChanged:
    return AlarmChanged(
        t_ns=t_s * S,
        alarm="sbp-high-warning",
        state=state,
        priority=Priority.MEDIUM,
        technical=False,
        vital=Vital.SBP,
        value=value,
        limit=160.0,
        baseline=120.0,
        since_ns=70 * S,
        sentence="SBP 172 mmHg, limit 160",
        next_step="Measure again.",
        by=by,
        action="measured again" if by else "",
    )


def _dose() -> list[Event]:
    planned = DosePlanned(
        t_ns=3 * S,
        weight_kg=Decimal(70),
        dose_mg_per_kg=Decimal("0.5"),
        dose_mg=Decimal(35),
        volume_ml=Decimal(35),
        rate_ml_per_h=Decimal("52.5"),
        rate_mg_per_min=Decimal("0.875"),
        duration_min=Decimal(40),
        concentration_mg_per_ml=Decimal(1),
        ordered_by="P. Adams",
    )
    begun = DeliveryChanged(
        t_ns=10 * S,
        rate_mg_per_min=Decimal("0.875"),
        delivered_mg=Decimal(0),
        percent=100,
        finished=False,
        cause="start",
    )
    ended = replace(
        begun,
        t_ns=110 * S,
        rate_mg_per_min=Decimal(0),
        delivered_mg=Decimal("1.46"),
        percent=0,
        cause="stopped",
    )
    into = PhaseChanged(t_ns=10 * S, before=Phase.BASELINE, after=Phase.INFUSING, by=NURSE)
    out = replace(into, t_ns=110 * S, before=Phase.INFUSING, after=Phase.STOPPED)
    return [planned, into, begun, out, ended]


def _care() -> list[Event]:
    effect = EffectChanged(
        t_ns=62 * S,
        effect="effect-1",
        term="nausea",
        label="Nausea",
        onset_ns=60 * S,
        severity=Severity.MILD,
        action=DrugAction.NONE,
        by=NURSE,
    )
    return [
        WeightRecorded(
            t_ns=2 * S,
            entry=EnterWeight(t_ns=2 * S, by=NURSE, weight_kg=Decimal(70), measured=True),
        ),
        ScaleRecorded(
            t_ns=5 * S,
            scale="phq-9",
            version="1",
            name="PHQ-9",
            by=NURSE,
            answers=tuple(ItemAnswer(item=str(item), score=2) for item in range(1, 10)),
            total=18,
            band="moderately severe",
        ),
        ObservationRecorded(t_ns=63 * S, kind="event", label="Nausea", by=NURSE, severity=3),
        ObservationRecorded(
            t_ns=64 * S, kind="drug", label="an antiemetic", by=NURSE, text="4 mg iv"
        ),
        ObservationRecorded(
            t_ns=66 * S, kind="note", label="Note", by=NURSE, text="calm, says 1,5 °C warmer"
        ),
        effect,
        replace(effect, t_ns=90 * S + 1, ended_ns=85 * S),
    ]


@cache
def hard_session() -> tuple[Event, ...]:
    """The events, in order; corrections name the right numbers."""
    start = replace(
        opening(), session=NAME, utc="2026-03-29T00:59:30.047Z", utc_offset_min=60, room="Room 2"
    )
    by_hand = {"manual": True, "source": NURSE}
    events: list[Event] = [
        PatientRecorded(t_ns=1 * S, entry=PATIENT),
        ClockAnchored(t_ns=30 * S, utc="2026-03-29T01:00:00.047Z", utc_offset_min=120),
        *_streams(0, 40),
        reading(40.2, Vital.PR, None, quality=Quality.SENSOR_OFF),
        reading(40.2, Vital.SPO2, None, quality=Quality.SENSOR_OFF),
        reading(40.2, Vital.PI, None, quality=Quality.SENSOR_OFF),
        *_streams(60, 80),
        SessionResumed(
            t_ns=100 * S, gap_start_ns=80 * S, utc="2026-03-29T01:01:10.047Z", by=NURSE, reason=""
        ),
        *_streams(100, 120),
        *_pressure(20.5, 138.0, 88.0, source="bp"),
        reading(20.5, Vital.MAP, 104.0, source="bp"),
        reading(20.5, Vital.PR, 74.0, source="bp", spot=True),
        reading(50.3, Vital.TEMP, 36.6, **by_hand),
        reading(52.3, Vital.RR, 15.0, **by_hand),
        *_pressure(69.4, 172.0, 98.0, **by_hand),
        _alarm(70, AlarmState.SOUNDING, 172.0),
        _alarm(74, AlarmState.ACKED, 172.0, NURSE),
        _alarm(76, AlarmState.OFF, 127.0),
        *_dose(),
        *_care(),
    ]
    ordered = [start, *sorted(events, key=lambda event: event.t_ns)]
    closed = SessionClosed(t_ns=121 * S, by=NURSE, reason="", delivered_mg=Decimal("1.46"))
    return (*ordered, closed, *_amendments(ordered))


def number_of(events: list[Event] | tuple[Event, ...], vital: Vital, value: float) -> int:
    """The number of the first reading of that value."""
    return next(
        number
        for number, event in enumerate(events, 1)
        if isinstance(event, Reading) and (event.vital, event.value) == (vital, value)
    )


def _amendments(ordered: list[Event]) -> list[Event]:
    end_ns = 121 * S
    at_utc = "2026-03-30T08:00:00.000Z"
    typed = number_of(ordered, Vital.SBP, 172.0)
    sample = number_of(ordered, Vital.SPO2, 71.0)
    by_hand = {"manual": True, "source": NURSE, "note": f"corrects entry {typed}"}
    right = [replace(one, t_ns=end_ns) for one in _pressure(69.4, 127.0, 78.0, **by_hand)]
    gone = reading(
        30.4,
        Vital.SPO2,
        None,
        quality=Quality.WITHDRAWN,
        note=f"withdraws entry {sample}",
    )
    common = {"t_ns": end_ns, "by": NURSE, "reason": "misread", "at_utc": at_utc}
    return [
        EntryCorrected(
            **common,
            target_seq=typed,
            target_kind="reading",
            original="BP 172/98 mmHg",
            values=(
                TypedValue(vital=Vital.SBP, value=127.0),
                TypedValue(vital=Vital.DBP, value=78.0),
            ),
            also=(typed + 1,),
            subject="sbp",
        ),
        *right,
        EntryCorrected(
            **common,
            target_seq=sample,
            target_kind="reading",
            original="SpO2 71 %",
            withdrawn=True,
            subject="spo2",
        ),
        replace(gone, t_ns=end_ns),
        RecordSigned(
            t_ns=end_ns,
            meaning=Meaning.REVIEWED,
            user="qa",
            by="Q. Reviewer",
            roles=(Role.CLINICIAN,),
            proof=Proof.PASSWORD,
            signed_seq=3,
            signed_chain="00",
            statement="I reviewed this.",
            at_utc=at_utc,
        ),
    ]


def recorded(folder: Path, name: str = NAME, events: tuple[Event, ...] = ()) -> Database:
    """A record with this session, the hard one where none is given; to be closed by the caller."""
    database = open_database(folder / "r.db")
    Journal(database).append(name, events or hard_session())
    return database
