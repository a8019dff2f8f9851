"""A real PostgreSQL server for tests: a cluster of its own, made, stopped and removed here."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from storage.database import open_database

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
"""Where Debian and Ubuntu put the programs of a server."""

_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
port = {port}
fsync = on
full_page_writes = off
shared_buffers = 32MB
max_connections = 40
max_wal_size = 128MB
log_min_messages = fatal
autovacuum = off
"""
_RIGHTS = """
host all asked_for_password 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
local all all trust
"""


class NoPostgresError(Exception):
    """There is no PostgreSQL here that a test may start; the text says why."""


def _programs() -> Path:
    for place in PLACES:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    found = shutil.which("initdb")
    if found is None:
        raise NoPostgresError("no PostgreSQL here (apt: postgresql)")
    return Path(found).resolve().parent


def _other_user() -> str | None:
    """Who the server runs as: PostgreSQL refuses to run as the administrator."""
    if not hasattr(os, "getuid"):
        raise NoPostgresError("PostgreSQL is started on POSIX systems only")
    if os.getuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoPostgresError("no account but root's, as which PostgreSQL does not run")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class PostgresServer:
    """One cluster on a free port of 127.0.0.1; `url` names a database in it."""

    def __init__(self) -> None:
        self.programs = _programs()
        self._user = _other_user()
        self._folder = Path(tempfile.mkdtemp(prefix="ir-postgres-"))
        self.data = self._folder / "data"
        self.port = _free_port()
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def _make(self) -> None:
        options = ["-A", "trust", "-U", "owner", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "-D", str(self.data), *options)
        settings = _SETTINGS.format(folder=self._folder, port=self.port)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(settings)
        (self.data / "pg_hba.conf").write_text(_RIGHTS)
        self.start()
        self.sql("postgres", "CREATE DATABASE made")
        open_database(self.url("made")).close()

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            user=self._user,
            cwd=self._folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._process = subprocess.Popen(
            [str(self.programs / "postgres"), "-D", str(self.data)],
            user=self._user,
            cwd=self._folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        give_up = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self._plain("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > give_up or self._process.poll() is not None:
                    raise
                time.sleep(0.02)

    def stop(self, *, at_once: bool = False) -> None:
        """End the server: connections are cut; `at_once` without writing anything down first."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._process is not None

    def remove(self) -> None:
        """Stop it and remove all that it made."""
        self.stop(at_once=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_database(self, *, with_tables: bool = True) -> str:
        """The URL of a fresh database."""
        name = f"record_{next(self._numbers)}"
        template = " TEMPLATE made" if with_tables else ""
        self.sql("postgres", f"CREATE DATABASE {name}{template}")
        return self.url(name)

    def url(self, database: str, *, user: str = "owner", port: int | None = None) -> str:
        """The address of `database` as the program takes it."""
        return f"postgresql+psycopg://{user}@127.0.0.1:{port or self.port}/{database}"

    def sql(self, database: str, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as the owner; gives the rows of the last one that has some."""
        rows: list[tuple[object, ...]] = []
        with psycopg.connect(self._plain(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                if cursor.description is not None:
                    rows = cursor.fetchall()
        return rows

    def _plain(self, database: str) -> str:
        return f"postgresql://owner@127.0.0.1:{self.port}/{database}"


def database_of(url: str) -> str:
    """The name of the database in `url`."""
    return url.rpartition("/")[2].partition("?")[0]


def can_connect(url: str) -> bool:
    """Whether a plain connection to `url` can be made."""
    engine = create_engine(url)
    try:
        with engine.connect():
            return True
    finally:
        engine.dispose()
