"""What windows know of recorded sessions: the list, one opened, its events, its verification.

The windows are given a `Catalogue`; `app.records.archive` makes one over the storage. No Qt, no
storage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from app.history import History
from app.records.streamed import StreamedReadings
from app.state import ViewState
from protocols.events import Command, Event, PersonIdentified, RecordSigned
from protocols.vitals import Vital


class Standing(StrEnum):
    """Where a session stands, in words."""

    RUNNING = "running"
    CLOSED = "closed"
    INTERRUPTED = "interrupted"


class CatalogueError(Exception):
    """A record that cannot be used; the text says what is wrong and what to do.

    Attributes:
        confirmable: the rules only ask: the same, sent as confirmed, is accepted.
    """

    def __init__(self, text: str, *, confirmable: bool = False) -> None:
        super().__init__(text)
        self.confirmable = confirmable


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One line of the list of sessions.

    Attributes:
        session: its unique name.
        started_at: local date and time on this machine, or None where the record tells none.
        standing: closed, running, or cut short.
        delivered_mg: as recorded, a decimal text.
        alarms: occurrences of patient alarms; `technical_alarms` those of equipment and program.
        duration_s: session time from the first event to the last, s.
    """

    session: str
    started_at: datetime | None
    room: str
    protocol: str
    patient: str
    mrn: str
    standing: Standing
    phase: str
    simulated: bool
    delivered_mg: str
    alarms: int
    technical_alarms: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which sessions to list; whatever is empty or None does not narrow the list.

    Attributes:
        patient: part of the name or number, in any case of letters.
        since, until: first and last day of the start, both included, on this machine's clock.
        protocol: name of the protocol.
        with_alarms: True for sessions with a patient alarm, False for those without.
    """

    patient: str = ""
    since: date | None = None
    until: date | None = None
    protocol: str = ""
    with_alarms: bool | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for."""
        return self != Search()


class WallTimes(Protocol):
    """Turns session time into the wall-clock time of the room."""

    @property
    def changes_offset(self) -> bool:
        """Whether local time moved against UTC within the session."""
        ...

    def local(self, t_ns: int) -> datetime | None:
        """Local time at `t_ns` with its offset; None where the record has no clock."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """A session opened for review.

    Attributes:
        line: its line in the list.
        state: the state at its end. Streamed readings are in `history` alone.
        history: trends, pressures, phases, listed events; no waveforms.
        events: every event that is no stream, in order.
        end_ns: session time of the last event.
        clock: the wall clock of the room.
        missing: what could not be read, a sentence each; empty when the record is whole.
        numbers: the numbers of `events` in the record.
        count, chain: number of the last event of the record, and the chain's value there.
        streams: the streamed readings as recorded, with quality and number; `events` has the rest.
    """

    line: SessionLine
    state: ViewState = field(repr=False)
    history: History = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)
    end_ns: int
    clock: WallTimes = field(repr=False)
    missing: tuple[str, ...] = ()
    numbers: tuple[int, ...] = field(default=(), repr=False)
    count: int = 0
    chain: str = ""
    streams: Mapping[Vital, StreamedReadings] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """A session loaded for replay: all events that a screen shows, waveforms included, in order.

    `numbers` are the numbers of the events in the record (empty: from 1); `missing` says what could
    not be read, as in `OpenedSession`.
    """

    line: SessionLine
    events: tuple[Event, ...] = field(repr=False)
    missing: tuple[str, ...] = ()
    numbers: tuple[int, ...] = field(default=(), repr=False)


MOST_SHOWN = 1_000
"""Entries that a trail gives at most, the newest; the command `logbook list` gives all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """One entry of the trail: when (UTC as recorded, and local time), who, what, and of what."""

    at_utc: str
    at: datetime | None
    who: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """A signature, its number in the record, and why it does not fit (empty: it fits)."""

    seq: int
    signed: RecordSigned
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification found: whether the record is whole and the same again, in sentences."""

    good: bool
    sentences: tuple[str, ...]


Progress = Callable[[float], bool]
"""Told the share done (0 to 1); answers whether to go on."""


class Catalogue(Protocol):
    """The recorded sessions. Looking never changes them; every method may be slow or raise."""

    def list_sessions(
        self, search: Search, first: int = 0, most: int | None = None
    ) -> list[SessionLine]:
        """The sessions asked for, newest first, `most` from the one numbered `first` on."""
        ...

    def count_sessions(self, search: Search) -> int:
        """How many sessions are asked for; CatalogueError."""
        ...

    def protocols(self) -> list[str]:
        """Names of the protocols of the recorded sessions; CatalogueError."""
        ...

    def open_session(self, session: str) -> OpenedSession:
        """Open a session as far as it can be read; CatalogueError when nothing can."""
        ...

    def read_session(self, session: str) -> RecordedSession:
        """Load a session for replay, as far as it can be read; CatalogueError."""
        ...

    def trail(self, session: str = "") -> list[TrailLine]:
        """Who looked at a session or took a copy of it, newest first; else of the whole record."""
        ...

    def verify(self, session: str, progress: Progress) -> Verdict | None:
        """Check the chain, then replay and compare; None when `progress` stopped it."""
        ...

    def signatures(self, session: str) -> list[SignatureVerdict]:
        """Every signature of a session, and whether it fits what it signs; CatalogueError."""
        ...

    def amend(
        self,
        session: str,
        commands: Sequence[Command],
        identified: Sequence[PersonIdentified] = (),
        after: int | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Add to a closed session and give the number of its last event since; CatalogueError.

        All of `commands` are added, or none. `identified` proved who they are; with `after` only
        where the record still ends there; `progress` may stop it before anything is added.
        """
        ...
