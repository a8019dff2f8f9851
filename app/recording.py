"""The database that sessions are recorded in: made ready once, then written by one recorder."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from app.places import data_folder
from storage.database import open_database, open_or_replace
from storage.recorder import Recorder
from storage.sidefile import side_label

_log = logging.getLogger(__name__)


def ready_database(database: str) -> str:
    """Make sure that `database` can be written; a damaged file is set aside, never deleted.

    Returns:
        A sentence for people when a damaged file was set aside, else an empty text.

    Raises:
        StorageError: it cannot be opened for another reason.
    """
    if "://" in database:
        open_database(database).close()
        return ""
    opened, kept = open_or_replace(Path(database))
    opened.close()
    if kept is None:
        return ""
    sentence = f"The record file was damaged. It is kept as {kept}; a new file is in use."
    _log.error("%s", sentence)
    return sentence


def make_recorder(database: str, on_state: Callable[[bool, str], None]) -> Recorder:
    """The one recorder of `database`.

    What the database will not take is kept in a file beside it, else in the user's data folder,
    which may be on another disk.
    """
    beside = [] if "://" in database else [Path(database).resolve().parent]
    return Recorder(
        lambda: open_database(database),
        on_state,
        side_folders=[*beside, data_folder()],
        label=side_label(database),
    )
