"""Where bytes come from: a local serial port, a TCP serial server, or a recorded capture.

Addresses are those of `devices.address`. A capture is played once at the speed of the line. Only
the thread that opened a transport reads and closes it.

The socket is Python's own: pyserial's gives one byte a call, 375 calls a second for an oximeter.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import serial

from devices.address import FILE_SCHEME, TCP_SCHEME, settings_of, split_address
from devices.driver import PortSettings

if sys.platform != "win32":
    import termios

READ_TIMEOUT_S = 0.1
"""Longest wait of one read, and so of stopping a reader."""
WRITE_TIMEOUT_S = 0.25
CONNECT_TIMEOUT_S = 1.5
TCP_DEAD_S = 4
"""A serial server that acknowledges nothing for this long is lost."""
_CHUNK = 4096

_WORLD_ERRORS: tuple[type[Exception], ...] = (OSError, ValueError, TypeError)
"""What pyserial and the system raise: TypeError comes from a port that vanished during a call."""
if sys.platform != "win32":
    _WORLD_ERRORS = (*_WORLD_ERRORS, termios.error)


class Trouble(StrEnum):
    """What is the matter with a port."""

    ABSENT = "absent"
    DENIED = "denied"
    IN_USE = "in-use"
    LOST = "lost"
    FLOOD = "flood"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BAD_ADDRESS = "bad-address"
    ENDED = "ended"
    OTHER = "other"


class TransportError(Exception):
    """A port cannot be opened, read or written.

    Attributes:
        trouble: the kind, for logging each kind once.
        sentence: what is wrong and what to do, for the person at the bedside.
    """

    def __init__(self, trouble: Trouble, sentence: str) -> None:
        super().__init__(sentence)
        self.trouble = trouble
        self.sentence = sentence


class Transport(Protocol):
    """A way to a monitor. Every method but `close` may raise `TransportError`."""

    def open(self) -> None:
        """Open it; what arrived before is discarded."""
        ...

    def read(self) -> bytes:
        """The bytes there are; waits up to `READ_TIMEOUT_S` for the first, empty if none came."""
        ...

    def write(self, data: bytes) -> None:
        """Write all of `data` within `WRITE_TIMEOUT_S`."""
        ...

    def close(self) -> None:
        """Close it; closing twice or after an error is harmless."""
        ...


def make_transport(address: str, settings: PortSettings) -> Transport:
    """The transport for `address`; it is not opened, and a wrong address shows on opening.

    Line settings that the address names take the place of those in `settings`.

    Raises:
        AddressError: the address names line settings that cannot be.
    """
    if address.startswith(TCP_SCHEME):
        return TcpTransport(address)
    if address.startswith(FILE_SCHEME):
        return CaptureTransport(Path(address.removeprefix(FILE_SCHEME)), settings)
    path, _ = split_address(address)
    return SerialTransport(path, settings_of(address, settings))


class SerialTransport:
    """A local serial port.

    DTR and RTS are set before the port opens and keep their level when it is closed, so that
    reopening restarts no board and cuts no converter's power. The port is locked against other
    programs where the system can do that.
    """

    def __init__(self, address: str, settings: PortSettings) -> None:
        self._address = address
        self._settings = settings
        self._port: serial.Serial | None = None

    def open(self) -> None:
        """Open and lock the port."""
        try:
            self._port = self._opened()
        except _WORLD_ERRORS as error:
            raise _opening_error(self._address, error) from error

    def read(self) -> bytes:
        """The bytes there are; reading exactly these avoids waiting for more."""
        port = self._the_port()
        try:
            data = bytes(port.read(max(1, port.in_waiting)))
        except _WORLD_ERRORS as error:
            raise _lost(self._address) from error
        if len(data) == 1:
            # the byte that ended the wait seldom comes alone; a loss here shows at the next read
            with suppress(*_WORLD_ERRORS):
                data += bytes(port.read(port.in_waiting))
        return data

    def write(self, data: bytes) -> None:
        """Write `data`; a line that does not take it in time is an error."""
        port = self._the_port()
        try:
            port.write(data)
        except serial.SerialTimeoutException as error:
            raise _not_taken(self._address) from error
        except _WORLD_ERRORS as error:
            raise _lost(self._address) from error

    def close(self) -> None:
        """Close the port."""
        port, self._port = self._port, None
        if port is not None:
            with suppress(*_WORLD_ERRORS):
                port.close()

    def _opened(self) -> serial.Serial:
        port = serial.Serial()
        port.port = self._address
        port.baudrate = self._settings.baud
        port.bytesize = self._settings.data_bits
        port.parity = "N" if _is_pseudo_terminal(self._address) else self._settings.parity
        port.stopbits = self._settings.stop_bits
        port.timeout = READ_TIMEOUT_S
        port.write_timeout = WRITE_TIMEOUT_S
        port.exclusive = True
        port.dtr = self._settings.dtr
        port.rts = self._settings.rts
        port.open()
        _keep_lines_on_close(port)
        # FTDI adapters hold bytes for 16 ms otherwise; ports that cannot do it say so by an error
        with suppress(NotImplementedError, AttributeError, *_WORLD_ERRORS):
            port.set_low_latency_mode(True)
        return port

    def _the_port(self) -> serial.Serial:
        if self._port is None:
            raise _lost(self._address)
        return self._port


class TcpTransport:
    """A TCP serial server that passes raw bytes, for example ``socket://10.0.0.7:4001``."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Connect; bytes the server kept from before cannot be told apart and are read."""
        try:
            parts = urlsplit(self._address)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise _bad_tcp_address(self._address) from error
        if not host or not port:
            raise _bad_tcp_address(self._address)
        try:
            link = socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S)
            link.settimeout(WRITE_TIMEOUT_S)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _notice_loss(link)
        except OSError as error:
            raise _connecting_error(self._address, error) from error
        self._socket = link

    def read(self) -> bytes:
        """The bytes there are; an end of the stream is a lost link."""
        link = self._the_socket()
        try:
            ready, _, _ = select.select([link], [], [], READ_TIMEOUT_S)
            if not ready:
                return b""
            data = link.recv(_CHUNK)
        except _WORLD_ERRORS as error:
            raise _link_lost(self._address) from error
        if not data:
            raise _link_lost(self._address)
        return data

    def write(self, data: bytes) -> None:
        """Write `data`."""
        link = self._the_socket()
        try:
            link.sendall(data)
        except TimeoutError as error:
            raise _not_taken(self._address) from error
        except _WORLD_ERRORS as error:
            raise _link_lost(self._address) from error

    def close(self) -> None:
        """Close the connection."""
        link, self._socket = self._socket, None
        if link is not None:
            with suppress(OSError):
                link.close()

    def _the_socket(self) -> socket.socket:
        if self._socket is None:
            raise _link_lost(self._address)
        return self._socket


