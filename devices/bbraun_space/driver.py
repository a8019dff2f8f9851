"""The conversation with a B. Braun station: who are you, what do the pumps say, received.

Only one pump can be read through a port: where several are switched on, none is shown, for nothing
says which of them is the patient's.
"""

from __future__ import annotations

from enum import StrEnum

from devices.bbraun_space import wire
from devices.bbraun_space.parser import is_off, statuses
from devices.bbraun_space.reader import BccReader, Block, Gathering, Values
from devices.deadlines import Deadlines
from devices.driver import Counts, DeviceCommand, DriverItem, PumpStatus, Rejected, Send
from protocols.vitals import NS_PER_S

RECEIPT_NS = 100_000_000
"""The receipt of a block is sent this long after it."""
GREET_NS = 2 * NS_PER_S
POLL_NS = 5 * NS_PER_S
UNANSWERED = 2
"""Requests without an answer after which the station is greeted anew."""
REPEATS = 3
"""Damaged blocks that are asked for again before the next request asks for everything."""
REMEMBERED_NS = 30 * NS_PER_S
"""A pump that was on counts as one of several for so long, even if a message misses it."""

SEVERAL = "{count} pumps are switched on at this station: leave only the patient's"
NONE_ON = "no pump is switched on at this station"


class _Due(StrEnum):
    RECEIPT = "a block is acknowledged"
    REQUEST = "the station is asked"


class BccDriver:
    """Asks one station."""

    def __init__(self) -> None:
        self._reader = BccReader()
        self._gathering = Gathering()
        self._due: Deadlines[_Due] = Deadlines()
        self._bed = ""
        self._stuffed = False
        self._unanswered = 0
        self._receipt = wire.ACK
        self._repeats = 0
        self._seen_on: dict[str, int] = {}

    @property
    def next_deadline_ns(self) -> int | None:
        """When something is sent next; None before the port was opened."""
        return self._due.next_ns

    @property
    def counts(self) -> Counts:
        """Where every byte received so far went."""
        return self._reader.counts

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget station and pumps, and greet."""
        self._reader.forget()
        self._gathering.close()
        self._due.cancel()
        self._bed, self._stuffed, self._unanswered, self._repeats = "", False, 0, 0
        self._seen_on.clear()
        return self._request(t_ns)

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Blocks arrived; each gets a receipt, a whole message gives what its pump says."""
        items: list[DriverItem] = []
        for found in self._reader.read(data):
            self._due.set(_Due.RECEIPT, t_ns + RECEIPT_NS)
            if isinstance(found, Rejected):
                items.append(found)
                self._receipt = wire.NAK
                self._repeats += 1
                if self._repeats > REPEATS:
                    self._due.cancel(_Due.RECEIPT)
                continue
            self._receipt = wire.ACK
            items += self._hear(t_ns, found)
        return items

    def command(self, t_ns: int, command: DeviceCommand) -> list[DriverItem]:
        """Nothing: a pump takes no blood pressure, and no command of a pump exists."""
        return []

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Let every deadline up to `t_ns` fire, each at its own time, in order."""
        items: list[DriverItem] = []
        while (fired := self._due.pop(t_ns)) is not None:
            at_ns, due = fired
            if due is _Due.RECEIPT:
                known = self._receipt == wire.ACK
                purpose = "a block was received" if known else "a block was damaged: send it again"
                items.append(Send(data=self._receipt, purpose=purpose))
            else:
                items += self._request(at_ns)
        return items

    def _hear(self, t_ns: int, block: Block) -> list[DriverItem]:
        self._unanswered = 0
        if not self._bed:
            self._bed, self._stuffed = block.bed, self._stuffed or block.stuffed
            # the receipt goes first
            self._due.set(_Due.REQUEST, t_ns + 2 * RECEIPT_NS)
        pumps = self._gathering.add(block)
        if pumps is None or (not pumps and b"GNACK" in block.payload):
            return []
        return [self._choose(t_ns, pumps, block.end_byte)]

    def _choose(self, t_ns: int, pumps: dict[str, Values], end_byte: int) -> PumpStatus:
        """What the one pump that is on says; nothing where it is not the only one."""
        on = {address: values for address, values in pumps.items() if not is_off(values)}
        self._seen_on.update(dict.fromkeys(on, t_ns))
        for address in [a for a in self._seen_on if a in pumps and a not in on]:
            del self._seen_on[address]
        recent = [a for a, at_ns in self._seen_on.items() if t_ns - at_ns < REMEMBERED_NS]
        if len(recent) > 1:
            return _unknown(SEVERAL.format(count=len(recent)), end_byte)
        candidates = on or pumps
        if len(candidates) == 1:
            return statuses(candidates, end_byte)[0]
        return _unknown(NONE_ON, end_byte)

    def _request(self, t_ns: int) -> list[DriverItem]:
        if self._unanswered >= UNANSWERED:
            self._bed = ""
        self._due.set(_Due.REQUEST, t_ns + (POLL_NS if self._bed else GREET_NS))
        if self._bed:
            frame, purpose = wire.get_all(self._bed), "read what the pumps say"
        else:
            frame, purpose = wire.alive(), "ask whether the station is there"
        # what was left unanswered may have been in the wrong alphabet
        self._stuffed ^= self._unanswered > 0
        self._unanswered += 1
        self._repeats = 0
        return [Send(data=wire.stuff(frame) if self._stuffed else frame, purpose=purpose)]


def _unknown(note: str, end_byte: int) -> PumpStatus:
    return PumpStatus(
        rate_ml_per_h=None, volume_ml=None, running=None, note=note, end_byte=end_byte
    )
