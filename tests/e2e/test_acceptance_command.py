"""`accept` from beginning to end: a visit with failing monitors, its verdict, its sealed result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.places import site_folder
from tests.e2e.conftest import Call
from tests.e2e.test_simulate import shorter_protocol

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("simulated")]

SCENARIO = """
id = "cables"
version = 1
title = "Cables, silence and noise"
story = "What fails comes back."
teaches = "Links come back by themselves."
source = ["[design]"]
review_date = 2027-01-01
approved_by = ""
protocol = "shorter"
patient = "normotensive"
seed = 2
weight_kg = "70"

[[fault]]
at_min = 3.0
what = "noise"
device = "oximeter"
count = 500

[[fault]]
at_min = 5.0
what = "unplug"
device = "oximeter"

[[fault]]
at_min = 7.0
what = "replug"
device = "oximeter"

[[fault]]
at_min = 10.0
what = "silence"
device = "oximeter"

[[fault]]
at_min = 11.0
what = "speak"
device = "oximeter"

[[expect]]
what = "link"
device = "oximeter"
state = "not-connected"
from_min = 5.0
to_min = 5.1

[[expect]]
what = "link"
device = "oximeter"
state = "silent"
from_min = 10.0
to_min = 10.5

[[expect]]
what = "alarm"
rule = "device-lost"
from_min = 5.0
to_min = 5.5

[[expect]]
what = "data"
vital = "spo2"
low_percent = 88.0
high_percent = 92.0

[[expect]]
what = "dose"
low_percent = 100.0
high_percent = 100.0

[[expect]]
what = "peak"
vital = "sbp"
low = 1.0
high = 2.0
"""


def test_faults_are_met_as_expected_what_is_not_fails_and_the_result_is_sealed(
    tmp_path: Path, command: Call
) -> None:
    shorter_protocol(site_folder("protocols"))
    file = tmp_path / "cables.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    folder = tmp_path / "run"
    status, out, err = command("accept", str(file), "--folder", str(folder), "--json")
    assert status == 1, err
    [line] = out.splitlines()
    told = json.loads(line)
    assert [one["text"] for one in told["judged"] if not one["met"]] == [
        "Highest systolic pressure since the start of drug 1 to 2 mmHg"
    ], told
    assert len(told["judged"]) == 10
    for ending in ("pdf", "html"):
        assert command("documents", "check", str(folder / f"acceptance.{ending}"))[0] == 0
    status, out, err = command("accept", str(file), "--folder", str(folder))
    assert status == 2
    assert "name another folder" in err
