"""What was done and seen as FHIR resources: drugs, alarms, side effects, scales, observations."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from app.exchange.fhir_words import (
    LOINC,
    OWN,
    TERMINOLOGY,
    Json,
    Urls,
    category,
    coding,
    concept,
    identifier,
    moment,
    period,
    quantity,
    reference,
    without_empty,
)
from app.exchange.session_copy import SessionCopy
from protocols.events import (
    AlarmChanged,
    AlarmState,
    DeliveryChanged,
    DoseGiven,
    DosePlanned,
    EffectChanged,
    EntryCorrected,
    ObservationRecorded,
    PatientRecorded,
    Phase,
    PhaseChanged,
    Priority,
    ScaleRecorded,
    WeightRecorded,
)
from protocols.guardrails import plain_text
from protocols.record_entries import correction_words
from protocols.vitals import VITALS

Entry = tuple[str, Json]

DRUG = "drug"
"""Name of the administration of the protocol's drug within the bundle."""

_SNOMED = "http://snomed.info/sct"

PUBLIC_SYSTEMS = frozenset(
    {
        _SNOMED,
        "http://hl7.org/fhir/sid/ndc",
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "http://www.whocc.no/atc",
    }
)
"""Code systems of drugs that many use; another may be the site's own, and say which site it is."""

_SEVERITY = {Priority.HIGH: "high", Priority.MEDIUM: "moderate", Priority.LOW: "low"}
_BODY = {"weight": ("29463-7", "kg"), "height": ("8302-2", "cm"), "age": ("30525-0", "a")}


def care_entries(copy: SessionCopy, urls: Urls) -> Iterator[Entry]:
    """Everything but the readings, by its name within the bundle."""
    corrections = _corrections(copy)
    for name, resource in (
        *_body(copy),
        *_scales(copy, corrections),
        *_observations(copy, corrections),
    ):
        yield name, {**resource, **_whose(urls)}
    given = list(_administrations(copy, corrections))
    for name, resource in given:
        subject = reference(urls.of("patient"))
        yield name, {**resource, "subject": subject, "context": reference(urls.of("encounter"))}
    for name, resource in _effects(copy, corrections):
        suspect = [{"instance": reference(urls.of(other))} for other, _ in given[:1]]
        yield name, without_empty({**resource, **_whose(urls), "suspectEntity": suspect})
    for name, resource in _alarms(copy):
        yield name, {**resource, "patient": reference(urls.of("patient"))}


def _whose(urls: Urls) -> Json:
    return {
        "subject": reference(urls.of("patient")),
        "encounter": reference(urls.of("encounter")),
    }


def _corrections(copy: SessionCopy) -> dict[int, EntryCorrected]:
    """The correction in force of each event that has one."""
    found: dict[int, EntryCorrected] = {}
    for _, event in copy.events:
        if isinstance(event, EntryCorrected):
            found |= dict.fromkeys((event.target_seq, *event.also), event)
    return found


def _standing(correction: EntryCorrected | None) -> tuple[str, list[Json]]:
    """Status of an observation, and the note that says what was corrected."""
    if correction is None:
        return "final", []
    words = f"{correction_words(correction)} ({correction.by}: {correction.reason})"
    status = "entered-in-error" if correction.withdrawn else "corrected"
    return status, [{"text": f"Corrected: {words}"}]


# -- the body -----------------------------------------------------------------------------------


def _body(copy: SessionCopy) -> Iterator[Entry]:
    """Weight and height as entered, and the age where the copy says no birth date."""
    for number_, event in copy.events:
        if isinstance(event, WeightRecorded):
            yield _measure(copy, "weight", number_, event.t_ns, event.entry.weight_kg)
        elif isinstance(event, PatientRecorded) and event.entry.height_cm is not None:
            yield _measure(copy, "height", number_, event.t_ns, event.entry.height_cm)
    if copy.person.age_years is not None and not copy.person.birth_date:
        yield _measure(copy, "age", 0, 0, Decimal(copy.person.age_years))


