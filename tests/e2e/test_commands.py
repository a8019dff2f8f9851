"""Commands as scripts use them: what they print, one line when the input is bad, exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import sqlite
from storage.database import open_database

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "resources" / "protocols" / "iv-0.5-40.toml"

NONIN_CAPTURE = (
    "01 80 49 00 CA 01 80 46 4A 11 01 80 44 00 C5 01 80 43 00 C4 "
    "01 81 43 00 C5 01 80 43 4A 0E 01 80 43 60 24 01 80 43 94 58 01 80 43 00 C4 01 80 41 00 C2 "
    "01 80 3E 17 D6 01 80 3C 04 C1 01 80 39 60 1A 01 80 36 60 17 01 80 35 60 16 01 80 34 00 B5 "
    "01 80 34 00 B5 01 80 34 00 B5 01 80 35 4A 00 01 80 36 60 17 01 80 37 60 18 01 80 3A 00 BB "
    "01 80 40 00 C1 01 80 4A 00 CB 01 80 57 4A 22 01 80 69 00 EA 01 80 7C 4A 47 01 80 90 00 11 "
    "01 80 A1 00 22 01 81 AF 00 31"
)
SUNTECH_RESULT = "3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9"

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(command: Command, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs one command in this process; asked for help, it leaves by itself."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            return command(*arguments)
        except SystemExit as left:
            out, err = capsys.readouterr()
            return int(left.code or 0), out, err

    return call


@pytest.fixture
def empty(tmp_path: Path) -> str:
    """A database without a session."""
    path = tmp_path / "empty.db"
    open_database(path).close()
    return str(path)


def in_own_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )


COMMANDS = (
    ("bedside",),
    ("review",),
    ("replay",),
    ("simulate",),
    ("decode",),
    ("dose",),
    ("verify",),
    ("versions",),
    ("versions", "digest"),
    ("versions", "compare"),
    ("export",),
    ("devices",),
    ("devices", "list"),
    ("devices", "scan"),
    ("devices", "listen"),
    ("devices", "record"),
    ("protocols",),
    ("protocols", "list"),
    ("protocols", "show"),
    ("protocols", "check"),
    ("protocols", "limits"),
    ("sessions",),
    ("sessions", "list"),
    ("courses",),
    ("courses", "list"),
    ("courses", "show"),
    ("courses", "due"),
    ("courses", "templates"),
    ("courses", "open"),
    ("courses", "book"),
    ("courses", "decide"),
    ("courses", "score"),
    ("courses", "attach"),
    ("courses", "verify"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: Command, words: tuple[str, ...]) -> None:
    status, out, err = command(*words, "--help")
    assert (status, err) == (0, "")
    usage, *rest = [line for line in out.splitlines() if line.strip()]
    assert usage.startswith(f"Usage: main.py {' '.join(words)}")
    assert rest[0].strip().endswith((".", "port")) or len(rest[0].strip()) > 20


def test_the_program_lists_its_commands_and_leaves_with_the_status_of_one() -> None:
    told = in_own_process("--help")
    assert told.returncode == 0
    for words in COMMANDS:
        assert words[0] in told.stdout
    wrong = in_own_process("decode", "nonin", "/nowhere/capture.bin")
    assert wrong.returncode == 2
    assert wrong.stdout == ""
    assert len(wrong.stderr.splitlines()) == 1


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("simulate", "--protocol", "nothing"), "nothing"),
        (("simulate", "--patient", "nobody"), "nobody"),
        (("simulate", "--weight-kg", "heavy"), "heavy"),
        (("simulate", "--weight-kg", "0"), "0"),
        (("simulate", "--weight-kg", "NaN"), "NaN"),
        (("simulate", "--weight-kg", "-70"), "-70"),
        (("simulate", "--speed", "0"), "--speed"),
        (("simulate", "--speed", "61"), "--speed"),
        (("simulate", "--speed", "nan"), "--speed"),
        (("simulate", "--speed", "fast"), "fast"),
        (("simulate", "--seed", "x"), "--seed"),
        (("simulate", "--monitor", "bp=nothing"), "nothing"),
        (("simulate", "--monitor", "bp=nonin"), "slot bp"),
        (("simulate", "--monitor", "nonin"), "SLOT=DRIVER"),
        (("simulate", "--patient", "typical", "--database", "{capture}/b.db"), "{capture}"),
        (("decode", "nothing", "{capture}"), "nothing"),
        (("decode", "nonin", "{missing}"), "{missing}"),
        (("decode", "nonin", "{folder}"), "{folder}"),
        (("decode", "nonin", "{broken_hex}", "--hex"), "{broken_hex}"),
        (("decode", "nonin", "{odd_hex}", "--hex"), "{odd_hex}"),
        (("decode", "nonin", "{binary}", "--hex"), "{binary}"),
        (("dose", "--protocol", "nothing", "--weight-kg", "70"), "nothing"),
        (("dose", "--protocol", "iv-0.5-40", "--weight-kg", "heavy"), "heavy"),
        (("dose", "--protocol", "iv-0.5-40", "--weight-kg", "0"), ""),
        (("dose", "--protocol", "iv-0.5-40", "--weight-kg", "-70"), ""),
        (("dose", "--protocol", "iv-0.5-40", "--weight-kg", "NaN"), "NaN"),
        (("dose", "--protocol", "iv-0.5-40", "--weight-kg", "Infinity"), "Infinity"),
        (("dose", "--protocol", "iv-0.5-40"), "--weight-kg"),
        (("dose", "--protocol", "{broken_protocol}", "--weight-kg", "70"), "{broken_protocol}"),
        (("protocols", "show", "nothing"), "nothing"),
        (("protocols", "check", "{missing}"), "{missing}"),
        (("protocols", "limits", "{missing}"), "{missing}"),
        (("protocols", "limits", "{binary}"), "{binary}"),
        (("protocols", "check", "{binary}"), "{binary}"),
        (("devices", "listen", "nothing", "/dev/null"), "nothing"),
        (("devices", "listen", "nonin", "{missing}"), "{missing}"),
        (("devices", "listen", "nonin", "/dev/x?baud=fast"), "baud=fast"),
        (("devices", "record", "{missing}", "{out}"), "{missing}"),
        (("devices", "record", "{missing}", "{out}", "--driver", "nothing"), "nothing"),
        (("devices", "scan", "--seconds", "0"), "--seconds"),
        (("bedside", "--monitor", "oximeter=nonin@/dev/x?line=9N1"), "line=9N1"),
        (("bedside", "--monitor", "oximeter=nothing@/dev/x"), "nothing"),
        (("bedside", "--monitor", "bp=nonin@/dev/x"), "slot bp"),
        (("bedside", "--monitor", "bp=suntech@a", "--monitor", "bp=suntech@b"), "2 times"),
        (("sessions", "list", "--database", "{missing}"), "{missing}"),
        (("sessions", "list", "--database", "{binary}"), "{binary}"),
        (("sessions", "list", "--database", "{empty}", "--since", "soon"), "soon"),
        (("sessions", "list", "--database", "{newer}"), "{newer}"),
        (("courses", "list", "--database", "{missing}"), "{missing}"),
        (("courses", "due", "--database", "{binary}"), "{binary}"),
        (("courses", "show", "--database", "{empty}", "nothing"), "nothing"),
        (("courses", "verify", "--database", "{missing}"), "{missing}"),
        (("courses", "verify", "--database", "{empty}", "nothing"), "nothing"),
        (("verify", "nobody", "--database", "{empty}"), "nobody"),
        (("verify", "{missing}"), "{missing}"),
        (("verify", "{binary}"), "{binary}"),
        (("verify", "{empty}"), "{empty}"),
        (("export", "nobody", "--output", "{out}", "--database", "{empty}"), "nobody"),
        (("export", "nobody", "--output", "{out}", "--database", "{missing}"), "{missing}"),
        (("export", "x", "--format", "xml", "--output", "{out}"), "xml"),
        (("nothing",), "nothing"),
        (("dose", "--nothing"), "--nothing"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_bad_input_is_told_in_one_line_with_status_2(
    command: Command, tmp_path: Path, empty: str, arguments: tuple[str, ...], named: str
) -> None:
    files = {
        "missing": tmp_path / "missing.db",
        "folder": tmp_path,
        "capture": tmp_path / "capture.bin",
        "broken_hex": tmp_path / "broken.hex",
        "odd_hex": tmp_path / "odd.hex",
        "binary": tmp_path / "binary.bin",
        "broken_protocol": tmp_path / "broken.toml",
        "newer": tmp_path / "newer.db",
        "out": tmp_path / "out.csv",
        "empty": Path(empty),
    }
    files["capture"].write_bytes(b"\x01\x80")
    files["broken_hex"].write_text("01 80 ZZ")
    files["odd_hex"].write_text("01 8")
    files["binary"].write_bytes(bytes(range(256)) * 8)
    files["broken_protocol"].write_text("id = \n")
    make_newer(files["newer"])
    status, out, err = command(*(word.format(**files) for word in arguments))
    assert status == 2, out + err
    assert out == ""
    [line] = err.splitlines()
    assert named.format(**files) in line
    assert "Traceback" not in line
    assert not files["out"].exists()


def make_newer(path: Path) -> None:
    """A database of a later version of the program."""
    open_database(path).close()
    tables = sqlite.connect(path)
    tables.execute("pragma user_version = 999")
    tables.commit()
    tables.close()


# -- decode ----------------------------------------------------------------------------------------


def lines_of(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("as_hex", [False, True], ids=["binary", "hex"])
def test_decode_of_a_captured_oximeter(command: Command, tmp_path: Path, as_hex: bool) -> None:
    capture = tmp_path / "capture"
    if as_hex:
        capture.write_text(NONIN_CAPTURE)
    else:
        capture.write_bytes(bytes.fromhex(NONIN_CAPTURE))
    status, out, err = command("decode", "nonin", str(capture), *(["--hex"] if as_hex else []))
    assert (status, err) == (0, "")
    *readings, last = lines_of(out)
    assert [(r["vital"], r["value"], r["unit"], r["quality"]) for r in readings] == [
        ("pr", 74, "/min", "good"),
        ("spo2", 96, "%", "good"),
    ]
    assert last == {"summary": {"frames": 30, "rejected": 0, "skipped_bytes": 0}}


def test_decode_gives_the_pleth_only_when_asked(command: Command, tmp_path: Path) -> None:
    capture = tmp_path / "capture.hex"
    capture.write_text(NONIN_CAPTURE)
    _, out, _ = command("decode", "nonin", str(capture), "--hex", "--waveforms")
    assert [line for line in lines_of(out) if line.get("vital") == "pleth"]


def test_decode_counts_what_it_could_not_use(command: Command, tmp_path: Path) -> None:
    capture = tmp_path / "capture.hex"
    capture.write_text("55 AA " + NONIN_CAPTURE.replace("01 80 35 60 16", "01 80 35 60 17"))
    _, out, _ = command("decode", "nonin", str(capture), "--hex")
    summary = lines_of(out)[-1]["summary"]
    assert isinstance(summary, dict)
    assert summary["skipped_bytes"] == 2
    assert summary["rejected"] >= 1
    assert not [line for line in lines_of(out)[:-1] if line["value"] is not None]


def test_decode_of_a_published_pressure(command: Command, tmp_path: Path) -> None:
    capture = tmp_path / "result.hex"
    capture.write_text(SUNTECH_RESULT)
    status, out, _ = command("decode", "suntech", str(capture), "--hex")
    assert status == 0
    found = {line["vital"]: line["value"] for line in lines_of(out) if "vital" in line}
    assert (found["sbp"], found["dbp"], found["map"]) == (115, 74, 88)
    assert lines_of(out)[-1] == {"summary": {"frames": 1, "rejected": 0, "skipped_bytes": 0}}


def test_decode_of_nothing_says_nothing_was_there(command: Command, tmp_path: Path) -> None:
    capture = tmp_path / "empty.bin"
    capture.write_bytes(b"")
    status, out, _ = command("decode", "nonin", str(capture))
    assert status == 0
    assert lines_of(out) == [{"summary": {"frames": 0, "rejected": 0, "skipped_bytes": 0}}]


# -- dose ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "more", "dose_mg", "volume_ml", "rate_ml_per_h"),
    [
        ("70", (), 35, 35, 52.5),
        ("70,0", (), 35, 35, 52.5),
        ("82.4", (), 41.2, 41.2, 61.8),
        ("70", ("--concentration-mg-per-ml", "2"), 35, 17.5, 26.25),
        ("70", ("--duration-min", "100"), 35, 35, 21),
    ],
)
def test_dose_gives_the_worked_values(
    command: Command,
    weight: str,
    more: tuple[str, ...],
    dose_mg: float,
    volume_ml: float,
    rate_ml_per_h: float,
) -> None:
    status, out, err = command(
        "dose", "--protocol", "iv-0.5-40", "--weight-kg", weight, *more, "--json"
    )
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert (told["dose_mg"], told["volume_ml"], told["rate_ml_per_h"]) == (
        dose_mg,
        volume_ml,
        rate_ml_per_h,
    )
    assert {
        "rate_mg_per_min",
        "rate_mg_per_kg_per_h",
        "duration_min",
        "guardrails",
    } <= set(told)


def test_a_dose_beyond_a_hard_limit_is_a_no(command: Command) -> None:
    status, out, _ = command(
        *("dose", "--protocol", "iv-0.5-40", "--weight-kg", "70"),
        *("--dose-mg-per-kg", "5", "--json"),
    )
    assert status == 1
    hard = [g for g in json.loads(out)["guardrails"] if g["kind"] == "hard"]
    assert {"dose_mg_per_kg", "dose_mg"} <= {g["field"] for g in hard}
    for finding in hard:
        assert set(finding) == {"field", "value", "limit", "kind", "message"}


def test_a_dose_for_people_says_what_needs_a_reason(command: Command) -> None:
    status, out, _ = command("dose", "--protocol", "iv-0.5-40", "--weight-kg", "165")
    assert status == 0
    assert "needs a reason" in out


# -- protocols and devices -------------------------------------------------------------------------


def test_the_shipped_protocol_is_listed_shown_and_without_mistakes(command: Command) -> None:
    status, out, _ = command("protocols", "list", "--json")
    assert status == 0
    assert "iv-0.5-40" in [row["id"] for row in json.loads(out)]
    _, table, _ = command("protocols", "list")
    assert "not yet approved" in table
    _, page, _ = command("protocols", "show", "iv-0.5-40")
    assert "0.5 mg/kg" in page
    assert "Rescue step 1" not in page
    _, whole, _ = command("protocols", "show", "iv-0.5-40", "--all")
    assert "Rescue step 1" in whole
    status, out, _ = command("protocols", "check", str(PROTOCOL))
    assert status == 0
    assert "no mistakes" in out


def test_shipped_protocols_are_listed_by_route_with_approval_and_review(command: Command) -> None:
    _, out, _ = command("protocols", "list", "--json")
    rows = {row["id"]: row for row in json.loads(out)}
    assert rows["spravato-56"]["route"] == "intranasal spray"
    assert rows["spravato-56"]["giving"] == "units"
    assert {row["review_overdue"] for row in rows.values()} <= {True, False}
    _, table, _ = command("protocols", "list")
    lines = table.splitlines()
    routes = [line for line in lines if line.endswith(":")]
    assert routes[0] == "intravenous infusion:"
    assert len(routes) == len({row["route"] for row in rows.values()})
    for name in rows:
        assert any(line.startswith(f"{name} ") for line in lines)


def test_check_takes_several_files_and_every_shipped_one(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("protocols", "check", "--all")
    assert status == 0
    shipped = len(list(PROTOCOL.parent.glob("*.toml")))
    assert out.count("no mistakes found") == shipped
    broken = tmp_path / "broken.toml"
    broken.write_text(PROTOCOL.read_text(encoding="utf-8").replace("[dose]", "[dosis]"))
    status, out, err = command("protocols", "check", str(PROTOCOL), str(broken))
    assert status == 1
    assert "no mistakes found" in out
    assert str(broken) in err
    assert command("protocols", "check")[0] == 2


def test_the_alarm_rules_are_read_as_sentences_with_their_guardrails(
    command: Command, tmp_path: Path
) -> None:
    status, page, _ = command("protocols", "limits", "standard")
    assert status == 0
    assert "not yet approved" in page
    assert "SYSTOLIC PRESSURE" in page
    assert "sbp-high-warning [warning] Systolic pressure high" in page
    assert "limit 165 mmHg: 145 to 190 allowed, 155 to 175 without a reason" in page
    _, out, _ = command("protocols", "limits", "at-once", "--json")
    assert {"id", "tier", "sentence", "numbers"} <= set(json.loads(out)[0])
    text = (ROOT / "resources" / "limits" / "standard.toml").read_text(encoding="utf-8")
    broken = tmp_path / "limits.toml"
    broken.write_text(text.replace("value = 165,", "value = 365,", 1), encoding="utf-8")
    line = text[: text.index("value = 165,")].count("\n") + 1
    status, out, err = command("protocols", "limits", str(broken))
    assert (status, out) == (2, "")
    assert f"{broken}:{line}: rules.1.limit.value: 365 is not allowed: 145 to 190 mmHg" in err


def test_preflight_lists_prompts_and_alarms_without_a_session(
    command: Command, tmp_path: Path
) -> None:
    database = str(tmp_path / "none.db")
    at = ("simulate", "--preflight", "--protocol", "spravato-56", "--database", database)
    status, page, _ = command(*at)
    assert status == 0
    assert "Give device 2 of 2" in page
    assert "ALARMS OF EQUIPMENT" in page
    status, out, _ = command(*at, "--json")
    found = json.loads(out)
    assert {"protocol", "prompts", "alarms"} <= set(found)
    wanted = {"sentence", "limits", "delay_s", "priority", "next_step"}
    assert all(wanted <= set(alarm) for alarm in found["alarms"])
    assert not Path(database).exists()


@pytest.mark.parametrize(
    ("before", "after", "field", "allowed"),
    [
        ("dose_mg_per_kg = 0.5 ", "dose_mg_per_kg = 5 ", "dose_mg_per_kg", "0.2 to 0.6"),
        ("duration_min = 40 ", 'duration_min = "long" ', "duration_min", ""),
        ("minimum_age_years = 18", "minimum_age_years = -1", "minimum_age_years", ""),
        ('"weight/measured"', '"weight/measuredd"', "weight/measuredd", "no such part"),
    ],
)
def test_check_names_file_line_field_and_range(
    command: Command, tmp_path: Path, before: str, after: str, field: str, allowed: str
) -> None:
    text = PROTOCOL.read_text(encoding="utf-8")
    assert before in text
    line = text[: text.index(before)].count("\n") + 1
    broken = tmp_path / "broken.toml"
    broken.write_text(text.replace(before, after, 1), encoding="utf-8")
    status, out, err = command("protocols", "check", str(broken))
    assert (status, out) == (1, "")
    named = [told for told in err.splitlines() if field in told]
    assert named
    assert str(broken) in named[0]
    assert any(f":{line}:" in told for told in named)
    assert any(allowed in told for told in named)


def test_the_drivers_are_listed_with_how_sure_they_are(command: Command) -> None:
    status, out, _ = command("devices", "list", "--json")
    assert status == 0
    rows = {row["driver"]: row for row in json.loads(out)}
    assert {"nonin", "suntech"} <= set(rows)
    assert rows["suntech"]["can_start_bp"] is True
    assert all(row["certainty"] for row in rows.values())
    assert rows["manual"]["bounds"]["spo2"] == "1 to 100 %"
    _, table, _ = command("devices", "list")
    assert "nonin" in table
    assert "manual" in table


def test_an_empty_log_is_an_empty_list(command: Command, empty: str) -> None:
    assert command("sessions", "list", "--database", empty, "--json")[:2] == (0, "[]\n")
    assert command("sessions", "list", "--database", empty)[:2] == (0, "-\n")
