"""Nonin data formats 2 and 7: bytes to pulse rate, saturation and pulse wave.

Both formats send 75 frames of 5 bytes a second; 25 frames are a packet, whose first frame alone
has the SYNC bit. Each frame carries one sample of the pulse wave and one value byte; what the
value byte means depends on the place in the packet. Sources and certainty: NOTES.md.
"""

from __future__ import annotations

import struct
from typing import Literal

from devices.driver import Counts, Measurement, ParserItem, Samples
from devices.framing import Account, sum8
from devices.nonin_oem import wire
from protocols.vitals import VITALS, Quality, Vital

DataFormat = Literal["auto", 2, 7]

_SIZE = wire.FRAME_SIZE
_LAST = wire.FRAMES_PER_PACKET
_LOCK_FRAMES = {2: 3, 7: wire.FRAMES_PER_PACKET}
_COLOUR_PACKETS = 9
"""Packets for which a pulse's colour holds: 3 s, the distance of pulses at 20/min."""

_iter_frames = struct.Struct("5B").iter_unpack


class NoninParser:
    """Parser of one stream in data format 2, 7, or (`auto`) whichever locks first.

    Trust: format 2 is locked by 3 good frames in a row, format 7 (which has no start byte) by one
    whole packet; frames that made the lock count as accepted. Values come only from a packet of 25
    good frames in strict order. A status bit that makes the values unusable speaks at once.
    """

    def __init__(self, data_format: DataFormat = "auto") -> None:
        self._formats = (2, 7) if data_format == "auto" else (data_format,)
        self._account = Account()
        self._pending = b""
        self._format = 0
        self._last_format = self._formats[0]
        self._place = 0
        self._unusable = 0
        self._colour = 0
        self._colour_age = 0
        self._statuses = bytearray()
        self._values = bytearray()
        self._samples: list[int] = []

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        buffer = self._pending + data if self._pending else bytes(data)
        position = 0
        while True:
            if self._format == 0:
                passed = self._search(buffer, position, items)
                if passed is None:
                    break
                position += passed
                continue
            whole = (len(buffer) - position) // _SIZE * _SIZE
            taken = self._take_frames(buffer[position : position + whole], items) * _SIZE
            position += taken
            if taken == whole:
                break
            position += self._refuse(buffer[position : position + _SIZE], items)
        self._flush_samples(items)
        self._pending = buffer[position:]
        return items

    def finish(self) -> list[ParserItem]:
        """Pass over what is undecided at the end of a capture."""
        self.forget()
        return []

    def forget(self) -> None:
        """Start anew on another connection: a packet must not be joined across the gap."""
        self._account.skip(len(self._pending))
        self._pending = b""
        self._format = 0
        self._place = 0
        self._unusable = 0
        self._colour = 0

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._account.counts(len(self._pending))

    def _search(self, buffer: bytes, start: int, items: list[ParserItem]) -> int | None:
        """Look for a lock at `start`: bytes passed over (0 when locked), None to wait for more."""
        undecided = len(buffer) - start < _SIZE
        for number in self._formats:
            locks = _locks(buffer, start, number)
            if locks:
                self._format = self._last_format = number
                self._place = 0
                return 0
            undecided = undecided or locks is None
        if undecided:
            return None
        frame = buffer[start : start + _SIZE]
        if self._last_format == 2 and _is_start(frame) and sum8(frame[:4]) != frame[4]:
            size = _next_start(frame, 2)
            self._flush_samples(items)
            items.append(self._account.reject("bad checksum", frame[:size]))
            return size
        self._account.skip(1)
        return 1

    def _take_frames(self, run: bytes, items: list[ParserItem]) -> int:
        """Accept frames of the aligned `run` up to the first that is not good; how many."""
        wide = self._format == 7
        place = self._place
        accepted = 0
        start = self._account.decided_bytes
        for a, b, c, value, check in _iter_frames(run):
            status = a if wide else b
            if (
                (a + b + c + value) & 0xFF != check
                or status < 0x80
                or not (wide or a == wire.START)
            ):
                break
            if status & wire.SYNC:
                if 0 < place < _LAST:
                    reason = f"packet cut short: {place} of {_LAST} frames"
                    self._flush_samples(items, start + accepted * _SIZE)
                    items.append(self._account.reject(reason, b""))
                place = 1
                self._statuses.clear()
                self._values.clear()
            elif place == _LAST:
                break
            elif place:
                place += 1
            accepted += 1
            if status & wire.UNUSABLE != self._unusable:
                end_byte = start + accepted * _SIZE
                self._flush_samples(items, end_byte - _SIZE)
                self._unusable = status & wire.UNUSABLE
                items.extend(_missing(self._unusable, end_byte))
            self._samples.append(b << 8 | c if wide else c)
            if place:
                self._statuses.append(status)
                self._values.append(value)
                if place == _LAST:
                    self._read_packet(items, start + accepted * _SIZE)
        self._place = place
        self._account.accept(accepted, accepted * _SIZE)
        return accepted

    def _refuse(self, frame: bytes, items: list[ParserItem]) -> int:
        """Refuse `frame`, unlock, and give how many bytes were refused."""
        if (
            sum8(frame[:4]) == frame[4]
            and self._place == _LAST
            and _has_header(frame, self._format)
        ):
            reason = "packet does not begin with SYNC"
        elif not _has_header(frame, self._format):
            reason = "no frame header"
        else:
            reason = "bad checksum"
        size = _next_start(frame, self._format)
        self._flush_samples(items)
        items.append(self._account.reject(reason, frame[:size]))
        self._format = 0
        return size

    def _flush_samples(self, items: list[ParserItem], end_byte: int | None = None) -> None:
        if self._samples:
            items.append(
                Samples(
                    vital=Vital.PLETH,
                    interval_ns=wire.SAMPLE_INTERVAL_NS,
                    full_scale=wire.FULL_SCALE[self._last_format],
                    values=tuple(self._samples),
                    usable=not self._unusable,
                    end_byte=self._account.decided_bytes if end_byte is None else end_byte,
                )
            )
            self._samples.clear()

    def _read_packet(self, items: list[ParserItem], end_byte: int) -> None:
        statuses = set(self._statuses)
        unusable = artifact = 0
        for status in statuses:
            unusable |= status & wire.UNUSABLE
            artifact |= status & wire.ARTIFACT
        if unusable:
            self._colour = 0
            items.extend(_missing(unusable, end_byte))
            return
        notes = ["artifact"] if artifact else []
        notes += self._perfusion_notes({status & wire.YELLOW for status in statuses} - {0})
        quality = Quality.LOW if notes else Quality.GOOD
        if self._values[wire.STAT2] & wire.LOW_BATTERY:
            notes.append("low battery")
        note = ", ".join(notes)
        rate = (self._values[wire.RATE_MSB] & 3) << 7 | self._values[wire.RATE_LSB] & 0x7F
        saturation = self._values[wire.SPO2]
        for vital, raw, missing in (
            (Vital.PR, rate, wire.RATE_MISSING),
            (Vital.SPO2, saturation, wire.SPO2_MISSING),
        ):
            items.append(_measure(vital, raw, missing, quality, note, end_byte))

    def _perfusion_notes(self, colours: set[int]) -> list[str]:
        """What the last pulse said of perfusion; pulses are rarer than packets, so it holds."""
        if colours:
            worst = (c for c in (wire.RED, wire.YELLOW, wire.GREEN) if c in colours)
            self._colour, self._colour_age = next(worst), 0
        else:
            self._colour_age += 1
            if self._colour_age > _COLOUR_PACKETS:
                self._colour = 0
        if self._colour == wire.RED:
            return ["low perfusion"]
        return ["marginal perfusion"] if self._colour == wire.YELLOW else []


