"""The conversation with an IntelliVue monitor: associate, confirm, poll each second, read only.

The monitor is asked for an association, describes itself (MDS create event, to be confirmed) and
is then polled for its numerics. It ends an association by itself when it hears nothing for 10 s;
the driver ends it when it hears nothing for 5 s, and begins anew until the monitor answers.
"""

from __future__ import annotations

from enum import StrEnum

from devices.deadlines import Deadlines
from devices.driver import Counts, DeviceCommand, DriverItem, Measurement, Rejected, Send
from devices.philips_intellivue import wire
from devices.philips_intellivue.messages import MdsCreated, OperationError, SessionMessage
from devices.philips_intellivue.parser import Heard, IntellivueReader, PollDone, aged
from devices.philips_intellivue.pressures import Determined
from devices.philips_intellivue.wire import Session
from protocols.vitals import NS_PER_S

_MS = 1_000_000
POLL_NS = 1 * NS_PER_S
FIRST_POLL_NS = 200 * _MS
"""From the confirmation to the first poll."""
POLL_REPLY_NS = 2 * NS_PER_S
"""Wait for a result before the next poll; a slow line carries a full one in about 1.3 s."""
SILENCE_NS = 5 * NS_PER_S
"""Longest time without a result before the association is renewed."""
ASSOCIATION_REPLY_NS = 1 * NS_PER_S
MDS_NS = 10 * NS_PER_S
"""Longest time from the association to the MDS create event."""
REFUSED_NS = 1 * NS_PER_S
"""Pause after a refusal: an association of an earlier program ends meanwhile."""
ENDED_NS = 1 * NS_PER_S
"""Pause after the monitor or this driver ended an association."""

_IDS = 1 << 16


class _Step(StrEnum):
    PAUSING = "pausing"
    ASSOCIATING = "associating"
    WAITING = "waiting for the monitor to describe itself"
    POLLING = "polling"


class _Due(StrEnum):
    ASSOCIATE = "ask for an association"
    REPLY = "an answer is overdue"
    POLL = "poll"
    SILENCE = "the monitor went silent"


