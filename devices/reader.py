"""One thread a port: open, read, stamp, hand over; and open again, for ever, when the port is lost.

What happens at the ends: bytes that a port held before it was opened are discarded; at `stop` the
read in progress ends and what it brought is delivered, nothing after `stop` returns is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from devices.address import TCP_SCHEME, settings_of, split_address
from devices.driver import PortSettings
from devices.ports import PortFinder
from devices.transport import (
    SerialTransport,
    Transport,
    TransportError,
    Trouble,
    make_transport,
)
from protocols.events import ChunkReceived, DeviceSlot, Input, LinkReported, LinkState
from protocols.vitals import NS_PER_S

_log = logging.getLogger(__name__)

_MS = 1_000_000
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 1.0
"""Waits between two attempts to open a port; a monitor must be live within 2 s of its return."""

FLOOD_BYTES_PER_S = 65_536
FLOOD_FACTOR = 4
"""More bytes in a second of the session than this, and than the line carries so many times, are
a flood."""


class Reader:
    """Reads the port of one monitor in a thread of its own, and writes to it when told.

    A unit with an identity is looked for under other addresses when it is not where it was. A flood
    of bytes closes the port for a while: what would be read from a backlog is old, and would look
    new. `now_ns` gives nanoseconds since the session began; stamps are cut to the whole millisecond
    and never go back. `deliver` is called from the reader's thread with every `ChunkReceived` and
    `LinkReported`; a state of the link is reported once, not at every attempt.
    """

    def __init__(
        self,
        slot: DeviceSlot,
        settings: PortSettings,
        now_ns: Callable[[], int],
        deliver: Callable[[Input], None],
        *,
        transport: Transport | None = None,
        first_wait_s: float = FIRST_WAIT_S,
        finder: PortFinder | None = None,
    ) -> None:
        """Prepare; `transport` replaces the one that the slot's port names.

        Raises:
            AddressError: the slot's port names line settings that cannot be.
        """
        self._slot = slot
        self._settings = settings_of(slot.port, settings)
        self._finder = finder or PortFinder()
        self._now_ns = now_ns
        self._deliver = deliver
        self._given_transport = transport
        self._transport = transport or make_transport(slot.port, settings)
        self._first_wait_s = first_wait_s
        self._stopping = threading.Event()
        # writing must not meet the closing of a port by the reading thread
        self._port_lock = threading.Lock()
        self._is_open = False
        self._last_ns = 0
        self._reported: tuple[LinkState, str] | None = None
        self._logged: set[Trouble] = set()
        self._thread = threading.Thread(target=self._run, name=f"reader {slot.device}", daemon=True)

    def start(self) -> None:
        """Start the thread; call once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, wait for it and close the port. Nothing is delivered afterwards."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def send(self, data: bytes) -> bool:
        """Write `data` now, for at most 0.25 s; False when the port is not open or refuses."""
        with self._port_lock:
            if not self._is_open:
                return False
            try:
                self._transport.write(data)
            except TransportError as error:
                self._log_once(error)
                return False
            return True

    def _run(self) -> None:
        wait_s = self._first_wait_s
        self._report(LinkState.OPENING)
        while not self._stopping.is_set():
            try:
                self._open()
                self._read_until_stopped()
            except TransportError as error:
                if self._is_open and error.trouble is not Trouble.FLOOD:
                    wait_s = self._first_wait_s
                self._log_once(error)
                self._close()
                self._report(LinkState.NOT_CONNECTED, error.sentence)
            except Exception:  # a defect of ours must not end the link
                _log.exception("reader of %s failed", self._slot.device)
                self._close()
                self._report(
                    LinkState.NOT_CONNECTED,
                    f"The program failed while reading {self._slot.port}; it tries again.",
                )
            self._stopping.wait(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        self._close()

    def _open(self) -> None:
        address = self._address_now()
        if address != self._slot.port:
            self._transport = make_transport(address, self._settings)
        self._transport.open()
        with self._port_lock:
            self._is_open = True
        self._report(LinkState.WAITING, identity=self._finder.identity_of(address))
        if self._logged:
            _log.info("%s is open again", self._slot.port)
            self._logged.clear()

    def _address_now(self) -> str:
        """Where to open the unit of this slot: under its own address, or where it has moved to.

        A port on which nothing or something else is has lost its unit; where the unit is nowhere
        else, its own address says what is wrong.
        """
        bound, port = self._slot.identity, self._slot.port
        if self._given_transport is not None or not bound or port.startswith(TCP_SCHEME):
            return port
        if self._finder.identity_of(port) == bound:
            return port
        moved = self._finder.address_of(bound)
        return port if moved in ("", split_address(port)[0]) else moved

    def _read_until_stopped(self) -> None:
        limit = max(FLOOD_BYTES_PER_S, FLOOD_FACTOR * self._settings.bytes_per_s)
        second, in_second = 0, 0
        while not self._stopping.is_set():
            data = self._transport.read()
            if not data:
                continue
            stamp = self._stamp()
            self._deliver(ChunkReceived(t_ns=stamp, device=self._slot.device, data=data))
            now_s = stamp // NS_PER_S
            in_second = len(data) + (in_second if now_s == second else 0)
            second = now_s
            if in_second > limit:
                raise TransportError(Trouble.FLOOD, _flood_sentence(self._slot.port, limit))

    def _close(self) -> None:
        with self._port_lock:
            self._is_open = False
            self._transport.close()
        if self._given_transport is None and isinstance(self._transport, SerialTransport):
            self._transport = make_transport(self._slot.port, self._settings)

    def _report(self, state: LinkState, detail: str = "", identity: str = "") -> None:
        if self._reported == (state, detail):
            return
        self._reported = (state, detail)
        self._deliver(
            LinkReported(
                t_ns=self._stamp(),
                device=self._slot.device,
                state=state,
                detail=detail,
                identity=identity,
            )
        )

    def _stamp(self) -> int:
        self._last_ns = max(self._last_ns, self._now_ns() // _MS * _MS)
        return self._last_ns

    def _log_once(self, error: TransportError) -> None:
        if error.trouble not in self._logged:
            self._logged.add(error.trouble)
            _log.info("%s: %s", self._slot.device, error.sentence)


def _flood_sentence(port: str, limit: float) -> str:
    return (
        f"More than {limit / 1024:.0f} kB a second come from {port}: no monitor sends that. Check "
        "what is connected to it. It reconnects by itself."
    )
