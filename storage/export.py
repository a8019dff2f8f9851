"""Copies of a session to take away: CSV for tables, JSON complete with its hash chain.

A copy is written beside its final name, brought to the disk, and only then given that name. Each
says whether the session was simulated and that it is no record of a primary alarm system.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO

from protocols.events import (
    EVENT_KINDS,
    AlarmChanged,
    EntryCorrected,
    Event,
    PhaseChanged,
    Reading,
    WaveReceived,
    kind_of,
)
from protocols.record_entries import correction_words
from protocols.vitals import NS_PER_S, VITALS, Vital
from storage.canonical import ROUTINE, canonical
from storage.clock import RecordedClock, parse_utc, write_utc
from storage.clock_rows import ClockLines, ClockTable
from storage.database import Database
from storage.fault_sorting import sort_error
from storage.faults import Fault, StorageError
from storage.heads import session_subject
from storage.journal import Journal, find_session, read_runs
from storage.seals import has_seals, read_public_keys, read_seals
from storage.sessions import SessionSummary, find_summary

NOT_PRIMARY = "This program is not the primary alarm of the patient; the monitor at the bedside is."
"""Declared in every copy."""

SIMULATED = "SIMULATION: the values of this session come from simulated monitors, not a patient."
"""Declared in every copy of a session with a simulated monitor."""

UNPROTECTED = (
    "This copy is not encrypted, unlike the record that it was made from: whoever has it can read"
    " it. Keep it as you keep the record, and destroy it when it is no longer needed."
)
"""Declared in every copy of a session in an encrypted record."""

CSV_COLUMNS = (
    "t_s",
    "time_utc",
    "time_local",
    "kind",
    "name",
    "value",
    "unit",
    "quality",
    "source",
    "text",
    "simulated",
    "event",
)
"""Columns of the CSV; ``docs/file-format.md`` describes each."""

CLOCK_ROW = "clock"
"""Kind of the rows that tell of the wall clock: a reading, a step, a change of zone or offset."""

JSON_FORMAT = "infusion-room-session"
JSON_VERSION = 1

DEIDENTIFIED_FORMAT = "infusion-room-session-deidentified"
"""Format of a JSON copy whose events are not those recorded: it has no chain to check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What a copy says in place of the record.

    Attributes:
        session: what the session is called.
        notices: what the copy says of itself besides what every copy does.
        started_at: when the session began, ISO 8601 in UTC.
        change: an event as the copy says it; None leaves it out.
        about: what is said of the patient.
    """

    session: str
    notices: tuple[str, ...]
    started_at: str
    change: Callable[[Event], Event | None]
    about: Mapping[str, str | int | None]


Numbered = tuple[int, Event]

GoOn = Callable[[float], bool]
"""Told the share done (0 to 1); answers whether to go on."""

CHECK_EVERY = 10_000
"""Events after which a copy asks whether to go on."""


class CopyStoppedError(Exception):
    """The making of a copy was stopped; nothing was written."""


def always(_share: float) -> bool:
    """Go on, however much is done."""
    return True


def export_csv(
    database: Database,
    session: str,
    path: Path,
    *,
    waveforms: bool = False,
    variant: Variant | None = None,
    go_on: GoOn = always,
) -> int:
    """Write a session as CSV (RFC 4180, UTF-8, decimal point), a row an event.

    Args:
        database: the record.
        session: its name.
        path: the file to make; an old one of this name is replaced once the new one is whole.
        waveforms: also a row for each sample of a waveform.
        variant: what the copy says in place of the record.
        go_on: asked now and then; where it answers no, nothing is written.

    Returns:
        How many rows were written, the heading not counted.

    Raises:
        StorageError: there is no such session, or the file cannot be written.
        CopyStoppedError: `go_on` answered no.
    """
    summary = find_summary(database, session)
    corrected = _corrected(database, session)
    count = 0
    with whole_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        notices = copy_notices(summary, database, variant)
        if variant is not None:
            notices.append("; ".join(f"{name} {value}" for name, value in variant.about.items()))
        events = _events(database, session, variant, go_on)
        for row in _csv_rows(summary, notices, events, corrected, waveforms):
            writer.writerow(row)
            count += 1
    return count


def export_json(
    database: Database,
    session: str,
    path: Path,
    *,
    variant: Variant | None = None,
    go_on: GoOn = always,
) -> int:
    """Write a session as JSON with every event in its canonical form, one a line.

    The hash chain can be worked out from the file alone, with the standard library; but not that of
    a `variant`. ``clock`` holds the wall clock, in UTC and local time, beside session time.

    Returns:
        How many events were written.

    Raises:
        StorageError: there is no such session, or the file cannot be written.
        CopyStoppedError: `go_on` answered no.
    """
    summary = find_summary(database, session)
    count = 0
    with whole_file(path) as file:
        heading = _heading(database, summary, variant)
        file.write(json.dumps(heading, ensure_ascii=False, indent=1)[:-2])
        file.write(',\n "events": [')
        clock = ClockTable()
        for _, event in _events(database, session, variant, go_on):
            file.write(("\n" if count == 0 else ",\n") + canonical(event).decode())
            clock.add(event)
            count += 1
        file.write('\n],\n "clock": ')
        file.write(json.dumps(clock.rows, ensure_ascii=False, indent=1))
        file.write("\n}\n")
    return count


def _heading(
    database: Database, summary: SessionSummary, variant: Variant | None
) -> dict[str, object]:
    session = summary.session
    common: dict[str, object] = {
        "version": JSON_VERSION,
        "notices": copy_notices(summary, database, variant),
        "status": summary.status.value,
        "simulated": summary.simulated,
    }
    if variant is not None:
        return {
            "format": DEIDENTIFIED_FORMAT,
            **common,
            "session": variant.session,
            "started_at": variant.started_at,
            "patient": dict(variant.about),
        }
    head = Journal(database).head(session)
    return {
        "format": JSON_FORMAT,
        **common,
        "session": session,
        "started_at": summary.started_at,
        "chain": "" if head is None else head.chain.hex(),
        **_sealed(database, session),
    }


def _events(
    database: Database, session: str, variant: Variant | None, go_on: GoOn
) -> Iterator[Numbered]:
    """The events of a copy, each with its number in the record."""
    journal = Journal(database)
    head = journal.head(session)
    whole = 1 if head is None else max(1, head.seq)
    for number, event in enumerate(journal.read(session), 1):
        if number % CHECK_EVERY == 0 and not go_on(min(1.0, number / whole)):
            raise CopyStoppedError
        changed = event if variant is None else variant.change(event)
        if changed is not None:
            yield number, changed


def leaves_protection(database: Database) -> str:
    """What to say where a copy of something in `database` is made; empty for a plain record."""
    return UNPROTECTED if database.encrypted else ""


def _sealed(database: Database, session: str) -> dict[str, object]:
    """The seals of a session, each as its line in the heads file, and the keys of the record."""
    with database.reading() as connection:
        if not has_seals(connection):
            return {}
        seals = read_seals(connection, session_subject(session))
    return {
        "seals": [json.loads(seal.line) for seal in seals],
        "public_keys": read_public_keys(database),
    }


def copy_notices(
    summary: SessionSummary, database: Database, variant: Variant | None = None
) -> list[str]:
    """What a copy of a session says of itself, a sentence each."""
    said = (NOT_PRIMARY, SIMULATED if summary.simulated else "", leaves_protection(database))
    more = () if variant is None else variant.notices
    return [sentence for sentence in (*said, *more) if sentence]


Row = tuple[str, ...]

_CORRECTED = next(name for name, kind in EVENT_KINDS.items() if kind is EntryCorrected)


def _corrected(database: Database, session: str) -> dict[int, str]:
    """What is said of each event that was corrected or withdrawn, by its number."""
    with database.reading() as connection:
        session_id = find_session(connection, session) or 0
        runs = read_runs(connection, session_id, rare_only=True)
    said: dict[int, str] = {}
    for run in runs:
        if run.kind != _CORRECTED:
            continue
        for event in run.events():
            if isinstance(event, EntryCorrected):
                what = "withdrawn" if event.withdrawn else "corrected"
                targets = (event.target_seq, *event.also)
                said |= dict.fromkeys(targets, f"{what} by event {run.first_seq}")
    return said


def _csv_rows(
    summary: SessionSummary,
    notices: Sequence[str],
    events: Iterator[Numbered],
    corrected: Mapping[int, str],
    waveforms: bool,
) -> Iterator[Row]:
    simulated = "yes" if summary.simulated else "no"
    for notice in notices:
        yield ("", "", "", "notice", "", "", "", "", "", notice, simulated, "")
    clock, lines = RecordedClock(), ClockLines()
    for number, event in events:
        clock.add(event)
        line = lines.add(event)
        if line is not None:
            said: Row = (line.change.value, line.value, line.unit, "", "", line.text)
            yield (*_times(clock, event.t_ns), CLOCK_ROW, *said, simulated, str(number))
        elif isinstance(event, WaveReceived):
            if waveforms:
                yield from _wave_rows(event, clock, simulated, str(number))
        elif isinstance(event, Reading) or not isinstance(event, ROUTINE):
            *cells, text = _cells(event)
            text = "; ".join(part for part in (text, corrected.get(number, "")) if part)
            times = _amended_times(event) or _times(clock, event.t_ns)
            yield (*times, kind_of(event), *cells, text, simulated, str(number))


def _amended_times(event: Event) -> Row:
    """The wall clock of what was added after the close; it has no place on the session's axis."""
    at_utc = str(getattr(event, "at_utc", ""))
    moment = parse_utc(at_utc) if at_utc else None
    return () if moment is None else ("", write_utc(moment), "")


