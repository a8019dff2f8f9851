"""Whole simulated sessions from the command line: made, listed, verified, tampered with, exported.

Two sessions of a shorter protocol are made once, side by side, by the program itself.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from protocols.composition import part_names
from storage import sqlite

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("simulated")]

SHORTER = (
    ('id = "iv-0.5-40"', 'id = "shorter"'),
    ("duration_min = 40 ", "duration_min = 30 "),
    ("dose_mg_per_kg = 0.5 ", "dose_mg_per_kg = 0.4 "),
    (
        "hard_low = 30, soft_low = 40, soft_high = 100",
        "hard_low = 30, soft_low = 30, soft_high = 100",
    ),
    ("at_min = [40]", "at_min = [30]"),
    ("at_min = [0, 40]", "at_min = [0]"),
    ("minimum_min = 60\nsoft_minimum_min = 30", "minimum_min = 15\nsoft_minimum_min = 15"),
)
DOSE_MG = 28
"""0.4 mg/kg for 70 kg."""


def shorter_protocol(folder: Path) -> Path:
    """The shipped protocol with 30 min of infusion and 15 min of recovery."""
    shipped = ROOT / "resources" / "protocols"
    path = folder / "shorter.toml"
    texts = {path: (shipped / "iv-0.5-40.toml").read_text(encoding="utf-8")}
    for part in part_names(texts[path]):
        own = folder / "parts" / f"{part}.toml"
        texts[own] = (shipped / "parts" / f"{part}.toml").read_text(encoding="utf-8")
    for before, after in SHORTER:
        assert any(before in text for text in texts.values())
        texts = {file: text.replace(before, after) for file, text in texts.items()}
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return path


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of one command."""
    process = start(*arguments)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def simulating(protocol: str, patient: str, database: Path) -> subprocess.Popen[str]:
    return start(
        *("simulate", "--protocol", protocol, "--patient", patient, "--seed", "1"),
        *("--weight-kg", "70", "--database", str(database), "--json"),
    )


@dataclass(frozen=True, slots=True)
class Made:
    """A simulated session: its database and what the command printed."""

    database: Path
    summary: dict[str, Any]

    @property
    def session(self) -> str:
        return str(self.summary["session"])

    def alarms(self, name: str) -> list[dict[str, Any]]:
        return [alarm for alarm in self.summary["alarms"] if alarm["alarm"] == name]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """By patient: a finished session of the shorter protocol."""
    folder = tmp_path_factory.mktemp("simulated")
    protocol = str(shorter_protocol(folder))
    running = {
        patient: (folder / f"{patient}.db", simulating(protocol, patient, folder / f"{patient}.db"))
        for patient in ("emergency", "probe-off")
    }
    sessions = {}
    for patient, (database, process) in running.items():
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        sessions[patient] = Made(database, json.loads(out))
    return sessions


@pytest.fixture
def plain(made: dict[str, Made]) -> Made:
    return made["probe-off"]


def test_the_summary_tells_the_whole_session(plain: Made) -> None:
    summary = plain.summary
    assert summary["simulated"] is True
    assert summary["recorded"] is True
    assert summary["delivered_mg"] == DOSE_MG
    phases = [phase["phase"] for phase in summary["phases"]]
    assert phases == ["gate", "baseline", "infusing", "recovery", "discharged"]
    times = [phase["t_s"] for phase in summary["phases"]]
    assert times == sorted(times)
    assert times[3] - times[2] == pytest.approx(1800, abs=0.001)
    assert {"sbp", "dbp", "map", "hr", "pr", "spo2"} <= set(summary["peak"])
    assert 100 < summary["peak"]["sbp"] < 180
    assert summary["peak"]["spo2"] <= 100
    for alarm in summary["alarms"]:
        assert {"alarm", "priority", "technical", "t_s", "sentence"} <= set(alarm)


