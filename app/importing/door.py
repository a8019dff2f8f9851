"""What windows open files from elsewhere by; made where the program is put together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from app.importing.choices import Choices
from app.importing.foreign import ForeignRecording

GoOn = Callable[[float], bool]
"""Told the share of the allowed time that is used up; answers whether to go on."""


class ForeignFiles(Protocol):
    """Opens files from elsewhere; slow, so called from a thread of its own."""

    def read(self, path: Path, choices: Choices, go_on: GoOn) -> ForeignRecording | None:
        """Check and read a file; None when `go_on` answered no; ForeignFileError says why not."""
        ...
