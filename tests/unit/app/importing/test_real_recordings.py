"""Recordings of real monitors and of other programs, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.importing.as_recording import as_recording
from app.importing.choices import Choices, choose_pairs
from app.importing.foreign import ForeignFileError, ForeignRecording
from app.importing.reading import read_foreign
from app.importing.statistics import statistics_of
from app.rejudging.what_if import WhatIf
from protocols.limits import parse_limits
from protocols.vitals import Vital
from tests.conftest import PROJECT_ROOT, RECORDINGS


def recorded(name: str, choices: Choices | None = None) -> ForeignRecording:
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"no recording at {path}: real recordings are not part of the program")
    return read_foreign(path, choices)


def values(recording: ForeignRecording, vital: Vital) -> np.ndarray:
    stream = recording.stream(vital)
    assert stream is not None
    return stream.values


def test_a_night_of_a_cms50_is_whole() -> None:
    recording = recorded("03_cms50e/auto_manufacturer.csv")
    assert len(values(recording, Vital.SPO2)) == 10_425
    spo2 = statistics_of(recording)[1]
    assert (spo2.low, spo2.high, spo2.implausible) == (90, 98, 0)
    assert dict(spo2.below)[94] == pytest.approx(7191, abs=1)


def test_a_breathing_down_to_low_saturation_is_mapped_by_hand() -> None:
    name = "01_hypoxia_5oximeters/original/100001.csv"
    assert not recorded(name).streams
    recording = recorded(name, Choices(vitals=choose_pairs("spo2=SpO2 1,pr=Pulse 1")))
    assert values(recording, Vital.SPO2).min() < 70
    assert recording.missing == ("1 row without a time that can be read: left out.",)


def test_zeros_of_a_numerics_record_are_marked_and_told_until_said() -> None:
    name = "07_mimic2_numerics/s00001-2896-10-10-00-31n.hea"
    recording = recorded(name)
    assert dict(recording.zeros)[Vital.PR] == 363
    stream = recording.stream(Vital.PR)
    assert stream is not None
    assert len(stream.odd_values) == 363
    assert any("0 for no value" in one for one in recording.notes)
    assert "check sums of 10 signals fit" in recording.checked[0]
    said = recorded(name, Choices(zero_is_missing=True)).stream(Vital.PR)
    assert said is not None
    assert (said.missing, len(said.odd_values)) == (363, 0)


def test_the_numerics_are_those_of_the_published_table() -> None:
    recording = recorded("07_mimic2_numerics/s00001-2896-10-10-00-31n.hea")
    table = RECORDINGS / "07_mimic2_numerics" / "s00001_32h.csv"
    rows = np.genfromtxt(table, delimiter=",", names=True)
    sbp = values(recording, Vital.SBP)
    assert np.array_equal(np.isnan(sbp), np.isnan(rows["NBPSys"]))
    known = ~np.isnan(sbp)
    assert sbp[known] == pytest.approx(rows["NBPSys"][known])


def test_waveforms_of_an_alarm_challenge_are_read() -> None:
    recording = recorded("12_pleth_alarm/a103l.hea")
    assert [(one.label, one.samples) for one in recording.waves] == [
        ("ECG", 82_500),
        ("ECG", 82_500),
        ("pleth", 82_500),
    ]


def test_a_file_of_vital_recorder_gives_numbers_waves_and_marks() -> None:
    recording = recorded("15_device_captures/intellivue_demo2.vital")
    assert [one.rate_hz for one in recording.waves] == [500, 125, 62.5, 125]
    assert len(recording.marks) == 7
    assert len(values(recording, Vital.SBP)) == 1  # repeated each second
    assert any(one.name == "Intellivue/HR" for one in recording.unknown)


@pytest.mark.parametrize("share", [0.9, 0.6, 0.3])
def test_a_real_file_that_was_cut_shows_what_is_before_the_cut(
    tmp_path: Path, share: float
) -> None:
    whole = recorded("15_device_captures/intellivue_demo2.vital")
    raw = (RECORDINGS / "15_device_captures" / "intellivue_demo2.vital").read_bytes()
    path = tmp_path / "cut.vital"
    path.write_bytes(raw[: int(share * len(raw))])
    cut = read_foreign(path)
    assert 0 < cut.waves[0].samples < whole.waves[0].samples
    first = cut.waves[0].pieces[0].values
    assert np.array_equal(first, whole.waves[0].pieces[0].values[: len(first)])
    assert "cut" in cut.missing[0]


def test_a_pulse_wave_without_times_is_shown_at_the_rate_that_is_said() -> None:
    recording = recorded(
        "13_nonin_pleth75/nonin_ppg_75hz.csv",
        Choices(vitals=choose_pairs("pleth=ppg_0_255"), rate_hz=75),
    )
    assert recording.waves[0].samples == 24_847


def test_messy_clocks_are_kept_and_counted() -> None:
    recording = recorded("14_ppg_wallclock/heartpy_data3_first20000.csv")
    assert any("rows have the time of the row before" in one for one in recording.notes)


def test_pressures_that_stand_in_every_row_are_read_once() -> None:
    names = "sbp=nibp_sys,dbp=nibp_dia,map=nibp_mean,spo2=pleth_sat_o2"
    recording = recorded(
        "02_or_intellivue/or_patient_A_numerics.csv",
        Choices(vitals=choose_pairs(names), last_repeated=True),
    )
    assert 1 < len(values(recording, Vital.SBP)) < 30
    assert len(values(recording, Vital.SPO2)) == 1927


def test_bytes_off_the_wire_are_no_recording() -> None:
    with pytest.raises(ForeignFileError, match="no kind of file that is read"):
        recorded("15_device_captures/ivy450c_serial.data")


def test_a_real_desaturation_is_judged_under_limits() -> None:
    foreign = recorded(
        "01_hypoxia_5oximeters/original/100001.csv",
        Choices(vitals=choose_pairs("spo2=SpO2 1,pr=Pulse 1")),
    )
    limits = PROJECT_ROOT / "resources" / "limits" / "standard.toml"
    profile = parse_limits(limits.read_text(encoding="utf-8"), "standard")
    recording = as_recording(foreign)
    result = WhatIf(profile, profile).judge(recording)
    raised = {one.vital for one in profile.rules if one.vital is Vital.SPO2}
    assert raised
    assert any("spo2" in one.alarm for one in result.after)
    assert "from a file" in recording.notes[0]
