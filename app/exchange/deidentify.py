"""De-identifies the events of one session, so that no format can hold what none of them says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, get_args, get_type_hints

from app.age import age_years
from app.exchange.kept_text import LEFT_OUT_KINDS, NOT_PROVEN, RULE, Treatment, is_shipped
from app.exchange.kept_text import treatment_of as find_treatment
from protocols.events import (
    EnterPatient,
    Event,
    PatientRecorded,
    Reading,
    SessionOpened,
    WaveReceived,
    kind_of,
)
from protocols.record_entries import CORRECTS, LATE, WITHDRAWS
from storage.clock import parse_utc, write_utc
from storage.pseudonyms import Pseudonyms

OLDEST_YEARS = 90
"""The age given for everybody who is older than one less."""

_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){0,3}")
_LINK = re.compile(rf"({re.escape(CORRECTS)}|{re.escape(WITHDRAWS)})(\d{{1,9}})(?:;.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who was treated, as a copy may say it; what it may not is empty.

    Attributes:
        number: the record number, or the pseudonym.
        age_years: at the session, or None where the birth date is not known.
    """

    number: str = ""
    family_name: str = ""
    given_name: str = ""
    birth_date: str = ""
    sex: str = ""
    age_years: int | None = None


def person_of(entry: EnterPatient | None, started_local: str) -> Person:
    """The patient as recorded; `started_local` is the local date of the session in ISO 8601."""
    if entry is None:
        return Person()
    return Person(
        number=entry.mrn,
        family_name=entry.family_name,
        given_name=entry.given_name,
        birth_date=entry.birth_date,
        sex=entry.sex,
        age_years=age_years(entry.birth_date, started_local),
    )


def identity_of(entry: EnterPatient | None, session: str) -> str:
    """What a patient is known by: the record number, else name and birth date, else the session."""
    if entry is not None and entry.mrn.strip():
        return f"mrn {entry.mrn.strip().upper()}"
    if entry is not None and entry.family_name.strip():
        parts = (entry.family_name, entry.given_name, entry.birth_date)
        return "name " + "/".join(part.strip().upper() for part in parts)
    return f"session {session}"


