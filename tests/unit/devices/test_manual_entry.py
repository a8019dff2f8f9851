"""A person as a source, as the list of drivers tells it."""

from __future__ import annotations

from devices.manual_entry import MANUAL
from devices.registry import DRIVERS
from protocols.by_hand import TYPED
from protocols.vitals import VITALS, Vital


def test_a_person_gives_what_the_rules_take_by_hand_within_its_bounds() -> None:
    assert MANUAL.vitals == TYPED
    assert MANUAL.bounds[Vital.SPO2] == "1 to 100 %"
    assert MANUAL.bounds[Vital.SBP] == "40 to 280 mmHg"
    assert set(MANUAL.bounds) == set(TYPED) <= set(VITALS)


def test_no_driver_has_the_name_of_the_person() -> None:
    assert MANUAL.name == "manual"
    assert MANUAL.name not in DRIVERS
