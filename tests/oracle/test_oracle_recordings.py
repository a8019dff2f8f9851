"""On recordings of real monitors alarms come and end exactly when the sentences say."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from oracle_table import Story
from random_rules import STANDARD, limit
from recorded import difference, events, judged_by_rules, parts, read

from protocols.alarm_rules import Confirmation
from protocols.events import Phase, PhaseChanged, Reading
from protocols.rule_kinds import Comparison
from protocols.vitals import NS_PER_S, Vital

MIN = 60 * NS_PER_S
FILES = {
    "02_or_intellivue/or_patient_A_numerics.csv": "or_intellivue.toml",
    "04_eicu_nibp/nibp_windows.csv": "eicu_nibp.toml",
    "05_mimic3demo/charted_vitals_3h.csv": "charted.toml",
    "07_mimic2_numerics/s00001_32h.csv": "mimic2.toml",
    "08_effort_test_hr/effort_hr.csv": "effort.toml",
    "09_clinic_bp_4h/clinic_bp.csv": "clinic_bp.toml",
    "10_abpm_24h/abpm.csv": "abpm.toml",
}
HYPOXIA = [(subject, oximeter) for subject in (1, 2, 3, 4) for oximeter in (1, 2, 4, 5)]


@pytest.mark.parametrize(
    ("file", "first", "most"),
    [
        ("04_eicu_nibp/nibp_windows.csv", 0, 2),
        ("05_mimic3demo/charted_vitals_3h.csv", 3, 1),
        ("08_effort_test_hr/effort_hr.csv", 0, 1),
        ("09_clinic_bp_4h/clinic_bp.csv", 0, 3),
        ("10_abpm_24h/abpm.csv", 0, 1),
    ],
)
def test_some_recordings_are_judged_as_the_rules_say(
    recordings: Path, file: str, first: int, most: int
) -> None:
    found = read(recordings / file, FILES[file])[first : first + most]
    assert len(found) == most
    for recording in found:
        assert difference(recording, STANDARD) == ""


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("file", FILES)
def test_every_recording_is_judged_as_the_rules_say(recordings: Path, file: str) -> None:
    for recording in read(recordings / file, FILES[file]):
        for part in parts(recording):
            assert difference(part, STANDARD) == ""


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("subject", "oximeter"), HYPOXIA)
def test_every_breathe_down_is_judged_as_the_rules_say(
    recordings: Path, subject: int, oximeter: int
) -> None:
    file = recordings / "01_hypoxia_5oximeters" / "clean" / f"subj{subject}.csv"
    (recording,) = read(file, f"hypoxia_ox{oximeter}.toml")
    for part in parts(recording):
        assert difference(part, STANDARD) == ""


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_four_oximeters_see_the_same_desaturations(recordings: Path) -> None:
    """A volunteer breathes down once; each oximeter reaches the critical limit within a minute."""
    file = recordings / "01_hypoxia_5oximeters" / "clean" / "subj2.csv"
    onsets = []
    for oximeter in (1, 2, 4, 5):
        (recording,) = read(file, f"hypoxia_ox{oximeter}.toml")
        changes = judged_by_rules(recording, STANDARD, (Vital.SPO2,))
        onsets.append(
            next(t for t, _, name, s in changes if (name, s) == ("spo2-low-critical", "sounding"))
        )
    assert max(onsets) - min(onsets) < MIN


def test_the_third_pressure_in_a_row_above_120_percent_of_baseline(recordings: Path) -> None:
    """The column of the data set, found by the oracle from a sentence that says the same."""
    folder = recordings / "04_eicu_nibp"
    with (folder / "windows_index.csv").open(encoding="utf-8") as lines:
        index = {row["window"]: row for row in csv.DictReader(lines)}
    differing = []
    for recording in read(folder / "nibp_windows.csv", "eicu_nibp.toml"):
        row = index[recording.name.partition(":")[2]]
        baseline = float(row["baseline_sys_median_first3"])
        rule = replace(
            STANDARD.rule("sbp-high-critical"),
            comparison=Comparison.ABOVE,
            limit=limit(round(1.2 * baseline, 6)),
            confirmation=Confirmation(readings=3, within_s=100_000, in_a_row=True),
        )
        start = PhaseChanged(t_ns=0, before=Phase.BASELINE, after=Phase.INFUSING, by="nurse")
        systolic = [o for o in events(recording) if isinstance(o, Reading) and o.vital is Vital.SBP]
        profile = replace(STANDARD, rules=(rule,))
        changes = Story(profile, [start, *systolic], recording.end_ns).run()
        raised = [
            t_ns for t_ns, _, name, state in changes if (name, state) == (rule.id, "sounding")
        ]
        found = str(round(raised[0] / MIN)) if raised else ""
        if found != row["t_min_third_consecutive_above_120pct"].removesuffix(".0"):
            differing.append(row["window"])
    # there the column counts a determination that gave no pressure as one that was not above
    assert differing == ["e120"]
