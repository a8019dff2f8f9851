"""`verify` of several sessions and of all, its documents, and a stop; `replay --headless`."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from app.commands import long_work
from protocols.events import SessionOpened
from tests.e2e.conftest import Call


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("many") / "sessions.db"
    recorded.make_record(path)
    return str(path)


def test_several_sessions_and_all_are_verified_with_one_outcome(command: Call, record: str) -> None:
    named = (recorded.CLOSED, recorded.CUT)
    status, out, _ = command("verify", *named, "--database", record)
    assert status == 0
    assert [line for line in out.splitlines() if line.startswith("session")] == [
        f"session  {name}" for name in named
    ]
    assert "2 sessions verified, no difference found." in out
    status, out, _ = command("verify", "--all", "--database", record)
    assert status == 0
    assert "record   ok" in out
    assert "The record around them is whole." in out
    assert out.count("present  SpO2") == 2
    assert out.count("alarms   not measured") == 2


def test_the_result_is_kept_as_html_and_pdf(command: Call, record: str, tmp_path: Path) -> None:
    html, pdf = tmp_path / "v.html", tmp_path / "v.pdf"
    status, out, _ = command("verify", record, "--html", str(html), "--pdf", str(pdf))
    assert status == 0
    assert f"{html}: written" in out
    text = html.read_text(encoding="utf-8")
    assert recorded.CLOSED in text
    assert "2 sessions verified, no difference found" in text
    assert pdf.read_bytes().startswith(b"%PDF")
    status, _, err = command("verify", record, record, "--html", str(html))
    assert (status, "of one record" in err) == (2, True)


def test_what_cannot_be_meant_is_said(command: Call, record: str) -> None:
    assert command("verify", "--all", recorded.CUT, "--database", record)[0] == 2
    status, _, err = command("verify", "--database", record)
    assert (status, "--all" in err) == (2, True)


def test_interrupted_it_says_what_was_done_so_far_and_that_is_no_yes(
    command: Call, record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)
    told = 0

    def interrupt(self: long_work.LongWork, share: float) -> bool:
        nonlocal told
        told += share >= 0.99
        if share > 0.6 and not self.stopping:
            signal.raise_signal(signal.SIGINT)
        return not self.stopping

    monkeypatch.setattr(long_work.LongWork, "go_on", interrupt)
    status, out, _ = command("verify", recorded.CLOSED, recorded.CUT, "--database", record)
    assert status == 1
    assert out.count("session  ") == 1
    assert "Stopped: 1 of 2 sessions verified" in out
    assert signal.getsignal(signal.SIGINT) == before


def test_headless_the_inputs_run_through_the_rules_and_what_came_is_counted(
    command: Call, record: str
) -> None:
    status, out, err = command("replay", recorded.CLOSED, "--database", record, "--headless")
    assert (status, err) == (0, "")
    for word in ("inputs   ", "outputs  ", "digest   ", "reading", "alarms   ", "times real time"):
        assert word in out
    assert "172" in out
    asked = ("replay", recorded.CLOSED, "--database", record, "--headless", "--json")
    first, second = (json.loads(command(*asked)[1]) for _ in range(2))
    assert first["digest"] == second["digest"]
    assert sum(first["counts"].values()) == first["outputs"]
    assert first["session_s"] > 1000
    assert command("replay", "nobody", "--database", record, "--headless")[0] == 2
    assert command("replay", recorded.CLOSED, "--database", record, "--json")[0] == 2


def test_headless_alarms_are_told_from_a_moment_on_beside_those_of_other_limits(
    command: Call, record: str, tmp_path: Path
) -> None:
    opened = next(event for event in recorded.visit() if isinstance(event, SessionOpened))
    limits = tmp_path / "lower.toml"
    text = opened.limits_text
    start = text.index('id = "sbp-high-warning"')
    changed = text[start:].replace("value = 165,", "value = 175,", 1)
    limits.write_text(text[:start] + changed, encoding="utf-8")
    asked = ("replay", recorded.CLOSED, "--database", record, "--headless")
    whole = json.loads(command(*asked, "--json")[1])
    assert (whole["other_limits"], whole["alarms_from_s"]) == (None, 0.0)
    first = whole["alarms"][0]
    at_s = first["t_ns"] / 1e9
    status, out, _ = command(*asked, "--limits", str(limits), "--at", str(at_s), "--json")
    told = json.loads(out)
    assert status == 0
    assert told["digest"] == whole["digest"]
    assert told["alarms"] == [one for one in whole["alarms"] if one["t_ns"] >= first["t_ns"]]
    rules = {one["rule"] for one in told["other_limits"]["alarms"]}
    assert "sbp-high-warning" not in rules
    assert min(one["raised_ns"] for one in told["other_limits"]["alarms"]) >= first["t_ns"]
    later = f"{at_s + 1}"
    status, out, _ = command(*asked, "--limits", str(limits), "--at", later)
    assert status == 0
    assert f"alarms   {len(whole['alarms']) - 1} from 0:" in out
    assert f", under {told['other_limits']['name']}" in out
    for wrong in ("-1", "1e9"):
        status, _, err = command(*asked, "--at", wrong)
        assert status == 2
        assert "is not within the session, which ends at" in err
        assert command(*asked[:-1], "--at", wrong)[0] == 2
