"""The reader and its transports on real pseudo-terminals, sockets and files."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.ports import PortFinder
from devices.reader import Reader
from devices.transport import (
    TransportError,
    Trouble,
)
from protocols.events import LinkReported, LinkState
from tests.unit.devices.open_ports import PATIENCE_S, SETTINGS, Listener, Pty, needs_pty, slot

StartReader = Callable[[str], tuple[Reader, Listener]]


@pytest.fixture
def start_reader() -> Iterator[StartReader]:
    readers: list[Reader] = []

    def start(port: str) -> tuple[Reader, Listener]:
        listener = Listener()
        reader = Reader(
            slot(port), SETTINGS, time.monotonic_ns, listener.deliver, first_wait_s=0.05
        )
        readers.append(reader)
        reader.start()
        return reader, listener

    yield start
    for reader in readers:
        reader.stop()


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[Pty]:
    terminal = Pty(tmp_path / "port")
    terminal.plug_in()
    yield terminal
    terminal.unplug()


@needs_pty
def test_bytes_come_through_stamped_to_the_millisecond(pty: Pty, start_reader: StartReader) -> None:
    _, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    every_byte = bytes(range(256))
    pty.write(every_byte)
    listener.wait_for_bytes(every_byte[-1:])
    assert listener.received() == every_byte
    assert [e.state for e in listener.seen if isinstance(e, LinkReported)] == [
        LinkState.OPENING,
        LinkState.WAITING,
    ]
    times = [e.t_ns for e in listener.seen]
    assert times == sorted(times)
    assert all(t % 1_000_000 == 0 for t in times)


@needs_pty
def test_stamps_never_go_back_even_if_the_clock_does(pty: Pty) -> None:
    clock = iter([5_999_999, 4_000_000, 9_500_000, *([1] * 1000)])
    listener = Listener()
    reader = Reader(slot(str(pty.link)), SETTINGS, lambda: next(clock), listener.deliver)
    reader.start()
    listener.wait_for_state(LinkState.WAITING)
    for byte in (b"a", b"b"):
        pty.write(byte)
        listener.wait_for_bytes(byte)
    reader.stop()
    assert [e.t_ns for e in listener.seen] == [5_000_000, 5_000_000, 9_000_000, 9_000_000]


@needs_pty
def test_a_port_that_hangs_up_is_said_and_comes_back(pty: Pty, start_reader: StartReader) -> None:
    _, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    pty.unplug()
    lost = listener.wait_for_state(LinkState.NOT_CONNECTED)
    assert "unplugged" in lost.detail
    assert str(pty.link) in lost.detail
    pty.plug_in()
    listener.wait_for_state(LinkState.WAITING)
    pty.write(b"again")
    listener.wait_for_bytes(b"again")


@needs_pty
def test_a_port_absent_at_first_is_said_once_and_found_when_it_appears(
    tmp_path: Path, start_reader: StartReader
) -> None:
    terminal = Pty(tmp_path / "later")
    reader, listener = start_reader(str(terminal.link))
    absent = listener.wait_for_state(LinkState.NOT_CONNECTED)
    assert "There is no port" in absent.detail
    assert not reader.send(b"x")
    time.sleep(0.3)
    terminal.plug_in()
    try:
        listener.wait_for_state(LinkState.WAITING)
        assert [s for s in listener.states() if s is not LinkState.WAITING] == [
            LinkState.OPENING,
            LinkState.NOT_CONNECTED,
        ]
    finally:
        reader.stop()
        terminal.unplug()


@needs_pty
def test_a_unit_that_comes_back_under_another_address_is_found_by_its_identity(
    tmp_path: Path,
) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    first, second = Pty(tmp_path / "ttyUSB0"), Pty(tmp_path / "ttyUSB1")
    first.plug_in()
    name = by_id / "usb-adapter-A"
    name.symlink_to(first.link)
    bound = replace(slot(str(first.link)), identity="usb-adapter-A")
    listener = Listener()
    reader = Reader(
        bound,
        SETTINGS,
        time.monotonic_ns,
        listener.deliver,
        first_wait_s=0.05,
        finder=PortFinder(list, by_id),
    )
    reader.start()
    try:
        assert listener.wait_for_state(LinkState.WAITING).identity == "usb-adapter-A"
        first.unplug()
        listener.wait_for_state(LinkState.NOT_CONNECTED)
        name.unlink()
        second.plug_in()
        name.symlink_to(second.link)
        assert listener.wait_for_state(LinkState.WAITING).identity == "usb-adapter-A"
        second.write(b"here")
        listener.wait_for_bytes(b"here")
    finally:
        reader.stop()
        second.unplug()


@needs_pty
def test_a_unit_whose_address_another_unit_has_taken_is_read_where_it_is(tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    first, second = Pty(tmp_path / "ttyUSB0"), Pty(tmp_path / "ttyUSB1")
    first.plug_in()
    second.plug_in()
    (by_id / "usb-adapter-B").symlink_to(first.link)
    (by_id / "usb-adapter-A").symlink_to(second.link)
    bound = replace(slot(str(first.link)), identity="usb-adapter-A")
    listener = Listener()
    reader = Reader(
        bound, SETTINGS, time.monotonic_ns, listener.deliver, finder=PortFinder(list, by_id)
    )
    reader.start()
    try:
        assert listener.wait_for_state(LinkState.WAITING).identity == "usb-adapter-A"
        first.write(b"the other's")
        second.write(b"its own")
        listener.wait_for_bytes(b"its own")
        assert listener.received() == b"its own"
    finally:
        reader.stop()
        first.unplug()
        second.unplug()


@needs_pty
def test_a_flood_closes_the_port_and_no_byte_that_was_read_is_lost(
    pty: Pty, start_reader: StartReader
) -> None:
    _, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    stopping = threading.Event()

    def pour() -> None:
        while not stopping.is_set():
            pty.write(bytes(2048))

    pouring = threading.Thread(target=pour)
    pouring.start()
    try:
        flood = listener.wait_for_state(LinkState.NOT_CONNECTED)
    finally:
        stopping.set()
        listener.wait_for_state(LinkState.WAITING)
        pouring.join()
    assert "64 kB a second" in flood.detail
    assert len(listener.received()) > 65_536
    pty.write(b"calm again")
    listener.wait_for_bytes(b"calm again")


@needs_pty
def test_closing_a_port_leaves_its_control_lines_as_they_are(
    pty: Pty, start_reader: StartReader
) -> None:
    import termios

    _, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    with pty.link.open("rb", buffering=0) as line:
        assert termios.tcgetattr(line)[2] & termios.HUPCL == 0


@needs_pty
def test_a_silent_line_is_not_a_lost_one(pty: Pty, start_reader: StartReader) -> None:
    _, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    time.sleep(0.5)
    assert listener.states() == [LinkState.OPENING, LinkState.WAITING]
    pty.write(b"late")
    listener.wait_for_bytes(b"late")


@needs_pty
def test_a_second_reader_of_one_port_is_told_that_it_is_in_use(
    pty: Pty, start_reader: StartReader
) -> None:
    first, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    _, other = start_reader(str(pty.link))
    assert "in use by another program" in other.wait_for_state(LinkState.NOT_CONNECTED).detail
    pty.write(b"mine")
    listener.wait_for_bytes(b"mine")
    first.stop()
    other.wait_for_state(LinkState.WAITING)


@needs_pty
def test_what_is_sent_arrives(pty: Pty, start_reader: StartReader) -> None:
    reader, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    assert reader.send(b"\x3a\x20\xa6")
    assert pty.read() == b"\x3a\x20\xa6"


@needs_pty
def test_a_line_that_takes_nothing_does_not_block_for_ever(
    pty: Pty, start_reader: StartReader
) -> None:
    reader, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    assert not reader.send(bytes(1_000_000))


@needs_pty
def test_nothing_is_delivered_after_stop_and_stop_may_come_twice(
    pty: Pty, start_reader: StartReader
) -> None:
    reader, listener = start_reader(str(pty.link))
    listener.wait_for_state(LinkState.WAITING)
    reader.stop()
    reader.stop()
    before = len(listener.rest())
    pty.write(b"too late")
    time.sleep(0.2)
    assert len(listener.rest()) == before
    assert not reader.send(b"x")


def test_a_reader_never_started_can_be_stopped() -> None:
    Reader(slot("nowhere"), SETTINGS, time.monotonic_ns, lambda _: None).stop()


def test_a_file_that_is_no_port_is_refused(tmp_path: Path, start_reader: StartReader) -> None:
    port = tmp_path / "plain"
    port.write_text("no port")
    _, listener = start_reader(str(port))
    assert str(port) in listener.wait_for_state(LinkState.NOT_CONNECTED).detail


def test_a_serial_server_is_read_written_lost_and_found_again(start_reader: StartReader) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(PATIENCE_S)
    port = server.getsockname()[1]
    reader, listener = start_reader(f"socket://127.0.0.1:{port}")
    link, _ = server.accept()
    listener.wait_for_state(LinkState.WAITING)
    link.sendall(bytes(range(256)))
    listener.wait_for_bytes(b"\xff")
    assert listener.received() == bytes(range(256))
    assert reader.send(b"hello")
    link.settimeout(PATIENCE_S)
    assert link.recv(5) == b"hello"
    link.close()
    assert "closed the connection" in listener.wait_for_state(LinkState.NOT_CONNECTED).detail
    link, _ = server.accept()
    listener.wait_for_state(LinkState.WAITING)
    link.sendall(b"back")
    listener.wait_for_bytes(b"back")
    reader.stop()
    link.close()
    server.close()


def test_a_serial_server_that_is_off_is_said(start_reader: StartReader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    _, listener = start_reader(f"socket://127.0.0.1:{port}")
    assert "refuses" in listener.wait_for_state(LinkState.NOT_CONNECTED).detail


def test_a_capture_is_played_once_and_takes_no_commands(
    tmp_path: Path, start_reader: StartReader
) -> None:
    path = tmp_path / "capture.bin"
    path.write_bytes(bytes(range(200)))
    reader, listener = start_reader(f"file:{path}")
    listener.wait_for_state(LinkState.WAITING)
    assert not reader.send(b"x")
    ended = listener.wait_for_state(LinkState.NOT_CONNECTED)
    assert "to its end" in ended.detail
    assert listener.received() == bytes(range(200))
    assert [s for s in listener.states() if s is LinkState.WAITING] == [LinkState.WAITING]


class Faulty:
    """A transport that breaks in the ways it is told, then works."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.closed = 0

    def open(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    def read(self) -> bytes:
        time.sleep(0.01)
        return b"ok"

    def write(self, data: bytes) -> None:
        raise TransportError(Trouble.LOST, "gone")

    def close(self) -> None:
        self.closed += 1


def test_each_kind_of_trouble_is_logged_once_and_reported_in_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "devices.reader")
    absent = TransportError(Trouble.ABSENT, "There is no port.")
    listener = Listener()
    transport = Faulty(absent, absent, absent, TransportError(Trouble.DENIED, "Not allowed."))
    reader = Reader(
        slot("x"),
        SETTINGS,
        time.monotonic_ns,
        listener.deliver,
        transport=transport,
        first_wait_s=0.01,
    )
    reader.start()
    listener.wait_for_bytes(b"ok")
    reader.stop()
    assert [(e.state, e.detail) for e in listener.rest() if isinstance(e, LinkReported)] == [
        (LinkState.OPENING, ""),
        (LinkState.NOT_CONNECTED, "There is no port."),
        (LinkState.NOT_CONNECTED, "Not allowed."),
        (LinkState.WAITING, ""),
    ]
    assert sum("There is no port." in r.message for r in caplog.records) == 1
    assert sum("Not allowed." in r.message for r in caplog.records) == 1
    assert transport.closed >= 5


@pytest.mark.expects_log_warnings
def test_a_defect_of_the_program_does_not_end_the_link() -> None:
    listener = Listener()
    reader = Reader(
        slot("x"),
        SETTINGS,
        time.monotonic_ns,
        listener.deliver,
        transport=Faulty(RuntimeError("a defect")),
        first_wait_s=0.01,
    )
    reader.start()
    failed = listener.wait_for_state(LinkState.NOT_CONNECTED)
    assert "it tries again" in failed.detail
    listener.wait_for_bytes(b"ok")
    assert not reader.send(b"x")
    reader.stop()
