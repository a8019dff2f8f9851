"""Transports: every way in which opening fails says what to do, and every line opens again."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from devices.driver import PortSettings
from devices.transport import (
    CaptureTransport,
    TcpTransport,
    TransportError,
    Trouble,
    make_transport,
)
from tests.unit.devices.open_ports import SETTINGS, Pty, needs_pty


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[Pty]:
    terminal = Pty(tmp_path / "port")
    terminal.plug_in()
    yield terminal
    terminal.unplug()


@needs_pty
@pytest.mark.parametrize("parity", ["E", "O"])
def test_a_line_with_parity_is_opened_again_and_again(pty: Pty, parity: str) -> None:
    transport = make_transport(str(pty.link), PortSettings(baud=19200, parity=parity))
    for number in range(3):
        transport.open()
        pty.write(bytes([number]))
        assert transport.read() == bytes([number])
        transport.close()


@pytest.mark.parametrize(
    ("error", "trouble", "advice"),
    [
        (serial.SerialException(errno.ENOENT, "no such file"), Trouble.ABSENT, "plug"),
        (serial.SerialException(errno.ENXIO, "no such device"), Trouble.ABSENT, "plug"),
        (serial.SerialException(errno.EACCES, "permission denied"), Trouble.DENIED, "dialout"),
        (serial.SerialException(errno.EBUSY, "busy"), Trouble.IN_USE, "close"),
        (serial.SerialException(errno.EAGAIN, "cannot lock"), Trouble.IN_USE, "close"),
        (
            serial.SerialException("could not open port 'COM9': FileNotFoundError(2, ...)"),
            Trouble.ABSENT,
            "plug",
        ),
        (
            serial.SerialException("could not open port 'COM9': PermissionError(13, ...)"),
            Trouble.IN_USE,
            "close",
        ),
        (ValueError("Not a valid baudrate"), Trouble.BAD_ADDRESS, "choose another"),
        (serial.SerialException(errno.EIO, "I/O error"), Trouble.OTHER, "check cable"),
    ],
)
def test_every_way_in_which_opening_fails_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, error: Exception, trouble: Trouble, advice: str
) -> None:
    def fail(port: serial.Serial) -> None:
        raise error

    monkeypatch.setattr(serial.Serial, "open", fail)
    with pytest.raises(TransportError) as caught:
        make_transport("COM9", SETTINGS).open()
    assert caught.value.trouble is trouble
    assert "COM9" in caught.value.sentence
    assert advice in caught.value.sentence


@pytest.mark.parametrize("address", ["socket://", "socket://host", "socket://host:ninety"])
def test_a_wrong_tcp_address_is_said(address: str) -> None:
    with pytest.raises(TransportError) as error:
        TcpTransport(address).open()
    assert error.value.trouble is Trouble.BAD_ADDRESS
    assert address in error.value.sentence


def test_a_capture_that_is_not_there_is_said(tmp_path: Path) -> None:
    transport = make_transport(f"file:{tmp_path / 'none'}", SETTINGS)
    assert isinstance(transport, CaptureTransport)
    with pytest.raises(TransportError) as error:
        transport.open()
    assert error.value.trouble is Trouble.ABSENT
