"""What becomes of each text in a de-identified copy, by the name of its field.

Numbers, yes or no, and words that the program itself chooses from (phases, states, qualities) stay.
A text stays only where its field is named here and it is, word for word, one that the program ships
in its protocols and limits; whatever is not named is left out. Bytes of monitors are left out.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from app.places import RESOURCES
from protocols.events import EVENT_KINDS
from protocols.vitals import VITALS, Vital


class Treatment(StrEnum):
    """What is done with a text."""

    SHIPPED = "kept where the program ships this very word, else replaced by a number"
    PERSON = "replaced by a number for each person of the session"
    SHIFTED = "a date or time: moved by the days of the patient"
    LINKED = "kept as far as it says which entry is corrected, or that an entry is late"
    LEFT_OUT = "left out"


TREATMENTS: dict[str, Treatment] = {
    **dict.fromkeys(
        (
            "alarm",
            "answer",
            "band",
            "checklist",
            "command",
            "confirmed",
            "device",
            "driver",
            "drug",
            "effect",
            "episodes",
            "field",
            "form",
            "item",
            "key",
            "kind",
            "label",
            "loinc",
            "modality",
            "outcome",
            "page",
            "panel",
            "purpose",
            "result",
            "route",
            "rule",
            "scale",
            "sex",
            "state",
            "subject",
            "target_kind",
            "task",
            "template",
            "term",
            "theme",
            "unit",
        ),
        Treatment.SHIPPED,
    ),
    **dict.fromkeys(
        (
            "by",
            "checked_by",
            "name",
            "ordered_by",
            "person",
            "prescriber",
            "taken_by",
            "to",
            "witness",
        ),
        Treatment.PERSON,
    ),
    **dict.fromkeys(("at_utc", "happened_utc", "last_dose_utc", "on", "utc"), Treatment.SHIFTED),
    "note": Treatment.LINKED,
}
"""The fields whose text is not simply left out."""

EXCEPTIONS: dict[tuple[str, str], Treatment] = {
    ("pump_reported", "alarm"): Treatment.LEFT_OUT,
    ("pump_reported", "unit"): Treatment.LEFT_OUT,
    ("pump_reported", "drug"): Treatment.LEFT_OUT,
    ("pump_reported", "note"): Treatment.LEFT_OUT,
    ("vital_description", "name"): Treatment.SHIPPED,
    ("scale_recorded", "name"): Treatment.SHIPPED,
}
"""Fields that hold something else in one kind of event, or in a part of it, than elsewhere."""

LEFT_OUT_KINDS = ("chunk_received", "bytes_sent", "frame_rejected")
"""Kinds of event that are left out whole: the bytes that monitors sent and were sent."""

NEVER_KEPT = (
    "names",
    "record numbers",
    "dates of birth",
    "staff and their accounts",
    "rooms and names of time zones",
    "ports, serial numbers and other identities of monitors and pumps",
    "lots, products and vials",
    "notes, reasons, comments, free answers and every sentence",
    "names of courses, sessions, files and the rules in force",
    "chain values, seals and what signatures say",
)
"""What no de-identified copy holds, for people."""

KEPT = (
    "readings and waveforms with their session times",
    "alarms with value and limit, checks, scales by their answers, side effects by their term",
    "doses, weights and volumes",
    "sex, and the age at the session in years (90 for everybody above 89)",
    "time of day, intervals and the offset from UTC, which tells summer from winter time",
    "dates, moved by whole days, the same for all copies of a patient",
    "the program's version and the drivers' names",
)
"""What every de-identified copy holds, for people."""

RULE = (
    "De-identified after the list of 45 CFR 164.514(b)(2) (Safe Harbor): names, numbers, places, "
    "staff, identities of devices and free text are left out, ages above 89 are given as 90, dates "
    "are moved by whole days that differ for each patient."
)
"""Declared in every de-identified copy."""

NOT_PROVEN = (
    "Moved dates, times of day and the course of the values are still those of one person: this "
    "does not prove that nobody can be found again. No expert has determined it; who passes this "
    "copy on must judge that."
)
"""Declared beside it."""

_MOST_DIGITS = 4
_QUOTED = re.compile(r'"([^"\n]{1,60})"')
_FOLDERS = ("protocols", "limits", "courses", "forms", "sheets", "examples")
_SLOTS = ("oximeter", "bp", "monitor", "pump", "program")
_STATES = ("female", "male", "other", "done", "held", "overridden", "event", "note", "hand-over")
_MORE = ("baseline", "swallowed", "spat out", "pre-medication", "rescue", "poll", "light", "dark")


def treatment_of(kind: str, name: str) -> Treatment:
    """What becomes of the text field `name` of `kind`, an event or a part of one (snake case)."""
    return EXCEPTIONS.get((kind, name)) or TREATMENTS.get(name, Treatment.LEFT_OUT)


@cache
def shipped_words() -> frozenset[str]:
    """Every short text that the program ships in its own files, and the words of its code."""
    from devices.registry import DRIVERS  # loads every driver, which few copies need

    found = {
        *_SLOTS,
        *_STATES,
        *_MORE,
        *EVENT_KINDS,
        *DRIVERS,
        *(vital.value for vital in Vital),
        *(spec.unit for spec in VITALS.values()),
        *(spec.name for spec in VITALS.values()),
        *(spec.loinc for spec in VITALS.values() if spec.loinc),
    }
    for folder in _FOLDERS:
        for path in sorted((RESOURCES / folder).rglob("*.toml")):
            text = path.read_text(encoding="utf-8")
            found.update(_QUOTED.findall(text))
            found.add(path.stem)
    return frozenset(found)


def is_shipped(text: str) -> bool:
    """Whether `text`, or each part of a name made with slashes, is a word that is shipped."""
    words = shipped_words()
    if text in words:
        return True
    parts = text.split("/")
    if len(parts) > 1 and all(map(_is_number, parts)):
        return False  # a date, or a number of a person written with slashes
    return all(part in words or _is_number(part) or _numbered(part, words) for part in parts)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) <= _MOST_DIGITS


def _numbered(part: str, words: frozenset[str]) -> bool:
    """Whether `part` is a word and a number, as ``effect-2``."""
    word, _, number = part.rpartition("-")
    return _is_number(number) and (word in words or word == "effect")
