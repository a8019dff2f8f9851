"""What the desks of the review read from and write to, put together once by the command."""

from __future__ import annotations

from dataclasses import dataclass

from app.people.door import People
from app.records.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that a desk may be given.

    Attributes:
        catalogue: the recorded sessions.
        place: where they are kept, for people.
        people: who may sign and amend; None where nobody is asked.
    """

    catalogue: Catalogue
    place: str = ""
    people: People | None = None