class CaptureTransport:
    """A recorded capture, played once at the nominal speed of the line; it cannot be written to."""

    def __init__(self, path: Path, settings: PortSettings) -> None:
        self._path = path
        self._bytes_per_s = settings.bytes_per_s
        self._data = b""
        self._given = 0
        self._opened_s = 0.0

    def open(self) -> None:
        """Read the file and start the clock of its line, unless it was played before."""
        if self._data:
            raise self._ended()
        try:
            self._data = self._path.read_bytes()
        except OSError as error:
            raise _opening_error(f"the capture {self._path}", error) from error
        self._opened_s = time.monotonic()

    def read(self) -> bytes:
        """What the line would have brought since the last call."""
        if self._given >= len(self._data):
            raise self._ended()
        time.sleep(READ_TIMEOUT_S / 2)
        due = int((time.monotonic() - self._opened_s) * self._bytes_per_s)
        data = self._data[self._given : due]
        self._given += len(data)
        return data

    def write(self, data: bytes) -> None:
        """Refuse: a recording takes no commands."""
        raise TransportError(Trouble.OTHER, f"{self._path} is a recording: nothing can be sent.")

    def close(self) -> None:
        """Keep nothing open."""

    def _ended(self) -> TransportError:
        sentence = f"The capture {self._path} was played to its end."
        return TransportError(Trouble.ENDED, sentence)


