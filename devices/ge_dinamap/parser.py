"""DINAMAP replies: lines to replies, replies to values.

A reply is a space, the two letters of its command, fields of fixed width, two characters of
checksum and a carriage return. `DinamapLines` gives the replies one by one (the driver needs them
as such); `DinamapParser` gives what they mean without any conversation, for captures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from devices.driver import BpProgress, Counts, Measurement, ParserItem
from devices.ge_dinamap import wire
from devices.lines import UNKNOWN_LINE, Line, LineParser
from devices.pressures import Verdict, failed, judge_pressures, spot_rate
from protocols.events import BpState
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

LONGEST = 64
"""Longest line that can be a reply; documented ones have up to 22 characters."""

_CHECK = 2
_NIBP_SIZE = 19
_VALUE_SIZE = 7
_RATE_WIDTHS = (3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class NibpReply:
    """The last determination as the monitor holds it.

    `since_s` is the time since it, 9999 when there is none; pressures in mmHg, None where the field
    is no number.
    """

    status: int
    since_s: int
    sys_mmhg: int | None
    dia_mmhg: int | None
    map_mmhg: int | None

    @property
    def has_recent(self) -> bool:
        """Whether it holds a determination that was done."""
        return self.status == wire.NIBP_DONE and self.since_s != wire.NO_RECENT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SaturationReply:
    """Saturation in percent, None where its field is no number."""

    status: int
    spo2_percent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateReply:
    """Heart or pulse rate per minute and where it comes from; None where it is no number."""

    command: str
    source: int
    rate_bpm: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The echo of a start or a cancel."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A line that begins like a reply and is none, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A line that echoes no command: a refusal, the greeting of a printer, another monitor."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRequest:
    """The host's own request, heard back on a line that echoes."""


Reply = (
    NibpReply | SaturationReply | RateReply | Acknowledgement | Unreadable | Foreign | OwnRequest
)

_REQUESTS = frozenset(read.decode("ascii").strip("\r") for read in wire.READS)


class DinamapLines(LineParser):
    """Cuts the stream into lines and tells each reply to `hear`, which gives the items it means."""

    def __init__(self, hear: Callable[[Reply], Sequence[ParserItem]]) -> None:
        super().__init__(limit=LONGEST)
        self._hear = hear

    def read_line(self, text: str) -> Line:
        """What `text` says; a line without any echo is not this monitor's."""
        reply = interpret(text)
        items = self._hear(reply)
        if isinstance(reply, Unreadable):
            return Line(refused=reply.reason)
        if isinstance(reply, Foreign | OwnRequest):
            return UNKNOWN_LINE
        return Line(items=items)


class DinamapParser:
    """Gives what a capture of replies says, each taken at its word, a determination once.

    Without the host's side a held result at the start looks new: a bedside uses the driver.
    """

    def __init__(self) -> None:
        self._lines = DinamapLines(self._say)
        self._held_s: int | None = None
        self._status: int | None = None
        self._busy = False
        self._rate_owed = True

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        return self._lines.feed(data)

    def finish(self) -> list[ParserItem]:
        """A last line without its end is believed if its checksum is good."""
        return self._lines.finish()

    def forget(self) -> None:
        """Pass over the half line of a connection that was lost."""
        self._lines.forget()

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._lines.counts

    def _say(self, reply: Reply) -> Sequence[ParserItem]:
        if isinstance(reply, NibpReply):
            return self._say_nibp(reply)
        if isinstance(reply, SaturationReply):
            return (saturation(reply),)
        if isinstance(reply, RateReply):
            if reply.source != wire.RATE_OF_CUFF:
                return (rate(reply),)
            owed, self._rate_owed = self._rate_owed, False
            return (spot_rate(reply.rate_bpm),) if owed else (rate(reply),)
        if isinstance(reply, Acknowledgement):
            return (_ACKNOWLEDGED[reply.command],)
        return ()

    def _say_nibp(self, reply: NibpReply) -> Sequence[ParserItem]:
        before, self._status = self._status, reply.status
        if reply.status == wire.NIBP_BUSY:
            self._busy = True
            return (_MEASURING,) if before != wire.NIBP_BUSY else ()
        if reply.status > wire.NIBP_UNUSED:
            return (
                failed(wire.nibp_error_text(reply.status)).measurements
                if (before != reply.status)
                else ()
            )
        if reply.status != wire.NIBP_DONE:
            return ()
        held_s, self._held_s = self._held_s, reply.since_s
        was_busy, self._busy = self._busy, False
        if not reply.has_recent:
            return ()
        is_new = held_s is None or reply.since_s < held_s or (was_busy and reply.since_s == held_s)
        if not is_new:
            return ()
        self._rate_owed = True
        return judge(reply).placed(age_ns=reply.since_s * NS_PER_S).measurements


