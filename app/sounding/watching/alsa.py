"""ALSA without a sound server: what `amixer` tells of the master control. The parser is pure."""

from __future__ import annotations

import re
from typing import Final

from app.sounding.watching.standing import OutputStanding
from app.sounding.watching.tool import ask

CONTROLS: Final = ("Master", "PCM", "Speaker")
"""Controls that turn everything down, in the order in which they are asked for."""

_CHANNEL = re.compile(r"Playback \d+ \[(\d+)%\](?: \[-?[\d.]+dB\])?(?: \[(on|off)\])?")


def parse_control(text: str) -> OutputStanding | None:
    """How the output stands, from what `amixer sget` prints; None where it has no volume.

    The loudest channel that is not switched off counts: alarms play on every one.
    """
    channels = [(float(percent), switch != "off") for percent, switch in _CHANNEL.findall(text)]
    if not channels:
        return None
    audible = [percent for percent, on in channels if on]
    return OutputStanding(
        muted=not audible,
        volume_percent=max(audible or [percent for percent, _ in channels]),
    )


def look() -> OutputStanding | None:
    """How the default card stands; None where its volume cannot be read."""
    for control in CONTROLS:
        told = ask("amixer", "-M", "sget", control)
        standing = None if told is None else parse_control(told)
        if standing is not None:
            return standing
    return None
