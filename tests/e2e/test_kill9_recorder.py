"""A session survives SIGKILL: all that was committed is there, and the journal goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.kill9 import run_campaign

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL of POSIX")


def test_eight_kills_lose_nothing_that_was_committed(tmp_path: Path) -> None:
    kills = run_campaign(tmp_path / "killed.db", 8, seed=4)
    assert all(kill.committed <= kill.kept <= kill.put for kill in kills)
    kept = [kill.kept for kill in kills]
    assert kept == sorted(kept)
    assert kept[-1] > 300  # enough to have met the packing


@pytest.mark.campaign
@pytest.mark.timeout(1_800)
def test_two_hundred_kills_lose_nothing_that_was_committed(tmp_path: Path) -> None:
    kills = run_campaign(tmp_path / "killed.db", 200, seed=9)
    assert all(kill.committed <= kill.kept <= kill.put for kill in kills)
