"""A network between a program and a server that tests can cut: one thread, one address."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class CutNetwork:
    """Passes bytes between `port` on this machine and the server at `target`, as it is told.

    `cut` closes what is open and refuses what comes; `swallow` keeps connections and passes
    nothing on; `cut_in` cuts once so many bytes went to the server; `mend` ends all of it.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._selector = selectors.DefaultSelector()
        self._peers: dict[socket.socket, socket.socket] = {}
        self._lock = threading.Lock()
        self._refusing = False
        self._swallowing = False
        self._left: int | None = None
        self.cuts = 0
        self._ending = threading.Event()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="cut-network", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        with self._lock:
            self._refusing = True
            self._close_all()

    def swallow(self) -> None:
        with self._lock:
            self._swallowing = True

    def cut_in(self, count: int) -> None:
        with self._lock:
            self._left = count

    def mend(self) -> None:
        with self._lock:
            if self._swallowing:
                self._close_all()
            self._refusing = self._swallowing = False
            self._left = None

    def close(self) -> None:
        self._ending.set()
        self._thread.join()
        self._close_all()
        self._listener.close()
        self._selector.close()

    def __enter__(self) -> CutNetwork:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            for key, _ in self._selector.select(0.02):
                with self._lock:
                    one = key.fileobj
                    assert isinstance(one, socket.socket)
                    if one is self._listener:
                        self._accept()
                    elif one in self._peers:
                        self._pass_on(one)

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        if self._refusing:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ, data=one is near)

    def _pass_on(self, one: socket.socket) -> None:
        upward = bool(self._selector.get_key(one).data)
        try:
            data = one.recv(65_536)
        except OSError:
            data = b""
        if not data:
            self._close(one)
            return
        if self._swallowing:
            return
        if upward and self._left is not None:
            self._left -= len(data)
            if self._left <= 0:
                self._left = None
                self.cuts += 1
                self._close(one)
                return
        try:
            self._peers[one].sendall(data)
        except OSError:
            self._close(one)

    def _close(self, one: socket.socket) -> None:
        for each in (one, self._peers[one]):
            self._peers.pop(each, None)
            with contextlib.suppress(KeyError):
                self._selector.unregister(each)
            each.close()

    def _close_all(self) -> None:
        for one in list(self._peers):
            if one in self._peers:
                self._close(one)
