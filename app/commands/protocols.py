"""`protocols list|show|check|limits`: clinical protocol files, and the limits they name."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from app.clock import utc_now
from app.commands.answers import EXIT_BAD_INPUT, EXIT_NO, BadInputError, print_json, print_table
from app.commands.definitions import load_definition
from app.places import NoSuchResourceError, names_of, read_limits, read_protocol
from app.rules_files import RulesFileError, load_rules
from protocols.alarm_rules import AlarmRule
from protocols.definition import ProtocolDefinition, describe
from protocols.definition.short_page import describe_on_one_page
from protocols.events import Giving
from protocols.limits import LimitsError, LimitsProfile, parse_limits
from protocols.limits_page import describe_limits, markdown_of_limits, numbers_of

AsJson = Annotated[bool, typer.Option("--json", help="A JSON list.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_protocols)
    group.command("show")(show)
    group.command("check")(check)
    group.command("limits")(show_limits)


def list_protocols(json: AsJson = False) -> None:
    """The protocols shipped with the program, by route, with approval and review."""
    known = [load_definition(name) for name in names_of("protocols")]
    today = utc_now().date()
    if json:
        print_json(
            [
                {
                    "id": d.id,
                    "version": d.version,
                    "title": d.title,
                    "drug": d.drug,
                    "route": d.route,
                    "giving": d.dose.giving,
                    "review_date": d.review_date.isoformat(),
                    "review_overdue": overdue(d, today),
                    "approved_by": d.approved_by,
                }
                for d in known
            ]
        )
        return
    for route, group in groupby(sorted(known, key=_place_in_list), key=lambda d: d.route):
        typer.echo(f"{route}:")
        rows = [(d.id, d.version, d.title, _approval(d), _review(d, today)) for d in group]
        print_table(("id", "version", "title", "approved by", "review by"), rows)
        typer.echo("")


def overdue(definition: ProtocolDefinition, today: date) -> bool:
    """Whether the review date of the protocol, or of one of its parts, has passed."""
    return min(review_dates(definition)) < today


def review_dates(definition: ProtocolDefinition) -> list[date]:
    """The review dates of the protocol and of every part."""
    return [definition.review_date, *(part.review_date for part in definition.parts)]


def _place_in_list(definition: ProtocolDefinition) -> tuple[int, str, str]:
    """Infusions first, then injections, then units; by route and name within."""
    order = list(Giving).index(definition.dose.giving)
    return order, definition.route, definition.id


def _approval(definition: ProtocolDefinition) -> str:
    if not definition.approved_by:
        return "not yet approved"
    missing = [part.id for part in definition.parts if not part.approved_by]
    return f"{definition.approved_by}, without {', '.join(missing)}" if missing else (
        definition.approved_by
    )  # fmt: skip


def _review(definition: ProtocolDefinition, today: date) -> str:
    first = min(review_dates(definition)).isoformat()
    return f"{first} OVERDUE" if overdue(definition, today) else first


def show(
    name: Annotated[str, typer.Argument(help="Shipped protocol or a file.")],
    whole: Annotated[
        bool, typer.Option("--all", help="Everything, with answers, effects, drugs and sources.")
    ] = False,
) -> None:
    """One page that a nurse can read."""
    definition = load_definition(name)
    typer.echo(describe(definition) if whole else describe_on_one_page(definition))


def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Protocol files.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every shipped protocol too.")] = False,
) -> int:
    """Name file, line, field and allowed range of each mistake, in parts and limits too."""
    named = list(files or [])
    if every:
        named += [Path(read_protocol(name)[1]) for name in names_of("protocols")]
    if not named:
        raise BadInputError("Name a protocol file, or use --all.")
    return max(_check_one(file) for file in named)


def _check_one(file: Path) -> int:
    try:
        file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInputError(f"{file}: {reason}") from error
    try:
        rules = load_rules(str(file))
    except RulesFileError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        return EXIT_NO
    definition, limits = rules.definition, rules.limits
    typer.echo(
        f"{file}: {definition.id} version {definition.version} with limits {limits.id} version "
        f"{limits.version}, no mistakes found"
    )
    return 0


def show_limits(
    name: Annotated[str, typer.Argument(help="Shipped limits or a file.")] = "standard",
    json: Annotated[bool, typer.Option("--json", help="A JSON list of the rules.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The tables of docs/alarms.md.")
    ] = False,
) -> int:
    """Every alarm rule as one sentence, with its numbers and what they may be set to."""
    try:
        profile = parse_limits(*read_limits(name))
    except NoSuchResourceError as error:
        raise BadInputError(str(error)) from error
    except LimitsError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        return EXIT_BAD_INPUT
    if json:
        print_json([_rule_as_json(profile, rule) for rule in profile.rules])
        return 0
    for line in markdown_of_limits(profile) if markdown else describe_limits(profile):
        typer.echo(line)
    return 0


def _rule_as_json(profile: LimitsProfile, rule: AlarmRule) -> dict[str, object]:
    return {
        "id": rule.id,
        "tier": rule.tier,
        "title": rule.title,
        "sentence": rule.sentence(),
        "numbers": numbers_of(rule),
        "next_step": rule.next_step,
        "approved_by": profile.approved_by,
    }
