"""`report`, `sessions show-event`, `documents check`: from a printed number back to its event."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.places import seal_key_path
from app.sealing import site_sealer
from tests.unit.app import recorded_courses, recorded_sessions

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with a closed session and one that was cut."""
    path = tmp_path_factory.mktemp("record") / "sessions.db"
    recorded_sessions.make_record(path)
    return path


def words_of(path: Path) -> str:
    pages = PdfReader(io.BytesIO(path.read_bytes())).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_a_printed_number_is_found_in_its_event_by_the_command(
    command: Command, record: Path, tmp_path: Path
) -> None:
    output = tmp_path / "report.pdf"
    place = ("--database", str(record))
    status, out, _ = command(
        "report", "session", recorded_sessions.CLOSED, "--output", str(output), *place
    )
    assert status == 0
    assert "missing: Still to be signed: performed" in out
    assert f"{output}: written" in out
    peak = re.search(r"SBP, mmHg 120 #(\d+) 172 #(\d+)", words_of(output))
    assert peak is not None
    shown = ("sessions", "show-event", recorded_sessions.CLOSED)
    status, out, _ = command(*shown, peak[2], *place, "--json")
    told = json.loads(out)
    assert status == 0
    assert (told["kind"], told["event"]["vital"], told["event"]["value"]) == ("reading", "sbp", 172)
    assert told["local"].startswith("2026-03-02T09:")
    status, out, _ = command(*shown, peak[1], *place)
    assert status == 0
    assert out.startswith(f"{recorded_sessions.CLOSED}, event {peak[1]} of ")
    assert "baseline_frozen" in out.splitlines()[0]
    assert "chain value after event" in out
    for wrong in ("0", "999999"):
        status, _, err = command(*shown, wrong, *place)
        assert status == 2
        assert f"has no event {wrong}" in err


def test_a_report_is_sealed_with_the_key_of_the_site_and_noted_with_its_digest(
    command: Command, record: Path, tmp_path: Path
) -> None:
    import hashlib

    sealer = site_sealer()
    assert sealer is not None
    assert seal_key_path().exists()
    output = tmp_path / "sealed.pdf"
    place = ("--database", str(record))
    command("report", "session", recorded_sessions.CLOSED, "--output", str(output), *place)
    assert f"sealed with key {sealer.key.name}" in words_of(output)
    assert command("documents", "check", str(output))[0] == 0
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    status, out, _ = command("logbook", "list", "--json")
    assert status == 0
    assert digest in out
    changed = bytearray(output.read_bytes())
    changed[len(changed) // 2] ^= 1
    output.write_bytes(bytes(changed))
    status, out, _ = command("documents", "check", str(output))
    assert status == 1
    assert "was changed after it was sealed" in out


def test_a_cut_session_and_letter_paper(command: Command, record: Path, tmp_path: Path) -> None:
    output = tmp_path / "cut.pdf"
    status, out, _ = command(
        "report",
        "session",
        recorded_sessions.CUT,
        "--output",
        str(output),
        "--paper",
        "letter",
        "--database",
        str(record),
    )
    assert status == 0
    assert "missing: INTERRUPTED" in out
    [page, *_] = PdfReader(io.BytesIO(output.read_bytes())).pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == (612, 792)


def test_what_cannot_be_reported_is_said_in_a_sentence(
    command: Command, record: Path, tmp_path: Path
) -> None:
    place = ("--database", str(record))
    output = ("--output", str(tmp_path / "none.pdf"))
    status, _, err = command("report", "session", "nobody", *output, *place)
    assert (status, "nobody" in err) == (2, True)
    status, _, err = command("report", "course", "nothing", *output, *place)
    assert (status, "nothing" in err) == (2, True)
    status, _, err = command(
        "report", "session", recorded_sessions.CLOSED, "--output", "/no/such/r.pdf", *place
    )
    assert (status, "cannot be written" in err) == (2, True)
    assert not (tmp_path / "none.pdf").exists()


def test_a_course_is_reported_by_its_name(command: Command, tmp_path: Path) -> None:
    place = tmp_path / "sessions.db"
    course = recorded_courses.make_course(place)
    output = tmp_path / "course.pdf"
    status, out, _ = command(
        "report", "course", course, "--output", str(output), "--database", str(place)
    )
    assert status == 0
    assert f"{output}: written" in out
    words = words_of(output)
    assert course in words
    assert all(session in words for session in recorded_courses.SESSIONS)
