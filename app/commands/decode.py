"""`decode`: a raw capture in, one JSON object a reading out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import EXIT_NO, BadInputError
from devices.capture import CaptureError, read_times
from devices.decoding import decode as decode_bytes
from devices.decoding import parse_hex

_LINES_AT_ONCE = 1_000
_as_json = json.JSONEncoder(ensure_ascii=False).encode


def decode(
    driver: Annotated[str, typer.Argument(help="Driver name, see: devices list.")],
    file: Annotated[Path, typer.Argument(help="Captured bytes.")],
    hexadecimal: Annotated[
        bool, typer.Option("--hex", help="The file is hexadecimal text.")
    ] = False,
    waveforms: Annotated[bool, typer.Option(help="Samples of waveforms too.")] = False,
) -> int:
    """Decode a capture; ends with the counts of frames, rejected frames and skipped bytes.

    Exit status 1 when there is no frame of this monitor among the bytes.
    """
    try:
        raw = file.read_bytes()
        data = parse_hex(raw.decode("ascii")) if hexadecimal else raw
        times = None if hexadecimal else read_times(file)
        time_of = None if times is None else times.time_of
        last = _print_all(decode_bytes(driver, data, waveforms=waveforms, time_of=time_of))
    except OSError as error:
        raise BadInputError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{file}: not hexadecimal text at byte {error.start}") from error
    except CaptureError as error:
        raise BadInputError(str(error)) from error
    except ValueError as error:
        raise BadInputError(f"{file}: {error}") from error
    summary = last.get("summary")
    if data and isinstance(summary, dict) and not summary["frames"]:
        typer.echo(
            f"{file}: no frame of {driver} in {len(data)} bytes; is it a capture of another "
            "monitor? Known: see devices list.",
            err=True,
        )
        return EXIT_NO
    return 0


def _print_all(readings: Iterable[dict[str, object]]) -> dict[str, object]:
    """Print each of `readings` as a line of JSON and give the last."""
    last: dict[str, object] = {}
    rows = iter(readings)
    while lines := list(islice(rows, _LINES_AT_ONCE)):
        typer.echo("\n".join(map(_as_json, lines)))
        last = lines[-1]
    return last
