"""A record from elsewhere as windows are given it: looked at, copied, verified, never added to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.records.catalogue import CatalogueError, Progress
from app.records.looked_at import LookedAt
from app.sealing import known_site_keys
from app.trail.archive import WatchedArchive
from app.trail.noting import Trail
from protocols.events import Command, PersonIdentified
from storage.database import Database
from storage.schema import SealRow

_KEY = SealRow.__table__.c.key


class ForeignArchive(WatchedArchive):
    """Takes corrections and signatures only where the seals are of this site and it is no copy."""

    def __init__(self, database: Database, trail: Trail, seen: LookedAt, place: str) -> None:
        """Look at `database`, read from `seen`; `place` is where the record itself lies."""
        super().__init__(database, trail)
        self._copied = seen.place != place

    def amend(
        self,
        session: str,
        commands: Sequence[Command],
        identified: Sequence[PersonIdentified] = (),
        after: int | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Add `commands` where that is right; CatalogueError says why not."""
        if self._copied:
            raise CatalogueError(
                "Shown is a copy of what holds of a damaged or cut record. Nothing can be added."
            )
        with self._database.reading() as connection:
            keys = connection.execute(select(_KEY).distinct()).scalars().all()
        known = known_site_keys()
        unknown = sorted(str(key) for key in keys if key not in known)
        if unknown:
            raise CatalogueError(
                f"This record is of another site (key {unknown[0]} is not known here). Corrections "
                "and signatures are added there."
            )
        return super().amend(session, commands, identified, after, progress)
