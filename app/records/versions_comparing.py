"""Compares what this version makes of recorded sessions with another installation, or its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from app.digests import Made, SessionDigest
from app.places import program_version
from app.records.digesting import GoOn, SavedDigests, digest_session, outputs_between, read_digests
from app.records.other_version import OtherVersion
from app.reviewing.versions import SessionCompared, VersionsCompared, compare_digests
from storage.database import Database
from storage.server import shown_place
from storage.sessions import list_sessions

WAIT_S = 0.2
"""How often it is looked whether the other version is done, and whether to stop."""

OpenRecord = Callable[[str], AbstractContextManager[Database]]
"""Opens a record for reading."""


class Other(Protocol):
    """The other side: digests of a record, and outputs where they can be had."""

    def begin(self, place: str) -> None:
        """Begin to digest the record at `place`, if that takes time."""
        ...

    def digests(self, go_on: GoOn) -> SavedDigests | None:
        """Digests of the record that was begun; None where `go_on` said no. CatalogueError."""
        ...

    def outputs(self, session: str, first: int, last: int) -> Sequence[Made] | None:
        """Outputs of a session in full; None where they are not to be had. CatalogueError."""
        ...

    def words(self, program: str) -> str:
        """What it is, for people; `program` is the version that it says of itself."""
        ...


class SavedOther:
    """Digests that another version wrote into a file."""

    def __init__(self, path: Path) -> None:
        """Read `path`; CatalogueError."""
        self._path = path
        self._saved = read_digests(path)

    def begin(self, place: str) -> None:
        """Nothing is to be begun."""

    def digests(self, _go_on: GoOn) -> SavedDigests:
        """What the file holds."""
        return self._saved

    def outputs(self, _session: str, _first: int, _last: int) -> None:
        """The file keeps streams as digests only."""
        return

    def words(self, program: str) -> str:
        """The version, and the file."""
        return f"version {program}, digests in {self._path.name}"


class InstalledOther:
    """Another installation, run beside this one."""

    def __init__(self, version: OtherVersion) -> None:
        """Run `version`."""
        self._version = version
        self._place = ""
        self._output = Path()

    def begin(self, place: str) -> None:
        """Start it on the record at `place`."""
        self._place = place if "://" in place else str(Path(place).resolve())
        self._output = self._version.begin(self._place)

    def digests(self, go_on: GoOn) -> SavedDigests | None:
        """Wait for it and read what it wrote."""
        while not self._version.wait(WAIT_S):
            if not go_on(1.0):
                self._version.stop()
                return None
        return self._version.read(self._output)

    def outputs(self, session: str, first: int, last: int) -> Sequence[Made]:
        """Outputs as it makes them."""
        return self._version.outputs(self._place, session, first, last)

    def words(self, program: str) -> str:
        """The version, and where it lies."""
        return f"version {program}, {self._version.folder}"


@contextmanager
def opened_other(place: Path, scratch: Path, python: Path | None) -> Iterator[Other]:
    """The other side at `place`: a folder with an installation, or a file of digests.

    Raises:
        CatalogueError: it is neither.
    """
    if not place.is_dir():
        yield SavedOther(place)
        return
    version = OtherVersion(place, scratch, python)
    try:
        yield InstalledOther(version)
    finally:
        version.stop()


def compare_archives(
    places: Sequence[str], there: Other, open_record: OpenRecord, go_on: GoOn
) -> VersionsCompared:
    """Compare every session of every record; stopped, what was done so far.

    Raises:
        CatalogueError: a record cannot be read, or the other version does not work.
    """
    compared: list[SessionCompared] = []
    wanted = 0
    program = "?"
    known: set[str] = set()
    told: dict[str, None] = {}
    for number, place in enumerate(places):
        with open_record(place) as database:
            names = [one.session for one in list_sessions(database)][::-1]
            wanted += len(names)
            known.update(names)
            there.begin(place)
            inside = partial(_share, go_on, number, len(places))
            mine = _digests(database, names, inside)
            found = there.digests(inside) if len(mine) == len(names) else None
            if found is None:
                break
            program = found.program
            told.update(dict.fromkeys(found.sessions))
            for digest in mine:
                compared.append(
                    compare_digests(
                        digest,
                        found.sessions.get(digest.session),
                        partial(outputs_between, database),
                        there.outputs,
                    )
                )
    return VersionsCompared(
        here=f"version {program_version()}, this program",
        there=there.words(program),
        places=tuple(shown_place(place) for place in places),
        wanted=wanted,
        sessions=tuple(compared),
        unmatched=tuple(name for name in told if name not in known),
    )


def _digests(database: Database, names: Sequence[str], go_on: GoOn) -> list[SessionDigest]:
    """The digests by this version, as many as were made before it was stopped."""
    mine: list[SessionDigest] = []
    for done, name in enumerate(names):
        digest = digest_session(database, name, partial(_share, go_on, done, len(names)))
        if digest is None:
            break
        mine.append(digest)
    return mine


def _share(go_on: GoOn, done: int, parts: int, share: float) -> bool:
    return go_on((done + share) / parts)
