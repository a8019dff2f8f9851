"""The line between pump and patient: when the drug arrives, and what the flush brings in."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.places import read_protocol
from protocols.dosing.line import Line
from protocols.events import (
    ChangeContainer,
    ContainerChanged,
    LineMark,
    LineMarked,
    MarkLine,
    PauseInfusion,
)
from tests.unit.app.session_scenes import Scene

MIN = 60
DEAD_SPACE_ML = 5


def infusing() -> Scene:
    """35 mg in 35 mL over 40 min through a line of 5 mL."""
    text = read_protocol("iv-0.5-40")[0]
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("dead_space_ml"))
    return Scene(
        protocol_text=bare.replace("[dose]", f"[dose]\ndead_space_ml = {DEAD_SPACE_ML}", 1)
    ).to_infusing()


def mark(scene: Scene, what: LineMark, flush_ml: Decimal | None = None) -> str:
    return scene.refusal(MarkLine, mark=what, flush_ml=flush_ml)


def test_the_drug_at_the_patient_is_marked_once_with_what_left_the_pump() -> None:
    scene = infusing()
    scene.wait(4 * MIN)
    assert mark(scene, LineMark.DRUG_AT_PATIENT) == ""
    (seen,) = scene.all(LineMarked)
    assert (seen.left_pump_mg, seen.in_line_mg) == (Decimal("3.5"), Decimal("3.5"))
    assert "recorded already" in mark(scene, LineMark.DRUG_AT_PATIENT)


def test_a_flush_belongs_after_the_drug_and_pushes_out_what_the_line_holds() -> None:
    scene = infusing()
    scene.wait(20 * MIN)
    assert "still runs" in mark(scene, LineMark.FLUSH_STARTED)
    scene.wait(21 * MIN)
    assert "No flush was started" in mark(scene, LineMark.FLUSH_ENDED, Decimal(10))
    assert mark(scene, LineMark.FLUSH_STARTED) == ""
    assert scene.all(LineMarked)[-1].in_line_mg == DEAD_SPACE_ML
    assert "running already" in mark(scene, LineMark.FLUSH_STARTED)
    for volume in (None, Decimal(0), Decimal(-3), Decimal("NaN"), Decimal(501)):
        assert "Enter the volume" in mark(scene, LineMark.FLUSH_ENDED, volume)
    assert mark(scene, LineMark.FLUSH_ENDED, Decimal(2)) == ""
    assert scene.all(LineMarked)[-1].in_line_mg == 3
    assert mark(scene, LineMark.FLUSH_STARTED) == ""
    assert mark(scene, LineMark.FLUSH_ENDED, Decimal(20)) == ""
    assert scene.all(LineMarked)[-1].in_line_mg == 0


def test_a_new_bag_changes_neither_the_dose_nor_its_clock() -> None:
    scene = infusing()
    scene.wait(10 * MIN)
    scene.do(PauseInfusion)
    scene.wait(MIN)
    before = scene.state.delivered_mg(scene.now_ns)
    assert scene.refusal(ChangeContainer, lot="B2", volume_ml=Decimal(50)) == ""
    (changed,) = scene.all(ContainerChanged)
    assert (changed.lot, changed.left_pump_mg) == ("B2", Decimal("8.75"))
    assert scene.state.delivered_mg(scene.now_ns) == before


@pytest.mark.parametrize(
    ("lot", "volume", "words"),
    [("", "50", "lot"), ("B2", "0", "volume"), ("B2", "NaN", "volume"), ("B2", "5001", "volume")],
)
def test_a_new_bag_needs_its_lot_and_a_possible_volume(lot: str, volume: str, words: str) -> None:
    scene = infusing()
    refused = scene.refusal(ChangeContainer, lot=lot, volume_ml=Decimal(volume))
    assert words in refused
    assert scene.all(ContainerChanged) == []


def test_nothing_is_seen_at_a_line_before_anything_was_infused() -> None:
    scene = Scene().to_frozen()
    assert "Nothing was infused" in mark(scene, LineMark.DRUG_AT_PATIENT)
    assert "Nothing is being infused" in scene.refusal(
        ChangeContainer, lot="B2", volume_ml=Decimal(50)
    )


_AMOUNTS = st.fractions(min_value=0, max_value=200, max_denominator=1000)


@given(
    dead_ml=st.fractions(min_value=0, max_value=30, max_denominator=100),
    strength=st.fractions(min_value=Fraction(1, 10), max_value=10, max_denominator=100),
    flushed_ml=st.fractions(min_value=0, max_value=60, max_denominator=100),
    left=_AMOUNTS,
    more=_AMOUNTS,
)
def test_a_line_never_holds_more_than_left_the_pump_nor_than_its_volume(
    dead_ml: Fraction, strength: Fraction, flushed_ml: Fraction, left: Fraction, more: Fraction
) -> None:
    line = Line(dead_space_ml=dead_ml, concentration_mg_per_ml=strength, flushed_ml=flushed_ml)
    held = line.in_line_mg(left)
    assert 0 <= held <= min(left, dead_ml * strength)
    assert held <= line.in_line_mg(left + more) <= held + more
    assert (left + more) - line.in_line_mg(left + more) >= left - held
