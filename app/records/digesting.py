"""Runs recorded sessions through the rules without a window, and keeps digests in a file.

A file of digests has a line of JSON for what made it, then one a session: another version of the
program, or the same years later, compares it with its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from app.digests import FORM, Digester, Made, Rerun, SessionDigest, form_of
from app.records.catalogue import CatalogueError
from protocols.events import Input
from storage.database import Database
from storage.faults import StorageError
from storage.journal import Journal

FORMAT = "infusion-room digests"
CHECK_EVERY = 500

GoOn = Callable[[float], bool]


class _Header(msgspec.Struct, kw_only=True):
    format: str
    form: int
    program: str
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedDigests:
    """Digests from a file: the version that made them, and those of each session by its name."""

    program: str
    sessions: dict[str, SessionDigest]


def digest_session(database: Database, session: str, go_on: GoOn) -> SessionDigest | None:
    """Run the inputs of one session; None where `go_on` said no.

    What cannot be read or run is said in the digest, which is then of what came before.

    Raises:
        CatalogueError: there is no such session, or the file cannot be read.
    """
    digester = Digester(session)
    journal = Journal(database)
    try:
        events = journal.read(session)
        head = journal.head(session)
    except StorageError as error:
        raise CatalogueError(error.user_text) from error
    whole = 0 if head is None else head.seq
    try:
        for number, event in enumerate(events):
            if number % CHECK_EVERY == 0 and not go_on(min(1.0, number / max(1, whole))):
                return None
            digester.take(event)
    except StorageError as error:
        return digester.finish(error.user_text)
    except ValueError as error:
        return digester.finish(
            f"what was in force cannot be read: {str(error).partition(chr(10))[0]}"
        )
    return digester.finish()


def outputs_between(database: Database, session: str, first: int, last: int) -> list[Made]:
    """The outputs number `first` to `last` (from 0, `last` not included) of a session's run.

    Raises:
        CatalogueError: the session cannot be read or run.
    """
    rerun, made, count = Rerun(), [], 0
    try:
        for event in Journal(database).read(session):
            if not isinstance(event, Input):
                continue
            for number, output in rerun.take(event):
                if first <= count < last:
                    made.append(Made(number=number, t_ns=output.t_ns, form=form_of(output)))
                count += 1
            if count >= last:
                break
    except (StorageError, ValueError) as error:
        told = error.user_text if isinstance(error, StorageError) else str(error)
        raise CatalogueError(told) from error
    return made


def header_line(program: str, sessions: int) -> str:
    """The first line of a file of digests."""
    return json.dumps({"format": FORMAT, "form": FORM, "program": program, "sessions": sessions})


def session_line(digest: SessionDigest) -> str:
    """One session's line."""
    return json.dumps(asdict(digest), ensure_ascii=False, separators=(",", ":"))


def outputs_line(outputs: Iterable[Made]) -> str:
    """Some outputs as one line."""
    return json.dumps([asdict(one) for one in outputs], ensure_ascii=False)


def read_digests(path: Path) -> SavedDigests:
    """The digests in a file.

    Raises:
        CatalogueError: it cannot be read, or was made in another form.
    """
    sessions: dict[str, SessionDigest] = {}
    try:
        with path.open(encoding="utf-8") as file:
            header = msgspec.json.decode(next(file, ""), type=_Header)
            if header.format != FORMAT:
                raise CatalogueError(f"{path}: not a file of digests.")
            if header.form != FORM:
                raise CatalogueError(
                    f"{path}: digests of form {header.form}; this version knows form {FORM}."
                )
            for line in file:
                digest = msgspec.json.decode(line, type=SessionDigest)
                sessions[digest.session] = digest
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}.") from error
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise CatalogueError(f"{path}: not a file of digests ({error}).") from error
    if len(sessions) < header.sessions:
        raise CatalogueError(
            f"{path}: only {len(sessions)} of its {header.sessions} sessions are there: it was"
            " cut short when it was written."
        )
    return SavedDigests(program=header.program, sessions=sessions)


def parse_outputs(line: str) -> list[Made]:
    """Outputs from a line that `outputs_line` wrote.

    Raises:
        CatalogueError: it is no such line.
    """
    try:
        return msgspec.json.decode(line, type=list[Made])
    except msgspec.DecodeError as error:
        raise CatalogueError(f"not outputs of a session: {error}") from error
