"""Every shipped protocol runs from the door to discharge on simulated monitors, and is proved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protocols.events import Giving
from protocols.preflight import giving_min
from tests.e2e.test_simulate import run
from tests.unit.protocols.shipped import NAMES, shipped

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("simulated protocols")]

AT_ONCE = ("im-0.5", "spravato-56")
"""One injected, one in devices; an infusion is simulated in many tests, the rest is a campaign."""

PROTOCOLS = [
    pytest.param(name, marks=() if name in AT_ONCE else pytest.mark.campaign) for name in NAMES
]


def test_each_way_of_giving_at_once_is_in_the_default_run() -> None:
    assert {shipped(name).dose.giving for name in AT_ONCE} == set(Giving) - {Giving.INFUSION}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_simulated_visit_comes_to_discharge_with_the_whole_dose(
    name: str, tmp_path: Path
) -> None:
    database = str(tmp_path / "visit.db")
    status, out, err = run(
        *("simulate", "--protocol", name, "--patient", "normotensive", "--seed", "3"),
        *("--weight-kg", "70", "--database", database, "--json"),
    )
    assert status == 0, err
    summary = json.loads(out)
    assert summary["recorded"] is True
    dose = shipped(name).dose
    ordered = 70 * dose.dose_mg_per_kg if dose.dose_mg_per_kg is not None else dose.dose_mg
    assert ordered is not None
    assert summary["delivered_mg"] == pytest.approx(float(ordered), abs=1e-6)
    since = {phase["phase"]: round(1000 * phase["t_s"]) for phase in summary["phases"]}
    assert list(since) == ["gate", "baseline", "infusing", "recovery", "discharged"]
    given_ms = since["recovery"] - since["infusing"]
    assert given_ms >= 60_000 * giving_min(dose)
    rule = shipped(name).recovery
    counted_from = "infusing" if rule.counted_from_first_dose else "recovery"
    assert since["discharged"] - since[counted_from] >= 1000 * rule.minimum_s
    status, _, err = run("verify", str(summary["session"]), "--database", database)
    assert status == 0, err
