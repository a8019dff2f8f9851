"""A copy taken away is whole, says what it is, and can be read in any country."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

from protocols.events import EntryCorrected, Reading, WaveReceived
from storage.export import CSV_COLUMNS, NOT_PRIMARY, SIMULATED, export_csv, export_json
from storage.faults import StorageError
from storage.journal import Journal
from tests.unit.storage.event_strategies import opened, small_session
from tests.unit.storage.stores import both_stores


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@both_stores
def test_csv_has_a_row_an_event_and_the_declared_columns(journal: Journal, tmp_path: Path) -> None:
    events = small_session()
    journal.append("s1", events)
    path = tmp_path / "s1.csv"
    count = export_csv(journal.database, "s1", path)
    rows = read_csv(path)
    assert len(rows) == count
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row["text"] for row in rows if row["kind"] == "notice"] == [NOT_PRIMARY, SIMULATED]
    assert {row["simulated"] for row in rows} == {"yes"}
    readings = [row for row in rows if row["kind"] == "reading"]
    assert len(readings) == sum(isinstance(event, Reading) for event in events)
    assert readings[0] == {
        "t_s": f"{events[5].t_ns / 1e9:.3f}",
        "time_utc": f"2026-03-02T09:00:{events[5].t_ns / 1e9:06.3f}Z",
        "time_local": f"2026-03-02T10:00:{events[5].t_ns / 1e9:06.3f}+01:00",
        "kind": "reading",
        "name": "pr",
        "value": "71",
        "unit": "/min",
        "quality": "good",
        "source": "oximeter",
        "text": "",
        "simulated": "yes",
        "event": "6",
    }
    by_kind = {row["kind"]: row for row in rows}
    assert 'calm, \\"sleepy\\"; 1,5' in by_kind["write_note"]["text"]
    assert by_kind["alarm_changed"]["name"] == "no-data"
    assert by_kind["phase_changed"]["name"] == "infusing"
    assert by_kind["session_closed"]["value"] == "12.50"
    assert "wave_received" not in by_kind


@both_stores
def test_a_corrected_event_keeps_its_row_and_names_the_correction(
    journal: Journal, tmp_path: Path
) -> None:
    events = small_session()
    typed = next(at for at, event in enumerate(events, 1) if isinstance(event, Reading))
    wrong = events[typed - 1]
    corrected = EntryCorrected(
        t_ns=events[-1].t_ns,
        target_seq=typed,
        target_kind="reading",
        original="PR 71 /min",
        by="N. Okafor",
        reason="misread",
        withdrawn=True,
        at_utc="2026-03-04T08:30:00.000Z",
        subject="pr",
    )
    journal.append("s1", [*events, corrected])
    export_csv(journal.database, "s1", tmp_path / "s1.csv")
    rows = {row["event"]: row for row in read_csv(tmp_path / "s1.csv")}
    assert isinstance(wrong, Reading)
    assert rows[str(typed)]["value"] == f"{wrong.value:.0f}"
    assert rows[str(typed)]["text"] == f"withdrawn by event {len(events) + 1}"
    told = rows[str(len(events) + 1)]
    assert (told["kind"], told["name"], told["value"]) == ("entry_corrected", "pr", "withdrawn")
    assert told["text"] == f"event {typed} said PR 71 /min: misread"
    assert (told["t_s"], told["time_utc"]) == ("", "2026-03-04T08:30:00.000Z")


@both_stores
def test_csv_with_waveforms_has_a_row_a_sample(journal: Journal, tmp_path: Path) -> None:
    events = small_session()
    journal.append("s1", events)
    export_csv(journal.database, "s1", tmp_path / "s1.csv", waveforms=True)
    samples = [row for row in read_csv(tmp_path / "s1.csv") if row["kind"] == "wave_received"]
    waves = [event for event in events if isinstance(event, WaveReceived)]
    assert [int(row["value"]) for row in samples] == [v for wave in waves for v in wave.values]
    assert float(samples[2]["t_s"]) - float(samples[0]["t_s"]) == pytest.approx(2 / 75, abs=0.001)


@both_stores
def test_a_real_session_does_not_call_itself_simulated(journal: Journal, tmp_path: Path) -> None:
    journal.append("s1", [opened("s1", simulated=False)])
    export_csv(journal.database, "s1", tmp_path / "s1.csv")
    rows = read_csv(tmp_path / "s1.csv")
    assert {row["simulated"] for row in rows} == {"no"}
    assert [row["text"] for row in rows if row["kind"] == "notice"] == [NOT_PRIMARY]


@both_stores
def test_json_holds_every_event_and_its_chain(journal: Journal, tmp_path: Path) -> None:
    events = small_session()
    head = journal.append("s1", events)
    path = tmp_path / "s1.json"
    assert export_json(journal.database, "s1", path) == len(events)
    content = json.loads(path.read_text("utf-8"))
    assert content["notices"] == [NOT_PRIMARY, SIMULATED]
    assert (content["format"], content["version"]) == ("infusion-room-session", 1)
    assert (content["session"], content["simulated"]) == ("s1", True)
    chain = hashlib.sha256(b"infusion-room journal 1\ns1").digest()
    for event in content["events"]:
        text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        chain = hashlib.sha256(chain + text.encode()).digest()
    assert chain == head.chain
    assert content["chain"] == chain.hex()


@both_stores
def test_numbers_keep_their_point_where_people_write_a_comma(
    journal: Journal, tmp_path: Path, comma_locale: str
) -> None:
    journal.append("s1", small_session())
    export_csv(journal.database, "s1", tmp_path / "s1.csv")
    rows = read_csv(tmp_path / "s1.csv")
    assert {row["value"] for row in rows if row["name"] == "spo2"} == {"97"}
    assert not any("," in row["t_s"] + row["value"] for row in rows)


@both_stores
@pytest.mark.parametrize("export", [export_csv, export_json])
def test_an_old_copy_stays_until_the_new_one_is_whole(
    journal: Journal, tmp_path: Path, export: object
) -> None:
    assert callable(export)
    journal.append("s1", small_session())
    path = tmp_path / "copy"
    path.write_text("old")
    with pytest.raises(StorageError, match="no session"):
        export(journal.database, "nobody", path)
    assert path.read_text() == "old"
    export(journal.database, "s1", path)
    assert path.read_text() != "old"
    assert [p.name for p in tmp_path.iterdir() if "copy" in p.name] == ["copy"]
    with pytest.raises(StorageError, match="cannot be written"):
        export(journal.database, "s1", tmp_path / "absent" / "copy")
