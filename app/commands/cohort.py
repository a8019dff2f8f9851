"""`cohort`: the site's own figures over many sessions, beside the published ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from app.commands.answers import BadInputError, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from app.records.catalogue import CatalogueError
from app.records.many_sessions import CohortAnswer, CohortSearch, answer_sentences
from app.reviewing.cohort_csv import cohort_csv
from app.reviewing.cohort_rules import CohortRules
from app.reviewing.cohort_table import CohortRow, cohort_rows
from app.reviewing.published import Published
from app.trail.many_sessions import WatchedCohorts
from app.trail.noting import SESSIONS


def cohort(
    since: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")] = None,
    protocol: Annotated[str, typer.Option(help="Only this protocol.")] = "",
    room: Annotated[str, typer.Option(help="Only this room.")] = "",
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Simulated sessions instead of real ones.")
    ] = False,
    first_visits: Annotated[
        bool, typer.Option("--first-visits", help="Only the first session of each patient.")
    ] = False,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write a CSV file too.")] = None,
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Count a selection of sessions: means, rates with n and interval; published figures beside."""
    search = CohortSearch(
        since=_day("--since", since),
        until=_day("--until", until),
        protocol=protocol,
        room=room,
        simulated=simulated,
        first_visits=first_visits,
    )
    with opened_to_read(database) as record, on_trail("cohort", database) as trail:
        many = WatchedCohorts(record, trail)
        try:
            rules, published = many.rules(), many.published()
            with _shown_progress() as progress:
                answer = many.cohort(search, progress)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
        if answer is None:
            return 1
        if csv_file is not None:
            _write(csv_file, answer, published)
            trail.exported(SESSIONS, "csv", csv_file)
    if json:
        print_json(_told(answer, rules, published))
        return 0
    _print(answer, rules, published)
    return 0


@contextmanager
def _shown_progress() -> Iterator[Callable[[float], bool]]:
    """A bar on stderr, where that is a terminal, and the function that moves it."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("counting"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("counting", total=1.0)

        def progress(share: float) -> bool:
            bar.update(task, completed=share)
            return True

        yield progress


def _print(answer: CohortAnswer, rules: CohortRules, published: Published) -> None:
    typer.echo(f"Counted: {answer.search.words}.")
    for sentence in answer_sentences(answer, rules.confidence):
        typer.echo(sentence)
    group: list[CohortRow] = []
    for row in cohort_rows(answer.cohort, published):
        if row.is_heading:
            _print_group(group)
            group = []
        group.append(row)
    _print_group(group)


def _print_group(rows: list[CohortRow]) -> None:
    if rows:
        typer.echo(f"\n{rows[0].group}")
        print_table(
            ("figure", "whose", "value", "n", "how sure", "what exactly"),
            [(r.what, r.whose, r.value, r.n, r.certainty, r.measured) for r in rows[1:]],
        )


def _told(answer: CohortAnswer, rules: CohortRules, published: Published) -> dict[str, Any]:
    search, found = answer.search, answer.cohort
    return {
        "search": {
            "since": None if search.since is None else search.since.isoformat(),
            "until": None if search.until is None else search.until.isoformat(),
            "protocol": search.protocol,
            "room": search.room,
            "simulated": search.simulated,
            "first_visits": search.first_visits,
        },
        "sessions": found.sessions,
        "patients": found.patients,
        "nameless": found.nameless,
        "without_drug": found.without_drug,
        "still_running": answer.running,
        "unreadable": list(answer.unreadable),
        "courses": answer.courses,
        "rules": {"version": rules.version, "approved_by": rules.approved_by},
        "published": {"version": published.version, "approved_by": published.approved_by},
        "figures": list(found.figures),
        "literature": list(published.figures),
    }


def _write(path: Path, answer: CohortAnswer, published: Published) -> None:
    text = cohort_csv(answer.cohort, published, answer.search.words)
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise BadInputError(f"{path} cannot be written: {error.strerror}.") from error


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInputError(f"{option} {text}: not a day; write YYYY-MM-DD") from None
