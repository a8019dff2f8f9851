"""An EDF+ copy is opened by a library, gives back every value, and is silent where nothing was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyedflib
import pytest
from sessions_to_copy import NAME, hard_session, recorded, wave_value

from app.exchange.edf_copy import make_edf
from app.exchange.edf_layout import MISSING
from app.exchange.session_copy import SessionCopy, read_copy
from protocols.events import Event, SessionOpened, WaveReceived
from storage.export import NOT_PRIMARY, SIMULATED
from storage.pseudonyms import Pseudonyms

OFFSET_S = 0.047
"""The session began this long after a whole second."""


def opened(copy: SessionCopy, folder: Path) -> pyedflib.EdfReader:
    path = folder / "copy.edf"
    path.write_bytes(make_edf(copy))
    return pyedflib.EdfReader(str(path))


@pytest.fixture(scope="module")
def edf(copy: SessionCopy, tmp_path_factory: pytest.TempPathFactory) -> pyedflib.EdfReader:
    return opened(copy, tmp_path_factory.mktemp("edf"))


def signal(edf: pyedflib.EdfReader, label: str) -> np.ndarray:
    """Physical values once a second, NaN where missing."""
    index = edf.getSignalLabels().index(label)
    digital = edf.readSignal(index, digital=True)
    return np.where(digital == MISSING, np.nan, edf.readSignal(index))


def notes(edf: pyedflib.EdfReader) -> list[tuple[float, float, str]]:
    return [
        (float(t), float(d), str(text)) for t, d, text in zip(*edf.readAnnotations(), strict=True)
    ]


def test_the_pulse_wave_comes_back_sample_by_sample_with_its_gaps(edf: pyedflib.EdfReader) -> None:
    index = edf.getSignalLabels().index("pleth oximeter")
    assert edf.getSampleFrequency(index) == 75
    digital = edf.readSignal(index, digital=True)
    begin = round(OFFSET_S * 75)
    for first_s, last_s in ((0, 40), (60, 80), (100, 120)):
        got = digital[begin + first_s * 75 : begin + last_s * 75]
        expected = [wave_value(number) for number in range(first_s * 75, last_s * 75)]
        assert np.abs(got - expected).max() == 0
    assert (digital[begin + 40 * 75 : begin + 60 * 75] == MISSING).all()
    assert (digital[begin + 80 * 75 : begin + 100 * 75] == MISSING).all()
    assert (digital != MISSING).sum() == 80 * 75


def test_numbers_stand_in_their_second_to_the_decimals_of_the_vital(
    edf: pyedflib.EdfReader,
) -> None:
    pulse, perfusion = signal(edf, "PR"), signal(edf, "PI")
    for second in (*range(40), *range(60, 80), *range(100, 120)):
        assert pulse[second] == 70 + second % 5
        assert perfusion[second] == pytest.approx(3.4 + (second % 3) / 10, abs=1e-9)
    assert np.isnan(pulse[40:60]).all()
    assert np.isnan(pulse[80:100]).all()
    assert np.isnan(pulse[120:]).all()
    assert signal(edf, "Temp")[50] == pytest.approx(36.6, abs=1e-9)
    assert np.isfinite(signal(edf, "Temp")).sum() == 1


def test_nothing_missing_is_written_as_zero_or_held(edf: pyedflib.EdfReader) -> None:
    for label in edf.getSignalLabels():
        if label.startswith("pleth"):
            continue
        values = signal(edf, label)
        assert not (values[np.isfinite(values)] == 0).any(), label
        assert np.isnan(values).any(), label
        assert "missing = digital -32768" in edf.getTransducer(edf.getSignalLabels().index(label))


def test_each_gap_is_told_with_its_reason(edf: pyedflib.EdfReader) -> None:
    gaps = {text: (t, d) for t, d, text in notes(edf) if text.startswith("gap ")}
    off = next(text for text in gaps if "SpO2" in text and "sensor-off" in text)
    assert off.startswith("gap 40.200 20.200 ")
    assert gaps[off] == (pytest.approx(40.2 + OFFSET_S), pytest.approx(20.2))
    cut = "the session was cut and resumed"
    assert f"gap 80.000 20.000 everything: {cut}" in gaps
    assert any("pleth" in text and cut in text for text in gaps)
    assert any("PR oximeter" in text and cut in text for text in gaps)


def test_a_corrected_pressure_stands_and_the_original_is_told(edf: pyedflib.EdfReader) -> None:
    assert signal(edf, "SBP by hand")[69] == 127
    assert signal(edf, "SBP")[20] == 138
    told = [text for _, _, text in notes(edf)]
    assert any(text.startswith("typed BP 172/98 mmHg") for text in told)
    assert any("said BP 172/98 mmHg" in text and "SBP 127" in text for text in told)
    assert np.isnan(signal(edf, "SpO2")[30])
    assert any("said SpO2 71 %" in text and "withdrawn" in text for text in told)


def test_it_says_what_it_is_and_when(edf: pyedflib.EdfReader) -> None:
    header = edf.getHeader()
    assert header["startdate"] == datetime(2026, 3, 29, 1, 59, 30)
    assert header["patientname"] == "Lindqvist Asa"
    assert header["patientcode"] == "MRN 4711"
    assert header["birthdate"] == "04 may 1931"
    assert header["admincode"] == NAME
    told = [text for _, _, text in notes(edf)]
    assert f"notice {NOT_PRIMARY}" in told
    assert f"notice {SIMULATED}" in told
    clock = next((t, text) for t, _, text in notes(edf) if text.startswith("clock "))
    assert clock == (pytest.approx(30 + OFFSET_S), "clock local time is UTC+02:00 from here")


def test_unknown_parts_of_the_header_are_an_x(
    database: object, pseudonyms: Pseudonyms, tmp_path: Path
) -> None:
    bare = read_copy(database, NAME, pseudonyms=pseudonyms)  # type: ignore[arg-type]
    raw = make_edf(bare)
    patient, recording = raw[8:88].decode(), raw[88:168].decode()
    assert patient.split() == [bare.person.number, "F", "X", "X", "age_90"]
    assert recording.split()[:2] == ["Startdate", f"{bare.local(0):%d-%b-%Y}".upper()]
    assert "X InfusionRoom SIM_NOTPRIMARY" in recording
    assert opened(bare, tmp_path).signals_in_file > 5


def _coarse(event: Event) -> Event:
    if isinstance(event, WaveReceived):
        return replace(event, full_scale=65_535, values=tuple(v * 300 for v in event.values))
    return event


def test_counts_of_16_bits_keep_their_values(tmp_path: Path) -> None:
    database = recorded(tmp_path, events=tuple(_coarse(event) for event in hard_session()))
    edf = opened(read_copy(database, NAME), tmp_path)
    index = edf.getSignalLabels().index("pleth oximeter")
    got = edf.readSignal(index)[4 : 4 + 75]
    expected = [wave_value(number) * 300 for number in range(75)]
    assert np.abs(got - expected).max() < 1e-6
    database.close()


def test_a_session_without_numbers_is_still_a_file(tmp_path: Path) -> None:
    first = next(event for event in hard_session() if isinstance(event, SessionOpened))
    database = recorded(tmp_path, events=(first,))
    edf = opened(read_copy(database, NAME), tmp_path)
    assert edf.getSignalLabels() == ["no signal"]
    assert any(text == f"notice {NOT_PRIMARY}" for _, _, text in notes(edf))
    database.close()
