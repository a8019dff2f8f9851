"""The recorded sessions as the windows of review and replay are given them, read from storage.

A database is opened read-only and never changed. What is damaged is left out and said; what can be
read is shown. Trends come from the packed readings without decoding bytes and waveforms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TypedDict

import numpy as np

from app.amending import AmendingError, amend_record
from app.differences import Comparison, difference_words
from app.history import History
from app.records.catalogue import (
    CatalogueError,
    OpenedSession,
    Progress,
    RecordedSession,
    Search,
    SessionLine,
    SignatureVerdict,
    Standing,
    TrailLine,
    Verdict,
)
from app.records.stream_collector import StreamCollector
from app.sealing import known_site_keys
from app.state import ViewState, fold
from app.verification import Rerun
from protocols.events import (
    BytesSent,
    ChunkReceived,
    Command,
    Event,
    FrameRejected,
    PersonIdentified,
    Reading,
    SessionClosed,
    SessionOpened,
)
from protocols.vitals import NS_PER_S, Vital
from storage.clock import RecordedClock, parse_utc
from storage.database import Database
from storage.faults import Fault, StorageError
from storage.journal import Journal, Run, find_session, read_runs
from storage.packing import Series
from storage.sessions import (
    SessionStatus,
    SessionSummary,
    count_sessions,
    find_summary,
    list_protocols,
    list_sessions,
)
from storage.signatures import check_signatures
from storage.verification import ChainReport, verify_chain

_STANDINGS = {
    SessionStatus.OPEN: Standing.RUNNING,
    SessionStatus.CLOSED: Standing.CLOSED,
    SessionStatus.INTERRUPTED: Standing.INTERRUPTED,
}
ONLY_IN_THE_ROOM = "A server holds copies: what is added goes into the record file of the room."
_NEVER_SHOWN = (ChunkReceived, BytesSent, FrameRejected)
_CHECK_EVERY = 500
"""A verification reports its progress each so many events."""


class Archive:
    """The sessions of one database, to look at."""

    def __init__(self, database: Database) -> None:
        """Look at `database`, which should be open for reading only."""
        self._database = database

    def list_sessions(
        self, search: Search, first: int = 0, most: int | None = None
    ) -> list[SessionLine]:
        """The sessions asked for, newest first, `most` of them (or all) after the first `first`.

        Raises:
            CatalogueError: the database cannot be read.
        """
        with _told():
            found = list_sessions(self._database, **_asked(search), first=first, most=most)
        return [_line(summary) for summary in found]

    def count_sessions(self, search: Search) -> int:
        """How many sessions are asked for.

        Raises:
            CatalogueError: the database cannot be read.
        """
        with _told():
            return count_sessions(self._database, **_asked(search))

    def protocols(self) -> list[str]:
        """Names of the protocols of the recorded sessions.

        Raises:
            CatalogueError: the database cannot be read.
        """
        with _told():
            return list_protocols(self._database)

    def open_session(self, session: str) -> OpenedSession:
        """Open a session to its full trends.

        Raises:
            CatalogueError: there is no such session, or nothing of it can be read.
        """
        line, runs, missing = self._rows(session)
        reader = _Reader(missing)
        history = History()
        events: list[Event] = []
        numbers: list[int] = []
        clock = RecordedClock()
        state = ViewState()
        packed = StreamCollector()
        streams = packed.waiting
        end_ns = 0
        for run in reader.sound(runs):
            end_ns = max(end_ns, run.last_t_ns)
            history.entries.skip_to(run.last_seq)
            if run.is_packed:
                reader.attempt(run, partial(packed.take, run.body, run.first_seq))
                continue
            for number, event in enumerate(reader.events(run), run.first_seq):
                if isinstance(event, Reading):
                    _add_streams(history, streams, event.vital)
                state = reader.fold(state, event)
                history.add(event, number)
                clock.add(event)
                events.append(event)
                numbers.append(number)
        for vital in list(streams):
            _add_streams(history, streams, Vital(vital))
        return OpenedSession(
            line=line,
            state=state,
            history=history,
            events=tuple(events),
            end_ns=end_ns,
            clock=clock,
            missing=tuple(reader.missing),
            numbers=tuple(numbers),
            count=runs[-1].last_seq if runs else 0,
            chain=runs[-1].chain.hex() if runs else "",
            streams=packed.streams(),
        )

    def read_session(self, session: str) -> RecordedSession:
        """Load every event of a session that a screen shows.

        Raises:
            CatalogueError: there is no such session, or nothing of it can be read.
        """
        line, runs, missing = self._rows(session)
        reader = _Reader(missing)
        shown: list[tuple[int, Event]] = []
        for run in reader.sound(runs):
            shown += [
                (number, event)
                for number, event in enumerate(reader.events(run), run.first_seq)
                if not isinstance(event, _NEVER_SHOWN) and reader.is_usable(event)
            ]
        return RecordedSession(
            line=line,
            events=tuple(event for _, event in shown),
            missing=tuple(reader.missing),
            numbers=tuple(number for number, _ in shown),
        )

    def trail(self, session: str = "") -> list[TrailLine]:
        """What the record's own logbook says of a session, or of everything; newest first.

        Raises:
            CatalogueError: the database cannot be read.
        """
        from app.trail.reading import read_trail  # asked for by few

        with _told():
            return read_trail(self._database, session)

    def verify(self, session: str, progress: Progress) -> Verdict | None:
        """Check rows and hash chain, then replay the inputs and compare the outputs.

        Returns:
            The verdict in words, or None when `progress` answered that it should stop.

        Raises:
            CatalogueError: there is no such session, or the file cannot be opened.
        """
        if not progress(0.0):
            return None
        try:
            chain = verify_chain(self._database, session, known=known_site_keys())
        except StorageError as error:
            raise CatalogueError(error.user_text) from error
        sentences = [
            f"The record is whole: {chain.events} events in one unbroken chain."
            if chain.ok
            else f"The record is not whole. {chain.first_problem}"
        ]
        if chain.ok and chain.head_confirmed:
            sentences.append("Its end is the one noted beside the database at the close.")
        if chain.ok and chain.closed:
            sentences.append(_seal_words(chain))
        unfit = self._unfit_signatures(session)
        sentences += unfit
        try:
            comparison = self._rerun(session, chain.events, progress)
        except StorageError as error:
            sentences.append(f"It cannot be replayed: {error.user_text}")
            return Verdict(good=False, sentences=tuple(sentences))
        if comparison is None:
            return None
        sentences += _comparison_words(comparison)
        good = chain.ok and comparison.identical and not unfit
        return Verdict(good=good, sentences=tuple(sentences))

    def signatures(self, session: str) -> list[SignatureVerdict]:
        """Every signature of a session, and whether it fits what it signs.

        Raises:
            CatalogueError: there is no such session, or it cannot be read.
        """
        with _told():
            found = check_signatures(self._database, session)
        return [
            SignatureVerdict(seq=one.seq, signed=one.signed, problem=one.problem) for one in found
        ]

    def amend(
        self,
        session: str,
        commands: Sequence[Command],
        identified: Sequence[PersonIdentified] = (),
        after: int | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Add `commands` to a closed session, and give the number of its last event since.

        With `after` only where the record still ends there.

        Raises:
            CatalogueError: nothing was added, and why.
        """
        if self._database.path is None:
            raise CatalogueError(ONLY_IN_THE_ROOM)
        place = str(self._database.path)
        try:
            made = amend_record(
                place,
                session,
                commands,
                identified=identified,
                after=after,
                progress=progress or (lambda _share: True),
            )
        except AmendingError as error:
            raise CatalogueError(str(error), confirmable=error.confirmable) from error
        except StorageError as error:
            raise CatalogueError(error.user_text) from error
        return made.head.seq

    def _unfit_signatures(self, session: str) -> list[str]:
        """A sentence for each signature that does not fit what it signs."""
        try:
            found = self.signatures(session)
        except CatalogueError:
            return []  # the rows cannot be read, which the check of the chain says
        return [
            f"The signature of {one.signed.by} (event {one.seq}) does not fit. {one.problem}"
            for one in found
            if one.problem
        ]

    def _rerun(self, session: str, whole: int, progress: Progress) -> Comparison | None:
        rerun = Rerun()
        closed = False
        for number, event in enumerate(Journal(self._database).read(session)):
            if number % _CHECK_EVERY == 0 and not progress(min(1.0, number / max(1, whole))):
                return None
            closed = closed or isinstance(event, SessionClosed)
            rerun.take(event)
        progress(1.0)
        return rerun.finish(closed=closed)

    def _rows(self, session: str) -> tuple[SessionLine, list[Run], list[str]]:
        """A session's line and rows, and what of the rows could not even be fetched."""
        try:
            line = _line(find_summary(self._database, session))
        except StorageError as error:
            raise CatalogueError(error.user_text) from error
        try:
            return line, self._fetch(session, rare_only=False), []
        except StorageError as error:
            if error.fault is not Fault.CORRUPT:
                raise CatalogueError(error.user_text) from error
            problem = f"The file is damaged: {error.user_text} Trends are missing."
        try:
            return line, self._fetch(session, rare_only=True), [problem]
        except StorageError:
            return line, [], [problem]

    def _fetch(self, session: str, *, rare_only: bool) -> list[Run]:
        with self._database.reading() as connection:
            number = find_session(connection, session)
            return [] if number is None else read_runs(connection, number, rare_only=rare_only)


