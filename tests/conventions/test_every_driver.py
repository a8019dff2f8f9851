"""What every registered driver owes: a name, notes, known vitals, a simulated monitor."""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from pathlib import Path

from devices.driver_spec import DeviceKind
from devices.registry import DRIVERS, DriverSpec
from protocols.vitals import VITALS
from tests.conventions.streams import SPECS
from tests.unit.devices.steady_body import SteadyBody

DEVICES = Path(__file__).resolve().parents[2] / "devices"


@SPECS
def test_it_is_registered_under_its_own_name(spec: DriverSpec) -> None:
    assert DRIVERS[spec.name] is spec
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", spec.name)
    assert spec.title
    assert spec.maker
    assert spec.models
    assert spec.certainty


@SPECS
def test_it_has_notes_with_sources_and_what_is_unsure(spec: DriverSpec) -> None:
    notes = (DEVICES / spec.folder / "NOTES.md").read_text(encoding="utf-8")
    assert f"`{spec.name}`" in notes
    for heading in ("## Sources", "## Line", "## Trust", "## Unsure"):
        assert heading in notes
    assert str(spec.settings.baud) in notes


@SPECS
def test_its_whole_folder_is_held_to_be_pure(spec: DriverSpec) -> None:
    contracts = tomllib.loads((DEVICES.parent / "pyproject.toml").read_text(encoding="utf-8"))
    [pure] = [
        contract
        for contract in contracts["tool"]["importlinter"]["contracts"]
        if contract["id"] == "pure-wire"
    ]
    assert f"devices.{spec.folder}" in pure["source_modules"]


@SPECS
def test_its_modules_say_what_they_are(spec: DriverSpec) -> None:
    for path in sorted((DEVICES / spec.folder).glob("*.py")):
        module = importlib.import_module(f"devices.{spec.folder}.{path.stem}")
        assert module.__doc__, path
    for made in (spec.make_driver(), spec.make_parser()):
        assert inspect.getdoc(type(made))


@SPECS
def test_its_vitals_are_known_and_its_limits_make_sense(spec: DriverSpec) -> None:
    assert bool(spec.vitals) is (spec.kind is DeviceKind.MONITOR)
    assert spec.slots
    assert ("pump" in spec.slots) is (spec.kind is DeviceKind.PUMP)
    assert set(spec.vitals) <= set(VITALS)
    assert spec.quiet_limit_s is None or spec.quiet_limit_s > 0
    assert spec.settings.baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)


@SPECS
def test_its_simulated_monitor_is_pure_and_answers(spec: DriverSpec) -> None:
    first, second = (spec.make_simulator(SteadyBody(), 7) for _ in range(2))
    for t_ns in range(0, 2_000_000_000, 50_000_000):
        assert first.advance(t_ns) == second.advance(t_ns)
        first.receive(t_ns, b"\x00\xff")
        second.receive(t_ns, b"\x00\xff")
        assert first.next_deadline_ns == second.next_deadline_ns
