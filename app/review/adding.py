"""Adding to a closed session in a thread of its own, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.records.catalogue import Catalogue, CatalogueError, Progress
from protocols.events import Command, PersonIdentified


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """How many events the record has now; or why nothing was added.

    `confirmable`: the rules only ask, and the same sent as confirmed is accepted.
    """

    count: int = 0
    refused: str = ""
    confirmable: bool = False


def add(
    catalogue: Catalogue,
    session: str,
    commands: Sequence[Command],
    identified: Sequence[PersonIdentified],
    after: int,
    progress: Progress,
) -> Added:
    """Add `commands` to `session` where its record still ends with event `after`."""
    try:
        return Added(count=catalogue.amend(session, commands, identified, after, progress))
    except CatalogueError as error:
        return Added(refused=str(error), confirmable=error.confirmable)
