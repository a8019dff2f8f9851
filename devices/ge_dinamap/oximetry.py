"""Saturation and rate of a DINAMAP: what is asked, how often, and what of it is shown. Pure.

Units without an oximeter answer neither, some know only one of the two requests for the rate. What
does not answer is asked less often. A unit that never gave a saturation says once why, so that it
does not speak over the room's own oximeter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devices.driver import Measurement, ParserItem, Send
from devices.ge_dinamap import wire
from devices.ge_dinamap.parser import RateReply, SaturationReply, rate, saturation
from devices.pressures import spot_rate
from protocols.vitals import NS_PER_S, Quality, Vital

GIVE_UP_AFTER = 3
"""Failures in a row after which a request is asked less often."""
BACK_OFF_NS = 30 * NS_PER_S
"""How seldom it is asked then."""

_READ_SATURATION = Send(data=wire.READ_SATURATION, purpose="read the saturation")
_RATE_REQUESTS = {
    wire.RATE: Send(data=wire.READ_RATE, purpose="read the pulse rate"),
    wire.RATE_PRO: Send(data=wire.READ_RATE_PRO, purpose="read the heart rate"),
}


class _Request:
    """How one request fares."""

    def __init__(self) -> None:
        self.failures = 0
        self.again_ns = 0

    def miss(self, t_ns: int, patience: int) -> None:
        self.failures += 1
        if self.failures >= patience:
            self.again_ns = t_ns + BACK_OFF_NS

    def answer(self) -> None:
        self.failures = 0
        self.again_ns = 0


class Oximetry:
    """Follows both requests of one connection."""

    def __init__(self) -> None:
        self._rate_command = wire.RATE
        self.forget()

    def forget(self) -> None:
        """A new connection: everything is asked again, nothing was given yet."""
        self._saturation = _Request()
        self._rate = _Request()
        self._rate_owed = False
        self._given: set[Vital] = set()
        self._last: dict[Vital, Measurement] = {}

    def due(self, t_ns: int) -> list[Send]:
        """What is asked in the round that begins at `t_ns`."""
        asked = []
        if t_ns >= self._saturation.again_ns:
            asked.append(_READ_SATURATION)
        if t_ns >= self._rate.again_ns or self._rate_owed:
            asked.append(self._rate_request)
        return asked

    def owe_rate(self, queue: Sequence[Send]) -> list[Send]:
        """A blood pressure is new: its rate belongs to it; what to ask beyond `queue`."""
        self._rate_owed = True
        return [] if self._rate_request in queue else [self._rate_request]

    def answers(self, reply: SaturationReply | RateReply, request: Send) -> bool:
        """Whether `reply` is the answer to `request`."""
        if isinstance(reply, SaturationReply):
            return request is _READ_SATURATION
        return request is _RATE_REQUESTS.get(reply.command)

    def missed(self, t_ns: int, request: Send) -> None:
        """`request` was not answered, or by something else."""
        if request is _READ_SATURATION:
            self._saturation.miss(t_ns, GIVE_UP_AFTER)
            return
        self._rate_owed = False
        self._rate.miss(t_ns, 2 * GIVE_UP_AFTER)
        if self._rate.failures % GIVE_UP_AFTER == 0 or self._rate.again_ns:
            is_pro = self._rate_command == wire.RATE_PRO
            self._rate_command = wire.RATE if is_pro else wire.RATE_PRO

    def hear(self, reply: SaturationReply | RateReply) -> Sequence[ParserItem]:
        """What `reply` means now."""
        if isinstance(reply, SaturationReply):
            self._saturation.answer()
            return self._shown(saturation(reply))
        self._rate.answer()
        owed, self._rate_owed = self._rate_owed, False
        shown = self._shown(rate(reply))
        if owed and reply.source == wire.RATE_OF_CUFF:
            return [spot_rate(reply.rate_bpm), *shown]
        return shown

    @property
    def _rate_request(self) -> Send:
        return _RATE_REQUESTS[self._rate_command]

    def _shown(self, item: Measurement) -> list[ParserItem]:
        """`item`; as long as there was no value, only what is said for the first time."""
        before = self._last.get(item.vital)
        self._last[item.vital] = item
        if item.value is not None:
            self._given.add(item.vital)
        if item.vital in self._given:
            return [item]
        if before == item:
            return []
        if item.quality is Quality.SENSOR_OFF:
            # a sensor that was never on a finger is no loss: the unit may be there for its cuff
            return [replace(item, quality=Quality.MISSING)]
        return [item]
