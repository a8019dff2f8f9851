"""Cables to simulated monitors: the ends of real ports that a host opens as it opens any other.

On Unix a pseudo-terminal, reached by a symbolic link that stays the same when the cable is pulled
and put back; anywhere a loopback TCP port, reached as ``socket://127.0.0.1:port``. No call here
waits.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Protocol

_READ_LIMIT = 65_536


class Wire(Protocol):
    """The monitor's end of one cable."""

    @property
    def port(self) -> str:
        """The address that the host opens; the same for the whole life of the wire."""
        ...

    @property
    def plugged(self) -> bool:
        """Whether the cable is in."""
        ...

    @property
    def files(self) -> list[int]:
        """File descriptors to wait on for something to read."""
        ...

    def has_host(self) -> bool:
        """Whether somebody may be listening; False only where that is known."""
        ...

    def write(self, data: bytes) -> int:
        """Hand over what the system takes of `data` at once, and say how many bytes that was."""
        ...

    def read(self, limit: int = _READ_LIMIT) -> bytes:
        """What the host has sent, at most `limit` bytes; empty if nothing."""
        ...

    def unplug(self) -> None:
        """Pull the cable: the port vanishes, and a host that holds it open sees it go."""
        ...

    def replug(self) -> None:
        """Put the cable back under the same address."""
        ...


class PtyWire:
    """A pseudo-terminal whose slave the host opens through a symbolic link."""

    def __init__(self, link: Path) -> None:
        """Open a pseudo-terminal and make `link` point to it."""
        self._link = link
        self._master: int | None = None
        self._slave: int | None = None
        self.replug()

    @property
    def port(self) -> str:
        """Path of the link."""
        return str(self._link)

    @property
    def plugged(self) -> bool:
        """Whether there is a pseudo-terminal behind the link."""
        return self._master is not None

    @property
    def files(self) -> list[int]:
        """The master, while plugged."""
        return [] if self._master is None else [self._master]

    def has_host(self) -> bool:
        """True: a pseudo-terminal cannot tell, as its slave is held open to keep its settings."""
        return True

    def write(self, data: bytes) -> int:
        """Write to the master; what its buffer has no room for is not taken."""
        if self._master is None:
            return 0
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    def read(self, limit: int = _READ_LIMIT) -> bytes:
        """Read from the master."""
        if self._master is None:
            return b""
        try:
            return os.read(self._master, limit)
        except BlockingIOError:
            return b""

    def unplug(self) -> None:
        """Remove the link and close both ends: the host's reads fail."""
        self._link.unlink(missing_ok=True)
        for descriptor in (self._slave, self._master):
            if descriptor is not None:
                os.close(descriptor)
        self._slave = self._master = None

    def replug(self) -> None:
        """Open a new pseudo-terminal behind the same link.

        Raises:
            OSError: if the system has no more pseudo-terminals or the link cannot be made.
        """
        if self._master is not None:
            return
        if sys.platform == "win32":
            raise OSError("no pseudo-terminals on Windows; use loopback TCP")
        import tty

        master, slave = os.openpty()
        try:
            # Without raw mode the line discipline would echo bytes back and turn CR into LF.
            tty.setraw(slave)
            os.set_blocking(master, False)
            os.symlink(os.ttyname(slave), self._link)
        except OSError:
            os.close(slave)
            os.close(master)
            raise
        self._master, self._slave = master, slave


class TcpWire:
    """A loopback TCP server for one host at a time."""

    def __init__(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._number = 0
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None
        self.replug()

    @property
    def port(self) -> str:
        """The address as pyserial writes it."""
        return f"socket://127.0.0.1:{self._number}"

    @property
    def plugged(self) -> bool:
        """Whether the server listens."""
        return self._listener is not None

    @property
    def files(self) -> list[int]:
        """Listener and connection, whichever there are."""
        return [s.fileno() for s in (self._listener, self._host) if s is not None]

    def has_host(self) -> bool:
        """Whether a host is connected."""
        self._accept()
        return self._host is not None

    def write(self, data: bytes) -> int:
        """Send to the connected host, if there is one."""
        self._accept()
        if self._host is None:
            return 0
        try:
            return self._host.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._hang_up()
            return 0

    def read(self, limit: int = _READ_LIMIT) -> bytes:
        """Receive from the connected host; notice when it has gone."""
        self._accept()
        if self._host is None:
            return b""
        try:
            data = self._host.recv(limit)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return data

    def unplug(self) -> None:
        """Close connection and server: the host is cut off and cannot connect again."""
        self._hang_up()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def replug(self) -> None:
        """Listen again on the same port number.

        Raises:
            OSError: if another program has taken the port meanwhile.
        """
        if self._listener is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":
                # On Windows this option would let two programs share the port.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self._number))
            listener.listen(1)
            listener.setblocking(False)
        except OSError:
            listener.close()
            raise
        self._listener = listener
        self._number = listener.getsockname()[1]

    def _accept(self) -> None:
        """Take a waiting host; a newer one replaces the old, as a serial server does."""
        if self._listener is None:
            return
        try:
            host, _ = self._listener.accept()
        except OSError:
            return
        self._hang_up()
        host.setblocking(False)
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = host

    def _hang_up(self) -> None:
        if self._host is not None:
            self._host.close()
            self._host = None
