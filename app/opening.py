"""The first event of a session: everything in force, so that the record explains itself."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from app.clock import iso_utc, utc_offset_min
from app.places import program_version
from protocols.events import SCHEMA, DeviceSlot, SessionOpened, VitalDescription
from protocols.vitals import VITALS


def describe_vitals() -> tuple[VitalDescription, ...]:
    """Every vital as the session's first event describes it."""
    return tuple(
        VitalDescription(
            vital=vital,
            name=spec.name,
            unit=spec.unit,
            decimals=spec.decimals,
            plausible_low=float(spec.plausible[0]),
            plausible_high=float(spec.plausible[1]),
            quiet_limit_s=spec.quiet_limit_s,
            loinc=spec.loinc,
            mdc=spec.mdc,
        )
        for vital, spec in VITALS.items()
    )


def name_session(utc: datetime, room: str) -> str:
    """A unique name: start time in UTC, room, and four random hexadecimal digits."""
    place = "".join(c for c in room.lower() if c.isalnum()) or "room"
    return f"{utc:%Y%m%d-%H%M%S}-{place}-{secrets.token_hex(2)}"


def open_session(
    *,
    utc: datetime,
    room: str,
    protocol_text: str,
    limits_text: str,
    devices: Sequence[DeviceSlot],
    session: str | None = None,
    signals_text: str = "",
    zone: str = "",
    people_text: str = "",
) -> SessionOpened:
    """The opening event at session time 0, which is `utc` on the wall clock of `zone`."""
    added = [text for text in (signals_text, people_text) if text]
    texts = (protocol_text, limits_text, *added)
    rules = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    return SessionOpened(
        t_ns=0,
        session=session or name_session(utc, room),
        schema=SCHEMA,
        program=program_version(),
        utc=iso_utc(utc),
        utc_offset_min=utc_offset_min(utc),
        room=room,
        simulated=any(slot.simulated for slot in devices),
        protocol_text=protocol_text,
        limits_text=limits_text,
        rules_digest=rules,
        devices=tuple(devices),
        vitals=describe_vitals(),
        signals_text=signals_text,
        people_text=people_text,
        zone=zone,
    )
