"""Files that a command writes say by their ending what they are."""

from __future__ import annotations

from pathlib import Path

from app.commands.answers import BadInputError


def ends_in(option: str, path: Path | None, *endings: str) -> None:
    """Refuse a `path` given to `option` whose name ends otherwise.

    Raises:
        BadInputError: in a sentence.
    """
    if path is not None and path.suffix.lower() not in endings:
        raise BadInputError(f"{option}: {path}: the name must end in {' or '.join(endings)}")
