"""Real people from the recordings beside the project, as records in time that a monitor could send.

A missing value is None: blank in the tables, 0 where a table says so, 127 and 255 of a fingertip
unit. Values that a nurse charted and that cannot be are kept as they were charted.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from protocols.vitals import PRESSURES, Vital

Record = Mapping[Vital, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person's record: seconds from its start, and what was measured then.

    A record with a systolic pressure is a determination of that moment. Some monitors show equal
    pressures as new only after none, so that there is always a record without between two.
    """

    name: str
    records: tuple[tuple[float, Record], ...]

    @property
    def vitals(self) -> set[Vital]:
        """What was measured at any time."""
        return {vital for _, record in self.records for vital in record}

    def part(self, start: int, size: int) -> Person:
        """`size` records from number `start` on."""
        return Person(name=self.name, records=self.records[start : start + size])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, skipinitialspace=True))


def _number(text: str, *missing: float) -> float | None:
    value = float(text) if text.strip() else None
    return None if value in missing else value


def _pressures(row: Mapping[str, str], *keys: str) -> dict[Vital, float | None]:
    """A determination, or nothing where there is no systolic pressure."""
    values = [_number(row[key]) for key in keys]
    return {} if values[0] is None else dict(zip(PRESSURES, values, strict=True))


def hypoxia_volunteers(recordings: Path) -> Iterator[Person]:
    """Healthy volunteers who breathed down to saturations of 61 to 78 %, on each oximeter."""
    for path in sorted((recordings / "01_hypoxia_5oximeters" / "clean").glob("subj*.csv")):
        rows = _rows(path)
        for oximeter in (1, 2, 4, 5):
            keys = {
                Vital.PR: f"pr_ox{oximeter}",
                Vital.SPO2: f"spo2_ox{oximeter}",
                Vital.PI: f"pi_ox{oximeter}",
                Vital.HR: "ecg_hr",
                Vital.RR: "rr_co2",
            }
            known = {vital: key for vital, key in keys.items() if key in rows[0]}
            yield Person(
                name=f"{path.stem}, oximeter {oximeter}",
                records=tuple(
                    (float(row["t_s"]), {v: _number(row[key]) for v, key in known.items()})
                    for row in rows
                ),
            )


def anaesthesia_patient(recordings: Path) -> Person:
    """A patient in the operating room; each change of the cuff's pressures is a determination."""
    before: dict[Vital, float | None] = {}
    records: list[tuple[float, Record]] = []
    for row in _rows(recordings / "02_or_intellivue" / "or_patient_A_numerics.csv"):
        record: dict[Vital, float | None] = {
            Vital.HR: _number(row["ecg_hr"]),
            Vital.PR: _number(row["pleth_hr"]),
            Vital.SPO2: _number(row["pleth_sat_o2"]),
        }
        shown = _pressures(row, "nibp_sys", "nibp_dia", "nibp_mean")
        if None not in shown.values() and shown != before:
            record |= shown
        before = shown
        records.append((float(row["t_s"]), record))
    return Person(name="patient A", records=tuple(records))


def fingertip_wearers(recordings: Path) -> Iterator[Person]:
    """A person with a CMS50E, by the maker's own table of the same minutes, once a second."""
    for path in sorted((recordings / "03_cms50e").glob("*_manufacturer.csv")):
        records = [
            (
                float(second),
                {
                    Vital.PR: _number(row["PULSE"], 0, 255),
                    Vital.SPO2: _number(row["SPO2"], 0, 127),
                },
            )
            for second, row in enumerate(_rows(path))
        ]
        yield Person(name=path.stem, records=tuple(records))


def cuff_patients(recordings: Path) -> Iterator[Person]:
    """Intensive-care patients with a cuff every few minutes, and no pressures between."""
    windows: dict[str, list[tuple[float, Record]]] = {}
    for row in _rows(recordings / "04_eicu_nibp" / "nibp_windows.csv"):
        records = windows.setdefault(row["window"], [])
        t_s = 60 * float(row["t_min"])
        if records and t_s < records[-1][0] + 5:
            t_s = records[-1][0] + 5
        records.append((t_s, _pressures(row, "sys", "dia", "mean")))
        records.append((t_s + 5, {}))
    for name, found in windows.items():
        yield Person(name=f"window {name}", records=tuple(found))


_CHARTED = {
    "HR": Vital.HR,
    "SPO2": Vital.SPO2,
    "RR": Vital.RR,
    "NBP_S": Vital.SBP,
    "NBP_D": Vital.DBP,
    "NBP_M": Vital.MAP,
    "TEMP_C": Vital.TEMP,
    "TEMP_F": Vital.TEMP,
}


def charted_patients(recordings: Path) -> Iterator[Person]:
    """Intensive-care patients as nurses charted them, and every charted value that cannot be."""
    folder = recordings / "05_mimic3demo"
    for table, window, time in (
        ("charted_vitals_3h.csv", "window", "t_min"),
        ("implausible_values_in_context.csv", "case", "t_min_rel"),
    ):
        people: dict[str, list[tuple[float, dict[Vital, float | None]]]] = {}
        for row in _rows(folder / table):
            vital = _CHARTED.get(row["signal"])
            if vital is None:
                continue
            t_s, value = 60 * float(row[time]), _number(row["value"])
            if row["signal"] == "TEMP_F" and value is not None:
                value = (value - 32) / 1.8
            records = people.setdefault(row[window], [])
            if not records or records[-1][0] != t_s or vital in records[-1][1]:
                records.append((t_s, {}))
            records[-1][1][vital] = value
        for name, found in people.items():
            yield Person(name=name, records=tuple(_in_order(found)))


def _in_order(
    records: list[tuple[float, dict[Vital, float | None]]],
) -> Iterator[tuple[float, Record]]:
    """Each record a second after the one before at least, its pressures whole, then none."""
    first_s = min(t_s for t_s, _ in records)
    last_s = -1.0
    for t_s, record in sorted(records, key=lambda each: each[0]):
        last_s = max(t_s - first_s, last_s + 1)
        whole = dict(record)
        if whole.get(Vital.SBP) is None:
            whole = {v: value for v, value in whole.items() if v not in PRESSURES}
        else:
            whole = {**dict.fromkeys(PRESSURES), **whole}
        yield last_s, whole
        if Vital.SBP in whole:
            yield last_s + 0.5, {}


def ward_patient(recordings: Path) -> Person:
    """A patient once a minute for 32 hours; 0 is missing, also for breaths."""
    (path,) = (recordings / "07_mimic2_numerics").glob("*_32h.csv")
    keys = {Vital.HR: "HR", Vital.PR: "PULSE", Vital.SPO2: "SpO2", Vital.RR: "RESP"}
    return Person(
        name="s00001",
        records=tuple(
            (
                60 * float(row["t_min"]),
                {vital: _number(row[key], 0) for vital, key in keys.items()}
                | _pressures(row, "NBPSys", "NBPDias", "NBPMean"),
            )
            for row in _rows(path)
        ),
    )
