"""A room of simulated monitors on real ports.

The monitors are pure simulators; this is where their bytes meet the operating system. A room runs
in one of two ways: paced by a session clock in a thread of its own (`start`), or in lockstep with a
caller who says which time it is (`advance`, `collect`), as fast as both sides can. Faults of cable
and monitor can be thrown at any time in either.

No byte is dropped silently: what nobody was there to read, what was held back while a monitor was
silent and what found no room is counted, per device.
"""

from __future__ import annotations

import logging
import os
import queue
import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from devices.driver import MonitorSimulator, PatientBody
from devices.registry import find_driver
from devices.simulation.pump_drive import DriveFaults, PumpUnit
from devices.simulation.wires import PtyWire, TcpWire, Wire
from protocols.events import DeviceSlot
from protocols.vitals import NS_PER_S

DEMO_MONITORS: Mapping[str, str] = {"oximeter": "nonin", "bp": "suntech"}
"""Device slots of the demonstration room and the drivers that read them."""

PENDING_LIMIT = 4_096
"""Bytes kept for a host that does not read; the oldest beyond it are lost, and counted."""

_SLICE_NS = NS_PER_S
_SHORTEST_WAIT_S = 0.001
_LONGEST_WAIT_S = 0.05
_LOCKSTEP_WAIT_S = 2.0
_CALL_WAIT_S = 5.0

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class PortKind(StrEnum):
    """What the simulated monitors are reached through."""

    PTY = "pty"
    TCP = "tcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMonitor:
    """A simulated monitor and the slot it stands in."""

    device: str
    driver: str
    simulator: MonitorSimulator


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCounts:
    """Where a device's bytes went.

    Attributes:
        written: handed to the system for the host.
        unheard: sent while the cable was out, or while nobody was connected.
        silenced: held back while the monitor was made silent.
        lost: overran a host that does not read.
        pending: waiting for room.
        received: came from the host.
    """

    written: int = 0
    unheard: int = 0
    silenced: int = 0
    lost: int = 0
    pending: int = 0
    received: int = 0


class _Line:
    """One monitor, its wire, and the account of its bytes."""

    def __init__(self, monitor: RoomMonitor, wire: Wire) -> None:
        self.monitor = monitor
        self.wire = wire
        self.silent = False
        self.written = self.unheard = self.silenced = self.lost = self.received = 0
        self._pending = bytearray()

    @property
    def pending(self) -> int:
        return len(self._pending)

    def advance(self, t_ns: int) -> None:
        """Let the monitor send what is due up to `t_ns`."""
        data = self.monitor.simulator.advance(t_ns)
        if self.silent:
            self.silenced += len(data)
        else:
            self.send(data)

    def skip(self, t_ns: int) -> None:
        """Let the time up to `t_ns` pass with nobody listening."""
        self.unheard += len(self.monitor.simulator.advance(t_ns))

    def send(self, data: bytes) -> None:
        if not self.wire.plugged or not self.wire.has_host():
            self.unheard += len(data)
            self.lost += len(self._pending)
            self._pending.clear()
            return
        self._pending += data
        self.flush()

    def flush(self) -> None:
        """Hand over what the system takes."""
        while self._pending:
            taken = self.wire.write(bytes(self._pending))
            if taken == 0:
                return
            self.written += taken
            del self._pending[:taken]

    def bound(self) -> None:
        """Give up the oldest bytes beyond the limit."""
        excess = len(self._pending) - PENDING_LIMIT
        if excess > 0:
            self.lost += excess
            del self._pending[:excess]

    def hear(self, t_ns: int, limit: int | None = None) -> bytes:
        """Take what the host has sent to the monitor; a silent monitor does not react to it."""
        data = self.wire.read() if limit is None else self.wire.read(limit)
        self.received += len(data)
        if data and not self.silent:
            self.monitor.simulator.receive(t_ns, data)
        return data

    def unplug(self) -> None:
        self.wire.unplug()
        self.lost += len(self._pending)
        self._pending.clear()

    def counts(self) -> LineCounts:
        return LineCounts(
            written=self.written,
            unheard=self.unheard,
            silenced=self.silenced,
            lost=self.lost,
            pending=self.pending,
            received=self.received,
        )


class _Pace:
    """How long to sleep until a deadline of a session clock that runs at its own speed."""

    def __init__(self, now_ns: int) -> None:
        self._last = (now_ns, time.monotonic())
        self._speed = 1.0

    def wait_s(self, now_ns: int, deadline_ns: int | None) -> float:
        before_ns, before_s = self._last
        clock_s = time.monotonic()
        if clock_s > before_s:
            self._speed = (now_ns - before_ns) / NS_PER_S / (clock_s - before_s)
        self._last = (now_ns, clock_s)
        if deadline_ns is None or self._speed <= 0:
            return _LONGEST_WAIT_S
        wait_s = (deadline_ns - now_ns) / NS_PER_S / self._speed
        return min(_LONGEST_WAIT_S, max(_SHORTEST_WAIT_S, wait_s))


