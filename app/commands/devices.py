"""`devices list|scan|listen|record`: drivers known, what is connected, what comes from a port."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.clock import SessionClock, iso_utc, utc_now
from app.commands.answers import EXIT_NO, BadInputError, print_json, print_table
from app.commands.ports import need_port
from app.reception.scanning import LISTEN_S, Finding, scan, watch
from devices.address import settings_of
from devices.capture import CaptureWriter
from devices.decoding import pump_words
from devices.driver import Measurement, PortSettings, PumpStatus
from devices.driver_spec import DeviceKind, DriverSpec
from devices.manual_entry import MANUAL
from devices.ports import PortFinder, SystemPort
from devices.reader import Reader
from devices.registry import DRIVERS
from protocols.events import ChunkReceived, DeviceSlot, Input, LinkReported

PortArgument = Annotated[
    str,
    typer.Argument(help="Serial port (?baud=19200&line=8O1 for its line), or socket://host:port."),
]
PUMP_GIVES = "rate volume running alarm (of the pump)"
"""What a pump gives, in the place where monitors have their vitals."""

JsonOption = Annotated[bool, typer.Option("--json", help="A JSON list.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_drivers)
    group.command("scan")(scan_ports)
    group.command("listen")(listen)
    group.command("record")(record)


def list_drivers(json: JsonOption = False) -> None:
    """The drivers known, how sure their decoding is, and what is unsure."""
    if json:
        print_json([*(_told(spec) for spec in DRIVERS.values()), _person()])
        return
    print_table(
        ("driver", "monitor", "gives", "line", "certainty"),
        [
            *((s.name, s.title, _gives(s), s.settings, s.certainty) for s in DRIVERS.values()),
            (MANUAL.name, MANUAL.title, " ".join(MANUAL.vitals), "-", MANUAL.certainty),
        ],
    )
    for spec in DRIVERS.values():
        for sentence in spec.unsure:
            typer.echo(f"{spec.name}: UNSURE: {sentence}")


def _gives(spec: DriverSpec) -> str:
    return PUMP_GIVES if spec.kind is DeviceKind.PUMP else " ".join(spec.vitals)


def _told(spec: DriverSpec) -> dict[str, object]:
    return {
        "driver": spec.name,
        "title": spec.title,
        "maker": spec.maker,
        "models": spec.models,
        "kind": spec.kind,
        "slots": spec.slots,
        "vitals": spec.vitals,
        "baud": spec.settings.baud,
        "line": str(spec.settings),
        "other_lines": [str(line) for line in spec.other_settings],
        "quiet_limit_s": spec.quiet_limit_s,
        "speaks_unasked": spec.speaks_unasked,
        "can_start_bp": spec.can_start_bp,
        "certainty": spec.certainty,
        "unsure": spec.unsure,
        "look_alikes": spec.look_alikes,
    }


def _person() -> dict[str, object]:
    """The person who types, in the form of a driver; no port is ever opened for it."""
    return {
        "driver": MANUAL.name,
        "title": MANUAL.title,
        "maker": "",
        "models": (),
        "kind": "person",
        "slots": (),
        "vitals": MANUAL.vitals,
        "baud": None,
        "line": "",
        "other_lines": [],
        "quiet_limit_s": None,
        "speaks_unasked": False,
        "can_start_bp": False,
        "certainty": MANUAL.certainty,
        "unsure": (),
        "look_alikes": (),
        "bounds": MANUAL.bounds,
    }


def scan_ports(
    ports: Annotated[
        list[str] | None, typer.Argument(help="Ports to listen to; else all that are seen.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(help="How long to listen at each line setting.")
    ] = LISTEN_S,
    follow: Annotated[
        bool, typer.Option("--watch", help="Then tell what is plugged in or out, until Ctrl+C.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """List ports with their identity and what speaks on them, by listening only.

    Monitors that must be asked (blood-pressure modules, bedside monitors) are not found this way.
    Exit status 1 when no port is seen.
    """
    if not 0 < seconds <= 60:
        raise BadInputError(f"--seconds {seconds:g}: a number above 0, up to 60")
    findings = scan(_chosen(ports or []), seconds)
    _print_findings(findings, json)
    if follow:
        _follow(seconds, json)
    return 0 if findings else EXIT_NO


def _follow(seconds: float, json: bool) -> None:
    """Tell what is plugged in, with what speaks there, and what is pulled out."""
    try:
        for change in watch(PortFinder()):
            if change.plugged:
                _print_findings(scan([change.port], seconds), json)
            elif json:
                print_json({"address": change.port.address, "unplugged": True})
            else:
                typer.echo(f"{change.port.address}  unplugged")
    except KeyboardInterrupt:
        return


def _print_findings(findings: Sequence[Finding], json: bool) -> None:
    if json:
        print_json(findings)
    else:
        print_table(
            ("port", "identity", "what it is", "speaks", "line"),
            [
                (f.address, f.identity or "-", f.description or "-", _speaks(f), f.line or "-")
                for f in findings
            ],
        )


def _chosen(addresses: list[str]) -> list[SystemPort]:
    finder = PortFinder()
    seen = finder.list_ports()
    if not addresses:
        return seen
    known = dict(zip((port.address for port in seen), seen, strict=True))
    return [
        known.get(address)
        or SystemPort(address=address, identity=finder.identity_of(address), description="")
        for address in addresses
    ]


def _speaks(finding: Finding) -> str:
    return " or ".join(finding.speaks) or finding.words


def listen(
    driver: Annotated[str, typer.Argument(help="Driver name, see: devices list.")],
    port: PortArgument,
    seconds: Annotated[float | None, typer.Option(help="Stop after this long.")] = None,
) -> None:
    """Print live readings from one port; nothing is ever sent to it. Ctrl+C stops."""
    spec = find_spec(driver)
    need_port(port, spec.settings)
    if not spec.speaks_unasked:
        typer.echo(f"{driver}: speaks only when it is asked, which listening does not.", err=True)
    parser = spec.make_parser()
    for event in _arriving(port, spec.settings, seconds):
        if isinstance(event, LinkReported):
            print_json({"link": event.state, "detail": event.detail})
        elif isinstance(event, ChunkReceived):
            for item in parser.feed(event.data):
                if isinstance(item, Measurement):
                    print_json({"t_s": round(event.t_ns / 1e9, 3), **_shown(item)})
                elif isinstance(item, PumpStatus):
                    print_json(pump_words(item, event.t_ns / 1e9))


def record(
    port: PortArgument,
    file: Annotated[Path, typer.Argument(help="Where the bytes go; FILE.times gets their times.")],
    driver: Annotated[
        str | None, typer.Option(help="Take the line settings of this driver; else 9600 8N1.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Stop after this long.")] = None,
) -> None:
    """Write what comes from a port into a capture; nothing is sent. Ctrl+C stops.

    A port that is lost is opened again, as in a session; the gap stands in the times.
    """
    settings = PortSettings() if driver is None else find_spec(driver).settings
    need_port(port, settings)
    line = str(settings_of(port, settings))
    try:
        with CaptureWriter(file, port=port, line=line, started_utc=iso_utc(utc_now())) as capture:
            for event in _arriving(port, settings, seconds):
                capture.put(event)
                if isinstance(event, LinkReported):
                    typer.echo(f"{event.state} {event.detail}".strip(), err=True)
    except FileExistsError as error:
        raise BadInputError(f"{error.filename}: is there already; choose another name") from error
    except OSError as error:
        raise BadInputError(f"{file}: {error.strerror}") from error
    print_json({"capture": str(file), "bytes": capture.size})


def find_spec(driver: str) -> DriverSpec:
    """The driver called `driver`; BadInputError naming those there are."""
    spec = DRIVERS.get(driver)
    if spec is None:
        raise BadInputError(f"{driver}: no such driver; known: {', '.join(DRIVERS)}")
    return spec


def _arriving(port: str, settings: PortSettings, seconds: float | None) -> Iterator[Input]:
    """What a reader delivers, until `seconds` are over or Ctrl+C is pressed, to the last byte."""
    slot = DeviceSlot(device="port", driver="", port=port, identity="", simulated=False)
    arrived: queue.SimpleQueue[Input] = queue.SimpleQueue()
    reader = Reader(slot, settings, SessionClock().now_ns, arrived.put)
    ends_s = None if seconds is None else time.monotonic() + seconds
    reader.start()
    try:
        while ends_s is None or time.monotonic() < ends_s:
            try:
                yield arrived.get(timeout=0.1)
            except queue.Empty:
                continue
    except KeyboardInterrupt:
        pass
    finally:
        reader.stop()
    while not arrived.empty():
        yield arrived.get()


def _shown(item: Measurement) -> dict[str, object]:
    return {"vital": item.vital, "value": item.value, "quality": item.quality, "note": item.note}
