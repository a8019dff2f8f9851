"""What every parser owes: it takes any bytes, accounts for each, and damage never makes a value."""

from __future__ import annotations

import random
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Measurement, ParserItem, PumpStatus
from devices.registry import DRIVERS, DriverSpec
from protocols.vitals import PRESSURES, VITALS, Vital
from tests.conventions.streams import (
    ANY_DRIVER,
    SPECS,
    Record,
    accounted_for,
    at_least,
    awkward_records,
    encoded,
    facts,
    feed,
    histories,
    is_part_of,
    measured,
    minute_of_a_unit,
    noise,
    one_byte_wrong,
    plausible_records,
    read,
    spoken,
    valued,
    values_told,
    wave,
)

Fact = Measurement | PumpStatus

UNSEEN = {
    "ivy-450c": DRIVERS["ivy-450c"].vitals,
    "masimo": PRESSURES,
}
"""Numbers whose count of digits is not fixed, so that a capture cannot show a lost or doubled one.

A parser takes a capture at its word; what a live line shows is in test_every_conversation.
"""

FALSE_FRAMES = {
    "bci": "while it follows a stream, any five bytes of the right form are a frame",
    "contec-cms50": "while it follows a stream, any nine bytes of the right form are a frame",
}
"""Formats so bare that noise right after a stream may hold frames of it."""


@st.composite
def streams(draw: st.DrawFn, spec: DriverSpec, most: int = 5) -> list[bytes]:
    """Refreshes of any plausible records."""
    records = draw(st.lists(plausible_records(spec), min_size=1, max_size=most))
    return encoded(spec, records)


@at_least(200)
@given(name=ANY_DRIVER, pieces=st.lists(noise(), max_size=8))
def test_it_swallows_noise_and_accounts_for_every_byte(name: str, pieces: list[bytes]) -> None:
    parser = DRIVERS[name].make_parser()
    fed = 0
    for piece in pieces:
        items = parser.feed(piece)
        fed += len(piece)
        assert accounted_for(parser.counts) == fed
        for item in measured(items):
            assert item.vital in DRIVERS[name].vitals
            assert (item.value is None) == (not item.quality.has_value)
    parser.finish()
    assert parser.counts.pending_bytes == 0
    assert accounted_for(parser.counts) == fed


@SPECS
@at_least(100)
@given(data=st.data())
def test_it_does_not_matter_where_a_stream_is_cut(spec: DriverSpec, data: st.DataObject) -> None:
    stream = b"".join(data.draw(streams(spec))) + data.draw(noise(60))
    sizes = data.draw(st.lists(st.integers(0, 40), max_size=60))
    whole, cut = spec.make_parser(), spec.make_parser()
    expected, found = whole.feed(stream), feed(cut, stream, sizes)
    assert spoken(found) == spoken(expected)
    assert wave(found) == wave(expected)
    assert [i.end_byte for i in facts(found)] == [i.end_byte for i in facts(expected)]
    assert cut.counts == whole.counts
    assert accounted_for(cut.counts) == len(stream)
    assert cut.finish() == whole.finish()
    assert cut.counts == whole.counts


@SPECS
def test_a_unit_is_read_the_same_in_one_piece_and_byte_by_byte(spec: DriverSpec) -> None:
    stream = minute_of_a_unit(spec.name).sent_by_unit[-6000:]
    whole, cut = spec.make_parser(), spec.make_parser()
    expected = whole.feed(stream)
    found: list[ParserItem] = []
    for i in range(len(stream)):
        found += cut.feed(stream[i : i + 1])
        assert accounted_for(cut.counts) == i + 1
    assert spoken(found) == spoken(expected)
    assert wave(found) == wave(expected)
    assert cut.counts == whole.counts


@SPECS
@at_least(100)
@given(data=st.data())
def test_nothing_is_joined_across_a_lost_connection(spec: DriverSpec, data: st.DataObject) -> None:
    before = b"".join(encoded(spec, awkward_records(spec, 2)))
    cut = data.draw(st.integers(0, len(before)))
    parser = spec.make_parser()
    parser.feed(before[:cut])
    parser.forget()
    assert parser.counts.pending_bytes == 0
    fresh = spec.make_parser()
    rest = data.draw(noise(40)) + before[cut:]
    known = iter(valued(fresh.feed(rest)))
    assert all(each in known for each in valued(parser.feed(rest)))


# damage


