"""What a desk asks about other limits, what it is told, and who answers it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.importing.foreign import ForeignRecording
from app.rejudging.draft import LimitsChange, Origin
from app.rejudging.results import Result, Summary

GoOn = Callable[[float], bool]
"""Told the share done (0 to 1); answers whether to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersFile:
    """A file of another monitor or program.

    Attributes:
        path: the file; of a WFDB record its header.
        mapping: says what the columns of a CSV file mean; None: as the file itself says.
        recording: what was read of it already; it is not read again.
    """

    path: Path
    mapping: Path | None = None
    recording: ForeignRecording | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which recordings, under which limits, compared with what.

    Attributes:
        sessions: names of sessions of the record.
        files: files of numbers.
        limits_text: the limits asked about.
        against_text: the limits to compare with; empty: what was recorded.
    """

    sessions: tuple[str, ...] = ()
    files: tuple[NumbersFile, ...] = ()
    limits_text: str = field(repr=False)
    against_text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a question.

    Attributes:
        question: what was asked.
        results: a result a recording, in the order asked for.
        summary: all together.
        simulated: the names of those that were simulated.
    """

    question: Question
    results: tuple[Result, ...] = field(repr=False)
    summary: Summary
    simulated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a question came about, for its document.

    Attributes:
        limits_name: what the limits asked about are called.
        origin: what they were made from; None where they are a file as it was.
        changes: what was changed of `origin`, with the reasons.
        against_name: what the limits compared with are called; empty: what was recorded.
    """

    limits_name: str
    origin: Origin | None = None
    changes: tuple[LimitsChange, ...] = ()
    against_name: str = ""


class LimitsAsker(Protocol):
    """Answers what other limits would have changed. Every method may be slow or raise.

    What cannot be done raises `app.records.catalogue.CatalogueError` with a sentence.
    """

    def offered(self) -> Sequence[Origin]:
        """The limits files of the program and of the site."""
        ...

    def recorded(self, session: str) -> Origin:
        """The limits that a session was recorded under."""
        ...

    def file(self, path: Path) -> Origin:
        """The limits in a file."""
        ...

    def ask(self, question: Question, go_on: GoOn) -> Answer | None:
        """Judge every recording; None when `go_on` stopped it."""
        ...

    def ask_one(self, session: str, limits_text: str, against_text: str) -> Result:
        """Judge one session, which is kept read for the next time."""
        ...

    def save(self, text: str, path: Path) -> str:
        """Write new limits to a file that is not there yet; what was done, in a sentence."""
        ...

    def write(self, asked: Asked, answer: Answer, path: Path) -> str:
        """Write the document of `answer` (PDF, or HTML by the ending), its limits beside it."""
        ...