class Disguise:
    """Changes the events of one session. Feed it the events in order.

    Attributes:
        session: the pseudonym of the session.
        notices: what the copy says of itself.
        person: the patient as the copy may say it.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, session: str, entry: EnterPatient | None, started_local: str
    ) -> None:
        """For `session` of the patient `entry`, begun on the local date `started_local`."""
        identity = identity_of(entry, session)
        self.session = pseudonyms.session(session)
        self.notices: tuple[str, ...] = (RULE, NOT_PROVEN)
        self._shift = timedelta(days=pseudonyms.shift_days(identity))
        self._numbers: dict[tuple[str, str], str] = {}
        known = person_of(entry, started_local)
        age = known.age_years
        self.person = Person(
            number=pseudonyms.patient(identity),
            sex=known.sex if is_shipped(known.sex) else "",
            age_years=None if age is None else min(age, OLDEST_YEARS),
        )
        self._code_of: dict[tuple[str, str], str] = {}

    def event(self, event: Event) -> Event | None:
        """`event` as the copy may say it; None where it is left out whole."""
        if isinstance(event, WaveReceived):
            device = self._shipped("device", event.device)
            return event if device == event.device else replace(event, device=device)
        if isinstance(event, Reading):
            return self._reading(event)
        kind = kind_of(event)
        if kind in LEFT_OUT_KINDS:
            return None
        changed: Event = self._part(event, kind)
        if isinstance(changed, SessionOpened):
            program = getattr(event, "program", "")
            program = program if _VERSION.fullmatch(program) else ""
            return replace(changed, session=self.session, program=program)
        if isinstance(changed, PatientRecorded):
            return replace(changed, entry=replace(changed.entry, mrn=self.person.number))
        if isinstance(changed, EnterPatient):
            return replace(changed, mrn=self.person.number)
        return changed

    def device(self, slot: str) -> str:
        """The slot of a monitor, kept where the program ships its name."""
        return self._shipped("device", slot)

    def text(self, name: str, text: str) -> str:
        """A word of the rules in force, kept where the program ships it; `name` says of what."""
        return text if is_shipped(text) else self._numbered(name, text)

    def _reading(self, event: Reading) -> Reading:
        source = (
            self._numbered("person", event.source)
            if event.manual
            else self._shipped("device", event.source)
        )
        note = _linked(event.note)
        if source == event.source and note == event.note:
            return event
        return replace(event, source=source, note=note)

    def _part(self, part: Any, kind: str) -> Any:
        changes = {}
        for name in _plan(type(part)):  # type: ignore[arg-type]
            before = getattr(part, name)
            after = self._value(kind, name, before)
            if after is not before:
                changes[name] = after
        return replace(part, **changes) if changes else part

    def _value(self, kind: str, name: str, value: Any) -> Any:
        """`value` of a field as the copy may say it, whatever its type."""
        if value is None or isinstance(value, bool | int | float | Enum):
            return value
        if isinstance(value, str):
            return self._words(find_treatment(kind, name), name, value)
        if isinstance(value, bytes):
            return b""
        if isinstance(value, tuple):
            return tuple(self._value(kind, name, one) for one in value)
        if is_dataclass(value):
            return self._part(value, _snake(type(value).__name__))
        return value  # decimals

    def _words(self, treatment: Treatment, name: str, text: str) -> str:
        if not text:
            return text
        match treatment:
            case Treatment.SHIPPED:
                return self._shipped(name, text)
            case Treatment.PERSON:
                return self._numbered("person", text)
            case Treatment.SHIFTED:
                return self._shifted(text)
            case Treatment.LINKED:
                return _linked(text)
            case Treatment.LEFT_OUT:
                return ""

    def _shipped(self, name: str, text: str) -> str:
        found = self._code_of.get((name, text))
        if found is None:
            found = text if is_shipped(text) else self._numbered(name, text)
            self._code_of[name, text] = found
        return found

    def _numbered(self, what: str, text: str) -> str:
        if not text:
            return text
        number = self._numbers.get((what, text))
        if number is None:
            count = sum(1 for known, _ in self._numbers if known == what)
            number = self._numbers[what, text] = f"{what}-{count + 1}"
        return number

    def _shifted(self, text: str) -> str:
        """A time in UTC or a date, moved; empty where it is neither."""
        if len(text) == len("2026-01-01"):
            try:
                return (date.fromisoformat(text) + self._shift).isoformat()
            except (ValueError, OverflowError):
                return ""
        moment = parse_utc(text)
        try:
            return "" if moment is None else write_utc(moment + self._shift)
        except OverflowError:
            return ""

    def moment(self, moment: datetime) -> datetime:
        """A moment, moved."""
        return moment.astimezone(UTC) + self._shift


def _linked(note: str) -> str:
    if note == LATE:
        return note
    found = _LINK.fullmatch(note)
    return f"{found[1]}{found[2]}" if found else ""


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


@cache
def _plan(kind: type) -> tuple[str, ...]:
    """The fields of `kind` that may hold something to change."""
    hints = get_type_hints(kind)
    return tuple(field.name for field in fields(kind) if _may_say(hints[field.name]))


def _may_say(hint: Any) -> bool:
    """Whether a field of this type may hold text, bytes, or parts that do."""
    if isinstance(hint, type):
        texts = issubclass(hint, str | bytes) and not issubclass(hint, Enum)
        return texts or is_dataclass(hint)
    return any(_may_say(one) for one in _flat(get_args(hint)))


def _flat(parts: Iterable[Any]) -> Iterable[Any]:
    return (part for part in parts if part is not Ellipsis)
