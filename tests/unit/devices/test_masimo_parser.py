"""Masimo ASCII 1, on captured and published lines and on what damage makes of them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Measurement, ParserItem, Rejected
from devices.masimo_ascii1.parser import MasimoParser
from devices.masimo_ascii1.simulator import encode_vitals
from protocols.vitals import NS_PER_S, Quality, Vital

RAD8 = (
    "02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% "
    "DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000800"
)
RAD8_NO_SENSOR = (
    "03/19/16 13:37:12 SN=0000093112 SPO2=---% BPM=---% DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000001"
)
RAD8_SENSOR_OFF = (
    "05/20/21 14:06:02 SN=0000182948 SPO2=098% BPM=101 PI=--.--% SPCO=--.-% SPMET=--.-% "
    "DESAT=-- PIDELTA=+-- ALARM=0010 EXC=000824"
)
RAD8_SLOW = (
    "03/06/05 21:11:30 SN=0000066575 SPO2=098% BPM=057 PI=07.02% SPCO=--.-% SPMET=--.-% "
    "DESAT=-- PIDELTA=+-- ALARM=0038 EXC=000800"
)
RAD7 = (
    "03/17/16 19:19:36 SN=---------- SPO2=098% BPM=123 PI=00.55 SPCO=--% SPMET=--.-% SPHB=--.- "
    "SPOC=-- RESVD=--- DESAT=-- PIDELTA=+-- PVI=--- ALARM=000000 EXC=0000C00 EXC1=00000000"
)
RADICAL5 = "09/15/10 15:10:29 SPO2=097% BPM=064 PI=11.82% ALARM=20 EXC=800"
RADICAL7 = (
    "12/01/05 11:56:29 SN=0123456789 SPO2=098% BPM=240 PI=20.00% SPCO=01.0% SPMET=00.5% DESAT=01 "
    "PIDELTA=-02 PVI=027 ALARM=0000 EXC=000820"
)
SESSION = [
    f"02/24/18 04:48:{second} SN=0000145838 SPO2=097% BPM={rate} PI={pi}% SPCO=--.-% "
    "SPMET=--.-% DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000800"
    for second, rate, pi in [
        (53, "080", "04.96"),
        (54, "081", "05.04"),
        (55, "081", "05.04"),
        (56, "081", "05.13"),
        (57, "080", "05.26"),
        (58, "080", "05.31"),
    ]
]
ROOT = f"{RAD8} nibpSYS=121 nibpDIA=075 nibpMAP=092 nibpPR=071"


def read(*lines: str, end: str = "\r\n") -> list[ParserItem]:
    parser = MasimoParser()
    return parser.feed("".join(line + end for line in lines).encode())


def measured(items: list[ParserItem]) -> list[tuple[Vital, float | None, Quality, str]]:
    return [(i.vital, i.value, i.quality, i.note) for i in items if isinstance(i, Measurement)]


def values(items: list[ParserItem], vital: Vital) -> list[float | None]:
    return [i.value for i in items if isinstance(i, Measurement) and i.vital is vital]


def reasons(items: list[ParserItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


@pytest.mark.parametrize(
    ("line", "rate", "spo2", "pi", "quality", "note"),
    [
        (RAD8, 97, 98, 3.60, Quality.GOOD, ""),
        (
            RAD8_SLOW,
            57,
            98,
            7.02,
            Quality.GOOD,
            "monitor's alarm: pulse rate low, active, silenced",
        ),
        (RAD7, 123, 98, 0.55, Quality.LOW, "monitor: low signal IQ"),
        (RADICAL5, 64, 97, 11.82, Quality.GOOD, "monitor's alarm: silenced"),
        (
            RAD8_SENSOR_OFF,
            None,
            None,
            None,
            Quality.SENSOR_OFF,
            "monitor: sensor off, low perfusion; monitor's alarm: active",
        ),
        (RADICAL7, None, None, None, Quality.SENSOR_OFF, "monitor: sensor off"),
    ],
)
def test_captured_and_published_lines(
    line: str, rate: float | None, spo2: float | None, pi: float | None, quality: Quality, note: str
) -> None:
    assert measured(read(line)) == [
        (Vital.PR, rate, quality, note),
        (Vital.SPO2, spo2, quality, note),
        (Vital.PI, pi, quality, note),
    ]


def test_no_sensor_is_missing_whatever_stands_after_the_dashes() -> None:
    for line in (RAD8_NO_SENSOR, RAD8_NO_SENSOR.replace("BPM=---%", "BPM=---")):
        assert measured(read(line)) == [
            (Vital.PR, None, Quality.SENSOR_FAULT, "monitor: no sensor"),
            (Vital.SPO2, None, Quality.SENSOR_FAULT, "monitor: no sensor"),
        ]


def test_a_captured_session_gives_one_set_of_values_a_line() -> None:
    items = read(*SESSION)
    assert values(items, Vital.PR) == [80, 81, 81, 81, 80, 80]
    assert values(items, Vital.PI) == [4.96, 5.04, 5.04, 5.13, 5.26, 5.31]


def test_lines_of_several_models_may_follow_each_other() -> None:
    parser = MasimoParser()
    lines = (RAD8, RAD7, RADICAL5, RAD8_NO_SENSOR, RADICAL7, RAD8_SENSOR_OFF, RAD8_SLOW)
    parser.feed("".join(line + "\r\n" for line in lines).encode())
    assert (parser.counts.frames, parser.counts.rejected) == (7, 0)


@pytest.mark.parametrize("line", [RAD8, RAD7, RADICAL5])
def test_a_published_line_without_its_end_is_believed(line: str) -> None:
    parser = MasimoParser()
    assert parser.feed(line.encode()) == []
    assert len(parser.finish()) == 3
    assert parser.counts.frames == 1


@pytest.mark.parametrize("line", [RAD8, RAD7, RADICAL5])
def test_a_cut_line_at_the_end_of_a_capture_is_not_believed(line: str) -> None:
    for size in range(len(line.split(" EXC1=")[0])):
        parser = MasimoParser()
        parser.feed(line[:size].encode())
        assert measured(parser.finish()) == []


def test_keys_come_in_any_order_and_unknown_ones_are_passed_over() -> None:
    start, rest = RAD8[:18], RAD8[18:].split()
    random.Random(1).shuffle(rest)
    line = f"{start}TVI=12 {' '.join(rest)} ACSALARM=00"
    assert measured(read(line)) == measured(read(RAD8))


@pytest.mark.parametrize("before", [b"\0\0", b"\n\r", b"\r\n\r\n", b"0% EXC=000800\r\n"])
def test_what_stands_before_a_line_does_not_matter(before: bytes) -> None:
    items = MasimoParser().feed(before + RAD8.encode() + b"\n\r")
    assert values(items, Vital.PR) == [97]


@pytest.mark.parametrize(
    ("exc", "quality", "word"),
    [
        (0x001, Quality.SENSOR_FAULT, "no sensor"),
        (0x002, Quality.SENSOR_FAULT, "defective sensor"),
        (0x004, Quality.LOW, "low perfusion"),
        (0x008, Quality.SEARCHING, "pulse search"),
        (0x010, Quality.LOW, "interference"),
        (0x020, Quality.SENSOR_OFF, "sensor off"),
        (0x040, Quality.LOW, "ambient light"),
        (0x080, Quality.SENSOR_FAULT, "unrecognised sensor"),
        (0x100, Quality.GOOD, "incompatible sensor"),
        (0x400, Quality.LOW, "low signal IQ"),
        (0x1000, Quality.SENSOR_FAULT, "no cable"),
        (0x2000, Quality.GOOD, "cable life expired"),
        (0x4000, Quality.LOW, "incompatible cable"),
        (0x8000, Quality.LOW, "unrecognised cable"),
        (0x10000, Quality.LOW, "defective cable"),
        (0x20000, Quality.SEARCHING, "sensor calibrating"),
        (0x40000, Quality.GOOD, "sensor life expired"),
        (0x80000, Quality.GOOD, "emitter temperature out of range"),
        (0x100000, Quality.GOOD, "sensor current limit exceeded"),
    ],
)
def test_each_exception_has_its_quality_and_word(exc: int, quality: Quality, word: str) -> None:
    items = read(RAD8.replace("EXC=000800", f"EXC={exc | 0x800:06X}"))
    for vital, value, found, note in measured(items):
        assert found is quality, vital
        assert (value is not None) == quality.has_value
        assert note == f"monitor: {word}"


def test_the_gravest_exception_decides_and_all_are_told() -> None:
    items = read(RAD8.replace("EXC=000800", "EXC=00082D"))
    assert measured(items)[0] == (
        Vital.PR,
        None,
        Quality.SENSOR_FAULT,
        "monitor: no sensor, sensor off, pulse search, low perfusion",
    )


def test_zero_is_missing_and_what_no_person_has_is_implausible() -> None:
    zero = measured(read(RAD8.replace("098%", "000%").replace("BPM=097", "BPM=000")))
    assert [(v, q) for _, v, q, _ in zero[:2]] == [(None, Quality.MISSING)] * 2
    odd = measured(read(RAD8.replace("098%", "108%").replace("BPM=097", "BPM=999")))
    assert [(v, q) for _, v, q, _ in odd[:2]] == [(None, Quality.IMPLAUSIBLE)] * 2


def test_a_perfusion_index_of_zero_needs_a_pulse() -> None:
    assert values(read(RAD8.replace("03.60", "00.00")), Vital.PI) == [0]
    lost = RAD8.replace("03.60", "00.00").replace("BPM=097", "BPM=---")
    assert values(read(lost), Vital.PI) == [None]


def test_without_exceptions_values_are_of_low_confidence() -> None:
    assert {q for _, _, q, _ in measured(read(RAD8.removesuffix(" EXC=000800")))} == {Quality.LOW}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (RAD8.replace("098%", "98%"), "SPO2 has not the form of its kind: '98%'"),
        (RAD8.replace("098%", "0998%"), "SPO2 has not the form of its kind: '0998%'"),
        (RAD8.replace("BPM=097", "BPM=97"), "BPM has not the form of its kind: '97'"),
        (RAD8.replace("03.60%", "3.60%"), "PI has not the form of its kind: '3.60%'"),
        (RAD8.replace("% BPM", "%BPM"), "no BPM"),
        (RAD8.replace("SPO2=", "SPO="), "no SPO2"),
        (RAD8[1:], "no date and time at its start"),
        (RAD8 + RAD8, "SN comes twice"),
        (RAD8.replace("EXC=000800", "EXC=00O800"), "EXC is no hexadecimal number"),
        (RAD8.replace("ALARM=0000", "ALARM=0"), "ALARM is no hexadecimal number"),
    ],
)
def test_a_line_of_another_form_is_refused_whole(line: str, reason: str) -> None:
    items = read(line)
    assert measured(items) == []
    assert [text.startswith(reason) for text in reasons(items)] == [True]


@pytest.mark.parametrize(
    "line",
    [
        "09/21/08 09:56:12 SpO2=097 PR=069 PI=04.69 EXC=800:SET",
        "SPO2=098 HR=072",
        "29-Dec-17 07:18:43    99      66      12",
        "hello",
    ],
)
def test_stored_trends_and_other_monitors_are_no_lines(line: str) -> None:
    parser = MasimoParser()
    assert parser.feed(line.encode() + b"\r\n") == []
    assert parser.counts.frames == 0


def test_lengths_of_exc_and_alarm_may_not_change_within_a_unit() -> None:
    off = RAD8.replace("EXC=000800", "EXC=000020")
    damaged = off.replace("EXC=000020", "EXC=00000")
    items = read(off, damaged, off)
    assert reasons(items) == ["ALARM and EXC have other lengths than in the line before"]
    assert values(items, Vital.PR) == [None, None]


def test_lengths_are_learnt_anew_when_the_first_line_was_the_damaged_one() -> None:
    items = read(RAD8.replace("EXC=000800", "EXC=00800"), RAD8, RAD8, RAD8)
    assert len(reasons(items)) == 1
    assert len(values(items, Vital.PR)) == 3


def test_one_lost_or_doubled_byte_costs_one_line_and_makes_no_value() -> None:
    lines = [line.encode() + b"\r\n" for line in (*SESSION, *SESSION)]
    stream = b"".join(lines)
    expected = set(measured(MasimoParser().feed(stream)))
    for at in range(len(stream)):
        for damaged in (
            stream[:at] + stream[at + 1 :],
            stream[: at + 1] + stream[at : at + 1] + stream[at + 1 :],
        ):
            parser = MasimoParser()
            found = measured(parser.feed(damaged))
            # Only of the first line of a unit it is not known how long its EXC is.
            known = found if at >= len(lines[0]) else found[3:]
            assert set(known) <= expected, at
            assert {i[:2] for i in found if i[1]} <= {i[:2] for i in expected}, at
            assert parser.counts.frames >= len(lines) - 1, at


@given(
    record=st.fixed_dictionaries(
        {
            Vital.PR: st.none() | st.integers(18, 321),
            Vital.SPO2: st.none() | st.integers(1, 100),
        }
    ),
    pi=st.integers(0, 3000),
    t_s=st.integers(0, 10**7),
)
def test_what_is_encoded_is_read_back(record: dict[Vital, float | None], pi: int, t_s: int) -> None:
    full = {**record, Vital.PI: pi / 100 if all(record.values()) else None}
    items = MasimoParser().feed(encode_vitals(full, t_s * NS_PER_S))
    assert {vital: value for vital, value, _, _ in measured(items)} == full


@given(
    pressures=st.lists(st.integers(40, 220), min_size=3, max_size=3, unique=True),
    t_s=st.integers(0, 10**7),
)
def test_an_encoded_determination_is_read_back(pressures: list[int], t_s: int) -> None:
    dia, mean, sys = sorted(pressures)
    record: dict[Vital, float | None] = {Vital.SBP: sys, Vital.DBP: dia, Vital.MAP: mean}
    items = MasimoParser().feed(encode_vitals(record, t_s * NS_PER_S))
    for vital, value in record.items():
        assert values(items, vital) == [value]
        assert {i.age_ns for i in items if isinstance(i, Measurement)} == {0}


def test_random_bytes_give_nothing() -> None:
    parser = MasimoParser()
    assert measured(parser.feed(random.Random(3).randbytes(100_000))) == []
    assert parser.counts.frames == 0


@given(sizes=st.lists(st.integers(1, 200), max_size=30), seed=st.integers(0, 99))
def test_it_does_not_matter_where_the_lines_are_cut(sizes: list[int], seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray("".join(f"{line}\r\n" for line in (*SESSION, ROOT, ROOT, RAD7)).encode())
    for _ in range(3):
        data[chance.randrange(len(data))] = chance.randrange(256)
    whole, cut = MasimoParser(), MasimoParser()
    expected = whole.feed(bytes(data))
    found: list[ParserItem] = []
    position = 0
    for size in [*sizes, len(data)]:
        found += cut.feed(bytes(data[position : position + size]))
        position += size
    assert found == expected
    assert cut.counts == whole.counts


def bp_items(*lines: str) -> list[Measurement]:
    vitals = (Vital.SBP, Vital.DBP, Vital.MAP)
    return [i for i in read(*lines) if isinstance(i, Measurement) and (i.spot or i.vital in vitals)]


def test_a_determination_is_given_once_with_its_age() -> None:
    line = f"{ROOT} nibpMEASTIME=02/22/16 22:45:15"
    items = bp_items(line, line, line)
    assert [(i.vital, i.value, i.spot) for i in items] == [
        (Vital.SBP, 121, False),
        (Vital.DBP, 75, False),
        (Vital.MAP, 92, False),
        (Vital.PR, 71, True),
    ]
    assert {i.age_ns for i in items} == {150 * NS_PER_S}


@pytest.mark.parametrize(
    ("time", "age_s"),
    [
        ("22:47:40", 5),
        ("22:47", 45),
        ("23:47:45", 23 * 3600),
        ("02/22/16-22:47:40", 5),
        ("02/22/16T22:47:40", 5),
        ("02/21/16 22:47:45", 86_400),
        ("02/23/16 00:00:00", 0),
        ("99/99/99 22:47:40", 0),
        ("1234", 0),
        ("--", 0),
    ],
)
def test_age_is_the_lines_clock_minus_the_time_of_measurement(time: str, age_s: int) -> None:
    items = bp_items(f"{ROOT} nibpMEASTIME={time}")
    assert [i.value for i in items] == [121, 75, 92, 71]
    assert {i.age_ns for i in items} == {age_s * NS_PER_S}


def test_equal_values_at_another_time_are_another_determination() -> None:
    first, second = (f"{ROOT} nibpMEASTIME=22:4{minute}:00" for minute in (1, 6))
    assert len(bp_items(first, first, second, second)) == 8


def test_without_a_time_other_values_are_another_determination() -> None:
    other = ROOT.replace("121", "122")
    assert [i.value for i in bp_items(ROOT, ROOT, other, ROOT) if i.vital is Vital.SBP] == [
        121,
        122,
        121,
    ]


def test_other_values_for_the_same_time_are_refused_once() -> None:
    line = f"{ROOT} nibpMEASTIME=22:41:00"
    items = read(line, line.replace("121", "127"), line.replace("121", "127"), line)
    assert values(items, Vital.SBP) == [121]
    assert reasons(items) == [
        "blood pressure not shown: 127/75 mean 92 mmHg: other values for the same nibpMEASTIME"
    ]


def test_one_lost_or_doubled_byte_makes_no_second_determination() -> None:
    line = f"{ROOT} nibpMEASTIME=02/22/16 22:41:00\r\n".encode()
    for at in range(len(line)):
        for damaged in (
            line[:at] + line[at + 1 :],
            line[: at + 1] + line[at : at + 1] + line[at + 1 :],
        ):
            items = MasimoParser().feed(line + damaged + line)
            assert values(items, Vital.SBP) == [121], at


@pytest.mark.parametrize(
    ("pressures", "quality"),
    [
        ("nibpSYS=075 nibpDIA=121 nibpMAP=092", Quality.FAILED),
        ("nibpSYS=121 nibpDIA=075 nibpMAP=130", Quality.FAILED),
        ("nibpSYS=121 nibpDIA=000 nibpMAP=092", Quality.FAILED),
        ("nibpSYS=290 nibpDIA=075 nibpMAP=120", Quality.IMPLAUSIBLE),
        ("nibpSYS=121 nibpDIA=008 nibpMAP=092", Quality.IMPLAUSIBLE),
        ("nibpSYS=121 nibpDIA=075 nibpMAP=092 nibpEXC=000", Quality.GOOD),
        ("nibpSYS=121 nibpDIA=075 nibpMAP=092 nibpEXC=004", Quality.LOW),
        ("nibpSYS=121mmHg nibpDIA=75mmHg nibpMAP=92mmHg", Quality.GOOD),
    ],
)
def test_a_determination_is_judged_as_a_whole(pressures: str, quality: Quality) -> None:
    items = bp_items(f"{RAD8} {pressures}")
    assert [i.vital for i in items] == [Vital.SBP, Vital.DBP, Vital.MAP]
    assert {i.quality for i in items} == {quality}
    assert all((i.value is not None) == quality.has_value for i in items)


def test_a_determination_may_have_no_mean() -> None:
    items = bp_items(f"{RAD8} nibpSYS=121 nibpDIA=075 nibpMAP=---")
    assert [(i.value, i.quality) for i in items] == [
        (121, Quality.GOOD),
        (75, Quality.GOOD),
        (None, Quality.MISSING),
    ]
    for pressures, quality in (
        ("nibpSYS=075 nibpDIA=121", Quality.FAILED),
        ("nibpSYS=121 nibpDIA=008", Quality.IMPLAUSIBLE),
    ):
        assert {i.quality for i in bp_items(f"{RAD8} {pressures}")} == {quality}


@pytest.mark.parametrize(
    "keys",
    ["nibpSYS=--- nibpDIA=--- nibpMAP=---", "nibpSYS=121 nibpDIA=---", "nibpSYS=121", "nibpDIA=75"],
)
def test_no_determination_is_no_reading(keys: str) -> None:
    assert bp_items(f"{RAD8} {keys}") == []


@pytest.mark.parametrize(
    "keys",
    [
        "nibpSYS=16.1 nibpDIA=10.0 nibpMAP=12.3",
        "nibpSYS=121 nibpDIA=75 nibpMAP=092",
        "nibpSYS=1121 nibpDIA=075 nibpMAP=092",
        "nibpSYS=121 nibpDIA=07 nibpMAP=092",
    ],
)
def test_unreadable_pressures_are_told_once_and_cost_no_saturation(keys: str) -> None:
    items = read(*[f"{RAD8} {keys}"] * 3)
    assert values(items, Vital.SPO2) == [98, 98, 98]
    assert values(items, Vital.SBP) == []
    assert len(reasons(items)) == 1


def test_nothing_is_kept_across_a_lost_connection() -> None:
    parser = MasimoParser()
    parser.feed(f"{ROOT}\r\n{RAD8[:40]}".encode())
    parser.forget()
    items = parser.feed(f"{RAD8[40:]}\r\n{ROOT}\r\n".encode())
    assert values(items, Vital.SPO2) == [98]
    assert values(items, Vital.SBP) == [121]
