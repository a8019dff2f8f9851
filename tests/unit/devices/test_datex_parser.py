"""The S/5 parser against published groups, constructed records, a capture, and against damage."""

from __future__ import annotations

import csv
import struct
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.datex_s5 import wire
from devices.datex_s5.parser import DatexParser
from devices.datex_s5.simulator import Display, encode_vitals, frame_of
from devices.datex_s5.spec import SPEC
from devices.datex_s5.wire import EcgStatus, NibpLabel
from devices.driver import Measurement, ParserItem, Rejected
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Quality, Vital

CAPTURES = Path(__file__).resolve().parents[4] / "shared" / "data" / "15_device_captures"
GOOD = Display(
    hr=72, rr=14, spo2=9800, pr=71, temp=3685, nibp=(12000, 7000, 9000, 73), nibp_label=0
)
RESULT = [(Vital.SBP, 120.0), (Vital.DBP, 70.0), (Vital.MAP, 90.0), (Vital.PR, 73.0)]


def frame_with(basic: dict[int, str], *, class_word: int = 0, main_type: int = 0) -> bytes:
    """A frame whose basic class has the bytes of `basic` (hexadecimal) at their offsets."""
    values = bytearray(wire.VALUES_SIZE)
    for offset, text in basic.items():
        data = bytes.fromhex(text)
        at = wire.VALUES_START + offset
        values[at : at + len(data)] = data
    struct.pack_into("<H", values, wire.CLASS_WORD, class_word)
    head = wire.header(
        wire.HEADER_SIZE + len(values),
        level=9,
        main_type=main_type,
        subrecords=((0, wire.DISPLAYED),),
    )
    return wire.frame(head + values)


def ecg(status: int, hr: int = 72) -> dict[int, str]:
    packed = struct.pack("<IHhhhhh", status, 0, hr, *(wire.INVALID,) * 4)
    return {wire.ECG: packed.hex()}


def co2(status: int, rr: int) -> dict[int, str]:
    return {wire.CO2: struct.pack("<IHhhh", status, 9, 0, 0, rr).hex()}


def temperature(*channels: tuple[int, int, int]) -> dict[int, str]:
    """Channels as (status, label, value)."""
    return {
        at: struct.pack("<IHh", *channel).hex()
        for at, channel in zip(wire.TEMPERATURES, channels, strict=False)
    }


def measured(items: list[ParserItem]) -> list[tuple[Vital, float | None, Quality, str]]:
    return [(i.vital, i.value, i.quality, i.note) for i in items if isinstance(i, Measurement)]


def values(items: list[ParserItem]) -> list[tuple[Vital, float | None]]:
    return [(i.vital, i.value) for i in items if isinstance(i, Measurement)]


def of(vital: Vital, items: list[ParserItem]) -> Measurement:
    return next(i for i in items if isinstance(i, Measurement) and i.vital is vital and not i.spot)


def pressures(items: list[ParserItem]) -> list[tuple[Vital, float | None]]:
    return [
        (i.vital, i.value)
        for i in items
        if isinstance(i, Measurement) and (i.spot or i.vital in PRESSURES)
    ]


