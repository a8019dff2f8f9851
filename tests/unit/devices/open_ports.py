"""Ports for tests of reading: a pseudo-terminal to unplug, and a listener to a reader."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from devices.driver import PortSettings
from protocols.events import ChunkReceived, DeviceSlot, Input, LinkReported, LinkState

PATIENCE_S = 10.0
SETTINGS = PortSettings()
needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")


class Pty:
    """A pseudo-terminal under a name that stays the same when it is plugged in again."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self._master: int | None = None

    def plug_in(self) -> None:
        import tty

        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(slave))
        os.close(slave)

    def unplug(self) -> None:
        if self._master is not None:
            os.close(self._master)
            self._master = None
            self.link.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        assert self._master is not None
        os.write(self._master, data)

    def read(self) -> bytes:
        assert self._master is not None
        ready, _, _ = select.select([self._master], [], [], PATIENCE_S)
        return os.read(self._master, 4096) if ready else b""


class Listener:
    """Keeps what a reader delivers, and waits for it."""

    def __init__(self) -> None:
        self.seen: list[Input] = []
        self._queue: SimpleQueue[Input] = SimpleQueue()

    def deliver(self, event: Input) -> None:
        self._queue.put(event)

    def wait_for(self, wanted: Callable[[Input], bool]) -> Input:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                event = self._queue.get(timeout=0.1)
            except Empty:
                continue
            self.seen.append(event)
            if wanted(event):
                return event
        raise AssertionError(f"waited in vain; seen: {self.seen}")

    def wait_for_state(self, state: LinkState) -> LinkReported:
        event = self.wait_for(lambda e: isinstance(e, LinkReported) and e.state is state)
        assert isinstance(event, LinkReported)
        return event

    def wait_for_bytes(self, wanted: bytes) -> None:
        self.wait_for(lambda e: isinstance(e, ChunkReceived) and self.received().endswith(wanted))

    def received(self) -> bytes:
        return b"".join(e.data for e in self.seen if isinstance(e, ChunkReceived))

    def rest(self) -> list[Input]:
        while not self._queue.empty():
            self.seen.append(self._queue.get())
        return self.seen

    def states(self) -> list[LinkState]:
        return [e.state for e in self.rest() if isinstance(e, LinkReported)]


def slot(port: str) -> DeviceSlot:
    return DeviceSlot(device="oximeter", driver="nonin", port=port, identity="", simulated=True)
