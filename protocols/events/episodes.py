"""What a reviewer must look at in a closed session: the episodes found, and what was said of each.

Episodes are found from the record by criteria that a medical director can change. What was found,
and by which criteria, is recorded when the review begins, so that a later change of the criteria
changes no review; what a reviewer says of them follows in the same journal and chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protocols.events.commands import Command
from protocols.events.terms import Output
from protocols.vitals import Vital


class EpisodeKind(StrEnum):
    """What an episode is about."""

    RISE = "rise"
    FALL = "fall"
    DESATURATION = "desaturation"
    GAP = "gap"
    OVERDUE_CHECK = "overdue-check"
    UNANSWERED_ALARM = "unanswered-alarm"


class EpisodeOutcome(StrEnum):
    """What a reviewer makes of an episode when it is closed."""

    EXPECTED = "expected"
    ACTED_ON = "acted-on"
    ARTEFACT = "artefact"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One stretch of the session that a reviewer must look at.

    Attributes:
        key: its name within the session, made of kind, subject and beginning only: the same
            stretch found again has the same key.
        kind: what it is about.
        since_ns, until_ns: session time of its first and last evidence.
        subject: vital, alarm, task or device, by its name in the record.
        vital: the vital, where it is about one.
        extreme: the furthest value of `vital` within it; None where it is about no value.
        limit: the bound that was crossed, in the unit of `vital`; None where there is none.
        words: what was found, in a sentence for people, with value and limit.
        events: numbers of the events that prove it, the first ones where there are many.
    """

    key: str
    kind: EpisodeKind
    since_ns: int
    until_ns: int
    subject: str
    vital: Vital | None = None
    extreme: float | None = None
    limit: float | None = None
    words: str = ""
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindEpisodes(Command):
    """A reviewer begins: these episodes were found by these criteria. Later ones take its place.

    Attributes:
        criteria_text: the criteria in force, verbatim (TOML).
        found: every episode found, in order of their beginning; may be empty.
        counted_seq: number of the last event that was looked at.
    """

    criteria_text: str
    found: tuple[Episode, ...]
    counted_seq: int
    at_utc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodesFound(Output):
    """The episodes that stand to be looked at; each is open until it is closed."""

    by: str
    criteria_text: str
    found: tuple[Episode, ...]
    counted_seq: int
    at_utc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessEpisodes(Command):
    """What a reviewer says of one or more episodes.

    Attributes:
        episodes: their keys.
        comment: in the reviewer's words; needed to close.
        outcome: what they make of it; None: only a comment, the episode stays as it is.
        reopened: what was closed is open again; `comment` says why.
    """

    episodes: tuple[str, ...]
    comment: str
    outcome: EpisodeOutcome | None = None
    reopened: bool = False
    at_utc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodesAssessed(Output):
    """A comment on episodes, and what closed them or opened them again, as it stands."""

    episodes: tuple[str, ...]
    by: str
    comment: str
    outcome: EpisodeOutcome | None = None
    reopened: bool = False
    at_utc: str = ""