def _measure(copy: SessionCopy, what: str, number_: int, t_ns: int, value: Decimal) -> Entry:
    code, unit = _BODY[what]
    shown = "years" if unit == "a" else unit
    kind = "social-history" if what == "age" else "vital-signs"
    return f"body/{what}/{number_}", without_empty(
        {
            "resourceType": "Observation",
            "identifier": identifier("event", f"{copy.name}/{number_}" if number_ else ""),
            "status": "final",
            "category": category(kind),
            "code": concept(what, coding(LOINC, code)),
            "effectiveDateTime": moment(copy, t_ns),
            "valueQuantity": quantity(float(value), shown, unit),
        }
    )


# -- scales and what was observed ---------------------------------------------------------------


def _scales(copy: SessionCopy, corrections: dict[int, EntryCorrected]) -> Iterator[Entry]:
    for number_, event in copy.events:
        if not isinstance(event, ScaleRecorded):
            continue
        known = None if copy.definition is None else copy.definition.scale(event.scale)
        loinc = "" if known is None or not copy.keeps(known.loinc) else known.loinc
        codes = [coding(LOINC, loinc)] if loinc else []
        status, notes = _standing(corrections.get(number_))
        notes += [{"text": flag.sentence} for flag in event.flags if flag.sentence]
        resource: Json = {
            "resourceType": "Observation",
            "identifier": identifier("event", f"{copy.name}/{number_}"),
            "status": status,
            "category": category("survey"),
            "code": concept(event.name or event.scale, *codes),
            "effectiveDateTime": moment(copy, event.t_ns),
            "performer": [{"display": event.by}] if event.by else [],
            "interpretation": [concept(event.band)] if event.band else [],
            "note": notes,
            "component": [
                {"code": concept(f"item {one.item}"), "valueInteger": one.score}
                for one in event.answers
            ],
        }
        if event.total is not None:
            resource["valueQuantity"] = quantity(event.total, "", "{score}")
        elif event.skipped or not event.answers:
            resource["dataAbsentReason"] = concept(
                event.skipped or "not filled in",
                coding(TERMINOLOGY + "data-absent-reason", "not-performed"),
            )
        yield f"scale/{event.scale}/{number_}", without_empty(resource)


def _observations(copy: SessionCopy, corrections: dict[int, EntryCorrected]) -> Iterator[Entry]:
    for number_, event in copy.events:
        if not isinstance(event, ObservationRecorded) or event.kind == "drug":
            continue
        if event.kind == "note" and not event.text:
            continue
        status, notes = _standing(corrections.get(number_))
        if event.text and event.severity is not None:
            notes.append({"text": event.text})
        at_ns = event.t_ns if event.happened_ns is None else event.happened_ns
        resource: Json = {
            "resourceType": "Observation",
            "identifier": identifier("event", f"{copy.name}/{number_}"),
            "status": status,
            "category": category("exam"),
            "code": concept(event.label or event.kind),
            "effectiveDateTime": moment(copy, at_ns),
            "performer": [{"display": event.by}] if event.by else [],
            "note": notes,
        }
        if event.severity is not None:
            resource["valueQuantity"] = quantity(event.severity, "of 10", "{score}")
        elif event.text:
            resource["valueString"] = event.text
        yield f"observed/{number_}", without_empty(resource)


# -- drugs --------------------------------------------------------------------------------------


def _administrations(copy: SessionCopy, corrections: dict[int, EntryCorrected]) -> Iterator[Entry]:
    """The protocol's drug, then what else the staff gave."""
    yield from _infusion(copy)
    for number_, event in copy.events:
        if isinstance(event, DoseGiven):
            yield f"{DRUG}/{event.number}", _given(copy, event, number_)
    for number_, event in copy.events:
        if isinstance(event, ObservationRecorded) and event.kind == "drug":
            status, notes = _standing(corrections.get(number_))
            at_ns = event.t_ns if event.happened_ns is None else event.happened_ns
            words = " ".join(part for part in (event.text, event.purpose) if part)
            yield (
                f"other-drug/{number_}",
                without_empty(
                    {
                        "resourceType": "MedicationAdministration",
                        "identifier": identifier("event", f"{copy.name}/{number_}"),
                        "status": status if status == "entered-in-error" else "completed",
                        "medicationCodeableConcept": concept(event.label or "drug"),
                        "effectiveDateTime": moment(copy, at_ns),
                        "performer": _performed(event.by),
                        "note": [*([{"text": words}] if words else []), *notes],
                    }
                ),
            )