def test_a_probe_off_the_finger_is_a_technical_alarm_and_never_a_low_saturation(
    plain: Made,
) -> None:
    began_s = next(p["t_s"] for p in plain.summary["phases"] if p["phase"] == "infusing")
    off = [a for a in plain.summary["alarms"] if a["technical"] and a["alarm"].startswith("spo2")]
    assert any(12 * 60 <= alarm["t_s"] - began_s <= 14 * 60 for alarm in off)
    assert not [a for a in plain.summary["alarms"] if a["alarm"].startswith("spo2-low")]


def test_an_emergency_sounds_at_high_priority_and_the_nurse_pauses(
    made: dict[str, Made],
) -> None:
    emergency = made["emergency"]
    high = [a for a in emergency.summary["alarms"] if a["priority"] == "high"]
    assert "neurological" in {alarm["alarm"] for alarm in high}
    measured = [alarm for alarm in high if alarm["alarm"] != "neurological"]
    assert measured
    assert all("limit" in one["sentence"] and "baseline" in one["sentence"] for one in measured)
    paused_s = [p["t_s"] for p in emergency.summary["phases"] if p["phase"] == "paused"]
    assert paused_s
    assert min(paused_s) > high[0]["t_s"]
    assert emergency.summary["delivered_mg"] <= DOSE_MG


def test_the_account_of_the_drug_ends_balanced(made: dict[str, Made]) -> None:
    for one in made.values():
        database = ("--database", str(one.database))
        status, out, err = run("sessions", "account", one.session, *database, "--json")
        assert (status, err) == (0, "")
        told = json.loads(out)
        assert [entry["step"] for entry in told["entries"]] == ["vial", "drawn", "wasted"]
        assert all(entry["witness"] for entry in told["entries"][1:])
        assert told["reconciled"]["balanced"] is True
        assert told["reconciled"]["given_mg"] == one.summary["delivered_mg"]
        status, out, _ = run("sessions", "account", one.session, *database)
        assert status == 0
        assert "balanced within" in out
    status, _, err = run("sessions", "account", "nobody", *database)
    assert status == 2
    assert "no session nobody" in err


def test_verify_finds_the_session_identical(made: dict[str, Made]) -> None:
    for one in made.values():
        status, out, err = run("verify", one.session, "--database", str(one.database), "--json")
        assert (status, err) == (0, "")
        told = json.loads(out)
        assert told["chain_ok"] is True
        assert told["replay_identical"] is True
        assert told["replay"]["unrecorded"] == 0
        assert told["replay"]["inputs"] > 10_000


def test_verify_of_a_file_checks_every_session_in_it(plain: Made) -> None:
    status, out, _ = run("verify", str(plain.database))
    assert status == 0
    assert plain.session in out
    assert "identical" in out


def damage_text(database: Path) -> None:
    """Change a weight in the record, as somebody with a tool of databases might."""
    data = database.read_bytes()
    place = data.index(b'"weight_kg":"70"')
    database.write_bytes(data[: place + 14] + b"8" + data[place + 15 :])


def damage_bit(database: Path) -> None:
    """Turn one bit in the middle of what is kept packed of the monitors' bytes."""
    with sqlite.connect(database) as tables:
        block = tables.execute("select body from journal order by length(body) desc").fetchone()[0]
    tables.close()
    data = bytearray(database.read_bytes())
    piece = block[1000:1032]
    data[data.index(piece) + 16] ^= 0x04
    database.write_bytes(data)


