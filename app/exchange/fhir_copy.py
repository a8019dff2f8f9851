"""A session as a FHIR R4 bundle, validated before it is written.

The bundle is a `collection`: a `document` would need a composition that somebody attests, and a
`transaction` would say how a server should take it. Alarms are `DetectedIssue` and not `Flag`: a
flag warns whoever meets the patient next, while an alarm is past, with a severity, what proved it,
and what was done about it, each of which only the former has a place for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from app.exchange.fhir_care import care_entries
from app.exchange.fhir_vitals import vital_entries
from app.exchange.fhir_words import (
    OWN,
    TERMINOLOGY,
    Json,
    Urls,
    coding,
    concept,
    identifier,
    meta,
    moment,
    period,
    reference,
    without_empty,
)
from app.exchange.gaps import find_gaps
from app.exchange.grid import make_grid
from app.exchange.session_copy import SessionCopy
from protocols.events import RecordSigned
from protocols.events.terms import Meaning
from protocols.wall_clock import is_iso_date
from storage.faults import Fault, StorageError

Entry = tuple[str, Json]

_SEX = {"female": "female", "male": "male", "other": "other"}
_SIGNS_AS = {
    Meaning.PERFORMED: "performer",
    Meaning.WITNESSED: "attester",
    Meaning.REVIEWED: "verifier",
    Meaning.APPROVED: "attester",
}


def make_fhir(copy: SessionCopy) -> bytes:
    """The bundle in JSON; the same record gives the same bytes.

    Raises:
        StorageError: the library of FHIR refuses a resource, which is a defect of this program.
    """
    bundle = make_bundle(copy)
    check_bundle(bundle)
    return (json.dumps(bundle, ensure_ascii=False, indent=1) + "\n").encode()


def make_bundle(copy: SessionCopy) -> Json:
    """The bundle as plain objects."""
    urls = Urls(copy.name)
    grid = make_grid(copy)
    gaps = find_gaps(copy, grid)
    entries = [
        *_visit(copy, urls),
        *vital_entries(copy, grid, gaps, urls),
        *care_entries(copy, urls),
    ]
    entries.append(("provenance", _provenance(copy, urls, [name for name, _ in entries])))
    tags = meta(copy)
    return {
        "resourceType": "Bundle",
        "meta": tags,
        "identifier": identifier("session", copy.name)[0],
        "type": "collection",
        "timestamp": moment(copy, copy.end_ns),
        "entry": [
            {
                "fullUrl": urls.of(name),
                "resource": {
                    "resourceType": resource["resourceType"],
                    "id": urls.of(name).rpartition(":")[2],
                    "meta": tags,
                    **resource,
                },
            }
            for name, resource in entries
        ],
    }


def check_bundle(bundle: Json) -> None:
    """Let the library parse the bundle with every resource in it.

    Its classes of R4B are used: of what a bundle here holds, R4B changed nothing.

    Raises:
        StorageError: something is not as FHIR says.
    """
    from fhir.resources.R4B.bundle import Bundle  # half a second to load
    from pydantic import ValidationError

    parsed: Any = Bundle
    try:
        parsed.model_validate(bundle)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StorageError(
            Fault.CORRUPT, f"The copy is no valid FHIR: {where}: {first['msg']}. None was written."
        ) from error


def _visit(copy: SessionCopy, urls: Urls) -> Iterator[Entry]:
    yield "patient", _patient(copy)
    opened = copy.opened
    known = copy.definition
    title = "" if known is None else copy.word("title", known.title)
    room = [{"location": {"display": opened.room}}] if opened.room else []
    yield (
        "encounter",
        without_empty(
            {
                "resourceType": "Encounter",
                "identifier": identifier("session", copy.name),
                "status": "finished" if copy.closed else "in-progress",
                "class": coding(TERMINOLOGY + "v3-ActCode", "AMB", "ambulatory"),
                "type": [concept(title)] if title else [],
                "subject": reference(urls.of("patient")),
                "period": period(copy, 0, copy.end_ns if copy.closed else None),
                "location": room,
            }
        ),
    )
    for slot in opened.devices:
        words = "simulated monitor" if slot.simulated else "monitor"
        yield (
            f"device/{slot.device}",
            without_empty(
                {
                    "resourceType": "Device",
                    "identifier": identifier("unit", slot.identity),
                    "deviceName": [{"name": slot.driver, "type": "model-name"}],
                    "type": concept(slot.device),
                    "patient": reference(urls.of("patient")),
                    "note": [{"text": words}],
                }
            ),
        )
    yield (
        "program",
        without_empty(
            {
                "resourceType": "Device",
                "deviceName": [{"name": "Infusion Room", "type": "user-friendly-name"}],
                "type": concept("software that recorded the session and made this copy"),
                "version": [{"value": opened.program}] if opened.program else [],
                "note": [{"text": notice} for notice in copy.notices],
            }
        ),
    )


def _patient(copy: SessionCopy) -> Json:
    person = copy.person
    name = without_empty(
        {"family": person.family_name, "given": [person.given_name] if person.given_name else []}
    )
    born = person.birth_date if is_iso_date(person.birth_date) else ""
    return without_empty(
        {
            "resourceType": "Patient",
            "identifier": identifier("pseudonym" if copy.deidentified else "mrn", person.number),
            "name": [name] if name else [],
            "gender": _SEX.get(person.sex, "unknown"),
            "birthDate": born,
        }
    )


def _provenance(copy: SessionCopy, urls: Urls, names: list[str]) -> Json:
    """Where everything comes from: the program, the session, and the end of its chain."""
    kind = TERMINOLOGY + "provenance-participant-type"
    agents: list[Json] = [
        {
            "type": concept("", coding(kind, "assembler")),
            "who": reference(urls.of("program")),
        }
    ]
    for _, event in copy.events:
        if isinstance(event, RecordSigned):
            agents.append(
                {
                    "type": concept(event.meaning.value, coding(kind, _SIGNS_AS[event.meaning])),
                    "who": {"display": event.by or "not named"},
                }
            )
    source = identifier("chain", copy.chain) or identifier("session", copy.name)
    return {
        "resourceType": "Provenance",
        "target": [reference(urls.of(name)) for name in names],
        "recorded": moment(copy, copy.end_ns),
        "activity": concept(f"copied from the record of the session {copy.name}"),
        "agent": agents,
        "entity": [
            {
                "role": "source",
                "what": {"identifier": source[0], "display": f"{OWN}session:{copy.name}"},
            }
        ],
    }
