"""The hand that throws faults at the monitors of a simulated room, each at its minute."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.state import ViewState
from devices.simulation.room import SimulatedRoom
from protocols.events import LinkState
from protocols.vitals import NS_PER_S


class FaultKind(StrEnum):
    """What happens to a simulated monitor.

    ``unplug`` and ``replug`` its cable; ``silence``: it says nothing with its cable in, until it is
    to ``speak`` again; ``noise``: bytes that no monitor sends, between those that it sends.
    """

    UNPLUG = "unplug"
    REPLUG = "replug"
    SILENCE = "silence"
    SPEAK = "speak"
    NOISE = "noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrownFault:
    """One fault: `at_min` minutes after the start of drug, to the monitor in the slot `device`.

    `count` is how many bytes of noise.
    """

    at_min: float
    kind: FaultKind
    device: str
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What the port of a monitor must come to of a fault before time goes on.

    Attributes:
        device: the slot.
        link: what its reader must report; None: nothing.
        count: how many bytes of noise must be read.
    """

    device: str
    link: LinkState | None = None
    count: int = 0


class FaultHand:
    """Throws each fault once."""

    def __init__(self, room: SimulatedRoom, faults: Sequence[ThrownFault], seed: int) -> None:
        """Stand by `room`; noise is drawn by `seed`."""
        self._room = room
        self._left = deque(faults)
        self._chance = random.Random(seed)  # noqa: S311 - noise on a simulated line

    def act(self, state: ViewState, now_ns: int) -> list[Awaited]:
        """Throw what is due at `now_ns`; gives what the ports must come to."""
        started_ns = state.infusion_started_ns
        awaited: list[Awaited] = []
        while self._left and started_ns is not None:
            due_ns = started_ns + round(self._left[0].at_min * 60 * NS_PER_S)
            if now_ns < due_ns:
                break
            awaited += self._throw(self._left.popleft())
        return awaited

    def _throw(self, fault: ThrownFault) -> list[Awaited]:
        room, device = self._room, fault.device
        match fault.kind:
            case FaultKind.UNPLUG:
                room.unplug(device)
                return [Awaited(device=device, link=LinkState.NOT_CONNECTED)]
            case FaultKind.REPLUG:
                room.replug(device)
                return [Awaited(device=device, link=LinkState.WAITING)]
            case FaultKind.NOISE:
                room.garbage(device, self._chance.randbytes(fault.count))
                return [Awaited(device=device, count=fault.count)]
            case FaultKind.SILENCE | FaultKind.SPEAK:
                room.silence(device, fault.kind is FaultKind.SILENCE)
        return []
