"""Scales: what was answered, what it adds up to, and what a positive item asks for."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.commands import Command
from protocols.events.terms import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAnswer:
    """The answer to one item of a scale, as its score.

    `source` says where the score of an item that readings could give comes from: the readings with
    their change from the baseline, or what the person who answered it saw.
    """

    item: str
    score: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordScale(Command):
    """A scale was filled in: item by item, or only as a total where its wording may not be shown.

    Attributes:
        scale: id of the scale.
        answers: the items answered; those not answered are absent, never 0.
        total: the total, where no items are asked; else None.
        result: for a scale that gives a result and not a number, the result by its name.
        skipped: why the scale, or part of it, was not filled in; a recorded choice.
        confirmed: items scored by readings whose condition (``on room air``) the person confirms.
    """

    scale: str
    answers: tuple[ItemAnswer, ...] = ()
    total: int | None = None
    result: str = ""
    skipped: str = ""
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerScaleFlag(Command):
    """What was done about an item that always asks for an action."""

    scale: str
    item: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFlag:
    """One item that asks for an action, and the sentence that says why."""

    item: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleRecorded(Output):
    """A scale as recorded.

    Attributes:
        total: the sum, or None where an item is missing, the scale gives none, or it was skipped.
        band: what the total means by the cut-offs of the scale, or the result.
        answers: the items answered.
        flags: items that ask for an action, each as a sentence with the answer given.
    """

    scale: str
    version: str
    name: str
    by: str
    answers: tuple[ItemAnswer, ...]
    total: int | None
    band: str
    flags: tuple[ScaleFlag, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFlagAnswered(Output):
    """What was done about a flagged item."""

    scale: str
    item: str
    action: str
    by: str
