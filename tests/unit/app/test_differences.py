"""A difference is told where it is, with both sides, field by field, in words a person reads."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.differences import differ, difference_words, time_words, value_words
from protocols.events import DeliveryChanged, Reading, WaveReceived, WriteNote
from protocols.vitals import NS_PER_S, Quality, Vital

S = NS_PER_S
READING = Reading(
    t_ns=1234 * S + 500_000_000,
    vital=Vital.SPO2,
    value=97.0,
    quality=Quality.GOOD,
    source="oximeter",
    measured_ns=1234 * S,
)


def test_events_of_one_kind_differ_field_by_field() -> None:
    made = replace(READING, value=None, quality=Quality.SENSOR_OFF, measured_ns=1235 * S)
    assert difference_words(differ(17, READING, made)) == (
        "event 17, 20:34.500 into the session: reading.",
        "value: recorded 97.0, replayed none.",
        "quality: recorded good, replayed sensor-off.",
        "measured: recorded 20:34.000, replayed 20:35.000.",
    )


def test_sides_of_two_programs_are_named_as_such() -> None:
    told = difference_words(differ(3, READING, replace(READING, value=98.0)), ("here", "there"))
    assert told[1] == "value: here 97.0, there 98.0."


def test_events_of_different_kinds_are_told_whole() -> None:
    note = WriteNote(t_ns=READING.t_ns, by="N. Okafor", text="calm")
    where, recorded, replayed = difference_words(differ(9, READING, note))
    assert where == "event 9, 20:34.500 into the session."
    assert recorded.startswith("Recorded: reading: vital spo2, value 97.0, quality good")
    assert replayed == "Replayed: write note: by “N. Okafor”, text “calm”."


@pytest.mark.parametrize("missing", ["recorded", "replayed"])
def test_what_is_there_on_one_side_only_is_nothing_on_the_other(missing: str) -> None:
    sides = (None, READING) if missing == "recorded" else (READING, None)
    told = difference_words(differ(9, *sides))
    assert f"{missing.capitalize()}: nothing." in told


def test_long_values_that_begin_alike_are_quoted_where_they_part() -> None:
    note = WriteNote(t_ns=0, by="x", text="a" * 500 + "left" + "b" * 200)
    other = replace(note, text="a" * 500 + "right" + "b" * 200)
    (one,) = differ(1, note, other).fields
    assert "left" in one.recorded
    assert "right" in one.replayed
    assert len(one.recorded) < 140


def test_values_read_as_people_write_them() -> None:
    wave = WaveReceived(
        t_ns=0,
        device="oximeter",
        vital=Vital.PLETH,
        interval_ns=1,
        full_scale=255,
        usable=True,
        values=tuple(range(25)),
    )
    assert value_words("values", wave.values) == "25 values"
    assert value_words("usable", wave.usable) == "yes"
    assert value_words("data", b"\x01\xff") == "2 bytes 01ff"
    assert value_words("rate_mg_per_min", Decimal("0.875")) == "0.875"
    assert value_words("since_ns", -1_500_000_000) == time_words(-1_500_000_000) == "-0:01.500"
    change = DeliveryChanged(
        t_ns=0,
        rate_mg_per_min=Decimal("1"),
        delivered_mg=Decimal("0"),
        percent=100,
        finished=False,
        cause="start",
    )
    assert difference_words(differ(1, change, replace(change, percent=50)))[1:] == (
        "percent: recorded 100, replayed 50.",
    )
