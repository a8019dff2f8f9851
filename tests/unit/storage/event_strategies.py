"""Events for tests of the record: any at all, streams as monitors give them, a small session."""

from __future__ import annotations

import dataclasses
import enum
import random
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from protocols.events import (
    EVENT_KINDS,
    AlarmChanged,
    AlarmState,
    BytesSent,
    ChunkReceived,
    ClockAnchored,
    DeliveryChanged,
    EnterPatient,
    Event,
    FrameRejected,
    Phase,
    PhaseChanged,
    Priority,
    Reading,
    SessionClosed,
    SessionOpened,
    WaveReceived,
    WriteNote,
)
from protocols.events.outputs import PatientRecorded
from protocols.vitals import Quality, Vital

INT64 = st.integers(-(2**63), 2**63 - 1)
MS = 1_000_000
S = 1_000 * MS


def _values(hint: Any) -> st.SearchStrategy[Any]:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(_values(part) for part in typing.get_args(hint)))
    if origin is tuple:
        return st.lists(_values(typing.get_args(hint)[0]), max_size=4).map(tuple)
    if dataclasses.is_dataclass(hint):
        return _instances(hint)
    if issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    return {
        type(None): st.none(),
        bool: st.booleans(),
        int: INT64,
        float: st.floats(allow_nan=False, allow_infinity=False),
        str: st.text(max_size=12),
        bytes: st.binary(max_size=20),
        Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    }[hint]


def _instances(kind: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{name: _values(hint) for name, hint in hints.items()})


ANY_EVENT: st.SearchStrategy[Event] = st.one_of(
    *(_instances(kind) for kind in EVENT_KINDS.values())
)
"""Any event of any kind, with any values that its types allow."""

_DEVICE = st.sampled_from(["oximeter", "bp"])
_T = st.integers(0, 10_000).map(lambda ms: ms * MS)
_COUNT = st.integers(0, 255) | st.integers(0, 65_535)
_VALUE = (
    st.floats(0, 300) | st.integers(0, 300).map(float) | st.integers(0, 900).map(lambda n: n / 10)
)

ROUTINE_EVENT: st.SearchStrategy[Event] = st.one_of(
    st.builds(ChunkReceived, t_ns=_T, device=_DEVICE, data=st.binary(max_size=30)),
    st.builds(
        WaveReceived,
        t_ns=_T,
        device=_DEVICE,
        vital=st.just(Vital.PLETH),
        interval_ns=st.just(13_333_333),
        full_scale=st.sampled_from([255, 65_535]),
        usable=st.booleans(),
        values=st.lists(_COUNT, max_size=6).map(tuple),
    ),
    st.builds(
        Reading,
        t_ns=_T,
        vital=st.sampled_from([Vital.SPO2, Vital.PR]),
        value=_VALUE,
        quality=st.just(Quality.GOOD),
        source=_DEVICE,
        measured_ns=_T,
    ),
    st.builds(
        Reading,
        t_ns=_T,
        vital=st.just(Vital.SPO2),
        value=st.none(),
        quality=st.sampled_from([Quality.SENSOR_OFF, Quality.SEARCHING]),
        source=_DEVICE,
        measured_ns=_T,
    ),
    st.builds(
        FrameRejected,
        t_ns=_T,
        device=_DEVICE,
        reason=st.sampled_from(["checksum", "length"]),
        data=st.binary(max_size=12),
    ),
    st.builds(
        BytesSent, t_ns=_T, device=_DEVICE, purpose=st.just("poll"), data=st.binary(max_size=6)
    ),
)
"""Frequent events with the values that monitors give."""


def opened(session: str, *, simulated: bool = True, utc: str = "2026-03-02T09:00:00.000Z") -> Event:
    return SessionOpened(
        t_ns=0,
        session=session,
        schema=1,
        program="0.1.0",
        utc=utc,
        utc_offset_min=60,
        room="Room 2",
        simulated=simulated,
        protocol_text='id = "iv-0.5-40"\n',
        limits_text="",
        rules_digest="00",
        devices=(),
        vitals=(),
    )


