"""The record on a PostgreSQL server: its address, how it is connected to, whose tables these are.

An address is an SQLAlchemy URL, ``postgresql+psycopg://user@host/database``. A password stands in
it, in the variable PGPASSWORD, in this user's keyring (service `KEYRING_SERVICE`) or in libpq's
password file, in this order; it is never shown.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from storage.faults import Fault, StorageError
from storage.schema import SCHEMA_VERSION, Base

_log = logging.getLogger(__name__)

logging.getLogger("psycopg").setLevel(logging.ERROR)  # it warns of each connection that is cut

CONNECT_TIMEOUT_S = 5
"""How long a connection may take to be made."""

STATEMENT_TIMEOUT_MS = 20_000
"""How long the server may work at one statement."""

LOCK_TIMEOUT_MS = 5_000
"""How long a statement waits for another program's lock."""

CONNECTION: dict[str, str | int] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "infusion-room",
    "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
    " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC",
}
"""Parameters of libpq for every connection (postgresql.org/docs/15/libpq-connect.html); those of
the address go before them. A peer that vanished is noticed within 25 s instead of 15 min."""

KEYRING_SERVICE = "infusion-room server"
"""Under this service the keyring may hold the password of ``user@host:port/database``."""

MIGRATION_LOCK = 0x49524D31
"""Number of the advisory lock that one program holds while it makes or changes the tables."""

_CONNECTIONS: WeakKeyDictionary[Engine, list[Any]] = WeakKeyDictionary()
"""The driver's connections of each engine, so that they can be cut."""

_HIDDEN = ("password", "sslpassword", "passfile")
"""Parameters of an address that are not shown."""


def is_server(place: str) -> bool:
    """Whether `place` is the address of a server and not a file."""
    if "://" not in place:
        return False
    try:
        return make_url(place).get_backend_name() != "sqlite"
    except ArgumentError:
        return True


def shown_place(place: str) -> str:
    """`place` as people may see it: an address without its password, a path as it is."""
    if "://" not in place:
        return place
    try:
        url = make_url(place)
    except ArgumentError:
        return f"{place.partition('://')[0]}://…"
    url = url.difference_update_query([key for key in url.query if key in _HIDDEN])
    return url.render_as_string(hide_password=True)


def server_name(place: str) -> str:
    """Host, port and database of an address: what tells one server's record from another's."""
    url = _parsed(place)
    host = url.host or str(url.query.get("host", "localhost"))
    return f"{host}:{url.port or 5432}/{url.database or url.username or ''}"


def make_engine(place: str, *, patience_s: float = CONNECT_TIMEOUT_S, ping: bool = True) -> Engine:
    """An engine for the server at `place`; nothing is connected yet.

    Connecting takes no longer than `patience_s`, at least 2 s and at most `CONNECT_TIMEOUT_S`. With
    `ping` a connection that lay idle is tried before it is used, and made anew where it is dead.

    Raises:
        StorageError: no address, or no driver for it.
    """
    url = _parsed(place)
    if url.get_backend_name() != "postgresql":
        raise StorageError(
            Fault.UNSUITABLE,
            "Only PostgreSQL can hold a shared record: postgresql+psycopg://user@host/database.",
        )
    given = {key: value for key, value in CONNECTION.items() if key not in url.query}
    if "connect_timeout" in given:
        given["connect_timeout"] = max(2, min(CONNECT_TIMEOUT_S, math.ceil(patience_s)))
    if url.password is None and "PGPASSWORD" not in os.environ and "password" not in url.query:
        kept = _password_of(url)
        given |= {"password": kept} if kept else {}
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args=given,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=4,
            pool_pre_ping=ping,
            hide_parameters=True,
        )
    except (ImportError, NoSuchModuleError, ArgumentError) as error:
        raise StorageError(
            Fault.UNSUITABLE, f"No driver for this kind of database is installed: {error}"
        ) from error
    _CONNECTIONS[engine] = []
    event.listen(engine, "do_connect", partial(_keep_connection, engine))
    event.listen(engine, "connect", _check_server)
    return engine


def _keep_connection(engine: Engine, dialect: Any, _record: object, args: Any, given: Any) -> Any:
    raw = dialect.connect(*args, **given)
    known = _CONNECTIONS[engine]
    known[:] = [one for one in known if not one.closed]
    known.append(raw)
    return raw


def _parsed(place: str) -> URL:
    try:
        return make_url(place)
    except ArgumentError as error:
        text = shown_place(place)
        raise StorageError(Fault.UNSUITABLE, f"Not a database address: {text}") from error


def _password_of(url: URL) -> str:
    """The password of `url` in this user's keyring, or empty."""
    try:
        import keyring  # slow to load, and only of use where no other password is given
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    host = url.host or "localhost"
    name = f"{url.username or ''}@{host}:{url.port or 5432}/{url.database or ''}"
    try:
        return keyring.get_password(KEYRING_SERVICE, name) or ""
    except (KeyringError, RuntimeError, OSError) as error:
        _log.debug("the keyring gives no password for the server: %s", type(error).__name__)
        return ""


