"""Whole visits with each family of monitors on the ports: to the end, recorded, and given again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.commands.registration import run
from devices.registry import DRIVERS

ROOMS = (
    ("oximeter=masimo", "bp=dinamap"),
    ("oximeter=nellcor", "bp=suntech"),
    ("oximeter=nonin-ascii", "bp=suntech"),
    ("oximeter=contec-cms50", "bp=dinamap"),
    ("oximeter=bci", "monitor=ivy-450c", "bp=suntech"),
    ("monitor=intellivue", "bp=suntech"),
    ("monitor=datex-s5", "bp=dinamap"),
    ("oximeter=nonin", "bp=suntech", "pump=alaris-ash"),
    ("oximeter=nonin", "bp=suntech", "pump=bbraun-bcc"),
)


def test_every_driver_stands_in_one_of_the_rooms() -> None:
    assert {monitor.partition("=")[2] for room in ROOMS for monitor in room} == set(DRIVERS)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "monitors",
    [ROOMS[0], *(pytest.param(room, marks=pytest.mark.campaign) for room in ROOMS[1:])],
    ids=" ".join,
)
def test_a_visit_with_these_monitors_ends_and_is_given_again_by_its_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monitors: tuple[str, ...]
) -> None:
    database = str(tmp_path / "visits.db")
    chosen = [word for monitor in monitors for word in ("--monitor", monitor)]
    assert (
        run(
            [
                *("simulate", "--patient", "strong", "--seed", "1", "--weight-kg", "70"),
                *("--database", database, "--json", *chosen),
            ]
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["phases"][-1]["phase"] == "discharged"
    assert told["delivered_mg"] == 35
    assert {"hr", "spo2", "sbp", "dbp", "map"} <= told["peak"].keys()
    assert 130 < told["peak"]["sbp"] < 190
    assert 90 <= told["peak"]["spo2"] <= 100
    assert run(["verify", told["session"], "--database", database]) == 0
