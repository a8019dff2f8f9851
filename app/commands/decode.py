"""`decode`: a raw capture in, one JSON object a reading out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError, print_json
from devices.decoding import decode as decode_bytes
from devices.decoding import parse_hex


def decode(
    driver: Annotated[str, typer.Argument(help="Driver name, see: devices list.")],
    file: Annotated[Path, typer.Argument(help="Captured bytes.")],
    hexadecimal: Annotated[
        bool, typer.Option("--hex", help="The file is hexadecimal text.")
    ] = False,
    waveforms: Annotated[bool, typer.Option(help="Samples of waveforms too.")] = False,
) -> None:
    """Decode a capture; ends with the counts of frames, rejected frames and skipped bytes."""
    try:
        raw = file.read_bytes()
        data = parse_hex(raw.decode("ascii")) if hexadecimal else raw
        for reading in decode_bytes(driver, data, waveforms=waveforms):
            print_json(reading)
    except OSError as error:
        raise BadInputError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{file}: not hexadecimal text at byte {error.start}") from error
    except ValueError as error:
        raise BadInputError(f"{file}: {error}") from error