def _check_server(raw: object, _record: object) -> None:
    """Refuse a server that would acknowledge what a power cut can still take away."""
    cursor = raw.cursor()  # type: ignore[attr-defined]
    with cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('server_encoding')")
        fsync, encoding = cursor.fetchone()
        cursor.execute("SET synchronous_commit TO on")
    raw.rollback()  # type: ignore[attr-defined]
    if fsync != "on":
        raise StorageError(
            Fault.UNSUITABLE, "The server does not write to its disk before it answers (fsync=off)."
        )
    if encoding != "UTF8":
        raise StorageError(
            Fault.UNSUITABLE, f"The database of the server is in {encoding}; it has to be UTF8."
        )


def read_version(connection: Connection) -> int:
    """Version of the tables on the server; 0 where there are none.

    Raises:
        StorageError: the tables are another program's.
    """
    # tables first: those that another program makes meanwhile appear together with their version
    query = "SELECT to_regclass(%s) IS NOT NULL"
    tables = [
        bool(connection.exec_driver_sql(query, (table,)).scalar()) for table in Base.metadata.tables
    ]
    if not connection.exec_driver_sql(query, ("alembic_version",)).scalar():
        if any(tables):
            raise StorageError(Fault.FOREIGN, "The server's database is another program's.")
        return 0
    number = connection.exec_driver_sql("SELECT max(version_num) FROM alembic_version").scalar()
    try:
        return int(number or 0)
    except ValueError as error:
        raise StorageError(Fault.FOREIGN, "The server's database is another program's.") from error


def settle_server_version(
    engine: Engine, migrate: Callable[[Connection], None], *, read_only: bool
) -> None:
    """Bring the tables of the server to this program's version, or refuse.

    Two programs that do it at once wait for each other.

    Raises:
        StorageError: the server is newer, older and only to be read, or may not be changed.
        DBAPIError: the world's faults.
    """
    with engine.connect() as connection:
        version = read_version(connection)
    refuse_newer(version, "The record on the server")
    if version == SCHEMA_VERSION:
        return
    if read_only:
        what = "has no tables yet" if version == 0 else f"has the older format {version}"
        raise StorageError(
            Fault.UNSUITABLE, f"The server {what}. Run once, as its owner: main.py server prepare."
        )
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        version = read_version(connection)
        refuse_newer(version, "The record on the server")
        if version == SCHEMA_VERSION:
            return
        owner_only = connection.exec_driver_sql(
            "SELECT NOT has_schema_privilege(current_schema(), 'CREATE')"
        ).scalar()
        if owner_only:
            raise StorageError(
                Fault.READ_ONLY,
                f"The tables on the server are of format {version} and not yet {SCHEMA_VERSION}."
                " Run once, as their owner: main.py server prepare.",
            )
        migrate(connection)


def refuse_newer(version: int, what: str) -> None:
    """Raise the fault of a record, named `what`, that a newer program made."""
    if version > SCHEMA_VERSION:
        raise StorageError(
            Fault.NEWER,
            f"{what} was written by a newer version of this program"
            f" (format {version}; this one knows {SCHEMA_VERSION}). Update this program.",
        )


def lock_subject(connection: Connection, subject: str) -> None:
    """Let one transaction at a time add to `subject`, until the end of this one."""
    number = int.from_bytes(hashlib.sha256(subject.encode()).digest()[:8], "big", signed=True)
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (number,))


@contextmanager
def cut_after(engine: Engine, seconds: float) -> Iterator[None]:
    """Cut every connection of `engine` when what is done within takes longer.

    A network may swallow an answer and keep the connection. What was under way then raises the
    driver's error for a lost connection.
    """
    timer = threading.Timer(seconds, cut_connections, (engine,))
    timer.name = "server-patience"
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def cut_connections(engine: Engine) -> None:
    """Cut every connection of `engine`, from any thread; who waits on one gets an error."""
    for raw in list(_CONNECTIONS[engine]):
        if not raw.closed:
            with suppress(OSError), socket.socket(fileno=os.dup(raw.fileno())) as handle:
                handle.shutdown(socket.SHUT_RDWR)


ROOM_INSERTS = ("session", "journal", "live", "course_entry", "log_entry", "seal")
"""Tables that a room adds to and reads."""


def room_grants(role: str) -> list[str]:
    """SQL that lets `role` forward a room's record: add and read, never change or remove.

    The one thing a room may change are the derived columns of the list of sessions. Live rows
    leave by the server's own hand when the row that packs them arrives.
    """
    name = quoted(role)
    derived = ", ".join(c.name for c in Base.metadata.tables["session"].c if c.name not in _FIXED)
    return [
        f"GRANT SELECT, INSERT ON {', '.join(ROOM_INSERTS)} TO {name}",
        f"GRANT UPDATE ({derived}) ON session TO {name}",
        f"GRANT USAGE ON SEQUENCE session_id_seq TO {name}",
        f"GRANT SELECT ON alembic_version TO {name}",
    ]


def reader_grants(role: str) -> list[str]:
    """SQL that lets `role` read the record, for review, export and verification."""
    return [f"GRANT SELECT ON {', '.join(ROOM_INSERTS)}, alembic_version TO {quoted(role)}"]


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


_FIXED = ("id", "name")
