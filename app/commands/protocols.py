"""`protocols list|show|check`: clinical protocol files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json, print_table
from app.places import NoSuchResourceError, names_of, read_protocol
from app.rules_files import RulesFileError, load_rules
from protocols.definition import DefinitionError, ProtocolDefinition, describe, parse_protocol

AsJson = Annotated[bool, typer.Option("--json", help="A JSON list.")]


def load_definition(name: str) -> ProtocolDefinition:
    """The protocol of that name or in that file; BadInputError says what is wrong with it."""
    try:
        text, path = read_protocol(name)
        return parse_protocol(text, path)
    except NoSuchResourceError as error:
        raise BadInputError(str(error)) from error
    except DefinitionError as error:
        raise BadInputError("; ".join(str(problem) for problem in error.problems)) from error


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_protocols)
    group.command("show")(show)
    group.command("check")(check)


def list_protocols(json: AsJson = False) -> None:
    """The protocols shipped with the program."""
    known = [load_definition(name) for name in names_of("protocols")]
    if json:
        print_json(
            [
                {
                    "id": d.id,
                    "version": d.version,
                    "title": d.title,
                    "review_date": d.review_date.isoformat(),
                    "approved_by": d.approved_by,
                }
                for d in known
            ]
        )
        return
    rows = [(d.id, d.version, d.title, d.approved_by or "not yet approved") for d in known]
    print_table(("id", "version", "title", "approved by"), rows)


def show(name: Annotated[str, typer.Argument(help="Shipped protocol or a file.")]) -> None:
    """One page that a nurse can read."""
    typer.echo(describe(load_definition(name)))


def check(file: Annotated[Path, typer.Argument(help="A protocol file.")]) -> int:
    """Name file, line, field and allowed range of each mistake, in the limits file too."""
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
