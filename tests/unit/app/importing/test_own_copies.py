"""Copies that this program writes are read back with every value in its place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "exchange"))

import sessions_to_copy

from app.exchange.edf_copy import make_edf
from app.exchange.grid import WAVE_MISSING, Grid, make_grid
from app.exchange.libraries import unwarned
from app.exchange.session_copy import SessionCopy, read_copy
from app.exchange.vital_copy import write_vital
from app.exchange.wfdb_copy import write_wfdb
from app.exchange.wide_table import write_wide
from app.importing.foreign import ForeignRecording
from app.importing.reading import read_foreign
from protocols.record_entries import is_correction
from protocols.vitals import VITALS, Vital
from storage.database import Database


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = sessions_to_copy.recorded(tmp_path_factory.mktemp("record"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def copy(database: Database) -> SessionCopy:
    return read_copy(database, sessions_to_copy.NAME)


@pytest.fixture(scope="module")
def grid(copy: SessionCopy) -> Grid:
    return make_grid(copy)


@pytest.fixture(scope="module")
def edf(copy: SessionCopy, tmp_path_factory: pytest.TempPathFactory) -> ForeignRecording:
    path = tmp_path_factory.mktemp("edf") / "s.edf"
    path.write_bytes(make_edf(copy))
    return read_foreign(path)


@pytest.fixture(scope="module")
def wfdb(copy: SessionCopy, tmp_path_factory: pytest.TempPathFactory) -> ForeignRecording:
    with unwarned():
        pytest.importorskip("wfdb", reason="needs the extra exchange")
    folder = tmp_path_factory.mktemp("wfdb")
    write_wfdb(copy, folder, "s")
    return read_foreign(folder / "s.hea")


@pytest.fixture(scope="module")
def vital(copy: SessionCopy, tmp_path_factory: pytest.TempPathFactory) -> ForeignRecording:
    with unwarned():
        pytest.importorskip("vitaldb", reason="needs the extra exchange")
    path = tmp_path_factory.mktemp("vital") / "s.vital"
    write_vital(copy, path)
    return read_foreign(path)


KINDS = ("edf", "wfdb", "vital")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_copy_is_missing_and_its_check_holds(
    kind: str, request: pytest.FixtureRequest
) -> None:
    recording = request.getfixturevalue(kind)
    assert not recording.missing
    assert recording.checked
    assert recording.implausible == 0


@pytest.mark.parametrize("kind", ["edf", "wfdb"])
def test_numbers_of_a_grid_come_back_with_their_gaps(
    kind: str, grid: Grid, request: pytest.FixtureRequest
) -> None:
    recording: ForeignRecording = request.getfixturevalue(kind)
    compared = 0
    for stream in recording.streams:
        signal = next(
            one for one in grid.signals if one.key.vital is stream.vital and not one.key.spot
        )
        count = len(signal.values)
        rounded = np.round(signal.values, VITALS[stream.vital].decimals)
        assert stream.values[:count] == pytest.approx(rounded, nan_ok=True)
        assert np.isnan(stream.values[count:]).all()
        compared += 1
    assert compared >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_pulse_wave_comes_back_sample_by_sample(
    kind: str, grid: Grid, request: pytest.FixtureRequest
) -> None:
    recording: ForeignRecording = request.getfixturevalue(kind)
    wave = recording.waves[0]
    wanted = np.where(grid.waves[0].samples == WAVE_MISSING, np.nan, grid.waves[0].samples)
    got = np.full(len(wanted) + 2_000, np.nan)
    for piece in wave.pieces:
        first = round(piece.start_s * wave.rate_hz)
        if kind == "vital":  # its second 0 is its first value
            first += round(_first_s(grid, recording) * wave.rate_hz)
        got[first : first + len(piece.values)] = piece.values
    assert np.array_equal(got[: len(wanted)], wanted, equal_nan=True)


def _first_s(grid: Grid, vital: ForeignRecording) -> float:
    """Seconds from the grid's first sample to the first of a ``.vital`` copy."""
    known = np.flatnonzero(grid.waves[0].samples != WAVE_MISSING)[0] / float(grid.waves[0].rate_hz)
    return float(known - vital.waves[0].pieces[0].start_s)


def test_each_reading_of_a_vital_copy_keeps_its_own_value(
    copy: SessionCopy, vital: ForeignRecording
) -> None:
    spo2 = vital.stream(Vital.SPO2)
    assert spo2 is not None
    wanted: dict[int, float] = {}
    for _, reading in copy.readings:
        if reading.vital is Vital.SPO2 and reading.value is not None:
            wanted[reading.measured_ns] = reading.value
        elif reading.vital is Vital.SPO2 and is_correction(reading):
            wanted.pop(reading.measured_ns, None)
    assert spo2.values.tolist() == [value for _, value in sorted(wanted.items())]


def test_a_wide_table_comes_back(copy: SessionCopy, tmp_path: Path, grid: Grid) -> None:
    path = tmp_path / "wide.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_wide(copy, file)
    recording = read_foreign(path)
    spo2 = recording.stream(Vital.SPO2)
    assert spo2 is not None
    signal = next(one for one in grid.signals if one.key.vital is Vital.SPO2)
    assert spo2.found == int(np.isfinite(signal.values).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_events_of_a_session_come_back_as_marks(kind: str, request: pytest.FixtureRequest) -> None:
    texts = " ".join(one.text for one in request.getfixturevalue(kind).marks)
    for words in ("alarm", "notice", "phase"):
        assert words in texts
