"""A simulated body is told of every drug that the rules say was given, and of nothing else."""

from __future__ import annotations

from decimal import Decimal

from app.rehearsal.body_steps import DrugTold
from devices.simulation.patient import SimulatedPatient
from protocols.events import DeliveryChanged, DoseGiven, DosePlanned, Event, Giving
from protocols.vitals import NS_PER_S

MIN_NS = 60 * NS_PER_S


def planned(giving: Giving) -> DosePlanned:
    return DosePlanned(
        t_ns=0,
        weight_kg=Decimal(70),
        dose_mg_per_kg=Decimal("0.5"),
        dose_mg=Decimal(35),
        volume_ml=Decimal(0),
        rate_ml_per_h=Decimal(0),
        rate_mg_per_min=Decimal(0),
        duration_min=Decimal(0),
        concentration_mg_per_ml=Decimal(0),
        ordered_by="Dr. Sato",
        giving=giving,
    )


def given() -> DoseGiven:
    amount = Decimal(35)
    return DoseGiven(t_ns=MIN_NS, number=1, of=1, amount_mg=amount, total_mg=amount, by="N")


def level_after(*events: Event) -> float:
    """Plasma level of the body 20 min after the first event, ng/mL."""
    patient = SimulatedPatient("typical", seed=1, weight_kg=70)
    told = DrugTold(patient)
    for event in events:
        told.follow(event)
    return patient.plasma_ng_per_ml(20 * MIN_NS)


def test_an_injection_raises_the_level_more_than_a_spray() -> None:
    injected = level_after(planned(Giving.INJECTION), given())
    sprayed = level_after(planned(Giving.UNITS), given())
    assert injected > 2 * sprayed > 0


def test_the_pump_raises_the_level_and_a_plan_alone_does_not() -> None:
    assert level_after(planned(Giving.INFUSION)) == 0
    running = DeliveryChanged(
        t_ns=0,
        rate_mg_per_min=Decimal("0.875"),
        delivered_mg=Decimal(0),
        percent=100,
        finished=False,
        cause="start",
    )
    assert level_after(planned(Giving.INFUSION), running) > 100
