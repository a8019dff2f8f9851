"""What a reviewer does with the episodes of a closed session: has them found, says what they are.

Nothing of the record changes: findings and what is said of them follow its close, in its chain. A
signature that says *reviewed* or *approved* and minds episodes is not taken while one is open.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocols.events import (
    AssessEpisodes,
    EpisodesAssessed,
    EpisodesFound,
    FindEpisodes,
    Meaning,
    Output,
    SignRecord,
)
from protocols.visit import Visit, refuse

MINDED = (Meaning.REVIEWED, Meaning.APPROVED)
"""Signatures that say that the record was reviewed."""

NOT_CLOSED = "Episodes are found once the session is closed."
NO_NAME = "Say who reviews."


def find_episodes(visit: Visit, command: FindEpisodes) -> list[Output]:
    """A review begins with the episodes found; a later finding takes its place."""
    problem = _finding_problem(visit, command)
    if problem:
        return refuse(command, problem)
    return [
        EpisodesFound(
            t_ns=command.t_ns,
            by=command.by.strip(),
            criteria_text=command.criteria_text,
            found=command.found,
            counted_seq=command.counted_seq,
            at_utc=command.at_utc,
        )
    ]


def _finding_problem(visit: Visit, command: FindEpisodes) -> str:
    if not visit.closed:
        return NOT_CLOSED
    if not command.by.strip():
        return NO_NAME
    if not command.criteria_text.strip():
        return "Episodes are found by criteria: none were given."
    if not 1 <= command.counted_seq <= visit.entries.count:
        return (
            f"Events 1 to {command.counted_seq} cannot have been looked at: there are "
            f"{visit.entries.count}."
        )
    keys = [one.key for one in command.found]
    if len(set(keys)) != len(keys) or not all(keys):
        return "Every episode needs a name of its own."
    return ""


def assess_episodes(visit: Visit, command: AssessEpisodes) -> list[Output]:
    """A comment on episodes; with an outcome they are closed, or they are opened again."""
    problem = _assessing_problem(visit, command)
    if problem:
        return refuse(command, problem)
    return [
        EpisodesAssessed(
            t_ns=command.t_ns,
            episodes=command.episodes,
            by=command.by.strip(),
            comment=command.comment.strip(),
            outcome=command.outcome,
            reopened=command.reopened,
            at_utc=command.at_utc,
        )
    ]


def _assessing_problem(visit: Visit, command: AssessEpisodes) -> str:
    book = visit.episodes
    if not visit.closed:
        return NOT_CLOSED
    if book.found is None:
        return "Its episodes were not looked for yet: begin the review first."
    if not command.by.strip():
        return NO_NAME
    if not command.episodes:
        return "Choose an episode."
    if len(set(command.episodes)) != len(command.episodes):
        return "An episode is named twice."
    if command.outcome is not None and command.reopened:
        return "Closed or opened again, not both."
    for key in command.episodes:
        standing = book.of(key)
        if standing is None:
            return f"There is no episode {key} in what was found last."
        if command.outcome is not None and not standing.is_open:
            return f"{_name(standing.episode.words, key)} is closed already: open it again first."
        if command.reopened and standing.is_open:
            return f"{_name(standing.episode.words, key)} is open."
    if not command.comment.strip():
        doing = "close" if command.outcome is not None else "open" if command.reopened else ""
        return f"Say why you {doing} it." if doing else "Write the comment."
    return ""


def _name(words: str, key: str) -> str:
    return f"“{words}”" if words else key


def signing_problem(visit: Visit, command: SignRecord) -> str:
    """Why a signature that minds episodes is not taken, in a sentence; empty where it is."""
    if not command.episodes_closed or command.meaning not in MINDED:
        return ""
    return visit.episodes.signing_problem()


def follow(visit: Visit, outputs: Iterable[Output]) -> None:
    """Take in what the rules answered after the close."""
    for output in outputs:
        visit.episodes.note(output)
