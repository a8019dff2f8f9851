"""One thread a port: open, read, stamp, hand over; and open again, for ever, when the port is lost.

What happens at the ends: bytes that a port held before it was opened are discarded; at `stop` the
read in progress ends and what it brought is delivered, nothing after `stop` returns is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from devices.driver import PortSettings
from devices.transport import Transport, TransportError, Trouble, make_transport
from protocols.events import ChunkReceived, DeviceSlot, Input, LinkReported, LinkState

_log = logging.getLogger(__name__)

_MS = 1_000_000
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0


class Reader:
    """Reads the port of one monitor in a thread of its own, and writes to it when told.

    `now_ns` gives nanoseconds since the session began; stamps are cut to the whole millisecond and
    never go back. `deliver` is called from the reader's thread with every `ChunkReceived` and
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
    ) -> None:
        """Prepare; `transport` replaces the one that the slot's port names."""
        self._slot = slot
        self._now_ns = now_ns
        self._deliver = deliver
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
                wait_s = self._first_wait_s
                self._read_until_stopped()
            except TransportError as error:
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
        self._transport.open()
        with self._port_lock:
            self._is_open = True
        self._report(LinkState.WAITING)
        if self._logged:
            _log.info("%s is open again", self._slot.port)
            self._logged.clear()

    def _read_until_stopped(self) -> None:
        while not self._stopping.is_set():
            data = self._transport.read()
            if data:
                stamp = self._stamp()
                self._deliver(ChunkReceived(t_ns=stamp, device=self._slot.device, data=data))

    def _close(self) -> None:
        with self._port_lock:
            self._is_open = False
            self._transport.close()

    def _report(self, state: LinkState, detail: str = "") -> None:
        if self._reported == (state, detail):
            return
        self._reported = (state, detail)
        self._deliver(
            LinkReported(t_ns=self._stamp(), device=self._slot.device, state=state, detail=detail)
        )

    def _stamp(self) -> int:
        self._last_ns = max(self._last_ns, self._now_ns() // _MS * _MS)
        return self._last_ns

    def _log_once(self, error: TransportError) -> None:
        if error.trouble not in self._logged:
            self._logged.add(error.trouble)
            _log.info("%s: %s", self._slot.device, error.sentence)
