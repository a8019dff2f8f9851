"""Opens the database: SQLite in a file by default, every safeguard switched on and asserted.

One process has at most one database open for writing, and only the recorder's thread uses it; all
others open the file read-only. That connection alone checkpoints the write-ahead log.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from storage import sqlite
from storage.encryption import explain_unreadable, key_for, unlock
from storage.fault_sorting import sort_error
from storage.faults import Fault, StorageError
from storage.folders import sync_folder
from storage.key_file import DataKey, key_path
from storage.schema import APPLICATION_ID, OLDEST_READABLE, SCHEMA_VERSION
from storage.sealing import Sealer
from storage.server import cut_after, make_engine, settle_server_version, shown_place
from storage.whole_files import copy_whole

BUSY_TIMEOUT_MS = 1_000
"""How long a statement waits for a lock. The recorder tries again, so a short wait is enough."""

SERVER_PATIENCE_S = 60.0
"""How long one transaction with a server may take, when nothing else is said."""

PAGE_BYTES = 2_048
"""Page size of a new file: rows of a few hundred bytes to a few thousand waste least with it."""

_PRAGMAS: tuple[tuple[str, str | int, str | int], ...] = (
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("recursive_triggers", "ON", 1),
    ("busy_timeout", BUSY_TIMEOUT_MS, BUSY_TIMEOUT_MS),
    ("cell_size_check", "ON", 1),
    ("trusted_schema", "OFF", 0),
)
"""Set on every connection and read back: name, value given, value that must be read."""

_SHARED = "shared_transaction"
"""Execution option of a connection whose transaction only reads."""

MIGRATIONS = Path(__file__).parent / "migrations"

_MIGRATING = threading.Lock()
"""Alembic keeps what it works on in globals; two threads may make a new file at once."""


class Database:
    """An open database.

    Attributes:
        path: the SQLite file, or None where a server holds the data.
        read_only: whether nothing can be written through it.
        engine: SQLAlchemy's engine.
        encrypted: whether its file is; what a server does is not known here.
        sealer: signs the ends of chains that are written through it; None: nothing is sealed.
        patience_s: how long one transaction with a server may take before it is cut.
    """

    patience_s = SERVER_PATIENCE_S

    def __init__(self, engine: Engine, path: Path | None, *, read_only: bool) -> None:
        self.engine = engine
        self.path = path
        self.read_only = read_only
        self.encrypted = False
        self.sealer: Sealer | None = None
        self._looked_at: sqlite.FileState | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state for as long as it is open.

        Raises:
            StorageError: the world's faults, sorted.
        """
        self._notice_writers()
        with _sorted_faults(), self._bounded(), self.engine.connect() as plain:
            if self.path is None:
                yield plain.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            else:
                yield plain.execution_options(**{_SHARED: True})

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start; committed at the end, or undone.

        Raises:
            StorageError: the world's faults, sorted; nothing of the transaction is kept then.
        """
        if self.read_only:
            raise StorageError(Fault.READ_ONLY, "The record is open for reading only.")
        with _sorted_faults(), self._bounded(), self.engine.begin() as connection:
            yield connection

    def _notice_writers(self) -> None:
        """Connect anew where somebody wrote into a file that is only looked at."""
        state = sqlite.looked_at_state(self.path) if self.path and self.read_only else None
        if self._looked_at is not None and state != self._looked_at:
            self.engine.dispose()
        self._looked_at = state

    def _bounded(self) -> AbstractContextManager[None]:
        """Ends what a server takes too long for; a file is never cut off."""
        return cut_after(self.engine, self.patience_s) if self.path is None else nullcontext()

    def find_damage(self, *, thorough: bool = False) -> str | None:
        """What is wrong with the file's structure, in the database's own words, or None.

        `thorough` reads every index too (``integrity_check``); else ``quick_check``.
        """
        if self.path is None:
            return None
        check = "integrity_check" if thorough else "quick_check"
        try:
            with self.reading() as connection:
                answer = str(connection.exec_driver_sql(f"PRAGMA {check}(1)").scalar())
        except StorageError as error:
            if error.fault is Fault.CORRUPT:
                return error.user_text
            raise
        return None if answer == "ok" else answer

    def compact(self) -> None:
        """Give free pages back to the disk and empty the write-ahead log into the file.

        Raises:
            StorageError: the world's faults. Readers only keep the log from shrinking.
        """
        if self.path is None or self.read_only:
            return
        with _sorted_faults():
            pooled = self.engine.raw_connection()
            try:
                raw = pooled.driver_connection
                if isinstance(raw, sqlite.Connection):  # a script runs every step of a statement
                    raw.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")
            finally:
                pooled.close()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database(
    url_or_path: str | Path, *, read_only: bool = False, check: bool = False
) -> Database:
    """Open the database named by a path or an SQLAlchemy URL, making or migrating it if needed.

    Args:
        url_or_path: a file path, ``sqlite:///path``, or the URL of a server.
        read_only: open for reading; the file must exist and be of this program's version.
        check: look through the whole file for damage first (``quick_check``).

    Raises:
        StorageError: the file is newer than the program, of another program, damaged, locked or out
            of reach.
    """
    path, url = _locate(url_or_path)
    with _sorted_faults():
        if path is None:
            return open_server(url, read_only=read_only)
        if read_only and not path.exists():
            raise StorageError(Fault.MISSING, f"There is no record at {path}.")
        made = not read_only and _make_private(path)
        key = key_for(path)
        database = Database(_file_engine(path, read_only, key), path, read_only=read_only)
        database.encrypted = key is not None
        try:
            _settle_version(database)
            if check and (damage := database.find_damage()) is not None:
                raise StorageError(
                    Fault.CORRUPT, f"The file of the record is damaged: {damage.splitlines()[0]}"
                )
        except Exception as error:
            database.close()
            if made and path.stat().st_size == 0:
                path.unlink()  # nothing was made of it, so that there is no record here
            fault = sort_error(error)
            if fault is not None:
                raise explain_unreadable(path, fault) from error
            raise
        except BaseException:
            database.close()
            raise
        return database


def _make_private(path: Path) -> bool:
    """Make an empty file that only its owner may read, where there is none; whether it was made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:  # it is there, or cannot be made: SQLite says which
        return False
    return True


