"""`verify`: hash chain, seals and integrity, then replay and compare; of a file all it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import EXIT_NO, BadInputError
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.latencies import print_latencies
from app.commands.long_work import long_work
from app.commands.trail import on_trail
from app.commands.verify_output import print_around, print_session
from app.places import RESOURCES
from app.places import database as place_of_database
from app.records.catalogue import CatalogueError
from app.records.verifying import Verified, Verifier
from app.reviewing.verifying import GoOn, SessionCheck, Verification, verify_all
from app.sealing import known_site_keys
from app.trail.noting import SESSIONS, Trail, subject_of
from storage.database import Database
from storage.sealing import KnownKeys, SealingError, read_known_keys
from storage.server import shown_place
from storage.sessions import list_sessions
from storage.verification import RecordReport
from storage.whole_files import write_whole

VERIFIER = RESOURCES / "verifier" / "verify_record.py"
"""The program that verifies a record without this one: one file, Python and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A record, and which sessions of it; none named: everything in it."""

    place: str | None
    sessions: tuple[str, ...] = ()


def verify(
    sessions: Annotated[
        list[str] | None, typer.Argument(help="Names of sessions, or database files.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Everything in the record, not only what is named.")
    ] = False,
    database: DatabaseOption = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="Key file or short name of a key to trust; repeat. Else this site's."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object a session, course and logbook.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Write the result as HTML, too.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the result as PDF, too.")] = None,
    latency: Annotated[
        bool, typer.Option("--latency", help="How long each alarm took; checks nothing.")
    ] = False,
    write_verifier: Annotated[
        Path | None,
        typer.Option(help="Only write the stand-alone verifier to this file, for an inspector."),
    ] = None,
) -> int:
    """Check sessions, or everything in a file; exit status 1 at a difference."""
    if write_verifier is not None:
        return _hand_out(write_verifier)
    targets = _targets(sessions or [], database, whole=whole)
    documents = [path for path in (html, pdf) if path is not None]
    if documents and len(targets) > 1:
        raise BadInputError("A document is of one record: name one file, or sessions of one.")
    if latency:
        for target in targets:
            _tell_latencies(target, as_json=json)
        return 0
    known = _known_keys(key or [])
    good = True
    for target in targets:
        found = _verify(target, known, documents, as_json=json)
        good &= found.good and not found.stopped
        if found.stopped:
            break
    return 0 if good else EXIT_NO


def _targets(named: list[str], database: str | None, *, whole: bool) -> list[_Target]:
    files = [_Target(place=one) for one in named if _names_a_file(one)]
    rest = tuple(one for one in named if not _names_a_file(one))
    if whole and rest:
        raise BadInputError("--all is everything in the record: name no session beside it.")
    if whole:
        files.insert(0, _Target(place=database))
    if rest:
        files.append(_Target(place=database, sessions=rest))
    if not files:
        raise BadInputError("Name a session or a database file, or give --all.")
    return files


def _hand_out(path: Path) -> int:
    try:
        write_whole(path, VERIFIER.read_bytes(), mode=0o755)
    except OSError as error:
        raise BadInputError(f"{path} cannot be written: {error.strerror}.") from error
    typer.echo(f"{path}: run it with python3 and a record file; it needs nothing else.")
    return 0


def _known_keys(named: list[str]) -> KnownKeys:
    try:
        return read_known_keys(named) if named else known_site_keys()
    except SealingError as error:
        raise BadInputError(str(error)) from error


def _names_a_file(text: str) -> bool:
    """Whether `text` is a file or written like one: no session's name has a folder or ending."""
    path = Path(text)
    return path.is_file() or path.name != text or bool(path.suffix)


def _tell_latencies(target: _Target, *, as_json: bool) -> None:
    with opened_to_read(target.place) as record, on_trail("verify", target.place) as trail:
        names = target.sessions or [one.session for one in list_sessions(record)]
        for name in names:
            print_latencies(record, name, as_json=as_json)
            trail.looked(subject_of(name), "latencies")


class _PrintingVerifier(Verifier):
    """Prints the verdict on each session as soon as it is there."""

    def __init__(
        self,
        record: Database,
        known: KnownKeys,
        place: str,
        verified: Verified | None,
        print_one: Callable[[Verifier, SessionCheck], None],
    ) -> None:
        super().__init__(record, known, place, verified)
        self._print_one = print_one

    def check_session(self, session: str, go_on: GoOn) -> SessionCheck | None:
        """Verify one session and print the verdict."""
        check = super().check_session(session, go_on)
        if check is not None:
            self._print_one(self, check)
        return check


def _verify(
    target: _Target, known: KnownKeys, documents: list[Path], *, as_json: bool
) -> Verification:
    place = target.place or place_of_database(None)
    with (
        opened_to_read(target.place) as record,
        on_trail("verify", target.place) as trail,
        long_work("verifying") as work,
    ):

        def print_one(verifier: Verifier, check: SessionCheck) -> None:
            with work.aside():
                print_session(record, verifier.chain(check.session), check, as_json=as_json)

        noted = partial(_note, trail) if target.sessions else None
        verifier = _PrintingVerifier(record, known, place, noted, print_one)
        try:
            found = verify_all(verifier, target.sessions or None, work.go_on)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
        if verifier.report is not None and not _holds_anything(verifier.report):
            raise BadInputError(f"{shown_place(place)}: no session in this file")
        if not target.sessions:
            trail.verified(SESSIONS, "" if found.good else f"{place}: a difference was found.")
        with work.aside():
            print_around(found, verifier.report, known, as_json=as_json)
            for path in documents:
                typer.echo(_write(found, path, trail, record), err=as_json)
    return found


def _note(trail: Trail, session: str, problem: str) -> None:
    trail.verified(subject_of(session), problem)


def _holds_anything(report: RecordReport) -> bool:
    return bool(report.sessions or report.courses or report.logbooks or report.problems)


def _write(found: Verification, path: Path, trail: Trail, record: Database) -> str:
    """Write the result as the ending of `path` says; what there is to say of it."""
    from app.records.verifying_here import VerifierHere

    try:
        return VerifierHere(record, found.place, trail).write(found, path)
    except CatalogueError as error:
        raise BadInputError(str(error)) from error
