"""WFDB records: formats, segments, marks, cut samples, and headers that reach elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from foreign_makers import wfdb_pair

from app.exchange.libraries import unwarned
from app.importing.choices import Choices
from app.importing.foreign import ForeignFileError
from app.importing.reading import read_foreign
from protocols.vitals import Vital

with unwarned():
    wfdb = pytest.importorskip("wfdb", reason="needs the extra exchange")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with unwarned():
        yield


def test_a_record_is_read_with_its_scale_and_its_check_sum_fits(tmp_path: Path) -> None:
    recording = read_foreign(wfdb_pair(tmp_path))
    assert recording.streams[0].values[:5] == pytest.approx([97.0, 97.1, 97.2, 97.3, 97.4])
    assert recording.start_words == "2026-03-02 10:00:00"
    assert recording.checked == ("The check sums of 1 signals fit.",)


@pytest.mark.parametrize("form", ["16", "24", "32", "80", "212"])
def test_every_format_gives_what_the_library_gives(tmp_path: Path, form: str) -> None:
    digital = np.array([[0, 5], [100, -100], [-7, 30], [127, -127], [50, 60]])
    wfdb.wrsamp(
        "rec", fs=10, units=["mV", "mV"], sig_name=["I", "II"], d_signal=digital,
        fmt=[form, form], adc_gain=[10.0, 20.0], baseline=[3, 0], write_dir=str(tmp_path),
    )  # fmt: skip
    ours = read_foreign(tmp_path / "rec.hea")
    theirs = wfdb.rdrecord(str(tmp_path / "rec")).p_signal
    for column, wave in enumerate(ours.waves):
        assert wave.pieces[0].values == pytest.approx(theirs[:, column], rel=1e-5)


@pytest.mark.parametrize("share", [0.99, 0.75, 0.6, 0.3, 0.02])
def test_cut_samples_are_read_to_the_cut_which_the_library_refuses(
    tmp_path: Path, share: float
) -> None:
    header = wfdb_pair(tmp_path)
    samples = tmp_path / "rec.dat"
    samples.write_bytes(samples.read_bytes()[: int(200 * share)])
    recording = read_foreign(header)
    there = int(200 * share) // 2
    assert len(recording.streams[0].values) == there
    assert f"{there} of 100 samples a signal are there" in recording.missing[0]
    assert recording.length_s == 100
    with pytest.raises(ValueError, match=r"not loaded correctly|reshape"):
        wfdb.rdrecord(str(tmp_path / "rec"))


def test_a_changed_sample_is_found_by_the_check_sum(tmp_path: Path) -> None:
    header = wfdb_pair(tmp_path)
    samples = bytearray((tmp_path / "rec.dat").read_bytes())
    samples[40] ^= 4
    (tmp_path / "rec.dat").write_bytes(samples)
    assert "check sum does not fit" in read_foreign(header).missing[0]


def test_segments_and_gaps_stand_at_their_times_and_a_lost_one_is_said(tmp_path: Path) -> None:
    wfdb_pair(tmp_path, name="a", count=100)
    wfdb_pair(tmp_path, name="b", count=50)
    whole = tmp_path / "rec.hea"
    whole.write_text("rec/4 1 1 250\na 100\n~ 50\nb 50\nc 50\n")
    recording = read_foreign(whole)
    times = recording.streams[0].t_s
    assert (times[0], times[99], times[100], times[-1]) == (0, 99, 150, 199)
    assert recording.length_s == 250
    assert recording.missing == (
        "Segment c is missing: c.hea cannot be read: No such file or directory.",
    )


def test_a_faster_channel_called_resp_is_no_rate_of_breathing(tmp_path: Path) -> None:
    recording = read_foreign(wfdb_pair(tmp_path, rate="125", label="RESP"))
    assert recording.stream(Vital.RR) is None
    assert recording.waves[0].label == "respiration"


def test_a_channel_without_a_known_name_is_listed(tmp_path: Path) -> None:
    recording = read_foreign(wfdb_pair(tmp_path, label="SaO2 left"))
    assert [one.name for one in recording.unknown] == ["SaO2 left"]


def test_marks_beside_a_record_are_read_with_their_texts(tmp_path: Path) -> None:
    header = wfdb_pair(tmp_path)
    wfdb.wrann(
        "rec", "atr", np.array([3, 50, 90]), symbol=['"', '"', "N"],
        aux_note=["turned on side", "alarm", ""], fs=1, write_dir=str(tmp_path),
    )  # fmt: skip
    marks = read_foreign(header).marks
    assert [(one.t_s, one.text) for one in marks] == [
        (3, "turned on side"),
        (50, "alarm"),
        (90, "annotation N"),
    ]


def test_cut_marks_end_where_they_are_cut(tmp_path: Path) -> None:
    header = wfdb_pair(tmp_path)
    wfdb.wrann(
        "rec", "atr", np.array([3, 50]), symbol=['"', '"'], aux_note=["one", "two"],
        fs=1, write_dir=str(tmp_path),
    )  # fmt: skip
    marks = (tmp_path / "rec.atr").read_bytes()
    for length in range(len(marks)):
        (tmp_path / "rec.atr").write_bytes(marks[:length] or b"\x00")
        assert len(read_foreign(header).marks) <= 2


@pytest.mark.parametrize(
    "named", ["../secret.dat", "/etc/passwd", "..", "a/b.dat", "C:\\x.dat", "~/x.dat", ".hidden"]
)
def test_a_header_that_names_a_file_elsewhere_is_refused(tmp_path: Path, named: str) -> None:
    (tmp_path / "secret.dat").write_bytes(b"\x00" * 200)
    inner = tmp_path / "in"
    inner.mkdir()
    header = inner / "rec.hea"
    header.write_text(f"rec 1 1 100\n{named} 16 10/% 16 0 0 0 0 SpO2\n")
    with pytest.raises(ForeignFileError, match="only files of the same folder are read"):
        read_foreign(header)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    header = wfdb_pair(tmp_path)
    (tmp_path / "rec.dat").rename(tmp_path / "other")
    (tmp_path / "rec.dat").symlink_to(tmp_path / "other")
    with pytest.raises(ForeignFileError, match="links are not followed"):
        read_foreign(header)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rec 1 1 1000000000\nrec.dat 16 10/% 16 0 0 0 0 SpO2\n", "promises 1000000000 samples"),
        ("rec 900 1 10\n" + "rec.dat 16 1 16 0 0 0 0 x\n" * 900, "names 900 channels"),
        ("rec 1 0 100\nrec.dat 16 10/% 16 0 0 0 0 SpO2\n", "sampling rate"),
        ("rec 2 1 100\nrec.dat 16 10/% 16 0 0 0 0 SpO2\n", "names 2 signals, 1 are there"),
        ("rec 1 1 100\nrec.dat 516 10/% 16 0 0 0 0 SpO2\n", "compressed"),
        ("rec 1 1 100\nrec.dat 8 10/% 16 0 0 0 0 SpO2\n", "format 8"),
        ("rec 1 0.00001 40000000\nrec.dat 80 10/% 8 0 0 0 0 SpO2\n", "spans"),
    ],
)
def test_a_hostile_header_is_refused_in_one_sentence(tmp_path: Path, line: str, said: str) -> None:
    wfdb_pair(tmp_path)
    header = tmp_path / "rec.hea"
    header.write_text(line)
    with pytest.raises(ForeignFileError, match=said) as refused:
        read_foreign(header)
    assert "\n" not in str(refused.value)


def test_the_numbers_beside_a_waveform_are_read_with_it(tmp_path: Path) -> None:
    header = wfdb_pair(tmp_path, rate="75", label="PLETH", count=750)
    wfdb_pair(tmp_path, name="recn", count=10)
    recording = read_foreign(header, Choices())
    assert recording.waves[0].samples == 750
    assert len(recording.streams[0].values) == 10
    assert len(recording.sources) == 4
