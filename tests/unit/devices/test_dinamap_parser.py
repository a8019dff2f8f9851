"""DINAMAP replies: constructed and published lines, and damage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import BpProgress, Measurement, ParserItem, Rejected
from devices.ge_dinamap import wire
from devices.ge_dinamap.parser import DinamapParser
from devices.ge_dinamap.simulator import encode_vitals
from protocols.events import BpState
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital

VALID = b" NA1000001120070090%W\r"
FAILED = b" NA3000000000000000%E\r"
SATURATION = b' OA1098"I\r'
RATE = b' RA20072"V\r'


def nibp(status: int, since_s: int, pressures: str = "120070090", *, more: str = "") -> bytes:
    return wire.message(f" NA{status}10{since_s:04d}{pressures}{more}".encode("ascii"))


def parsed(data: bytes) -> list[ParserItem]:
    parser = DinamapParser()
    items = parser.feed(data) + parser.finish()
    c = parser.counts
    assert c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes == len(data)
    return items


def said(data: bytes) -> list[tuple[Vital, float | None, Quality]]:
    return [(i.vital, i.value, i.quality) for i in parsed(data) if isinstance(i, Measurement)]


PRESSURES_120 = [
    (Vital.SBP, 120.0, Quality.GOOD),
    (Vital.DBP, 70.0, Quality.GOOD),
    (Vital.MAP, 90.0, Quality.GOOD),
]
NO_PRESSURES = [(vital, None, Quality.FAILED) for vital in PRESSURES]


@pytest.mark.parametrize(
    ("request_bytes", "published"),
    [
        (wire.READ_NIBP, "20 4E 41 21 32 0D"),
        (wire.READ_SATURATION, "20 4F 41 21 33 0D"),
        (wire.READ_RATE, "20 52 41 21 36 0D"),
        (wire.READ_RATE_PRO, "20 52 43 21 38 0D"),
        (wire.START_DETERMINATION, "20 4E 43 30 21 45 0D"),
        (wire.CANCEL_DETERMINATION, "20 4E 44 21 35 0D"),
    ],
)
def test_the_requests_are_the_published_ones(request_bytes: bytes, published: str) -> None:
    assert request_bytes == bytes.fromhex(published)
    assert request_bytes in wire.COMMANDS


def test_the_checksum_is_that_of_a_reply_that_a_program_quotes() -> None:
    assert wire.checksum(b" NF1101762127073078") == b"&<"


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (VALID, PRESSURES_120),
        (VALID[:-1], PRESSURES_120),
        (VALID + b"\n", PRESSURES_120),
        (FAILED, NO_PRESSURES),
        (SATURATION, [(Vital.SPO2, 98.0, Quality.GOOD)]),
        (RATE, [(Vital.PR, 72.0, Quality.GOOD)]),
        (wire.message(b" RC2072"), [(Vital.PR, 72.0, Quality.GOOD)]),
        (wire.message(b" OA1098712"), [(Vital.SPO2, 98.0, Quality.GOOD)]),
        (wire.message(b" OA0000"), [(Vital.SPO2, None, Quality.MISSING)]),
        (wire.message(b" OA3000"), [(Vital.SPO2, None, Quality.MISSING)]),
        (wire.message(b" OA6000"), [(Vital.SPO2, None, Quality.SENSOR_OFF)]),
        (wire.message(b" OA1000"), [(Vital.SPO2, None, Quality.MISSING)]),
        (wire.message(b" OA1---"), [(Vital.SPO2, None, Quality.MISSING)]),
        (wire.message(b" OA1127"), [(Vital.SPO2, None, Quality.IMPLAUSIBLE)]),
        (wire.message(b" OA2098"), [(Vital.SPO2, None, Quality.MISSING)]),
        (wire.message(b" RA2-99"), [(Vital.PR, None, Quality.MISSING)]),
        (wire.message(b" RA2000"), [(Vital.PR, None, Quality.MISSING)]),
        (wire.message(b" RA2017"), [(Vital.PR, None, Quality.IMPLAUSIBLE)]),
        (wire.message(b" RA1072"), [(Vital.PR, None, Quality.MISSING)]),
        (nibp(1, 9999), []),
        (nibp(2, 0), []),
        (nibp(0, 0), []),
        (nibp(1, 12, more="07"), PRESSURES_120),
        (nibp(1, 12, "120   090"), NO_PRESSURES),
        (nibp(1, 12, "070120090"), NO_PRESSURES),
        (nibp(1, 12, "290070150"), [(v, None, Quality.IMPLAUSIBLE) for v in PRESSURES]),
    ],
)
def test_what_a_line_says(line: bytes, values: list[tuple[Vital, float | None, Quality]]) -> None:
    assert said(line) == values


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (VALID.replace(b"%W", b"%X"), "bad checksum"),
        (b" NA\r", "cut short"),
        (wire.message(b" NA11"), "too short for its fields"),
        (wire.message(b" OA109"), "too short for its fields"),
        (wire.message(b" RA207212"), "a rate of unknown width"),
        (wire.message(b" RAx072"), "no digit in the place of the status"),
        (
            wire.message(b" NA1100---120070090"),
            "no number in the place of the time since the determination",
        ),
    ],
)
def test_a_reply_that_cannot_be_trusted_is_refused(line: bytes, reason: str) -> None:
    assert parsed(line) == [Rejected(reason=reason, data=line[:-1])]


@pytest.mark.parametrize("line", [b"?\r", b"NAK\r", b"\x15\r", *wire.READS])
def test_what_echoes_no_command_or_is_the_hosts_own_is_passed_over(line: bytes) -> None:
    parser = DinamapParser()
    assert parser.feed(line) == []
    assert parser.counts.frames == parser.counts.rejected == 0


def test_the_age_is_the_monitors_own() -> None:
    items = [i for i in parsed(nibp(1, 61)) if isinstance(i, Measurement)]
    assert {i.age_ns for i in items} == {61 * NS_PER_S}
    assert {i.end_byte for i in items} == {21}


@pytest.mark.parametrize("status", [3, 4, 6, 7, 8, 9, 5])
def test_every_error_has_a_sentence(status: int) -> None:
    items = [i for i in parsed(nibp(status, 0)) if isinstance(i, Measurement)]
    assert [(i.value, i.quality) for i in items] == [(None, Quality.FAILED)] * 3
    assert {i.note for i in items} == {wire.nibp_error_text(status)}


def test_a_held_determination_is_said_once() -> None:
    repeated = b"".join(nibp(1, since_s) for since_s in (4, 5, 6, 7, 7))
    assert said(repeated) == PRESSURES_120


def test_a_time_that_became_smaller_is_a_new_determination_though_the_pressures_are_equal() -> None:
    assert said(nibp(1, 300) + nibp(1, 301) + nibp(1, 1)) == 2 * PRESSURES_120


def test_after_busy_an_equal_time_is_a_new_determination_and_a_longer_one_is_not() -> None:
    assert said(nibp(1, 0) + nibp(0, 0) + nibp(1, 0)) == 2 * PRESSURES_120
    assert said(nibp(1, 8) + nibp(0, 9) + nibp(1, 30)) == PRESSURES_120


def test_an_error_is_said_once() -> None:
    assert said(nibp(3, 0) + nibp(3, 1) + nibp(0, 2) + nibp(3, 0)) == 2 * NO_PRESSURES


def test_busy_and_the_echoes_of_start_and_cancel_are_said_in_words() -> None:
    data = wire.message(b" NC") + nibp(0, 0) + nibp(0, 0) + wire.message(b" ND")
    items = parsed(data)
    assert [i.state for i in items if isinstance(i, BpProgress)] == [
        BpState.REQUESTED,
        BpState.MEASURING,
        BpState.ABORTED,
    ]
    assert all(i.text for i in items if isinstance(i, BpProgress))


def test_the_rate_of_the_cuff_is_a_spot_once_and_then_held() -> None:
    cuff = wire.message(b" RC3072")
    items = [i for i in parsed(cuff + cuff + nibp(1, 2) + cuff) if i.vital is Vital.PR]  # type: ignore[union-attr]
    assert [(i.value, i.quality, i.spot) for i in items if isinstance(i, Measurement)] == [
        (72.0, Quality.GOOD, True),
        (None, Quality.HELD, False),
        (72.0, Quality.GOOD, True),
    ]


LINES = st.sampled_from(
    [VALID, FAILED, SATURATION, RATE, nibp(0, 3), wire.message(b" NC"), VALID[:9], b"\r", b" NA"]
)


@given(
    pieces=st.lists(LINES | st.binary(max_size=80), max_size=12),
    sizes=st.lists(st.integers(0, 40)),
)
def test_bytes_cut_anywhere_give_the_same_and_are_accounted_for(
    pieces: list[bytes], sizes: list[int]
) -> None:
    stream = b"".join(pieces)
    whole, cut = DinamapParser(), DinamapParser()
    at_once = whole.feed(stream)
    in_pieces: list[ParserItem] = []
    position = 0
    for size in [*sizes, len(stream)]:
        in_pieces += cut.feed(stream[position : position + size])
        position += size
        c = cut.counts
        assert c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes == min(
            position, len(stream)
        )
    assert in_pieces == at_once
    assert cut.counts == whole.counts
    refused = sum(len(item.data) for item in at_once if isinstance(item, Rejected))
    assert refused == whole.counts.rejected_bytes


@pytest.mark.parametrize("line", [VALID, SATURATION, RATE, nibp(1, 75, "098051067")])
def test_no_flipped_bit_gives_a_wrong_value(line: bytes) -> None:
    true = {(i.vital, i.value) for i in parsed(line) if isinstance(i, Measurement)}
    for bit in range(8 * len(line)):
        damaged = bytearray(line)
        damaged[bit // 8] ^= 1 << bit % 8
        for item in parsed(bytes(damaged)):
            assert not isinstance(item, Measurement) or (item.vital, item.value) in true


@given(at=st.integers(0, 89), doubled=st.booleans())
def test_one_lost_or_doubled_byte_costs_two_replies_at_most(at: int, doubled: bool) -> None:
    stream = b"".join(wire.message(f" OA1{80 + n:03d}".encode("ascii")) for n in range(9))
    damaged = stream[: at + doubled] + stream[at + 1 - doubled + doubled :]
    if doubled:
        damaged = stream[:at] + stream[at : at + 1] + stream[at:]
    found = [value for _, value, _ in said(damaged)]
    assert set(found) <= {float(80 + n) for n in range(9)}
    assert len(found) >= 7


@given(
    spo2=st.none() | st.integers(1, 100),
    pr=st.none() | st.integers(18, 321),
    cuffs=st.lists(
        st.none()
        | st.tuples(st.integers(40, 280), st.integers(10, 220), st.integers(20, 240)).filter(
            lambda bp: bp[0] > bp[2] > bp[1]
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_what_is_encoded_comes_back_exactly(
    spo2: int | None, pr: int | None, cuffs: list[tuple[int, int, int] | None]
) -> None:
    parser = DinamapParser()
    for second, cuff in enumerate(cuffs):
        record: dict[Vital, float | None] = {Vital.SPO2: spo2, Vital.PR: pr}
        if cuff is not None:
            record |= dict(zip(PRESSURES, cuff, strict=True))
        items = parser.feed(encode_vitals(record, second * NS_PER_S))
        found = {i.vital: i.value for i in items if isinstance(i, Measurement)}
        assert found == record
        assert all(i.age_ns == 0 for i in items if isinstance(i, Measurement))
    assert parser.counts.rejected == parser.counts.skipped_bytes == 0


def test_a_record_without_anything_says_that_everything_is_missing() -> None:
    assert {(v, value) for v, value, _ in said(encode_vitals({}, 0))} == {
        (Vital.SPO2, None),
        (Vital.PR, None),
    }
