"""What was added to a record afterwards, as every view shows it: by the number of the event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from protocols.episode_book import EpisodeBook
from protocols.events import (
    AddendumAdded,
    EntryCorrected,
    EpisodesAssessed,
    EpisodesFound,
    Event,
    RecordSigned,
)
from protocols.record_entries import correction_words


class Struck(str):
    """Words that are shown struck out: they were corrected or withdrawn."""

    __slots__ = ()


Numbered = tuple[int, Event]
"""An event with its number in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StruckValue:
    """A value that was corrected or withdrawn: what stood at `t_s`, s, before."""

    vital: str
    t_s: float
    value: float


class Amended:
    """What was added to a session, grown event by event.

    Attributes:
        corrections, addenda, signatures, findings, remarks: each with its number in the record.
        episodes: the episodes of its review as they stand.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self.corrections: list[tuple[int, EntryCorrected]] = []
        self.addenda: list[tuple[int, AddendumAdded]] = []
        self.signatures: list[tuple[int, RecordSigned]] = []
        self.findings: list[tuple[int, EpisodesFound]] = []
        self.remarks: list[tuple[int, EpisodesAssessed]] = []
        self.episodes = EpisodeBook()
        self._standing: dict[int, tuple[int, EntryCorrected]] = {}

    def note(self, seq: int, event: Event) -> None:
        """Take the event of number `seq`; other kinds are passed over."""
        self.episodes.note(event)
        if isinstance(event, EntryCorrected):
            self.corrections.append((seq, event))
            for target in (event.target_seq, *event.also):
                self._standing[target] = (seq, event)
        elif isinstance(event, AddendumAdded):
            self.addenda.append((seq, event))
        elif isinstance(event, RecordSigned):
            self.signatures.append((seq, event))
        elif isinstance(event, EpisodesFound):
            self.findings.append((seq, event))
        elif isinstance(event, EpisodesAssessed):
            self.remarks.append((seq, event))

    def of(self, seq: int) -> EntryCorrected | None:
        """The correction in force of the event of number `seq`, or None."""
        found = self._standing.get(seq)
        return None if found is None else found[1]

    def number_of(self, seq: int) -> int:
        """The number of that correction; 0 where there is none."""
        found = self._standing.get(seq)
        return 0 if found is None else found[0]

    def since(self, signed_seq: int) -> Iterator[Numbered]:
        """Corrections and addenda that a signature up to `signed_seq` does not cover."""
        for seq, event in sorted((*self.corrections, *self.addenda), key=lambda one: one[0]):
            if seq > signed_seq:
                yield seq, event


def corrected_words(correction: EntryCorrected) -> str:
    """A correction beside what it corrects: what is right, who says so, and why."""
    right = correction_words(correction)
    said = "withdrawn" if correction.withdrawn else f"right is {right}"
    return f"{said} ({correction.by}: {correction.reason})"


def with_correction(words: str, correction: EntryCorrected | None) -> str:
    """`words` of an entry in a running text, with its correction in the same line."""
    if correction is None:
        return words
    return f"CORRECTED “{words}”: {corrected_words(correction)}"
