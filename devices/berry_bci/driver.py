"""Listening to a BCI or Berry oximeter: it streams by itself and is never sent anything."""

from __future__ import annotations

from devices.berry_bci.parser import BciParser
from devices.listening import ListeningDriver
from devices.oximeter_stream import STEADY_FRAMES


class BciDriver(ListeningDriver):
    """Listens with a `BciParser` that believes a value when three frames in a row say it."""

    def __init__(self) -> None:
        super().__init__(BciParser(steady_frames=STEADY_FRAMES), confirm=True)
