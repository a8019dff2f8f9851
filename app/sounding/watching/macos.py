"""macOS: what `osascript` and `system_profiler` tell. The parsers are pure."""

from __future__ import annotations

import json
import re

from app.sounding.watching.standing import OutputStanding
from app.sounding.watching.tool import ask


def parse_settings(text: str) -> tuple[float | None, bool | None]:
    """Volume in percent and whether muted, in what ``get volume settings`` gives.

    None for what the output does not tell: one with its own control says "missing value".
    """
    volume = re.search(r"output volume:(\d+)", text)
    muted = re.search(r"output muted:(true|false)", text)
    return (
        float(volume.group(1)) if volume else None,
        muted.group(1) == "true" if muted else None,
    )


def parse_default_output(text: str) -> str:
    """Name of the default output in the JSON of `system_profiler`; empty where it is not told."""
    try:
        told = json.loads(text)
    except ValueError:
        return ""
    groups = told.get("SPAudioDataType", []) if isinstance(told, dict) else []
    for group in groups:
        for device in group.get("_items", []):
            if device.get("coreaudio_default_audio_output_device") == "spaudio_yes":
                return str(device.get("_name", ""))
    return ""


def look() -> OutputStanding | None:
    """How the default output stands; None where the system does not answer."""
    told = ask("osascript", "-e", "get volume settings")
    if told is None:
        return None
    name = parse_default_output(ask("system_profiler", "-json", "SPAudioDataType") or "")
    volume, muted = parse_settings(told)
    return OutputStanding(name=name, title=name, muted=muted, volume_percent=volume)
