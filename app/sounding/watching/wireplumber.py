"""PipeWire without PulseAudio's tools: what `wpctl` tells. The parsers are pure."""

from __future__ import annotations

import re
from typing import Final

from app.sounding.watching.pulse import NOBODY
from app.sounding.watching.standing import OutputStanding
from app.sounding.watching.tool import ask

DEFAULT: Final = "@DEFAULT_AUDIO_SINK@"


def parse_volume(text: str) -> tuple[float, bool] | None:
    """Volume in percent, and whether muted, in what `wpctl get-volume` prints."""
    found = re.search(r"Volume: *([0-9]+(?:\.[0-9]+)?)", text)
    if found is None:
        return None
    return round(100 * float(found.group(1)), 1), "[MUTED]" in text


def parse_node(text: str) -> tuple[str, str]:
    """Name and title of an output in what `wpctl inspect` prints; empty where missing."""
    return _property(text, "node.name"), _property(text, "node.description")


def look() -> OutputStanding | None:
    """How the default output stands; None where no such sound server answers."""
    told = ask("wpctl", "get-volume", DEFAULT)
    node = None if told is None else ask("wpctl", "inspect", DEFAULT)
    volume = None if told is None else parse_volume(told)
    if volume is None or node is None:
        return None
    name, title = parse_node(node)
    percent, muted = volume
    if name == NOBODY:
        return OutputStanding(present=False)
    return OutputStanding(name=name, title=title, muted=muted, volume_percent=percent)


def _property(text: str, key: str) -> str:
    found = re.search(rf'^[\s*]*{re.escape(key)} = "(.*)"\s*$', text, re.MULTILINE)
    return found.group(1) if found else ""