def reasons(items: list[ParserItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def account(parser: DatexParser) -> int:
    c = parser.counts
    return c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes


# the documents' frames and groups


def test_the_request_has_the_form_that_the_maker_publishes() -> None:
    published = bytes.fromhex(
        "7e 31 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff 00 00 00 00 00 00 00"
        "00 00 00 00 00 00 00 00 00 00 00 01 0a 00 0e 00 00 00 00 00 49 7e"
    )
    ours = bytearray(published)
    ours[42], ours[44] = wire.INTERVAL_S, 0
    ours[-2] = sum(ours[1:-2]) & 0xFF
    assert bytes(ours) == wire.START


def test_a_checksum_that_is_a_control_character_is_escaped_as_published() -> None:
    content = bytes.fromhex("31" + "00" * 20 + "FF" + "00" * 18 + "033C000E0000000000")
    assert sum(content) & 0xFF == 0x7D
    assert wire.frame(content).endswith(bytes.fromhex("7D5D7E"))
    assert wire.unescaped(wire.escaped(content)) == content


def test_a_request_is_a_good_frame_without_values() -> None:
    parser = DatexParser()
    assert parser.feed(wire.START) == []
    assert parser.counts.frames == 1
    assert parser.counts.skipped_bytes == 0


def test_the_published_blood_pressure_group() -> None:
    items = DatexParser().feed(frame_with({wire.NIBP: "0300000000 00E02E581B28234800"}))
    assert pressures(items) == [
        (Vital.SBP, 120.0),
        (Vital.DBP, 70.0),
        (Vital.MAP, 90.0),
        (Vital.PR, 72.0),
    ]


def test_the_published_saturation_groups() -> None:
    items = DatexParser().feed(frame_with({wire.SPO2: "03000000000048264800FA00"}))
    assert values(items) == [(Vital.SPO2, 98.0), (Vital.PR, 72.0)]
    items = DatexParser().feed(frame_with({wire.SPO2: "030000000000018001800180"}))
    assert [i[2] for i in measured(items)] == [Quality.MISSING, Quality.MISSING]


def test_the_capture_decodes_to_what_its_program_exported() -> None:
    raw, table = CAPTURES / "AS3Rawoutput1.raw", CAPTURES / "AS3DataExport.csv"
    if not raw.exists() or not table.exists():
        pytest.skip(f"the recording is not here: {raw}")
    parser = DatexParser()
    items = parser.feed(raw.read_bytes()) + parser.finish()
    assert parser.counts.frames == parser.displayed == 123
    assert parser.counts.rejected == 1
    rates = [i.value for i in items if isinstance(i, Measurement) and i.vital is Vital.HR]
    with table.open(encoding="utf-8-sig") as lines:
        exported = [row[1] for row in csv.reader(lines) if row and row[0] != "Time"]
    assert exported
    assert {float(value) for value in exported} == set(rates) == {78.0}
    others = [i for i in measured(items) if i[0] is not Vital.HR]
    assert {i[1] for i in others} == {None}
    assert not {i[0] for i in others} & set(PRESSURES)


# values and words


def test_a_record_gives_every_vital_at_its_resolution() -> None:
    parser = DatexParser()
    data = frame_of(GOOD, 1_700_000_000)
    items = parser.feed(data)
    assert values(items) == [
        (Vital.HR, 72.0),
        (Vital.SPO2, 98.0),
        (Vital.PR, 71.0),
        (Vital.RR, 14.0),
        (Vital.TEMP, 36.85),
        *RESULT,
    ]
    assert {i.end_byte for i in items if isinstance(i, Measurement)} == {len(data)}
    assert parser.counts.frame_bytes == len(data)


@pytest.mark.parametrize(
    ("raw", "quality", "word"),
    [
        (wire.INVALID, Quality.MISSING, "no valid value"),
        (wire.NOT_UPDATED, Quality.MISSING, "not updated"),
        (wire.UNDER_RANGE, Quality.MISSING, "under the monitor's range"),
        (wire.OVER_RANGE, Quality.MISSING, "over the monitor's range"),
        (wire.NOT_CALIBRATED, Quality.SENSOR_FAULT, "not calibrated"),
        (-32001, Quality.MISSING, "no value (code -32001)"),
        (-32765, Quality.MISSING, "no value (code -32765)"),
        (0, Quality.MISSING, "no value"),
        (400, Quality.IMPLAUSIBLE, "400 /min is not plausible"),
        (-5, Quality.IMPLAUSIBLE, "-5 /min is not plausible"),
    ],
)
def test_a_number_that_is_no_measurement_is_missing_in_words(
    raw: int, quality: Quality, word: str
) -> None:
    reading = of(Vital.PR, DatexParser().feed(frame_of(replace(GOOD, pr=raw), 0)))
    assert (reading.value, reading.quality, reading.note) == (None, quality, word)


@pytest.mark.parametrize(
    ("bits", "quality", "note"),
    [
        (0, Quality.GOOD, ""),
        (EcgStatus.NOISE, Quality.LOW, "ECG noise"),
        (EcgStatus.ARTIFACT, Quality.LOW, "ECG artifact"),
        (EcgStatus.LEARNING, Quality.LOW, "the monitor is learning the ECG"),
        (EcgStatus.ASYSTOLE, Quality.LOW, "monitor's alarm: asystole"),
        (EcgStatus.PACER, Quality.GOOD, "pacer on"),
        (EcgStatus.CHANNEL_2_OFF | EcgStatus.CHANNEL_3_OFF, Quality.GOOD, ""),
    ],
)
def test_what_the_ecg_says_of_itself_is_carried(bits: int, quality: Quality, note: str) -> None:
    reading = of(Vital.HR, DatexParser().feed(frame_with(ecg(3 | 9 << 3 | bits))))
    assert (reading.value, reading.quality, reading.note) == (72.0, quality, note)


def test_a_heart_rate_that_is_not_from_the_ecg_is_not_shown_as_one() -> None:
    reading = of(Vital.HR, DatexParser().feed(frame_with(ecg(3 | 6 << 3))))
    assert (reading.value, reading.quality) == (None, Quality.MISSING)
    assert "SpO2" in reading.note


def test_a_heart_rate_without_a_named_source_is_of_low_confidence() -> None:
    assert of(Vital.HR, DatexParser().feed(frame_with(ecg(3)))).quality is Quality.LOW


@pytest.mark.parametrize(
    ("bits", "quality"),
    [
        (wire.ALL_CHANNELS_OFF, Quality.SENSOR_OFF),
        (EcgStatus.LEARNING, Quality.SEARCHING),
        (0, Quality.MISSING),
    ],
)
def test_why_there_is_no_heart_rate(bits: int, quality: Quality) -> None:
    reading = of(Vital.HR, DatexParser().feed(frame_with(ecg(3 | 9 << 3 | bits, wire.INVALID))))
    assert (reading.value, reading.quality) == (None, quality)


@pytest.mark.parametrize(
    ("status", "rr", "value", "quality"),
    [
        (3, 14, 14.0, Quality.GOOD),
        (3 | 1 << 2, 0, 0.0, Quality.GOOD),
        (3 | 1 << 2 | 1 << 8, 0, None, Quality.SEARCHING),
        (3 | 1 << 3, 14, None, Quality.SEARCHING),
        (3 | 1 << 4, 14, None, Quality.SEARCHING),
        (3 | 1 << 5, 14, None, Quality.SENSOR_FAULT),
        (3 | 1 << 6, 14, 14.0, Quality.LOW),
        (3, wire.INVALID, None, Quality.MISSING),
    ],
)
def test_breaths_from_co2(status: int, rr: int, value: float | None, quality: Quality) -> None:
    reading = of(Vital.RR, DatexParser().feed(frame_with(co2(status, rr))))
    assert (reading.value, reading.quality) == (value, quality)


def test_breaths_come_from_impedance_where_co2_has_none() -> None:
    impedance = struct.pack("<IHhhhhh", 3, 0, 72, 0, 0, 0, 16).hex()
    only = DatexParser().feed(frame_with({wire.ECG: impedance}))
    assert of(Vital.RR, only).value == 16
    both = DatexParser().feed(frame_with({wire.ECG: impedance, **co2(3, 12)}))
    assert (of(Vital.RR, both).value, of(Vital.RR, both).note) == (12, "from CO2")
    neither = DatexParser().feed(frame_with({wire.ECG: impedance, **co2(3, wire.INVALID)}))
    assert (of(Vital.RR, neither).value, of(Vital.RR, neither).note) == (16, "from impedance")


def test_the_temperature_is_the_first_that_measures_the_body() -> None:
    channels = ((1, 11, 3600), (3, 9, 2600), (3, 12, wire.UNDER_RANGE), (3, 1, 3712))
    reading = of(Vital.TEMP, DatexParser().feed(frame_with(temperature(*channels))))
    assert (reading.value, reading.note) == (37.12, "esophagus")
    room = DatexParser().feed(frame_with(temperature((3, 9, 2600), (3, 8, 3000))))
    assert values(room) == []


def test_what_was_never_measured_says_nothing_and_what_no_longer_is_is_missing() -> None:
    parser = DatexParser()
    nothing = frame_with({})
    assert parser.feed(nothing) == []
    parser.feed(frame_of(GOOD, 0))
    gone = measured(parser.feed(nothing))
    assert {i[0] for i in gone} == {Vital.HR, Vital.SPO2, Vital.PR, Vital.RR, Vital.TEMP}
    assert {(i[1], i[2]) for i in gone} == {(None, Quality.MISSING)}
    parser.forget()
    assert parser.feed(nothing) == []


@pytest.mark.parametrize("kind", [2, 3, 4])
def test_trends_are_not_shown_as_current(kind: int) -> None:
    data = bytearray(wire.unescaped(frame_of(GOOD, 0)[1:-1]) or b"")[:-1]
    data[18] = kind
    parser = DatexParser()
    assert parser.feed(wire.frame(bytes(data))) == []
    assert parser.counts.frames == 1


@pytest.mark.parametrize("class_word", [0x100, 0x200, 0x300])
def test_other_classes_and_other_records_give_nothing(class_word: int) -> None:
    basic = {wire.SPO2: "03000000000048264800FA00"}
    assert DatexParser().feed(frame_with(basic, class_word=class_word)) == []
    assert DatexParser().feed(frame_with(basic, main_type=class_word >> 8)) == []


def test_values_beyond_the_end_of_a_record_are_refused() -> None:
    head = wire.header(140, subrecords=((0, wire.DISPLAYED),))
    items = DatexParser().feed(wire.frame(head + bytes(100)))
    assert reasons(items) == ["values beyond the end of their record"]


# damage


def test_no_flipped_bit_of_a_frame_gives_a_value() -> None:
    data = frame_of(GOOD, 1_700_000_000)
    for at in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[at] ^= 1 << bit
            parser = DatexParser()
            items = parser.feed(bytes(damaged)) + parser.finish()
            whole = at in (0, len(data) - 1)
            assert values(items) == [] or whole
            assert account(parser) == len(data)


def test_a_lost_or_doubled_byte_costs_one_frame_at_most() -> None:
    one = frame_of(GOOD, 1_700_000_000)
    data = one * 3
    for at in range(len(one), 2 * len(one)):
        for damaged in (data[:at] + data[at + 1 :], data[:at] + data[at : at + 1] + data[at:]):
            parser = DatexParser()
            items = parser.feed(damaged) + parser.finish()
            assert parser.counts.frames >= 3 - SPEC.frames_lost_per_byte
            assert {
                i.value for i in items if isinstance(i, Measurement) and i.vital is Vital.HR
            } == {72.0}


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda d: d[:60] + b"\x55" + d[61:], "bad checksum"),
        (lambda d: d[:60] + d[61:], "length 317 where the record says 318"),
        (lambda d: d[:60] + b"\x7d" + d[61:], "bad escape"),
    ],
)
def test_a_bad_frame_is_refused_and_named(damage: object, reason: str) -> None:
    good = frame_of(Display(), 0)
    bad = damage(good)  # type: ignore[operator]
    parser = DatexParser()
    items = parser.feed(bad + good)
    assert reasons(items) == [reason]
    assert parser.counts.frames == parser.counts.rejected == 1