def _truth(records: list[Record]) -> dict[Vital | str, list[float]]:
    said = histories(
        (vital, value) for record in records for vital, value in record.items() if value is not None
    )
    return said


def _wrong(
    found: list[tuple[Vital | str, float]], truth: dict[Vital | str, list[float]]
) -> list[Vital | str]:
    """Vitals with a value that was not sent, or not in this order."""
    return [
        vital
        for vital, values in histories(found).items()
        if not is_part_of(values, truth.get(vital, []))
    ]


@SPECS
def test_a_lost_or_doubled_byte_costs_few_frames_and_makes_no_value(spec: DriverSpec) -> None:
    records = awkward_records(spec, 3)
    refreshes = encoded(spec, records)
    stream, settled = b"".join(refreshes), len(refreshes[0])
    _, clean = read(spec, stream)
    truth = _truth(records)
    for damaged, i in one_byte_wrong(stream).items():
        items, counts = read(spec, damaged)
        assert accounted_for(counts) == len(damaged)
        lost = clean.frames - counts.frames
        # Before a stream has earned its trust, one byte may cost the frames of that trust.
        most = spec.frames_lost_per_byte if i >= settled else clean.frames // len(refreshes)
        assert lost <= max(most, spec.frames_lost_per_byte), (i, damaged[i - 8 : i + 8])
        wrong = _wrong(valued(items), truth)
        assert set(wrong) <= set(UNSEEN.get(spec.name, ())), (i, damaged[i - 8 : i + 8])


@SPECS
@at_least(100)
@given(data=st.data())
def test_a_lost_or_doubled_byte_makes_no_value_in_any_records(
    spec: DriverSpec, data: st.DataObject
) -> None:
    records = data.draw(st.lists(plausible_records(spec), min_size=1, max_size=3))
    stream = b"".join(encoded(spec, records))
    i = data.draw(st.integers(0, len(stream) - 1))
    truth = _truth(records)
    for damaged in (stream[:i] + stream[i + 1 :], stream[: i + 1] + stream[i:]):
        wrong = _wrong(valued(read(spec, damaged)[0]), truth)
        assert set(wrong) <= set(UNSEEN.get(spec.name, ()))


@SPECS
def test_with_a_checksum_no_changed_bit_makes_a_value(spec: DriverSpec) -> None:
    if not spec.has_checksum:
        pytest.skip("this format has no checksum")
    records = awkward_records(spec, 2)
    refreshes = encoded(spec, records)
    start, stream = len(refreshes[0]), b"".join(refreshes)
    truth = _truth(records)
    for i in range(start, len(stream)):
        for bit in range(8):
            changed = bytes((stream[i] ^ 1 << bit,))
            items, _ = read(spec, stream[:i] + changed + stream[i + 1 :])
            assert _wrong(valued(items), truth) == [], (i, bit)


@SPECS
@at_least(100)
@given(data=st.data())
def test_noise_around_a_stream_changes_nothing_within(
    spec: DriverSpec, data: st.DataObject
) -> None:
    records = awkward_records(spec)
    refreshes = encoded(spec, records)
    stream = b"".join(refreshes)
    before, after = data.draw(noise()), data.draw(noise())
    items, counts = read(spec, stream)
    disturbed, noisy = read(spec, before + stream + after)
    assert accounted_for(noisy) == len(before + stream + after)
    lost = spec.frames_lost_per_byte
    # Noise may end in what looks like the beginning of the first frame, or go on from the last.
    assert noisy.frames >= counts.frames - 2 * lost
    edge = ceil(lost * len(refreshes) / counts.frames)
    first = sum(map(len, refreshes[:edge]))
    last = len(stream) - sum(map(len, refreshes[len(refreshes) - edge :]))

    def inner(found: list[Fact], offset: int) -> list[Fact]:
        return [item for item in found if first < item.end_byte - offset <= last]

    assert inner(facts(disturbed), len(before)) == inner(facts(items), 0)
    if spec.name not in FALSE_FRAMES:
        inside = [item for item in facts(disturbed) if values_told(item)]
        assert all(0 < i.end_byte - len(before) <= len(stream) for i in inside)
    assert all(
        VITALS[v].is_plausible(value) for v, value in valued(disturbed) if isinstance(v, Vital)
    )


@SPECS
def test_hours_of_random_bytes_give_nothing(spec: DriverSpec) -> None:
    parser = spec.make_parser()
    items = parser.feed(random.Random(len(spec.name)).randbytes(200_000)) + parser.finish()
    assert valued(items) == []
