"""Copies of the sessions of one record, each noted on the trail with its digest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.exchange.copying import CopyError, make_copy, proposed_name, site_pseudonyms
from app.exchange.forms import CopyForm
from app.records.catalogue import CatalogueError, Progress
from app.records.copies import CopyDone, CopyOrder
from app.trail.noting import Trail, sha256_of, subject_of
from storage.database import Database
from storage.export import CopyStoppedError, leaves_protection
from storage.faults import StorageError

DEIDENTIFIED = "de-identified"
"""Follows the format on the trail."""


class RecordCopies:
    """Makes copies of what is in one database."""

    def __init__(self, database: Database, trail: Trail) -> None:
        """Of `database`, noted on `trail`."""
        self._database = database
        self._trail = trail

    def proposed(self, session: str, form: CopyForm, *, deidentified: bool) -> str:
        """What such a copy is called where nobody says otherwise.

        Raises:
            CatalogueError: there is no such session, or no secret of pseudonyms.
        """
        with _told():
            pseudonyms = site_pseudonyms() if deidentified else None
            return proposed_name(self._database, session, form, pseudonyms)

    def make(self, order: CopyOrder, progress: Progress) -> CopyDone | None:
        """Make a copy and note it.

        Returns:
            What was made, or None when `progress` answered that it should stop.

        Raises:
            CatalogueError: it cannot be made, and why.
        """
        try:
            with _told():
                made = make_copy(
                    self._database,
                    order.session,
                    order.form,
                    order.path,
                    pseudonyms=site_pseudonyms() if order.deidentified else None,
                    waveforms=order.waveforms,
                    go_on=progress,
                )
        except CopyStoppedError:
            return None
        form = f"{order.form.value} {DEIDENTIFIED}" if order.deidentified else order.form.value
        self._trail.exported(subject_of(order.session), form, made.path)
        return CopyDone(
            path=made.path,
            words=made.words,
            sha256=sha256_of(made.path),
            warning=leaves_protection(self._database),
        )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise CatalogueError(error.user_text) from error
    except CopyError as error:
        raise CatalogueError(str(error)) from error