_MEASURING = BpProgress(state=BpState.MEASURING, text="the monitor is measuring")
_ACKNOWLEDGED = {
    wire.START: BpProgress(state=BpState.REQUESTED, text="the monitor took the start"),
    wire.CANCEL: BpProgress(state=BpState.ABORTED, text="the monitor took the cancel"),
}


def judge(reply: NibpReply) -> Verdict:
    """Whether a determination that was done has pressures that may be shown."""
    if reply.sys_mmhg is None or reply.dia_mmhg is None or reply.map_mmhg is None:
        return failed("the monitor gives no pressures: repeat, or measure by hand")
    return judge_pressures(reply.sys_mmhg, reply.dia_mmhg, reply.map_mmhg)


def saturation(reply: SaturationReply) -> Measurement:
    """Saturation as a measurement; missing where the monitor says why, or gives none."""
    quality, value = Quality.MISSING, None
    if reply.status != wire.SATURATION_OK:
        note = wire.saturation_text(reply.status)
        if reply.status == wire.SATURATION_OFF:
            quality = Quality.SENSOR_OFF
    elif not reply.spo2_percent:
        note = "the monitor gives no saturation"
    elif not VITALS[Vital.SPO2].is_plausible(reply.spo2_percent):
        quality, note = Quality.IMPLAUSIBLE, f"{reply.spo2_percent} % is not plausible"
    else:
        quality, value, note = Quality.GOOD, float(reply.spo2_percent), ""
    return Measurement(vital=Vital.SPO2, value=value, quality=quality, note=note)


def rate(reply: RateReply) -> Measurement:
    """The live pulse rate as a measurement: only the oximeter's; the cuff's is of the past."""
    quality, value = Quality.MISSING, None
    if reply.source == wire.RATE_OF_CUFF:
        quality, note = Quality.HELD, "the monitor holds the rate of its last blood pressure"
    elif reply.source != wire.RATE_OF_OXIMETER:
        note = f"the monitor's rate comes from source {reply.source}, which is not known"
    elif not reply.rate_bpm:
        note = "the monitor gives no pulse rate"
    elif not VITALS[Vital.PR].is_plausible(reply.rate_bpm):
        quality, note = Quality.IMPLAUSIBLE, f"{reply.rate_bpm} /min is not plausible"
    else:
        quality, value, note = Quality.GOOD, float(reply.rate_bpm), ""
    return Measurement(vital=Vital.PR, value=value, quality=quality, note=note)


def interpret(text: str) -> Reply:
    """What one line is; `text` is without its end. Never raises."""
    command = text[1:3]
    if text[:1] != " " or command not in wire.ECHOES:
        return Foreign(text=text)
    if text in _REQUESTS:
        return OwnRequest()
    body, check = text[:-_CHECK], text[-_CHECK:]
    if len(body) < len(" NA"):
        return Unreadable(reason="cut short")
    if not text.isascii() or wire.checksum(body.encode("ascii")) != check.encode("ascii"):
        return Unreadable(reason="bad checksum")
    if command in (wire.START, wire.CANCEL):
        return Acknowledgement(command=command)
    if len(body) < (_NIBP_SIZE if command == wire.NIBP else _VALUE_SIZE):
        return Unreadable(reason="too short for its fields")
    status = _number(body[3])
    if status is None:
        return Unreadable(reason="no digit in the place of the status")
    if command == wire.SATURATION:
        return SaturationReply(status=status, spo2_percent=_number(body[4:7]))
    if command != wire.NIBP:
        # one source has three digits here, one four: only the whole of the rest tells them apart
        if len(body) - 4 not in _RATE_WIDTHS:
            return Unreadable(reason="a rate of unknown width")
        return RateReply(command=command, source=status, rate_bpm=_number(body[4:]))
    since_s = _number(body[6:10])
    if since_s is None and status == wire.NIBP_DONE:
        return Unreadable(reason="no number in the place of the time since the determination")
    return NibpReply(
        status=status,
        since_s=wire.NO_RECENT_S if since_s is None else since_s,
        sys_mmhg=_number(body[10:13]),
        dia_mmhg=_number(body[13:16]),
        map_mmhg=_number(body[16:19]),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