class _Reader:
    """Reads rows one by one and keeps what could not be read, in sentences."""

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing

    def sound(self, runs: list[Run]) -> Iterator[Run]:
        """The rows whose columns can be used; says which events are not there."""
        seq = 0
        if not runs:
            self.missing.append("No event of this session can be read.")
        for run in runs:
            if not run.is_sound:
                self.missing.append("A row has a column that is not of its type; it is left out.")
                continue
            if run.first_seq > seq + 1:
                self.missing.append(f"Events {seq + 1} to {run.first_seq - 1} are missing.")
            seq = max(seq, run.last_seq)
            yield run

    def events(self, run: Run) -> list[Event]:
        """The events of a row, or none when it is damaged."""
        try:
            return run.events()
        except ValueError as error:
            self._leave_out(run, error)
            return []

    def attempt(self, run: Run, work: Callable[[], None]) -> None:
        """Do `work` on a row; a damaged body is left out."""
        try:
            work()
        except ValueError as error:
            self._leave_out(run, error)

    def is_usable(self, event: Event) -> bool:
        """Whether `event` can be folded; only an opening with rules of another version cannot."""
        if isinstance(event, SessionOpened):
            return self.fold(ViewState(), event).opened is not None
        return True

    def fold(self, state: ViewState, event: Event) -> ViewState:
        """The state after `event`; an opening that this version cannot read is left out."""
        try:
            return fold(state, event)
        except ValueError as error:
            self.missing.append(f"The protocol or the limits in force cannot be read: {error}")
            return state

    def _leave_out(self, run: Run, error: ValueError) -> None:
        first, last = run.first_t_ns / NS_PER_S / 60, run.last_t_ns / NS_PER_S / 60
        self.missing.append(
            f"Events {run.first_seq} to {run.last_seq} (minute {first:.1f} to {last:.1f}) cannot"
            f" be read: {error}."
        )