def test_frames_may_share_a_flag() -> None:
    one = frame_of(GOOD, 0)
    parser = DatexParser()
    parser.feed(one + one[1:] + one[1:])
    assert parser.counts.frames == 3
    assert parser.counts.skipped_bytes == parser.counts.rejected == 0


def test_a_last_frame_without_its_closing_flag_is_believed_and_half_a_frame_is_not() -> None:
    one = frame_of(GOOD, 0)
    whole, half = DatexParser(), DatexParser()
    assert whole.feed(one[:-1]) == []
    assert values(whole.finish())[:1] == [(Vital.HR, 72.0)]
    assert half.feed(one[:-2]) + half.finish() == []
    assert half.counts.skipped_bytes == len(one) - 2


def test_nothing_is_joined_across_a_lost_connection() -> None:
    one = frame_of(GOOD, 0)
    parser = DatexParser()
    parser.feed(one[:100])
    parser.forget()
    assert values(parser.feed(one[100:])) == []
    assert parser.counts.frames == 0


def test_without_flags_no_more_than_the_longest_frame_is_kept() -> None:
    parser = DatexParser()
    parser.feed(bytes(50_000))
    assert parser.counts.pending_bytes <= 2 * wire.LONGEST_RECORD + 4
    assert account(parser) == 50_000


