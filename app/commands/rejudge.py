"""`rejudge`: recorded sessions and files of numbers under other limits, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError, plain, print_json
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.endings import ends_in
from app.commands.rejudge_files import FileReading, file_reading, is_recording, read_recordings
from app.commands.trail import on_trail
from app.people.actor import actor
from app.places import NoSuchResourceError, read_limits, seal_key_path
from app.places import database as place_of_database
from app.printing.office import Office, ready_key
from app.reception.settings import load_settings
from app.records.catalogue import CatalogueError
from app.records.limits_files import write_answer
from app.rejudging.asking import Answer, Asked, Question
from app.rejudging.batch import Task, Unread, judge_sessions
from app.rejudging.report import assumptions, csv_report, not_judged, text_report
from app.rejudging.results import Result, Summary, summarise
from app.rejudging.table_map import (
    TableMap,
    TableMapError,
    make_column,
    parse_pairs,
    read_table_map,
)
from app.rejudging.tables import TableError, read_table
from app.rejudging.what_if import WhatIf
from app.trail.noting import SESSIONS, subject_of
from protocols.limits import LimitsError, LimitsProfile, parse_limits
from storage.faults import StorageError
from storage.server import shown_place
from storage.sessions import list_sessions


class TimeUnit(StrEnum):
    """Units that a column of time may have."""

    MS = "ms"
    S = "s"
    MIN = "min"
    H = "h"


def rejudge(
    sources: Annotated[
        list[str],
        typer.Argument(help="Sessions, databases, CSV, EDF, .hea, .vital.", show_default=False),
    ],
    limits: Annotated[str, typer.Option("--limits", help="Limits asked about: name or file.")],
    against: Annotated[
        str, typer.Option("--against", help="Limits to compare with; else what was recorded.")
    ] = "",
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="CSV: file that says what the columns mean.")
    ] = None,
    columns: Annotated[
        str, typer.Option("--map", help="Columns or channels, as spo2=spo2_ox1,hr=ecg_hr.")
    ] = "",
    time: Annotated[str, typer.Option("--time", help="CSV: column of the time.")] = "",
    unit: Annotated[TimeUnit, typer.Option("--unit", help="CSV: unit of the time.")] = TimeUnit.S,
    split: Annotated[str, typer.Option("--split", help="CSV: columns that divide the file.")] = "",
    subject: Annotated[str, typer.Option("--subject", help="CSV: column of the patient.")] = "",
    missing: Annotated[
        str, typer.Option("--missing", help="Numbers or texts that mean no value: 0,127,255.")
    ] = "",
    baseline: Annotated[
        str, typer.Option("--baseline", help="first:3 (median); CSV also sbp=118,hr=66.")
    ] = "",
    last_repeated: Annotated[
        bool, typer.Option("--last-repeated", help="Only a change of pressure is a reading.")
    ] = False,
    each: Annotated[bool, typer.Option("--each", help="Every change of every recording.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The table of rules as CSV.")] = False,
    json: Annotated[bool, typer.Option("--json", help="All as one JSON object.")] = False,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write it to be signed, as PDF.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="The same as HTML.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Judge recordings under other limits, and say which alarms that gains, loses and moves."""
    options = _Columns(columns, time, unit, split, subject, missing, baseline, last_repeated)
    written = _documents(pdf, html)
    asked, other = _limits(limits), _limits(against) if against else None
    given = _sorted(sources, compared=other is not None)
    table_map = _table_map(mapping, options) if given.tables else None
    reading = _file_reading(mapping, options, given)
    results, unread = _judge_sessions(given.recorded, database, asked, other)
    _note_looks(given.recorded, database, len(results))
    results += _judge_tables(given.tables, table_map, asked, other)
    results += _judge_recordings(given.files, reading, asked, other)
    summary = _summarised(results, unread, asked, other)
    for path in written:
        _write(path, asked, other, results, summary, sources, database)
    title, shown = _title(asked, other), results if each else []
    if json:
        _print_json(title, summary, shown)
    else:
        words = text_report(summary, title, shown, markdown=markdown)
        typer.echo(csv_report(summary) if as_csv else words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    """What is to be judged: sessions and databases, CSV files, and other recordings."""

    recorded: list[str]
    tables: list[str]
    files: list[str]


def _sorted(sources: list[str], *, compared: bool) -> _Sources:
    """The sources by what they are; BadInputError where they cannot be judged together."""
    tables = [one for one in sources if one.lower().endswith(".csv")]
    files = [one for one in sources if is_recording(one)]
    recorded = [one for one in sources if one not in tables and one not in files]
    if recorded and (tables or files) and not compared:
        raise BadInputError("Sessions and files together need --against: files have no record.")
    return _Sources(recorded=recorded, tables=tables, files=files)


def _summarised(
    results: list[Result], unread: dict[str, str], asked: _Limits, other: _Limits | None
) -> Summary:
    """All together; BadInputError where there is nothing."""
    if not results:
        raise BadInputError(next(iter(unread.values()), "There is nothing to judge."))
    return summarise(results, asked.profile, None if other is None else other.profile, unread)


def _documents(pdf: Path | None, html: Path | None) -> list[Path]:
    """The documents to be written; BadInputError for a name that says otherwise."""
    ends_in("--pdf", pdf, ".pdf")
    ends_in("--html", html, ".html", ".htm")
    return [one for one in (pdf, html) if one is not None]


def _note_looks(sources: list[str], named: str | None, judged: int) -> None:
    """Note which sessions were judged: a file as a whole, sessions of the record by name."""
    for source in sources:
        whole = _names_a_file(source)
        with on_trail("rejudge", source if whole else named) as trail:
            if whole:
                trail.looked(SESSIONS, f"{judged} judged in all")
            else:
                trail.looked(subject_of(source))


def _names_a_file(source: str) -> bool:
    path = Path(source)
    return path.is_file() or path.name != source or bool(path.suffix)


def _write(
    path: Path,
    asked: _Limits,
    other: _Limits | None,
    results: list[Result],
    summary: Summary,
    sources: list[str],
    named: str | None,
) -> None:
    """Write the document of what came of it to `path`, and the limits beside it."""
    question = Question(
        sessions=tuple(one.name for one in results),
        limits_text=asked.text,
        against_text=other.text if other else "",
    )
    answer = Answer(
        question=question,
        results=tuple(results),
        summary=summary,
        simulated=frozenset(one.name for one in results if one.simulated),
    )
    about = Asked(limits_name=asked.label, against_name=other.label if other else "")
    places = dict.fromkeys(
        one if one.lower().endswith(".csv") or _names_a_file(one) else place_of_database(named)
        for one in sources
    )
    record = ", ".join(shown_place(one) for one in places)
    with on_trail("rejudge", named) as trail:
        office = Office(trail, ready_key(seal_key_path()), paper=load_settings()[0].site.paper)
        try:
            words = write_answer(office, about, answer, path, by=actor(), record=record)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
        typer.echo(words, err=True)


@dataclass(frozen=True, slots=True)
class _Limits:
    """Limits as named, with their text."""

    name: str
    text: str
    profile: LimitsProfile

    @property
    def label(self) -> str:
        return f"{self.profile.id} {self.profile.version}, {Path(self.name).name}"


def _title(asked: _Limits, other: _Limits | None) -> str:
    before = "as recorded" if other is None else other.label
    return f"What if: {before} (before) and {asked.label} (after)"


def _limits(name: str) -> _Limits:
    try:
        text, path = read_limits(name)
        return _Limits(name, text, parse_limits(text, path))
    except NoSuchResourceError as error:
        raise BadInputError(str(error)) from error
    except LimitsError as error:
        raise BadInputError(str(error.problems[0])) from error


# -- sessions -------------------------------------------------------------------------------------


def _judge_sessions(
    sources: list[str], named: str | None, asked: _Limits, other: _Limits | None
) -> tuple[list[Result], dict[str, str]]:
    """What the sessions gave, and which could not be read and why."""
    results: list[Result] = []
    unread: dict[str, str] = {}
    for place, names in _sessions(sources, named).items():
        task = Task(
            database=place,
            sessions=tuple(names),
            limits_text=asked.text,
            against_text=other.text if other else "",
        )
        for found in _judged(task):
            if isinstance(found, Unread):
                unread[found.name] = found.why
            else:
                results.append(found)
    return results, unread


def _sessions(sources: list[str], named: str | None) -> dict[str, list[str]]:
    """The sessions asked for by the database they are in; of a file named as a source, all."""
    found: dict[str, list[str]] = {}
    for source in sources:
        if _names_a_file(source):
            found.setdefault(source, []).extend(_all_sessions(source))
        else:
            found.setdefault(place_of_database(named), []).append(source)
    for place, names in found.items():
        with opened_to_read(place) as record:
            known = {one.session for one in list_sessions(record)}
        for name in names:
            if name not in known:
                raise BadInputError(f"{name}: no such session in {shown_place(place)}")
        found[place] = list(dict.fromkeys(names))
    return found


def _all_sessions(place: str) -> list[str]:
    with opened_to_read(place) as record:
        names = [one.session for one in list_sessions(record)]
    if not names:
        raise BadInputError(f"{shown_place(place)}: no session in this file")
    return sorted(names)


def _judged(task: Task) -> list[Result | Unread]:
    try:
        return list(judge_sessions(task))
    except StorageError as error:
        raise BadInputError(f"{shown_place(task.database)}: {error.user_text}") from error


# -- files ----------------------------------------------------------------------------------------


class _Columns:
    """The options that say what the columns of a CSV file mean."""

    def __init__(
        self,
        columns: str,
        time: str,
        unit: TimeUnit,
        split: str,
        subject: str,
        missing: str,
        baseline: str,
        last_repeated: bool,
    ) -> None:
        self.columns = columns
        self.time = time
        self.unit = unit
        self.split = _listed(split)
        self.subject = subject
        self.missing = _listed(missing)
        self.baseline = baseline.strip()
        self.last_repeated = last_repeated


def _file_reading(mapping: Path | None, options: _Columns, given: _Sources) -> FileReading:
    """How EDF, WFDB and `.vital` files are read; what is said of CSV files is not for them."""
    if given.tables or not given.files:
        return FileReading()
    return file_reading(
        mapping,
        options.columns,
        options.missing,
        options.baseline,
        last_repeated=options.last_repeated,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _table_map(path: Path | None, options: _Columns) -> TableMap:
    try:
        if path is not None:
            return read_table_map(path)
        if not options.columns or not options.time:
            raise BadInputError("A CSV file needs --mapping FILE, or --time COLUMN and --map.")
        found = TableMap(
            vitals={
                vital: make_column(name, options.missing)
                for vital, name in parse_pairs(options.columns, "--map").items()
            },
            time=options.time,
            time_unit=options.unit,
            split=options.split,
            subject=options.subject,
            last_repeated=options.last_repeated,
        )
        return _with_baseline(found, options.baseline)
    except TableMapError as error:
        raise BadInputError(str(error)) from error


def _with_baseline(found: TableMap, text: str) -> TableMap:
    if not text:
        return found
    first, _, number = text.partition(":")
    if first == "first":
        if not number.isdigit() or not 1 <= int(number) <= 100:
            raise BadInputError(f"--baseline: “{text}”: first:N takes 1 to 100 values")
        return replace(found, baseline_first=int(number))
    values = {}
    for vital, value in parse_pairs(text, "--baseline").items():
        try:
            values[vital] = float(value)
        except ValueError as error:
            raise BadInputError(f"--baseline: “{value}” is no number") from error
    return replace(found, baseline=values)


def _judge_tables(
    tables: list[str], mapping: TableMap | None, asked: _Limits, other: _Limits | None
) -> list[Result]:
    if mapping is None:
        return []
    what_if = WhatIf(asked.profile, None if other is None else other.profile)
    try:
        return [
            what_if.judge(recording)
            for table in tables
            for recording in read_table(Path(table), mapping)
        ]
    except (TableError, TableMapError) as error:
        raise BadInputError(str(error)) from error


def _judge_recordings(
    files: list[str], reading: FileReading, asked: _Limits, other: _Limits | None
) -> list[Result]:
    what_if = WhatIf(asked.profile, None if other is None else other.profile)
    return [what_if.judge(recording) for recording in read_recordings(files, reading)]


# -- JSON -----------------------------------------------------------------------------------------


def _print_json(title: str, summary: Summary, each: list[Result]) -> None:
    found = plain(summary)
    for row, shown in zip(summary.rules, found["rules"], strict=True):
        for side, rule in (("before_rule", row.before_rule), ("after_rule", row.after_rule)):
            shown[side] = None if rule is None else rule.sentence()
    found["title"] = title
    found["assumed"] = assumptions(summary)
    found["not_judged"] = not_judged(summary)
    if each:
        found["each"] = [
            {
                "name": one.name,
                "subject": one.subject,
                "watched_s": one.watched_ns / 1e9,
                "alarms": plain(one.after),
                "changes": None if one.before is None else plain(one.changes),
                "unjudged": dict(one.unjudged),
            }
            for one in each
        ]
    print_json(found)