def open_or_replace(path: Path, *, check: bool = False) -> tuple[Database, Path | None]:
    """Open a file for writing; a damaged one is set aside first and a new one made.

    Returns:
        The database, and where the damaged file is kept, or None when there was none.

    Raises:
        StorageError: any other fault.
    """
    try:
        return open_database(path, check=check), None
    except StorageError as error:
        if error.fault is not Fault.CORRUPT:
            raise
    kept = set_aside(path)
    return open_database(path), kept


def set_aside(path: Path, now: datetime | None = None) -> Path:
    """Rename a damaged file and what belongs to it, dated, so that a new one can be made.

    Returns:
        The file's new path. Nothing is deleted.
    """
    target = _free_name(path, now or datetime.now(UTC))
    there = [end for end in ("", "-wal", "-shm") if path.with_name(path.name + end).exists()]
    linked = all(
        _link(path.with_name(path.name + e), target.with_name(target.name + e)) for e in there
    )
    for end in there:  # both names stand until all are linked: a cut leaves the file whole
        source = path.with_name(path.name + end)
        if linked:
            source.unlink()
        else:
            source.replace(target.with_name(target.name + end))
    if key_path(path).exists():
        with suppress(OSError):  # without it the file still opens while its key is unlocked
            copy_whole(key_path(path), key_path(target))
    sync_folder(path.parent)
    return target


def rescue(database: Database) -> Path | None:
    """Write what an open database still reaches of its deleted file to the name of one set aside.

    The system keeps a deleted file for as long as somebody has it open.

    Returns:
        The new file, or None where it could not be written whole.
    """
    if database.path is None:
        return None
    target = _free_name(database.path, datetime.now(UTC))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _sorted_faults():
            pooled = database.engine.raw_connection()
            try:
                pooled.cursor().execute("VACUUM INTO ?", (str(target),))
            finally:
                pooled.close()
        target.chmod(0o600)
        if key_path(database.path).exists():
            copy_whole(key_path(database.path), key_path(target))
        sync_folder(target.parent)
    except (StorageError, OSError):
        with suppress(OSError):
            target.unlink()
        return None
    return target


def _free_name(path: Path, now: datetime) -> Path:
    """A name for `path` as a file that is set aside at `now`, which no file has."""
    target = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}-{number}")
    return target


def _link(source: Path, target: Path) -> bool:
    """Give a file a second name; False where the disk has no such thing."""
    try:
        target.hardlink_to(source)
    except OSError:
        return False
    return True


@contextmanager
def _sorted_faults() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite.Error, OSError, UnicodeDecodeError) as error:
        fault = sort_error(error)
        if fault is None:
            raise
        raise fault from error


