"""Searches the ports for monitors in the background, for the window that chooses them. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from app.reception.desk import Found
from app.reception.scanning import LISTEN_S, Finding, scan
from devices.ports import SystemPort
from devices.registry import DRIVERS


class PortSearch:
    """One search, in a thread of its own; it ends by itself within seconds."""

    def __init__(self, ports: Sequence[SystemPort], listen_s: float = LISTEN_S) -> None:
        """Start to listen to `ports`, each line setting for `listen_s`."""
        self._ports = ports
        self._listen_s = listen_s
        self._found: tuple[Found, ...] | None = None
        self._thread = threading.Thread(target=self._run, name="port search", daemon=True)
        self._thread.start()

    def found(self) -> tuple[Found, ...] | None:
        """What was found; None while the search goes on."""
        return self._found

    def join(self, timeout_s: float) -> None:
        """Wait for the end of the search."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        self._found = tuple(_found(finding) for finding in scan(self._ports, self._listen_s))


def _found(finding: Finding) -> Found:
    usual = str(DRIVERS[finding.speaks[0]].settings) if finding.speaks else ""
    return Found(
        port=finding.address,
        identity=finding.identity,
        drivers=finding.speaks,
        line="" if finding.line == usual else finding.line,
        words=finding.words,
    )
