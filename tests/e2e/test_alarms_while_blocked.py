"""The evaluator and the sound go on while something else of the program is stuck.

A real oximeter's bytes come over a pseudo-terminal from another process; window, bridge, core,
recorder and sound thread are the program's own, the loudspeaker is miniaudio's null device. What is
asserted is the order of things: the alarm was raised and heard before the part that was stuck came
back, because it comes back only then. No test asserts how long it took.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.latency_ledger import AlarmTimes
from app.printing.press import NO_SITE, Press
from app.verification import compare
from bench._alarm_path import AlarmPath
from bench.latency import RULE, compute_for
from protocols.events import Service, ServiceReported
from storage import sqlite
from storage.database import open_database
from storage.journal import Journal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

PATIENCE_S = 20.0

Done = Callable[[], bool]
"""Whether what is waited for has come; what is stuck asks it, and comes back then."""


@pytest.fixture
def path(qtbot: QtBot, tmp_path: Path) -> Iterator[AlarmPath]:
    made = AlarmPath(tmp_path / "blocked.db", 120.0, every=6)
    made.begin(warm_up_s=0.3)
    yield made
    made.oximeter.stop()
    made.end()


def compute_in_python(path: AlarmPath, done: Done) -> None:
    while not done():
        compute_for(0.1)


def wait_in_c(path: AlarmPath, done: Done) -> None:
    while not done():
        ctypes.CDLL(None).usleep(500_000)


def make_pdfs(path: AlarmPath, done: Done) -> None:
    """As the window does it, in the GUI thread."""
    press = Press(lambda: NO_SITE, lambda _path: True)
    form = press.forms_for("iv-0.5-40")[0]
    while not done():
        press.print_form(form, path.feed.history.record)


BLOCKERS: dict[str, Callable[[AlarmPath, Done], None]] = {
    "computes in Python": compute_in_python,
    "waits in C": wait_in_c,
    "makes PDFs": make_pdfs,
}


def rows(path: AlarmPath) -> list[AlarmTimes]:
    return [row for row in path.rows if row.alarm == RULE]


def heard(path: AlarmPath, count: int) -> Done:
    """Whether so many alarms of the rule were heard, or patience is at its end."""
    give_up_s = time.monotonic() + PATIENCE_S * count

    def done() -> bool:
        found = [row for row in rows(path) if row.sounded_ns is not None]
        return len(found) >= count or time.monotonic() > give_up_s

    return done


def shown(path: AlarmPath) -> bool:
    return any(row.painted_ns is not None for row in rows(path))


@pytest.mark.parametrize("what", BLOCKERS)
def test_an_alarm_is_raised_and_heard_before_the_gui_comes_back(path: AlarmPath, what: str) -> None:
    BLOCKERS[what](path, heard(path, 1))
    assert any(row.sounded_ns is not None for row in rows(path)), "it is not heard"
    assert all(row.decided_ns is not None for row in rows(path))
    assert not shown(path)  # so the window was stuck indeed
    assert path.run_gui_until(lambda: shown(path)), "it is never shown"


@pytest.mark.expects_log_warnings
def test_an_alarm_is_raised_shown_and_heard_while_the_disk_stalls(path: AlarmPath) -> None:
    with closing(sqlite.connect(path.place, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        path.run_gui(0.2)
        safe_ns = path.live._recorder.last_commit_ns
        done = heard(path, 1)
        assert path.run_gui_until(lambda: done() and shown(path), PATIENCE_S)
        assert any(row.sounded_ns is not None for row in rows(path)), "it is not heard"
        assert path.live._recorder.last_commit_ns == safe_ns, "the disk did not stall"
        assert path.run_gui_until(lambda: Service.RECORDER in path.feed.state.services)
        other.execute("ROLLBACK")
    assert path.run_gui_until(lambda: Service.RECORDER not in path.feed.state.services)
    path.run_gui(0.5)
    assert path.live._recorder.flush(PATIENCE_S)
    with open_database(path.place, read_only=True) as record:
        events = list(Journal(record).read(path.live.session))
    assert [row for row in path.rows if row.alarm == RULE]
    assert any(isinstance(e, ServiceReported) and not e.working for e in events)
    assert compare(events, closed=False).identical


@pytest.mark.campaign
@pytest.mark.parametrize("what", BLOCKERS)
def test_alarms_go_on_for_as_long_as_the_gui_is_stuck(path: AlarmPath, what: str) -> None:
    BLOCKERS[what](path, heard(path, 3))
    assert len([row for row in rows(path) if row.sounded_ns is not None]) >= 3
    assert not shown(path)
    assert path.run_gui_until(lambda: shown(path)), "it is never shown"
