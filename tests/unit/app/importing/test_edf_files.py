"""EDF and EDF+: scales, annotations, breaks, and a file that was cut anywhere."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyedflib
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from foreign_makers import edf, read, read_or_refuse

from app.importing.foreign import FileKind, ForeignFileError

SPO2 = ("SpO2", "%", 1, np.full(20, 970, dtype=np.int16))
PLETH = ("PLETH", "", 75, np.arange(1500, dtype=np.int16))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "night.edf"


def test_signals_become_streams_and_waves_in_their_units(path: Path) -> None:
    recording = read(path, edf([SPO2, PLETH]))
    assert recording.kind is FileKind.EDF
    assert recording.streams[0].values == pytest.approx(np.full(20, 97.0))
    wave = recording.waves[0]
    assert (wave.rate_hz, wave.samples, wave.label) == (75, 1500, "pleth")
    assert recording.start_words == "2026-03-02 10:00:00"


def test_the_library_reads_the_same_numbers(path: Path) -> None:
    ours = read(path, edf([SPO2, PLETH]))
    with pyedflib.EdfReader(str(path)) as theirs:
        assert ours.streams[0].values == pytest.approx(theirs.readSignal(0))
        assert ours.waves[0].pieces[0].values == pytest.approx(theirs.readSignal(1), rel=1e-5)


def test_annotations_are_marks(path: Path) -> None:
    note = (3, "+3.5\x152\x14turned on side\x14\x00")
    recording = read(path, edf([SPO2], kind="EDF+C", notes=[note]))
    assert recording.kind is FileKind.EDF_PLUS
    mark = recording.marks[0]
    assert (mark.t_s, mark.duration_s, mark.text) == (3.5, 2, "turned on side")


def test_a_file_with_breaks_is_read_which_the_library_refuses(path: Path) -> None:
    onsets = [*range(10), *range(100, 110)]
    recording = read(path, edf([SPO2, PLETH], kind="EDF+D", onsets=onsets))
    with pytest.raises(OSError, match="discontinuous"):
        pyedflib.EdfReader(str(path))
    assert recording.streams[0].t_s.tolist() == onsets
    assert [piece.start_s for piece in recording.waves[0].pieces] == [0, 100]
    assert recording.length_s == 110


@pytest.mark.parametrize("share", [0.99, 0.9, 0.6, 0.4])
def test_a_cut_file_gives_every_whole_data_record_before_the_cut(path: Path, share: float) -> None:
    whole = edf([SPO2, PLETH])
    header, record = 768, 2 * 76
    cut = whole[: header + int(share * (len(whole) - header))]
    recording = read(path, cut)
    there = (len(cut) - header) // record
    assert 0 < there < 20
    assert len(recording.streams[0].values) == there
    assert recording.waves[0].samples == 75 * there
    assert recording.missing[0] == (
        f"The file is cut: {there} of 20 data records are there; the last {20 - there} s are "
        "missing."
    )
    with pytest.raises(OSError, match=r"corrupt|truncated|EDF"):
        pyedflib.EdfReader(str(path))


@pytest.mark.parametrize("length", [0, 8, 255, 256, 500])
def test_a_file_cut_within_its_header_is_refused(path: Path, length: int) -> None:
    with pytest.raises(ForeignFileError):
        read(path, edf([SPO2])[:length])


def test_a_file_that_was_never_closed_is_read_to_its_end(path: Path) -> None:
    recording = read(path, edf([SPO2], promised=-1))
    assert recording.length_s == 20
    assert any("never closed" in one for one in recording.missing)


def test_a_header_that_promises_more_than_is_read_is_refused(path: Path) -> None:
    with pytest.raises(ForeignFileError, match="promises 99999999 samples"):
        read(path, edf([SPO2], promised=99_999_999))


def test_a_number_outside_its_range_is_missing_and_said(path: Path) -> None:
    raw = bytearray(edf([SPO2]))
    at = raw.index(b"32767   ")
    raw[at : at + 8] = b"900     "  # the highest number that may occur
    recording = read(path, bytes(raw))
    assert recording.streams[0].missing == 20
    assert any("outside the range" in one for one in recording.notes)


def test_a_signal_without_a_scale_is_left_out(path: Path) -> None:
    raw = bytearray(edf([SPO2, PLETH]))
    at = raw.index(b"-3276.8 ")
    raw[at : at + 8] = b"3276.7  "
    recording = read(path, bytes(raw))
    assert not recording.streams
    assert recording.unknown[0].why == "the header gives its numbers no scale"


def test_the_number_that_a_copy_of_this_program_reserves_is_missing(path: Path) -> None:
    values = np.full(20, 970, dtype=np.int16)
    values[5:8] = -32768
    raw = edf([("SpO2", "%", 1, values)], transducer="missing = digital -32768")
    recording = read(path, raw)
    assert recording.streams[0].missing == 3
    assert recording.implausible == 0


SEEDS = [*range(4), *(pytest.param(n, marks=pytest.mark.campaign) for n in range(4, 100))]


@pytest.mark.parametrize("seed", SEEDS)
def test_flipped_bits_are_read_or_refused(path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    raw = bytearray(edf([SPO2, PLETH], kind="EDF+D", onsets=list(range(20))))
    for _ in range(30):
        raw[int(chance.integers(0, 1200))] ^= 1 << int(chance.integers(0, 8))
    found = read_or_refuse(path, bytes(raw))
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert found.length_s >= 0
