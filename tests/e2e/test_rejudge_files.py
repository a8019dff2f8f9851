"""`rejudge` of recordings of other monitors, which say themselves what they hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.commands.registration import run
from app.importing.as_recording import as_recording
from tests.unit.app.importing.foreign_makers import edf, read, vital_numbers, wfdb_pair
from tests.unit.app.recorded_sessions import CLOSED, make_record


def falling_edf(label: str = "SpO2") -> bytes:
    """Three minutes at once a second in which SpO2 is 85 % for the second of them."""
    values = np.full(180, 970)
    values[60:120] = 850
    return edf([(label, "%", 1, values)])


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert run(["rejudge", *arguments, "--limits", "standard", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_each_kind_is_judged_as_the_desk_judges_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night, vital = tmp_path / "night.edf", tmp_path / "case.vital"
    night.write_bytes(falling_edf())
    vital.write_bytes(vital_numbers(60))
    header = wfdb_pair(tmp_path)
    found = told(capsys, str(night), str(header), str(vital), "--each")
    assert found["recordings"] == 3
    each = {one["name"]: one for one in found["each"]}
    assert set(each) == {"night.edf", "rec.hea", "case.vital"}
    rules = {alarm["rule"] for alarm in each["night.edf"]["alarms"]}
    assert "spo2-low-critical" in rules
    assert each["rec.hea"]["alarms"] == each["case.vital"]["alarms"] == []
    assert any("not a session of this program" in words for words in found["assumed"])


def test_a_channel_is_named_and_a_baseline_taken_from_the_first_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night = tmp_path / "night.edf"
    night.write_bytes(falling_edf("Channel 7"))
    found = told(
        *(capsys, str(night), "--map", "spo2=Channel 7", "--baseline", "first:3", "--each")
    )
    assert "spo2-low-critical" in {one["rule"] for one in found["each"][0]["alarms"]}
    assert any("median of the first 3 values" in words for words in found["assumed"])


def test_two_limits_a_session_and_files_of_each_kind_are_judged_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record, night, table = tmp_path / "r.db", tmp_path / "night.edf", tmp_path / "a.csv"
    make_record(record)
    night.write_bytes(falling_edf())
    table.write_text("t,ox\n0,97\n1,97\n", encoding="utf-8")
    arguments = [CLOSED, str(night), str(table), "--time", "t", "--map", "spo2=ox"]
    arguments += ["--database", str(record)]
    assert run(["rejudge", *arguments, "--limits", "standard"]) == 2
    assert "together need --against" in capsys.readouterr().err
    found = told(capsys, *arguments, "--against", "standard")
    assert (found["recordings"], found["compared"]) == (3, True)
    page = tmp_path / "asked.html"
    told(capsys, str(night), "--against", "standard", "--html", str(page))
    assert "night.edf" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["GONE"], "cannot be read"),
        (["BROKEN"], "broken.edf"),
        (["EDF", "--baseline", "sbp=118"], "it is first:N"),
        (["EDF", "--baseline", "first:0"], "it is first:N"),
        (["EDF", "--map", "spo2=Other"], "no channel “Other” with values of spo2; it has SpO2"),
        (["EDF", "--map", "colour=SpO2"], "colour"),
        (["EDF", "--mapping", "gone.toml"], "gone.toml: No such file"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night, broken = tmp_path / "night.edf", tmp_path / "broken.edf"
    night.write_bytes(falling_edf())
    broken.write_bytes(b"no recording at all")
    named = {"GONE": str(tmp_path / "gone.edf"), "BROKEN": str(broken), "EDF": str(night)}
    given = [named.get(one, one) for one in arguments]
    assert run(["rejudge", *given, "--limits", "standard"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert captured.err.count("\n") == 1


def test_a_simulated_file_stays_simulated(tmp_path: Path) -> None:
    simulated = read(
        tmp_path / "own.csv", "t_s,HR [/min],notice\n0,60,SIMULATION: not a patient.\n1,61,\n"
    )
    assert as_recording(simulated).simulated
    assert not as_recording(read(tmp_path / "a.edf", falling_edf())).simulated
