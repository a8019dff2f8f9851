"""The Nellcor printout, on captured lines of N-560 monitors and on what damage makes of them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Measurement, ParserItem, Rejected
from devices.nellcor_printout.parser import NellcorParser
from devices.nellcor_printout.simulator import encode_vitals
from protocols.vitals import NS_PER_S, Quality, Vital

GOOD = "29-Dec-17 07:18:43    99      66      12                     "
HEADER = [
    "N-560    VERSION 1.56.00    CRC:XXXX  SpO2 Limit: 90-100%    PR Limit: 60-170BPM",
    "                             ADULT            0SAT-S ",
    "TIME                 %SpO2   BPM     PA     Status",
]
SESSION = [
    GOOD,
    "29-Dec-17 07:18:45    99      66      17    MO               ",
    "29-Dec-17 07:18:57    89*     66     201    MO SL            ",
    "29-Dec-17 07:19:01    79*     66      18    MO SL       AS   ",
    "29-Dec-17 07:19:07    77*     70       8       SL       AS   ",
    *HEADER,
    "29-Dec-17 07:19:27    73*     70      12    MO SL       AS   ",
    "29-Dec-17 07:19:29   ---     ---     ---    SD          AS   ",
    "29-Dec-17 07:19:57   ---     ---     ---    SO          AS   ",
    "29-Dec-17 07:20:01   ---     ---     ---    SO               ",
    "29-Dec-17 07:20:27     0       0     ---    PS               ",
    "29-Dec-17 07:20:43    94     119       5                     ",
    "29-Dec-17 07:20:45    94     103       4                     ",
    "29-Dec-17 07:21:11    96      63       7    MO               ",
    "29-Dec-17 07:21:13    96      63     ---    PS                  ",
    "07-Jan-04 11:24:50   100     105      88                   AO",
    "07-Jan-04 11:24:56   100     101     104    MO             AO",
]
STORED = [
    "18-FEB-09 10:00:23    97      99     076         ",
    "18-FEB-09 10:00:28    98     105     057    MO     ",
]


def read(*lines: str, end: str = "\r\n") -> list[ParserItem]:
    return NellcorParser().feed("".join(line + end for line in lines).encode())


def measured(items: list[ParserItem]) -> list[tuple[Vital, float | None, Quality, str]]:
    return [(i.vital, i.value, i.quality, i.note) for i in items if isinstance(i, Measurement)]


def values(items: list[ParserItem], vital: Vital) -> list[float | None]:
    return [i.value for i in items if isinstance(i, Measurement) and i.vital is vital]


def reasons(items: list[ParserItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def test_a_captured_session_with_its_header_block() -> None:
    parser = NellcorParser()
    items = parser.feed("".join(f"{line}\r\n" for line in SESSION).encode())
    assert values(items, Vital.SPO2) == [
        *(99, 99, 89, 79, 77, 73, None, None, None, None, 94, 94, 96, None, 100, 100)
    ]
    assert values(items, Vital.PR) == [
        *(66, 66, 66, 66, 70, 70, None, None, None, None, 119, 103, 63, None, 105, 101)
    ]
    counts = parser.counts
    assert (counts.frames, counts.rejected, counts.skipped_bytes) == (len(SESSION), 0, 0)


@pytest.mark.parametrize(
    ("line", "rate", "spo2", "quality", "note"),
    [
        (SESSION[0], 66, 99, Quality.GOOD, ""),
        (SESSION[1], 66, 99, Quality.LOW, "monitor: interference or motion"),
        (SESSION[9], None, None, Quality.SENSOR_FAULT, "monitor: sensor disconnected; "),
        (SESSION[11], None, None, Quality.SENSOR_OFF, "monitor: sensor off"),
        (SESSION[12], None, None, Quality.SEARCHING, "monitor: pulse search"),
        (SESSION[16], None, None, Quality.SEARCHING, "monitor: pulse search"),
        (SESSION[17], 105, 100, Quality.GOOD, "monitor's alarm: alarm off"),
    ],
)
def test_captured_lines(
    line: str, rate: float | None, spo2: float | None, quality: Quality, note: str
) -> None:
    found = measured(read(line))
    assert [item[:3] for item in found] == [
        (Vital.PR, rate, quality),
        (Vital.SPO2, spo2, quality),
    ]
    assert all(item[3].startswith(note) for item in found)


def test_a_star_marks_the_value_beyond_the_monitors_own_limit() -> None:
    rate, spo2 = measured(read(SESSION[4]))
    assert rate == (Vital.PR, 70, Quality.GOOD, "monitor's alarm: SpO2 low, silenced")
    assert spo2[3] == ("monitor's alarm: SpO2 low, silenced; beyond the monitor's own limit")


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        ("SD", Quality.SENSOR_FAULT),
        ("SO", Quality.SENSOR_OFF),
        ("PS", Quality.SEARCHING),
        ("LP", Quality.SEARCHING),
        ("LM", Quality.SEARCHING),
        ("MO", Quality.LOW),
        ("LB", Quality.GOOD),
        ("PH", Quality.GOOD),
        ("PL", Quality.GOOD),
        ("SH", Quality.GOOD),
        ("SL", Quality.GOOD),
        ("AS", Quality.GOOD),
        ("AO", Quality.GOOD),
        ("XY", Quality.MISSING),
    ],
)
def test_old_values_beside_a_code_are_not_shown(code: str, quality: Quality) -> None:
    for column in (44, 47, 50, 53, 56, 59):
        found = measured(read(GOOD[:column] + code + GOOD[column + 2 :]))
        assert {q for _, _, q, _ in found} == {quality}
        assert [v is not None for _, v, _, _ in found] == [quality.has_value] * 2


def test_a_code_that_is_not_documented_is_named() -> None:
    note = measured(read(GOOD[:44] + "XY" + GOOD[46:]))[0][3]
    assert note == "status code XY is not documented"


@pytest.mark.parametrize(
    "line",
    [
        "29-Dec-17 07:20:27     0      66      12",
        "29-Dec-17 07:20:27    99       0      12",
        "29-Dec-17 07:20:27    99      66     ---",
        "29-Dec-17 07:20:27   ---     ---      12",
    ],
)
def test_zero_and_no_amplitude_are_missing(line: str) -> None:
    assert {item[1:3] for item in measured(read(line))} == {(None, Quality.MISSING)}


def test_one_missing_value_leaves_the_other() -> None:
    items = read("29-Dec-17 07:20:27   ---      66      12")
    assert (values(items, Vital.SPO2), values(items, Vital.PR)) == ([None], [66])


def test_what_no_person_has_is_implausible() -> None:
    items = read("29-Dec-17 07:20:27   101       9      12")
    assert {item[1:3] for item in measured(items)} == {(None, Quality.IMPLAUSIBLE)}


def test_the_pulse_amplitude_is_no_perfusion_index() -> None:
    assert {vital for vital, _, _, _ in measured(read(*SESSION))} == {Vital.PR, Vital.SPO2}


def test_month_and_headings_may_be_in_capitals_and_amplitudes_padded() -> None:
    items = read("TIME                 %SPO2   BPM     PA   Status ", *STORED)
    assert values(items, Vital.PR) == [99, 105]


@pytest.mark.parametrize(
    "header",
    [
        "N-395 VERSION 2.0.0.0 CRC: XXXX SpO2 Limit: 70-100% PR Limit: 60-160BPM",
        "NPB-290 VERSION 1.0.0.1 CRC: XXXX SpO2 Limit: 30-100% PR Limit: 100-180BPM",
        "          NEO            OFF SAT-S    SPO2 RESP MODE: NORMAL",
        *HEADER,
    ],
)
def test_headers_are_known_lines(header: str) -> None:
    parser = NellcorParser()
    assert parser.feed(f"{header}\r\n".encode()) == []
    assert parser.counts.frames == 1


def test_a_published_line_without_its_end_is_believed() -> None:
    parser = NellcorParser()
    parser.feed(b"18-Dec-17 22:01:33    99      66      49")
    assert values(parser.finish(), Vital.PR) == [66]


def test_a_line_cut_before_its_amplitude_is_not_believed() -> None:
    for size in range(39):
        parser = NellcorParser()
        parser.feed(SESSION[2][:size].encode())
        assert measured(parser.finish()) == []


TREND = "NPB-290 VERSION 1.0.0.1 TREND SpO2 Limit: 30-100% PR Limit: 100-180BPM"


def test_a_printout_of_stored_values_is_refused_until_the_next_real_title() -> None:
    items = read(TREND, "TIME %SPO2 BPM PA", *STORED, *HEADER, GOOD)
    assert values(items, Vital.PR) == [66]
    assert reasons(items) == ["a stored value of a trend printout"] * 2


def test_headings_without_a_status_are_of_stored_values() -> None:
    assert len(reasons(read("TIME                 %SPO2   BPM     PA", GOOD))) == 1


def test_a_printout_of_stored_values_ends_with_its_last_line() -> None:
    assert values(read(TREND, STORED[0], "Output Complete", GOOD), Vital.PR) == [66]


def test_another_connection_does_not_know_of_an_old_printout() -> None:
    parser = NellcorParser()
    parser.feed(f"{TREND}\r\n".encode())
    parser.forget()
    assert values(parser.feed(f"{GOOD}\r\n".encode()), Vital.PR) == [66]


@pytest.mark.parametrize(
    "line",
    [
        "29-Dec-17 07:18:43    99      66",
        "29-Dec-17 07:18:43   99      66      12",
        "29-Dec-17 07:18:43     99      66      12",
        "29-Dec-17 07:18:43   099      66      12",
        "29-Dec-17 07:18:43    99#     66      12",
        "29-Dec-17 07:18:43    99      66      12    P",
        "29-Dec-17 07:18:43    99      66      12    PSS",
        "29-Dec-17 07:18:43    99      66      12    ps",
        GOOD.rstrip() + GOOD,
    ],
)
def test_a_line_out_of_its_columns_is_refused(line: str) -> None:
    items = read(line)
    assert measured(items) == []
    assert len(reasons(items)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "Séme garbäge first",
        "02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% ALARM=0000 EXC=000800",
        "NPB-595   Interactive Mode",
        "    Command?",
        "7 07:18:43    99      66      12",
    ],
)
def test_other_lines_are_skipped(line: str) -> None:
    parser = NellcorParser()
    assert parser.feed(line.encode() + b"\r\n") == []
    assert parser.counts.frames == 0


def test_one_lost_or_doubled_byte_costs_one_line_and_makes_no_value() -> None:
    lines = [f"{line}\r\n".encode() for line in SESSION]
    stream = b"".join(lines)
    expected = {item[:2] for item in measured(NellcorParser().feed(stream))}
    for at in range(len(stream)):
        for damaged in (
            stream[:at] + stream[at + 1 :],
            stream[: at + 1] + stream[at : at + 1] + stream[at + 1 :],
        ):
            parser = NellcorParser()
            items = parser.feed(damaged)
            assert {item[:2] for item in measured(items)} <= expected, at
            assert len(values(items, Vital.PR)) >= len(SESSION) - len(HEADER) - 1, at
            assert parser.counts.frames >= len(SESSION) - 1, at


@given(
    rate=st.none() | st.integers(18, 321),
    spo2=st.none() | st.integers(1, 100),
    t_s=st.integers(0, 10**7),
)
def test_what_is_encoded_is_read_back(rate: int | None, spo2: int | None, t_s: int) -> None:
    data = encode_vitals({Vital.PR: rate, Vital.SPO2: spo2}, t_s * NS_PER_S)
    items = NellcorParser().feed(data)
    assert (values(items, Vital.PR), values(items, Vital.SPO2)) == ([rate], [spo2])


def test_random_bytes_give_nothing() -> None:
    parser = NellcorParser()
    assert measured(parser.feed(random.Random(3).randbytes(100_000))) == []
    assert parser.counts.frames == 0


@given(sizes=st.lists(st.integers(1, 100), max_size=30), seed=st.integers(0, 99))
def test_it_does_not_matter_where_the_lines_are_cut(sizes: list[int], seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray("".join(f"{line}\r\n" for line in SESSION).encode())
    for _ in range(3):
        data[chance.randrange(len(data))] = chance.randrange(256)
    whole, cut = NellcorParser(), NellcorParser()
    expected = whole.feed(bytes(data))
    found: list[ParserItem] = []
    position = 0
    for size in [*sizes, len(data)]:
        found += cut.feed(bytes(data[position : position + size]))
        position += size
    assert found == expected
    assert cut.counts == whole.counts
