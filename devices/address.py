"""Addresses of ports, with their line settings where they are not the driver's. Pure.

``/dev/ttyUSB0`` or ``COM3``; ``socket://host:port`` for a serial server; ``file:PATH`` for a
recorded capture. A local port may carry its line settings: ``/dev/ttyUSB0?baud=19200&line=8O1``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl

from devices.driver import PortSettings

TCP_SCHEME = "socket://"
FILE_SCHEME = "file:"

_LINE = re.compile(r"([5-8])([NEOMS])(1|1\.5|2)")
_BAUD = re.compile(r"[1-9]\d{2,6}")


class AddressError(ValueError):
    """Line settings that cannot be used; the text says which and what is allowed."""


def split_address(address: str) -> tuple[str, str]:
    """The port of `address`, and the settings that follow its question mark (or nothing)."""
    if address.startswith((TCP_SCHEME, FILE_SCHEME)):
        return address, ""
    path, _, query = address.partition("?")
    return path, query


def settings_of(address: str, settings: PortSettings) -> PortSettings:
    """The line settings of `address`: those that it names, else those of `settings`.

    Raises:
        AddressError: a setting is unknown or cannot be.
    """
    _, query = split_address(address)
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name == "baud" and _BAUD.fullmatch(value):
            settings = replace(settings, baud=int(value))
        elif name == "line" and (line := _LINE.fullmatch(value)):
            settings = replace(
                settings,
                data_bits=int(line[1]),
                parity=line[2],
                stop_bits=float(line[3]),
            )
        else:
            raise AddressError(
                f"{address}: {name}={value} cannot be; write ?baud=19200 and &line=8N1 or 8O1"
            )
    return settings


def with_line(port: str, line: str) -> str:
    """The address of `port` with a line of its own, such as ``19200 8O1``; servers have none."""
    path, _ = split_address(port)
    if not line or path.startswith((TCP_SCHEME, FILE_SCHEME)):
        return port
    baud, _, bits = line.partition(" ")
    return f"{path}?baud={baud}&line={bits}"
