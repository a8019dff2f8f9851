"""Recordings of other monitors, judged: what rules find is what an independent look finds."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from app.places import read_limits
from app.rejudging.judging import judge_recording
from app.rejudging.occurrences import judged_rules, rejudge
from app.rejudging.recording import Recording
from app.rejudging.table_map import TableMap, make_column, read_table_map
from app.rejudging.tables import TableError, read_table
from protocols.alarm_rules import LimitsProfile
from protocols.events import Phase, Reading
from protocols.limits import parse_limits
from protocols.vitals import NS_PER_S, Vital

MAPS = Path(__file__).parent / "table_maps"
MIN = 60 * NS_PER_S


@cache
def standard() -> LimitsProfile:
    return parse_limits(*read_limits("standard"))


def only(profile: LimitsProfile, *rules: str) -> LimitsProfile:
    """`profile` with `rules` alone."""
    return replace(profile, rules=tuple(rule for rule in profile.rules if rule.id in rules))


def read(recordings: Path, file: str, mapping: str) -> list[Recording]:
    return read_table(recordings / file, read_table_map(MAPS / mapping))


def values_of(recording: Recording) -> list[tuple[Vital, float | None]]:
    """Every value in a recording, streamed or not."""
    found: list[tuple[Vital, float | None]] = []
    for vital, columns in recording.streams.items():
        found += [(vital, columns.reading(index).value) for index in range(len(columns))]
    for fact in recording.facts:
        if isinstance(fact.event, Reading):
            found.append((fact.event.vital, fact.event.value))
    return found


# -- hypoxia --------------------------------------------------------------------------------------


def desaturations(path: Path, column: str, limit: float, delay_s: int) -> list[int]:
    """Seconds at which the saturation had been below `limit` for `delay_s`, from the file alone.

    An episode ends with a value a whole per cent inside the limit, as the rule's hysteresis is 1.
    """
    found: list[int] = []
    since: int | None = None
    raised = False
    with path.open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            second, text = int(float(row["t_s"])), row[column]
            value = float(text) if text else 0.0
            if value in (0.0, 127.0):
                continue
            if since is None:
                since = second if value < limit else None
            elif value >= (limit + 1 if raised else limit):
                since, raised = None, False
            if since is not None and not raised and second - since >= delay_s:
                found.append(since + delay_s)
                raised = True
    return found


@pytest.mark.parametrize("oximeter", [1, 2, 4, 5])
@pytest.mark.parametrize("subject", [1, 2, 3, 4])
def test_desaturations_are_found_in_every_oximeter(
    recordings: Path, oximeter: int, subject: int
) -> None:
    path = recordings / "01_hypoxia_5oximeters" / "clean" / f"subj{subject}.csv"
    (recording,) = read_table(path, read_table_map(MAPS / f"hypoxia_ox{oximeter}.toml"))
    for rule in ("spo2-low-advisory", "spo2-low-warning", "spo2-low-critical"):
        known = standard().rule(rule)
        assert known.limit is not None
        unlatched = replace(known, latch=False)
        profile = replace(standard(), rules=(unlatched,))
        column = f"spo2_ox{oximeter}"
        wanted = desaturations(path, column, known.limit.value, round(known.delay_s))
        found = [one.raised_ns / NS_PER_S for one in rejudge(recording, profile)]
        assert wanted, "the volunteers breathed down to below 80 %"
        assert found == pytest.approx(wanted, abs=1.0), rule


@pytest.mark.parametrize("oximeter", [1, 4])
def test_real_recordings_are_judged_alike_thinned_and_whole(
    recordings: Path, oximeter: int
) -> None:
    file = "01_hypoxia_5oximeters/clean/subj3.csv"
    (recording,) = read(recordings, file, f"hypoxia_ox{oximeter}.toml")
    same(recording)


def beginning(recording: Recording, hours: float) -> Recording:
    """The first hours of a recording."""
    end_ns = round(hours * 3600) * NS_PER_S
    return replace(
        recording,
        end_ns=min(recording.end_ns, end_ns),
        facts=tuple(fact for fact in recording.facts if fact.event.t_ns <= end_ns),
        streams={v: c.pick(c.t_ns <= end_ns) for v, c in recording.streams.items()},
    )


def same(recording: Recording) -> None:
    recording = beginning(recording, 4)
    profile = judged_rules(recording, standard())
    thinned = judge_recording(recording, profile)
    assert thinned.outputs == judge_recording(recording, profile, thin=False).outputs
    assert thinned.account.judged <= thinned.account.readings


@pytest.mark.parametrize(
    ("file", "mapping", "most"),
    [
        ("02_or_intellivue/or_patient_A_numerics.csv", "or_intellivue.toml", 1),
        ("05_mimic3demo/charted_vitals_3h.csv", "charted.toml", 4),
        ("07_mimic2_numerics/s00001_32h.csv", "mimic2.toml", 1),
        ("08_effort_test_hr/effort_hr.csv", "effort.toml", 5),
        ("09_clinic_bp_4h/clinic_bp.csv", "clinic_bp.toml", 5),
        ("10_abpm_24h/abpm.csv", "abpm.toml", 2),
    ],
)
def test_other_recordings_too(recordings: Path, file: str, mapping: str, most: int) -> None:
    found = read(recordings, file, mapping)
    assert found
    for recording in found[:most]:
        same(recording)


# -- cuff pressures -------------------------------------------------------------------------------


def third_in_a_row(rows: list[tuple[float, float]], baseline: float) -> float | None:
    """Minute of the third pressure in a row above 120 % of `baseline`; a missing one is none."""
    run = 0
    for minute, systolic in rows:
        run = run + 1 if systolic > 1.2 * baseline else 0
        if run == 3:
            return minute
    return None


def sustained(percent: float) -> LimitsProfile:
    """A rise of `percent` in three readings in a row, by a limits file as a site would write it."""
    text = read_limits("standard")[0]
    start = text.index('id = "sbp-rise-warning"')
    end = text.index("[[rules]]", start)
    rule = text[start:end]
    lines = [line for line in rule.splitlines() if not line.startswith(("by =", "by_percent"))]
    lines.insert(
        5,
        f"by_percent = {{ value = {percent}, absolute = [15, 45], recommended = [15, 30] }}\n"
        "confirm = { readings = 3, within_s = 3600, in_a_row = true }",
    )
    limits = parse_limits(text[:start] + "\n".join(lines) + "\n\n" + text[end:], "sustained")
    return only(limits, "sbp-rise-warning")


def test_cuff_windows_give_the_minute_of_the_third_reading_above_120_percent(
    recordings: Path,
) -> None:
    folder = recordings / "04_eicu_nibp"
    rows: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with (folder / "nibp_windows.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["sys"]:
                rows[row["window"]].append((float(row["t_min"]), float(row["sys"])))
    with (folder / "windows_index.csv").open(encoding="utf-8") as lines:
        index = {row["window"]: row for row in csv.DictReader(lines)}
    profile = sustained(20.001)  # the rule says "at least", the column "above"
    differing = []
    for recording in read(recordings, "04_eicu_nibp/nibp_windows.csv", "eicu_nibp.toml"):
        window = recording.name.partition(":")[2]
        row = index[window]
        wanted = third_in_a_row(rows[window], float(row["baseline_sys_median_first3"]))
        found = rejudge(recording, profile)
        minute = found[0].raised_ns / MIN if found else None
        assert minute == (None if wanted is None else pytest.approx(wanted, abs=0.001)), window
        column = row["t_min_third_consecutive_above_120pct"]
        if minute is None or not column or round(minute) != round(float(column)):
            differing += [] if minute is None and not column else [window]
    assert len(index) == 147
    assert sum(bool(row["t_min_third_consecutive_above_120pct"]) for row in index.values()) == 80
    # there the column counts a determination that gave no pressure as one that was not above
    assert differing == ["e120"]


def test_the_last_pressure_repeated_is_one_reading(recordings: Path) -> None:
    path = recordings / "02_or_intellivue" / "or_patient_A_numerics.csv"
    with path.open(encoding="utf-8") as lines:
        repeated = [
            (row["nibp_sys"], row["nibp_dia"], row["nibp_mean"]) for row in csv.DictReader(lines)
        ]
    changes = [values for values, _ in groupby(repeated) if values[0]]
    (recording,) = read(
        recordings, "02_or_intellivue/or_patient_A_numerics.csv", "or_intellivue.toml"
    )
    given = [value for vital, value in values_of(recording) if vital is Vital.SBP]
    assert given == [float(values[0]) for values in changes]
    assert 1 < len(given) < len(repeated) / 50


# -- missing --------------------------------------------------------------------------------------


def test_codes_for_missing_are_never_taken_for_values(recordings: Path) -> None:
    (recording,) = read(recordings, "07_mimic2_numerics/s00001_32h.csv", "mimic2.toml")
    values = values_of(recording)
    assert any(value is None for vital, value in values if vital is Vital.SPO2)
    assert all(value != 0 for _, value in values)
    low = [one for one in rejudge(recording, standard()) if one.rule == "spo2-low-critical"]
    assert all(one.peak is not None and one.peak > 0 for one in low)


TABLE = """t_s,who,spo2,hr,sbp,mark
0,a,97,70,120,
1,a,0,70,,x
2,a,127,70,,
3,b,97,255,300,
4,a,96,--,,
"""


def table(tmp_path: Path, text: str = TABLE) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def mapped(**more: object) -> TableMap:
    missing = (0, 127, 255, "--")
    vitals = {
        Vital.SPO2: make_column("spo2", missing),
        Vital.HR: make_column("hr", missing),
        Vital.SBP: make_column("sbp", missing),
    }
    made = TableMap(vitals=vitals, time="t_s", split=("who",), subject="who")
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_file_is_split_and_its_codes_and_impossible_values_are_missing(tmp_path: Path) -> None:
    one, other = read_table(table(tmp_path), mapped())
    assert (one.name, one.subject, other.name) == ("table:a", "a", "table:b")
    assert [v for vital, v in values_of(one) if vital is Vital.SPO2] == [97, None, None, 96]
    assert [v for vital, v in values_of(one) if vital is Vital.HR] == [70, 70, 70, None]
    assert [v for vital, v in values_of(one) if vital is Vital.SBP] == [120]
    assert [v for vital, v in values_of(other) if vital is Vital.SBP] == []
    assert other.notes == ("1 values that no person can have were taken for missing",)
    assert one.watched_ns == 4 * NS_PER_S


def test_a_baseline_is_the_median_of_the_first_values_or_given(tmp_path: Path) -> None:
    text = "t_s,who,spo2,hr,sbp\n" + "".join(
        f"{t},a,97,{hr},{sbp}\n" for t, hr, sbp in [(0, 60, 110), (1, 70, 130), (2, 80, 120)]
    )
    (first,) = read_table(table(tmp_path, text), mapped(baseline_first=3))
    assert first.baseline == {Vital.HR, Vital.SPO2, Vital.SBP}
    (given,) = read_table(table(tmp_path, text), mapped(baseline={Vital.SBP: 118.0}))
    assert given.baseline == {Vital.SBP}
    (none,) = read_table(table(tmp_path, text), mapped(phase=Phase.RECOVERY))
    assert none.baseline == set()
    assert [phase for phase, _, _ in none.phase_spans()][-1] is Phase.RECOVERY


def test_two_rows_of_one_time_are_two_readings(tmp_path: Path) -> None:
    text = "t_s,who,spo2,hr,sbp\n5,a,97,70,181\n5,a,97,70,185\n"
    (one,) = read_table(table(tmp_path, text), mapped())
    twice = [f.event for f in one.facts if isinstance(f.event, Reading)]
    assert [(event.value, event.t_ns) for event in twice] == [
        (181, 5 * NS_PER_S),
        (185, 5 * NS_PER_S + 1_000_000),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t_s,who,spo2,hr\n", "no column sbp"),
        ("t_s,who,spo2,hr,sbp\n0,a,ninety,70,120\n", "line 2: spo2: “ninety” is no number"),
        ("t_s,who,spo2,hr,sbp\n,a,97,70,120\n", "line 2: t_s is empty"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(TableError, match=words):
        read_table(table(tmp_path, text), mapped())
