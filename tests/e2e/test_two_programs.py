"""Two programs on one record: the second is refused in a sentence, or both work safely."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.reception.sole_use import SoleUse
from app.recording import make_recorder
from bench._scripted_record import event_at, session_name
from storage.database import open_database
from storage.journal import Journal
from storage.recorder import Recorder
from storage.verification import verify_chain

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 20.0


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[tuple[str, Recorder]]:
    """A record held by this program, which records a session into it."""
    place = str(tmp_path / "sessions.db")
    sole_use = SoleUse(place)
    recorder = make_recorder(place, lambda _ok, _text: None)
    recorder.put(session_name(1), [event_at(1, seq) for seq in range(1, 400)])
    assert recorder.flush(WAIT_S)
    yield place, recorder
    recorder.close()
    sole_use.release()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )


def go_on(place: str, recorder: Recorder) -> None:
    """The first program records on, and all of it is there."""
    recorder.put(session_name(1), [event_at(1, seq) for seq in range(400, 600)])
    assert recorder.flush(WAIT_S)
    with open_database(place, read_only=True) as database:
        assert verify_chain(database, session_name(1)).ok
        kept = list(Journal(database).read(session_name(1)))
    assert kept == [event_at(1, seq) for seq in range(1, 600)]


@pytest.mark.parametrize("command", [("bedside", "--startup-only"), ("simulate",)])
def test_a_second_program_that_would_record_is_refused(
    recording: tuple[str, Recorder], command: tuple[str, ...]
) -> None:
    place, recorder = recording
    second = run(*command, "--database", place)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert "Another bedside program is running" in second.stderr
    go_on(place, recorder)


def test_reading_and_salvaging_elsewhere_work_beside_a_recording(
    recording: tuple[str, Recorder], tmp_path: Path
) -> None:
    place, recorder = recording
    listed = run("sessions", "list", "--json", "--database", place)
    assert listed.returncode == 0, listed.stderr
    assert [line["session"] for line in json.loads(listed.stdout)] == [session_name(1)]
    copy = str(tmp_path / "copy.db")
    assert run("sessions", "salvage", place, "--to", copy).returncode == 0
    refused = run("sessions", "salvage", copy, "--to", place)
    assert refused.returncode == 2
    assert "Another bedside program is running" in refused.stderr
    go_on(place, recorder)
    with open_database(copy, read_only=True) as database:
        assert verify_chain(database, session_name(1)).events == 399
