"""Inputs of the world: the opening, clock anchors, bytes, links, faults of the program's parts."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.terms import Input, LinkState, Service
from protocols.vitals import Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSlot:
    """A monitor bound to the session.

    Attributes:
        device: name of the slot within the session, for example ``oximeter`` or ``bp``.
        driver: registry name of the driver, for example ``nonin``.
        port: port address as it was opened.
        identity: what identifies the unit (USB serial, by-id path, host and port), or empty.
        simulated: whether a simulated monitor speaks on the port.
        interval_s: seconds between two words of a monitor that speaks more rarely than the limits
            of its vitals ask for; else 0.
        last_room: another room in which this unit was last used; empty when it was this one, or
            when nothing is known. Such a monitor must be confirmed before its numbers count.
    """

    device: str
    driver: str
    port: str
    identity: str
    simulated: bool
    interval_s: float = 0.0
    last_room: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalDescription:
    """A vital as this session's file describes it, so that the file explains itself later."""

    vital: Vital
    name: str
    unit: str
    decimals: int
    plausible_low: float
    plausible_high: float
    quiet_limit_s: float | None
    loinc: str | None
    mdc: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(Input):
    """The first event of every session: what was in force, whole.

    Attributes:
        session: unique name of the session (UTC start time, room, random suffix).
        schema: version of this vocabulary.
        program: version of the program.
        utc: wall-clock time at `t_ns` = 0, ISO 8601 in UTC with milliseconds.
        utc_offset_min: local time minus UTC in minutes.
        room: name of the room.
        simulated: whether any monitor is simulated; a simulated session says so for ever.
        protocol_text: the protocol file in force, verbatim (TOML).
        limits_text: the limits file in force, verbatim (TOML).
        rules_digest: SHA-256 over protocol and limits text, and the signals text where there is
            one, hexadecimal.
        devices: monitors bound at the start.
        vitals: the vitals known, described.
        signals_text: the policy of alarm signals in force, verbatim (TOML); empty where there is
            none and every alarm sounds at the bedside.
        people_text: what each role may do in this session, verbatim (TOML); empty where nobody has
            an account and names are only typed.
        zone: name of the time zone of the room (``Europe/Berlin``), or empty.
    """

    session: str
    schema: int
    program: str
    utc: str
    utc_offset_min: int
    room: str
    simulated: bool
    protocol_text: str
    limits_text: str
    rules_digest: str
    devices: tuple[DeviceSlot, ...]
    vitals: tuple[VitalDescription, ...]
    signals_text: str = ""
    people_text: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAnchored(Input):
    """The wall clock read beside the session clock: at start, each minute, at every jump.

    Attributes:
        utc: wall-clock time, ISO 8601 in UTC with milliseconds.
        utc_offset_min: local time minus UTC in minutes; it changes with summer time.
        jump_ms: how far the wall clock moved against the session clock since the last anchor.
        zone: name of the time zone, or empty where the system does not tell.
    """

    utc: str
    utc_offset_min: int
    jump_ms: int = 0
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResumed(Input):
    """The program came back to a session that was cut; nothing was recorded from `gap_start_ns`.

    `gap_from_wall_clock` is False when the machine had no way to tell how long it was away;
    `clock_back_s` is how far its clock then stood before the end of the record, in seconds.
    """

    gap_start_ns: int
    utc: str
    by: str
    reason: str
    gap_from_wall_clock: bool = True
    clock_back_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFound(Input):
    """Nothing was taken in or recorded from `gap_start_ns` until now, though the session ran.

    `cause` says why, for people: the machine slept, or the program stood still.
    """

    gap_start_ns: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkReceived(Input):
    """Bytes as they came from a port, stamped once, at arrival."""

    device: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReported(Input):
    """The reader's word on its port: opening, open and waiting for bytes, or gone (with why).

    `identity` is that of the unit found behind the port that was opened, or empty.
    """

    device: str
    state: LinkState
    detail: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReported(Input):
    """A watchdog's word on a part of the program: working, or failed and why."""

    service: Service
    working: bool
    detail: str = ""
