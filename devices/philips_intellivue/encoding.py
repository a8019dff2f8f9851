"""What an IntelliVue monitor says, as bytes: the monitor's side of the protocol, for simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from devices.philips_intellivue import wire
from devices.philips_intellivue.frames import frame
from devices.philips_intellivue.messages import Item
from devices.philips_intellivue.wire import Attribute, Part, Physio, State, Unit
from protocols.vitals import Vital

LARGEST_MESSAGE = 800
"""Objects beyond this many bytes go into the next part of a linked result."""

_ACCEPT = bytes.fromhex(
    "0E CE 05 08 13 01 00 16 01 02 80 00 14 02 00 02 C1 BE 31 80 A0 80 80 01 01 00 00 A2 80 A0 03"
    "00 00 01 A5 80 30 80 80 01 00 81 02 51 01 00 00 30 80 80 01 00 81 0C 2A 86 48 CE 14 02 01 00"
    "00 00 02 01 00 00 00 00 61 80 30 80 02 01 01 A0 80 61 80 A1 80 06 0C 2A 86 48 CE 14 02 01 00"
    "00 00 03 01 00 00 A2 03 02 01 00 A3 05 A1 03 02 01 00 BE 80 28 80 02 01 02 81 48 80 00 00 00"
    "40 00 00 00 00 00 00 00 00 80 00 00 80 00 00 00 00 00 00 00 00 01 00 2C 00 01 00 28 80 00 00"
    "00 00 00 0F A0 00 00 03 E4 00 00 03 E4 FF FF FF FF 60 00 00 00 00 01 00 0C F0 01 00 08 8E 00"
    "00 00 00 00 00 00" + "00" * 16
)
_REFUSE = bytes.fromhex("0C 03 32 01 00")
_RELEASED = bytes.fromhex(
    "0A 18 C1 16 61 80 30 80 02 01 01 A0 80 63 80 80 01 00 00 00 00 00 00 00 00 00"
)
_ABORT = bytes.fromhex(
    "19 2E 11 01 03 C1 29 A0 80 A0 80 30 80 02 01 01 06 02 51 01 00 00 00 00 61 80 30 80 02 01 01"
    "A0 80 64 80 80 01 01 00 00 00 00 00 00 00 00 00 00"
)

ACCEPTED = frame(_ACCEPT)
REFUSED = frame(_REFUSE)
RELEASED = frame(_RELEASED)
ABORTED = frame(_ABORT)


class Place(NamedTuple):
    """Where the format has a place for a vital: object, identifier, unit, decimals, label."""

    handle: int
    physio: Physio
    unit: Unit
    decimals: int
    label: str


PLACES: dict[Vital, Place] = {
    Vital.HR: Place(0x82CF, Physio.HEART_RATE, Unit.BEATS_PER_MIN, 0, "HR"),
    Vital.RR: Place(0x82D6, Physio.RESP_RATE, Unit.BREATHS_PER_MIN, 0, "RR"),
    Vital.SPO2: Place(0x8400, Physio.SPO2, Unit.PERCENT, 1, "SpO2"),
    Vital.PR: Place(0x8406, Physio.PLETH_PULSE, Unit.BEATS_PER_MIN, 0, "Pulse"),
    Vital.PI: Place(0x840A, Physio.PERFUSION, Unit.NONE, 2, "Perf"),
    Vital.TEMP: Place(0x8190, Physio.TEMP, Unit.CELSIUS, 1, "Temp"),
    Vital.ETCO2: Place(0x82E4, Physio.END_TIDAL_CO2, Unit.MMHG, 0, "etCO2"),
}
"""Vitals that are numerics of their own, in the order in which they are sent."""

PRESSURE_PLACES: dict[Vital, Physio] = {
    Vital.SBP: Physio.NIBP_SYSTOLIC,
    Vital.DBP: Physio.NIBP_DIASTOLIC,
    Vital.MAP: Physio.NIBP_MEAN,
}
"""Items of the compound of cuff pressures, in their order."""


def make_number(value: float, decimals: int) -> int:
    """`value`, rounded to `decimals`, as a 32-bit FLOAT."""
    mantissa = round(value * 10.0**decimals) & 0xFFFFFF
    return (-decimals & 0xFF) << 24 | mantissa


def make_item(
    physio: Physio, unit: Unit, value: float | None, *, decimals: int = 0, state: int = 0
) -> Item:
    """One value; None is sent as unavailable unless `state` says otherwise."""
    if value is None:
        return Item(physio, state or State.UNAVAILABLE, unit, wire.NO_NUMBER)
    return Item(physio, state, unit, make_number(value, decimals))


def numeric(
    handle: int, items: Sequence[Item], *, stamp: bytes = b"", label: str | None = None
) -> bytes:
    """A numeric object with its values; several make a compound. `label` adds what never changes.

    `stamp` (8 BCD bytes) is its own time stamp.
    """
    attributes: list[bytes] = []
    if label is not None:
        attributes += _description(handle, label)
    values = [
        item.physio.to_bytes(2, "big")
        + item.state.to_bytes(2, "big")
        + item.unit.to_bytes(2, "big")
        + item.raw.to_bytes(4, "big")
        for item in items
    ]
    if len(values) == 1:
        attributes.append(_attribute(Attribute.SINGLE_VALUE, values[0]))
    else:
        attributes.append(_attribute(Attribute.COMPOUND_VALUE, _list(values)))
    if stamp:
        attributes.append(_attribute(Attribute.TIME_STAMP, stamp))
    return handle.to_bytes(2, "big") + _list(attributes)


def poll_result(
    objects: Sequence[bytes],
    *,
    invoke_id: int,
    number: int,
    ticks: int,
    clock: bytes = wire.NO_TIME,
) -> bytes:
    """The frames that answer poll `number` at `ticks`: one, or the parts of a linked result."""
    groups: list[list[bytes]] = [[]]
    for each in objects:
        if groups[-1] and sum(map(len, groups[-1])) + len(each) > LARGEST_MESSAGE:
            groups.append([])
        groups[-1].append(each)
    frames = []
    for place, group in enumerate(groups, start=1):
        data = (
            number.to_bytes(2, "big")
            + (ticks % (1 << 32)).to_bytes(4, "big")
            + clock
            + bytes.fromhex("00 01 00 06 00 00")
            + _list([b"\0\0" + _list(group)])
        )
        action = wire.MDS_OBJECT + wire.POLL.to_bytes(2, "big") + _sized(data)
        command = invoke_id.to_bytes(2, "big") + b"\x00\x07" + _sized(action)
        kind = b"\x00\x02"
        if len(groups) > 1:
            part = Part.FIRST if place == 1 else Part.MIDDLE
            command = bytes((Part.LAST if place == len(groups) else part, place)) + command
            kind = b"\x00\x05"
        frames.append(frame(wire.EXPORT + kind + _sized(command)))
    return b"".join(frames)


def mds_created(*, invoke_id: int, ticks: int, clock: bytes) -> bytes:
    """The frame in which the monitor describes itself; an empty `clock` is left out."""
    attributes = [_attribute(0x0986, bytes.fromhex("00 01 11 4D"))]
    if clock:
        attributes.append(_attribute(Attribute.CLOCK, clock))
    attributes.append(_attribute(Attribute.TICKS, (ticks % (1 << 32)).to_bytes(4, "big")))
    event = wire.MDS_OBJECT + (ticks % (1 << 32)).to_bytes(4, "big")
    event += wire.MDS_CREATED.to_bytes(2, "big") + _sized(wire.MDS_OBJECT + _list(attributes))
    command = invoke_id.to_bytes(2, "big") + b"\x00\x01" + _sized(event)
    return frame(wire.EXPORT + b"\x00\x01" + _sized(command))


def poll_error(invoke_id: int, error: int) -> bytes:
    """The frame that refuses the command `invoke_id` for the reason of number `error`."""
    command = invoke_id.to_bytes(2, "big") + error.to_bytes(2, "big") + b"\0\0"
    return frame(wire.EXPORT + b"\x00\x03" + _sized(command))


def _description(handle: int, label: str) -> list[bytes]:
    """Attributes that a real monitor sends with each object and that nothing here reads."""
    text = (label.ljust(6) + "\0").encode("utf-16-be")
    return [
        _attribute(0x0921, handle.to_bytes(2, "big")),
        _attribute(0x092F, bytes.fromhex("00 01 00 06")),
        _attribute(0x093F, bytes.fromhex("00 00 20 00 00 01 42 28 00 00 00 00")),
        _attribute(0x0927, _sized(text)),
        _attribute(0x0911, bytes.fromhex("00 02")),
    ]


def _attribute(number: int, value: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(value)


def _list(members: Sequence[bytes]) -> bytes:
    return len(members).to_bytes(2, "big") + _sized(b"".join(members))


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data
