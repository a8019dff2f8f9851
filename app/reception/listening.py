"""Listens to ports before a session: what is heard on each, with nothing sent. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from app.clock import SessionClock
from app.reception.desk import Binding, Heard
from devices.address import with_line
from devices.driver import Measurement, PumpStatus
from devices.driver_spec import never_sends
from devices.reader import Reader
from devices.registry import find_driver
from protocols.events import ChunkReceived, DeviceSlot, Input, LinkReported, LinkState
from protocols.vitals import VITALS

_LINKS = {
    LinkState.NOT_CONNECTED: "not connected",
    LinkState.OPENING: "opening the port",
    LinkState.WAITING: "port open",
}


PUMP = "pump"
"""What a pump says, among the newest values."""


class PortListener:
    """One port, read and decoded; a `Reader` of its own that is never told to send."""

    def __init__(self, binding: Binding) -> None:
        """Start to listen.

        Raises:
            ValueError: no such driver.
        """
        spec = find_driver(binding.driver)
        self._binding = binding
        self._parser = spec.make_parser()
        self._answers_only = not spec.speaks_unasked
        self._may_wait = spec.may_send is not never_sends
        self._lock = threading.Lock()
        self._link, self._detail = LinkState.OPENING, ""
        self._bytes = 0
        self._values: dict[str, str] = {}
        slot = DeviceSlot(
            device=binding.device,
            driver=binding.driver,
            port=with_line(binding.port, binding.line),
            identity=binding.identity,
            simulated=False,
        )
        self._reader = Reader(slot, spec.settings, SessionClock().now_ns, self._take)
        self._reader.start()

    def heard(self) -> Heard:
        """What was heard so far."""
        with self._lock:
            counts = self._parser.counts
            return Heard(
                device=self._binding.device,
                link=self._words(),
                values=tuple(self._values.values()),
                bytes_heard=self._bytes,
                frames=counts.frames,
                rejected=counts.rejected,
            )

    def stop(self) -> None:
        """Close the port."""
        self._reader.stop()

    def _words(self) -> str:
        words = self._detail or _LINKS.get(self._link, str(self._link))
        if self._link is not LinkState.WAITING:
            return words
        if not self._bytes and self._answers_only:
            return f"{words}; this monitor speaks only when it is asked, in the session"
        if not self._bytes and self._may_wait:
            return f"{words}; nothing heard: check its cable; some units begin only in the session"
        if not self._bytes:
            return f"{words}; nothing heard yet: switch the monitor on and check its cable"
        if not self._parser.counts.frames:
            return f"{words}; bytes arrive, but not in this monitor's format"
        return "the monitor speaks"

    def _take(self, event: Input) -> None:
        with self._lock:
            if isinstance(event, LinkReported):
                self._link, self._detail = event.state, event.detail
            elif isinstance(event, ChunkReceived):
                self._bytes += len(event.data)
                for item in self._parser.feed(event.data):
                    if isinstance(item, Measurement):
                        self._values[item.vital] = _value_text(item)
                    elif isinstance(item, PumpStatus):
                        self._values[PUMP] = _pump_text(item)


class PortsListener:
    """Several ports at once."""

    def __init__(self, bindings: Sequence[Binding]) -> None:
        """Start to listen to each of `bindings`; ValueError for an unknown driver."""
        self._listeners = [PortListener(binding) for binding in bindings]

    def heard(self) -> tuple[Heard, ...]:
        """What was heard so far, a line for each port."""
        return tuple(listener.heard() for listener in self._listeners)

    def stop(self) -> None:
        """Close every port."""
        for listener in self._listeners:
            listener.stop()


def _pump_text(item: PumpStatus) -> str:
    parts = []
    if item.rate_ml_per_h is not None:
        parts.append(f"{item.rate_ml_per_h:g} mL/h")
    if item.volume_ml is not None:
        parts.append(f"{item.volume_ml:.1f} mL infused")
    return "Pump " + ", ".join([*parts, *(words for words in (item.alarm, item.note) if words)])


def _value_text(item: Measurement) -> str:
    spec = VITALS[item.vital]
    why = "" if item.value is not None else f" ({item.quality})"
    return f"{spec.label} {spec.format(item.value)} {spec.unit_text}{why}"