def _performed(by: str) -> list[Json]:
    return [{"actor": {"display": by}}] if by else []


def _medication(copy: SessionCopy) -> Json:
    """The protocol's drug with the codes that its file gives; in words where it gives none."""
    known = copy.definition
    if known is None:
        return concept("drug of the protocol")
    codes = [
        coding(one.system, one.code, copy.word("drug", one.display) if one.display else "")
        for one in known.drug_codes
        if not copy.deidentified or one.system in PUBLIC_SYSTEMS
    ]
    return concept(copy.word("drug", known.drug), *codes)


def _route(copy: SessionCopy) -> Json | None:
    known = copy.definition
    return None if known is None else concept(copy.word("route", known.route))


def _infusion(copy: SessionCopy) -> Iterator[Entry]:
    """A dose that runs at a rate: dose given, first rate, from when to when, and each change."""
    changes = [(n, e) for n, e in copy.events if isinstance(e, DeliveryChanged)]
    started = next((pair for pair in changes if pair[1].rate_mg_per_min > 0), None)
    if started is None:
        return
    planned = next((e for _, e in copy.events if isinstance(e, DosePlanned)), None)
    last = changes[-1][1]
    over = last.finished or last.rate_mg_per_min == 0
    stopped = any(
        isinstance(event, PhaseChanged) and event.after is Phase.STOPPED for _, event in copy.events
    )
    ended = last.finished or stopped or copy.closed
    status = "in-progress"
    if ended:
        status = "completed" if last.finished and not stopped else "stopped"
    dosage: Json = {
        "route": _route(copy),
        "dose": quantity(float(last.delivered_mg), "mg", "mg"),
        "rateQuantity": quantity(float(started[1].rate_mg_per_min), "mg/min", "mg/min"),
    }
    if planned is not None:
        planned_mg = plain_text(planned.dose_mg)
        volume = plain_text(planned.volume_ml)
        dosage["text"] = f"ordered {planned_mg} mg in {volume} mL"
    end_ns = last.t_ns if over or ended else None
    notes = [
        {
            "time": moment(copy, event.t_ns),
            "text": f"{plain_text(event.rate_mg_per_min)} mg/min from here, "
            f"{plain_text(event.delivered_mg)} mg given. {event.cause}".strip(),
        }
        for _, event in changes
    ]
    yield (
        DRUG,
        without_empty(
            {
                "resourceType": "MedicationAdministration",
                "identifier": identifier("event", f"{copy.name}/{started[0]}"),
                "status": status,
                "medicationCodeableConcept": _medication(copy),
                "effectivePeriod": period(copy, started[1].t_ns, end_ns),
                "performer": _performed("" if planned is None else planned.ordered_by),
                "dosage": without_empty(dosage),
                "note": notes,
            }
        ),
    )


def _given(copy: SessionCopy, event: DoseGiven, number_: int) -> Json:
    words = f"dose {event.number} of {event.of}"
    dosage = {
        "text": words,
        "route": _route(copy),
        "site": concept(event.site) if event.site else None,
        "dose": quantity(float(event.amount_mg), "mg", "mg"),
    }
    return without_empty(
        {
            "resourceType": "MedicationAdministration",
            "identifier": identifier("event", f"{copy.name}/{number_}"),
            "status": "completed",
            "medicationCodeableConcept": _medication(copy),
            "effectiveDateTime": moment(copy, event.t_ns),
            "performer": _performed(event.by),
            "dosage": without_empty(dosage),
        }
    )


# -- side effects and alarms --------------------------------------------------------------------


