"""``.vital`` files: tracks, marks, gaps, and a gzip stream that was cut or damaged anywhere."""

from __future__ import annotations

import gc
import gzip
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from foreign_makers import (
    BEGAN_S,
    read,
    read_or_refuse,
    vital,
    vital_numbers,
    vital_record,
    vital_track,
)

from app.exchange.libraries import unwarned
from app.importing import vital_file
from app.importing.foreign import FileKind, ForeignFileError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "case.vital"


def test_tracks_marks_and_the_zone_of_the_machine_are_read(path: Path) -> None:
    recording = read(path, vital_numbers(rate=75))
    assert recording.kind is FileKind.VITAL
    assert recording.streams[0].channel == "Mon/SpO2"
    assert recording.streams[0].values[:3].tolist() == [97, 98, 97]
    assert [(one.t_s, one.text) for one in recording.marks] == [(5, "turned on side")]
    wave = recording.waves[0]
    assert (wave.rate_hz, wave.samples, len(wave.pieces)) == (75, 60 * 75, 1)
    assert recording.start_words.startswith("2026-03-02 10:00:00 +0100")


def test_a_silence_in_a_waveform_is_a_gap_between_pieces(path: Path) -> None:
    block = struct.pack("<I", 75) + np.zeros(75, "<i2").tobytes()
    records = [vital_record(1, BEGAN_S + t, block) for t in (0, 1, 2, 60, 61)]
    recording = read(path, vital(vital_track(1, 1, 5, "PLETH", "", 75), *records))
    assert [round(p.start_s) for p in recording.waves[0].pieces] == [0, 60]


@pytest.mark.parametrize("share", [0.99, 0.8, 0.6, 0.4, 0.2])
def test_a_cut_file_gives_what_is_before_the_cut(path: Path, share: float) -> None:
    whole = vital_numbers(600, rate=75)
    recording = read(path, whole[: int(share * len(whole))])
    values = recording.streams[0].values
    assert 0.5 * share * 600 < len(values) < 600
    assert values.tolist() == [97 + n % 2 for n in range(len(values))]
    wave = recording.waves[0]
    assert abs(wave.samples - 75 * len(values)) <= 75
    assert "cut" in recording.missing[0]
    assert any("whole packets before" in one for one in recording.missing)


def test_the_waveform_of_a_cut_file_stays_where_the_library_loses_it(path: Path) -> None:
    with unwarned():
        vitaldb = pytest.importorskip("vitaldb", reason="needs the extra exchange")
    whole = vital_numbers(600, rate=75)
    recording = read(path, whole[: int(0.6 * len(whole))])
    assert recording.waves[0].samples > 0.5 * 600 * 75
    with unwarned():
        theirs = vitaldb.VitalFile(str(path))
        gc.collect()  # it leaves the file open
    samples = sum(len(r["val"]) for r in theirs.trks["Mon/PLETH"].recs)
    assert samples <= recording.waves[0].samples


def test_damaged_bytes_end_the_reading_and_are_said(path: Path) -> None:
    raw = bytearray(vital_numbers(600, rate=75))
    raw[len(raw) // 2 : len(raw) // 2 + 40] = b"\xff" * 40
    recording = read(path, bytes(raw))
    assert recording.missing
    assert 0 < len(recording.streams[0].values) < 600


def test_a_file_of_several_packed_members_is_read_whole(path: Path) -> None:
    plain = gzip.decompress(vital_numbers(20))
    parts = gzip.compress(plain[:300]) + gzip.compress(plain[300:])
    recording = read(path, parts)
    assert len(recording.streams[0].values) == 20
    assert not recording.missing


def test_a_bomb_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vital_file, "MOST_UNPACKED_BYTES", 1 << 20)
    with pytest.raises(ForeignFileError, match="unpacks to more than 1 MB"):
        read(path, gzip.compress(b"VITA" + bytes(8 << 20)))


def test_infinite_values_and_times_that_are_none_are_missing_or_left_out(path: Path) -> None:
    records = [
        vital_record(1, BEGAN_S + t, struct.pack("<f", value))
        for t, value in ((0, 97.0), (1, float("inf")), (2, float("nan")), (float("nan"), 96.0))
    ]
    recording = read(path, vital(vital_track(1, 2, 1, "SpO2", "%"), *records))
    assert recording.streams[0].values[0] == 97
    assert recording.streams[0].missing == 2
    assert any("infinite" in one for one in recording.notes)
    assert any("1 packets cannot be understood" in one for one in recording.missing)


def test_a_record_that_holds_less_than_it_says_gives_what_it_holds(path: Path) -> None:
    body = struct.pack("<I", 1_000_000_000) + np.arange(75, dtype="<i2").tobytes()
    recording = read(
        path, vital(vital_track(1, 1, 5, "PLETH", "", 75), vital_record(1, BEGAN_S, body))
    )
    assert recording.waves[0].samples == 75
    assert any("cannot be understood" in one for one in recording.missing)


def test_a_track_without_a_unit_is_not_taken_for_a_vital(path: Path) -> None:
    record = vital_record(1, BEGAN_S, struct.pack("<f", 97))
    recording = read(path, vital(vital_track(1, 2, 1, "SpO2"), record))
    assert not recording.streams
    assert "gives no unit" in recording.unknown[0].why


@pytest.mark.parametrize(
    "content", [gzip.compress(b"other", mtime=0), gzip.compress(b"VITA", mtime=0), b"\x1f\x8b"]
)
def test_what_is_no_vital_file_is_refused(path: Path, content: bytes) -> None:
    with pytest.raises(ForeignFileError):
        read(path, content)


SEEDS = [*range(4), *(pytest.param(n, marks=pytest.mark.campaign) for n in range(4, 100))]


@pytest.mark.parametrize("seed", SEEDS)
def test_flipped_bits_within_are_read_or_refused(path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    plain = bytearray(gzip.decompress(vital_numbers(40, rate=75)))
    for _ in range(25):
        plain[int(chance.integers(4, len(plain)))] ^= 1 << int(chance.integers(0, 8))
    found = read_or_refuse(path, gzip.compress(bytes(plain), 1))
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert found.length_s >= 0
