"""The conversation with a SunTech Advantage module: start, watch, fetch once, abort at any time.

Nothing is sent unless a person (or the schedule that a person armed) asked for a determination.
While one runs, the cuff pressure is polled; its end is the module's word, and the result is
fetched once. What the driver can no longer supervise, it aborts.
"""

from __future__ import annotations

from enum import StrEnum

from devices.deadlines import Deadlines
from devices.driver import (
    BpProgress,
    Counts,
    DeviceCommand,
    DriverItem,
    Measurement,
    Rejected,
    Send,
)
from devices.pressures import Verdict, failed
from devices.suntech_advantage import wire
from devices.suntech_advantage.parser import cuff, judge
from devices.suntech_advantage.reader import (
    PressureReply,
    Reply,
    ResultReply,
    SuntechReader,
    VersionReply,
)
from devices.suntech_advantage.wire import Status
from protocols.events import BpState
from protocols.vitals import NS_PER_S

_MS = 1_000_000
COMMAND_GAP_NS = 100 * _MS
"""Least time between two commands; abort alone does not wait for it."""
POLL_NS = 200 * _MS
REPLY_NS = 1 * NS_PER_S
"""Wait for an answer before the fetch or the abort is repeated."""
LAST_REPLY_NS = 3 * NS_PER_S
"""Wait for the answer to what is not repeated: a start, and the last fetch."""
SILENCE_NS = 10 * NS_PER_S
"""Longest time without any reply while measuring."""
OVERALL_NS = 130 * NS_PER_S
"""Longest determination, from the request to the result."""
SHORTEST_NS = 5 * NS_PER_S
"""No determination ends sooner: an earlier result is the one before."""
LATE_END_NS = 10 * NS_PER_S
"""So long after an abort the module may still say that the aborted measurement is complete."""
BYTE_GAP_NS = 500 * _MS
"""A frame begun and not continued for this long is given up."""
FETCHES = 2
ABORTS = 3


class _Step(StrEnum):
    IDLE = "idle"
    STARTING = "starting"
    MEASURING = "measuring"
    FETCHING = "fetching"
    ABORTING = "aborting"


class _Due(StrEnum):
    SEND = "a command waits for its gap"
    POLL = "ask for the cuff pressure"
    REPLY = "an answer is overdue"
    SILENCE = "the module went silent"
    OVERALL = "the determination takes too long"


_START_REFUSALS = {
    Status.BUSY: "the monitor is busy: wait until it is ready, then start again",
    Status.ERROR: "the monitor reported an error at the start: check the cuff and start again",
    Status.UNDEFINED: "the monitor did not understand the start: is the right driver chosen?",
    Status.NOT_RECOGNISED: "the monitor did not recognise the start: start again",
    Status.SLEEPING: "the monitor is asleep: wake it at the monitor, then start again",
    Status.TIMED_OUT: "the monitor timed out at the start: start again",
}

_BREAKDOWNS = {
    Status.TIMED_OUT: "the monitor timed out: check the cuff and repeat",
    Status.SLEEPING: "the monitor fell asleep during the measurement: wake it and repeat",
}
"""Statuses that end a determination without a result, while measuring or fetching."""

_EXCUSES = (Status.BUSY, Status.ERROR, Status.UNDEFINED, Status.NOT_RECOGNISED)
"""What the module may say instead of its result; it is asked once more all the same."""

_STATES = {
    _Step.IDLE: BpState.IDLE,
    _Step.STARTING: BpState.REQUESTED,
    _Step.MEASURING: BpState.MEASURING,
    _Step.FETCHING: BpState.MEASURING,
    _Step.ABORTING: BpState.MEASURING,
}


