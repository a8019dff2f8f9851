"""Nonin data formats 1 and 8: one short frame a second with pulse rate and saturation.

Neither format has a checksum; all that marks a frame is bit 7, set in its first byte alone. So a
lock takes several frames in a row whose values are plausible and agree, and a frame whose values
differ much from those before is taken only once another frame is seen to begin right after it: a
byte that came twice would else show a rate as a saturation.
"""

from __future__ import annotations

from typing import Literal

from devices.driver import ParserItem
from devices.framing import Account
from devices.listening import AGREE_WITHIN
from devices.nonin_oem import readings, wire
from protocols.vitals import VITALS, Quality, Vital

_LOCK_FRAMES = 5
_CANDIDATES = {
    1: rb"(?:[\x80-\xff][\x00-\x7f][\x01-\x64\x7f]){5}",
    8: rb"(?:[\x80-\xff][\x00-\x7f][\x01-\x64\x7f][\x00-\x0f\x20-\x2f]){5}",
}

_Values = tuple[int, int]


class SecondReader:
    """Reader of format 1 or 8."""

    def __init__(self, number: Literal[1, 8], account: Account) -> None:
        self.number: int = number
        self.candidate = _CANDIDATES[number]
        self._size = wire.SECOND_SIZE[number]
        self.lock_size = _LOCK_FRAMES * self._size
        self._account = account
        self._before: _Values | None = None

    def locks(self, buffer: bytes, start: int, is_first: bool) -> bool | None:
        """Whether the frames from `start` are enough for a lock; None while that is undecided."""
        frames = self._frames(buffer[start : start + self.lock_size])
        if not all(self._is_plausible(frame) for frame in frames if len(frame) == self._size):
            return False
        if not self._begins_well(frames):
            return False
        whole = [_values(frame) for frame in frames if len(frame) == self._size]
        if not all(_agree(whole[i], whole[i + 1]) for i in range(len(whole) - 1)):
            return None if is_first and self._may_be_short(buffer) else False
        return True if len(whole) == _LOCK_FRAMES else None

    def is_whole(self, buffer: bytes) -> bool:
        """Whether `buffer` is plausible frames and nothing else."""
        frames = self._frames(buffer)
        return bool(frames) and all(
            len(frame) == self._size and self._is_plausible(frame) for frame in frames
        )

    def read(
        self, buffer: bytes, start: int, items: list[ParserItem], is_end: bool
    ) -> tuple[int, bool]:
        """Take the frames from `start`: where the next begins, and whether the lock holds."""
        size = self._size
        position = start
        while len(buffer) - position >= size:
            frame = buffer[position : position + size]
            after = buffer[position + size : position + size + 1]
            if not self._is_frame(frame):
                return position + self._refuse(frame, "no frame header", items), False
            values = _values(frame)
            if self._before is not None and not _agree(self._before, values):
                if not after and not is_end:
                    break
                if after and after[0] < wire.ALWAYS:
                    reason = "values jump and no frame follows"
                    return position + self._refuse(frame, reason, items), False
            self._before = values
            self._account.accept(1, size)
            position += size
            items.extend(_read(frame, self._account.decided_bytes))
        return position, True

    def refuse_alone(self, buffer: bytes, start: int, items: list[ParserItem]) -> int:
        """0: outside a lock nothing tells a damaged frame from noise."""
        return 0

    def forget(self) -> None:
        """Start anew on another connection."""
        self._before = None

    def _refuse(self, frame: bytes, reason: str, items: list[ParserItem]) -> int:
        """Refuse `frame` up to the next possible first byte, unlock, and give its size."""
        starts = [i for i in range(1, len(frame)) if frame[i] >= wire.ALWAYS]
        size = starts[0] if starts else len(frame)
        items.append(self._account.reject(reason, frame[:size]))
        self._before = None
        return size

    def _frames(self, run: bytes) -> list[bytes]:
        return [run[i : i + self._size] for i in range(0, len(run), self._size)]

    def _is_frame(self, frame: bytes) -> bool:
        return self._begins_well([frame])

    def _begins_well(self, frames: list[bytes]) -> bool:
        """Whether bit 7 stands in the first byte of each frame alone, a cut one included."""
        return all(
            frame[0] >= wire.ALWAYS
            and max(frame[1:], default=0) < wire.ALWAYS
            and not (len(frame) == 4 and frame[3] & wire.SECOND_RESERVED)
            for frame in frames
        )

    def _is_plausible(self, frame: bytes) -> bool:
        rate, saturation = _values(frame)
        return (
            self._is_frame(frame)
            and (rate == wire.RATE_MISSING or VITALS[Vital.PR].is_plausible(rate))
            and (saturation == wire.SPO2_MISSING or VITALS[Vital.SPO2].is_plausible(saturation))
        )

    def _may_be_short(self, buffer: bytes) -> bool:
        """Whether the stream so far may be a short capture of whole frames."""
        frames = self._frames(buffer)
        whole = [frame for frame in frames if len(frame) == self._size]
        return (
            len(whole) <= _LOCK_FRAMES
            and self._begins_well(frames)
            and all(self._is_plausible(frame) for frame in whole)
        )


def _values(frame: bytes) -> _Values:
    """Rate and saturation as the frame says them."""
    return (frame[0] & 3) << 7 | frame[1], frame[2]


def _agree(before: _Values, now: _Values) -> bool:
    """Whether both values moved no further than they can within a second."""
    missing = (wire.RATE_MISSING, wire.SPO2_MISSING)
    limits = (AGREE_WITHIN[Vital.PR], AGREE_WITHIN[Vital.SPO2])
    return all(
        a == b if none in (a, b) else abs(a - b) <= limit
        for a, b, none, limit in zip(before, now, missing, limits, strict=True)
    )


def _read(frame: bytes, end_byte: int) -> list[ParserItem]:
    status = frame[0]
    flags = frame[3] if len(frame) == 4 else 0
    for is_set, reason in (
        (status & wire.SECOND_DISCONNECTED, readings.DISCONNECTED),
        (flags & wire.SENSOR_ALARM, readings.ALARM),
        (status & wire.SECOND_OUT_OF_TRACK, readings.OUT_OF_TRACK),
    ):
        if is_set:
            return [*readings.unusable(reason, end_byte=end_byte)]
    doubts = [
        name
        for bit, name in (
            (wire.SECOND_ARTIFACT, "artifact"),
            (wire.SECOND_LOW_PERFUSION, "low perfusion"),
            (wire.SECOND_MARGINAL_PERFUSION, "marginal perfusion"),
        )
        if status & bit
    ]
    remarks = [
        name
        for bit, name in (
            (wire.CRITICAL_BATTERY, "battery critical: the unit will turn off"),
            (wire.LOW_BATTERY, "low battery"),
            (wire.SPOT_CHECK_MODE, "spot-check mode"),
            (wire.SMARTPOINT, "SmartPoint"),
        )
        if flags & bit
    ]
    quality = Quality.LOW if doubts else Quality.GOOD
    note = ", ".join(doubts + remarks)
    return [*readings.measured(*_values(frame), quality, note, end_byte=end_byte)]
