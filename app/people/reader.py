"""Who sits at a window that shows what is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from app.people.actor import actor
from protocols.events import PersonIdentified


@dataclass(slots=True)
class Reader:
    """Changes as people sign in and leave; without accounts it is who the system says."""

    person: PersonIdentified | None = None

    @property
    def name(self) -> str:
        """As the trail names them: the name of the account, else ``os:anna``."""
        return actor() if self.person is None else self.person.name
