"""The drug's way to the patient, as it reads in a line of the summary and the review."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.giving_words import GivingEvent, giving_words
from app.places import read_protocol
from protocols.dosing.order_words import planned_in_words
from protocols.events import (
    ContainerChanged,
    DoseGiven,
    DosePlanned,
    GiveDose,
    HoldEnded,
    LineMark,
    LineMarked,
)
from tests.unit.app.session_scenes import Scene

D = Decimal


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            DoseGiven(
                t_ns=0,
                number=2,
                of=3,
                amount_mg=D(28),
                total_mg=D(56),
                by="N",
                lot="L-9",
                reason="used at once",
            ),
            "dose 2 of 3: 28.0 mg, lot L-9, before its time: used at once",
        ),
        (
            DoseGiven(
                t_ns=0, number=1, of=1, amount_mg=D(35), total_mg=D(35), by="N", site="left arm"
            ),
            "dose 1 of 1: 35.0 mg, left arm",
        ),
        (
            HoldEnded(t_ns=0, outcome="swallowed", held_ns=725 * 10**9, by="N"),
            "held 12:05 min, then swallowed",
        ),
        (
            LineMarked(
                t_ns=0,
                mark=LineMark.FLUSH_ENDED,
                by="N",
                left_pump_mg=D(35),
                in_line_mg=D(3),
                flush_ml=D(2),
            ),
            "flush ended, 2 mL; 3.0 mg in the line",
        ),
        (
            ContainerChanged(t_ns=0, by="N", lot="B2", volume_ml=D(50), left_pump_mg=D(9)),
            "new bag or syringe, lot B2, 50 mL",
        ),
    ],
)
def test_each_event_of_the_drugs_way_reads_in_one_line(event: GivingEvent, words: str) -> None:
    assert giving_words(event) == words


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("iv-0.5-40", "35.0 mg (0.5 mg/kg of 70.0 kg) over 40 min at 52.5 mL/h"),
        ("im-0.5", "35.0 mg (0.5 mg/kg of 70.0 kg) in 0.7 mL, at once"),
        ("spravato-84", "84.0 mg in 3 of 28 mg"),
    ],
)
def test_a_recorded_dose_reads_by_its_way_of_giving(protocol: str, words: str) -> None:
    scene = Scene(protocol_text=read_protocol(protocol)[0]).to_gate()
    assert planned_in_words(scene.all(DosePlanned)[-1]) == words
    assert scene.all(GiveDose) == []
