"""`documents check`: whether a document is as this site sealed it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.printing.document_seal import check
from app.sealing import known_site_keys
from storage.sealing import SealingError, read_known_keys


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.callback()(_nothing)  # so that a single command keeps its name
    group.command("check")(check_document)


def _nothing() -> None:
    """No options stand before the command."""


def check_document(
    file: Annotated[Path, typer.Argument(help="PDF or HTML file that the program wrote.")],
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="Public key file or short name of a key; else this site's."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Whether a document is as it was sealed, and by whose key."""
    try:
        data = file.read_bytes()
        known = read_known_keys(key) if key else known_site_keys()
    except OSError as error:
        raise BadInputError(f"{file} cannot be read: {error.strerror or error}.") from error
    except SealingError as error:
        raise BadInputError(str(error)) from error
    verdict = check(data, known)
    if json:
        print_json({"file": file, **{name: getattr(verdict, name) for name in verdict.__slots__}})
    else:
        typer.echo(f"{file}: {verdict.words}")
        if verdict.content:
            typer.echo(f"kind {verdict.kind}, content {verdict.content}")
    return 0 if verdict.good else EXIT_NO