def _is_pseudo_terminal(address: str) -> bool:
    """Whether `address` leads to a pseudo-terminal: it has no line, and may refuse a parity."""
    return os.path.realpath(address).startswith("/dev/pts/")


def _keep_lines_on_close(port: serial.Serial) -> None:
    """Let DTR and RTS stay as they are when the port is closed, where the system can."""
    if sys.platform != "win32":
        with suppress(*_WORLD_ERRORS):
            attributes = termios.tcgetattr(port.fileno())
            attributes[2] &= ~termios.HUPCL
            termios.tcsetattr(port.fileno(), termios.TCSANOW, attributes)


def _notice_loss(link: socket.socket) -> None:
    """Let the system notice within seconds that the other end is gone, with nothing to send."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 1),
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", TCP_DEAD_S - 1),
        ("TCP_USER_TIMEOUT", TCP_DEAD_S * 1000),
    ):
        option = getattr(socket, name, None)
        if option is not None:
            with suppress(OSError):
                link.setsockopt(socket.IPPROTO_TCP, option, value)


_ABSENT = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO})
_DENIED = frozenset({errno.EACCES, errno.EPERM})
_IN_USE = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})


def _opening_error(address: str, error: Exception) -> TransportError:
    code = getattr(error, "errno", None)
    text = str(error)
    # on Windows pyserial gives no number, and "access denied" means that the port is in use
    if code in _ABSENT or "FileNotFoundError" in text:
        sentence = f"There is no port {address}: plug the adapter in, or choose another port."
        return TransportError(Trouble.ABSENT, sentence)
    if code in _IN_USE or "PermissionError" in text:
        sentence = f"{address} is in use by another program: close that program."
        return TransportError(Trouble.IN_USE, sentence)
    if code in _DENIED:
        sentence = (
            f"No permission to open {address}: add this user to the group that may use serial "
            "ports (dialout on Debian and Ubuntu), then log in again."
        )
        return TransportError(Trouble.DENIED, sentence)
    if code in (errno.ENOTTY, errno.EINVAL, errno.EISDIR) or not isinstance(error, OSError):
        sentence = f"{address} is not a serial port that can be used: choose another ({text})."
        return TransportError(Trouble.BAD_ADDRESS, sentence)
    sentence = f"{address} cannot be opened: check cable and adapter ({text})."
    return TransportError(Trouble.OTHER, sentence)


def _bad_tcp_address(address: str) -> TransportError:
    sentence = f"{address} is not an address like socket://host:port: correct it."
    return TransportError(Trouble.BAD_ADDRESS, sentence)


def _connecting_error(address: str, error: OSError) -> TransportError:
    if isinstance(error, ConnectionRefusedError):
        sentence = f"{address} refuses the connection: check that the serial server is on."
        return TransportError(Trouble.REFUSED, sentence)
    if isinstance(error, socket.gaierror):
        sentence = f"No host of that name for {address}: check the name and the network."
        return TransportError(Trouble.UNREACHABLE, sentence)
    sentence = f"{address} cannot be reached: check network and serial server ({error})."
    return TransportError(Trouble.UNREACHABLE, sentence)


def _lost(address: str) -> TransportError:
    sentence = (
        f"{address} was unplugged, or another program reads it: check the cable. "
        "It reconnects by itself."
    )
    return TransportError(Trouble.LOST, sentence)


def _link_lost(address: str) -> TransportError:
    sentence = f"{address} closed the connection: check the serial server. It reconnects by itself."
    return TransportError(Trouble.LOST, sentence)


def _not_taken(address: str) -> TransportError:
    sentence = f"{address} did not take a command in time: check that the monitor is on."
    return TransportError(Trouble.OTHER, sentence)
