"""Alarms that other limits would have raised in a recorded session, for the bar of its replay."""

from __future__ import annotations

from app.places import NoSuchResourceError, read_limits
from app.records.catalogue import CatalogueError
from app.rejudging.journal import read_recording
from app.rejudging.occurrence import Occurrence
from app.rejudging.occurrences import rejudge
from protocols.limits import LimitsError, parse_limits
from storage.database import Database
from storage.faults import StorageError


def occurrences_under(
    database: Database, session: str, limits: str
) -> tuple[str, tuple[Occurrence, ...]]:
    """What the limits of that name or file are called, and the alarms that they would give.

    Raises:
        CatalogueError: the limits or the session cannot be read.
    """
    try:
        text, path = read_limits(limits)
        profile = parse_limits(text, path)
        recording = read_recording(database, session)
    except NoSuchResourceError as error:
        raise CatalogueError(str(error)) from error
    except LimitsError as error:
        raise CatalogueError(str(error.problems[0])) from error
    except StorageError as error:
        raise CatalogueError(error.user_text) from error
    return f"{profile.id} {profile.version}", rejudge(recording, profile)
