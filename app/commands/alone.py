"""One program that writes a record, refused in a sentence where there is another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.commands.answers import BadInputError
from app.reception.sole_use import InUseError, SoleUse


@contextmanager
def alone_with(place: str) -> Iterator[None]:
    """Hold the record at `place` alone; BadInputError where another program does."""
    try:
        sole_use = SoleUse(place)
    except InUseError as error:
        raise BadInputError(str(error)) from error
    try:
        yield
    finally:
        sole_use.release()
