"""Who makes a document, when, with what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a document is made.

    Attributes:
        by: who has it made.
        at: date and time with offset, as text.
        program: version of the program.
        record: the record that it is read from, for people; empty: none.
    """

    by: str
    at: str
    program: str
    record: str = ""
