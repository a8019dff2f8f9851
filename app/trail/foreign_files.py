"""Files from elsewhere, each look at one noted with what it is and its SHA-256."""

from __future__ import annotations

from pathlib import Path

from app.importing.choices import Choices
from app.importing.door import GoOn
from app.importing.foreign import ForeignRecording
from app.importing.isolated import read_apart
from app.trail.noting import Trail


def subject_of_file(recording: ForeignRecording) -> str:
    """A file from elsewhere as the subject of an entry."""
    return f"file {recording.name}"


class WatchedFiles:
    """Reads files in a process of their own and notes on the trail that they were shown."""

    def __init__(self, trail: Trail) -> None:
        """Note on `trail`."""
        self._trail = trail

    def read(self, path: Path, choices: Choices, go_on: GoOn) -> ForeignRecording | None:
        """Check and read the file at `path`; None when `go_on` answered no.

        Raises:
            ForeignFileError: it is not shown; the text says why.
        """
        recording = read_apart(path, choices, go_on=go_on)
        if recording is not None:
            first = recording.sources[0]
            self._trail.looked(subject_of_file(recording), f"SHA-256 {first.sha256}")
        return recording
