"""What holds for every kind of file: bounds, content before endings, and a process of its own."""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from foreign_makers import cms50, edf, read, seconds, vital_numbers, wfdb_pair

from app.importing.bounds import MOST_FILE_BYTES
from app.importing.choices import Choices, choices_of, choose_pairs
from app.importing.foreign import FileKind, ForeignFileError, ForeignRecording
from app.importing.isolated import read_apart
from app.importing.parcel import (
    choices_text,
    pack_recording,
    parse_choices,
    unpack_recording,
)
from app.importing.reading import read_foreign
from app.rejudging.table_map import TableMap, make_column
from protocols.vitals import Vital

WAVE = ("PLETH", "", 75, np.arange(1500, dtype=np.int16))


def same(one: ForeignRecording, other: ForeignRecording) -> bool:
    for field in fields(one):
        if field.name not in ("streams", "waves") and (
            getattr(one, field.name) != getattr(other, field.name)
        ):
            return False
    arrays = [(a, b) for a, b in zip(one.streams, other.streams, strict=True)]
    return all(
        np.array_equal(getattr(a, part), getattr(b, part), equal_nan=True)
        for a, b in arrays
        for part in ("t_s", "values", "odd_t_s", "odd_values")
    ) and all(
        np.array_equal(p.values, q.values, equal_nan=True)
        for a, b in zip(one.waves, other.waves, strict=True)
        for p, q in zip(a.pieces, b.pieces, strict=True)
    )


@pytest.mark.parametrize("name", ["night.csv", "night.edf", "night.vital", "night.dat", "night"])
def test_a_file_is_what_it_holds_and_not_what_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert read(path, cms50(*seconds(3))).kind is FileKind.CSV
    assert read(path, edf([WAVE])).kind is FileKind.EDF
    assert read(path, vital_numbers()).kind is FileKind.VITAL


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(10 << 30)
    with pytest.raises(ForeignFileError, match=f"more than {MOST_FILE_BYTES >> 20} MB"):
        read_foreign(path)


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ForeignFileError):
        read_foreign(tmp_path / name)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there are no named pipes in folders there")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ForeignFileError, match="is no file"):
        read_foreign(tmp_path / "pipe.csv")


def test_a_record_of_this_program_is_not_taken_for_a_table(tmp_path: Path) -> None:
    with pytest.raises(ForeignFileError, match=r"main\.py review"):
        read(tmp_path / "sessions.db", b"SQLite format 3\x00" + bytes(4000))


def test_the_file_and_its_folder_are_as_they_were(tmp_path: Path) -> None:
    header = wfdb_pair(tmp_path)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    read_foreign(header)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


@pytest.mark.parametrize("content", [cms50(*seconds(9)), edf([WAVE]), vital_numbers(rate=75)])
def test_what_a_process_of_its_own_reads_is_the_same(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "file"
    recording = read(path, content)
    assert same(unpack_recording(pack_recording(recording)), recording)


def test_a_file_is_read_apart_with_its_choices(tmp_path: Path) -> None:
    path = tmp_path / "mapped.csv"
    path.write_text("t_s,a,b\n0,97,1\n1,96,2\n")
    choices = Choices(vitals=choose_pairs("spo2=a"))
    apart = read_apart(path, choices)
    assert apart is not None
    assert same(apart, read_foreign(path, choices))


def test_a_refusal_comes_back_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(ForeignFileError, match=r"empty\.csv is empty"):
        read_apart(tmp_path / "empty.csv")


def test_a_process_that_hangs_is_ended_and_said(tmp_path: Path) -> None:
    hangs = (sys.executable, "-c", "import time; time.sleep(600)")
    with pytest.raises(ForeignFileError, match=r"took more than 0\.2 s and was ended"):
        read_apart(tmp_path / "x", longest_s=0.2, command=hangs)


def test_a_process_that_is_stopped_gives_nothing(tmp_path: Path) -> None:
    hangs = (sys.executable, "-c", "import time; time.sleep(600)")
    assert read_apart(tmp_path / "x", go_on=lambda _share: False, command=hangs) is None


@pytest.mark.expects_log_warnings
def test_a_process_that_crashes_is_said_and_logged(tmp_path: Path) -> None:
    crashes = (sys.executable, "-c", "import os; os.abort()")
    with pytest.raises(ForeignFileError, match="ended without an answer"):
        read_apart(tmp_path / "x", command=crashes)


def test_choices_travel_whole() -> None:
    choices = Choices(
        vitals=choose_pairs("spo2=a,pr=b c", [0, "off"]),
        time="when",
        time_unit="min",
        rate_hz=2.5,
        zero_is_missing=False,
        last_repeated=True,
        day_first=True,
    )
    assert parse_choices(choices_text(choices)) == choices


def test_a_mapping_of_rejudge_is_taken_unless_it_divides_the_file() -> None:
    mapping = TableMap(vitals={Vital.SPO2: make_column("ox", [127])}, time="t", time_unit="min")
    assert choices_of(mapping).chosen_for("ox") is Vital.SPO2
    divided = TableMap(vitals=mapping.vitals, time="t", split=("patient",))
    with pytest.raises(ValueError, match="several recordings"):
        choices_of(divided)
