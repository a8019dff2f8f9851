"""Listening to a Nonin module: it streams by itself and is never sent anything."""

from __future__ import annotations

from devices.driver import DriverItem, ListeningDriver
from devices.nonin_oem.parser import DataFormat, NoninParser


class NoninDriver(ListeningDriver):
    """Listens with a `NoninParser` that starts anew on every connection."""

    def __init__(self, data_format: DataFormat = "auto") -> None:
        self._nonin = NoninParser(data_format)
        super().__init__(self._nonin)

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget the half packet of the lost connection; nothing is sent."""
        self._nonin.forget()
        return []
