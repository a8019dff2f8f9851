"""What `amend` does with the episodes of a review: has them found, comments, closes, reopens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from app.commands.answers import BadInputError
from app.records.catalogue import OpenedSession
from app.review_criteria import CriteriaInForce
from app.reviewing.episodes import find_episodes
from protocols.events import AssessEpisodes, Command, EpisodeOutcome, FindEpisodes

FindOption = Annotated[
    bool, typer.Option("--find-episodes", help="Begin the review: record its episodes.")
]
EpisodeOption = Annotated[
    list[str] | None, typer.Option("--episode", help="An episode spoken of; repeat.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Speak of every episode that is open.")]
CommentOption = Annotated[str, typer.Option("--comment", help="What is said of them.")]
OutcomeOption = Annotated[EpisodeOutcome | None, typer.Option("--outcome", help="Close them so.")]
ReopenOption = Annotated[bool, typer.Option("--reopen", help="Open them again.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeWish:
    """What was asked for of episodes.

    Attributes:
        find: find them and record what was found.
        keys: those spoken of; with `every_open` all that are open.
        comment, outcome, reopen: what is said of them.
    """

    find: bool = False
    keys: tuple[str, ...] = ()
    every_open: bool = False
    comment: str = ""
    outcome: EpisodeOutcome | None = None
    reopen: bool = False

    @property
    def asked(self) -> bool:
        """Whether anything was asked for."""
        return self.find or self.assesses

    @property
    def assesses(self) -> bool:
        """Whether something is said of episodes."""
        return bool(self.keys) or self.every_open

    @property
    def decides(self) -> bool:
        """Whether episodes are closed, or opened again."""
        return self.outcome is not None or self.reopen


def episode_commands(
    wish: EpisodeWish, opened: OpenedSession, in_force: CriteriaInForce
) -> Sequence[Command]:
    """The commands without who gives them, in one run: first found, then spoken of.

    Raises:
        BadInputError: what is said has no episode, or nothing is said.
    """
    commands: list[Command] = []
    book = opened.history.amended.episodes
    left = [one.episode.key for one in book.standings if one.is_open]
    if wish.find:
        found = find_episodes(opened, in_force.criteria)
        left = [one.key for one in found]
        commands.append(
            FindEpisodes(
                t_ns=0,
                by="",
                criteria_text=in_force.text,
                found=found,
                counted_seq=opened.count,
            )
        )
    if not wish.assesses:
        if wish.comment or wish.decides:
            raise BadInputError("Say which: --episode KEY, as sessions episodes lists, or --all.")
        return commands
    keys = wish.keys if not wish.every_open else tuple(left)
    if keys:
        commands.append(
            AssessEpisodes(
                t_ns=0,
                by="",
                episodes=keys,
                comment=wish.comment,
                outcome=wish.outcome,
                reopened=wish.reopen,
            )
        )
    if not commands:
        raise BadInputError("No episode is open.")
    return commands
