"""SunTech Advantage replies: what they mean, for the conversation and for captures."""

from __future__ import annotations

from dataclasses import replace

from devices.driver import BpProgress, Counts, Measurement, ParserItem, Rejected
from devices.pressures import Verdict, failed, judge_pressures, spot_rate
from devices.suntech_advantage import wire
from devices.suntech_advantage.reader import (
    PressureReply,
    Reply,
    ResultReply,
    StatusReply,
    SuntechReader,
    VersionReply,
)
from devices.suntech_advantage.wire import Status
from protocols.events import BpState
from protocols.vitals import VITALS, Quality, Vital

__all__ = [
    "PressureReply",
    "Reply",
    "ResultReply",
    "StatusReply",
    "SuntechParser",
    "SuntechReader",
    "Verdict",
    "VersionReply",
    "cuff",
    "failed",
    "judge",
]


class SuntechParser:
    """Gives what a capture of replies says, each frame taken at its word.

    The module repeats its last result whenever asked: the same result again, with no status between
    them, is a repetition. Without the host's side an older result looks new all the same: a bedside
    uses the driver.
    """

    def __init__(self) -> None:
        self._reader = SuntechReader(wary=True)
        self._result: ResultReply | None = None

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        for reply in self._reader.read(data):
            if isinstance(reply, Rejected):
                items.append(reply)
            elif isinstance(reply, PressureReply):
                items.append(cuff(reply))
            elif isinstance(reply, ResultReply):
                if reply != self._result:
                    items.extend(judge(reply).measurements)
                self._result = reply
            elif isinstance(reply, StatusReply):
                self._result = None
                items.append(
                    BpProgress(state=_STATES[reply.status], text=wire.STATUS_TEXTS[reply.status])
                )
            else:
                text = wire.identity_text(reply.text)
                items.append(BpProgress(state=BpState.IDLE, text=text))
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
    quality, value = Quality.MISSING, None
    if reply.pressure_mmhg is None:
        note = "cuff pressure not valid"
    elif not VITALS[Vital.CUFF].is_plausible(reply.pressure_mmhg):
        quality, note = Quality.IMPLAUSIBLE, f"{reply.pressure_mmhg} mmHg is not plausible"
    else:
        quality, value, note = Quality.GOOD, float(reply.pressure_mmhg), ""
    return Measurement(
        vital=Vital.CUFF, value=value, quality=quality, note=note, end_byte=reply.end_byte
    )


def judge(reply: ResultReply) -> Verdict:
    """Whether a result is valid (no error, systolic > mean > diastolic > 0) and plausible."""
    if reply.error:
        return failed(wire.error_text(reply.error)).placed(end_byte=reply.end_byte)
    verdict = judge_pressures(reply.sys_mmhg, reply.dia_mmhg, reply.map_mmhg)
    if not verdict.failure:
        rate = spot_rate(reply.rate_bpm)
        verdict = replace(verdict, measurements=(*verdict.measurements, rate))
    return verdict.placed(end_byte=reply.end_byte)