def _effects(copy: SessionCopy, corrections: dict[int, EntryCorrected]) -> Iterator[Entry]:
    """Each side effect as it stood last; its codes are those that the site filled in."""
    newest: dict[str, tuple[int, EffectChanged]] = {}
    for number_, event in copy.events:
        if isinstance(event, EffectChanged):
            newest[event.effect] = (number_, event)
    terms = {} if copy.definition is None else {t.id: t for t in copy.definition.care.effects}
    for effect, (number_, event) in newest.items():
        term = terms.get(event.term)
        codes = [coding(f"{OWN}effect", event.term)] if event.term else []
        if term is not None and term.snomed and copy.keeps(term.snomed):
            codes.append(coding(_SNOMED, term.snomed))
        words = event.label or event.term or "side effect"
        correction = corrections.get(number_)
        if correction is not None:
            words += f" (corrected: {correction_words(correction)})"
        serious = "serious" if event.serious else "non-serious"
        outcome = "resolved" if event.ended_ns is not None else "ongoing"
        kind = coding(TERMINOLOGY + "adverse-event-seriousness", serious.capitalize())
        yield (
            f"effect/{effect}",
            without_empty(
                {
                    "resourceType": "AdverseEvent",
                    "identifier": {"system": f"{OWN}event", "value": f"{copy.name}/{number_}"},
                    "actuality": "actual",
                    "event": concept(words, *codes),
                    "date": moment(copy, event.onset_ns),
                    "recordedDate": moment(copy, event.t_ns),
                    "seriousness": None if event.serious is None else concept(serious, kind),
                    "severity": concept(
                        event.severity.value,
                        coding(TERMINOLOGY + "adverse-event-severity", event.severity.value),
                    ),
                    "outcome": concept(
                        outcome, coding(TERMINOLOGY + "adverse-event-outcome", outcome)
                    ),
                    "recorder": {"display": event.by} if event.by else None,
                }
            ),
        )


def _alarms(copy: SessionCopy) -> Iterator[Entry]:
    """Each occurrence of an alarm that was seen, with what was done about it."""
    occurrences: dict[tuple[str, int], list[tuple[int, AlarmChanged]]] = {}
    for number_, event in copy.events:
        if isinstance(event, AlarmChanged):
            key = (event.alarm, event.since_ns)
            if event.state.is_seen or key in occurrences:
                occurrences.setdefault(key, []).append((number_, event))
    for (alarm, _), members in occurrences.items():
        yield f"alarm/{alarm}/{members[0][0]}", _alarm(copy, alarm, members)


def _alarm(copy: SessionCopy, alarm: str, members: list[tuple[int, AlarmChanged]]) -> Json:
    number_, first = members[0]
    off = next((event for _, event in members if event.state is AlarmState.OFF), None)
    kind = "technical" if first.technical else "patient"
    judged = ""
    if first.vital is not None and first.value is not None:
        spec = VITALS[first.vital]
        judged = f"{spec.label} {spec.format(first.value)} {spec.unit_text}".rstrip()
        if first.limit is not None:
            judged += f", limit {spec.format(first.limit)}"
    mitigation: list[Json] = []
    for _, event in members:
        if event.state is AlarmState.ACKED and event.by:
            done = {
                "action": concept(event.action or "acknowledged"),
                "date": moment(copy, event.t_ns),
                "author": {"display": event.by},
            }
            if not mitigation or mitigation[-1]["action"] != done["action"]:
                mitigation.append(done)
    return without_empty(
        {
            "resourceType": "DetectedIssue",
            "identifier": identifier("event", f"{copy.name}/{number_}"),
            "status": "final",
            "code": concept(
                first.sentence or judged or alarm,
                coding(f"{OWN}alarm-rule", alarm),
                coding(f"{OWN}alarm-kind", kind),
            ),
            "severity": _SEVERITY[first.priority],
            "identifiedPeriod": period(copy, first.t_ns, None if off is None else off.t_ns),
            "evidence": [{"code": [concept(judged)]}] if judged else [],
            "detail": " ".join(part for part in (first.sentence, first.next_step) if part),
            "mitigation": mitigation,
        }
    )
