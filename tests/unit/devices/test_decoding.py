from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decoding import decode, parse_hex
from devices.registry import DRIVERS

NONIN = """
    0180 4900CA 0180464A11 01804400C5 01804300C4
    01814300C5 0180434A0E 0180436024 0180439458 01804300C4 01804100C2 01803E17D6 01803C04C1
    018039601A 0180366017 0180356016 01803400B5 01803400B5 01803400B5 0180354A00 0180366017
    0180376018 01803A00BB 01804000C1 01804A00CB 0180574A22 01806900EA 01807C4A47 0180900011
    0180A10022 0181AF0031
"""
SUNTECH = """
    3E 04 4F 6F
    3E 05 02 01 BA
    3E 05 02 01 B1
    3E 04 4B 73
    3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9
"""


def test_the_nonin_capture_in_the_names_that_scripts_rely_on() -> None:
    assert list(decode("nonin", parse_hex(NONIN))) == [
        {"vital": "pr", "value": 74, "unit": "/min", "quality": "good", "t_s": 0.387},
        {"vital": "spo2", "value": 96, "unit": "%", "quality": "good", "t_s": 0.387},
        {"summary": {"frames": 30, "rejected": 0, "skipped_bytes": 0}},
    ]


def test_the_wave_comes_only_when_asked_for_and_75_times_a_second() -> None:
    wave = [
        r for r in decode("nonin", parse_hex(NONIN), waveforms=True) if r.get("vital") == "pleth"
    ]
    assert [r["value"] for r in wave][:5] == [0x49, 0x46, 0x44, 0x43, 0x43]
    assert len(wave) == 30
    assert [r["t_s"] for r in wave][:4] == [0.013, 0.027, 0.04, 0.053]
    assert wave[0]["quality"] == "good"


def test_a_suntech_capture() -> None:
    readings = list(decode("suntech", parse_hex(SUNTECH)))
    assert [(r["vital"], r["value"]) for r in readings[:-1]] == [
        ("cuff", 258),
        ("sbp", 115),
        ("dbp", 74),
        ("map", 88),
        ("pr", 85),
    ]
    assert readings[4] == {
        "vital": "pr",
        "value": 85,
        "unit": "/min",
        "quality": "good",
        "spot": True,
    }
    assert readings[-1] == {"summary": {"frames": 4, "rejected": 1, "skipped_bytes": 0}}


def test_a_missing_value_is_null_with_its_reason() -> None:
    packet = b""
    for i in range(25):
        head = bytes((1, 0x88 | (i == 0), 60, 72 if i == 1 else 98))
        packet += head + bytes((sum(head) & 0xFF,))
    first, *_ = decode("nonin", packet)
    assert first["value"] is None
    assert first["quality"] == "sensor-off"
    assert json.loads(json.dumps(first))["value"] is None


def test_a_frame_cut_by_the_end_counts_as_skipped() -> None:
    data = parse_hex(NONIN)[:-2]
    assert list(decode("nonin", data))[-1] == {
        "summary": {"frames": 29, "rejected": 0, "skipped_bytes": 3}
    }


def test_an_unknown_driver_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'nonsense'; known: " + ", ".join(DRIVERS)):
        list(decode("nonsense", b""))


@given(data=st.binary(max_size=400), name=st.sampled_from(["nonin", "suntech"]))
def test_noise_gives_an_account_and_no_error(data: bytes, name: str) -> None:
    *readings, last = decode(name, data, waveforms=True)
    assert set(last) == {"summary"}
    assert all({"vital", "value", "unit", "quality"} <= set(reading) for reading in readings)


@pytest.mark.parametrize("text", ["01 80\n49 00 CA", "0180\t4900ca\r\n", " 0 1 8 0 4 9 0 0 C A"])
def test_hexadecimal_text_with_blanks_anywhere(text: str) -> None:
    assert parse_hex(text) == bytes.fromhex("01804900CA")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("01 80\n49 0x CA", "line 2, column 5: 'x' is not a hexadecimal digit"),
        ("g", "line 1, column 1: 'g' is not a hexadecimal digit"),
        ("01 80\n4", "line 2: an odd number of hexadecimal digits (5)"),
        ("01 ８0", "line 1, column 4: '８' is not a hexadecimal digit"),
    ],
)
def test_what_is_no_hexadecimal_is_named_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011  the whole message is compared below
        parse_hex(text)
    assert str(error.value) == complaint


@given(st.binary(max_size=50))
def test_hexadecimal_text_gives_its_bytes(data: bytes) -> None:
    assert parse_hex(data.hex(" ")) == data
