"""`sessions figures`, `sessions episodes`: page one of a session, and what to look at."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.answers import BadInputError, plain, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from app.episode_words import KIND_WORDS, book_words, criteria_words, standing_words
from app.places import NoSuchResourceError
from app.records.catalogue import CatalogueError, OpenedSession
from app.review.figure_groups import figure_groups
from app.review.rows import clock_text
from app.review_criteria import CriteriaInForce, load_criteria
from app.reviewing.episodes import find_episodes
from app.reviewing.figures import figures_of
from app.trail.archive import WatchedArchive
from protocols.episode_book import EpisodeStanding
from protocols.review_criteria import CriteriaError

CriteriaOption = Annotated[
    str, typer.Option("--criteria", help="Criteria of the review, by name or path.")
]


def criteria_named(name: str) -> CriteriaInForce:
    """The criteria of that name or path.

    Raises:
        BadInputError: there are none, or they cannot be used.
    """
    try:
        in_force = load_criteria(name)
    except (NoSuchResourceError, CriteriaError) as error:
        raise BadInputError(str(error)) from error
    if in_force.problem:
        typer.echo(in_force.problem, err=True)
    return in_force


def show_figures(
    session: Annotated[str, typer.Argument(help="Name of the session.")],
    criteria: CriteriaOption = "standard",
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON object; times in ns.")] = False,
) -> None:
    """The numbers of page one, each with the events it rests on."""
    in_force = criteria_named(criteria)
    opened = _open(session, database, "sessions figures")
    figures = figures_of(opened, in_force.criteria)
    if json:
        answers = figures.responses
        print_json(
            {
                **plain(figures),
                "vitals_on_time_share": figures.checks.share_on_time,
                "acknowledged": answers.acknowledged,
                "acted": answers.acted,
            }
        )
        return
    for name, lines in figure_groups(opened, figures).items():
        typer.echo(name)
        for line in lines:
            at = "" if line.t_ns is None else f"  [{clock_text(opened, line.t_ns)}]"
            events = ", ".join(str(number) for number in line.events[:4])
            proof = f"  (event {events}{', …' if len(line.events) > 4 else ''})" if events else ""
            typer.echo(f"  {line.what:<16}  {line.words}{at}{proof}")
    typer.echo(f"Counted as {figures.criteria} says, in events 1 to {figures.count}.")


def show_episodes(
    session: Annotated[str, typer.Argument(help="Name of the session.")],
    criteria: CriteriaOption = "standard",
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON object.")] = False,
) -> None:
    """The episodes of a session as they stand in its review; before it began, as found now."""
    in_force = criteria_named(criteria)
    opened = _open(session, database, "sessions episodes")
    book = opened.history.amended.episodes
    now = find_episodes(opened, in_force.criteria)
    standings = book.standings
    if book.found is None:
        standings = tuple(EpisodeStanding(episode=one) for one in now)
    if json:
        print_json(
            {
                "recorded": book.found is not None,
                "stale": book.stale,
                "open": book.open_count if book.found is not None else len(now),
                "episodes": [
                    {**plain(one.episode), "outcome": one.outcome, "remarks": plain(one.remarks)}
                    for one in standings
                ],
            }
        )
        return
    print_table(
        ("episode", "from", "to", "about", "what", "stands"),
        [
            (
                one.episode.key,
                clock_text(opened, one.episode.since_ns),
                clock_text(opened, one.episode.until_ns),
                KIND_WORDS[one.episode.kind],
                one.episode.words,
                standing_words(one) if book.found is not None else "found now",
            )
            for one in standings
        ],
    )
    if book.found is None:
        typer.echo(f"Not recorded: found now by {in_force.criteria.name}. Begin with amend.")
    else:
        by = f"{book.found.by} by {criteria_words(book.found)}"
        typer.echo(f"Review begun by {by}: {book_words(book)}.")


def _open(session: str, database: str | None, command: str) -> OpenedSession:
    with opened_to_read(database) as record, on_trail(command, database) as trail:
        try:
            return WatchedArchive(record, trail).open_session(session)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
