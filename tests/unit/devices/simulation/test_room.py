"""Simulated monitors on real ports, opened as a monitor on a desk would be."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from devices.driver import PortSettings
from devices.simulation.room import PENDING_LIMIT, PortKind, RoomMonitor, SimulatedRoom
from devices.transport import TransportError, make_transport
from protocols.vitals import NS_PER_S

KINDS = [
    pytest.param(
        PortKind.PTY,
        marks=pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals"),
    ),
    PortKind.TCP,
]
PATIENCE_S = 5.0


class Ticker:
    """Sends ``tick N`` every tenth of a second, and ``heard ...`` a tenth after being told."""

    STEP_NS = NS_PER_S // 10

    def __init__(self, ending: bytes = b"\n", padding: int = 0) -> None:
        self._ending = ending
        self._padding = b"." * padding
        self._ticks = 0
        self._answers: list[tuple[int, bytes]] = []
        self.heard: list[tuple[int, bytes]] = []

    def advance(self, t_ns: int) -> bytes:
        sent = []
        while self._ticks * self.STEP_NS < t_ns:
            self._ticks += 1
            sent.append(b"tick %d%s" % (self._ticks, self._padding) + self._ending)
        sent += [b"heard " + data + self._ending for due, data in self._answers if due <= t_ns]
        self._answers = [answer for answer in self._answers if answer[0] > t_ns]
        return b"".join(sent)

    def receive(self, t_ns: int, data: bytes) -> None:
        self.heard.append((t_ns, data))
        self._answers.append((t_ns + self.STEP_NS, data))

    @property
    def next_deadline_ns(self) -> int | None:
        return min([self._ticks * self.STEP_NS + 1, *(due for due, _ in self._answers)])


class Mute:
    """A monitor that only waits."""

    def advance(self, t_ns: int) -> bytes:
        return b""

    def receive(self, t_ns: int, data: bytes) -> None:
        pass

    @property
    def next_deadline_ns(self) -> int | None:
        return None


class Clock:
    """A session clock that runs `speed` times as fast as time does."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start = time.monotonic()

    def __call__(self) -> int:
        return round((time.monotonic() - self._start) * self._speed * NS_PER_S)


def room_of(ticker: Ticker, kind: PortKind) -> SimulatedRoom:
    return SimulatedRoom(
        [RoomMonitor(device="oximeter", driver="nonin", simulator=ticker)], ports=kind
    )


class HostPort:
    """A port as the program opens it, read in pieces of any size."""

    def __init__(self, address: str) -> None:
        self._transport = make_transport(address, PortSettings())
        self._kept = b""

    def __enter__(self) -> HostPort:
        self._transport.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def read_exactly(self, count: int) -> bytes:
        """`count` bytes, or fewer if no more come in time."""
        give_up = time.monotonic() + PATIENCE_S
        while len(self._kept) < count and time.monotonic() < give_up:
            self._kept += self._transport.read()
        data, self._kept = self._kept[:count], self._kept[count:]
        return data

    def read_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n") and (byte := self.read_exactly(1)):
            line += byte
        return line


@contextmanager
def open_port(room: SimulatedRoom) -> Iterator[HostPort]:
    with HostPort(room.slots[0].port) as port:
        eventually(lambda: room._lines["oximeter"].wire.has_host())
        yield port