class SuntechDriver:
    """Drives one module. States: idle, starting, measuring, fetching, aborting."""

    def __init__(self) -> None:
        self._reader = SuntechReader()
        self._step = _Step.IDLE
        self._due: Deadlines[_Due] = Deadlines()
        self._waiting: Send | None = None
        self._sent_ns: int | None = None
        self._received_ns = 0
        self._started_ns = 0
        self._tries = 0
        self._error_reported = False
        self._acknowledgements_owed = 0
        self._aborted_ns: int | None = None
        self._excuse = ""

    @property
    def next_deadline_ns(self) -> int | None:
        """When `advance` must be called next, or None while idle."""
        return self._due.next_ns

    @property
    def counts(self) -> Counts:
        """Where every byte received so far went."""
        return self._reader.counts

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget the conversation; only an abort that was asked for is sent again."""
        self._reader.forget()
        if self._step is _Step.ABORTING:
            return self._abort(t_ns)
        if self._step is _Step.IDLE:
            return []
        reason = "connection lost during the measurement, its result is unknown: check the cuff"
        return self._fail(failed(reason))

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Bytes arrived at `t_ns`."""
        replies: list[Reply] = []
        if self._reader.counts.pending_bytes and t_ns - self._received_ns > BYTE_GAP_NS:
            replies += self._reader.give_up_frame()
        self._received_ns = t_ns
        replies += self._reader.read(data)
        items: list[DriverItem] = []
        for reply in replies:
            items += self._hear(t_ns, reply)
        return items

    def command(self, t_ns: int, command: DeviceCommand) -> list[DriverItem]:
        """Start or abort a determination; abort is sent at once, whatever is going on."""
        if command is DeviceCommand.ABORT_BP:
            if self._step is not _Step.ABORTING:
                self._acknowledgements_owed = 1 if self._step is _Step.STARTING else 0
            self._tries = 0
            return self._abort(t_ns)
        if self._step is _Step.ABORTING:
            text = "the monitor is still being stopped: start again in a few seconds"
            return [BpProgress(state=BpState.FAILED, text=text)]
        if self._step is not _Step.IDLE:
            text = "a measurement is already running"
            return [BpProgress(state=_STATES[self._step], text=text)]
        self._step = _Step.STARTING
        self._started_ns = t_ns
        self._error_reported = False
        self._due.set(_Due.OVERALL, t_ns + OVERALL_NS)
        items: list[DriverItem] = [BpProgress(state=BpState.REQUESTED, text="start requested")]
        return items + self._ask(
            t_ns, wire.START_ADULT, "start an adult measurement", LAST_REPLY_NS
        )

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Let every deadline up to `t_ns` fire, each at its own time, in order."""
        items: list[DriverItem] = []
        while (fired := self._due.pop(t_ns)) is not None:
            items += self._fire(*fired)
        return items

    def _fire(self, t_ns: int, due: _Due) -> list[DriverItem]:
        if due is _Due.SEND:
            waiting, self._waiting = self._waiting, None
            return [] if waiting is None else self._send(t_ns, waiting)
        if due is _Due.POLL:
            self._due.set(_Due.POLL, t_ns + POLL_NS)
            return self._say(t_ns, wire.GET_PRESSURE, "read the cuff pressure")
        if due is _Due.REPLY and self._step is _Step.FETCHING and self._tries < FETCHES:
            return self._fetch(t_ns)
        if due is _Due.REPLY and self._step is _Step.ABORTING:
            if self._tries < ABORTS:
                return self._abort(t_ns)
            reason = "the monitor did not confirm the abort: check the cuff, take it off if tight"
            return self._end(BpState.FAILED, reason)
        if due is _Due.OVERALL:
            return self._give_up(t_ns, "no answer from the monitor with a result within 130 s")
        if self._step is _Step.STARTING:
            return self._give_up(t_ns, "no answer from the monitor to the start")
        if self._step is _Step.MEASURING:
            return self._give_up(t_ns, "no answer from the monitor for 10 s")
        return self._give_up(t_ns, f"no answer from the monitor with the result{self._excuse}")

    def _hear(self, t_ns: int, reply: Reply) -> list[DriverItem]:
        if self._step is _Step.MEASURING:
            self._due.set(_Due.SILENCE, t_ns + SILENCE_NS)
        if isinstance(reply, Rejected):
            return [reply]
        if isinstance(reply, PressureReply):
            return [cuff(reply)]
        if isinstance(reply, ResultReply):
            return self._hear_result(t_ns, reply)
        if isinstance(reply, VersionReply):
            return [BpProgress(state=_STATES[self._step], text=wire.identity_text(reply.text))]
        return self._hear_status(t_ns, reply.status)

    def _hear_status(self, t_ns: int, status: Status) -> list[DriverItem]:
        if self._step in (_Step.IDLE, _Step.STARTING) and status is Status.DONE:
            self._aborted_ns = None
        elif self._step is _Step.STARTING and self._waiting is None:
            if status is Status.RECEIVED:
                return self._measure(t_ns)
            if status in _START_REFUSALS:
                return self._fail(failed(_START_REFUSALS[status]))
        elif self._step is _Step.ABORTING:
            return self._hear_abort(t_ns, status)
        elif self._step in (_Step.MEASURING, _Step.FETCHING):
            if status is Status.ABORTED:
                return self._end(BpState.ABORTED, "stopped at the monitor")
            if status in _BREAKDOWNS:
                return self._fail(failed(_BREAKDOWNS[status]))
            if self._step is _Step.MEASURING and status in (Status.DONE, Status.ERROR):
                return self._complete(t_ns, status)
            if self._step is _Step.FETCHING and status in _EXCUSES:
                self._excuse = f" ({wire.STATUS_TEXTS[status]})"
        return []

    def _hear_abort(self, t_ns: int, status: Status) -> list[DriverItem]:
        if status is Status.RECEIVED and self._acknowledgements_owed:
            self._acknowledgements_owed -= 1
            return []
        if status not in (Status.ABORTED, Status.RECEIVED, Status.DONE):
            return []
        # the end of the aborted measurement is told on its own, soon after the abort's answer
        self._aborted_ns = None if status is Status.DONE else t_ns
        return self._end(BpState.ABORTED, "stopped by the abort")

    def _complete(self, t_ns: int, status: Status) -> list[DriverItem]:
        """The module says that the determination ended: fetch its result."""
        aborted_ns, self._aborted_ns = self._aborted_ns, None
        is_soon = t_ns - self._started_ns < SHORTEST_NS
        if is_soon and aborted_ns is not None and t_ns - aborted_ns < LATE_END_NS:
            return [self._reader.refuse("the end of a measurement that was aborted before")]
        self._error_reported = status is Status.ERROR
        self._tries = 0
        self._excuse = ""
        self._step = _Step.FETCHING
        self._due.cancel(_Due.SEND, _Due.POLL, _Due.REPLY, _Due.SILENCE)
        return self._fetch(t_ns)

    def _hear_result(self, t_ns: int, reply: ResultReply) -> list[DriverItem]:
        if self._step not in (_Step.MEASURING, _Step.FETCHING):
            return [self._reader.refuse("a blood pressure result that was not asked for")]
        if reply.error == 0 and t_ns - self._started_ns < SHORTEST_NS:
            if self._step is _Step.MEASURING:
                return [self._reader.refuse("a blood pressure result older than this measurement")]
            return self._give_up(t_ns, "the result came too soon to be of this measurement")
        if reply.error == 0 and self._error_reported:
            return self._fail(failed("the monitor reported an error without its cause: repeat"))
        verdict = judge(reply)
        if verdict.failure:
            return self._fail(verdict)
        return [*verdict.measurements, *self._end(BpState.DONE, verdict.text)]

    def _measure(self, t_ns: int) -> list[DriverItem]:
        self._step = _Step.MEASURING
        self._due.cancel(_Due.SEND, _Due.REPLY)
        self._due.set(_Due.POLL, t_ns + POLL_NS)
        self._due.set(_Due.SILENCE, t_ns + SILENCE_NS)
        return [BpProgress(state=BpState.MEASURING, text="measuring")]

    def _fetch(self, t_ns: int) -> list[DriverItem]:
        self._tries += 1
        wait_ns = REPLY_NS if self._tries < FETCHES else LAST_REPLY_NS
        return self._ask(t_ns, wire.GET_RESULT, "read the result", wait_ns)

    def _abort(self, t_ns: int) -> list[DriverItem]:
        self._step = _Step.ABORTING
        self._tries += 1
        self._waiting = None
        self._due.cancel()
        self._due.set(_Due.REPLY, t_ns + REPLY_NS)
        return self._send(t_ns, _ABORT)

    def _give_up(self, t_ns: int, reason: str) -> list[DriverItem]:
        text = f"{reason}: an abort was sent, check the cuff"
        self._aborted_ns = t_ns
        return [*self._send(t_ns, _ABORT), *self._fail(failed(text))]

    def _fail(self, verdict: Verdict) -> list[DriverItem]:
        measurements: tuple[Measurement, ...] = verdict.measurements
        return [*measurements, *self._end(BpState.FAILED, verdict.failure)]

    def _end(self, state: BpState, text: str) -> list[DriverItem]:
        self._step = _Step.IDLE
        self._due.cancel()
        self._waiting = None
        self._tries = 0
        return [BpProgress(state=state, text=text)]

    def _ask(self, t_ns: int, data: bytes, purpose: str, wait_ns: int) -> list[DriverItem]:
        """Say `data` and expect an answer within `wait_ns`."""
        items = self._say(t_ns, data, purpose)
        sent_ns = self._due.at(_Due.SEND)
        self._due.set(_Due.REPLY, (t_ns if sent_ns is None else sent_ns) + wait_ns)
        return items

    def _say(self, t_ns: int, data: bytes, purpose: str) -> list[DriverItem]:
        """Send `data`, or keep it until the gap after the last command is over."""
        command = Send(data=data, purpose=purpose)
        if self._sent_ns is not None and t_ns - self._sent_ns < COMMAND_GAP_NS:
            self._waiting = command
            self._due.set(_Due.SEND, self._sent_ns + COMMAND_GAP_NS)
            return []
        return self._send(t_ns, command)

    def _send(self, t_ns: int, command: Send) -> list[DriverItem]:
        self._sent_ns = t_ns
        return [command]


_ABORT = Send(data=wire.ABORT, purpose="abort the measurement")
