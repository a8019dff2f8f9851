"""The conversation with a SunTech Advantage module: start, watch, fetch once, abort at any time.

Nothing is sent unless a person (or the schedule that a person armed) asked for a determination.
While one runs, the cuff pressure is polled; its end is the module's word, and the result is
fetched once. What the driver can no longer supervise, it aborts.
"""

from __future__ import annotations

from enum import StrEnum

from devices.driver import (
    BpProgress,
    Counts,
    DeviceCommand,
    DriverItem,
    Measurement,
    Rejected,
    Send,
)
from devices.suntech_advantage import wire
from devices.suntech_advantage.parser import (
    PressureReply,
    Reply,
    ResultReply,
    StatusReply,
    SuntechReader,
    Verdict,
    cuff,
    failed,
    judge,
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


class SuntechDriver:
    """Drives one module. States: idle, starting, measuring, fetching, aborting."""

    def __init__(self) -> None:
        self._reader = SuntechReader()
        self._step = _Step.IDLE
        self._due: dict[_Due, int] = {}
        self._waiting: Send | None = None
        self._sent_ns: int | None = None
        self._received_ns = 0
        self._started_ns = 0
        self._tries = 0
        self._error_reported = False
        self._acknowledgements_owed = 0

    @property
    def next_deadline_ns(self) -> int | None:
        """When `advance` must be called next, or None while idle."""
        return min(self._due.values(), default=None)

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
            state = BpState.REQUESTED if self._step is _Step.STARTING else BpState.MEASURING
            return [BpProgress(state=state, text="a measurement is already running")]
        self._step = _Step.STARTING
        self._started_ns = t_ns
        self._error_reported = False
        self._due[_Due.OVERALL] = t_ns + OVERALL_NS
        items: list[DriverItem] = [BpProgress(state=BpState.REQUESTED, text="start requested")]
        return items + self._ask(
            t_ns, wire.START_ADULT, "start an adult measurement", LAST_REPLY_NS
        )

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Let every deadline up to `t_ns` fire, each at its own time, in order."""
        items: list[DriverItem] = []
        order = list(_Due)
        while self._due:
            due_ns, due = min(
                ((at, due) for due, at in self._due.items()),
                key=lambda pair: (pair[0], order.index(pair[1])),
            )
            if due_ns > t_ns:
                break
            del self._due[due]
            items += self._fire(due_ns, due)
        return items

    def _fire(self, t_ns: int, due: _Due) -> list[DriverItem]:
        if due is _Due.SEND:
            waiting, self._waiting = self._waiting, None
            return [] if waiting is None else self._send(t_ns, waiting)
        if due is _Due.POLL:
            self._due[_Due.POLL] = t_ns + POLL_NS
            return self._say(t_ns, wire.GET_PRESSURE, "read the cuff pressure")
        if due is _Due.REPLY and self._step is _Step.FETCHING and self._tries < FETCHES:
            return self._fetch(t_ns)
        if due is _Due.REPLY and self._step is _Step.ABORTING:
            if self._tries < ABORTS:
                return self._abort(t_ns)
            reason = "the monitor did not confirm the abort: check the cuff, take it off if tight"
            return self._end(BpState.FAILED, reason)
        return self._give_up(t_ns, "no answer from the monitor: an abort was sent, check the cuff")

    def _hear(self, t_ns: int, reply: Reply) -> list[DriverItem]:
        if self._step is _Step.MEASURING:
            self._due[_Due.SILENCE] = t_ns + SILENCE_NS
        if isinstance(reply, Rejected):
            return [reply]
        if isinstance(reply, PressureReply):
            return [cuff(reply)]
        if isinstance(reply, ResultReply):
            return self._hear_result(t_ns, reply)
        return self._hear_status(t_ns, reply.status) if isinstance(reply, StatusReply) else []

    def _hear_status(self, t_ns: int, status: Status) -> list[DriverItem]:
        if self._step is _Step.STARTING:
            if status is Status.RECEIVED:
                return self._measure(t_ns)
            if status in _START_REFUSALS:
                return self._fail(failed(_START_REFUSALS[status]))
        elif self._step is _Step.MEASURING:
            if status in (Status.DONE, Status.ERROR):
                self._error_reported = status is Status.ERROR
                self._tries = 0
                self._step = _Step.FETCHING
                self._due = {_Due.OVERALL: self._due[_Due.OVERALL]}
                return self._fetch(t_ns)
            if status is Status.ABORTED:
                return self._end(BpState.ABORTED, "stopped at the monitor")
            if status is Status.TIMED_OUT:
                return self._fail(failed("the monitor timed out: check the cuff and repeat"))
        elif self._step is _Step.ABORTING:
            if status is Status.RECEIVED and self._acknowledgements_owed:
                self._acknowledgements_owed -= 1
            elif status in (Status.ABORTED, Status.RECEIVED):
                return self._end(BpState.ABORTED, "stopped by the abort")
        return []

    def _hear_result(self, t_ns: int, reply: ResultReply) -> list[DriverItem]:
        if self._step not in (_Step.MEASURING, _Step.FETCHING):
            return [self._reader.refuse("a blood pressure result that was not asked for")]
        if reply.error == 0 and t_ns - self._started_ns < SHORTEST_NS:
            if self._step is _Step.MEASURING:
                return [self._reader.refuse("a blood pressure result older than this measurement")]
            return self._fail(failed("the result came too soon to be of this measurement: repeat"))
        if reply.error == 0 and self._error_reported:
            return self._fail(failed("the monitor reported an error without its cause: repeat"))
        verdict = judge(reply)
        if verdict.failure:
            return self._fail(verdict)
        text = f"{reply.sys_mmhg}/{reply.dia_mmhg} mean {reply.map_mmhg} mmHg"
        return [*verdict.measurements, *self._end(BpState.DONE, text)]

    def _measure(self, t_ns: int) -> list[DriverItem]:
        self._step = _Step.MEASURING
        self._due = {
            _Due.OVERALL: self._due[_Due.OVERALL],
            _Due.POLL: t_ns + POLL_NS,
            _Due.SILENCE: t_ns + SILENCE_NS,
        }
        return [BpProgress(state=BpState.MEASURING, text="measuring")]

    def _fetch(self, t_ns: int) -> list[DriverItem]:
        self._tries += 1
        wait_ns = REPLY_NS if self._tries < FETCHES else LAST_REPLY_NS
        return self._ask(t_ns, wire.GET_RESULT, "read the result", wait_ns)

    def _abort(self, t_ns: int) -> list[DriverItem]:
        self._step = _Step.ABORTING
        self._tries += 1
        self._waiting = None
        self._due = {_Due.REPLY: t_ns + REPLY_NS}
        return self._send(t_ns, _ABORT)

    def _give_up(self, t_ns: int, reason: str) -> list[DriverItem]:
        return [*self._send(t_ns, _ABORT), *self._fail(failed(reason))]

    def _fail(self, verdict: Verdict) -> list[DriverItem]:
        measurements: tuple[Measurement, ...] = verdict.measurements
        return [*measurements, *self._end(BpState.FAILED, verdict.failure)]

    def _end(self, state: BpState, text: str) -> list[DriverItem]:
        self._step = _Step.IDLE
        self._due = {}
        self._waiting = None
        self._tries = 0
        return [BpProgress(state=state, text=text)]

    def _ask(self, t_ns: int, data: bytes, purpose: str, wait_ns: int) -> list[DriverItem]:
        """Say `data` and expect an answer within `wait_ns`."""
        items = self._say(t_ns, data, purpose)
        self._due[_Due.REPLY] = self._due.get(_Due.SEND, t_ns) + wait_ns
        return items

    def _say(self, t_ns: int, data: bytes, purpose: str) -> list[DriverItem]:
        """Send `data`, or keep it until the gap after the last command is over."""
        command = Send(data=data, purpose=purpose)
        if self._sent_ns is not None and t_ns - self._sent_ns < COMMAND_GAP_NS:
            self._waiting = command
            self._due[_Due.SEND] = self._sent_ns + COMMAND_GAP_NS
            return []
        return self._send(t_ns, command)

    def _send(self, t_ns: int, command: Send) -> list[DriverItem]:
        self._sent_ns = t_ns
        return [command]


_ABORT = Send(data=wire.ABORT, purpose="abort the measurement")
