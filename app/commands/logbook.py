"""`logbook`: what happened around the sessions of a record: who signed in, looked, took a copy."""

from __future__ import annotations

import json as json_text
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.clock import iso_utc
from app.commands.answers import BadInputError, plain, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from protocols.logbook.entries import ENTRY_KINDS, Entry
from storage.logbook import LOG_FORM, RecordedLogbook, read_logbooks

KEPT_BACK = "verifier"
"""Field that no listing and no export contains: what a password or PIN is checked with."""


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_all)
    group.command("export")(export)


def list_all(
    database: DatabaseOption = None,
    user: Annotated[str | None, typer.Option(help="Only about or by this user or name.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as signed_in.")] = None,
    since: Annotated[str | None, typer.Option(help="From this day on, YYYY-MM-DD (UTC).")] = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """The entries, oldest first. A logbook that is not whole says so and ends with status 1."""
    if kind is not None and kind not in ENTRY_KINDS:
        raise BadInputError(f"--kind {kind}: no such kind; known: {', '.join(ENTRY_KINDS)}")
    first = _day(since)
    with opened_to_read(database) as record, on_trail("logbook list", database) as trail:
        logbooks = read_logbooks(record)
        trail.looked("logbook")
    rows = [
        _row(logbook.logbook, seq, entry)
        for logbook in logbooks
        for seq, entry in enumerate(logbook.entries, start=1)
        if (kind is None or LOG_FORM.kind_of(entry) == kind)
        and entry.at_utc >= first
        and (user is None or _is_about(entry, user))
    ]
    if json:
        print_json(rows)
    else:
        headings = ("at (UTC)", "kind", "by", "")
        print_table(headings, [(r["at_utc"], r["kind"], r["by"], _details(r)) for r in rows])
    _tell_problems(logbooks)


def export(
    output: Annotated[Path, typer.Option(help="File to write; it must not exist yet.")],
    database: DatabaseOption = None,
) -> None:
    """Write every entry as one line of JSON, without what secrets are checked with."""
    with opened_to_read(database) as record:
        logbooks = read_logbooks(record)
    lines = [
        json_text.dumps(_row(logbook.logbook, seq, entry), ensure_ascii=False)
        for logbook in logbooks
        for seq, entry in enumerate(logbook.entries, start=1)
    ]
    data = "".join(f"{line}\n" for line in lines).encode()
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except FileExistsError:
        raise BadInputError(f"{output}: is there already; name a new file") from None
    except OSError as error:
        raise BadInputError(f"{output}: {error.strerror or error}") from error
    with on_trail("logbook export", database) as trail:
        trail.exported("logbook", "json lines", output)
    typer.echo(f"{output}: {len(lines)} entries")
    _tell_problems(logbooks)


def _row(logbook: str, seq: int, entry: Entry) -> dict[str, Any]:
    """An entry as people may see it."""
    fields = {name: value for name, value in plain(entry).items() if name != KEPT_BACK}
    return {"logbook": logbook, "seq": seq, "kind": LOG_FORM.kind_of(entry), **fields}


def _details(row: dict[str, Any]) -> str:
    shown = ("logbook", "seq", "kind", "by", "at_utc")
    words = [
        f"{name} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in row.items()
        if name not in shown and value not in ("", [], False)
    ]
    return "; ".join(words)


def _is_about(entry: Entry, user: str) -> bool:
    wanted = user.casefold()
    fields = (entry.by, getattr(entry, "user", ""), getattr(entry, "name", ""))
    return wanted in (str(field).casefold() for field in fields)


def _tell_problems(logbooks: list[RecordedLogbook]) -> None:
    """Status 1 where a logbook cannot be followed to its end."""
    problems = [logbook.problem for logbook in logbooks if logbook.problem]
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


def _day(text: str | None) -> str:
    if text is None:
        return ""
    try:
        return iso_utc(datetime.fromisoformat(text).replace(tzinfo=UTC))
    except ValueError:
        raise BadInputError(f"--since {text}: write the day as YYYY-MM-DD") from None
