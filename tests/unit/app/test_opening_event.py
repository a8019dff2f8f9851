"""The first event of a session explains the session: rules, monitors, vitals, simulation."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from app.opening import describe_vitals, name_session
from protocols.vitals import VITALS, Vital
from tests.unit.app.session_scenes import LIMITS_TEXT, PROTOCOL_TEXT, SLOTS, opening


def test_it_holds_the_rules_verbatim_with_their_digest() -> None:
    opened = opening()
    assert (opened.protocol_text, opened.limits_text) == (PROTOCOL_TEXT, LIMITS_TEXT)
    both = (PROTOCOL_TEXT + "\0" + LIMITS_TEXT).encode()
    assert opened.rules_digest == hashlib.sha256(both).hexdigest()
    assert opened.t_ns == 0
    assert opened.utc == "2026-03-02T09:00:00.000Z"


def test_one_simulated_monitor_makes_the_whole_session_simulated() -> None:
    real = replace(SLOTS[0], simulated=False)
    assert opening([real]).simulated is False
    assert opening([real, SLOTS[1]]).simulated is True
    assert opening([]).simulated is False


def test_every_vital_is_described_with_its_unit_and_range() -> None:
    described = {one.vital: one for one in describe_vitals()}
    assert set(described) == set(Vital)
    for vital, one in described.items():
        assert (one.unit, one.decimals) == (VITALS[vital].unit, VITALS[vital].decimals)
        assert one.plausible_low < one.plausible_high


def test_names_tell_time_and_room_and_differ() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    names = {name_session(at, "Room 2 / Ü") for _ in range(20)}
    assert len(names) > 1
    assert all(name.startswith("20260302-090000-room2") for name in names)
    assert name_session(at, "!").startswith("20260302-090000-room-")


def test_the_wall_clock_is_written_in_utc_whatever_the_zone() -> None:
    from app.clock import iso_utc

    east = datetime(2026, 3, 2, 18, 0, 0, 7_000, tzinfo=timezone(timedelta(hours=9)))
    assert iso_utc(east) == "2026-03-02T09:00:00.007Z"
