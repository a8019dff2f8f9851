"""The database that sessions are recorded in: made ready once, then written by one recorder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.damaged_files import note_moved, ready_file
from app.places import data_folder
from app.sealing import open_to_write, ready_sealing
from storage.database import Database, open_database
from storage.recorder import Recorder
from storage.sealed_lines import cipher_for
from storage.sidefile import side_label


def ready_database(database: str) -> str:
    """Make sure that `database` can be written; a damaged file is set aside, never deleted.

    Returns:
        Sentences for people when a damaged file was set aside or sessions cannot be sealed.

    Raises:
        StorageError: it cannot be opened for another reason.
    """
    if "://" in database:
        open_database(database).close()
        return ""
    notices = (ready_file(Path(database).expanduser()), ready_sealing(database))
    return " ".join(notice for notice in notices if notice)


def make_recorder(
    database: str,
    on_state: Callable[[bool, str], None],
    on_moved: Callable[[str], None] | None = None,
) -> Recorder:
    """The one recorder of `database`; `on_moved` is told, for people, when its file is another.

    What the database will not take is kept in a file beside it, else in the user's data folder,
    which may be on another disk.
    """
    path = None if "://" in database else Path(database).expanduser()
    beside = [] if path is None else [path.resolve().parent]

    def moved(kept_as: Path | None, why: str, new: Database) -> None:
        sentence = note_moved(kept_as, why, new)
        if on_moved is not None:
            on_moved(sentence)

    return Recorder(
        lambda: open_to_write(database),
        on_state,
        side_folders=[*beside, data_folder()],
        label=side_label(database),
        cipher=cipher_for(database),
        path=path,
        on_moved=moved,
    )