def alarm(t_ns: int, state: AlarmState, *, since_ns: int, technical: bool = False) -> Event:
    return AlarmChanged(
        t_ns=t_ns,
        alarm="no-data" if technical else "sbp-rise",
        state=state,
        priority=Priority.MEDIUM,
        technical=technical,
        vital=None if technical else Vital.SBP,
        value=None if technical else 171.0,
        limit=None if technical else 160.0,
        baseline=None if technical else 122.0,
        since_ns=since_ns,
        sentence="SBP 171 mmHg, limit 160",
    )


def stream(seconds: int, *, start_s: int = 1, seed: int = 1) -> Iterator[Event]:
    """What an oximeter of 75 frames a second gives: chunks, samples and two readings a second."""
    rng = random.Random(seed)
    level = 128
    for number in range(25 * seconds):
        t_ns = start_s * S + number * 40 * MS + rng.randrange(4) * MS
        samples = []
        data = bytearray()
        for _ in range(3):
            level = max(0, min(254, level + rng.randint(-9, 9)))
            frame = [1, 0x80, level, 97]
            data += bytes([*frame, sum(frame) % 256])
            samples.append(level)
        yield ChunkReceived(t_ns=t_ns, device="oximeter", data=bytes(data))
        yield WaveReceived(
            t_ns=t_ns,
            device="oximeter",
            vital=Vital.PLETH,
            interval_ns=13_333_333,
            full_scale=255,
            usable=True,
            values=tuple(samples),
        )
        if number % 25 == 0:
            for vital, value in ((Vital.PR, 71.0), (Vital.SPO2, 97.0)):
                yield Reading(
                    t_ns=t_ns,
                    vital=vital,
                    value=value,
                    quality=Quality.GOOD,
                    source="oximeter",
                    measured_ns=t_ns,
                )


def small_session(session: str = "s1", *, seconds: int = 30, closed: bool = True) -> list[Event]:
    """A session with a patient, phases, an alarm, a delivery and a stream."""
    third = seconds // 3
    patient = EnterPatient(
        t_ns=5 * MS,
        by="Nurse A",
        given_name="Ana",
        family_name="Müller",
        mrn="MRN-7",
        birth_date="1980-02-03",
        sex="female",
    )
    end = (seconds + 2) * S
    events: list[Event] = [
        opened(session),
        patient,
        PatientRecorded(t_ns=5 * MS, entry=patient),
        *stream(third),
        PhaseChanged(t_ns=(third + 1) * S, before=Phase.SETUP, after=Phase.INFUSING, by="Nurse A"),
        alarm((third + 1) * S, AlarmState.PENDING, since_ns=third * S),
        alarm((third + 1) * S, AlarmState.SOUNDING, since_ns=third * S),
        *stream(third, start_s=third + 1, seed=2),
        alarm((2 * third + 1) * S, AlarmState.ACKED, since_ns=third * S),
        alarm((2 * third + 1) * S, AlarmState.SOUNDING, since_ns=2 * third * S, technical=True),
        WriteNote(t_ns=(2 * third + 1) * S, by="Nurse A", text='calm, "sleepy"; 1,5'),
        ClockAnchored(t_ns=(2 * third + 1) * S, utc="2026-03-02T09:30:00.000Z", utc_offset_min=120),
        *stream(third, start_s=2 * third + 1, seed=3),
        DeliveryChanged(
            t_ns=end,
            rate_mg_per_min=Decimal("0.875"),
            delivered_mg=Decimal("12.50"),
            percent=100,
            finished=False,
            cause="started",
        ),
    ]
    if closed:
        events.append(
            SessionClosed(t_ns=end, by="Nurse A", reason="", delivered_mg=Decimal("12.50"))
        )
    return events
