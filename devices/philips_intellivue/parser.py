"""IntelliVue frames to what they say: numerics joined from their parts, each with its reason.

`IntellivueReader` gives messages and values (the driver needs both); `IntellivueParser` gives the
values alone, each taken at its word, for captures.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from devices.driver import Counts, Measurement, ParserItem, Rejected
from devices.philips_intellivue.clock import MonitorClock
from devices.philips_intellivue.frames import FrameReader
from devices.philips_intellivue.messages import (
    LayoutError,
    MdsCreated,
    Message,
    Observed,
    OperationError,
    PollResult,
    SessionMessage,
    read_message,
)
from devices.philips_intellivue.numerics import Judged, judge_streams, measurement
from devices.philips_intellivue.pressures import CuffMemory, Determined
from devices.philips_intellivue.wire import TICKS_PER_S, Part, Physio
from protocols.vitals import Quality, Vital

MOST_PARTS = 16
"""Most messages that one result is joined from; a full monitor needs three or four."""

ABSENT_TICKS = 3 * TICKS_PER_S
"""A vital that no poll mentions for this long is missing: a monitor drops what is unplugged."""

_ABSENT = Judged(None, Quality.MISSING, "the monitor reports it no longer")
_PRESSURE_ITEMS = (Physio.NIBP_SYSTOLIC, Physio.NIBP_DIASTOLIC, Physio.NIBP_MEAN)


class PollDone(Enum):
    """The answer to a poll came to its end: `WHOLE`, or `LOST` because a part of it is missing."""

    WHOLE = "whole"
    LOST = "lost"


Heard = (
    Measurement | Determined | PollDone | SessionMessage | MdsCreated | OperationError | Rejected
)
"""What a reader gives."""


class IntellivueReader:
    """Everything that a stream says, in order; keeps the monitor's clock and what was given."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self._frames = FrameReader()
        self._clock = MonitorClock()
        self._cuff = CuffMemory()
        self._parts: list[PollResult] = []
        self._last_ticks: dict[Vital, int] = {}

    def read(self, data: bytes) -> list[Heard]:
        """What the frames completed by `data` say. Never raises."""
        heard: list[Heard] = []
        for framed in self._frames.read(data):
            if isinstance(framed, Rejected):
                heard.append(framed)
                continue
            try:
                message = read_message(framed.data)
            except LayoutError as error:
                heard.append(self.refuse(str(error)))
                continue
            self._hear(message, framed.end_byte, heard)
        return heard

    def forget(self) -> None:
        """The connection was lost: half frames, half results and the monitor's clock go."""
        self._frames.forget()
        self.forget_monitor()

    def forget_monitor(self) -> None:
        """The association ended: its clock and half results go, the bytes stay."""
        self._clock.forget()
        self._cuff.forget()
        self._parts.clear()
        self._last_ticks.clear()

    def refuse(self, reason: str) -> Rejected:
        """Say of good frames that their content is not used, and why."""
        return self._frames.refuse(reason)

    @property
    def counts(self) -> Counts:
        """Where every byte went."""
        return self._frames.counts

    def _hear(self, message: Message, end_byte: int, heard: list[Heard]) -> None:
        if isinstance(message, PollResult):
            self._join(message, end_byte, heard)
        elif isinstance(message, MdsCreated):
            self._clock.set(message.clock, message.clock_ticks)
            heard.append(message)
        elif isinstance(message, SessionMessage | OperationError):
            heard.append(message)

    def _join(self, result: PollResult, end_byte: int, heard: list[Heard]) -> None:
        """Join the parts of a linked result; a result that lost a part is not used."""
        parts = self._parts
        if result.part in (Part.WHOLE, Part.FIRST):
            if parts:
                heard.append(self.refuse(f"result cut short after {len(parts)} parts"))
                parts.clear()
            if result.part is Part.WHOLE:
                self._finish(result, result.objects, end_byte, heard)
            else:
                parts.append(result)
            return
        follows = bool(parts) and (result.invoke_id, result.number, result.ticks) == (
            parts[-1].invoke_id,
            parts[-1].number + 1,
            parts[-1].ticks,
        )
        if not follows or len(parts) == MOST_PARTS:
            heard.append(self.refuse("part of a result whose beginning is missing"))
            parts.clear()
            if result.part is Part.LAST:
                heard.append(PollDone.LOST)
            return
        parts.append(result)
        if result.part is Part.LAST:
            objects = [observed for part in parts for observed in part.objects]
            parts.clear()
            self._finish(result, objects, end_byte, heard)

    def _finish(
        self, result: PollResult, objects: list[Observed], end_byte: int, heard: list[Heard]
    ) -> None:
        """Judge a whole result: streams, vitals that went away, and the cuff."""
        ticks = result.ticks
        last_ticks = self._last_ticks
        streams = judge_streams(objects)
        for vital, judged in streams.items():
            last_ticks[vital] = ticks
            heard.append(measurement(vital, judged, end_byte))
        if len(last_ticks) > len(streams):
            for vital in [vital for vital in last_ticks if vital not in streams]:
                if (ticks - last_ticks[vital]) % (1 << 32) >= ABSENT_TICKS:
                    del last_ticks[vital]
                    heard.append(measurement(vital, _ABSENT, end_byte))
        now_ns: int | None = None
        for items, stamp in objects:
            physio = items[0].physio
            if physio == Physio.NIBP_PULSE:
                now_ns = self._clock.read_ns(result.clock, ticks)
                determined = self._cuff.take_pulse(items[0], stamp, now_ns)
            elif physio in _PRESSURE_ITEMS:
                now_ns = self._clock.read_ns(result.clock, ticks)
                determined = self._cuff.take(items, stamp, ticks, now_ns)
            else:
                continue
            if determined is not None:
                heard.append(_at(determined, end_byte))
        heard.append(PollDone.WHOLE)


class IntellivueParser:
    """Gives what a capture says. A pressure whose age is unknown is given as if it were new."""

    def __init__(self) -> None:
        """Nothing was fed yet."""
        self._reader = IntellivueReader()

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        for heard in self._reader.read(data):
            if isinstance(heard, Measurement | Rejected):
                items.append(heard)
            elif isinstance(heard, Determined):
                items.extend(aged(heard))
        return items

    def finish(self) -> list[ParserItem]:
        """Pass over the frame that the end of a capture cuts."""
        self.forget()
        return []

    def forget(self) -> None:
        """Pass over the half frame and the half result of a connection that was lost."""
        self._reader.forget()

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._reader.counts


def aged(determined: Determined) -> list[Measurement]:
    """The measurements of a determination with their age; an unknown age is said in the note."""
    if determined.age_ns:
        return [replace(item, age_ns=determined.age_ns) for item in determined.measurements]
    if determined.doubt:
        note = f"age unknown: {determined.doubt}"
        return [
            replace(item, note=", ".join(filter(None, (item.note, note))))
            for item in determined.measurements
        ]
    return list(determined.measurements)


def _at(determined: Determined, end_byte: int) -> Determined:
    placed = tuple(replace(item, end_byte=end_byte) for item in determined.measurements)
    return replace(determined, measurements=placed)