def _locate(url_or_path: str | Path) -> tuple[Path | None, str]:
    text = str(url_or_path)
    if "://" not in text:
        return Path(text).expanduser(), ""
    try:
        url = make_url(text)
    except ArgumentError as error:
        shown = shown_place(text)
        raise StorageError(Fault.UNSUITABLE, f"Not a database address: {shown}") from error
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StorageError(Fault.UNSUITABLE, "The record needs a file, not the memory.")
        return Path(url.database).expanduser(), text
    return None, text


def open_server(
    url: str,
    *,
    read_only: bool = False,
    patience_s: float = SERVER_PATIENCE_S,
    ping: bool = True,
) -> Database:
    """Open the record on the server at `url`; one transaction may take `patience_s` seconds.

    `ping`: see `storage.server.make_engine`.

    Raises:
        StorageError: the server is not reached, refuses, or its record is of another version.
    """
    engine = make_engine(url, patience_s=patience_s, ping=ping)
    database = Database(engine, None, read_only=read_only)
    database.patience_s = patience_s
    try:
        with _sorted_faults(), cut_after(database.engine, patience_s):
            settle_server_version(database.engine, migrate, read_only=read_only)
    except BaseException:
        database.close()
        raise
    return database


def _file_engine(path: Path, read_only: bool, key: DataKey | None) -> Engine:
    def connect() -> sqlite.Connection:
        address = sqlite.file_address(path, read_only=read_only)
        raw = sqlite.connect(address, uri=True, check_same_thread=False)
        return _prepare(raw, read_only, key)

    engine = create_engine(
        "sqlite://",
        module=sqlite.MODULE,
        creator=connect,
        poolclass=QueuePool,
        pool_size=1,
        hide_parameters=True,  # an error that is logged quotes no row
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        shared = read_only or connection.get_execution_options().get(_SHARED, False)
        connection.exec_driver_sql("BEGIN" if shared else "BEGIN IMMEDIATE")

    return engine


def _prepare(raw: sqlite.Connection, read_only: bool, key: DataKey | None) -> sqlite.Connection:
    """Set every pragma on a fresh connection and read each back."""
    try:
        raw.isolation_level = None
        if key is not None:
            unlock(raw, key)
        sqlite.compare_as_unicode(raw)
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        if not read_only:
            _prepare_file(raw, PAGE_BYTES if key is None else key.page_bytes)
        for name, value, expected in _PRAGMAS:
            raw.execute(f"PRAGMA {name}={value}")
            row = raw.execute(f"PRAGMA {name}").fetchone()
            if row is None or row[0] != expected:
                raise StorageError(
                    Fault.UNSUITABLE, f"The database refuses the safeguard {name}={value}."
                )
        if read_only:
            raw.execute("PRAGMA query_only=ON")
    except BaseException:
        raw.close()
        raise
    return raw


def _prepare_file(raw: sqlite.Connection, page_bytes: int) -> None:
    if raw.execute("PRAGMA page_count").fetchone()[0] == 0:
        raw.execute(f"PRAGMA page_size={page_bytes}")
        raw.execute("PRAGMA auto_vacuum=INCREMENTAL")
    elif (
        raw.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID
        and raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    ):
        return  # another program's file: refused later, and nothing is changed in it
    mode = raw.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StorageError(
            Fault.UNSUITABLE,
            "The folder of the record cannot keep a write-ahead log (a network share?)."
            " Choose a folder on a local disk.",
        )


def _settle_version(database: Database) -> None:
    with database.reading() as connection:
        application = connection.exec_driver_sql("PRAGMA application_id").scalar()
        version = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar() or 0
    if tables and application != APPLICATION_ID:
        raise StorageError(Fault.FOREIGN, f"{database.path} belongs to another program.")
    if version > SCHEMA_VERSION:
        raise StorageError(
            Fault.NEWER,
            f"{database.path} was written by a newer version of this program"
            f" (format {version}; this one knows {SCHEMA_VERSION}). Update this program.",
        )
    if version == SCHEMA_VERSION:
        return
    if database.read_only and version >= OLDEST_READABLE:
        return
    if database.read_only:
        raise StorageError(
            Fault.UNSUITABLE,
            f"{database.path} has the older format {version}. Open it for writing once.",
        )
    with database.engine.begin() as connection:
        migrate(connection)


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to `revision`, by default this program's, within the caller's transaction.

    `user_version` is that of this program whatever the revision.
    """
    with _MIGRATING:  # nor do two threads import it at once
        from alembic import command  # 0.4 s to import, and needed once in a file's life
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
