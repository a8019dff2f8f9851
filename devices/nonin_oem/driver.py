"""Listening to a Nonin module: it streams by itself and is never sent anything."""

from __future__ import annotations

from devices.driver import DriverItem, ParserItem
from devices.listening import ListeningDriver
from devices.nonin_oem.parser import NoninParser
from devices.nonin_oem.wire import DataFormat


class NoninDriver(ListeningDriver):
    """Listens with a `NoninParser` that starts anew on every connection.

    Values of the formats without a checksum (1 and 8) must each be confirmed by the one before:
    the first, and one that jumps, wait for a second that agrees.
    """

    def __init__(self, data_format: DataFormat = "auto") -> None:
        self._nonin = NoninParser(data_format)
        super().__init__(self._nonin, confirm=True)

    def _confirm_item(self, t_ns: int, item: ParserItem) -> DriverItem:
        if self._nonin.has_checksum:
            return item
        given = super()._confirm_item(t_ns, item)
        self._confirmed.clear()
        return given
