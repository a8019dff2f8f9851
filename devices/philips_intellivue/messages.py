"""User data of IntelliVue frames to messages: the layout only, read to the last byte. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from devices.philips_intellivue import wire
from devices.philips_intellivue.wire import Attribute, Command, Operation, Part, Session


class Item(NamedTuple):
    """One value as sent: its FLOAT is still the 32 bits of the wire."""

    physio: int
    state: int
    unit: int
    raw: int


class Observed(NamedTuple):
    """The values of one numeric object, and its own time stamp (8 BCD bytes) or nothing."""

    items: tuple[Item, ...]
    stamp: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMessage:
    """An association is asked for, accepted, refused, released or aborted."""

    kind: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class MdsCreated:
    """The monitor describes itself: to be confirmed with the same id and ticks.

    `clock` (8 BCD bytes) and `clock_ticks` are the same moment in its two times, where it says so.
    """

    invoke_id: int
    ticks: int
    clock: bytes
    clock_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """Numerics of a poll, or one part of them; `ticks` and `clock` are the time of the poll."""

    part: Part
    number: int
    invoke_id: int
    ticks: int
    clock: bytes
    objects: list[Observed]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationError:
    """The monitor refuses a command, for the reason of number `error`."""

    error: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A message that carries nothing for this program."""


Message = SessionMessage | MdsCreated | PollResult | OperationError | Other

_OTHER = Other()
_OPERATION = struct.Struct(">HH")
_COMMAND = struct.Struct(">HHH")
_ACTION = struct.Struct(">6sHH")
_EVENT = struct.Struct(">6sIHH")
_POLL = struct.Struct(">I8sHHHHH")
_TRIPLE = struct.Struct(">HHH")
_PAIR = struct.Struct(">HH")
_ITEM = struct.Struct(">HHHI")
_ITEM_SIZE = _ITEM.size


class LayoutError(ValueError):
    """A message that is not laid out as documented."""


def read_message(data: bytes) -> Message:
    """What the user data of one good frame says.

    Raises:
        LayoutError: if a length or a count in it does not fit the bytes.
    """
    if not data.startswith(wire.EXPORT[:2]):
        known = bool(data) and data[0] in Session.__members__.values()
        if not known:
            raise LayoutError("unknown kind of message")
        return SessionMessage(kind=Session(data[0]))
    try:
        return _read_operation(data)
    except struct.error:
        raise LayoutError("message ends too early") from None


def _read_operation(data: bytes) -> Message:
    kind, size = _OPERATION.unpack_from(data, 4)
    _expect(size == len(data) - 8)
    place = 8
    part, number = Part.WHOLE, 0
    if kind == Operation.LINKED_RESULT:
        _expect(len(data) >= 10 and Part.FIRST <= data[8] <= Part.LAST)
        part, number = Part(data[8]), data[9]
        place = 10
    invoke_id, command, size = _COMMAND.unpack_from(data, place)
    place += _COMMAND.size
    _expect(size == len(data) - place)
    if kind == Operation.ERROR:
        return OperationError(error=command)
    if kind == Operation.INVOKE and command == Command.CONFIRMED_EVENT:
        return _read_event(data, place, invoke_id)
    is_result = kind in (Operation.RESULT, Operation.LINKED_RESULT)
    if is_result and command == Command.CONFIRMED_ACTION:
        return _read_poll(data, place, part, number, invoke_id)
    return _OTHER


def _read_event(data: bytes, place: int, invoke_id: int) -> Message:
    _, ticks, event, size = _EVENT.unpack_from(data, place)
    place += _EVENT.size
    _expect(size == len(data) - place)
    if event != wire.MDS_CREATED:
        return _OTHER
    place += 6
    count, size = _PAIR.unpack_from(data, place)
    place += _PAIR.size
    _expect(size == len(data) - place)
    clock, clock_ticks = b"", ticks
    for _ in range(count):
        attribute, size = _PAIR.unpack_from(data, place)
        place += _PAIR.size
        if attribute == Attribute.CLOCK:
            clock = data[place : place + size]
        elif attribute == Attribute.TICKS:
            clock_ticks = int.from_bytes(data[place : place + size], "big")
        place += size
    _expect(place == len(data))
    return MdsCreated(invoke_id=invoke_id, ticks=ticks, clock=clock, clock_ticks=clock_ticks)


def _read_poll(data: bytes, place: int, part: Part, number: int, invoke_id: int) -> Message:
    _, action, size = _ACTION.unpack_from(data, place)
    place += _ACTION.size
    _expect(size == len(data) - place)
    if action not in (wire.POLL, wire.EXTENDED_POLL):
        return _OTHER
    place += 2 if action == wire.POLL else 4
    ticks, clock, partition, code, _, count, size = _POLL.unpack_from(data, place)
    place += _POLL.size
    _expect(size == len(data) - place)
    if (partition, code) != (wire.OBJECT_PARTITION, wire.NUMERICS):
        return _OTHER
    objects: list[Observed] = []
    for _ in range(count):
        _, object_count, size = _TRIPLE.unpack_from(data, place)
        place += _TRIPLE.size
        end = place + size
        place = _read_objects(data, place, object_count, objects)
        _expect(place == end)
    _expect(place == len(data))
    return PollResult(
        part=part, number=number, invoke_id=invoke_id, ticks=ticks, clock=clock, objects=objects
    )


def _read_objects(data: bytes, place: int, count: int, objects: list[Observed]) -> int:
    """Append the objects that carry values; where they end."""
    pair, triple = _PAIR.unpack_from, _TRIPLE.unpack_from
    single, compound = int(Attribute.SINGLE_VALUE), int(Attribute.COMPOUND_VALUE)
    time_stamp = int(Attribute.TIME_STAMP)
    for _ in range(count):
        _, attribute_count, size = triple(data, place)
        place += 6
        end = place + size
        items: tuple[Item, ...] = ()
        stamp = b""
        for _ in range(attribute_count):
            attribute, size = pair(data, place)
            place += 4
            if attribute == single:
                _expect(size == _ITEM_SIZE)
                items += (Item._make(_ITEM.unpack_from(data, place)),)
            elif attribute == compound:
                items += _read_compound(data, place, size)
            elif attribute == time_stamp:
                stamp = data[place : place + size]
            place += size
        _expect(place == end)
        if items:
            objects.append(Observed(items, stamp))
    return place


def _read_compound(data: bytes, place: int, size: int) -> tuple[Item, ...]:
    count, items_size = _PAIR.unpack_from(data, place)
    _expect(items_size == size - 4 == count * _ITEM_SIZE)
    rows = _ITEM.iter_unpack(data[place + 4 : place + size])
    return tuple(Item._make(row) for row in rows)


def _expect(fits: bool) -> None:
    if not fits:
        raise LayoutError("a length in the message does not fit")
