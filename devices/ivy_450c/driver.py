"""Listening to an Ivy monitor: it streams by itself and is never sent anything."""

from __future__ import annotations

from devices.ivy_450c.parser import IvyParser
from devices.listening import ListeningDriver


class IvyDriver(ListeningDriver):
    """Listens with an `IvyParser` that trusts no blood pressure from before the connection."""

    def __init__(self) -> None:
        super().__init__(IvyParser(live=True), confirm=True)