@pytest.mark.parametrize("damage", [damage_text, damage_bit])
def test_verify_says_no_after_one_byte_was_changed(
    plain: Made, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(plain.database, copy)
    damage(copy)
    status, out, err = run("verify", plain.session, "--database", str(copy))
    assert status == 1, out + err
    assert "Traceback" not in out + err


def test_sessions_are_listed_and_filtered(plain: Made) -> None:
    database = ("--database", str(plain.database))
    status, out, _ = run("sessions", "list", *database, "--json")
    assert status == 0
    [row] = json.loads(out)
    assert {"session", "started_at", "protocol", "patient", "status"} <= set(row)
    assert (row["session"], row["protocol"], row["simulated"]) == (plain.session, "shorter", True)
    assert row["status"] == "closed"
    for given, found in (
        (("--patient", "demo"), 1),
        (("--patient", "nobody"), 0),
        (("--protocol", "shorter"), 1),
        (("--protocol", "iv-0.5-40"), 0),
        (("--until", "2000-01-01"), 0),
        (("--since", "2000-01-01"), 1),
    ):
        status, out, _ = run("sessions", "list", *database, *given, "--json")
        assert (status, len(json.loads(out))) == (0, found), given
    status, out, _ = run("sessions", "list", *database)
    assert status == 0
    assert "simulated" in out


def test_an_export_holds_every_reading_and_says_that_it_is_simulated(
    plain: Made, tmp_path: Path
) -> None:
    for form in ("csv", "json"):
        output = tmp_path / f"session.{form}"
        status, out, err = run(
            *("export", plain.session, "--format", form, "--output", str(output)),
            *("--database", str(plain.database)),
        )
        assert (status, err) == (0, "")
        assert str(output) in out
    text = (tmp_path / "session.csv").read_text(encoding="utf-8")
    assert "simulated" in text.lower()
    rows = list(csv.reader(text.splitlines()))
    assert len(rows) > 4000
    assert "simulated" in (tmp_path / "session.json").read_text(encoding="utf-8")
    json.loads((tmp_path / "session.json").read_text(encoding="utf-8"))


@pytest.mark.campaign
def test_the_same_seed_gives_the_same_session(made: dict[str, Made], tmp_path: Path) -> None:
    """Name, ports and wall clock differ; phases, alarms, peaks and dose do not."""
    first = made["probe-off"].summary
    protocol = str(shorter_protocol(tmp_path))
    out, _ = simulating(protocol, "probe-off", tmp_path / "again.db").communicate(timeout=300)
    again = json.loads(out)
    assert {**again, "session": ""} == {**first, "session": ""}


SHOWS: dict[str, Callable[[Made], bool]] = {
    "normotensive": lambda m: not [a for a in m.summary["alarms"] if a["priority"] == "high"],
    "mild": lambda m: not [a for a in m.summary["alarms"] if a["priority"] == "high"],
    "typical": lambda m: m.summary["peak"]["dissociation"] >= 4,
    "strong": lambda m: m.summary["peak"]["nausea"] >= 3,
    "hypertensive": lambda m: bool(m.alarms("sbp-high-advisory")),
    "panic": lambda m: bool(m.alarms("hr-rise-warning")),
    "vasovagal": lambda m: m.summary["phases"][-1]["phase"] == "discharged",
    "sedated": lambda m: bool(m.alarms("spo2-low-advisory")),
    "desaturation": lambda m: bool(m.alarms("spo2-low-critical")),
    "cuff-artefact": lambda m: (
        m.summary["peak"]["sbp"] >= 200 and not m.alarms("sbp-rise-critical")
    ),
    "probe-off": lambda m: any(a["technical"] for a in m.summary["alarms"]),
    "slow-pump": lambda m: m.summary["delivered_mg"] == 35,
    "distress": lambda m: m.summary["peak"]["distress"] >= 8,
    "vomiting": lambda m: m.summary["peak"]["nausea"] >= 5,
    "emergency": lambda m: any(p["phase"] == "paused" for p in m.summary["phases"]),
}
"""What the whole visit of each simulated patient must show, whatever else it does."""


@pytest.mark.campaign
@pytest.mark.parametrize("patient", list(SHOWS))
def test_every_simulated_patient_shows_what_its_story_says(patient: str, tmp_path: Path) -> None:
    process = simulating("iv-0.5-40", patient, tmp_path / "a.db")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    one = Made(tmp_path / "a.db", json.loads(out))
    assert one.summary["phases"][-1]["phase"] == "discharged"
    assert SHOWS[patient](one), one.summary
    status, _, _ = run("verify", one.session, "--database", str(one.database))
    assert status == 0