def eventually(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "it did not come about in time"
        time.sleep(0.005)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> PortKind:
    return PortKind(request.param)


@pytest.fixture
def ticking(kind: PortKind) -> Iterator[tuple[SimulatedRoom, Ticker, HostPort]]:
    ticker = Ticker()
    with room_of(ticker, kind) as room, open_port(room) as port:
        yield room, ticker, port


Ticking = tuple[SimulatedRoom, Ticker, HostPort]


def test_slots_declare_the_simulation(kind: PortKind) -> None:
    monitors = [
        RoomMonitor(device="oximeter", driver="nonin", simulator=Ticker()),
        RoomMonitor(device="bp", driver="suntech", simulator=Mute()),
    ]
    with SimulatedRoom(monitors, ports=kind) as room:
        assert [(s.device, s.driver, s.simulated) for s in room.slots] == [
            ("oximeter", "nonin", True),
            ("bp", "suntech", True),
        ]
        assert len({s.port for s in room.slots}) == 2


def test_two_monitors_in_one_slot_are_refused() -> None:
    monitor = RoomMonitor(device="bp", driver="suntech", simulator=Mute())
    with pytest.raises(ValueError, match="two monitors"):
        SimulatedRoom([monitor, monitor])


def test_every_slot_of_a_patient_gets_the_simulator_of_its_driver_and_its_own_seed() -> None:
    asked: list[tuple[str, int]] = []

    def make(driver: str, body: object, seed: int) -> Mute:
        asked.append((driver, seed))
        return Mute()

    with SimulatedRoom.of_patient(object(), 7, make_simulator=make) as room:  # type: ignore[arg-type]
        assert [slot.device for slot in room.slots] == ["oximeter", "bp"]
    assert [driver for driver, _ in asked] == ["nonin", "suntech"]
    assert len({seed for _, seed in asked}) == 2


class TestLockstep:
    def test_the_host_reads_exactly_what_was_written(self, ticking: Ticking) -> None:
        room, _, port = ticking
        expected = Ticker()
        for step in range(1, 60):
            t_ns = step * 37_000_000
            written = room.advance(t_ns)["oximeter"]
            assert port.read_exactly(written) == expected.advance(t_ns)

    @pytest.mark.parametrize("ending", [b"\r\n", b"\r", b"\x03\x04\x11\x13\x1a\x00\xff"])
    def test_no_byte_is_changed_on_the_way(self, kind: PortKind, ending: bytes) -> None:
        with room_of(Ticker(ending), kind) as room, open_port(room) as port:
            written = room.advance(NS_PER_S)["oximeter"]
            assert port.read_exactly(written) == Ticker(ending).advance(NS_PER_S)
            port.write(ending)
            assert room.collect("oximeter", len(ending), NS_PER_S) == ending

    def test_what_the_host_says_is_given_to_the_monitor_at_the_time_said(
        self, ticking: Ticking
    ) -> None:
        room, ticker, port = ticking
        port.read_exactly(room.advance(NS_PER_S)["oximeter"])
        port.write(b"start")
        assert room.collect("oximeter", 5, NS_PER_S + 5) == b"start"
        assert {t_ns for t_ns, _ in ticker.heard} == {NS_PER_S + 5}
        assert b"".join(data for _, data in ticker.heard) == b"start"
        written = room.advance(2 * NS_PER_S)["oximeter"]
        assert b"heard start" in port.read_exactly(written)
        assert room.counts("oximeter").received == 5

    def test_more_than_asked_for_stays_for_the_next_time(self, ticking: Ticking) -> None:
        room, _, port = ticking
        port.write(b"abcdef")
        assert room.collect("oximeter", 2, 1) == b"ab"
        assert room.collect("oximeter", 4, 2) == b"cdef"

    def test_waiting_for_a_host_that_stays_silent_ends(
        self, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("devices.simulation.room._LOCKSTEP_WAIT_S", 0.05)
        room, ticker, port = ticking
        port.write(b"ab")
        with pytest.raises(TimeoutError, match="oximeter: 2 of 3 bytes"):
            room.collect("oximeter", 3, 9)
        assert ticker.heard == [(9, b"ab")]

    def test_the_next_deadline_is_that_of_the_first_monitor(self, kind: PortKind) -> None:
        monitors = [
            RoomMonitor(device="oximeter", driver="nonin", simulator=Ticker()),
            RoomMonitor(device="bp", driver="suntech", simulator=Mute()),
        ]
        with SimulatedRoom(monitors, ports=kind) as room:
            room.advance(250_000_000)
            assert room.next_deadline_ns == 300_000_001
        with SimulatedRoom(monitors[1:], ports=kind) as room:
            assert room.next_deadline_ns is None

    def test_a_long_stretch_arrives_whole_while_the_host_reads(self, kind: PortKind) -> None:
        with room_of(Ticker(padding=400), kind) as room, open_port(room) as port:
            expected = Ticker(padding=400).advance(60 * NS_PER_S)
            got: list[bytes] = []
            reader = threading.Thread(target=lambda: got.append(port.read_exactly(len(expected))))
            reader.start()
            written = room.advance(60 * NS_PER_S)["oximeter"]
            reader.join()
            assert written == len(expected) > 200_000
            assert got == [expected]

    def test_a_host_that_does_not_read_loses_only_what_is_counted(
        self, kind: PortKind, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("devices.simulation.room._LOCKSTEP_WAIT_S", 0.05)
        with room_of(Ticker(padding=100_000), kind) as room, open_port(room) as port:
            sent = len(Ticker(padding=100_000).advance(20 * NS_PER_S))
            for second in (10, 20):
                room.advance(second * NS_PER_S)
            counts = room.counts("oximeter")
            assert counts.lost > 0
            assert counts.pending == PENDING_LIMIT
            assert counts.written + counts.pending + counts.lost == sent
            assert len(port.read_exactly(counts.written)) == counts.written


class TestFaults:
    def test_a_pulled_cable_is_noticed_and_the_same_port_comes_back(self, ticking: Ticking) -> None:
        room, _, port = ticking
        address = room.slots[0].port
        port.read_exactly(room.advance(NS_PER_S)["oximeter"])
        room.unplug("oximeter")
        with pytest.raises(TransportError):
            port.read_exactly(1)
        with pytest.raises(TransportError):
            HostPort(address).__enter__()
        assert room.advance(2 * NS_PER_S) == {"oximeter": 0}
        assert room.counts("oximeter").unheard == 10 * len(b"tick 11\n")
        room.replug("oximeter")
        assert room.slots[0].port == address
        with open_port(room) as again:
            written = room.advance(3 * NS_PER_S)["oximeter"]
            assert again.read_exactly(written).startswith(b"tick 21\n")

    def test_pulling_twice_and_plugging_twice_change_nothing(self, ticking: Ticking) -> None:
        room, _, _ = ticking
        room.unplug("oximeter")
        room.unplug("oximeter")
        room.replug("oximeter")
        room.replug("oximeter")
        with open_port(room) as port:
            written = room.advance(NS_PER_S)["oximeter"]
            assert port.read_exactly(written) == Ticker().advance(NS_PER_S)

    def test_a_silent_monitor_keeps_its_port_and_says_and_hears_nothing(
        self, ticking: Ticking
    ) -> None:
        room, ticker, port = ticking
        room.silence("oximeter")
        assert room.advance(NS_PER_S) == {"oximeter": 0}
        port.write(b"x")
        room.collect("oximeter", 1, NS_PER_S)
        assert ticker.heard == []
        assert room.counts("oximeter").silenced == len(Ticker().advance(NS_PER_S))
        room.silence("oximeter", False)
        written = room.advance(NS_PER_S + 1)["oximeter"]
        assert port.read_exactly(written) == b"tick 11\n"

    def test_garbage_stands_between_the_frames(self, ticking: Ticking) -> None:
        room, _, port = ticking
        first = room.advance(1)["oximeter"]
        room.garbage("oximeter", b"\x00\xffnoise")
        second = room.advance(Ticker.STEP_NS + 1)["oximeter"]
        expected = b"tick 1\n\x00\xffnoisetick 2\n"
        assert port.read_exactly(len(expected)) == expected
        assert first + second == len(expected) - len(b"\x00\xffnoise")

    def test_without_a_host_on_a_tcp_port_bytes_are_counted_as_unheard(self) -> None:
        with room_of(Ticker(), PortKind.TCP) as room:
            assert room.advance(NS_PER_S) == {"oximeter": 0}
            assert room.counts("oximeter").unheard == len(Ticker().advance(NS_PER_S))

    def test_a_host_may_close_and_open_again(self, kind: PortKind) -> None:
        with room_of(Ticker(), kind) as room:
            with open_port(room) as port:
                port.read_exactly(room.advance(NS_PER_S)["oximeter"])
            if kind is PortKind.TCP:
                eventually(lambda: not room._lines["oximeter"].hear(0) and not _connected(room))
            with open_port(room) as port:
                written = room.advance(2 * NS_PER_S)["oximeter"]
                assert port.read_exactly(written).startswith(b"tick 11\n")


def _connected(room: SimulatedRoom) -> bool:
    return room._lines["oximeter"].wire.has_host()


class TestByItself:
    @pytest.mark.parametrize("speed", [1, 60])
    def test_it_follows_the_session_clock_without_a_gap(self, ticking: Ticking, speed: int) -> None:
        room, _, port = ticking
        room.start(Clock(speed))
        numbers = []
        while len(numbers) < speed * 3:
            line = port.read_line()
            numbers.append(int(line.removeprefix(b"tick ")))
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert room.counts("oximeter").lost == 0

    def test_it_answers_the_host(self, ticking: Ticking) -> None:
        room, _, port = ticking
        room.start(Clock(10))
        port.write(b"S")
        read = b""
        while b"heard S" not in read:
            read += port.read_exactly(1)
            assert len(read) < 50_000

    def test_it_sleeps_while_the_clock_stands_still(self, ticking: Ticking) -> None:
        room, _, _ = ticking
        asked = []

        def standing() -> int:
            asked.append(None)
            return 0

        room.start(standing)
        time.sleep(0.5)
        room.stop()
        assert room.counts("oximeter").written == 0
        # Every turn asks the clock once; a busy loop would ask thousands of times.
        assert 1 < len(asked) < 100

    def test_what_came_before_the_start_is_not_sent(self, ticking: Ticking) -> None:
        room, _, port = ticking
        late = Clock(1)
        room.start(lambda: late() + 100 * NS_PER_S)
        assert port.read_exactly(10).startswith(b"tick 100")
        assert room.counts("oximeter").unheard > 0

    def test_faults_can_be_thrown_while_it_runs(self, ticking: Ticking) -> None:
        room, _, port = ticking
        room.start(Clock(20))
        port.read_exactly(20)
        room.unplug("oximeter")
        with pytest.raises(TransportError):
            port.read_exactly(100_000)
        room.replug("oximeter")
        with open_port(room) as again:
            room.garbage("oximeter", b"#noise#")
            read = b""
            while b"#noise#" not in read:
                read += again.read_exactly(1)
                assert len(read) < 50_000

    def test_lockstep_is_refused_while_it_runs_and_possible_after(self, ticking: Ticking) -> None:
        room, _, _ = ticking
        room.start(lambda: 0)
        with pytest.raises(RuntimeError, match="by itself"):
            room.advance(1)
        with pytest.raises(RuntimeError, match="by itself"):
            room.collect("oximeter", 1, 1)
        with pytest.raises(RuntimeError, match="by itself"):
            room.start(lambda: 0)
        room.stop()
        assert room.advance(1)["oximeter"] == len(b"tick 1\n")

    @pytest.mark.parametrize("kind", [PortKind.PTY])
    def test_a_failed_replug_is_told_to_the_caller(self, ticking: Ticking) -> None:
        room, _, _ = ticking
        room.start(lambda: 0)
        room.unplug("oximeter")
        link = Path(room.slots[0].port)
        link.write_text("in the way")
        with pytest.raises(OSError, match="exists"):
            room.replug("oximeter")
        link.unlink()
        room.replug("oximeter")
        assert link.is_symlink()


def test_closing_leaves_no_file_thread_or_link(kind: PortKind) -> None:
    before = psutil.Process().num_fds() if os.name == "posix" else psutil.Process().num_handles()
    for _ in range(5):
        room = room_of(Ticker(), kind)
        address = room.slots[0].port
        room.start(Clock(1))
        room.unplug("oximeter")
        room.replug("oximeter")
        room.close()
        room.close()
        if kind is PortKind.PTY:
            assert not Path(address).parent.exists()
    after = psutil.Process().num_fds() if os.name == "posix" else psutil.Process().num_handles()
    assert after <= before
    assert "simulated-room" not in {thread.name for thread in threading.enumerate()}
