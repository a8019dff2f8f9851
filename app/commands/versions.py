"""`versions`: what this version makes of recorded sessions, kept, and compared with another's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json, print_table
from app.commands.database import opened_to_read
from app.commands.long_work import LongWork, long_work
from app.commands.trail import on_trail
from app.people.actor import actor
from app.places import program_version, seal_key_path
from app.records.catalogue import CatalogueError
from app.records.digesting import (
    GoOn,
    digest_session,
    header_line,
    outputs_between,
    outputs_line,
    session_line,
)
from app.records.versions_comparing import compare_archives, opened_other
from app.reviewing.versions import VersionsCompared
from app.trail.noting import SESSIONS, subject_of
from storage.sessions import list_sessions

RecordsArgument = Annotated[
    list[str], typer.Argument(help="Database files or URLs.", show_default=False)
]


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("digest")(digest)
    group.command("compare")(compare)


def digest(
    record: Annotated[str, typer.Argument(help="Database file or URL.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option(help="File to write, a line of JSON a session.")
    ] = None,
    session: Annotated[
        list[str] | None, typer.Option(help="Only this session; repeat. Else all.")
    ] = None,
    outputs: Annotated[
        str, typer.Option(help="FIRST:LAST of one session's outputs, printed in full instead.")
    ] = "",
) -> int:
    """Run the inputs of recorded sessions through this version; keep digests of what comes."""
    with opened_to_read(record) as database, on_trail("versions digest", record) as trail:
        names = session or [one.session for one in list_sessions(database)][::-1]
        if outputs:
            with _told():
                first, last = _span(outputs, names)
                typer.echo(outputs_line(outputs_between(database, names[0], first, last)))
            return 0
        if output is None:
            raise BadInputError("Give --output FILE for the digests.")
        with long_work("digesting") as work, _told(), _open(output) as file:
            file.write(header_line(program_version(), len(names)) + "\n")
            for done, name in enumerate(names):
                found = digest_session(database, name, _within(work, done, len(names)))
                if found is None:
                    typer.echo(f"Stopped: {done} of {len(names)} sessions digested.", err=True)
                    return EXIT_NO
                file.write(session_line(found) + "\n")
                file.flush()
                trail.looked(subject_of(name), "versions digest")
    typer.echo(f"{output}: {len(names)} sessions digested by version {program_version()}.")
    return 0


def compare(
    records: RecordsArgument,
    other: Annotated[
        Path,
        typer.Option(help="Folder of another installation, or a file that its digest wrote."),
    ],
    python: Annotated[
        Path | None, typer.Option(help="Interpreter for that folder, else that in its .venv.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the result as HTML, too.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the result as PDF, too.")] = None,
) -> int:
    """Compare what this version and another make of the same inputs; exit status 1 if not alike."""
    for record in records:
        with on_trail("versions compare", record) as trail:
            trail.looked(SESSIONS, f"versions compared with {other}")
    with (
        tempfile.TemporaryDirectory() as scratch,
        long_work("comparing") as work,
        _told(),
        opened_other(other, Path(scratch), python) as there,
    ):
        found = compare_archives(records, there, opened_to_read, work.go_on)
    if json:
        print_json({"words": found.words, "alike": found.alike, **_plain(found)})
    else:
        _print(found)
    for path in (html, pdf):
        if path is not None:
            typer.echo(_write(found, path), err=json)
    return 0 if found.alike else EXIT_NO


def _plain(found: VersionsCompared) -> dict[str, object]:
    return {
        "here": found.here,
        "there": found.there,
        "records": found.places,
        "sessions": found.sessions,
        "unmatched": found.unmatched,
        "stopped": found.stopped,
    }


def _print(found: VersionsCompared) -> None:
    typer.echo(f"here     {found.here}")
    typer.echo(f"there    {found.there}")
    typer.echo("")
    print_table(
        ("session", "outcome", "outputs here", "there", "alarms gained", "lost"),
        [
            (
                one.session,
                "identical" if one.identical else ("not compared" if one.problem else "DIFFERS"),
                one.outputs_here,
                one.outputs_there,
                len(one.gained),
                len(one.lost),
            )
            for one in found.sessions
        ],
    )
    for one in found.sessions:
        if not one.identical:
            typer.echo(f"\n{one.session}: {one.words[0]}")
            for words in one.words[1:]:
                typer.echo(f"  {words}")
    if found.unmatched:
        typer.echo(f"\nOnly there: {', '.join(found.unmatched)}")
    typer.echo(f"\n{found.words}")


def _write(found: VersionsCompared, path: Path) -> str:
    from app.printing.documents import DocumentError
    from app.printing.office import Office, ready_key
    from app.printing.versions_result import versions_document
    from app.records.making_now import making_now

    document = versions_document(found, making_now(actor(), ", ".join(found.places)))
    with on_trail("versions compare", found.places[0]) as trail:
        try:
            return Office(trail, ready_key(seal_key_path())).write_result(document, path).words
        except DocumentError as error:
            raise BadInputError(str(error)) from error


def _span(text: str, names: list[str]) -> tuple[int, int]:
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit()) or len(names) != 1:
        raise BadInputError(f"--outputs {text}: FIRST:LAST of one --session.")
    return int(first), int(last)


def _within(work: LongWork, done: int, parts: int) -> GoOn:
    return lambda share: work.go_on((done + share) / parts)


@contextmanager
def _told() -> Iterator[None]:
    """Faults of records and other versions as a sentence."""
    try:
        yield
    except CatalogueError as error:
        raise BadInputError(str(error)) from error


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise BadInputError(f"{path} cannot be written: {error.strerror}.") from error
