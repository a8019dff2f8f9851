"""S/5 records: bytes to frames, frames to readings.

A frame is a record and its checksum between flags ``7E``; ``7E`` and ``7D`` inside are escaped.
Length, checksum and layout must agree before a value is read; nothing needs more trust than that.
Sources and certainty: NOTES.md.
"""

from __future__ import annotations

from devices.datex_s5 import wire
from devices.datex_s5.groups import GroupReader
from devices.datex_s5.nibp import BloodPressure, NibpFollower
from devices.driver import Counts, ParserItem
from devices.framing import FrameBuffer, sum8

_LIMIT = 2 * wire.LONGEST_RECORD + 4
"""Bytes of the longest frame with every byte escaped."""
_LEAST = wire.HEADER_SIZE + 1


class DatexParser:
    """Parser of one monitor's records; only displayed values of the basic class give readings.

    A capture is taken at its word: its first blood pressure is given. With `live` it is refused,
    because a monitor repeats its last result for hours.
    """

    def __init__(self, *, live: bool = False) -> None:
        self._buffer = FrameBuffer(limit=_LIMIT)
        self._groups = GroupReader()
        self._nibp = NibpFollower(live=live)
        self._displayed = 0

    @property
    def displayed(self) -> int:
        """How many subrecords of displayed values were read so far."""
        return self._displayed

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        for start in range(0, len(data), _LIMIT):
            self._buffer.extend(data[start : start + _LIMIT])
            self._take_frames(items)
            self._buffer.settle()
        return items

    def finish(self) -> list[ParserItem]:
        """A last frame that lacks only its closing flag is believed; anything less is not."""
        items: list[ParserItem] = []
        pending = self._buffer.data
        head = pending[:1] == bytes((wire.FLAG,))
        record, _ = _record(pending[head:])
        if record is None:
            self._buffer.skip(len(pending))
        else:
            self._buffer.accept(len(pending))
            self._read(record, items)
        return items

    def forget(self) -> None:
        """Start anew on another connection: nothing is joined across the gap."""
        self._buffer.skip(len(self._buffer.data))
        self._groups.forget()
        self._nibp.forget()

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._buffer.counts

    def _take_frames(self, items: list[ParserItem]) -> None:
        while data := self._buffer.data:
            head = data[0] == wire.FLAG
            end = data.find(wire.FLAG, head)
            if end < 0:
                return
            if end > _LIMIT:
                self._buffer.skip(end - _LIMIT)
                continue
            if end == head:
                self._buffer.pad(1)
                continue
            record, reason = _record(data[head:end])
            if record is not None:
                self._buffer.accept(end + 1)
                self._read(record, items)
            elif head and end > _LEAST:
                items.append(self._buffer.reject(end, reason))
            else:
                self._buffer.skip(end)

    def _read(self, record: bytes, items: list[ParserItem]) -> None:
        start = wire.RECORD_START.unpack_from(record)
        time_s, main_type = start[4], start[8]
        if main_type != wire.PHYSIOLOGICAL:
            return
        for place in range(wire.SUBRECORDS):
            at = wire.RECORD_START.size + place * wire.SUBRECORD.size
            offset, kind = wire.SUBRECORD.unpack_from(record, at)
            if kind == wire.LAST_SUBRECORD:
                break
            if kind != wire.DISPLAYED:
                continue
            values = record[wire.HEADER_SIZE + offset :][: wire.VALUES_SIZE]
            if offset < 0 or len(values) < wire.VALUES_SIZE:
                items.append(self._buffer.note("values beyond the end of their record"))
            elif values[wire.CLASS_WORD + 1] & 0xF == wire.BASIC:
                self._read_basic(values[wire.VALUES_START :], time_s, items)

    def _read_basic(self, basic: bytes, time_s: int, items: list[ParserItem]) -> None:
        self._displayed += 1
        end_byte = self._buffer.end_byte
        items.extend(self._groups.read(basic, end_byte))
        status, label = wire.GROUP.unpack_from(basic, wire.NIBP)
        if not (status & wire.EXISTS and status & wire.ACTIVE):
            self._nibp.rest()
            return
        numbers = wire.NIBP_VALUES.unpack_from(basic, wire.NIBP + wire.GROUP.size)
        sys, dia, mean, rate = numbers
        said = BloodPressure(sys=sys, dia=dia, mean=mean, rate=rate)
        news = self._nibp.hear(label, said, time_s, end_byte)
        items.extend(news.measurements)
        if news.refused:
            items.append(self._buffer.note(news.refused))


def _record(content: bytes) -> tuple[bytes | None, str]:
    """The record in what stands between two flags, or None and why there is none."""
    plain = wire.unescaped(content)
    if plain is None:
        return None, "bad escape"
    if len(plain) < _LEAST:
        return None, "too short"
    record = plain[:-1]
    length = int.from_bytes(record[:2], "little", signed=True)
    if length != len(record) or length > wire.LONGEST_RECORD:
        return None, f"length {len(record)} where the record says {length}"
    if sum8(record) != plain[-1]:
        return None, "bad checksum"
    return record, ""