MEASURING = frame_of(Display(nibp_label=NibpLabel.MEASURING), 0)
NO_RESULT = frame_of(Display(nibp_label=0), 0)
OLD = frame_of(replace(GOOD, nibp_label=NibpLabel.OLDER), 0)
STREAM = (
    b"\x12\x7e\x34"
    + frame_of(GOOD, 0x7E7D7E7D)
    + MEASURING
    + frame_of(GOOD, 5)[1:]
    + bytes(20)
    + OLD[:-30]
    + NO_RESULT
)


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_items_and_counts_do_not_depend_on_the_cuts(cuts: list[int]) -> None:
    whole, cut = DatexParser(), DatexParser()
    expected = whole.feed(STREAM)
    items: list[ParserItem] = []
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(edges):
        items += cut.feed(STREAM[start:end])
        assert account(cut) == end
    assert items == expected
    assert cut.counts == whole.counts


def test_bytes_one_by_one_give_the_same_around_the_limit() -> None:
    data = b"\x7e" + b"A" * 3100 + frame_of(GOOD, 0)
    whole, cut = DatexParser(), DatexParser()
    expected = whole.feed(data)
    assert [item for i in range(len(data)) for item in cut.feed(data[i : i + 1])] == expected
    assert cut.counts == whole.counts


