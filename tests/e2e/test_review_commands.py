"""Page one and the review of a session on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.app import recorded_sessions as recorded

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("made") / "record.db"
    recorded.write(path, recorded.CLOSED, recorded.visit())
    return path.read_bytes()


@pytest.fixture
def place(made: bytes, tmp_path: Path) -> str:
    path = tmp_path / "record.db"
    path.write_bytes(made)
    return str(path)


def test_figures_are_told_with_their_moments_and_events(command: Command, place: str) -> None:
    status, out, err = command("sessions", "figures", recorded.CLOSED, "--database", place)
    assert (status, err) == (0, "")
    told = next(line for line in out.splitlines() if line.startswith("  SBP  "))
    assert "120 → 172, +52, mean " in told
    assert "(event " in told
    assert "Counted as standard version 1 says" in out
    status, out, _ = command("sessions", "figures", recorded.CLOSED, "--json", "--database", place)
    figures = json.loads(out)
    sbp = figures["rises"][0]
    number = str(sbp["events"][0])
    status, out, _ = command("sessions", "show-event", recorded.CLOSED, number, "--database", place)
    assert "value: 172" in out
    assert sbp["rise"]["peak_rise"] == 52
    assert figures["balance"]["balanced"] is False
    assert figures["open_signatures"] == ["performed", "approved"]


def test_a_review_runs_from_finding_to_signature(command: Command, place: str) -> None:
    named = ("--by", "C. Novak PhD", "--database", place)
    listed = ("sessions", "episodes", recorded.CLOSED, "--database", place)
    status, out, _ = command(*listed)
    assert (status, "Not recorded: found now" in out) == (0, True)
    amend = ("amend", recorded.CLOSED)
    status, _, err = command(*amend, "--sign", "approved", *named)
    assert (status, "not looked for yet" in err) == (2, True)
    status, _, err = command(*amend, "--episode", "rise/sbp/1", "--comment", "x", *named)
    assert (status, "begin the review first" in err) == (2, True)

    assert command(*amend, "--find-episodes", *named)[0] == 0
    status, out, _ = command(*listed, "--json")
    told = json.loads(out)
    keys = [one["key"] for one in told["episodes"]]
    assert told["recorded"] is True
    assert told["open"] == len(keys) > 1
    assert {one["kind"] for one in told["episodes"]} >= {"rise", "gap", "overdue-check"}

    closing = ("--comment", "the patient was talking", "--outcome", "expected")
    status, _, err = command(*amend, "--episode", keys[0], *closing[2:], *named)
    assert (status, "Say why you close" in err) == (2, True)
    assert command(*amend, "--episode", keys[0], *closing, *named)[0] == 0
    status, _, err = command(*amend, "--sign", "approved", *named)
    assert f"{len(keys) - 1} of {len(keys)} episodes" in err
    assert command(*amend, "--all", *closing, *named)[0] == 0
    assert command(*amend, "--sign", "approved", *named)[0] == 0
    status, out, _ = command("verify", recorded.CLOSED, "--database", place)
    assert (status, "replay   identical" in out) == (0, True)
    status, out, _ = command("sessions", "amendments", recorded.CLOSED, "--database", place)
    assert "closed as expected: the patient was talking" in out


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (("--comment", "x"), ""),
        (("--find-episodes", "--comment", "x"), "Say which: --episode KEY"),
        (("--find-episodes", "--criteria", "nowhere"), "nowhere: no such review file"),
        (("--find-episodes", "--sign", "performed"), "One at a time"),
    ],
)
def test_wishes_that_cannot_be_are_told_in_one_line(
    command: Command, place: str, wish: tuple[str, ...], words: str
) -> None:
    status, out, err = command("amend", recorded.CLOSED, *wish, "--by", "x", "--database", place)
    assert status == (2 if words else 0)
    assert words in err
    assert "added" not in out
