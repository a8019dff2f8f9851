"""A WFDB copy is read by its library to the very values, with NaN where nothing was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sessions_to_copy import NAME, recorded, wave_value

from app.exchange.libraries import load_extra, unwarned
from app.exchange.session_copy import SessionCopy, read_copy
from app.exchange.wfdb_copy import write_wfdb
from protocols.events import SessionOpened
from storage.export import NOT_PRIMARY, SIMULATED

pytest.importorskip("wfdb", reason="the extra exchange is not installed", exc_type=ImportError)


def read(folder: Path, name: str) -> Any:
    wfdb = load_extra("wfdb")
    with unwarned():
        return wfdb.rdrecord(str(folder / name))


@pytest.fixture(scope="module")
def folder(copy: SessionCopy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wfdb")
    files = write_wfdb(copy, made, NAME)
    assert {file.suffix for file in files} == {".hea", ".dat", ".atr"}
    return made


def test_the_pulse_wave_comes_back_sample_by_sample_with_its_gaps(folder: Path) -> None:
    record = read(folder, NAME)
    assert (record.fs, record.sig_name, record.units) == (75, ["PLETH oximeter"], ["counts"])
    values = record.p_signal[:, 0]
    begin = round(0.047 * 75)
    for first_s, last_s in ((0, 40), (60, 80), (100, 120)):
        got = values[begin + first_s * 75 : begin + last_s * 75]
        assert got.tolist() == [wave_value(number) for number in range(first_s * 75, last_s * 75)]
    assert np.isnan(values[begin + 40 * 75 : begin + 60 * 75]).all()
    assert np.isfinite(values).sum() == 80 * 75


def test_numbers_come_back_to_the_decimals_of_the_vital(folder: Path) -> None:
    record = read(folder, f"{NAME}n")
    columns = {name: record.p_signal[:, at] for at, name in enumerate(record.sig_name)}
    assert record.fs == 1
    assert columns["PI"][:40].tolist() == [round(3.4 + (s % 3) / 10, 1) for s in range(40)]
    assert np.isnan(columns["PR"][40:60]).all()
    assert columns["Temp"][50] == 36.6
    assert columns["SBP"][20] == 138
    assert columns["SBP by hand"][69] == 127
    assert np.isnan(columns["SpO2"][30])


def test_it_says_what_it_is_and_when(folder: Path) -> None:
    record = read(folder, NAME)
    assert NOT_PRIMARY in record.comments
    assert SIMULATED in record.comments
    assert (str(record.base_date), str(record.base_time)) == ("2026-03-29", "01:59:30")
    assert any("<sex>: F" in comment for comment in record.comments)


def test_annotations_tell_what_happened_with_its_time(folder: Path) -> None:
    with unwarned():
        found = load_extra("wfdb").rdann(str(folder / NAME), "atr")
    told = dict(zip(found.aux_note, found.sample.tolist(), strict=True))
    raised = next(text for text in told if text.startswith("alarm sbp-high-warning medium sound"))
    assert raised.endswith("t=70.000 s")
    assert told[raised] == round((70 + 0.047) * 75)
    assert any(text.startswith("gap 40.200 20.200 SpO2 oximeter: sensor-off") for text in told)
    assert any("said BP 172/98 mmHg" in text for text in told)


def test_without_a_waveform_the_numbers_are_the_record_itself(tmp_path: Path) -> None:
    first = next(event for event in _events() if isinstance(event, SessionOpened))
    database = recorded(tmp_path, events=(first,))
    (tmp_path / "out").mkdir()
    write_wfdb(read_copy(database, NAME), tmp_path / "out", "x")
    assert read(tmp_path / "out", "x").sig_name == ["no signal"]
    database.close()


def _events() -> tuple[Any, ...]:
    from sessions_to_copy import hard_session

    return hard_session()