def _wait_readable(files: Iterable[int], timeout_s: float) -> None:
    with selectors.DefaultSelector() as selector:
        for file in files:
            selector.register(file, selectors.EVENT_READ)
        selector.select(timeout_s)


def _registered_simulator(driver: str, body: PatientBody, seed: int) -> MonitorSimulator:
    return find_driver(driver).make_simulator(body, seed)


def default_port_kind() -> PortKind:
    """Pseudo-terminals where the system has them, else loopback TCP."""
    return PortKind.PTY if hasattr(os, "openpty") else PortKind.TCP


class SimulatedRoom:
    """Simulated monitors on real ports; close it, or use it as a context manager."""

    def __init__(self, monitors: Sequence[RoomMonitor], *, ports: PortKind | None = None) -> None:
        """Open a port for every one of `monitors`.

        Raises:
            OSError: if a port cannot be opened.
            ValueError: if two monitors stand in one slot.
        """
        if len({monitor.device for monitor in monitors}) != len(monitors):
            raise ValueError("two monitors in one device slot")
        kind = default_port_kind() if ports is None else ports
        self._folder = tempfile.TemporaryDirectory(prefix="infusion-room-")
        self._lines: dict[str, _Line] = {}
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        try:
            for monitor in monitors:
                self._lines[monitor.device] = _Line(monitor, self._open(kind, monitor.device))
        except OSError:
            self.close()
            raise

    @classmethod
    def of_patient(
        cls,
        body: PatientBody,
        seed: int,
        *,
        make_simulator: Callable[[str, PatientBody, int], MonitorSimulator] | None = None,
        monitors: Mapping[str, str] = DEMO_MONITORS,
        ports: PortKind | None = None,
    ) -> SimulatedRoom:
        """A room in which each of `monitors` (device slot to driver name) measures `body`.

        `make_simulator` gives the simulated unit of a driver, by default that of the registry.
        Every slot gets a seed of its own.

        Raises:
            OSError: if a port cannot be opened.
            ValueError: if a driver is unknown.
        """
        make = _registered_simulator if make_simulator is None else make_simulator
        return cls(
            [
                RoomMonitor(
                    device=device,
                    driver=driver,
                    simulator=make(driver, body, seed * 1_000 + index),
                )
                for index, (device, driver) in enumerate(monitors.items())
            ],
            ports=ports,
        )

    def _open(self, kind: PortKind, device: str) -> Wire:
        return PtyWire(Path(self._folder.name) / device) if kind is PortKind.PTY else TcpWire()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def slots(self) -> tuple[DeviceSlot, ...]:
        """The monitors as a session binds them, declared simulated."""
        return tuple(
            DeviceSlot(
                device=device,
                driver=line.monitor.driver,
                port=line.wire.port,
                identity=f"simulated {line.monitor.driver}",
                simulated=True,
                interval_s=find_driver(line.monitor.driver).interval_s,
            )
            for device, line in self._lines.items()
        )

    def counts(self, device: str) -> LineCounts:
        """Where the bytes of `device` went so far."""
        return self._lines[device].counts()

    # Lockstep -------------------------------------------------------------------------------------

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next monitor will send, or None while all only wait."""
        deadlines = [line.monitor.simulator.next_deadline_ns for line in self._lines.values()]
        return min((d for d in deadlines if d is not None), default=None)

    def advance(self, t_ns: int) -> dict[str, int]:
        """Write everything due up to `t_ns`; how many bytes each host can now read.

        A full port is waited for while its host reads, at most two seconds; what then finds no room
        stays pending up to `PENDING_LIMIT` and beyond that is lost.

        Raises:
            RuntimeError: if the room is running by itself.
        """
        self._refuse_while_running()
        before = {device: line.written for device, line in self._lines.items()}
        for line in self._lines.values():
            line.advance(t_ns)
        give_up_s = time.monotonic() + _LOCKSTEP_WAIT_S
        while any(line.pending for line in self._lines.values()):
            for line in self._lines.values():
                line.flush()
            if time.monotonic() > give_up_s:
                break
            time.sleep(_SHORTEST_WAIT_S)
        for line in self._lines.values():
            line.bound()
        return {device: line.written - before[device] for device, line in self._lines.items()}

    def collect(self, device: str, n_bytes: int, t_ns: int) -> bytes:
        """Wait for `n_bytes` from the host of `device` and give them to its monitor at `t_ns`.

        Raises:
            TimeoutError: if they have not all arrived within two seconds; what has, was given.
            RuntimeError: if the room is running by itself.
        """
        self._refuse_while_running()
        line = self._lines[device]
        collected = b""
        give_up_s = time.monotonic() + _LOCKSTEP_WAIT_S
        while len(collected) < n_bytes:
            data = line.hear(t_ns, n_bytes - len(collected))
            collected += data
            if data:
                continue
            left_s = give_up_s - time.monotonic()
            if left_s <= 0 or not line.wire.plugged:
                raise TimeoutError(
                    f"{device}: {len(collected)} of {n_bytes} bytes came from the host"
                )
            _wait_readable(line.wire.files, min(left_s, _LONGEST_WAIT_S))
        return collected

    # Faults ---------------------------------------------------------------------------------------

    def unplug(self, device: str) -> None:
        """Pull the cable of `device`: its port vanishes. The monitor goes on measuring."""
        self._call(self._lines[device].unplug)

    def replug(self, device: str) -> None:
        """Put the cable of `device` back under the same port address.

        Raises:
            OSError: if the port cannot be opened again.
        """
        self._call(self._lines[device].wire.replug)

    def silence(self, device: str, silent: bool = True) -> None:
        """Make the monitor on `device` say and hear nothing with its cable in, or speak again."""

        def change() -> None:
            self._lines[device].silent = silent

        self._call(change)

    def garbage(self, device: str, data: bytes) -> None:
        """Put `data` on the wire of `device` between what the monitor sends."""
        self._call(lambda: self._lines[device].send(data))

    # Pumps ----------------------------------------------------------------------------------------

    def run_pumps(self, t_ns: int, rate_ml_per_h: float) -> None:
        """Run every pump of the room at this rate from `t_ns` on, as a hand at the pump does.

        0 stands still. A room without a pump does nothing.
        """

        def run() -> None:
            for unit in self._pumps():
                unit.drive.run(t_ns, rate_ml_per_h)

        self._call(run)

    def fail_pumps(self, t_ns: int, faults: DriveFaults) -> None:
        """Let the drive of every pump have `faults` from `t_ns` on."""

        def fail() -> None:
            for unit in self._pumps():
                unit.drive.fail(t_ns, faults)

        self._call(fail)

    def _pumps(self) -> list[PumpUnit]:
        units = (line.monitor.simulator for line in self._lines.values())
        return [unit for unit in units if isinstance(unit, PumpUnit)]

    # By itself ------------------------------------------------------------------------------------

    def start(self, now_ns: Callable[[], int]) -> None:
        """Run in a thread, paced by the session clock `now_ns` (any speed, also standing still).

        What the monitors would have sent before now counts as unheard.

        Raises:
            RuntimeError: if the room already runs.
        """
        self._refuse_while_running()
        t_ns = now_ns()
        for line in self._lines.values():
            line.skip(t_ns)
        self._stopping.clear()
        self._thread = threading.Thread(
            target=self._run, args=(now_ns, t_ns), name="simulated-room", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and leave the ports open."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            self._waker.send(b"!")
            thread.join(_CALL_WAIT_S)

    def close(self) -> None:
        """Stop, close every port and remove the links. May be called again."""
        self.stop()
        for line in self._lines.values():
            line.unplug()
        self._woken.close()
        self._waker.close()
        self._folder.cleanup()

    def _refuse_while_running(self) -> None:
        if self._thread is not None:
            raise RuntimeError("the simulated room is running by itself")

    def _call(self, action: Callable[[], _T]) -> _T:
        """Do `action` where the lines belong: in the running thread, else here."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            return action()
        done: Future[_T] = Future()

        def run() -> None:
            try:
                done.set_result(action())
            except Exception as error:  # handed to the caller, who waits for it
                done.set_exception(error)

        self._calls.put(run)
        self._waker.send(b"!")
        return done.result(_CALL_WAIT_S)

    def _run(self, now_ns: Callable[[], int], t_ns: int) -> None:
        try:
            pace = _Pace(t_ns)
            while not self._stopping.is_set():
                now = max(t_ns, now_ns())
                while t_ns < now and not self._stopping.is_set():
                    t_ns = min(now, t_ns + _SLICE_NS)
                    self._turn(t_ns)
                self._turn(t_ns)
                wait_s = pace.wait_s(now, self.next_deadline_ns)
                files = [file for line in self._lines.values() for file in line.wire.files]
                _wait_readable([self._woken.fileno(), *files], wait_s)
        except Exception:
            _log.exception("the simulated room stopped")

    def _turn(self, t_ns: int) -> None:
        """Do what was asked for, hear the hosts, let the monitors speak."""
        with suppress(BlockingIOError):
            self._woken.recv(4_096)
        while not self._calls.empty():
            self._calls.get()()
        for line in self._lines.values():
            line.hear(t_ns)
            line.advance(t_ns)
            line.flush()
            line.bound()
