"""What a window says of the record that it looks at: where it comes from, whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.records.catalogue import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFound:
    """What was found of a record: whether nothing is wrong, and that in sentences."""

    good: bool
    sentences: tuple[str, ...]


class RecordCheck(Protocol):
    """Checks the record that is looked at."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is known before any check, in sentences."""
        ...

    def check(self, progress: Progress) -> RecordFound | None:
        """What was found; None when `progress` stopped it; CatalogueError."""
        ...
