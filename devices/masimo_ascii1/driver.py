"""Listening to a Masimo monitor in ASCII 1: it prints by itself and is never sent anything."""

from __future__ import annotations

from devices.listening import ListeningDriver
from devices.masimo_ascii1.determination import Determination
from devices.masimo_ascii1.parser import MasimoParser
from protocols.vitals import NS_PER_S

OLDEST_NS = 12 * 3600 * NS_PER_S
"""A determination older than this is not given: it is not of this visit."""


class LiveTrust:
    """Holds back a determination of which a live stream does not tell whether it is new.

    The monitor repeats the last one every second, for hours. With date and time of the measurement
    its age is known; with the time of day alone the first after a connection may be of another day.
    Each is believed when a second line says the same: a digit lost on the line leaves a number
    that may be just as plausible.
    """

    def __init__(self) -> None:
        self._may_be_old = True
        self._first = ""
        self._waiting: Determination | None = None

    def judge(self, determination: Determination) -> str:
        """Why `determination` is held back; empty to give it."""
        if not determination.measured:
            return "the monitor does not say when it was measured, so it may be an old one"
        if determination.age_ns is None:
            return "the monitor's clock is behind its own time of measurement"
        if determination.age_ns > OLDEST_NS:
            return "it is older than 12 hours"
        if not determination.is_dated:
            if self._may_be_old:
                self._may_be_old = False
                self._first = determination.measured
            if determination.measured == self._first:
                return "it was there before the connection, and its date is not known"
        waiting, self._waiting = self._waiting, determination
        said = (determination.measured, determination.values)
        if waiting is None or (waiting.measured, waiting.values) != said:
            return "waits for a second line that says the same"
        return ""

    def saw_none(self) -> None:
        """There is no determination yet: the next one is new."""
        self._may_be_old = False

    def forget(self) -> None:
        """Start anew on another connection."""
        self._may_be_old = True
        self._first = ""
        self._waiting = None


class MasimoDriver(ListeningDriver):
    """Listens; without a checksum, first values wait for a second that agrees."""

    def __init__(self) -> None:
        super().__init__(MasimoParser(LiveTrust()), confirm=True)
