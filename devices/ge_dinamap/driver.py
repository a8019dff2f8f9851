"""The conversation with a DINAMAP: read in turn, start and cancel for a person, supervise.

Each second the determination, the saturation and the rate are read, one request at a time. A
request that the unit does not answer is asked less often. A determination that this program started
is followed to its end; what the driver can no longer supervise, it cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from devices.deadlines import Deadlines
from devices.driver import (
    BpProgress,
    Counts,
    DeviceCommand,
    DriverItem,
    ParserItem,
    Rejected,
    Send,
)
from devices.ge_dinamap import wire
from devices.ge_dinamap.newness import Newness
from devices.ge_dinamap.oximetry import Oximetry
from devices.ge_dinamap.parser import (
    Acknowledgement,
    DinamapLines,
    Foreign,
    NibpReply,
    OwnRequest,
    RateReply,
    Reply,
    SaturationReply,
    judge,
)
from devices.pressures import Verdict, failed
from protocols.events import BpState
from protocols.vitals import NS_PER_S

_MS = 1_000_000
ROUND_NS = NS_PER_S
"""Between two rounds of reading."""
TURN_NS = 50 * _MS
"""Between an answer and the next request."""
REPLY_NS = NS_PER_S
"""Wait for an answer before the line is cleared."""
BEGIN_NS = 5 * NS_PER_S
"""Wait for the monitor to take a start, by its echo or by saying busy."""
OVERALL_NS = 130 * NS_PER_S
"""Longest determination, from the request to the result."""
FAILURES = 3
"""Readings of the determination missed in a row before it is no longer supervised."""
CANCELS = 3
CANCEL_NS = 10 * NS_PER_S
"""Longest time for which a monitor may still say busy after a cancel."""
STALE_ERROR_NS = 10 * NS_PER_S
"""An error may be that of an earlier determination for so long after a start or an end."""
ENDED_REPLIES = 5
"""So many replies without a new result, after busy, mean that there will be none."""


class _Step(StrEnum):
    IDLE = "idle"
    STARTING = "starting"
    MEASURING = "measuring"
    CANCELLING = "cancelling"


class _Due(StrEnum):
    SEND = "the next request"
    REPLY = "an answer is overdue"
    ROUND = "the next round"
    BEGIN = "the start is not taken"
    OVERALL = "the determination takes too long"


_READ_NIBP = Send(data=wire.READ_NIBP, purpose="read the blood pressure")
_START = Send(data=wire.START_DETERMINATION, purpose="start a measurement")
_CANCEL = Send(data=wire.CANCEL_DETERMINATION, purpose="cancel the measurement")
_CLEAR = Send(data=wire.CLEAR_LINE, purpose="clear the line")


class DinamapDriver:
    """Drives one monitor. States: idle, starting, measuring, cancelling."""

    def __init__(self) -> None:
        self._lines = DinamapLines(self._hear)
        self._newness = Newness()
        self._oximetry = Oximetry()
        self._due: Deadlines[_Due] = Deadlines()
        self._step = _Step.IDLE
        self._t_ns = 0
        self._queue: list[Send] = []
        self._awaited: Send | None = None
        self._sends: list[DriverItem] = []
        self._missed = 0
        self._cancels = 0
        self._status: int | None = None
        self._was_busy = False
        self._ended_replies = 0
        self._refused = ""
        self._began_ns = 0
        self._ended_ns: int | None = None
        self._cancelled_ns: int | None = None

    @property
    def next_deadline_ns(self) -> int | None:
        """When `advance` must be called next; None before the first connection."""
        return self._due.next_ns

    @property
    def counts(self) -> Counts:
        """Where every byte received so far went."""
        return self._lines.counts

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Begin to read; a cancel that was asked for is sent again, a start never."""
        was, self._t_ns = self._step, t_ns
        self._lines.forget()
        self._newness.forget()
        self._oximetry.forget()
        self._queue.clear()
        self._awaited = None
        self._missed = 0
        self._status = None
        self._due.cancel()
        self._due.set(_Due.ROUND, t_ns)
        if was is _Step.CANCELLING:
            self._cancel()
            return self._take_sends()
        if was is _Step.IDLE:
            return []
        reason = "connection lost during the measurement, its result is unknown: check the cuff"
        return list[DriverItem](self._fail(failed(reason)))

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Bytes arrived at `t_ns`."""
        self._t_ns = t_ns
        return list[DriverItem](self._lines.feed(data)) + self._take_sends()

    def command(self, t_ns: int, command: DeviceCommand) -> list[DriverItem]:
        """Start or cancel a determination; a cancel is sent at once, whatever is going on."""
        self._t_ns = t_ns
        if command is DeviceCommand.ABORT_BP:
            self._cancels = 0
            self._cancel()
            return self._take_sends()
        if self._step is _Step.CANCELLING:
            text = "the monitor is still being stopped: start again in a few seconds"
            return [BpProgress(state=BpState.FAILED, text=text)]
        if self._step is not _Step.IDLE:
            state = BpState.REQUESTED if self._step is _Step.STARTING else BpState.MEASURING
            return [BpProgress(state=state, text="a measurement is already running")]
        if self._status == wire.NIBP_BUSY:
            text = "the monitor is busy with a measurement of its own: wait for its result"
            return list[DriverItem](self._fail(failed(text)))
        self._step = _Step.STARTING
        self._was_busy = False
        self._ended_replies = 0
        self._refused = ""
        self._missed = 0
        self._began_ns = t_ns
        self._due.set(_Due.OVERALL, t_ns + OVERALL_NS)
        self._due.set(_Due.BEGIN, t_ns + BEGIN_NS)
        self._queue.insert(0, _START)
        self._turn(t_ns)
        return [BpProgress(state=BpState.REQUESTED, text="start requested")]

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Let every deadline up to `t_ns` fire, each at its own time, in order."""
        items: list[DriverItem] = []
        while (fired := self._due.pop(t_ns)) is not None:
            self._t_ns, due = fired
            items += self._fire(due)
            items += self._take_sends()
        return items

    def _fire(self, due: _Due) -> Sequence[ParserItem]:
        if due is _Due.ROUND:
            self._due.set(_Due.ROUND, self._t_ns + ROUND_NS)
            if self._awaited is None and not self._queue:
                self._queue = [_READ_NIBP, *self._oximetry.due(self._t_ns)]
                self._turn(self._t_ns)
            return []
        if due is _Due.SEND:
            if self._queue:
                self._ask(self._queue.pop(0))
            return []
        if due is _Due.REPLY:
            return self._miss(clear=True)
        if due is _Due.BEGIN and self._refused and self._status not in (None, wire.NIBP_BUSY):
            return self._fail(failed(self._refused))
        if due is _Due.BEGIN:
            return self._give_up("the monitor did not take the start")
        return self._give_up("no result after 130 s")

    # -- asking ---------------------------------------------------------------------------------

    def _turn(self, t_ns: int) -> None:
        """Send the next of the queue at `t_ns`, unless an answer is awaited."""
        if self._queue and self._awaited is None and self._due.at(_Due.SEND) is None:
            self._due.set(_Due.SEND, t_ns)

    def _ask(self, request: Send) -> None:
        self._awaited = request
        self._due.set(_Due.REPLY, self._t_ns + REPLY_NS)
        if request is _START:
            self._newness.begin(self._t_ns)
        self._sends.append(request)

    def _take_sends(self) -> list[DriverItem]:
        sends, self._sends = self._sends, []
        return sends

    def _answered(self) -> None:
        """The awaited answer came: the next request follows after the turn."""
        self._awaited = None
        self._due.cancel(_Due.REPLY)
        self._turn(self._t_ns + TURN_NS)

    def _miss(self, *, clear: bool) -> Sequence[ParserItem]:
        """The awaited request failed: by silence (`clear`), by damage, or by a refusal."""
        request = self._awaited
        if clear:
            self._lines.forget()
            self._sends.append(_CLEAR)
        if request is _CANCEL:
            return self._miss_cancel()
        if request is _READ_NIBP:
            # a monitor that is away must not be taken for one without an oximeter
            self._queue = [each for each in self._queue if each is _START]
        self._answered()
        if request is not _READ_NIBP:
            if request is not None and request is not _START:
                self._oximetry.missed(self._t_ns, request)
            return []
        self._missed += 1
        if self._missed >= FAILURES:
            # it may have been switched off: what it holds when it answers again is of any age
            self._newness.forget()
            self._status = None
            if self._step is not _Step.IDLE:
                return self._give_up("no answer from the monitor")
        return []

    # -- hearing --------------------------------------------------------------------------------

    def _hear(self, reply: Reply) -> Sequence[ParserItem]:
        """What one line means now; requests to send go into `_sends`."""
        awaited = self._awaited
        if isinstance(reply, NibpReply):
            self._missed = 0
            if awaited is _READ_NIBP:
                self._answered()
            return self._hear_nibp(reply)
        if isinstance(reply, SaturationReply | RateReply):
            if awaited is not None and self._oximetry.answers(reply, awaited):
                self._answered()
            return self._oximetry.hear(reply)
        if isinstance(reply, Acknowledgement):
            return self._hear_acknowledgement(reply)
        if isinstance(reply, OwnRequest) or awaited is None or awaited is _CANCEL:
            return ()
        if awaited is _START:
            if isinstance(reply, Foreign):
                self._refused = f"the monitor refused the start (it said {reply.text.strip()!r})"
            self._answered()
            return ()
        return self._miss(clear=False)

    def _hear_acknowledgement(self, reply: Acknowledgement) -> Sequence[ParserItem]:
        if reply.command == wire.START and self._awaited is _START:
            self._answered()
            return self._measure() if self._step is _Step.STARTING else ()
        if reply.command == wire.CANCEL and self._awaited is _CANCEL:
            self._answered()
            if self._step is _Step.CANCELLING:
                self._cancelled_ns = self._t_ns
                return self._end(BpState.ABORTED, "stopped by the cancel")
        return ()

    def _hear_nibp(self, reply: NibpReply) -> Sequence[ParserItem]:
        before, self._status = self._status, reply.status
        if reply.status == wire.NIBP_BUSY:
            self._was_busy = True
            self._ended_replies = 0
            self._newness.begin(self._t_ns)
            return self._measure() if self._step is _Step.STARTING else self._hear_busy()
        self._cancelled_ns = None
        if reply.status > wire.NIBP_UNUSED:
            return self._hear_error(before, reply.status)
        if reply.status != wire.NIBP_DONE:
            return ()
        is_first = not self._newness.has_held
        age_ns = self._newness.age_ns(self._t_ns, reply)
        if age_ns is not None:
            return self._show(judge(reply).placed(age_ns=age_ns), age_ns)
        if is_first and reply.has_recent:
            reason = f"a blood pressure of {reply.since_s} s ago, held from before this connection"
            return [_refusal(reason)]
        return self._without_new_result()

    def _hear_busy(self) -> Sequence[ParserItem]:
        """Busy although a cancel was sent long ago is said once; else it is nothing new."""
        cancelled_ns = self._cancelled_ns
        is_late = cancelled_ns is not None and self._t_ns - cancelled_ns >= CANCEL_NS
        if self._step is not _Step.IDLE or not is_late:
            return ()
        self._cancelled_ns = None
        text = "the monitor still measures after the cancel: stop it there, check the cuff"
        return (BpProgress(state=BpState.FAILED, text=text),)

    def _show(self, verdict: Verdict, age_ns: int) -> Sequence[ParserItem]:
        """A new determination, whoever started it."""
        self._queue += self._oximetry.owe_rate(self._queue) if not verdict.failure else ()
        self._turn(self._t_ns + TURN_NS)
        since_ns = self._t_ns - self._began_ns
        is_ours = since_ns >= BEGIN_NS and age_ns <= since_ns + NS_PER_S
        if self._step not in (_Step.STARTING, _Step.MEASURING) or not is_ours:
            return verdict.measurements
        if verdict.failure:
            return self._fail(verdict)
        return [*verdict.measurements, *self._end(BpState.DONE, verdict.text)]

    def _hear_error(self, before: int | None, status: int) -> Sequence[ParserItem]:
        """An error counts once: when it ends a determination that was under way."""
        verdict = failed(wire.nibp_error_text(status))
        if self._step in (_Step.STARTING, _Step.MEASURING):
            if self._was_busy:
                return self._fail(verdict)
            if self._t_ns - self._began_ns >= STALE_ERROR_NS:
                return self._give_up(f"no sign of the measurement ({verdict.failure})")
            return ()
        is_other = self._ended_ns is None or self._t_ns - self._ended_ns >= STALE_ERROR_NS
        if self._step is _Step.IDLE and before not in (None, status) and is_other:
            return verdict.measurements
        return ()

    def _without_new_result(self) -> Sequence[ParserItem]:
        if self._step is _Step.MEASURING and self._was_busy:
            self._ended_replies += 1
            if self._ended_replies >= ENDED_REPLIES:
                reason = "the monitor ended without a new blood pressure: was it stopped there?"
                return self._fail(failed(reason))
        return ()

    # -- the determination ----------------------------------------------------------------------

    def _measure(self) -> Sequence[ParserItem]:
        self._step = _Step.MEASURING
        self._due.cancel(_Due.BEGIN)
        return (BpProgress(state=BpState.MEASURING, text="measuring"),)

    def _cancel(self) -> None:
        """Send the cancel at once, whatever is awaited."""
        self._step = _Step.CANCELLING
        self._cancels += 1
        self._queue.clear()
        self._due.cancel(_Due.SEND, _Due.BEGIN, _Due.OVERALL)
        self._ask(_CANCEL)

    def _miss_cancel(self) -> Sequence[ParserItem]:
        if self._step is _Step.CANCELLING and self._cancels < CANCELS:
            self._cancel()
            return ()
        self._answered()
        if self._step is not _Step.CANCELLING:
            return ()
        reason = "the monitor did not confirm the cancel: check the cuff, take it off if tight"
        return self._end(BpState.FAILED, reason)

    def _give_up(self, reason: str) -> list[ParserItem]:
        """Cancel what can no longer be supervised; its answer is not waited for."""
        self._sends.append(_CANCEL)
        self._cancelled_ns = self._t_ns
        return self._fail(failed(f"{reason}: a cancel was sent, check the cuff"))

    def _fail(self, verdict: Verdict) -> list[ParserItem]:
        return [*verdict.measurements, *self._end(BpState.FAILED, verdict.failure)]

    def _end(self, state: BpState, text: str) -> list[ParserItem]:
        self._step = _Step.IDLE
        self._cancels = 0
        self._ended_ns = self._t_ns
        self._queue = [each for each in self._queue if each is not _START]
        if not self._queue:
            self._due.cancel(_Due.SEND)
        self._due.cancel(_Due.BEGIN, _Due.OVERALL)
        return [BpProgress(state=state, text=text)]


def _refusal(reason: str) -> Rejected:
    return Rejected(reason=reason, data=b"")
