"""The trail of a command: begun with it, kept before it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from app.places import database as place_of_database
from app.trail.noting import Trail, begin_trail


@contextmanager
def on_trail(command: str, named: str | None) -> Iterator[Trail]:
    """Note looks and copies of `command`; where that cannot be, say so once and go on.

    `named` is the record that was named at the command line.
    """
    trail = begin_trail(command, place_of_database(named))
    try:
        yield trail
    finally:
        problem = trail.close()
        if problem:
            typer.echo(problem, err=True)