# what is encoded comes back


def _exact(vital: Vital) -> st.SearchStrategy[float | None]:
    low, high = VITALS[vital].plausible
    step = SPEC.resolution[vital]
    numbers = st.integers(max(1, round(low / step)), round(high / step))
    return st.none() | numbers.map(lambda n: n * step)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.fixed_dictionaries(
                {
                    vital: _exact(vital)
                    for vital in (Vital.HR, Vital.PR, Vital.SPO2, Vital.RR, Vital.TEMP)
                }
            ),
            st.none() | st.tuples(st.integers(30, 200), st.integers(5, 40), st.integers(5, 40)),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_record_comes_back_exactly(
    records: list[tuple[dict[Vital, float | None], tuple[int, int, int] | None]],
) -> None:
    parser = DatexParser()
    for number, (streamed, cuff) in enumerate(records):
        record = dict(streamed)
        if cuff is not None:
            dia, above, more = cuff
            mean, sys = dia + above, dia + above + more
            record |= {Vital.SBP: sys, Vital.DBP: dia, Vital.MAP: mean}
        items = parser.feed(encode_vitals(record, number * NS_PER_S))
        for vital, value in streamed.items():
            got = of(vital, items).value
            assert got is None if value is None else got == pytest.approx(value, abs=1e-9)
        found = {i.vital: i.value for i in items if isinstance(i, Measurement) and not i.spot}
        for vital in PRESSURES:
            assert found.get(vital) == record.get(vital)


@given(data=st.binary(max_size=2000))
def test_noise_gives_no_measurement(data: bytes) -> None:
    parser = DatexParser()
    assert values(parser.feed(b"\x7e" + data + b"\x7e")) == []
    assert parser.counts.frames == 0
