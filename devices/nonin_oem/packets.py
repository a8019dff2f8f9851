"""Nonin data formats 2 and 7: frames to pulse rate, saturation and pulse wave.

Both formats send 75 frames of 5 bytes a second; 25 frames are a packet, whose first frame alone
has the SYNC bit. Each frame carries one sample of the pulse wave and one value byte; what the
value byte means depends on the place in the packet.
"""

from __future__ import annotations

import re
import struct
from typing import Literal

from devices.driver import ParserItem, Samples
from devices.framing import Account, sum8
from devices.nonin_oem import readings, wire
from protocols.vitals import Quality, Vital

_SIZE = wire.FRAME_SIZE
_LAST = wire.FRAMES_PER_PACKET
_VALUE_FRAMES = 3
_LOCK_FRAMES = {2: 3, 7: wire.FRAMES_PER_PACKET}
_SHORT_FRAMES = 5
"""A capture of up to so many whole frames of format 7 need not begin with a packet."""

_COLOUR_PACKETS = 9
"""Packets for which a pulse's colour holds: 3 s, the distance of pulses at 20/min."""

_SYNC_STATUS = re.escape(bytes(range(0x81, 0x100, 2)))
_CANDIDATES = {
    2: rb"\x01[\x80-\xff]",
    7: b"[" + _SYNC_STATUS + rb"].{4}[\x80-\xff].{4}[\x80-\xff].{4}[\x80-\xff]",
}

_iter_frames = struct.Struct("5B").iter_unpack


