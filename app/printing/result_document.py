"""A result on paper, before it has a form: what it says, who made it when, and what it rests on.

Verifications, judgements by other limits and acceptance runs say their results as one
`ResultDocument`; `result_pdf` and `result_html` lay the same document out. A verdict is told by a
mark and a word, never by colour. The digest of the content is printed in the document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Protocol

DIGEST_LABEL = b"infusion-room document 1\n"
"""What the bytes under a content digest begin with."""

BY_HAND = "to be signed by hand"
"""Stands under a line that waits for a pen."""


class Outcome(StrEnum):
    """How one thing that was asked came out."""

    PASS = "pass"  # noqa: S105 - an outcome
    FAIL = "fail"
    OPEN = "open"


OUTCOME_MARKS = {Outcome.PASS: "[+]", Outcome.FAIL: "[x]", Outcome.OPEN: "[?]"}
"""The mark before a verdict; its word stands beside it."""

OUTCOME_WORDS = {Outcome.PASS: "PASS", Outcome.FAIL: "FAIL", Outcome.OPEN: "NOT DECIDED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of what is known: a name, its value, and where it comes from (may be empty)."""

    name: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictLine:
    """One thing that was asked, how it came out, and a sentence of detail (may be empty)."""

    outcome: Outcome
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """Rows under headings.

    Attributes:
        headings: of the columns.
        rows: each as long as `headings`.
        shares: relative widths of the columns; empty: equal.
        right: columns, from 0, whose cells are numbers and stand to the right.
        caption: a line above; empty: none.
        left_out: rows that are not shown; said below the table with `elsewhere`.
        elsewhere: where all rows are.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...] = ()
    right: tuple[int, ...] = ()
    caption: str = ""
    left_out: int = 0
    elsewhere: str = "see the export"

    def __post_init__(self) -> None:
        """Refuse a row that does not fit its headings, which would hide a cell."""
        wrong = next((row for row in self.rows if len(row) != len(self.headings)), None)
        if wrong is not None:
            raise ValueError(f"{len(self.headings)} columns, but a row of {len(wrong)}: {wrong}")

    @property
    def left_out_words(self) -> str:
        """Says plainly what is not shown; empty where all is."""
        return f"{self.left_out} more, {self.elsewhere}." if self.left_out else ""

    def cut(self, most: int) -> ResultTable:
        """This table with its first `most` rows; what is left out is counted."""
        if len(self.rows) <= most:
            return self
        return ResultTable(
            headings=self.headings,
            rows=self.rows[:most],
            shares=self.shares,
            right=self.right,
            caption=self.caption,
            left_out=self.left_out + len(self.rows) - most,
            elsewhere=self.elsewhere,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, and below it whatever there is: verdicts, facts, paragraphs, tables."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    verdicts: tuple[VerdictLine, ...] = ()
    tables: tuple[ResultTable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLine:
    """One place in the signature block; whatever is empty is a line to write on.

    Attributes:
        role: of who signs.
        meaning: what the signature says, for example ``reviewed by``.
        name: who; printed where it is known.
        date: when; printed where it is known.
        note: how it was proven, where it was signed in the record and not by hand.
    """

    role: str
    meaning: str
    name: str = ""
    date: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ResultDocument:
    """A result: everything that the document says, and nothing that depends on its layout.

    Attributes:
        kind: what sort of document it is and the version of its form: ``verification 1``.
        title: in words.
        subject: what it is of: a session, a selection, a site.
        outcome: of the whole; None where nothing was asked.
        summary: the outcome in a sentence; shown with its mark.
        facts: what stands at its head.
        sections: the rest, in order.
        program: version of the program.
        record: the record it was read from, by name; empty: of none.
        made_at: date and time with offset, as text.
        made_by: who had it made.
        rests_on: what exactly it rests on: chain values, digests of files, one a line.
        signatures: the signature block; empty: none.
        simulated: whether what it speaks of was simulated.
    """

    kind: str
    title: str
    subject: str
    program: str
    made_at: str
    made_by: str
    outcome: Outcome | None = None
    summary: str = ""
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()
    record: str = ""
    rests_on: tuple[str, ...] = ()
    signatures: tuple[SignatureLine, ...] = ()
    simulated: bool = False

    @cached_property
    def content_bytes(self) -> bytes:
        """The content as canonical JSON: sorted names, no spaces, UTF-8."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of a label and the content, hexadecimal; the same content gives the same."""
        return hashlib.sha256(DIGEST_LABEL + self.content_bytes).hexdigest()

    @property
    def provenance(self) -> tuple[Fact, ...]:
        """Who made it, when, with what, and from what: the last block of every layout."""
        facts = [
            Fact(name="Made", value=f"{self.made_at} by {self.made_by}"),
            Fact(name="Program", value=f"Infusion Room {self.program}"),
        ]
        if self.record:
            facts.append(Fact(name="Record", value=self.record))
        facts += [Fact(name="Rests on", value=one) for one in self.rests_on]
        return (*facts, Fact(name="Content", value=f"{self.kind}, SHA-256 {self.digest}"))


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """FAIL where one failed, else NOT DECIDED where one is open (or none is there), else PASS."""
    if Outcome.FAIL in outcomes:
        return Outcome.FAIL
    return Outcome.OPEN if Outcome.OPEN in outcomes or not outcomes else Outcome.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDocument:
    """A document that was written.

    Attributes:
        path: where.
        sha256: of the file, hexadecimal.
        key: short name of the key that sealed it; empty: it carries no seal.
        words: what a person is told of it.
    """

    path: Path
    sha256: str
    key: str
    words: str


class DocumentOffice(Protocol):
    """Writes documents and notes it on the trail. `app.printing.office` makes one."""

    def write_result(
        self, document: ResultDocument, path: Path, *, subject: str = ""
    ) -> WrittenDocument:
        """Lay `document` out as the ending of `path` says, seal it and write it whole.

        A name that ends in ``.html`` gives HTML, every other PDF. `subject` names it on the trail
        (``session NAME``); else the document's own subject does.

        Raises:
            DocumentError: it cannot be written; the text is a sentence.
        """
        ...
