"""A visit with a spray told as events: three devices at 0, 5 and 10 min, monitored for 125 min."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.places import read_protocol
from protocols.definition import parse_protocol
from protocols.events import (
    BaselineFrozen,
    BaselineValue,
    DischargeItemChanged,
    DoseGiven,
    DosePlanned,
    DrugAction,
    EffectChanged,
    EnterPatient,
    Event,
    GateItemChanged,
    PatientRecorded,
    Phase,
    PhaseChanged,
    Reading,
    SessionOpened,
    Severity,
)
from protocols.vitals import NS_PER_S, Quality, Vital

PROTOCOL = read_protocol("iv-0.5-40")[0]
NURSE = "N. Okafor RN"
FIRST_DOSE_MIN = 20
END_MIN = FIRST_DOSE_MIN + 125


def at(minute: float) -> int:
    """Session time of `minute` after the session began, ns."""
    return round(minute * 60 * NS_PER_S)


def after_dose(minute: float) -> int:
    """Session time of `minute` after the first device, ns."""
    return at(FIRST_DOSE_MIN + minute)


def opened(protocol: str = PROTOCOL, *, simulated: bool = True) -> SessionOpened:
    """The opening at 09:00 local time."""
    return SessionOpened(
        t_ns=0,
        session="20261121-080000-room3-ab12",
        schema=1,
        program="0.1.0",
        utc="2026-11-21T08:00:00.000Z",
        utc_offset_min=60,
        room="Room 3",
        simulated=simulated,
        protocol_text=protocol,
        limits_text="",
        rules_digest="",
        devices=(),
        vitals=(),
    )


def patient(*, visit: int = 3, family_name: str = "Doe") -> PatientRecorded:
    """Jane Doe."""
    entry = EnterPatient(
        t_ns=at(1),
        by=NURSE,
        given_name="Jane",
        family_name=family_name,
        mrn="004711",
        birth_date="1985-03-02",
        sex="female",
        visit=visit,
    )
    return PatientRecorded(t_ns=at(1), entry=entry)


def reading(vital: Vital, value: float | None, t_ns: int, source: str = "bp") -> Reading:
    """One reading; a source with a blank is a person."""
    return Reading(
        t_ns=t_ns,
        vital=vital,
        value=value,
        quality=Quality.MISSING if value is None else Quality.GOOD,
        source=source,
        measured_ns=t_ns,
        manual=" " in source,
    )


def cuff(t_ns: int, sbp: float, dbp: float, source: str = "bp") -> list[Event]:
    """One determination."""
    return [reading(Vital.SBP, sbp, t_ns, source), reading(Vital.DBP, dbp, t_ns, source)]


def plan() -> DosePlanned:
    """84 mg in three devices."""
    return DosePlanned(
        t_ns=at(2),
        weight_kg=Decimal(70),
        dose_mg_per_kg=Decimal("1.2"),
        dose_mg=Decimal(84),
        volume_ml=Decimal(0),
        rate_ml_per_h=Decimal(0),
        rate_mg_per_min=Decimal(0),
        duration_min=Decimal(0),
        concentration_mg_per_ml=Decimal(0),
        ordered_by="Dr. Sato",
        units=3,
        unit_mg=Decimal(28),
    )


def devices(lots: Iterable[str] = ("A1B", "A1B", "A1B")) -> list[Event]:
    """A device each five minutes from the first dose on."""
    return [
        DoseGiven(
            t_ns=after_dose(5 * number),
            number=number + 1,
            of=3,
            amount_mg=Decimal(28),
            total_mg=Decimal(28 * (number + 1)),
            by=NURSE,
            lot=lot,
        )
        for number, lot in enumerate(lots)
    ]


def gate(item: str, answer: str, detail: str = "", state: str = "done") -> GateItemChanged:
    """One gate item answered."""
    return GateItemChanged(
        t_ns=at(3), item=item, state=state, answer=answer, by=NURSE, detail=detail
    )


def phase(t_ns: int, before: Phase, after: Phase) -> PhaseChanged:
    """The visit moved on."""
    return PhaseChanged(t_ns=t_ns, before=before, after=after, by=NURSE)


def baseline(sbp: float = 124.0) -> BaselineFrozen:
    """A baseline within the limits for the start, unless `sbp` says otherwise."""
    values = {Vital.SBP: sbp, Vital.DBP: 78.0, Vital.HR: 72.0, Vital.SPO2: 98.0}
    return BaselineFrozen(
        t_ns=at(18),
        by=NURSE,
        values=tuple(BaselineValue(vital=v, value=x, readings=2) for v, x in values.items()),
        low_confidence=False,
    )


def criteria(t_ns: int, *, met: bool | None = True) -> list[Event]:
    """Every discharge criterion of the protocol as `met`."""
    return [
        DischargeItemChanged(
            t_ns=t_ns, item=one.id, label=one.label, met=met, detail="yes" if met else "open"
        )
        for one in parse_protocol(PROTOCOL, "protocol").discharge
    ]


def effect(
    term: str, label: str, onset_min: float, ended_min: float | None, severity: Severity
) -> list[Event]:
    """A side effect from its onset, mild at first, to its end."""
    told = {
        "effect": f"effect-{term}",
        "term": term,
        "label": label,
        "onset_ns": after_dose(onset_min),
        "action": DrugAction.NONE,
        "by": NURSE,
    }
    first = EffectChanged(t_ns=after_dose(onset_min), severity=Severity.MILD, **told)  # type: ignore[arg-type]
    worse = EffectChanged(t_ns=after_dose(onset_min + 5), severity=severity, **told)  # type: ignore[arg-type]
    if ended_min is None:
        return [first, worse]
    ended = EffectChanged(
        t_ns=after_dose(ended_min),
        severity=Severity.MILD,
        ended_ns=after_dose(ended_min),
        **told,  # type: ignore[arg-type]
    )
    return [first, worse, ended]


def whole_visit() -> list[Event]:
    """Everything that the record can tell of such a visit, in order of time."""
    events: list[Event] = [
        opened(),
        patient(),
        plan(),
        gate("depressants", "no"),
        gate("stimulants", "no"),
        gate("escort", "yes", "M. Doe, 555 0100"),
        *cuff(at(17), 126.0, 80.0),
        baseline(),
        reading(Vital.SPO2, 98.0, at(19), "oximeter"),
        phase(after_dose(0), Phase.BASELINE, Phase.INFUSING),
        *devices(),
        phase(after_dose(10), Phase.INFUSING, Phase.RECOVERY),
        *effect("dissociation", "Detached, unreal", 15, 70, Severity.MODERATE),
        *cuff(after_dose(33), 139.0, 88.0),
        *cuff(after_dose(41), 148.0, 92.0),
        *cuff(after_dose(44), 150.0, 93.0),
        reading(Vital.SPO2, 96.0, after_dose(40), "oximeter"),
        *(reading(Vital.MOAAS, 5.0, after_dose(m), NURSE) for m in (30, 60, 90)),
        *cuff(after_dose(110), 128.0, 82.0),
        reading(Vital.SPO2, 97.0, after_dose(120), "oximeter"),
        *criteria(after_dose(100)),
        phase(at(END_MIN), Phase.RECOVERY, Phase.DISCHARGED),
    ]
    return sorted(events, key=lambda event: event.t_ns)