def _add_streams(history: History, streams: Series, vital: Vital) -> None:
    """Move the streamed readings of `vital` collected so far into `history`, in order of time."""
    pieces = streams.pop(vital.value, None)
    if pieces is None:
        return
    t_ns, value = np.concatenate(pieces[0]), np.concatenate(pieces[1])
    order = np.argsort(t_ns, kind="stable")
    history.add_stream(vital, t_ns[order] / NS_PER_S, value[order])


class _Asked(TypedDict):
    """What narrows a list of sessions, as the storage takes it."""

    patient: str | None
    since: datetime | None
    until: datetime | None
    protocol: str | None
    with_alarms: bool | None


def _asked(search: Search) -> _Asked:
    until = None if search.until is None else search.until + timedelta(days=1)
    return {
        "patient": search.patient or None,
        "since": _midnight(search.since),
        "until": _midnight(until),
        "protocol": search.protocol or None,
        "with_alarms": search.with_alarms,
    }


@contextmanager
def _told() -> Iterator[None]:
    """Faults of the record as a sentence for people."""
    try:
        yield
    except StorageError as error:
        raise CatalogueError(error.user_text) from error


def _midnight(day: date | None) -> datetime | None:
    """The beginning of `day` on this machine's clock."""
    return None if day is None else datetime.combine(day, time.min).astimezone(UTC)


def _line(summary: SessionSummary) -> SessionLine:
    started = parse_utc(summary.started_at)
    return SessionLine(
        session=summary.session,
        started_at=None if started is None else started.astimezone(),
        room=summary.room,
        protocol=summary.protocol,
        patient=summary.patient,
        mrn=summary.mrn,
        standing=_STANDINGS[summary.status],
        phase=summary.phase,
        simulated=summary.simulated,
        delivered_mg=summary.delivered_mg,
        alarms=summary.alarms,
        technical_alarms=summary.technical_alarms,
        duration_s=summary.duration_s,
    )


def _seal_words(chain: ChainReport) -> str:
    seal = chain.seal
    if seal is None:
        return "It is not sealed."
    return f"It was sealed with the key {seal.key} on {seal.at_utc}."


def _comparison_words(comparison: Comparison) -> list[str]:
    difference = comparison.difference
    if difference is not None:
        where, *told = difference_words(difference)
        return [f"Replayed, it differs first at {where}", *told]
    words = [
        f"Replayed, its {comparison.inputs} inputs gave the same {comparison.outputs} outputs."
    ]
    if comparison.unrecorded:
        words.append(f"{comparison.unrecorded} outputs at the very end were cut off.")
    return words
