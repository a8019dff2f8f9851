"""The rows of the sessions being recorded, kept in memory as they were written.

A file that is damaged, deleted or replaced while a session runs loses nothing of it then: whatever
file is opened next is brought level with what is kept. Two hours with an oximeter's waveform are
two to three megabytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection, Table, delete, insert

from storage.canonical import chain_next, chain_start, parse
from storage.database import Database, open_database
from storage.faults import Fault, StorageError
from storage.heads import Head
from storage.journal import Run, begin_session, find_session, read_runs, summarise_session
from storage.packing import encode_lines
from storage.schema import BATCH, PACK, JournalRow, LiveRow

_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]
_LIVE: Table = LiveRow.__table__  # type: ignore[assignment]


class KeptRows:
    """The rows of each session that this recorder writes, in order."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._runs: dict[str, list[Run]] = {}

    def sessions(self) -> list[str]:
        """The sessions that are kept."""
        return list(self._runs)

    def runs(self, session: str) -> Sequence[Run]:
        """The rows of a session; none where it is not kept."""
        return self._runs.get(session, [])

    def head(self, session: str) -> Head:
        """The end of a session's chain as it is kept."""
        runs = self.runs(session)
        if not runs:
            return Head(seq=0, chain=chain_start(session))
        return Head(seq=runs[-1].last_seq, chain=runs[-1].chain)

    def recall(self, session: str, runs: Sequence[Run]) -> None:
        """Keep what the file has of a session, in place of what was kept."""
        self._runs[session] = list(runs)

    def add(self, session: str, runs: Sequence[Run]) -> None:
        """Keep rows that were committed after all before."""
        self._runs.setdefault(session, []).extend(runs)

    def merge(self, session: str, packed: Run) -> None:
        """Keep `packed` in place of the rows whose events it holds."""
        runs = self._runs.get(session, [])
        start = bisect_left(runs, packed.first_seq, key=lambda run: run.first_seq)
        end = bisect_left(runs, packed.last_seq + 1, key=lambda run: run.first_seq)
        runs[start:end] = [packed]

    def forget(self, session: str) -> None:
        """Keep a session no longer: it is closed and whole in its file."""
        self._runs.pop(session, None)

    def bodies(self, session: str) -> Iterator[bytes]:
        """The canonical form of every event of a session, in order."""
        for run in self.runs(session):
            yield from run.canonical()

    def bring_level(self, database: Database) -> int:
        """Give `database` every kept event that it lacks; what it has more is kept from now on.

        Returns:
            How many events it lacked.

        Raises:
            StorageError: the world's faults; CORRUPT where the file tells of a kept session
                otherwise than it was recorded.
        """
        lacked = 0
        for session in self.sessions():
            try:
                lacked += self._level_session(database, session)
            except ValueError as error:  # a row of the file that cannot be read
                raise _other_story(session) from error
        return lacked

    def compare(self, path: Path) -> None:
        """Read every kept row back from the file at `path` through a connection of its own.

        Raises:
            StorageError: the world's faults; CORRUPT where a row is not the one that was written.
        """
        if _is_spoiled(path.with_name(path.name + "-wal")):
            raise StorageError(Fault.CORRUPT, "The write-ahead log of the record is damaged.")
        with open_database(path, read_only=True) as database, database.reading() as connection:
            for session, runs in self._runs.items():
                number = find_session(connection, session)
                if number is None or read_runs(connection, number) != runs:
                    raise StorageError(
                        Fault.CORRUPT,
                        "The file of the record does not give back what was written to it.",
                    )

    def _level_session(self, database: Database, session: str) -> int:
        with database.writing() as connection:
            number, found = begin_session(connection, session)
            kept = self.head(session)
            if found == kept:
                return 0
            if found.seq > kept.seq:
                runs = read_runs(connection, number)
                if chain_at(session, runs, kept.seq) != kept.chain:
                    raise _other_story(session)
                self.recall(session, runs)
                return 0
            if chain_at(session, self.runs(session), found.seq) != found.chain:
                raise _other_story(session)
            insert_runs(connection, number, list(runs_after(self.runs(session), found.seq)))
            summarise_session(connection, number, session)
            return kept.seq - found.seq


def _is_spoiled(log: Path) -> bool:
    """Whether a write-ahead log has lost its beginning: after a cut nothing of it would count."""
    try:
        with log.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError:
        return False
    return bool(start) and start not in (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")


def _other_story(session: str) -> StorageError:
    return StorageError(
        Fault.CORRUPT, f"The file of the record tells of session {session} otherwise than recorded."
    )


def chain_at(session: str, runs: Sequence[Run], seq: int) -> bytes | None:
    """The chain value after event `seq` of `runs`, which begin at the first event; None: no such.

    Raises:
        ValueError: the row that holds the event is damaged.
    """
    if seq == 0:
        return chain_start(session)
    index = bisect_left(runs, seq, key=lambda run: run.last_seq)
    if index == len(runs) or runs[index].first_seq > seq:
        return None
    run = runs[index]
    if run.last_seq == seq:
        return run.chain
    chain = runs[index - 1].chain if index else chain_start(session)
    for body in run.canonical()[: seq - run.first_seq + 1]:
        chain = chain_next(chain, body)
    return chain


def runs_after(runs: Sequence[Run], seq: int) -> Iterator[Run]:
    """The rows of the events after `seq`; of a row that holds earlier ones too, only the rest.

    Raises:
        ValueError: a row that must be cut is damaged.
    """
    for run in runs:
        if run.first_seq > seq:
            yield run
        elif run.last_seq > seq:
            bodies = run.canonical()[seq - run.first_seq + 1 :]
            yield Run(
                first_seq=seq + 1,
                last_seq=run.last_seq,
                first_t_ns=parse(bodies[0]).t_ns,
                last_t_ns=run.last_t_ns,
                kind=BATCH,
                body=encode_lines(bodies),
                chain=run.chain,
            )


def insert_runs(connection: Connection, session_id: int, runs: Sequence[Run]) -> None:
    """Add rows as they were written, at the end of a session, through every safeguard of the file.

    A packed row may only replace a live one that it covers, so it first stands among those.
    """
    for run in runs:
        row = {name: getattr(run, name) for name in Run.__slots__} | {"session_id": session_id}
        if run.is_packed:
            connection.execute(insert(_LIVE).values(**row | {"kind": BATCH}))
        if run.kind != BATCH:
            connection.execute(insert(_JOURNAL).values(**row))
        if run.kind == PACK:
            where = (_LIVE.c.session_id == session_id, _LIVE.c.first_seq == run.first_seq)
            connection.execute(delete(_LIVE).where(*where))
