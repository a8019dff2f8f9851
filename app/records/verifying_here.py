"""Verifies in a window: each verdict on the trail, results written as sealed documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.people.actor import actor
from app.places import seal_key_path
from app.printing.documents import DocumentError
from app.printing.office import Office, ready_key
from app.printing.result_document import DocumentOffice
from app.printing.verification_result import verification_document
from app.records.catalogue import CatalogueError
from app.records.making_now import making_now
from app.records.verifying import Verifier
from app.reviewing.verifying import Verification
from app.sealing import known_site_keys
from app.trail.noting import SESSIONS, Trail, subject_of
from storage.database import Database
from storage.export import leaves_protection


class VerifierHere(Verifier):
    """Verifies the record that is looked at, by the keys of this machine."""

    def __init__(
        self,
        record: Database,
        place: str,
        trail: Trail | None = None,
        *,
        office: DocumentOffice | None = None,
        who: Callable[[], str] = actor,
    ) -> None:
        """Verify `record`, which is at `place`; `who` says who has documents made."""
        super().__init__(record, known_site_keys(), place, self._note)
        self._trail = trail
        self._who = who
        self._office = office or Office(
            trail, ready_key(seal_key_path()), unprotected=leaves_protection(record)
        )

    def write(self, found: Verification, path: Path) -> str:
        """Write `found` as the ending of `path` says; what there is to say of it.

        Raises:
            CatalogueError: it cannot be written.
        """
        made = making_now(self._who(), found.place)
        document = verification_document(
            found, program=made.program, made_at=made.at, made_by=made.by
        )
        try:
            return self._office.write_result(document, path).words
        except DocumentError as error:
            raise CatalogueError(str(error)) from error

    def _note(self, session: str, problem: str) -> None:
        if self._trail is not None:
            self._trail.verified(subject_of(session) if session else SESSIONS, problem)
