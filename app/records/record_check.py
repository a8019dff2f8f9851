"""Checks a record from elsewhere: version, chains, and seals against the keys of this site."""

from __future__ import annotations

from app.records.catalogue import CatalogueError, Progress
from app.records.looked_at import LookedAt
from app.records.origin import RecordFound
from app.sealing import known_site_keys
from storage.database import Database
from storage.faults import StorageError
from storage.schema import SCHEMA_VERSION
from storage.sealing import KnownKeys
from storage.verification.record import RecordReport, StoppedError, verify_record

_MOST_SAID = 2


class ForeignRecord:
    """The check of one record that is not this machine's own."""

    def __init__(self, database: Database, seen: LookedAt, known: KnownKeys | None = None) -> None:
        """Check what `database` reads; `known` are the keys of this site."""
        self._database = database
        self._seen = seen
        self._known = known_site_keys() if known is None else known

    @property
    def notes(self) -> tuple[str, ...]:
        """That it is from elsewhere, and what a copy that is shown lacks."""
        said = "From elsewhere, opened read-only: looking changes nothing in it."
        return (said, *self._seen.notes)

    def check(self, progress: Progress) -> RecordFound | None:
        """Follow every chain; None when `progress` stopped it.

        Seals of a key that this site does not know are held against the key that the record itself
        names: they fit, or do not, but do not show who made them.

        Raises:
            CatalogueError: it cannot be read.
        """
        try:
            report = verify_record(self._database, None, progress)
        except StoppedError:
            return None
        except StorageError as error:
            raise CatalogueError(error.user_text) from error
        keys = sorted(
            {one.seal.key for one in report.sessions if one.seal is not None}
            | {one.seal.key for one in (*report.courses, *report.logbooks) if one.seal is not None}
        )
        unknown = [key for key in keys if key not in self._known]
        sentences = [_origin(keys, unknown), *_wholeness(report), _version(report)]
        return RecordFound(
            good=report.ok and not self._seen.notes and not unknown,
            sentences=tuple(one for one in sentences if one),
        )


def _origin(keys: list[str], unknown: list[str]) -> str:
    if not keys:
        return "It is not sealed: nothing shows which site it is from."
    if unknown:
        many = len(unknown) > 1
        return (
            f"From another site: key{'s' if many else ''} {', '.join(unknown[:3])} not known here. "
            "Seals are held against the key that the record names itself."
        )
    return f"Sealed with {'keys' if len(keys) > 1 else 'the key'} of this site: {', '.join(keys)}."


def _wholeness(report: RecordReport) -> list[str]:
    if report.ok:
        count = len(report.sessions)
        return [f"Chain whole: {count} {'session' if count == 1 else 'sessions'}, nothing changed."]
    problems = report.problems
    said = [f"Not whole: {one}" for one in problems[:_MOST_SAID]]
    more = len(problems) - len(said)
    return [*said, f"{more} more: main.py verify says them all."] if more else said


def _version(report: RecordReport) -> str:
    if report.version in (0, SCHEMA_VERSION):
        return ""
    return f"Written by an older version of this program (format {report.version})."