class IntellivueDriver:
    """Reads one monitor. Steps: pausing, associating, waiting for the description, polling."""

    def __init__(self) -> None:
        """Nothing is sent before `connect`."""
        self._reader = IntellivueReader()
        self._due: Deadlines[_Due] = Deadlines()
        self._step = _Step.PAUSING
        self._polls = 0
        self._polled_ns = 0
        self._awaits_result = False

    @property
    def next_deadline_ns(self) -> int | None:
        """When `advance` must be called next, or None before the first connection."""
        return self._due.next_ns

    @property
    def counts(self) -> Counts:
        """Where every byte received so far went."""
        return self._reader.counts

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget the conversation and ask for an association."""
        self._reader.forget()
        self._due.cancel()
        return self._associate(t_ns)

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Bytes arrived at `t_ns`."""
        items: list[DriverItem] = []
        for heard in self._reader.read(data):
            items += self._hear(t_ns, heard)
        return items

    def command(self, t_ns: int, command: DeviceCommand) -> list[DriverItem]:
        """Nothing: this driver reads; it cannot start a blood pressure."""
        return []

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Let every deadline up to `t_ns` fire, each at its own time, in order."""
        items: list[DriverItem] = []
        while (fired := self._due.pop(t_ns)) is not None:
            items += self._fire(*fired)
        return items

    def _fire(self, t_ns: int, due: _Due) -> list[DriverItem]:
        if due is _Due.ASSOCIATE:
            return self._associate(t_ns)
        if due is _Due.POLL:
            return self._poll(t_ns)
        if due is _Due.REPLY and self._step is _Step.ASSOCIATING:
            return self._associate(t_ns)
        return self._renew(t_ns, "no answer from the monitor: the association is renewed")

    def _hear(self, t_ns: int, heard: Heard) -> list[DriverItem]:
        if isinstance(heard, Measurement | Rejected):
            return [heard]
        if isinstance(heard, Determined):
            return self._hear_determined(heard)
        if isinstance(heard, PollDone):
            self._hear_result(t_ns, heard)
            return []
        if isinstance(heard, MdsCreated):
            return self._confirm(t_ns, heard)
        if isinstance(heard, OperationError):
            self._awaits_result = False
            return [self._reader.refuse(f"the monitor refused the poll (error {heard.error})")]
        return self._hear_session(t_ns, heard)

    def _hear_determined(self, determined: Determined) -> list[DriverItem]:
        if determined.age_ns is None:
            reason = f"a blood pressure of unknown age is not shown: {determined.doubt}"
            return [self._reader.refuse(reason)]
        return list[DriverItem](aged(determined))

    def _hear_session(self, t_ns: int, message: SessionMessage) -> list[DriverItem]:
        if message.kind is Session.ACCEPT and self._step is _Step.ASSOCIATING:
            self._step = _Step.WAITING
            self._due.set(_Due.REPLY, t_ns + MDS_NS)
            return []
        if message.kind is Session.REFUSE and self._step is _Step.ASSOCIATING:
            release = self._end(t_ns, REFUSED_NS)
            return [
                release,
                self._reader.refuse("the monitor refused the association: tried again"),
            ]
        is_end = message.kind in (Session.ABORT, Session.RELEASED)
        if is_end and self._step is not _Step.PAUSING:
            self._pause(t_ns, ENDED_NS)
            return [self._reader.refuse("the monitor ended the association: it is renewed")]
        return []

    def _hear_result(self, t_ns: int, done: PollDone) -> None:
        """A result ended: the next poll need not wait; a whole one shows that the line is well."""
        if self._step is not _Step.POLLING:
            return
        if done is PollDone.WHOLE:
            self._due.set(_Due.SILENCE, t_ns + SILENCE_NS)
        if self._awaits_result:
            self._awaits_result = False
            self._due.set(_Due.POLL, max(t_ns, self._polled_ns + POLL_NS))

    def _confirm(self, t_ns: int, created: MdsCreated) -> list[DriverItem]:
        if self._step is _Step.PAUSING:
            return []
        if self._step is not _Step.POLLING:
            self._step = _Step.POLLING
            self._awaits_result = False
            self._due.cancel()
            self._due.set(_Due.POLL, t_ns + FIRST_POLL_NS)
            self._due.set(_Due.SILENCE, t_ns + SILENCE_NS)
        data = wire.mds_reply(created.invoke_id, created.ticks)
        return [Send(data=data, purpose="confirm the monitor's description of itself")]

    def _associate(self, t_ns: int) -> list[DriverItem]:
        self._step = _Step.ASSOCIATING
        self._due.set(_Due.REPLY, t_ns + ASSOCIATION_REPLY_NS)
        return [Send(data=wire.ASSOCIATE, purpose="ask the monitor for an association")]

    def _poll(self, t_ns: int) -> list[DriverItem]:
        overdue_ns = self._polled_ns + POLL_REPLY_NS
        if self._awaits_result and t_ns < overdue_ns:
            self._due.set(_Due.POLL, overdue_ns)
            return []
        number = self._polls % _IDS
        self._polls += 1
        self._polled_ns = t_ns
        self._awaits_result = True
        self._due.set(_Due.POLL, t_ns + POLL_NS)
        return [Send(data=wire.poll_request(number, number), purpose="read the numerics")]

    def _renew(self, t_ns: int, reason: str) -> list[DriverItem]:
        return [self._end(t_ns, ENDED_NS), self._reader.refuse(reason)]

    def _end(self, t_ns: int, pause_ns: int) -> Send:
        """Release the association, if the monitor still holds one, and pause."""
        self._pause(t_ns, pause_ns)
        return Send(data=wire.RELEASE, purpose="end the association")

    def _pause(self, t_ns: int, pause_ns: int) -> None:
        self._step = _Step.PAUSING
        self._reader.forget_monitor()
        self._due.cancel()
        self._due.set(_Due.ASSOCIATE, t_ns + pause_ns)
