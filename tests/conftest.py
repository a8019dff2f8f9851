"""What holds for every test: nothing stray is left behind and nothing real is touched.

A test fails that leaves a log record of WARNING or above, a live thread, a running Qt timer or Qt
thread, or an exception raised inside a Qt callback. Home, configuration, data folder and database
are temporary.
"""

from __future__ import annotations

import contextlib
import gc
import locale
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres_server import NoPostgresError, PostgresServer

PROJECT_ROOT = Path(__file__).resolve().parents[1]
RECORDINGS = PROJECT_ROOT.parent / "shared" / "data"
THREAD_GRACE_S = 3.0
COMMA_LOCALES = ("de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "fr_FR.utf8", "nl_NL.UTF-8")

settings.register_profile(
    "default",
    deadline=None,
    max_examples=40,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "campaign",
    deadline=None,
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that shows widgets."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "gui" in item.path.parts or "qapp" in fixtures or "qtbot" in fixtures:
            item.add_marker(pytest.mark.gui)
        if "postgres" in fixtures:
            item.add_marker(pytest.mark.xdist_group("postgres"))  # one server is enough


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """What is left of the windows of a test is not searched for garbage any more.

    PySide names items of layouts that Qt ends with their window, and would end them a second time.
    """
    del item
    if "PySide6.QtWidgets" in sys.modules:
        gc.freeze()


@pytest.fixture(scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for the whole run, so that font caches are built once."""
    home = tmp_path_factory.mktemp("home")
    (home / "runtime").mkdir(mode=0o700)
    return home


@pytest.fixture(autouse=True)
def _own_folders(
    _home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Point every place the program writes to at a folder of this test alone."""
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("HOME", str(_home))
    monkeypatch.setenv("USERPROFILE", str(_home))
    monkeypatch.setenv("LOCALAPPDATA", str(folder / "local"))
    monkeypatch.setenv("APPDATA", str(folder / "roaming"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(_home / "cache"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(_home / "runtime"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("INFUSION_ROOM_DATABASE", str(folder / "sessions.db"))
    return folder


class _Records(logging.Handler):
    """Keeps every record of WARNING or above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self.kept.append(record)


@pytest.fixture(autouse=True)
def _no_stray_log_records(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail on a log record of WARNING or above that the test did not announce.

    A test announces by the marker ``expects_log_warnings`` or by asking for ``caplog``.
    """
    records = _Records()
    root = logging.getLogger()
    root.addHandler(records)
    yield
    root.removeHandler(records)
    announced = (
        "caplog" in request.fixturenames
        or request.node.get_closest_marker("expects_log_warnings") is not None
    )
    if records.kept and not announced:
        lines = [f"{r.name} {r.levelname}: {r.getMessage()}" for r in records.kept]
        pytest.fail("stray log records:\n" + "\n".join(lines), pytrace=False)


def _live_threads() -> set[threading.Thread]:
    return {
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread)  # native threads that called Python
    }


@pytest.fixture(autouse=True)
def _no_leaked_threads() -> Iterator[None]:
    """Fail when a thread started in the test outlives it."""
    before = _live_threads()
    yield
    deadline = time.monotonic() + THREAD_GRACE_S
    left = _live_threads() - before
    while left and time.monotonic() < deadline:
        time.sleep(0.01)
        left = {thread for thread in left if thread.is_alive()}
    if left:
        names = sorted(thread.name for thread in left)
        pytest.fail(f"threads still alive after the test: {names}", pytrace=False)


def _stop_running_qt_objects() -> list[str]:
    """Stop every active timer and running Qt thread and name them."""
    qt_core = sys.modules.get("PySide6.QtCore")
    shiboken = sys.modules.get("shiboken6")
    if qt_core is None or shiboken is None or qt_core.QCoreApplication.instance() is None:
        return []
    qt_core.QCoreApplication.sendPostedEvents(None, qt_core.QEvent.Type.DeferredDelete.value)
    main_thread = qt_core.QThread.currentThread()
    named: list[str] = []
    for thing in gc.get_objects():
        kind = type(thing)
        if not issubclass(kind, (qt_core.QTimer, qt_core.QThread)) or not shiboken.isValid(thing):
            continue
        if isinstance(thing, qt_core.QTimer) and thing.isActive():
            thing.stop()
            named.append(f"{kind.__name__} every {thing.interval()} ms of {thing.parent()!r}")
        elif isinstance(thing, qt_core.QThread) and thing.isRunning() and thing != main_thread:
            named.append(f"{kind.__name__} {thing.objectName()!r} running")
    return named


@pytest.fixture(autouse=True)
def _no_running_qt_objects(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail when a window of the test leaves a timer or a Qt thread running."""
    yield
    if request.node.get_closest_marker("gui") is None:
        return
    left = _stop_running_qt_objects()
    if left:
        pytest.fail("still running after the test:\n" + "\n".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def _no_exception_in_qt_callbacks() -> Iterator[None]:
    """Fail on an exception that left a slot, an event handler or a paint: Qt only reports it."""
    caught: list[str] = []

    def keep(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        caught.append(f"{kind.__name__}: {error}")
        sys.__excepthook__(kind, error, trace)

    before = sys.excepthook
    sys.excepthook = keep
    yield
    sys.excepthook = before
    if caught:
        pytest.fail("exceptions inside Qt callbacks:\n" + "\n".join(caught), pytrace=False)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings, or a skip where this machine has none."""
    if not RECORDINGS.is_dir():
        pytest.skip("no real recordings beside the project (../shared/data)")
    return RECORDINGS


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this run alone, or a skip that says why there is none."""
    try:
        server = PostgresServer()
    except NoPostgresError as error:
        pytest.skip(str(error))
    yield server
    server.remove()


@pytest.fixture
def user_folder(_own_folders: Path) -> Path:
    """The temporary folder that stands for the user's data, configuration and state."""
    return _own_folders


def _installed_comma_locale() -> str | None:
    before = locale.setlocale(locale.LC_ALL)
    try:
        for name in COMMA_LOCALES:
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_ALL, name)
                if locale.localeconv()["decimal_point"] == ",":
                    return name
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return None


def _compiled_comma_locale(folder: Path) -> bool:
    """Compile German into a folder that LOCPATH can name, where the sources are installed."""
    localedef = shutil.which("localedef")
    if localedef is None:
        return False
    command = [localedef, "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def comma_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment variables that make a new process write one and a half as 1,5."""
    name = _installed_comma_locale()
    if name is not None:
        return {"LC_ALL": name}
    folder = tmp_path_factory.mktemp("locales")
    if _compiled_comma_locale(folder):
        return {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}
    pytest.skip("no locale with a decimal comma can be had here (apt: locales)")


@pytest.fixture
def comma_locale(
    comma_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Switch this process to a decimal comma, in C and, where it is loaded, in Qt."""
    name = comma_environment["LC_ALL"]
    before = locale.setlocale(locale.LC_ALL)
    for variable, value in comma_environment.items():
        monkeypatch.setenv(variable, value)
    locale.setlocale(locale.LC_ALL, name)
    restore = _set_qt_locale(name)
    yield name
    locale.setlocale(locale.LC_ALL, before)
    restore()


def _set_qt_locale(name: str) -> Callable[[], None]:
    qt_core = sys.modules.get("PySide6.QtCore")
    if qt_core is None:
        return lambda: None
    before = qt_core.QLocale()
    qt_core.QLocale.setDefault(qt_core.QLocale(name))
    return lambda: qt_core.QLocale.setDefault(before)
