"""What the next person at the bedside needs, on one screen: a pure function of the state."""

from __future__ import annotations

from dataclasses import dataclass

from app.amended import corrected_words, with_correction
from app.bedside.times import age_text, minutes_text, time_of_day
from app.bedside.wording import due_words, signed
from app.care_words import drug_words, effect_words
from app.history import History
from app.session_numbers import alarm_episodes
from app.state import ViewState
from protocols.events import ObservationRecorded, Reading
from protocols.vitals import NS_PER_S, VITALS, Vital

ALARMS_WITHIN_NS = 30 * 60 * NS_PER_S
"""Alarms that began within this time, or still last, are told."""

_SHOWN = (Vital.HR, Vital.PR, Vital.SPO2, Vital.RR, Vital.MOAAS, Vital.DISTRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLine:
    """One line of the card; `calls` where it asks for attention."""

    label: str
    text: str
    calls: bool = False


def hand_over_card(state: ViewState, history: History, now_ns: int) -> tuple[CardLine, ...]:
    """The lines of the card at `now_ns`; what is not known is said, never left out."""
    return (
        _patient(state),
        _allergies(state),
        _dose(state, now_ns),
        CardLine(
            label="Phase", text=f"{state.phase}, {minutes_text(now_ns - state.phase_since_ns)} min"
        ),
        _pressure(state, now_ns),
        _vitals(state, now_ns),
        _alarms(state, history, now_ns),
        _drugs(state, history),
        *_corrections(state, history),
        _effects(state),
        _due(state, now_ns),
        _present(state),
    )


def _patient(state: ViewState) -> CardLine:
    patient = state.patient
    if patient is None:
        return CardLine(label="Patient", text="not entered", calls=True)
    name = f"{patient.family_name.upper()}, {patient.given_name}"
    weight = "" if state.weight is None else f", {state.weight.weight_kg:.1f} kg"
    return CardLine(label="Patient", text=f"{name}, MRN {patient.mrn}{weight}")


def _allergies(state: ViewState) -> CardLine:
    """What the patient's entry and the gate's question say of allergies."""
    entered = "" if state.patient is None else state.patient.allergies.strip()
    asked = state.gate.get("hypersensitivity")
    said = "" if asked is None else f"{asked.answer}{f': {asked.detail}' if asked.detail else ''}"
    text = "; ".join(dict.fromkeys(part for part in (entered, said) if part))
    return CardLine(label="Allergies", text=text or "not asked", calls=not text or bool(entered))


def _dose(state: ViewState, now_ns: int) -> CardLine:
    dose = state.dose
    if dose is None:
        return CardLine(label="Dose", text="none ordered")
    given = state.delivered_mg(now_ns)
    percent = "" if state.delivery is None else f", rate {state.delivery.percent} %"
    text = f"{given:.1f} of {float(dose.dose_mg):.1f} mg given{percent}"
    return CardLine(label="Dose", text=text)


def _pressure(state: ViewState, now_ns: int) -> CardLine:
    pressure = state.last_blood_pressure
    if pressure is None or pressure.sbp_mmhg is None or pressure.dbp_mmhg is None:
        return CardLine(label="BP", text="no reading", calls=True)
    text = f"{pressure.sbp_mmhg:.0f}/{pressure.dbp_mmhg:.0f} mmHg"
    sbp, dbp = state.baseline.get(Vital.SBP), state.baseline.get(Vital.DBP)
    if sbp is not None and dbp is not None:
        rise = f"{signed(pressure.sbp_mmhg - sbp)}/{signed(pressure.dbp_mmhg - dbp)}"
        text += f", {rise} from baseline {sbp:.0f}/{dbp:.0f}"
    return CardLine(label="BP", text=f"{text}, {age_text(now_ns - pressure.measured_ns)}")


def _vitals(state: ViewState, now_ns: int) -> CardLine:
    """Every other vital with its change and age; one that is too old says so."""
    told: list[str] = []
    calls = False
    for vital in _SHOWN:
        reading = state.last_values.get(vital)
        if reading is None or reading.value is None:
            continue
        words, old = _vital(state, reading, reading.value, now_ns)
        told.append(words)
        calls = calls or old
    return CardLine(label="Vitals", text="; ".join(told) or "no reading", calls=calls or not told)


def _vital(state: ViewState, reading: Reading, value: float, now_ns: int) -> tuple[str, bool]:
    spec = VITALS[reading.vital]
    baseline = state.baseline.get(reading.vital)
    change = "" if baseline is None else f" ({signed(value - baseline)})"
    limit_ns = state.fresh_for_ns(reading)
    age_ns = now_ns - reading.measured_ns
    old = limit_ns is not None and age_ns > limit_ns
    mark = "OLD " if old else ""
    return f"{mark}{spec.label} {spec.format(value)}{change}, {age_text(age_ns)}", old


def _alarms(state: ViewState, history: History, now_ns: int) -> CardLine:
    told = [
        f"{time_of_day(state, one.since_ns)} {one.sentence}"
        for one in alarm_episodes(history)
        if one.since_ns >= now_ns - ALARMS_WITHIN_NS or one.ended_ns is None
    ]
    return CardLine(label="Alarms", text="\n".join(told) or "none in 30 min", calls=bool(told))


def _drugs(state: ViewState, history: History) -> CardLine:
    told = []
    for number, one in zip(history.numbers, history.listed, strict=True):
        if isinstance(one, ObservationRecorded) and one.kind == "drug":
            at = time_of_day(state, one.t_ns if one.happened_ns is None else one.happened_ns)
            told.append(f"{at} {with_correction(drug_words(one), history.amended.of(number))}")
    return CardLine(label="Drugs given", text="\n".join(told) or "none besides the dose")


def _corrections(state: ViewState, history: History) -> tuple[CardLine, ...]:
    """What was corrected or withdrawn in this session; no line where nothing was."""
    told = [
        f"{time_of_day(state, one.t_ns)} “{one.original}”: {corrected_words(one)}"
        for _, one in history.amended.corrections
    ]
    return (CardLine(label="Corrected", text="\n".join(told)),) if told else ()


def _effects(state: ViewState) -> CardLine:
    told = [
        f"since {time_of_day(state, one.onset_ns)}: {effect_words(one)}"
        for one in state.care.open_effects
    ]
    return CardLine(label="Side effects", text="\n".join(told) or "none open", calls=bool(told))


def _due(state: ViewState, now_ns: int) -> CardLine:
    tasks = state.open_tasks()[:3]
    told = [f"{task.label} {due_words(task, now_ns, ahead='in ')}" for task in tasks]
    return CardLine(label="Next due", text="; ".join(told) or "nothing")


def _present(state: ViewState) -> CardLine:
    people = [f"{name} ({role})" for name, role in state.care.present.items()]
    observer = state.observer or "nobody named"
    return CardLine(
        label="Present",
        text="; ".join([f"observer {observer}", *people]),
        calls=not state.observer,
    )
