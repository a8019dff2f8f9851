"""Copies of sessions as windows ask for them. No Qt, no storage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.exchange.forms import CopyForm
from app.records.catalogue import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOrder:
    """What copy is wanted.

    Attributes:
        session: of which session.
        form: in which format.
        path: where to: a file, or the folder of several.
        deidentified: names, texts and dates taken out.
        waveforms: of the format ``csv``: a row for each sample too.
    """

    session: str
    form: CopyForm
    path: Path
    deidentified: bool = False
    waveforms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyDone:
    """A copy that was made: where, what it holds, its SHA-256, and what to say about it."""

    path: Path
    words: str
    sha256: str
    warning: str = ""


class Copies(Protocol):
    """Makes copies, and notes each on the trail. Every method may be slow or raise."""

    def proposed(self, session: str, form: CopyForm, *, deidentified: bool) -> str:
        """What such a copy is called where nobody says otherwise; CatalogueError."""
        ...

    def make(self, order: CopyOrder, progress: Progress) -> CopyDone | None:
        """Make a copy; None when `progress` answered that it should stop; CatalogueError."""
        ...
