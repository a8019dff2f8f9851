"""What every wire format owes: records come back exactly, and no other family's bytes are taken."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contec_cms50.simulator import ContecSimulator
from devices.decoding import decode
from devices.driver import Measurement, PumpStatus
from devices.nonin_oem.simulator import encode_vitals as encode_nonin
from devices.registry import DRIVERS, DriverSpec
from protocols.vitals import NS_PER_S, PRESSURES, Vital
from tests.conventions.streams import (
    MONITOR_SPECS,
    PUMP_SPECS,
    SPECS,
    Record,
    at_least,
    awkward_records,
    comes_back,
    encoded,
    facts,
    minute_of_a_unit,
    minute_of_records,
    numeric_vitals,
    plausible_records,
    pump_status,
    read,
    values_told,
)
from tests.unit.devices.steady_body import SteadyBody

NAMES = sorted(DRIVERS)

ONLY_WITH_A_CUFF = {"suntech": (Vital.PR,)}
"""Vitals that a format carries only beside a blood pressure."""


REPEATS_UNSEEN = ("ivy-450c",)
"""Formats in which equal pressures without blanks between cannot be told from a repetition."""


def readings_of_each(spec: DriverSpec, refreshes: list[bytes]) -> list[list[Measurement]]:
    """What the parser gives for each refresh of a stream, by where its frames end."""
    items, _ = read(spec, b"".join(refreshes))
    ends = list(accumulate(map(len, refreshes)))
    found: list[list[Measurement]] = [[] for _ in refreshes]
    for item in items:
        if isinstance(item, Measurement):
            found[next(i for i, end in enumerate(ends) if item.end_byte <= end)].append(item)
    return found


def values_of(readings: list[Measurement], vital: Vital, *, spot: bool = False) -> list[float]:
    """The values of one vital, to six decimals."""
    return [
        round(item.value, 6)
        for item in readings
        if item.vital is vital and item.spot is spot and item.value is not None
    ]


def is_repetition(spec: DriverSpec, record: Record, before: Record) -> bool:
    """Whether the pressures of `record` cannot be told from those `before` it."""
    said, known = ([each.get(vital) for vital in PRESSURES] for each in (record, before))
    return spec.name in REPEATS_UNSEEN and said == known


@MONITOR_SPECS
@at_least(100)
@given(data=st.data())
def test_any_plausible_record_comes_back_exactly(spec: DriverSpec, data: st.DataObject) -> None:
    records = data.draw(st.lists(plausible_records(spec), min_size=1, max_size=4))
    found = readings_of_each(spec, encoded(spec, records))
    for record, before, readings in zip(records, [{}, *records], found, strict=False):
        is_new = Vital.SBP in record and not is_repetition(spec, record, before)
        for vital in PRESSURES:
            assert values_of(readings, vital) == ([record[vital]] if is_new else [])
        for vital in set(numeric_vitals(spec)) - set(PRESSURES):
            value = comes_back(spec, record, vital)
            if vital in ONLY_WITH_A_CUFF.get(spec.name, ()):
                expected = [value] if is_new and value is not None else []
                assert values_of(readings, vital, spot=True) == expected
            else:
                assert set(values_of(readings, vital)) == ({value} - {None})
                assert set(values_of(readings, Vital.PR, spot=True)) <= {record.get(Vital.PR)}


@SPECS
def test_an_equal_determination_is_given_again(spec: DriverSpec) -> None:
    if Vital.SBP not in spec.vitals:
        pytest.skip("it gives no blood pressure")
    if spec.name in REPEATS_UNSEEN:
        pytest.skip("equal pressures without blanks between cannot be told from a repetition")
    (record,) = awkward_records(spec, 1)
    given_once = {v: record[v] for v in PRESSURES}
    found = readings_of_each(spec, encoded(spec, [given_once, {}, given_once, given_once], 120))
    told = [[values_of(readings, vital) for vital in PRESSURES] for readings in found]
    again = [[value] for value in given_once.values()]
    assert told == [again, [[], [], []], again, again]


@PUMP_SPECS
@at_least(100)
@given(data=st.data())
def test_whatever_a_pump_says_comes_back_exactly(spec: DriverSpec, data: st.DataObject) -> None:
    records = data.draw(st.lists(plausible_records(spec), min_size=1, max_size=4))
    running = data.draw(st.none() | st.booleans())
    say = spec.pump_simulator.encode_status
    sent = [pump_status(record, running=running) for record in records]
    items, counts = read(spec, b"".join(say(s, i * NS_PER_S) for i, s in enumerate(sent)))
    assert counts.rejected == counts.skipped_bytes == 0
    found = [item for item in items if isinstance(item, PumpStatus)]
    assert [(s.rate_ml_per_h, s.volume_ml) for s in found] == [
        (s.rate_ml_per_h, s.volume_ml) for s in sent
    ]
    for said, meant in zip(found, sent, strict=True):
        stands = spec.name == "alaris-ash" and running and not meant.rate_ml_per_h
        if not stands:
            assert said.running is running
        missing = None in (meant.rate_ml_per_h, meant.volume_ml)
        assert bool(said.note) or not missing


@MONITOR_SPECS
def test_what_is_missing_is_none_and_never_zero(spec: DriverSpec) -> None:
    nothing: dict[Vital, float | None] = dict.fromkeys(numeric_vitals(spec))
    everything = awkward_records(spec, 1)[0]
    for record in ({}, nothing):
        (first, second, third) = readings_of_each(
            spec, encoded(spec, [everything, record, everything])
        )
        assert all(item.value is not None for item in (*first, *third))
        assert all(item.value is None for item in second)
        assert all(not item.quality.has_value for item in second)


@SPECS
def test_decode_tells_what_the_parser_reads(spec: DriverSpec) -> None:
    stream = minute_of_records(spec.name)
    items, counts = read(spec, stream)
    *readings, summary = decode(spec.name, stream)
    said = [
        (i.vital, i.value, i.quality)
        if isinstance(i, Measurement)
        else (i.unit, i.rate_ml_per_h, i.volume_ml)
        for i in facts(items)
    ]
    assert [
        (r["vital"], r["value"], r["quality"])
        if "vital" in r
        else (r["pump"], r["rate_ml_per_h"], r["volume_ml"])
        for r in readings
    ] == said
    assert summary["summary"] == {
        "frames": counts.frames,
        "rejected": counts.rejected,
        "skipped_bytes": counts.skipped_bytes,
    }


# other families


def _other_formats() -> dict[str, tuple[str, bytes]]:
    """Streams of the formats that a family has beside the first: name, driver, a minute of it."""
    found: dict[str, tuple[str, bytes]] = {}
    records = [{Vital.PR: 70.0 + i % 7, Vital.SPO2: 98.0 - i % 3} for i in range(60)]
    for number in (1, 7, 8, 13):
        stream = b"".join(
            encode_nonin(record, i * NS_PER_S, data_format=number)
            for i, record in enumerate(records)
        )
        found[f"nonin-format-{number}"] = ("nonin", stream)
    old = ContecSimulator(SteadyBody(), 1, variant="old")
    found["contec-old"] = ("contec-cms50", old.advance(60 * NS_PER_S))
    return found


OTHER_FORMATS = _other_formats()


@SPECS
def test_another_family_gives_no_frame(spec: DriverSpec) -> None:
    for other in set(NAMES) - {spec.name, *spec.look_alikes}:
        for stream in (minute_of_a_unit(other).sent_by_unit, minute_of_records(other)):
            items, counts = read(spec, stream)
            assert counts.frames == 0, other
            assert facts(items) == []


@SPECS
def test_another_format_gives_no_frame_outside_its_family(spec: DriverSpec) -> None:
    for form, (family, stream) in OTHER_FORMATS.items():
        _, counts = read(spec, stream)
        if spec.name == family:
            assert counts.frames > 0, form
        elif family not in spec.look_alikes:
            assert counts.frames == 0, form


@SPECS
def test_who_looks_alike_does_so_both_ways(spec: DriverSpec) -> None:
    for other in spec.look_alikes:
        assert other != spec.name
        assert spec.name in DRIVERS[other].look_alikes


@SPECS
@given(data=st.data())
def test_a_record_followed_by_another_family_gives_its_own_values_alone(
    spec: DriverSpec, data: st.DataObject
) -> None:
    other = data.draw(
        st.sampled_from([n for n in NAMES if n not in (spec.name, *spec.look_alikes)])
    )
    records = awkward_records(spec, 3)
    own = b"".join(encoded(spec, records))
    start = data.draw(st.integers(0, 300))
    foreign = minute_of_records(other)[start : start + 1500]
    items, _ = read(spec, own + foreign)
    said = [item for item in facts(items) if values_told(item)]
    assert all(item.end_byte <= len(own) for item in said)
