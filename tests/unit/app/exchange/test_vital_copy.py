"""A .vital copy is read by its library: every reading at its own time, gaps as gaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sessions_to_copy import NAME, wave_value

from app.exchange.libraries import load_extra, unwarned
from app.exchange.session_copy import SessionCopy
from app.exchange.vital_copy import write_vital
from storage.export import NOT_PRIMARY, SIMULATED

pytest.importorskip("vitaldb", reason="the extra exchange is not installed", exc_type=ImportError)

START_S = 1_774_745_970.047
"""2026-03-29T00:59:30.047Z."""


@pytest.fixture(scope="module")
def vital(copy: SessionCopy, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("vital") / "copy.vital"
    write_vital(copy, path)
    with unwarned():  # the library leaves the file open
        return load_extra("vitaldb").VitalFile(str(path))


def records(vital: Any, track: str) -> list[tuple[float, Any]]:
    """Seconds since the session began, and values."""
    return [(one["dt"] - START_S, one["val"]) for one in vital.trks[track].recs]


def test_the_pulse_wave_comes_back_sample_by_sample_with_its_gaps(vital: Any) -> None:
    track = vital.trks["oximeter/PLETH"]
    assert (track.srate, track.type) == (75.0, 1)
    found = records(vital, "oximeter/PLETH")
    assert [round(t_s) for t_s, _ in found] == [0, 60, 100]
    assert [len(values) for _, values in found] == [40 * 75, 20 * 75, 20 * 75]
    for (_, values), first_s in zip(found, (0, 60, 100), strict=True):
        expected = [
            wave_value(number) for number in range(first_s * 75, first_s * 75 + len(values))
        ]
        assert values.tolist() == expected
    samples = vital.to_numpy(["oximeter/PLETH"], 1 / 75)[:, 0]
    assert np.isfinite(samples).sum() == 80 * 75


def test_every_reading_keeps_its_own_time_and_value(vital: Any) -> None:
    pulse = records(vital, "oximeter/PR")
    assert len(pulse) == 80
    assert pulse[7] == (pytest.approx(7.4, abs=1e-5), 72.0)
    assert [value for _, value in records(vital, "by_hand/Temp")] == [36.6]
    assert records(vital, "bp/SBP")[0] == (pytest.approx(20.5, abs=1e-5), 138.0)
    assert records(vital, "bp/PR_SPOT")[0][1] == 74.0
    assert not any(40 < t_s < 60 for t_s, _ in pulse)


def test_a_correction_stands_and_the_original_is_told(vital: Any) -> None:
    assert [value for _, value in records(vital, "by_hand/SBP")] == [127.0]
    assert 71.0 not in [value for _, value in records(vital, "oximeter/SpO2")]
    told = [text for _, text in records(vital, "room/EVENT")]
    assert any("said BP 172/98 mmHg" in text for text in told)
    assert any("said SpO2 71 %" in text for text in told)
    assert any(text.startswith("gap 40.200") and "sensor-off" in text for text in told)


def test_it_says_what_it_is(vital: Any) -> None:
    about = [text for _, text in records(vital, "room/ABOUT")]
    assert about[:2] == [NOT_PRIMARY, SIMULATED]
    assert f"session {NAME}" in about
    assert vital.dgmt == -60


def test_the_packed_file_tells_neither_its_name_nor_when_it_was_made(
    copy: SessionCopy, tmp_path: Path
) -> None:
    one, other = tmp_path / "20260302-of-a-person.vital", tmp_path / "other.vital"
    for path in (one, other):
        write_vital(copy, path)
    head = one.read_bytes()[:64]
    assert b"person" not in head
    assert head[4:8] == bytes(4)
    assert one.read_bytes() == other.read_bytes()
