"""Sessions of the real pipeline written into a database: for archive, review and replay."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from storage import sqlite

sys.path.insert(0, str(Path(__file__).parent))

from session_scenes import Scene

from protocols.events import (
    Acknowledge,
    CloseSession,
    EnterBp,
    Event,
    PauseInfusion,
    RecordEvent,
    ResumeInfusion,
    StopInfusion,
    WriteNote,
)
from storage.database import open_database
from storage.journal import Journal

CLOSED = "20260302-090000-room2-0001"
CUT = "20260303-090000-room2-0002"


@cache
def visit() -> tuple[Event, ...]:
    """A visit with a high pressure answered, a pause, silence of the oximeter, a stop, a close."""
    scene = Scene().to_infusing()
    scene.oximeter(60, pr=84)
    scene.do(RecordEvent, term="nausea", severity=3)
    scene.do(EnterBp, sbp_mmhg=172, dbp_mmhg=98)
    raised = next(iter(scene.state.alarms))
    scene.oximeter(20, pr=90)
    scene.do(Acknowledge, alarm=raised, action="seen, watching")
    scene.do(PauseInfusion, reason="pressure")
    scene.oximeter(30, pr=88, spo2=96)
    scene.do(ResumeInfusion)
    scene.wait(900)
    scene.oximeter(60, pr=80)
    scene.do(EnterBp, sbp_mmhg=131, dbp_mmhg=82)
    scene.do(WriteNote, text="comfortable")
    scene.oximeter(45, pr=78)
    scene.do(StopInfusion, reason="patient asked")
    scene.wait(30)
    scene.do(CloseSession, reason="end of the test")
    assert scene.state.closed is not None
    return tuple(scene.record)


@cache
def cut_visit() -> tuple[Event, ...]:
    """A visit whose record ends while the drug runs."""
    scene = Scene().to_infusing()
    scene.oximeter(90, pr=76)
    return tuple(scene.record)


def write(path: Path, session: str, events: Sequence[Event], *, seal: bool = True) -> None:
    """Add a session to the database at `path`, in batches as the recorder writes them."""
    with open_database(path) as database:
        journal = Journal(database)
        for first in range(0, len(events), 40):
            journal.append(session, events[first : first + 40])
        if seal:
            journal.seal(session)


def age(path: Path, session: str) -> None:
    """Let the last commit of `session` lie long ago, so that nobody can still be running it."""
    with sqlite.connect(path) as raw:
        raw.execute(
            "UPDATE session SET committed_utc = '2026-03-03T10:00:00.000+00:00' WHERE name = ?",
            (session,),
        )
    raw.close()


def damage(path: Path, statement: str) -> None:
    """Change the record behind the program's back."""
    raw = sqlite.connect(path)
    for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type='trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    assert raw.execute(statement).rowcount != 0, statement
    raw.commit()
    raw.close()


def make_record(path: Path) -> None:
    """A database with a closed and an interrupted session."""
    write(path, CLOSED, visit())
    write(path, CUT, cut_visit(), seal=False)
    age(path, CUT)
