"""A short visit with all that the review's plots show, and the bytes that its monitors sent."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import recorded_sessions as recorded
from session_scenes import Scene, bp_result, oximeter_packet

from devices.nonin_oem import wire
from protocols.events import (
    Acknowledge,
    CloseSession,
    EnterBp,
    EnterValue,
    Event,
    RecordEvent,
    StopInfusion,
    TakeBp,
    WriteNote,
)
from protocols.vitals import NS_PER_S, Vital

SESSION = recorded.CLOSED
THIRD_S = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The record, and the times and bytes that the tests look for."""

    events: tuple[Event, ...]
    packet: bytes
    packet_ns: int
    unusable_ns: tuple[int, int]
    silent_ns: tuple[int, int]
    refused: bytes
    cuff: bytes
    by_hand_ns: int
    noted_ns: int


@cache
def visit() -> Visit:
    """Pulse wave without a break, the probe off, silence, a damaged frame, pressures, a stop."""
    scene = Scene().to_infusing()
    scene.oximeter(20, pr=84, every_s=THIRD_S)
    scene.now_s += THIRD_S
    packet, packet_ns = oximeter_packet(91, 96), scene.now_ns
    scene.bytes("oximeter", packet)
    scene.oximeter(6, pr=84, every_s=THIRD_S)
    off_ns = scene.now_ns
    for _ in range(18):
        scene.now_s += THIRD_S
        scene.bytes("oximeter", oximeter_packet(511, 127, status=wire.SENSOR_DISCONNECTED))
    unusable_ns = (off_ns, scene.now_ns)
    scene.oximeter(3, pr=84, every_s=THIRD_S)
    silent_from = scene.now_ns
    scene.wait(20)
    scene.oximeter(6, pr=84, every_s=THIRD_S)
    silent_ns = (silent_from, silent_from + 20 * NS_PER_S)
    damaged = bytearray(oximeter_packet(85, 97))
    damaged[24] ^= 0x55
    scene.now_s += THIRD_S
    scene.bytes("oximeter", bytes(damaged))
    scene.oximeter(6, pr=84, every_s=THIRD_S)
    scene.do(TakeBp)
    scene.cuff(168, 97, 121)
    raised = next(iter(scene.state.alarms))
    scene.do(Acknowledge, alarm=raised, action="seen, watching")
    scene.now_s += 1
    by_hand_ns = scene.now_ns
    scene.enter(EnterBp, sbp_mmhg=131, dbp_mmhg=82)
    scene.do(RecordEvent, term="nausea", severity=3)
    scene.enter(EnterValue, vital=Vital.MOAAS, value=4)
    scene.oximeter(6, pr=80, every_s=THIRD_S)
    noted_ns = scene.now_ns
    scene.do(WriteNote, text="comfortable")
    scene.do(StopInfusion, reason="patient asked")
    scene.oximeter(20, pr=78, every_s=THIRD_S)
    scene.do(CloseSession, reason="end of the test")
    assert scene.state.closed is not None
    return Visit(
        events=tuple(scene.record),
        packet=packet,
        packet_ns=packet_ns,
        unusable_ns=unusable_ns,
        silent_ns=silent_ns,
        refused=bytes(damaged[20:25]),
        cuff=bp_result(168, 97, 121),
        by_hand_ns=by_hand_ns,
        noted_ns=noted_ns,
    )


def write(path: Path) -> Visit:
    """The visit in a database of its own."""
    recorded.write(path, SESSION, visit().events)
    return visit()
