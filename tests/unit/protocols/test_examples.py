"""Examples of rooms for another drug: whole protocols, and never among those that ship."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.places import RESOURCES, names_of, read_protocol
from protocols.definition import parse_protocol
from protocols.dosing.dose_rule import Body
from protocols.dosing.order import calculate_dose

EXAMPLES = sorted((RESOURCES / "examples").glob("*.toml"))


def test_there_is_an_example_for_iron_immunoglobulin_and_a_biologic() -> None:
    assert [path.stem for path in EXAMPLES] == ["biologic-example", "iron-example", "ivig-example"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_whole_protocol_that_says_that_it_is_one(path: Path) -> None:
    text, _ = read_protocol(str(path))
    assert "EXAMPLE, NOT A PROTOCOL THAT SHIPS" in text
    definition = parse_protocol(text, path.name)
    assert definition.title.startswith("EXAMPLE: ")
    assert definition.approved_by == ""
    assert path.stem not in names_of("protocols")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_asks_the_gate_of_every_room_and_no_psychiatric_scale(path: Path) -> None:
    definition = parse_protocol(*read_protocol(str(path)))
    assert {"identity", "hypersensitivity", "consent", "order"} <= {
        one.id for one in definition.gate
    }
    assert definition.gate_item("suicide-screen") is None
    assert definition.scales == ()
    assert definition.concentration is None


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_usual_order_of_an_example_meets_no_guardrail(path: Path) -> None:
    definition = parse_protocol(*read_protocol(str(path)))
    dose = definition.dose
    found = calculate_dose(
        dose.usual_order(), dose, Body(weight_kg=Decimal(70)), definition.guardrails
    )
    assert found.findings == ()