def _measure(
    vital: Vital, raw: int, missing: int, quality: Quality, note: str, end_byte: int
) -> Measurement:
    value: float | None = float(raw)
    spec = VITALS[vital]
    if raw in (0, missing):
        value, quality = None, Quality.MISSING
        note = ", ".join(filter(None, ("no value", note)))
    elif not spec.is_plausible(raw):
        value, quality = None, Quality.IMPLAUSIBLE
        note = f"{raw} {spec.unit_text} is not plausible"
    return Measurement(vital=vital, value=value, quality=quality, note=note, end_byte=end_byte)


def _missing(unusable: int, end_byte: int) -> list[ParserItem]:
    """Rate and saturation as missing, by the gravest of the `unusable` bits; none for 0."""
    if unusable & wire.SENSOR_DISCONNECTED:
        quality, note = Quality.SENSOR_FAULT, "sensor disconnected"
    elif unusable & wire.SENSOR_ALARM:
        quality, note = Quality.SENSOR_OFF, "finger removed or sensor not usable"
    elif unusable:
        quality, note = Quality.SEARCHING, "out of track: looking for a pulse"
    else:
        return []
    return [
        Measurement(vital=vital, value=None, quality=quality, note=note, end_byte=end_byte)
        for vital in (Vital.PR, Vital.SPO2)
    ]


def _is_start(frame: bytes) -> bool:
    return frame[0] == wire.START and frame[1] >= 0x80


def _has_header(frame: bytes, number: int) -> bool:
    return _is_start(frame) if number == 2 else frame[0] >= 0x80


def _next_start(frame: bytes, number: int) -> int:
    """Where after the first byte of `frame` another frame may begin; its length if nowhere."""
    for i in range(1, _SIZE):
        if number == 2:
            found = frame[i] == wire.START and (i == _SIZE - 1 or frame[i + 1] >= 0x80)
        else:
            found = frame[i] & (wire.ALWAYS | wire.SYNC) == wire.ALWAYS | wire.SYNC
        if found:
            return i
    return _SIZE


def _locks(buffer: bytes, start: int, number: int) -> bool | None:
    """Whether the frames from `start` are enough for a lock; None while that is undecided.

    Format 7 must begin with a SYNC frame, for its header alone is one bit.
    """
    needed = _LOCK_FRAMES[number]
    there = min(needed, (len(buffer) - start) // _SIZE)
    for i in range(there):
        frame = buffer[start + i * _SIZE : start + (i + 1) * _SIZE]
        if not _has_header(frame, number) or sum8(frame[:4]) != frame[4]:
            return False
        if number == 7 and bool(frame[0] & wire.SYNC) != (i == 0):
            return False
    return True if there == needed else None
