"""What the bedside's windows ask of the program around one session. No devices, no storage.

Windows are given a `Desk` and the `Visit`s that it opens; `app.reception.visits` makes them over
the real devices and the real record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.people.door import People
from app.reception.settings import Settings
from protocols.events import PersonIdentified

if TYPE_CHECKING:
    from app.feed import Feed
    from app.records.course_book import CourseBook
    from app.signing import RecordEnd


class DeskError(Exception):
    """What was asked could not be done; the text says why and what to do, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPort:
    """A port that the system shows.

    Attributes:
        address: what to open: a path that stays the same after replugging where there is one.
        identity: what identifies the unit, or empty.
        description: what the system says of what is plugged in, for people; may be empty.
    """

    address: str
    identity: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverChoice:
    """A family of monitors that can be bound to a slot.

    Attributes:
        name: the driver's name.
        title: for people.
        certainty: what its decoding was proven on.
        answers_only: silent unless asked.
        slots: slots in which it is of use.
        lines: line settings that units of the family are found with, the usual one first.
    """

    name: str
    title: str
    certainty: str
    answers_only: bool
    slots: tuple[str, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A monitor chosen for a slot: which driver reads which port.

    `line` is one of the driver's line settings, such as ``19200 8O1``, or empty for the usual one.
    """

    device: str
    driver: str
    port: str
    identity: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard on one port so far.

    Attributes:
        device: the slot listened for.
        link: how the port stands, for people.
        values: the newest value of each vital, for example ``SpO2 97 %``.
        bytes_heard: bytes received; `frames` of them made frames, `rejected` frames were refused.
    """

    device: str
    link: str
    values: tuple[str, ...] = ()
    bytes_heard: int = 0
    frames: int = 0
    rejected: int = 0


class Listening(Protocol):
    """Ports that are listened to, without anything being sent."""

    def heard(self) -> tuple[Heard, ...]:
        """What was heard so far, a line for each port."""
        ...

    def stop(self) -> None:
        """Close the ports."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What listening found out about one port.

    Attributes:
        port: address of the port, and what identifies the unit behind it (or empty).
        drivers: names of the drivers that understand what is heard, the best first.
        line: line settings at which it was understood, or empty for the usual ones.
        words: what was heard, for people.
    """

    port: str
    identity: str
    drivers: tuple[str, ...]
    line: str
    words: str


class Search(Protocol):
    """Ports that are listened to in turn, to find out what speaks on them."""

    def found(self) -> tuple[Found, ...] | None:
        """What was found, a line for each port; None while the search goes on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CutSession:
    """A session that was never closed and is run by nobody.

    Attributes:
        patient: name and number, or empty.
        phase: phase in which the record ends.
        delivered_mg, planned_mg: as far as the record goes, or None.
        ended_at: wall clock at the end of the record; None where the record has none.
    """

    session: str
    patient: str
    phase: str
    delivered_mg: float | None
    planned_mg: float | None
    ended_at: datetime | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPatient:
    """A patient of earlier sessions, as last entered; `visits` counts those sessions."""

    given_name: str
    family_name: str
    mrn: str
    birth_date: str
    sex: str
    height_cm: Decimal | None
    allergies: str
    visit: int
    visits_planned: int | None
    last_weight_kg: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolChoice:
    """A protocol that a session may be prepared with; `problem` says why one cannot be used."""

    name: str
    title: str
    approved: bool
    problem: str = ""


class DemoControls(Protocol):
    """What only a demonstration has."""

    patient: str
    speeds: Sequence[int]

    @property
    def autopilot(self) -> bool:
        """Whether the scripted nurse does the whole visit."""
        ...

    @autopilot.setter
    def autopilot(self, acts: bool) -> None: ...

    @property
    def speed(self) -> float:
        """Times real time."""
        ...

    def set_speed(self, speed: float) -> None:
        """Run at `speed` times real time from now on."""
        ...

    def act(self) -> None:
        """Let the scripted nurse do what is due."""
        ...


class Visit(Protocol):
    """One live session behind a window."""

    @property
    def feed(self) -> Feed:
        """What the windows watch."""
        ...

    @property
    def demo(self) -> DemoControls | None:
        """The controls of a demonstration, else None."""
        ...

    def begin(self) -> None:
        """Start the session, its ports and the drawing."""
        ...

    def end(self) -> bool:
        """Stop everything; whether all events reached the record."""
        ...

    def end_early(self, reason: str) -> None:
        """Close the session with `reason`, whatever its phase; it still must be ended."""
        ...

    def earlier_patients(self) -> Sequence[EarlierPatient]:
        """Patients of earlier sessions to choose from, the last one first."""
        ...

    def record_end(self) -> RecordEnd:
        """Where the record of the visit ends now; ValueError where it cannot be read."""
        ...

    @property
    def courses(self) -> CourseBook:
        """The courses that the visit may belong to."""
        ...


class Desk(Protocol):
    """Opens visits and answers the first pages. Every method may raise `DeskError`."""

    settings: Settings
    notice: str
    """What the person should know from the start, or empty."""

    person: PersonIdentified | None
    """Who is signed in; the visits that are opened, resumed or closed next are told of them."""

    @property
    def people(self) -> People:
        """Who works here, and proving it; a record without accounts asks for nothing."""
        ...

    def news(self) -> str:
        """What became known since it was last asked that people should know, or empty."""
        ...

    def save_settings(self, settings: Settings) -> None:
        """Keep `settings` for the next start and put them in force."""
        ...

    def protocols(self) -> Sequence[str]:
        """Names of the protocols that a session can be prepared with."""
        ...

    def protocol_choices(self) -> Sequence[ProtocolChoice]:
        """The same with what they are, the usual one first."""
        ...

    def signal_policies(self) -> Sequence[str]:
        """Names of the policies of alarm signals that a session can run under."""
        ...

    def signal_table(self, name: str) -> str:
        """The policy of that name as one table for people."""
        ...

    def drivers(self) -> Sequence[DriverChoice]:
        """Monitors that can be bound."""
        ...

    def ports(self) -> Sequence[SeenPort]:
        """Ports that the system shows at the moment."""
        ...

    def listen(self, bindings: Sequence[Binding]) -> Listening:
        """Listen to ports, sending nothing."""
        ...

    def known_monitors(self) -> Sequence[Binding]:
        """The monitors last used in this room, at the ports where they are now."""
        ...

    def search(self) -> Search:
        """Listen to every port that is seen, to find out what speaks there; nothing is sent."""
        ...

    def cut_session(self) -> CutSession | None:
        """The session to resume or to close first, or None."""
        ...

    def cut_waits(self) -> bool:
        """Whether such a session waits; nothing of it is shown."""
        ...

    def server_line(self) -> str:
        """How the record stands with the server that rooms share; empty where there is none."""
        ...

    def machine_warnings(self) -> Sequence[str]:
        """What of this machine may interrupt a session, a sentence each: restarts, battery."""
        ...

    def open_demo(self, user: str) -> Visit:
        """A visit in the demonstration room."""
        ...

    def open_monitors(self, bindings: Sequence[Binding], user: str, protocol: str = "") -> Visit:
        """A visit with real monitors, under `protocol` or the usual one."""
        ...

    def resume(self, session: str, by: str, reason: str) -> Visit:
        """Go on with a session that was cut."""
        ...

    def close_cut(self, session: str, by: str, reason: str) -> None:
        """Close a session that was cut, with its reason."""
        ...

    @property
    def courses(self) -> CourseBook:
        """The courses of the record."""
        ...

    @property
    def note_copy(self) -> Callable[[str, str, Path], None]:
        """Told of each document that was made: the session, its form, and where it is kept."""
        ...
