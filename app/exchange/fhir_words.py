"""Codes and small parts of FHIR R4 resources, as plain objects of JSON."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.exchange.gaps import NOT_RECORDED, SILENCE
from app.exchange.session_copy import SessionCopy
from protocols.vitals import VITALS, Quality, Vital

Json = dict[str, Any]

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
MDC = "urn:iso:std:iso:11073:10101"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
OWN = "urn:infusion-room:"
"""Begins the names of what only this program numbers: events, sessions, alarm rules."""

BP_PANEL = "85354-9"
"""LOINC: blood pressure panel with all children optional."""

_MORE_LOINC: dict[Vital, tuple[str, ...]] = {Vital.SPO2: ("2708-6",), Vital.PR: ("8867-4",)}
"""Codes that the vital-signs profiles of FHIR R4 ask for beside the vital's own."""

_ABSENT = {
    Quality.SENSOR_OFF: "not-performed",
    Quality.SENSOR_FAULT: "error",
    Quality.SEARCHING: "temp-unknown",
    Quality.HELD: "temp-unknown",
    Quality.FAILED: "error",
    Quality.IMPLAUSIBLE: "error",
    Quality.MISSING: "unknown",
    Quality.UNCONFIRMED: "unknown",
    Quality.WITHDRAWN: "error",
}


class Urls:
    """Addresses of the resources of one copy: the same session gives the same ones."""

    def __init__(self, session: str) -> None:
        self._space = uuid5(NAMESPACE_URL, f"{OWN}session:{session}")

    def of(self, what: str) -> str:
        """The ``urn:uuid`` of the resource called `what` within the session."""
        return f"urn:uuid:{uuid5(self._space, what)}"


def reference(url: str) -> Json:
    """A reference to a resource of the bundle."""
    return {"reference": url}


def concept(text: str, *codings: Json) -> Json:
    """A concept with its codes, if it has any, and its words."""
    return without_empty({"coding": list(codings), "text": text})


def coding(system: str, code: str, display: str = "") -> Json:
    """One code."""
    return without_empty({"system": system, "code": code, "display": display})


def quantity(value: float, unit_text: str, unit: str, decimals: int = 0) -> Json:
    """A quantity in UCUM, to so many decimals; more where the value has more."""
    return {
        "value": number(value, decimals),
        "unit": unit_text or unit,
        "system": UCUM,
        "code": unit,
    }


def number(value: float, decimals: int = 0) -> int | float:
    """A whole number where `value` is one and its vital has no decimals."""
    return int(value) if decimals == 0 and float(value).is_integer() else float(value)


def of_vital(vital: Vital, value: float) -> Json:
    """A value of a vital with its unit."""
    spec = VITALS[vital]
    return quantity(value, spec.unit_text, spec.unit, spec.decimals)


def code_of(vital: Vital, *, spot: bool = False) -> Json:
    """What a vital is called in LOINC and ISO/IEEE 11073, as far as it has codes, and in words."""
    spec = VITALS[vital]
    own = () if spec.loinc is None or (spot and vital is Vital.PR) else (spec.loinc,)
    codes = [coding(LOINC, code) for code in (*_MORE_LOINC.get(vital, ()), *own)]
    if spec.mdc is not None and not spot:
        codes.append(coding(MDC, str(spec.mdc)))
    return concept(spec.name, *codes)


def absent(quality: Quality | None, reason: str = "") -> Json:
    """Why there is no value."""
    code = "unknown" if quality is None else _ABSENT.get(quality, "unknown")
    if reason == NOT_RECORDED:
        code = "not-performed"
    words = reason or (SILENCE if quality is None else quality.value)
    return concept(words, coding(TERMINOLOGY + "data-absent-reason", code))


def category(code: str) -> list[Json]:
    """The category of an observation."""
    return [concept("", coding(TERMINOLOGY + "observation-category", code))]


def identifier(kind: str, value: str) -> list[Json]:
    """What only this program numbers: `kind` is ``event``, ``session`` or another."""
    return [{"system": f"{OWN}{kind}", "value": value}] if value else []


def meta(copy: SessionCopy) -> Json:
    """Tags that every resource of a copy has."""
    tags = [coding(f"{OWN}copy", "not-primary-alarm-record")]
    security: list[Json] = []
    if copy.simulated:
        test = coding(TERMINOLOGY + "v3-ActReason", "HTEST", "test health data")
        tags.append(test)
        security.append(test)
    if copy.deidentified:
        tags.append(coding(f"{OWN}copy", "de-identified"))
        security.append(coding(TERMINOLOGY + "v3-ObservationValue", "PSEUDED"))
    return without_empty({"security": security, "tag": tags})


def moment(copy: SessionCopy, t_ns: int) -> str:
    """A session time as local time with its offset."""
    return copy.local(t_ns).isoformat(timespec="milliseconds")


def period(copy: SessionCopy, start_ns: int, end_ns: int | None) -> Json:
    """From when to when; without an end while it lasts."""
    end = "" if end_ns is None else moment(copy, end_ns)
    return without_empty({"start": moment(copy, start_ns), "end": end})


def without_empty(parts: Json) -> Json:
    """`parts` without those that say nothing: FHIR allows no empty texts, lists and objects."""
    return {name: value for name, value in parts.items() if value not in ("", None, [], {})}
