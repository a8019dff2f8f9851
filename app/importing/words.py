"""What was found in a file from elsewhere, in words: heading, facts, tables of lines. Pure."""

from __future__ import annotations

from datetime import timedelta

from app.importing.foreign import ForeignRecording, vital_words
from app.importing.statistics import VitalStatistics
from protocols.vitals import VITALS

HEADING = "FROM A FILE: NOT A SESSION OF THIS PROGRAM"
"""Stands over everything that is shown of a file from elsewhere."""


def heading_words(recording: ForeignRecording) -> str:
    """The heading; with the word SIMULATED where the file says so."""
    return f"{HEADING} · SIMULATED" if recording.simulated else HEADING


def clock_words(recording: ForeignRecording, t_s: float) -> str:
    """Time of day of second `t_s` where the file says one, else hours, minutes and seconds."""
    if recording.start is not None:
        return f"{recording.start + timedelta(seconds=t_s):%H:%M:%S}"
    return since_words(t_s)


def since_words(t_s: float) -> str:
    """Seconds since the start as ``h:mm:ss``."""
    seconds = round(t_s)
    sign = "−" if seconds < 0 else ""
    seconds = abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def size_words(size_bytes: int) -> str:
    """A size as people read it: ``812 bytes``, ``3.4 MB``."""
    if size_bytes < 10_000:
        return f"{size_bytes} bytes"
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.0f} kB"


def source_lines(recording: ForeignRecording) -> list[str]:
    """Each file that was read with its size and SHA-256."""
    return [
        f"{one.name}, {size_words(one.size_bytes)}, SHA-256 {one.sha256}"
        for one in recording.sources
    ]


def about_words(recording: ForeignRecording) -> str:
    """What the file is, when it begins, how long it lasts."""
    return (
        f"{recording.kind.value} · start {recording.start_words} · "
        f"{since_words(recording.length_s)} long"
    )


def zero_words(recording: ForeignRecording) -> str:
    """A question to the person where zeros stand as they are, else empty."""
    if recording.zero_is_missing or not recording.zeros:
        return ""
    counts = ", ".join(f"{VITALS[v].label} {count} times" for v, count in recording.zeros)
    return f"0 stands for {counts}. If 0 means no value in this file, say so."


def statistics_cells(one: VitalStatistics) -> tuple[str, ...]:
    """One row of the table of statistics; see `STATISTICS_HEADINGS`."""
    spec = VITALS[one.vital]
    below = ", ".join(f"<{bound:g} %: {since_words(t_s)}" for bound, t_s in one.below)
    low = "--" if one.low_s is None else f"{spec.format(one.low)} at {since_words(one.low_s)}"
    high = "--" if one.high_s is None else f"{spec.format(one.high)} at {since_words(one.high_s)}"
    return (
        vital_words(one.vital),
        one.channel,
        str(one.values),
        "--" if one.missing_share is None else f"{one.missing_share * 100:.1f} %",
        str(one.implausible),
        low,
        spec.format(one.median),
        high,
        below,
    )


STATISTICS_HEADINGS = (
    "Vital",
    "Channel",
    "Values",
    "Without value",
    "Implausible",
    "Lowest",
    "Median",
    "Highest",
    "Time below",
)
