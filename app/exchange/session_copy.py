"""What the makers of copies are given of a session: its events, as the copy may say them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import itemgetter

from app.exchange.deidentify import Disguise, Person, person_of
from app.exchange.kept_text import is_shipped
from app.exchange.wave_columns import WaveColumns, join_waves
from protocols.definition import DefinitionError, ProtocolDefinition, parse_protocol
from protocols.events import (
    BytesSent,
    ChunkReceived,
    EnterPatient,
    Event,
    FrameRejected,
    PatientRecorded,
    Reading,
    SessionOpened,
    WaveReceived,
)
from protocols.vitals import Vital
from storage.clock import RecordedClock, parse_utc, write_utc
from storage.database import Database
from storage.export import CHECK_EVERY, CopyStoppedError, GoOn, Variant, always, copy_notices
from storage.faults import Fault, StorageError
from storage.journal import Run, find_session, read_runs
from storage.packing import ReadingRun, read_columns
from storage.pseudonyms import Pseudonyms
from storage.sessions import SessionStatus, find_summary
from storage.stream_columns import WaveRun, read_waves, wave_run

_BYTES = (ChunkReceived, BytesSent, FrameRejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCopy:
    """A session as a copy may say it.

    Attributes:
        name: of the session, or its pseudonym.
        notices: what the copy says of itself, a sentence each.
        opened: what was in force; texts of the rules are empty where the copy is de-identified.
        person: who was treated.
        definition: the protocol, whole, for codes and names; None where it cannot be read.
        events: number and event of each that is no stream, in order.
        readings: number and reading of each, in order; those of people and cuffs too.
        waves: the waveforms, each whole.
        clock: the wall clock, moved where the dates are.
        end_ns: session time of the last event.
        chain: value after the last event, hexadecimal; empty where the copy is de-identified.
        closed: whether the session was closed.
        disguise: what de-identified it, or None.
    """

    name: str
    notices: tuple[str, ...]
    opened: SessionOpened
    person: Person
    definition: ProtocolDefinition | None = field(repr=False)
    events: tuple[tuple[int, Event], ...] = field(repr=False)
    readings: tuple[tuple[int, Reading], ...] = field(repr=False)
    waves: tuple[WaveColumns, ...] = field(repr=False)
    clock: RecordedClock = field(repr=False)
    end_ns: int
    chain: str
    closed: bool
    disguise: Disguise | None = field(default=None, repr=False)

    @property
    def simulated(self) -> bool:
        """Whether any monitor was simulated."""
        return self.opened.simulated

    @property
    def deidentified(self) -> bool:
        """Whether names, texts and dates were taken out."""
        return self.disguise is not None

    def word(self, name: str, text: str) -> str:
        """A name of the protocol as the copy may say it; `name` says of what it is one."""
        return text if self.disguise is None else self.disguise.text(name, text)

    def keeps(self, text: str) -> bool:
        """Whether the copy may say `text` of the protocol as it stands there."""
        return self.disguise is None or is_shipped(text)

    def utc(self, t_ns: int) -> datetime:
        """The wall clock in UTC at `t_ns`."""
        found = self.clock.utc(t_ns)
        if found is not None:
            return found
        return _origin(self.opened) + timedelta(microseconds=t_ns / 1000)

    def local(self, t_ns: int) -> datetime:
        """Local time of the room at `t_ns`, with its offset."""
        found = self.clock.local(t_ns)
        return self.utc(t_ns) if found is None else found


def _origin(opened: SessionOpened) -> datetime:
    moment = parse_utc(opened.utc)
    if moment is None:
        raise StorageError(Fault.CORRUPT, "The record does not tell when the session began.")
    return moment


def make_disguise(database: Database, session: str, pseudonyms: Pseudonyms) -> Disguise:
    """What de-identifies `session`.

    Raises:
        StorageError: there is no such session, or it cannot be read.
    """
    entry, started = _patient_and_start(database, session)
    return Disguise(pseudonyms, session, entry, started)


def make_variant(database: Database, session: str, pseudonyms: Pseudonyms) -> Variant:
    """The same for the makers of CSV and JSON.

    Raises:
        StorageError: there is no such session, or it cannot be read.
    """
    disguise = make_disguise(database, session, pseudonyms)
    started = parse_utc(find_summary(database, session).started_at)
    person = disguise.person
    return Variant(
        session=disguise.session,
        notices=disguise.notices,
        started_at="" if started is None else write_utc(disguise.moment(started)),
        change=disguise.event,
        about={
            "patient": person.number,
            "sex": person.sex or "not known",
            "age_years": person.age_years,
        },
    )


def _patient_and_start(database: Database, session: str) -> tuple[EnterPatient | None, str]:
    """The patient as last entered, and the local date on which the session began."""
    find_summary(database, session)
    with database.reading() as connection:
        runs = read_runs(connection, find_session(connection, session) or 0, rare_only=True)
    entry: EnterPatient | None = None
    started = ""
    wanted = ("patient_recorded", "session_opened")
    for event in (event for run in runs if run.kind in wanted for event in run.events()):
        if isinstance(event, PatientRecorded):
            entry = event.entry
        elif isinstance(event, SessionOpened) and (moment := parse_utc(event.utc)) is not None:
            started = (moment + timedelta(minutes=event.utc_offset_min)).date().isoformat()
    return entry, started


def read_copy(
    database: Database,
    session: str,
    *,
    pseudonyms: Pseudonyms | None = None,
    go_on: GoOn = always,
) -> SessionCopy:
    """Read a session as a copy may say it; de-identified where `pseudonyms` are given.

    Raises:
        StorageError: there is no such session, or it cannot be read.
        CopyStoppedError: `go_on` answered no.
    """
    summary = find_summary(database, session)
    disguise = None if pseudonyms is None else make_disguise(database, session, pseudonyms)
    with database.reading() as connection:
        runs = read_runs(connection, find_session(connection, session) or 0)
    gathered = _Gathered(disguise)
    checked = seq = 0
    for run in runs:
        if run.last_seq - checked >= CHECK_EVERY:
            checked = run.last_seq
            if not go_on(min(1.0, run.last_seq / runs[-1].last_seq)):
                raise CopyStoppedError
        try:
            if run.first_seq != seq + 1:
                raise ValueError("events are missing before it")
            gathered.take(run)
        except ValueError as error:
            raise _damaged(session, run, error) from error
        seq = run.last_seq
    if gathered.opened is None:
        raise StorageError(Fault.CORRUPT, f"Session {session} does not say how it began.")
    entry = gathered.entry
    started = str(gathered.clock.local(0) or "")[:10]
    extra = () if disguise is None else disguise.notices
    chain = "" if disguise is not None else runs[-1].chain.hex()
    return SessionCopy(
        name=session if disguise is None else disguise.session,
        notices=(*copy_notices(summary, database), *extra),
        opened=gathered.opened,
        person=person_of(entry, started) if disguise is None else disguise.person,
        definition=gathered.definition,
        events=tuple(gathered.events),
        readings=tuple(gathered.readings),
        waves=join_waves(gathered.waves),
        clock=gathered.clock,
        end_ns=gathered.end_ns,
        chain=chain,
        closed=summary.status is SessionStatus.CLOSED,
        disguise=disguise,
    )


class _Gathered:
    """The events of a session, sorted as they come; streams are read as columns."""

    def __init__(self, disguise: Disguise | None) -> None:
        self.events: list[tuple[int, Event]] = []
        self.readings: list[tuple[int, Reading]] = []
        self.waves: list[tuple[int, WaveRun]] = []
        self.clock = RecordedClock()
        self.definition: ProtocolDefinition | None = None
        self.opened: SessionOpened | None = None
        self.entry: EnterPatient | None = None
        self.end_ns = 0
        self._disguise = disguise

    def take(self, run: Run) -> None:
        """Take the next row.

        Raises:
            ValueError: its body is damaged.
        """
        self.end_ns = max(self.end_ns, run.last_t_ns)
        if run.is_packed and run.is_sound:
            self._take_streams(run)
            return
        for number, event in enumerate(run.events(), run.first_seq):
            self._take_event(number, event)

    def _take_streams(self, run: Run) -> None:
        disguise = self._disguise
        for wave in read_waves(run.body):
            device = wave.device if disguise is None else disguise.device(wave.device)
            self.waves.append((run.first_seq, replace(wave, device=device)))
        found: list[tuple[int, Reading]] = []
        for columns in read_columns(run.body, _VITALS):
            like = columns.like
            said = like if disguise is None else disguise.event(like)
            if isinstance(said, Reading):
                found += _readings_of(said, columns, run.first_seq)
        found.sort(key=itemgetter(0))
        self.readings += found

    def _take_event(self, number: int, event: Event) -> None:
        if isinstance(event, SessionOpened):
            self.definition = _definition(event)
        if isinstance(event, _BYTES):
            return
        said = event if self._disguise is None else self._disguise.event(event)
        if isinstance(said, Reading):
            self.readings.append((number, said))
        elif isinstance(said, WaveReceived):
            self.waves.append((number, wave_run(0, said)))
        elif said is not None:
            self.clock.add(said)
            self.events.append((number, said))
            if isinstance(said, SessionOpened):
                self.opened = said
            elif isinstance(said, PatientRecorded):
                self.entry = said.entry


_VITALS = frozenset(vital.value for vital in Vital)


def _readings_of(like: Reading, run: ReadingRun, first_seq: int) -> Iterator[tuple[int, Reading]]:
    """The readings of one row that differ only in time and value."""
    missing = like.value is None
    columns = (run.places.tolist(), run.t_ns.tolist(), run.measured_ns.tolist())
    for place, t_ns, measured_ns, value in zip(*columns, run.values.tolist(), strict=True):
        yield (
            first_seq + place,
            Reading(
                t_ns=t_ns,
                vital=like.vital,
                value=None if missing else value,
                quality=like.quality,
                source=like.source,
                measured_ns=measured_ns,
                manual=like.manual,
                spot=like.spot,
                note=like.note,
            ),
        )


def _damaged(session: str, run: Run, error: ValueError) -> StorageError:
    return StorageError(
        Fault.CORRUPT,
        f"Session {session}: the row of events {run.first_seq} to {run.last_seq}"
        f" cannot be used: {error}.",
    )


def _definition(event: SessionOpened) -> ProtocolDefinition | None:
    try:
        return parse_protocol(event.protocol_text, "protocol of the session")
    except DefinitionError:
        return None
