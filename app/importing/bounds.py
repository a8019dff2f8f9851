"""How much of a foreign file is read at most, and the sentences that refuse more.

A file is only ever as large as what it holds, never as large as its header promises: nothing is
made room for before its bytes are there.
"""

from __future__ import annotations

from app.importing.foreign import ForeignFileError

MOST_FILE_BYTES = 512 << 20
"""A larger file is refused: two hours with a 75 Hz waveform have about 2 MB [design]."""

MOST_UNPACKED_BYTES = 512 << 20
"""What a compressed file may unpack to [design]."""

MOST_SAMPLES = 64_000_000
"""Samples of all waveforms and numbers together: 48 h of five channels at 75 Hz [design]."""

MOST_CHANNELS = 512
"""Channels or columns [design]."""

MOST_ROWS = 2_000_000
"""Rows of a table: 23 days at one a second [design]."""

MOST_MARKS = 100_000
"""Marks that are kept [design]."""

MOST_HEADER_BYTES = 1 << 20
"""Bytes of a header in text [design]."""

LONGEST_S = 400 * 86_400.0
"""The longest recording, s [design]."""


def check_size(name: str, size_bytes: int) -> None:
    """Refuse a file that is too large.

    Raises:
        ForeignFileError: it is, or it is empty.
    """
    if size_bytes == 0:
        raise ForeignFileError(f"{name} is empty.")
    if size_bytes > MOST_FILE_BYTES:
        raise ForeignFileError(
            f"{name} has {size_bytes / 2**20:.0f} MB; more than {MOST_FILE_BYTES >> 20} MB are not "
            "read. Cut it into parts with the program that made it."
        )


def check_samples(name: str, samples: int) -> None:
    """Refuse more samples than are read.

    Raises:
        ForeignFileError: it says or has more.
    """
    if samples > MOST_SAMPLES:
        raise ForeignFileError(
            f"{name} promises {samples} samples; more than {MOST_SAMPLES} are not read."
        )


def check_channels(name: str, channels: int) -> None:
    """Refuse more channels than are read.

    Raises:
        ForeignFileError: it says or has more.
    """
    if channels > MOST_CHANNELS:
        raise ForeignFileError(
            f"{name} names {channels} channels; more than {MOST_CHANNELS} are not read."
        )


def check_length(name: str, length_s: float) -> None:
    """Refuse a recording that no monitor makes.

    Raises:
        ForeignFileError: it spans more than is shown.
    """
    if not length_s <= LONGEST_S:
        raise ForeignFileError(
            f"{name} spans {length_s / 86_400:.0f} days; more than {LONGEST_S / 86_400:.0f} are "
            "not shown."
        )
