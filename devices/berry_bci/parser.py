"""BCI frames: bytes to pulse rate, saturation and pulse wave. Sources and certainty: NOTES.md."""

from __future__ import annotations

from devices.berry_bci import wire
from devices.five_byte_frames import five_byte_format
from devices.oximeter_stream import OximeterParser

BCI = five_byte_format("bci", wire.STATUS, wire.FRAMES_PER_S)
"""The only format of these units."""


class BciParser(OximeterParser):
    """Parser of one stream, locked by 12 frames in a row with plausible content."""

    def __init__(self, *, steady_frames: int = 1) -> None:
        super().__init__((BCI,), steady_frames=steady_frames)
