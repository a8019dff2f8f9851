"""What a de-identified copy must not hold is in none of them, and what it says still holds."""

from __future__ import annotations

import base64
import csv
import dataclasses
import enum
import gzip
import io
import json
import re
import types
import typing
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sessions_to_copy import NAME, NURSE, PATIENT, hard_session, recorded

from app.exchange.copying import make_copy, proposed_name
from app.exchange.deidentify import Disguise
from app.exchange.forms import FORMS, CopyForm
from app.exchange.kept_text import (
    EXCEPTIONS,
    LEFT_OUT_KINDS,
    NOT_PROVEN,
    RULE,
    TREATMENTS,
    Treatment,
    is_shipped,
)
from app.exchange.session_copy import read_copy
from protocols.events import (
    EVENT_KINDS,
    EnterPatient,
    Event,
    PatientRecorded,
    Reading,
    SessionOpened,
    WaveReceived,
)
from storage.database import Database
from storage.export import DEIDENTIFIED_FORMAT
from storage.pseudonyms import LEAST_SHIFT_DAYS, MOST_SHIFT_DAYS, Pseudonyms

MARKER = "Zyxqwv"
"""A text that is nowhere but where it was planted."""


def planted(hint: Any) -> Any:
    """A value of the type `hint` that says the marker wherever a text can stand."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(hint) if part is not type(None)]
        return planted(next((part for part in parts if part is str), parts[0]))
    if origin is tuple:
        return (planted(typing.get_args(hint)[0]),)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return planted_event(hint)
    if issubclass(hint, enum.Enum):
        return next(iter(hint))
    values = {bool: False, int: 5, float: 80.0, str: MARKER, bytes: MARKER.encode()}
    return {**values, Decimal: Decimal(5)}[hint]


def planted_event(kind: type) -> Any:
    """An event, or a part of one, with the marker in every text."""
    hints = typing.get_type_hints(kind)
    return kind(**{name: planted(hint) for name, hint in hints.items()})


def planted_session() -> tuple[Event, ...]:
    """An opening and one of every other kind of event, full of markers."""
    opened = replace(
        planted_event(SessionOpened),
        t_ns=0,
        utc="2026-03-02T09:00:00.000Z",
        session=f"20260302-{MARKER}",
    )
    others = [
        replace(planted_event(kind), t_ns=number * 1_000_000_000)
        for number, kind in enumerate(EVENT_KINDS.values(), 1)
        if kind is not SessionOpened
    ]
    return (opened, *(_possible(event) for event in others))


def _possible(event: Event) -> Event:
    """`event` as a monitor or a person could have made it, where the formats rely on that."""
    if isinstance(event, WaveReceived):
        return replace(event, interval_ns=13_333_333, full_scale=255)
    if isinstance(event, Reading):
        return replace(event, measured_ns=event.t_ns, spot=True)
    return event


@pytest.fixture(scope="module")
def full_of_markers(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[Database]:
    name = f"20260302-{MARKER}"
    database = recorded(tmp_path_factory.mktemp("planted"), name, planted_session())
    yield database
    database.close()


def contents(path: Path) -> list[bytes]:
    """Everything a copy says, as bytes, unpacked."""
    files = [path] if path.is_file() else sorted(path.iterdir())
    found = [file.name.encode() + b"\n" + file.read_bytes() for file in files]
    return [*found, gzip.decompress(path.read_bytes())] if path.suffix == ".vital" else found


@pytest.mark.parametrize("form", CopyForm)
def test_no_text_that_was_planted_is_in_any_copy(
    form: CopyForm, full_of_markers: Database, pseudonyms: Pseudonyms, tmp_path: Path
) -> None:
    if FORMS[form].needs_extra:
        pytest.importorskip("wfdb", reason="the extra exchange is not installed")
    session = f"20260302-{MARKER}"
    name = proposed_name(full_of_markers, session, form, pseudonyms)
    plain, path = tmp_path / f"plain{FORMS[form].ending}", tmp_path / name
    make_copy(full_of_markers, session, form, plain)
    make_copy(full_of_markers, session, form, path, pseudonyms=pseudonyms, waveforms=True)
    forbidden = [MARKER.lower().encode(), base64.b64encode(MARKER.encode()).lower()]
    for content in contents(path):
        for one in forbidden:
            assert one not in content.lower()
    assert MARKER.lower() not in name.lower()
    assert any(MARKER.encode() in content for content in contents(plain))


def test_no_words_of_the_sites_own_protocol_are_in_a_bundle(
    pseudonyms: Pseudonyms, tmp_path: Path
) -> None:
    first, *rest = hard_session()
    assert isinstance(first, SessionOpened)
    text = first.protocol_text
    for name in ("title", "drug", "route", "snomed"):
        text = re.sub(rf'^{name} = "[^"]*"', f'{name} = "{MARKER}"', text, flags=re.MULTILINE)
    own = f'[{{ system = "https://{MARKER}.example", code = "{MARKER}", display = "{MARKER}" }}]'
    text = f"drug_code = {own}\n{text}"
    database = recorded(tmp_path, events=(replace(first, protocol_text=text), *rest))
    for secret, expected in ((None, True), (pseudonyms, False)):
        path = tmp_path / "x.fhir.json"
        make_copy(database, NAME, CopyForm.FHIR, path, pseudonyms=secret)
        assert (MARKER in path.read_text("utf-8")) is expected
    database.close()


def test_nothing_of_a_whole_session_names_anybody(
    database: Database, pseudonyms: Pseudonyms, tmp_path: Path
) -> None:
    path = tmp_path / "x.json"
    make_copy(database, NAME, CopyForm.JSON, path, pseudonyms=pseudonyms)
    text = path.read_text("utf-8")
    names = ("Lindqvist", "Åsa", "4711", NURSE, "P. Adams", "Q. Reviewer", "Room 2", "1931")
    for forbidden in (*names, "penicillin", "calm, says", "2026-03-29", "misread", NAME):
        assert forbidden not in text, forbidden


def test_a_de_identified_json_has_no_chain_and_another_format(
    database: Database, pseudonyms: Pseudonyms, tmp_path: Path
) -> None:
    path = tmp_path / "x.json"
    make_copy(database, NAME, CopyForm.JSON, path, pseudonyms=pseudonyms)
    content = json.loads(path.read_text("utf-8"))
    assert content["format"] == DEIDENTIFIED_FORMAT
    assert {"chain", "seals", "public_keys"} & set(content) == set()
    assert content["notices"][-2:] == [RULE, NOT_PROVEN]
    assert content["patient"]["age_years"] == 90
    assert content["patient"]["sex"] == "female"


def test_values_intervals_and_time_of_day_stay_and_days_move(
    database: Database, pseudonyms: Pseudonyms
) -> None:
    plain = read_copy(database, NAME)
    bare = read_copy(database, NAME, pseudonyms=pseudonyms)
    assert [r.value for _, r in bare.readings] == [r.value for _, r in plain.readings]
    for before, after in zip(plain.waves, bare.waves, strict=True):
        assert (after.values == before.values).all()
        assert (after.t_ns == before.t_ns).all()
    days = {(bare.utc(t_ns) - plain.utc(t_ns)) for t_ns in (0, 30_000_000_000, bare.end_ns)}
    assert days == {timedelta(days=pseudonyms.shift_days("mrn MRN 4711"))}
    (moved,) = days
    assert moved % timedelta(days=1) == timedelta(0)
    assert -MOST_SHIFT_DAYS <= moved.days <= -LEAST_SHIFT_DAYS
    for t_ns in (0, 60_000_000_000):
        before, after = plain.local(t_ns), bare.local(t_ns)
        assert (before.timetz(), before.utcoffset()) == (after.timetz(), after.utcoffset())


def _session_of(entry: EnterPatient, name: str, utc: str) -> tuple[Event, ...]:
    first = next(event for event in hard_session() if isinstance(event, SessionOpened))
    return (replace(first, session=name, utc=utc), PatientRecorded(t_ns=1, entry=entry))


def test_a_patient_is_the_same_in_every_copy_and_another_is_not(
    pseudonyms: Pseudonyms, tmp_path: Path
) -> None:
    spelt = replace(PATIENT, mrn=" mrn 4711 ", family_name="Lindquist")
    other = replace(PATIENT, mrn="MRN 4712")
    people = {"one": PATIENT, "two": spelt, "three": other}
    shifts, numbers = {}, {}
    for day, (name, entry) in enumerate(people.items(), 1):
        (tmp_path / name).mkdir()
        events = _session_of(entry, name, f"2026-04-{day:02d}T08:00:00.000Z")
        database = recorded(tmp_path / name, name, events)
        copy = read_copy(database, name, pseudonyms=pseudonyms)
        begun = datetime.fromisoformat(f"2026-04-{day:02d}T08:00:00+00:00")
        shifts[name] = copy.utc(0) - begun
        numbers[name] = copy.person.number
        database.close()
    assert shifts["one"] == shifts["two"] != shifts["three"]
    assert numbers["one"] == numbers["two"] != numbers["three"]
    elsewhere = Pseudonyms(b"\x08" * 32)
    assert elsewhere.patient("mrn MRN 4711") != numbers["one"]
    assert elsewhere.shift_days("mrn MRN 4711") != shifts["one"].days


@pytest.mark.parametrize(
    ("born", "age"), [("1936-03-30", 89), ("1936-03-29", 90), ("1901-01-01", 90)]
)
def test_everybody_above_89_is_90(born: str, age: int, pseudonyms: Pseudonyms) -> None:
    entry = replace(PATIENT, birth_date=born)
    assert Disguise(pseudonyms, "s", entry, "2026-03-29").person.age_years == age


def test_persons_stay_apart_and_corrections_stay_linked(
    database: Database, pseudonyms: Pseudonyms, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    make_copy(database, NAME, CopyForm.CSV, path, pseudonyms=pseudonyms)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    people = {row["source"] for row in rows if row["source"].startswith("person-")}
    assert len(people) == 3
    notes = {row["text"] for row in rows if row["kind"] == "reading" and row["text"]}
    assert any("corrects entry" in note for note in notes)
    assert any("withdrawn by event" in note for note in notes)
    assert "patient P-" in next(row["text"] for row in rows if "age_years" in row["text"])


def test_words_of_the_program_stay_and_others_become_numbers(pseudonyms: Pseudonyms) -> None:
    disguise = Disguise(pseudonyms, "s", PATIENT, "2026-03-29")
    assert disguise.text("alarm", "sbp-high-warning") == "sbp-high-warning"
    assert disguise.text("task", "infusing/bp/10") == "infusing/bp/10"
    assert disguise.text("alarm", "dr-smiths-rule") == "alarm-1"
    assert disguise.text("alarm", "dr-joness-rule") == "alarm-2"
    assert disguise.text("alarm", "dr-smiths-rule") == "alarm-1"
    assert not is_shipped("5551234567")
    assert not is_shipped("1961/3/4")
    assert is_shipped("3")


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:]


def test_every_field_named_is_one_of_an_event() -> None:
    names: set[str] = set()
    kinds = set(EVENT_KINDS)

    def note(kind: type) -> None:
        for name, hint in typing.get_type_hints(kind).items():
            names.add(name)
            for part in (hint, *typing.get_args(hint)):
                if dataclasses.is_dataclass(part) and isinstance(part, type):
                    kinds.add(
                        "".join(f"_{c.lower()}" if c.isupper() else c for c in part.__name__)[1:]
                    )
                    note(part)

    for kind in EVENT_KINDS.values():
        note(kind)
    assert set(TREATMENTS) <= names
    assert {kind for kind, _ in EXCEPTIONS} <= kinds
    assert set(LEFT_OUT_KINDS) <= kinds


def test_the_page_names_what_becomes_of_each_text() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "file-format.md").read_text("utf-8")
    for treatment in Treatment:
        if treatment is not Treatment.LEFT_OUT:
            named = sorted(name for name, how in TREATMENTS.items() if how is treatment)
            assert ", ".join(f"`{name}`" for name in named) in page