def _times(clock: RecordedClock, t_ns: int) -> Row:
    utc, local = clock.utc(t_ns), clock.local(t_ns)
    return (
        f"{t_ns / NS_PER_S:.3f}",
        "" if utc is None else write_utc(utc),
        "" if local is None else _write_local(local),
    )


def _write_local(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _wave_rows(
    event: WaveReceived, clock: RecordedClock, simulated: str, number: str
) -> Iterator[Row]:
    last = len(event.values) - 1
    for index, value in enumerate(event.values):
        t_ns = event.t_ns - (last - index) * event.interval_ns
        quality = "good" if event.usable else "low-confidence"
        unit = VITALS[event.vital].unit
        cells = (event.vital.value, str(value), unit, quality, event.device, "")
        yield (*_times(clock, t_ns), "wave_received", *cells, simulated, number)


def _cells(event: Event) -> Row:
    """Name, value, unit, quality, source and text of an event."""
    if isinstance(event, Reading):
        unit = VITALS[event.vital].unit
        value = _measured(event.vital, event.value)
        return (event.vital.value, value, unit, event.quality.value, event.source, event.note)
    if isinstance(event, AlarmChanged):
        unit = "" if event.vital is None else VITALS[event.vital].unit
        value = _measured(event.vital, event.value)
        return (event.alarm, value, unit, event.state.value, event.by, event.sentence)
    if isinstance(event, EntryCorrected):
        right = correction_words(event)
        text = f"event {event.target_seq} said {event.original}: {event.reason}"
        more = f"; {event.consequence}" if event.consequence else ""
        return (event.subject or event.target_kind, right, "", "", event.by, text + more)
    if isinstance(event, PhaseChanged):
        return (event.after.value, "", "", "", event.by, event.reason)
    return _generic_cells(event)


_NAMES = ("item", "task", "drug", "label", "term", "device", "alarm", "vital", "command")
_VALUES = ("value", "severity", "delivered_mg", "dose_mg", "weight_kg", "dose")


def _generic_cells(event: Event) -> Row:
    """For all other kinds: what the fields with telling names hold, and the whole as text."""
    found: dict[str, object] = json.loads(canonical(event))[1]

    def first(names: tuple[str, ...], write: Callable[[object], str] = _text) -> str:
        return next((write(found[name]) for name in names if found.get(name) is not None), "")

    state = found.get("state")
    by = first(("by", "ordered_by", "checked_by"))
    whole = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return (
        first(_NAMES),
        first(_VALUES, _amount),
        "",
        "" if state is None else _text(state),
        by,
        whole,
    )


def _text(value: object) -> str:
    return fixed_point(value) if isinstance(value, float) else str(value)


def _amount(value: object) -> str:
    """A number, or a decimal text, in fixed point."""
    return fixed_point(value) if isinstance(value, str) and _has_exponent(value) else _text(value)


def _has_exponent(text: str) -> bool:
    try:
        return "E" in str(Decimal(text)) and Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _measured(vital: Vital | None, value: float | None) -> str:
    """A value with at least the decimals of its vital, and as many more as it was recorded with."""
    if value is None:
        return ""
    return fixed_point(value, 0 if vital is None else VITALS[vital].decimals)


def fixed_point(value: float | str, decimals: int = 0) -> str:
    """A number without an exponent, exactly as recorded, with a decimal point in every locale.

    Args:
        value: the number, or a decimal text.
        decimals: how many digits after the point there are at least.
    """
    exact = Decimal(repr(value) if isinstance(value, float) else str(value))
    if not exact.is_finite():
        return ""
    plain = f"{exact.normalize():f}"
    digits = len(plain.partition(".")[2])
    return plain if digits >= decimals else f"{exact:.{decimals}f}"


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A text file that gets its name only when it is whole and on the disk."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _unwritable(path: Path, error: OSError) -> StorageError:
    fault = sort_error(error)
    why = error.strerror or str(error)
    return StorageError(
        Fault.IO if fault is None else fault.fault, f"{path} cannot be written: {why}."
    )
