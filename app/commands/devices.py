"""`devices list|listen`: drivers known, and live readings from one port."""

from __future__ import annotations

import queue
import time
from typing import Annotated

import typer

from app.clock import SessionClock
from app.commands.answers import BadInputError, print_json, print_table
from devices.driver import Measurement
from devices.reader import Reader
from devices.registry import DRIVERS
from protocols.events import ChunkReceived, DeviceSlot, Input, LinkReported


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_drivers)
    group.command("listen")(listen)


def list_drivers(
    json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """The drivers known, and how sure their decoding is."""
    if json:
        print_json(
            [
                {
                    "driver": spec.name,
                    "title": spec.title,
                    "maker": spec.maker,
                    "models": spec.models,
                    "vitals": spec.vitals,
                    "baud": spec.settings.baud,
                    "quiet_limit_s": spec.quiet_limit_s,
                    "can_start_bp": spec.can_start_bp,
                    "certainty": spec.certainty,
                }
                for spec in DRIVERS.values()
            ]
        )
        return
    print_table(
        ("driver", "monitor", "gives", "certainty"),
        [(s.name, s.title, " ".join(s.vitals), s.certainty) for s in DRIVERS.values()],
    )


def listen(
    driver: Annotated[str, typer.Argument(help="Driver name, see: devices list.")],
    port: Annotated[str, typer.Argument(help="Serial port, or socket://host:port.")],
    seconds: Annotated[float | None, typer.Option(help="Stop after this long.")] = None,
) -> None:
    """Print live readings from one port; nothing is ever sent to it. Ctrl+C stops."""
    spec = DRIVERS.get(driver)
    if spec is None:
        raise BadInputError(f"{driver}: no such driver; known: {', '.join(DRIVERS)}")
    slot = DeviceSlot(device="port", driver=driver, port=port, identity="", simulated=False)
    arrived: queue.SimpleQueue[Input] = queue.SimpleQueue()
    clock = SessionClock()
    reader = Reader(slot, spec.settings, clock.now_ns, arrived.put)
    parser = spec.make_parser()
    ends_s = None if seconds is None else time.monotonic() + seconds
    reader.start()
    try:
        while ends_s is None or time.monotonic() < ends_s:
            try:
                event = arrived.get(timeout=0.1)
            except queue.Empty:
                continue
            if isinstance(event, LinkReported):
                print_json({"link": event.state, "detail": event.detail})
            elif isinstance(event, ChunkReceived):
                for item in parser.feed(event.data):
                    if isinstance(item, Measurement):
                        print_json({"t_s": round(event.t_ns / 1e9, 3), **_shown(item)})
    except KeyboardInterrupt:
        return
    finally:
        reader.stop()


def _shown(item: Measurement) -> dict[str, object]:
    return {"vital": item.vital, "value": item.value, "quality": item.quality, "note": item.note}
