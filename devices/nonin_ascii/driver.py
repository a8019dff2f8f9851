"""Listening to a Nonin bedside oximeter: it prints by itself and is never sent anything."""

from __future__ import annotations

from devices.listening import ListeningDriver
from devices.nonin_ascii.parser import NoninAsciiParser


class NoninAsciiDriver(ListeningDriver):
    """Listens; lines have no checksum, so the first values wait for a second line that agrees."""

    def __init__(self) -> None:
        super().__init__(NoninAsciiParser(), confirm=True)