class PacketReader:
    """Reader of format 2 or 7.

    Trust: format 2 is locked by 3 good frames in a row, format 7 (which has no start byte) by one
    whole packet; frames that made the lock count as accepted. Values come only from a packet of 25
    good frames in strict order. A status bit that makes the values unusable speaks at once.
    """

    def __init__(self, number: Literal[2, 7], account: Account) -> None:
        self.number: int = number
        self.candidate = _CANDIDATES[number]
        self.lock_size = _LOCK_FRAMES[number] * _SIZE
        self._account = account
        self._wide = number == 7
        self._place = 0
        self._unusable = 0
        self._colour = 0
        self._colour_age = 0
        self._statuses = bytearray()
        self._values = bytearray()
        self._samples: list[int] = []

    def locks(self, buffer: bytes, start: int, is_first: bool) -> bool | None:
        """Whether the frames from `start` are enough for a lock; None while that is undecided.

        Format 7 must begin with a SYNC frame, for its header alone is one bit.
        """
        needed = _LOCK_FRAMES[self.number]
        there = min(needed, (len(buffer) - start) // _SIZE)
        for i in range(there):
            frame = buffer[start + i * _SIZE : start + (i + 1) * _SIZE]
            if not self._is_good(frame):
                return False
            if self._wide and bool(frame[0] & wire.SYNC) != (i == 0):
                return None if is_first and self._may_be_short(buffer) else False
        return True if there == needed else None

    def is_whole(self, buffer: bytes) -> bool:
        """Whether `buffer` is good frames and nothing else."""
        frames = [buffer[i : i + _SIZE] for i in range(0, len(buffer), _SIZE)]
        return bool(frames) and all(len(f) == _SIZE and self._is_good(f) for f in frames)

    def read(
        self, buffer: bytes, start: int, items: list[ParserItem], is_end: bool
    ) -> tuple[int, bool]:
        """Take the frames from `start`: where the next begins, and whether the lock holds."""
        end = start + (len(buffer) - start) // _SIZE * _SIZE
        position = start + self._take_frames(memoryview(buffer)[start:end], items) * _SIZE
        holds = position == end
        if not holds:
            position += self._refuse(buffer[position : position + _SIZE], items)
        elif is_end and end == len(buffer):
            self._believe_short_capture(items)
        self._flush_samples(items)
        return position, holds

    def refuse_alone(self, buffer: bytes, start: int, items: list[ParserItem]) -> int:
        """Refuse a frame of format 2 with a bad checksum outside any lock: bytes refused, or 0."""
        frame = buffer[start : start + _SIZE]
        if self._wide or not self._has_header(frame) or sum8(frame[:4]) == frame[4]:
            return 0
        size = self._next_start(frame)
        items.append(self._account.reject("bad checksum", frame[:size]))
        return size

    def forget(self) -> None:
        """Start anew: a packet must not be joined across a gap."""
        self._place = 0
        self._unusable = 0
        self._colour = 0

    def _take_frames(self, run: memoryview, items: list[ParserItem]) -> int:
        """Accept frames of the aligned `run` up to the first that is not good; how many."""
        wide = self._wide
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
                if self._unusable:
                    items.extend(readings.unusable(_reason(self._unusable), end_byte=end_byte))
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
        if not self._has_header(frame):
            reason = "no frame header"
        elif sum8(frame[:4]) == frame[4] and self._place == _LAST:
            reason = "packet does not begin with SYNC"
        else:
            reason = "bad checksum"
        size = self._next_start(frame)
        self._flush_samples(items)
        items.append(self._account.reject(reason, frame[:size]))
        self._place = 0
        return size

    def _flush_samples(self, items: list[ParserItem], end_byte: int | None = None) -> None:
        if self._samples:
            items.append(
                Samples(
                    vital=Vital.PLETH,
                    interval_ns=wire.SAMPLE_INTERVAL_NS,
                    full_scale=wire.FULL_SCALE[self.number],
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
            items.extend(readings.unusable(_reason(unusable), end_byte=end_byte))
            return
        values = self._values
        notes = ["artifact"] if artifact else []
        notes += self._perfusion_notes({status & wire.YELLOW for status in statuses} - {0})
        quality = Quality.LOW if notes else Quality.GOOD
        if len(values) > wire.STAT2:
            if values[wire.STAT2] & wire.LOW_BATTERY:
                notes.append("low battery")
            if values[wire.STAT2] & wire.SMARTPOINT:
                notes.append("SmartPoint")
        rate = (values[wire.RATE_MSB] & 3) << 7 | values[wire.RATE_LSB] & 0x7F
        items.extend(
            readings.measured(rate, values[wire.SPO2], quality, ", ".join(notes), end_byte=end_byte)
        )

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

    def _believe_short_capture(self, items: list[ParserItem]) -> None:
        """Read a packet that is the whole capture, though the capture ends before the packet."""
        end_byte = self._account.decided_bytes
        is_alone = _VALUE_FRAMES <= self._place < _LAST and end_byte == self._place * _SIZE
        if is_alone and not self._unusable:
            self._read_packet(items, end_byte)

    def _may_be_short(self, buffer: bytes) -> bool:
        frames = len(buffer) // _SIZE
        return frames <= _SHORT_FRAMES and self.is_whole(buffer[: frames * _SIZE])

    def _is_good(self, frame: bytes) -> bool:
        return self._has_header(frame) and sum8(frame[:4]) == frame[4]

    def _has_header(self, frame: bytes) -> bool:
        if self._wide:
            return frame[0] >= wire.ALWAYS
        return frame[0] == wire.START and frame[1] >= wire.ALWAYS

    def _next_start(self, frame: bytes) -> int:
        """Where after the first byte of `frame` another may begin; its length if nowhere."""
        for i in range(1, _SIZE):
            if self._wide:
                found = frame[i] & (wire.ALWAYS | wire.SYNC) == wire.ALWAYS | wire.SYNC
            else:
                found = frame[i] == wire.START and (i == _SIZE - 1 or frame[i + 1] >= wire.ALWAYS)
            if found:
                return i
        return _SIZE


def _reason(unusable: int) -> tuple[Quality, str]:
    """The gravest of the `unusable` bits."""
    if unusable & wire.SENSOR_DISCONNECTED:
        return readings.DISCONNECTED
    return readings.ALARM if unusable & wire.SENSOR_ALARM else readings.OUT_OF_TRACK
