"""Listening to a Nonin module: it streams by itself and is never sent anything."""

from __future__ import annotations

from devices.listening import ListeningDriver
from devices.nonin_oem.parser import DataFormat, NoninParser


class NoninDriver(ListeningDriver):
    """Listens with a `NoninParser` that starts anew on every connection."""

    def __init__(self, data_format: DataFormat = "auto") -> None:
        super().__init__(NoninParser(data_format))
