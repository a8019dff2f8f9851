"""Finds out what speaks on a port by listening alone. No Qt; nothing is ever sent."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from devices.address import FILE_SCHEME, TCP_SCHEME, split_address, with_line
from devices.driver import Parser, PortSettings
from devices.driver_spec import DriverSpec
from devices.ports import PortFinder, SystemPort
from devices.registry import DRIVERS
from devices.transport import TransportError, make_transport

LISTEN_S = 2.5
"""How long each line setting is listened to: a Nellcor monitor prints a line every 2 s."""

LOOK_S = 1.0
"""How often ports are looked for while watching."""

LEAST_SHARE = 0.5
"""A driver is recognised when at least this share of the bytes are frames of its monitor."""

_FIRST_BAUDS = (9600, 115200, 19200, 4800)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was heard on one port.

    Attributes:
        address: the port.
        identity: what identifies the unit behind it, or empty.
        description: what the system says of it, or empty.
        speaks: drivers that understand what is heard, the best first; several where the bytes of
            two families cannot be told apart.
        line: line settings at which it was understood, or empty.
        bytes_heard: bytes received in all.
        trouble: why the port could not be listened to, a sentence, or empty.
    """

    address: str
    identity: str
    description: str
    speaks: tuple[str, ...] = ()
    line: str = ""
    bytes_heard: int = 0
    trouble: str = ""

    @property
    def words(self) -> str:
        """What was heard, for people."""
        if self.trouble:
            return self.trouble
        if self.speaks:
            return " or ".join(DRIVERS[name].title for name in self.speaks)
        if self.bytes_heard:
            return f"{self.bytes_heard} bytes of no known monitor"
        return "nothing heard: a monitor that must be asked, or none"


def scan(ports: Sequence[SystemPort], listen_s: float = LISTEN_S) -> list[Finding]:
    """Listen to all of `ports` at once; one finding a port, in their order."""
    if not ports:
        return []
    with ThreadPoolExecutor(max_workers=len(ports)) as threads:
        return list(threads.map(lambda port: scan_port(port, listen_s), ports))


def scan_port(port: SystemPort, listen_s: float = LISTEN_S) -> Finding:
    """Listen to `port` at each line setting of the monitors that talk by themselves.

    A line on which nothing at all arrives is given up after the first: at a wrong speed there would
    be bytes, only wrong ones.
    """
    heard = 0
    trouble = ""
    for settings, specs in candidate_lines(port.address):
        try:
            data = _listen(port.address, settings, listen_s)
        except TransportError as error:
            trouble = error.sentence
            break
        heard += len(data)
        if not data:
            break
        speaks = recognise(data, specs)
        if speaks:
            return Finding(
                address=port.address,
                identity=port.identity,
                description=port.description,
                speaks=speaks,
                line="" if port.address.startswith(TCP_SCHEME) else str(settings),
                bytes_heard=heard,
            )
    return Finding(
        address=port.address,
        identity=port.identity,
        description=port.description,
        bytes_heard=heard,
        trouble=trouble,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PortChange:
    """A port that was plugged in, or pulled out."""

    port: SystemPort
    plugged: bool


def watch(finder: PortFinder, seconds: float | None = None) -> Iterator[PortChange]:
    """What is plugged in and pulled out from now on, each within `LOOK_S`; for ever by default."""
    seen = {port.address: port for port in finder.list_ports()}
    ends_s = None if seconds is None else time.monotonic() + seconds
    while ends_s is None or time.monotonic() < ends_s:
        time.sleep(LOOK_S)
        now = {port.address: port for port in finder.list_ports()}
        for address in seen.keys() - now.keys():
            yield PortChange(port=seen[address], plugged=False)
        for address in now.keys() - seen.keys():
            yield PortChange(port=now[address], plugged=True)
        seen = now


def candidate_lines(address: str) -> list[tuple[PortSettings, tuple[DriverSpec, ...]]]:
    """Line settings to listen at, in order, each with the drivers that use it.

    A serial server and a capture have one line for all; so has an address that names its own.
    """
    talking = [spec for spec in DRIVERS.values() if spec.speaks_unasked]
    path, query = split_address(address)
    if query or path.startswith((TCP_SCHEME, FILE_SCHEME)):
        return [(PortSettings(), tuple(talking))]
    pairs = sorted(
        ((line, spec) for spec in talking for line in (spec.settings, *spec.other_settings)),
        key=lambda pair: _order(pair[0]),
    )
    return [
        (line, tuple(spec for _, spec in group))
        for line, group in groupby(pairs, key=lambda pair: pair[0])
    ]


def recognise(data: bytes, specs: Iterable[DriverSpec]) -> tuple[str, ...]:
    """Names of the drivers among `specs` that understand `data`, the best first."""
    shares: list[tuple[float, str]] = []
    for spec in specs:
        parser: Parser = spec.make_parser()
        parser.feed(data)
        counts = parser.counts
        share = counts.frame_bytes / len(data) if data else 0.0
        if counts.frames and share >= LEAST_SHARE:
            shares.append((share, spec.name))
    best = max((share for share, _ in shares), default=0.0)
    return tuple(name for share, name in sorted(shares, reverse=True) if share > 0.9 * best)


def _listen(address: str, settings: PortSettings, listen_s: float) -> bytes:
    path, query = split_address(address)
    transport = make_transport(address if query else with_line(path, str(settings)), settings)
    heard = bytearray()
    transport.open()
    try:
        ends_s = time.monotonic() + listen_s
        while time.monotonic() < ends_s:
            heard += transport.read()
    finally:
        transport.close()
    return bytes(heard)


def _order(line: PortSettings) -> tuple[int, int, str]:
    known = _FIRST_BAUDS.index(line.baud) if line.baud in _FIRST_BAUDS else len(_FIRST_BAUDS)
    return known, line.baud, line.line
