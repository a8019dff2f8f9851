"""The episodes of a review as people see them: kinds, outcomes, how each stands, what was said."""

from __future__ import annotations

import hashlib

from protocols.episode_book import EpisodeBook, EpisodeStanding, count_words, counted
from protocols.events import (
    Episode,
    EpisodeKind,
    EpisodeOutcome,
    EpisodesAssessed,
    EpisodesFound,
)
from protocols.review_criteria import CriteriaError, parse_criteria

KIND_WORDS = {
    EpisodeKind.RISE: "rise",
    EpisodeKind.FALL: "fall",
    EpisodeKind.DESATURATION: "desaturation",
    EpisodeKind.GAP: "gap",
    EpisodeKind.OVERDUE_CHECK: "check",
    EpisodeKind.UNANSWERED_ALARM: "alarm",
}
"""What an episode is about, in a word."""

OUTCOME_WORDS = {
    EpisodeOutcome.EXPECTED: "expected",
    EpisodeOutcome.ACTED_ON: "acted on",
    EpisodeOutcome.ARTEFACT: "artefact",
    EpisodeOutcome.FOLLOW_UP: "needs follow-up",
}
"""What a reviewer made of it."""


def standing_words(standing: EpisodeStanding) -> str:
    """``open``, ``open, 2 comments``, ``closed as expected by M. Berg``."""
    if standing.outcome is not None:
        return f"closed as {OUTCOME_WORDS[standing.outcome]} by {standing.closed_by}"
    count = len(standing.remarks)
    if not count:
        return "open"
    return f"open, {count} comment{'' if count == 1 else 's'}"


def remark_words(remark: EpisodesAssessed) -> str:
    """What was said in one remark: ``closed as artefact: the arm was bent``."""
    done = "commented"
    if remark.reopened:
        done = "opened again"
    elif remark.outcome is not None:
        done = f"closed as {OUTCOME_WORDS[remark.outcome]}"
    return f"{done}: {remark.comment}"


def finding_words(found: EpisodesFound) -> str:
    """How many were found up to which event."""
    what = counted(len(found.found)) if found.found else "no episode"
    return (
        f"review begun: {what} found in events 1 to {found.counted_seq} by {criteria_words(found)}"
    )


def criteria_words(found: EpisodesFound) -> str:
    """By which criteria, as their recorded text calls itself, with the beginning of its SHA-256.

    A site may call its own criteria as it likes; another text has other digits.
    """
    digits = hashlib.sha256(found.criteria_text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    try:
        read = parse_criteria(found.criteria_text, "the record")
    except CriteriaError:
        return f"criteria that cannot be read now ({digits}…)"
    approved = f"approved by {read.approved_by}" if read.approved_by else "approved by nobody yet"
    return f"criteria {read.name}, {approved} ({digits}…)"


def about_words(remark: EpisodesAssessed, found: EpisodesFound | None) -> str:
    """The episodes that a remark is about, as `found` had them."""
    known = {} if found is None else {one.key: one for one in found.found}
    return "; ".join(episode_words(known[key]) if key in known else key for key in remark.episodes)


def episode_words(episode: Episode) -> str:
    """Its sentence, or its name where it has none."""
    return episode.words or episode.key


def book_words(book: EpisodeBook) -> str:
    """How the review of a record stands, in a line."""
    if book.found is None:
        return "review not begun"
    words = count_words(book.standings)
    return f"{words}; find them again: values changed since" if book.stale else words
