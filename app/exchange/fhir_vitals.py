"""Readings as FHIR Observations: determinations one by one, streams as sampled data in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.exchange.fhir_words import (
    BP_PANEL,
    LOINC,
    Json,
    Urls,
    absent,
    category,
    code_of,
    coding,
    concept,
    identifier,
    moment,
    of_vital,
    period,
    reference,
    without_empty,
)
from app.exchange.gaps import Gap
from app.exchange.grid import Grid, Signal, is_stream, reading_key
from app.exchange.session_copy import SessionCopy
from protocols.events import Reading
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S, PRESSURES, SCORES, VITALS, Vital

BLOCK_S = 600
"""Seconds of a stream in one Observation [design]: a bundle of two hours stays small."""

MISSING = "E"
"""What FHIR R4 writes in sampled data where there is no value."""

Entry = tuple[str, Json]
Sourced = tuple[str, str, Json]
"""Name, slot of the monitor or person, and resource."""

Place = tuple[str, int, str, bool, bool]


@dataclass(slots=True)
class _Version:
    """What one entry, or one correction of it, says."""

    number: int
    corrects: bool
    readings: dict[Vital, Reading] = field(default_factory=dict)


def vital_entries(
    copy: SessionCopy, grid: Grid, gaps: Sequence[Gap], urls: Urls
) -> Iterator[Entry]:
    """Every reading of the session as an Observation, by its name within the bundle."""
    common = {
        "subject": reference(urls.of("patient")),
        "encounter": reference(urls.of("encounter")),
    }
    for name, source, resource in (
        *_determinations(copy, urls),
        *(entry for signal in grid.signals for entry in _blocks(copy, grid, signal)),
        *_absences(copy, gaps),
        *_withdrawn_samples(copy),
    ):
        yield name, {**resource, **common, **_from(copy, source, urls)}


def _from(copy: SessionCopy, source: str, urls: Urls) -> Json:
    """Which monitor it comes from, or who entered it."""
    if source in {slot.device for slot in copy.opened.devices}:
        return {"device": reference(urls.of(f"device/{source}"))}
    return {"performer": [{"display": source}]} if source else {}


def _determinations(copy: SessionCopy, urls: Urls) -> Iterator[Sourced]:
    """Readings that stand alone, each with what corrected it."""
    versions: dict[Place, list[_Version]] = {}
    for number, reading in copy.readings:
        if is_stream(reading_key(reading)) or reading.vital is Vital.CUFF:
            continue
        if reading.value is None and not is_correction(reading):
            continue
        what = "bp" if reading.vital in PRESSURES else reading.vital.value
        place = (what, reading.measured_ns, reading.source, reading.manual, reading.spot)
        known = versions.setdefault(place, [])
        corrects = is_correction(reading)
        if not known or corrects != known[-1].corrects or reading.vital in known[-1].readings:
            known.append(_Version(number, corrects))
        known[-1].readings[reading.vital] = reading
    for place, known in versions.items():
        before = ""
        for version in known:
            standing = version is known[-1]
            name = f"observation/{place[0]}/{version.number}"
            if any(reading.value is not None for reading in version.readings.values()):
                yield name, place[2], _one(copy, place, version, standing, before)
                before = urls.of(name)


def _one(copy: SessionCopy, place: Place, version: _Version, standing: bool, before: str) -> Json:
    what, measured_ns, _, manual, spot = place
    status = "entered-in-error" if not standing else "corrected" if version.corrects else "final"
    readings = version.readings
    first = next(iter(readings.values()))
    resource: Json = {
        "resourceType": "Observation",
        "identifier": identifier("event", f"{copy.name}/{version.number}"),
        "status": status,
        "category": category("survey" if first.vital in SCORES else "vital-signs"),
        "effectiveDateTime": moment(copy, measured_ns),
        "derivedFrom": [reference(before)] if before else [],
        "note": [{"text": first.note}] if first.note else [],
    }
    if manual:
        resource["method"] = concept("entered by hand")
    elif spot:
        resource["method"] = concept("single determination")
    if what != "bp":
        resource["code"] = code_of(first.vital, spot=spot)
        resource["valueQuantity"] = of_vital(first.vital, first.value or 0.0)
        return without_empty(resource)
    resource["code"] = concept("blood pressure", coding(LOINC, BP_PANEL))
    resource["component"] = [_component(vital, readings.get(vital)) for vital in PRESSURES]
    return without_empty(resource)


def _component(vital: Vital, reading: Reading | None) -> Json:
    part: Json = {"code": code_of(vital)}
    if reading is None or reading.value is None:
        part["dataAbsentReason"] = absent(None, "not determined")
    else:
        part["valueQuantity"] = of_vital(vital, reading.value)
    return part


def _blocks(copy: SessionCopy, grid: Grid, signal: Signal) -> Iterator[Sourced]:
    """A stream in blocks of samples; a block without any value says that it has none."""
    if not signal.streams:
        return
    spec = VITALS[signal.key.vital]
    for first in range(0, grid.seconds, BLOCK_S):
        values = signal.values[first : first + BLOCK_S].tolist()
        start_ns = grid.origin_ns + first * NS_PER_S
        resource: Json = {
            "resourceType": "Observation",
            "status": "final",
            "category": category("vital-signs"),
            "code": code_of(signal.key.vital),
            "effectivePeriod": period(copy, start_ns, start_ns + len(values) * NS_PER_S),
        }
        said = [MISSING if v != v else f"{v:.{spec.decimals}f}" for v in values]
        if all(one == MISSING for one in said):
            resource["dataAbsentReason"] = absent(None)
        else:
            resource["valueSampledData"] = {
                "origin": of_vital(signal.key.vital, 0.0),
                "period": 1000,
                "dimensions": 1,
                "data": " ".join(said),
            }
        name = f"stream/{signal.key.vital.value}/{signal.key.source}/{first}"
        yield name, signal.key.source, resource


def _absences(copy: SessionCopy, gaps: Iterable[Gap]) -> Iterator[Sourced]:
    """A gap of a stream as an Observation without a value; gaps of waveforms are not in FHIR."""
    vitals = {spec.label: vital for vital, spec in VITALS.items() if vital is not Vital.PLETH}
    for gap in gaps:
        vital = vitals.get(gap.subject)
        if vital is None:
            continue
        yield (
            f"gap/{gap.subject}/{gap.source}/{gap.start_ns}",
            gap.source,
            {
                "resourceType": "Observation",
                "status": "final",
                "category": category("vital-signs"),
                "code": code_of(vital),
                "effectivePeriod": period(copy, gap.start_ns, gap.end_ns),
                "dataAbsentReason": absent(gap.quality, gap.reason),
            },
        )


def _withdrawn_samples(copy: SessionCopy) -> Iterator[Sourced]:
    """Single values of streams that were withdrawn, as what they were before: an error."""
    withdrawn = {
        (reading.vital, reading.measured_ns, reading.source)
        for _, reading in copy.readings
        if is_correction(reading) and is_stream(reading_key(reading))
    }
    if not withdrawn:
        return
    for number, reading in copy.readings:
        place = (reading.vital, reading.measured_ns, reading.source)
        if place not in withdrawn or reading.value is None or is_correction(reading):
            continue
        yield (
            f"observation/{reading.vital.value}/{number}",
            reading.source,
            {
                "resourceType": "Observation",
                "identifier": identifier("event", f"{copy.name}/{number}"),
                "status": "entered-in-error",
                "category": category("vital-signs"),
                "code": code_of(reading.vital),
                "effectiveDateTime": moment(copy, reading.measured_ns),
                "valueQuantity": of_vital(reading.vital, reading.value),
            },
        )
