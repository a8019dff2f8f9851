"""A session cut by kill -9 in the middle of an infusion goes on, or is closed with its reason."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.clock import utc_now
from app.reception.cut_sessions import close_cut_session, find_cut_session
from app.reception.sole_use import InUseError, SoleUse
from app.reception.visits import Reception
from app.records.archive import Archive
from app.records.catalogue import Search, Standing
from app.rehearsal.demo import DemoWish
from app.state import ViewState, fold
from protocols.events import (
    DeliveryChanged,
    Phase,
    PhaseChanged,
    SessionClosed,
    SessionResumed,
    StopInfusion,
)
from protocols.vitals import Vital
from storage.database import open_database
from storage.journal import Journal

ROOT = Path(__file__).resolve().parents[2]
# one child serves all: with several workers its tests stay together
pytestmark = pytest.mark.xdist_group("resume")

CHILD = Path(__file__).with_name("cut_demo_child.py")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database whose one session was killed while drug was running."""
    folder = tmp_path_factory.mktemp("killed")
    database = str(folder / "sessions.db")
    child = subprocess.Popen(
        [sys.executable, str(CHILD), database],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "HOME": str(folder), "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline().strip() == "infusing"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    return folder


@pytest.fixture
def cut(killed: Path, tmp_path: Path) -> str:
    """A copy of that database as the kill left it."""
    shutil.copytree(killed, tmp_path / "copy")
    return str(tmp_path / "copy" / "sessions.db")


@pytest.fixture
def desk(cut: str) -> Reception:
    """The desk over that database."""
    return Reception(cut, demo=DemoWish(speed=1.0, silent=True))


def recorded(database: str, session: str) -> ViewState:
    state = ViewState()
    with open_database(database, read_only=True) as record:
        for event in Journal(record).read(session):
            state = fold(state, event)
    return state


def found(database: str) -> str:
    with open_database(database, read_only=True) as record:
        cut = find_cut_session(record, utc_now() + timedelta(seconds=10))
    assert cut is not None
    assert cut.phase == Phase.INFUSING
    assert cut.simulated
    assert cut.delivered_mg is not None
    assert cut.planned_mg is not None
    assert 0 < cut.delivered_mg < cut.planned_mg
    return cut.session


def verified(database: str, session: str) -> bool:
    with open_database(database, read_only=True) as record:
        verdict = Archive(record).verify(session, lambda _share: True)
    assert verdict is not None
    return verdict.good


def test_a_killed_session_goes_on_with_clock_limits_and_baseline(
    qtbot: QtBot, cut: str, desk: Reception
) -> None:
    session = found(cut)
    before = recorded(cut, session)
    assert before.delivery is not None
    visit = desk.resume(session, "N. Okafor RN", "power cut")
    visit.begin()
    try:
        live = [Vital.SPO2, Vital.PR]
        qtbot.waitUntil(
            lambda: (
                visit.feed.state.resumed is not None
                and all(
                    vital in visit.feed.state.readings
                    and visit.feed.state.readings[vital].t_ns > visit.feed.state.resumed.t_ns
                    for vital in live
                )
            ),
            timeout=15_000,
        )
        state = visit.feed.state
        gap = state.resumed
        assert gap is not None
        assert gap.by == "N. Okafor RN"
        assert gap.reason == "power cut"
        assert gap.gap_from_wall_clock
        assert gap.gap_start_ns >= before.t_ns
        assert gap.t_ns > gap.gap_start_ns
        assert state.limits == before.limits
        assert state.baseline == before.baseline
        assert state.phase is Phase.INFUSING
        assert state.infusion_started_ns == before.infusion_started_ns
        # the pump ran on: what is delivered counts the gap in full
        now_ns = visit.feed.now_ns()
        expected = before.delivered_mg(now_ns)
        assert state.delivered_mg(now_ns) == pytest.approx(expected)
        assert expected > before.delivered_mg(before.t_ns)
        # the simulated patient has had that drug too
        assert visit.demo is not None
        assert visit.demo.room.patient.delivered_mg(now_ns) == pytest.approx(expected, rel=1e-6)
        assert visit.feed.history.gaps_s == [(gap.gap_start_ns / 1e9, gap.t_ns / 1e9)]
        assert any(isinstance(event, SessionResumed) for event in visit.feed.history.listed)
    finally:
        assert visit.end()
    assert verified(cut, session)


def test_a_killed_session_is_closed_with_its_reason(cut: str) -> None:
    session = found(cut)
    close_cut_session(cut, session, "N. Okafor RN", "patient already at home")
    with open_database(cut, read_only=True) as record:
        events = list(Journal(record).read(session))
        assert find_cut_session(record, utc_now() + timedelta(seconds=10)) is None
        lines = Archive(record).list_sessions(Search())
    closed = [event for event in events if isinstance(event, SessionClosed)]
    assert [(event.by, event.reason) for event in closed] == [
        ("N. Okafor RN", "patient already at home")
    ]
    (resumed,) = (event for event in events if isinstance(event, SessionResumed))
    assert resumed.t_ns == resumed.gap_start_ns, "time stands still at the cut"
    last = [event for event in events if isinstance(event, DeliveryChanged)][-2]
    minutes = (resumed.gap_start_ns - last.t_ns) / 60e9
    until_cut_mg = float(last.delivered_mg) + float(last.rate_mg_per_min) * minutes
    assert float(closed[0].delivered_mg) == pytest.approx(until_cut_mg, abs=0.05)
    assert any(isinstance(event, StopInfusion) for event in events)
    assert Phase.STOPPED in [event.after for event in events if isinstance(event, PhaseChanged)]
    assert [line.standing for line in lines] == [Standing.CLOSED]
    assert verified(cut, session)


def test_a_second_program_is_refused_in_a_sentence(tmp_path: Path) -> None:
    database = str(tmp_path / "sessions.db")
    first = SoleUse(database)
    arguments = ["bedside", "--startup-only", "--database", database]
    second = subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert "Another bedside program is running" in second.stderr
    with pytest.raises(InUseError):
        SoleUse(database)
    first.release()
    SoleUse(database).release()
