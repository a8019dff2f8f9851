"""SunTech Advantage replies: bytes to frames, frames to values.

A reply is ``3E``, a length that counts the whole frame, data, and a checksum that makes the sum of
all bytes 0 modulo 256. `SuntechReader` gives the frames (the driver needs them as such);
`SuntechParser` gives what they mean without any conversation, for captures.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.driver import BpProgress, Counts, Measurement, ParserItem, Rejected
from devices.framing import FrameBuffer
from devices.suntech_advantage import wire
from devices.suntech_advantage.wire import Status
from protocols.events import BpState
from protocols.vitals import PRESSURES, VITALS, Quality, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReply:
    """The module's one-letter answer."""

    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureReply:
    """Cuff pressure in mmHg; None when the module calls it invalid."""

    pressure_mmhg: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReply:
    """The last determination as the module holds it; whether it is valid, `judge` says.

    Pressures in mmHg; `rate_bpm` is None where the two readings of its field disagree.
    """

    sys_mmhg: int
    dia_mmhg: int
    map_mmhg: int
    rate_bpm: int | None
    beats: int
    error: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionReply:
    """The version string."""

    text: str


Reply = StatusReply | PressureReply | ResultReply | VersionReply | Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A determination judged: the measurements to show, and why it failed (empty if it did not)."""

    measurements: tuple[Measurement, ...]
    failure: str


class SuntechReader:
    """Finds frames in a stream of replies; drops one byte at a time to find the next."""

    def __init__(self) -> None:
        self._buffer = FrameBuffer(limit=wire.VERSION_SIZE)

    def read(self, data: bytes) -> list[Reply]:
        """Frames completed by `data`. Never raises."""
        self._buffer.extend(data)
        replies = self._frames()
        self._buffer.settle()
        return replies

    def forget(self) -> None:
        """Pass over the half frame of a connection that was lost."""
        self._buffer.skip(len(self._buffer.data))

    def give_up_frame(self) -> list[Reply]:
        """The rest of the frame begun did not come in time: look for frames inside what came."""
        replies: list[Reply] = []
        while self._buffer.data:
            self._buffer.skip(1)
            replies += self._frames()
        return replies

    def refuse(self, reason: str) -> Rejected:
        """Say of a good frame that its content is not used, and why."""
        return self._buffer.note(reason)

    @property
    def counts(self) -> Counts:
        """Where every byte went."""
        return self._buffer.counts

    def _frames(self) -> list[Reply]:
        replies: list[Reply] = []
        while data := self._buffer.data:
            start = data.find(wire.REPLY_START)
            if start != 0:
                self._buffer.skip(len(data) if start < 0 else start)
                continue
            if len(data) < 2:
                break
            size = data[1]
            if size not in wire.REPLY_SIZES:
                self._buffer.skip(1)
                continue
            if len(data) < size:
                break
            if sum(data[:size]) & 0xFF:
                inner = data.find(wire.REPLY_START, 1, size)
                replies.append(self._buffer.reject(size if inner < 0 else inner, "bad checksum"))
                continue
            reply = _interpret(self._buffer.accept(size))
            if reply is None:
                reply = self.refuse(f"undocumented status {data[2]:02X} (hexadecimal)")
            replies.append(reply)
        return replies


class SuntechParser:
    """Gives what a capture of replies says, each frame taken at its word.

    Without the host's side a repeated old result looks new: a bedside uses the driver.
    """

    def __init__(self) -> None:
        self._reader = SuntechReader()

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        for reply in self._reader.read(data):
            if isinstance(reply, Rejected):
                items.append(reply)
            elif isinstance(reply, PressureReply):
                items.append(cuff(reply))
            elif isinstance(reply, ResultReply):
                items.extend(judge(reply).measurements)
            elif isinstance(reply, StatusReply):
                items.append(
                    BpProgress(state=_STATES[reply.status], text=wire.STATUS_TEXTS[reply.status])
                )
        return items

    def finish(self) -> list[ParserItem]:
        """Pass over the frame that the end of a capture cuts."""
        self.forget()
        return []

    def forget(self) -> None:
        """Pass over the half frame of a connection that was lost."""
        self._reader.forget()

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._reader.counts


_STATES = {
    Status.RECEIVED: BpState.REQUESTED,
    Status.DONE: BpState.DONE,
    Status.ABORTED: BpState.ABORTED,
    Status.BUSY: BpState.MEASURING,
    Status.ERROR: BpState.FAILED,
    Status.UNDEFINED: BpState.FAILED,
    Status.NOT_RECOGNISED: BpState.FAILED,
    Status.SLEEPING: BpState.IDLE,
    Status.TIMED_OUT: BpState.FAILED,
}


def cuff(reply: PressureReply) -> Measurement:
    """Cuff pressure as a measurement; missing where the module calls it invalid."""
    if reply.pressure_mmhg is None:
        note = "cuff pressure not valid"
        return Measurement(vital=Vital.CUFF, value=None, quality=Quality.MISSING, note=note)
    if not VITALS[Vital.CUFF].is_plausible(reply.pressure_mmhg):
        note = f"{reply.pressure_mmhg} mmHg is not plausible"
        return Measurement(vital=Vital.CUFF, value=None, quality=Quality.IMPLAUSIBLE, note=note)
    value = float(reply.pressure_mmhg)
    return Measurement(vital=Vital.CUFF, value=value, quality=Quality.GOOD)


def judge(reply: ResultReply) -> Verdict:
    """Whether a result is valid (no error, systolic > mean > diastolic > 0) and plausible."""
    if reply.error:
        return failed(wire.error_text(reply.error))
    values = (reply.sys_mmhg, reply.dia_mmhg, reply.map_mmhg)
    said = f"{reply.sys_mmhg}/{reply.dia_mmhg} mean {reply.map_mmhg} mmHg"
    if not reply.sys_mmhg > reply.map_mmhg > reply.dia_mmhg > 0:
        return failed(f"the monitor's values do not agree with each other ({said}): repeat")
    pairs = tuple(zip(PRESSURES, values, strict=True))
    if not all(VITALS[vital].is_plausible(value) for vital, value in pairs):
        return failed(f"not plausible ({said}): repeat, or measure by hand", Quality.IMPLAUSIBLE)
    pressures = tuple(
        Measurement(vital=vital, value=float(value), quality=Quality.GOOD) for vital, value in pairs
    )
    return Verdict(measurements=(*pressures, _rate(reply.rate_bpm)), failure="")


def failed(reason: str, quality: Quality = Quality.FAILED) -> Verdict:
    """A determination that gave no pressures, for `reason`."""
    return Verdict(
        measurements=tuple(
            Measurement(vital=vital, value=None, quality=quality, note=reason)
            for vital in PRESSURES
        ),
        failure=reason,
    )


def _rate(rate_bpm: int | None) -> Measurement:
    quality, value, note = Quality.GOOD, None, ""
    if not rate_bpm:
        quality, note = Quality.MISSING, "no pulse rate with this blood pressure"
    elif not VITALS[Vital.PR].is_plausible(rate_bpm):
        quality, note = Quality.IMPLAUSIBLE, f"{rate_bpm} /min is not plausible"
    else:
        value = float(rate_bpm)
    return Measurement(vital=Vital.PR, value=value, quality=quality, note=note, spot=True)


def _interpret(frame: bytes) -> Reply | None:
    """What a frame of good checksum says; None for a status letter that is not documented."""
    if len(frame) == wire.STATUS_SIZE:
        known = frame[2] in Status.__members__.values()
        return StatusReply(status=Status(frame[2])) if known else None
    if len(frame) == wire.PRESSURE_SIZE:
        pressure = _int16(frame, 2)
        invalid = pressure == wire.PRESSURE_INVALID
        return PressureReply(pressure_mmhg=None if invalid else pressure)
    if len(frame) == wire.RESULT_SIZE:
        return ResultReply(
            sys_mmhg=_int16(frame, 2),
            dia_mmhg=_int16(frame, 4),
            map_mmhg=_int16(frame, 18),
            rate_bpm=frame[16] if frame[17] == 0 else None,
            beats=frame[6],
            error=frame[20],
        )
    return VersionReply(text=frame[2:-1].decode("ascii", "replace").strip("\0 "))


def _int16(frame: bytes, offset: int) -> int:
    return int.from_bytes(frame[offset : offset + 2], "little", signed=True)
