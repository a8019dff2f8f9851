"""Every bit and byte of Nonin's formats with a checksum, damaged: no wrong value, little lost."""

from __future__ import annotations

from typing import Literal

import pytest

from devices.driver import Measurement, ParserItem
from devices.nonin_oem.parser import NoninParser
from devices.nonin_oem.simulator import encode_vitals
from devices.nonin_oem.spec import SPEC
from protocols.vitals import NS_PER_S, Vital

CHECKED: list[Literal[2, 7, 13]] = [2, 7, 13]
RATES = (60, 200, 140, 75, 88)


def stream(number: Literal[2, 7, 13]) -> list[bytes]:
    """A packet or frame for each rate, all with the same saturation."""
    return [
        encode_vitals({Vital.PR: rate, Vital.SPO2: 97}, t * NS_PER_S, data_format=number)
        for t, rate in enumerate(RATES)
    ]


def values(items: list[ParserItem]) -> list[tuple[Vital, float | None]]:
    return [(item.vital, item.value) for item in items if isinstance(item, Measurement)]


def whole(data: bytes) -> list[tuple[Vital, float | None]]:
    parser = NoninParser()
    return values(parser.feed(data) + parser.finish())


@pytest.mark.parametrize("number", CHECKED)
def test_a_flipped_bit_anywhere_costs_its_packet_and_gives_nothing_else(
    number: Literal[2, 7, 13],
) -> None:
    packets = stream(number)
    for bit in range(len(packets[2]) * 8):
        damaged = bytearray(packets[2])
        damaged[bit // 8] ^= 1 << bit % 8
        found = whole(b"".join([*packets[:2], bytes(damaged), *packets[3:]]))
        kept = [(Vital.PR, rate) for rate in RATES if rate != 140]
        assert [pair for pair in found if pair[0] is Vital.PR] == kept, bit
        assert {value for vital, value in found if vital is Vital.SPO2} == {97}, bit


@pytest.mark.parametrize("number", CHECKED)
def test_a_flipped_bit_in_a_capture_of_one_packet_leaves_nothing(
    number: Literal[2, 7, 13],
) -> None:
    packet = stream(number)[0]
    for bit in range(len(packet) * 8):
        damaged = bytearray(packet)
        damaged[bit // 8] ^= 1 << bit % 8
        assert whole(bytes(damaged)) == [], bit


@pytest.mark.parametrize("number", [2, 7])
def test_a_flipped_bit_in_the_first_frames_of_a_packet_leaves_nothing(
    number: Literal[2, 7],
) -> None:
    packet = stream(number)[0]
    for frames in (3, 4, 24):
        short = packet[: frames * 5]
        assert whole(short) == [(Vital.PR, 60), (Vital.SPO2, 97)]
        for bit in range(len(short) * 8):
            damaged = bytearray(short)
            damaged[bit // 8] ^= 1 << bit % 8
            assert whole(bytes(damaged)) == [], (frames, bit)


@pytest.mark.parametrize("number", CHECKED)
@pytest.mark.parametrize("times", [0, 2])
def test_a_lost_or_doubled_byte_costs_no_more_frames_than_the_specification_says(
    number: Literal[2, 7, 13], times: int
) -> None:
    packets = stream(number)
    sent = b"".join(packets)
    undamaged = NoninParser()
    undamaged.feed(sent)
    size = len(packets[0])
    for at in range(2 * size, 3 * size):
        parser = NoninParser()
        items = parser.feed(sent[:at] + sent[at : at + 1] * times + sent[at + 1 :])
        items += parser.finish()
        assert {pair for pair in values(items) if pair[0] is Vital.PR} <= {
            (Vital.PR, rate) for rate in RATES
        }
        assert {value for vital, value in values(items) if vital is Vital.SPO2} == {97}
        lost = undamaged.counts.frames - parser.counts.frames
        assert lost <= SPEC.frames_lost_per_byte, at
        assert len(values(items)) >= 2 * (len(RATES) - 2), at
