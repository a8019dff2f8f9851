"""`sessions salvage`: takes over from a damaged record file into another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.alone import alone_with
from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.commands.unlocking import unlock_to_use
from app.damaged_files import salvage_by_hand
from storage.faults import StorageError


def salvage(
    file: Annotated[Path, typer.Argument(help="The damaged file; it is only read.")],
    to: Annotated[
        Path, typer.Option("--to", help="The record to add to; made where there is none.")
    ],
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Take over logbooks, sessions and courses from a damaged file, each as far as it is proven.

    Nothing is added twice. Exit status 1 where anything is known to be lost.
    """
    if not file.is_file():
        raise BadInputError(f"{file}: no such file")
    if to.exists() and to.samefile(file):
        raise BadInputError("--to must be another file than the damaged one")
    unlock_to_use(str(file))
    if to.exists():
        unlock_to_use(str(to))
    with alone_with(str(to)):
        try:
            found = salvage_by_hand(file, to)
        except StorageError as error:
            raise BadInputError(error.user_text) from error
    whole = found.is_whole
    if json:
        print_json({"sentence": found.sentence, "sessions": list(found.sessions), "whole": whole})
    else:
        typer.echo(found.sentence)
    return 0 if whole else EXIT_NO
