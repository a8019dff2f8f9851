"""`rejudge`: recordings of other monitors that say themselves what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.commands.answers import BadInputError
from app.commands.long_work import long_work
from app.commands.trail import on_trail
from app.importing.as_recording import as_recording
from app.importing.choices import Choices, choices_of, choose_pairs
from app.importing.foreign import ForeignFileError, ForeignRecording
from app.rejudging.recording import Recording
from app.rejudging.table_map import TableMapError, read_table_map
from app.trail.foreign_files import WatchedFiles
from protocols.events import Phase

KINDS = (".edf", ".rec", ".hea", ".vital")
"""Endings of EDF, EDF+, headers of WFDB and `.vital`; CSV files are read by a mapping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """How such files are read and judged.

    Attributes:
        choices: what a person says of their channels.
        baseline_first: the baseline is the median of so many first values; 0: none.
        phase: the phase of the visit that all of a file counts as.
    """

    choices: Choices = field(default_factory=Choices)
    baseline_first: int = 0
    phase: Phase = Phase.INFUSING


def is_recording(source: str) -> bool:
    """Whether a source is such a file by its ending."""
    return Path(source).suffix.lower() in KINDS


def file_reading(
    mapping: Path | None,
    columns: str,
    missing: Sequence[str],
    baseline: str,
    *,
    last_repeated: bool,
) -> FileReading:
    """What the options of `rejudge` say of such files.

    Raises:
        BadInputError: they cannot be meant for one.
    """
    first, _, number = baseline.partition(":")
    if baseline and (first != "first" or not number.isdigit() or not 1 <= int(number) <= 100):
        raise BadInputError(
            f"--baseline: “{baseline}”: for EDF, WFDB and .vital files it is first:N, "
            "with N 1 to 100"
        )
    asked = int(number) if baseline else 0
    try:
        if mapping is None:
            choices = Choices(
                vitals=choose_pairs(columns, missing) if columns else {},
                last_repeated=last_repeated,
            )
            return FileReading(choices=choices, baseline_first=asked)
        told = read_table_map(mapping)
        return FileReading(
            choices=choices_of(told),
            baseline_first=asked or told.baseline_first,
            phase=told.phase,
        )
    except (TableMapError, ValueError) as error:
        raise BadInputError(str(error)) from error


def read_recordings(paths: Sequence[str], reading: FileReading) -> list[Recording]:
    """The recordings in the files at `paths`, each checked before it is read, each noted.

    Raises:
        BadInputError: one cannot be read, or it was stopped.
    """
    found: list[Recording] = []
    if not paths:
        return found
    with on_trail("rejudge", None) as trail, long_work("reading") as work:
        files = WatchedFiles(trail)
        for path in paths:
            work.name(f"reading {Path(path).name}")
            try:
                foreign = files.read(Path(path), reading.choices, work.go_on)
            except ForeignFileError as error:
                raise BadInputError(str(error)) from error
            if foreign is None:
                raise BadInputError("Stopped: nothing was judged.")
            found.append(_judged_as(foreign, reading))
    return found


def _judged_as(foreign: ForeignRecording, reading: FileReading) -> Recording:
    """The recording to judge; BadInputError where it lacks a channel that was named."""
    held = {stream.channel: stream.vital for stream in foreign.streams}
    for vital, column in reading.choices.vitals.items():
        if held.get(column.name) is not vital:
            raise BadInputError(
                f"{foreign.name}: no channel “{column.name}” with values of {vital}; "
                f"it has {', '.join(held) or 'none that is known'}"
            )
    return as_recording(foreign, phase=reading.phase, baseline_first=reading.baseline_first)
