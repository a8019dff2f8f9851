"""The episodes of a record as they stand: found, open or closed, with all that was said of them.

The rules and every view fold the same events into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from protocols.events import (
    AddendumAdded,
    EntryCorrected,
    Episode,
    EpisodeOutcome,
    EpisodesAssessed,
    EpisodesFound,
    Event,
)

NOT_FOUND = "Its episodes were not looked for yet: begin the review of the session"
STALE = "Values were corrected or added since its episodes were found: find them again"


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeStanding:
    """One episode, and what was said of it.

    Attributes:
        episode: what was found.
        outcome: what closed it; None while it is open.
        remarks: everything said of it, oldest first.
    """

    episode: Episode
    outcome: EpisodeOutcome | None = None
    remarks: tuple[EpisodesAssessed, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it still holds a signature of the review."""
        return self.outcome is None

    @property
    def closed_by(self) -> str:
        """Who closed it, or empty."""
        return "" if self.outcome is None or not self.remarks else self._closing.by

    @property
    def _closing(self) -> EpisodesAssessed:
        return next(one for one in reversed(self.remarks) if one.outcome is not None)

    def assessed(self, remark: EpisodesAssessed) -> EpisodeStanding:
        """After `remark`."""
        outcome = None if remark.reopened else remark.outcome or self.outcome
        return replace(self, outcome=outcome, remarks=(*self.remarks, remark))


def same_stretch(one: Episode, other: Episode) -> bool:
    """Whether two episodes say the same of the same stretch, whatever their words."""
    return (one.key, one.since_ns, one.until_ns, one.extreme, one.limit) == (
        other.key,
        other.since_ns,
        other.until_ns,
        other.extreme,
        other.limit,
    )


class EpisodeBook:
    """Grows event by event.

    Attributes:
        found: the last finding, or None.
        stale: values changed after it.
    """

    def __init__(self) -> None:
        """Nothing was looked for yet."""
        self.found: EpisodesFound | None = None
        self.stale = False
        self._standings: dict[str, EpisodeStanding] = {}

    @property
    def standings(self) -> tuple[EpisodeStanding, ...]:
        """Every episode of the last finding, in its order."""
        return tuple(self._standings.values())

    @property
    def open_count(self) -> int:
        """How many of them are open."""
        return sum(one.is_open for one in self._standings.values())

    def of(self, key: str) -> EpisodeStanding | None:
        """The episode of that key, or None."""
        return self._standings.get(key)

    def note(self, event: Event) -> None:
        """Take the next event of the record; other kinds say nothing of episodes."""
        if isinstance(event, EpisodesFound):
            self._find(event)
        elif isinstance(event, EpisodesAssessed):
            for key in event.episodes:
                if key in self._standings:
                    self._standings[key] = self._standings[key].assessed(event)
        elif isinstance(event, EntryCorrected):
            self.stale = self.stale or (
                self.found is not None and bool(event.withdrawn or event.values)
            )
        elif isinstance(event, AddendumAdded):
            self.stale = self.stale or (self.found is not None and bool(event.values))

    def _find(self, event: EpisodesFound) -> None:
        """What was said of an episode stays with it; it is closed only if it is the same still."""
        before = self._standings
        self.found, self.stale, self._standings = event, False, {}
        for episode in event.found:
            known = before.get(episode.key)
            if known is None:
                self._standings[episode.key] = EpisodeStanding(episode=episode)
                continue
            outcome = known.outcome if same_stretch(known.episode, episode) else None
            self._standings[episode.key] = replace(known, episode=episode, outcome=outcome)

    def signing_problem(self) -> str:
        """Why no review can be signed, in a sentence; empty where every episode is closed."""
        if self.found is None:
            return f"{NOT_FOUND}, close each episode, then sign."
        if self.stale:
            return f"{STALE}, then sign."
        left = self.open_count
        if left:
            verb = "is" if left == 1 else "are"
            of = f"{left} of {counted(len(self._standings))}"
            return f"{of} {verb} open: close each in the review, then sign."
        return ""


def counted(episodes: int) -> str:
    """``1 episode``, ``7 episodes``."""
    return f"{episodes} episode{'' if episodes == 1 else 's'}"


def count_words(standings: Sequence[EpisodeStanding]) -> str:
    """How many are open: ``3 of 7 episodes open``, ``7 episodes, all closed``, ``no episodes``."""
    if not standings:
        return "no episodes"
    left = sum(one.is_open for one in standings)
    if left:
        return f"{left} of {counted(len(standings))} open"
    return "1 episode, closed" if len(standings) == 1 else f"{len(standings)} episodes, all closed"
