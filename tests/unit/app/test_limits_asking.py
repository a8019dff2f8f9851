"""What a desk asks about other limits, answered from a record and from files of numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import recorded_sessions as recorded
from session_scenes import LIMITS_TEXT

from app.places import RESOURCES, site_folder
from app.printing.limits_result import limits_document
from app.printing.making import Making
from app.printing.result_document import ResultTable
from app.records.catalogue import CatalogueError
from app.records.limits_asking import RecordAsker
from app.rejudging.asking import Answer, Asked, NumbersFile, Question
from app.rejudging.draft import Draft, Origin
from app.rejudging.limit_parts import Part, Place
from app.rejudging.looks import Kind, looks_at
from storage.database import open_database

BOTH = (recorded.CLOSED, recorded.CUT)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asking") / "sessions.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def asker(record: Path) -> Iterator[RecordAsker]:
    with open_database(record, read_only=True) as database:
        yield RecordAsker(database, str(record), who=lambda: "Q. Auditor")


def draft_with(value: float) -> Draft:
    draft = Draft(Origin(name="standard", text=LIMITS_TEXT, shipped=True))
    assert draft.change(Place(subject="sbp-high-warning", part=Part.LIMIT), value) is None
    return draft


def go_on(_share: float) -> bool:
    return True


def ask(asker: RecordAsker, draft: Draft, **more: object) -> Answer:
    question = Question(sessions=BOTH, limits_text=draft.text, **more)  # type: ignore[arg-type]
    answer = asker.ask(question, go_on)
    assert answer is not None
    return answer


def test_shipped_limits_come_first_and_those_of_the_site_after(asker: RecordAsker) -> None:
    folder = site_folder("limits")
    folder.mkdir(parents=True)
    (folder / "our-own.toml").write_text(LIMITS_TEXT, encoding="utf-8")
    assert [(one.name, one.shipped) for one in asker.offered()] == [
        ("at-once", True),
        ("standard", True),
        ("our-own.toml", False),
    ]


def test_the_limits_of_a_session_are_those_it_was_recorded_under(asker: RecordAsker) -> None:
    origin = asker.recorded(recorded.CLOSED)
    assert origin.text == LIMITS_TEXT
    assert not origin.shipped
    with pytest.raises(CatalogueError, match="without limits that can be read"):
        asker.recorded("nothing")


def test_one_alarm_is_lost_by_a_higher_limit_and_is_there_to_look_at(asker: RecordAsker) -> None:
    answer = ask(asker, draft_with(175))
    total = answer.summary.totals[-1]
    assert (total.gained, total.lost, total.moved) == (0, 1, 0)
    (look,) = looks_at(answer.results)
    assert (look.recording, look.kind, look.alarm.rule) == (
        recorded.CLOSED,
        Kind.LOST,
        "sbp-high-warning",
    )
    assert look.words == "lost"
    assert answer.simulated == frozenset(BOTH)


def test_progress_is_told_and_asking_can_be_stopped(asker: RecordAsker) -> None:
    told: list[float] = []

    def stop(share: float) -> bool:
        told.append(share)
        return False

    question = Question(sessions=BOTH, limits_text=LIMITS_TEXT)
    assert asker.ask(question, stop) is None
    assert told == [0.5]


def test_one_session_is_judged_again_without_being_read_again(
    asker: RecordAsker, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asker.ask_one(recorded.CLOSED, LIMITS_TEXT, "")
    monkeypatch.setattr("app.records.limits_asking.read_recording", None)
    again = asker.ask_one(recorded.CLOSED, draft_with(175).text, "")
    assert len(again.after) == len(first.after) - 1


def test_a_file_of_numbers_is_judged_beside_sessions(asker: RecordAsker, tmp_path: Path) -> None:
    table, mapping = tmp_path / "numbers.csv", tmp_path / "numbers.toml"
    rows = "\n".join(f"{minute},{170 if minute == 3 else 120}" for minute in range(6))
    table.write_text(f"t,sys\n{rows}\n", encoding="utf-8")
    mapping.write_text('time = "t"\ntime_unit = "min"\n[vitals]\nsbp = "sys"\n', encoding="utf-8")
    file = NumbersFile(path=table, mapping=mapping)
    answer = ask(asker, draft_with(175), files=(file,), against_text=LIMITS_TEXT)
    lost = [(one.name, len(one.changes.lost)) for one in answer.results]
    assert lost == [(recorded.CLOSED, 1), (recorded.CUT, 0), ("numbers", 1)]
    mapping.write_text('time = "no such"\n[vitals]\nsbp = "sys"\n', encoding="utf-8")
    with pytest.raises(CatalogueError, match="no column no such"):
        ask(asker, draft_with(175), files=(file,), against_text=LIMITS_TEXT)


def test_a_file_from_elsewhere_is_read_as_it_says_itself_and_checked(
    asker: RecordAsker, tmp_path: Path
) -> None:
    path = tmp_path / "finger.csv"
    rows = "\n".join(f"{second},{97 if second < 60 else 84}" for second in range(120))
    path.write_text(f"Time (s),SpO2 (%)\n{rows}\n", encoding="utf-8")
    question = Question(
        files=(NumbersFile(path=path),), limits_text=LIMITS_TEXT, against_text=LIMITS_TEXT
    )
    answer = asker.ask(question, go_on)
    assert answer is not None
    (result,) = answer.results
    assert {one.rule for one in result.after} >= {"spo2-low-critical"}
    assert any("not a session of this program" in note for note in result.notes)
    assert asker.ask(question, lambda _share: False) is None
    path.write_bytes(b"\x00\x01\x02")
    with pytest.raises(CatalogueError, match=r"finger\.csv"):
        asker.ask(question, go_on)


def test_limits_that_are_none_are_refused_by_line(asker: RecordAsker) -> None:
    with pytest.raises(CatalogueError, match="limits:1"):
        asker.ask(Question(sessions=BOTH, limits_text="x = "), go_on)


# -- saving ---------------------------------------------------------------------------------------


def test_new_limits_are_written_once_and_never_over_anything(
    asker: RecordAsker, tmp_path: Path
) -> None:
    draft = draft_with(175)
    path = tmp_path / "trial.toml"
    assert "Nobody has approved it" in asker.save(draft.text, path)
    assert path.read_text(encoding="utf-8") == draft.text
    with pytest.raises(CatalogueError, match="is there already"):
        asker.save(draft.text, path)


def test_a_shipped_file_is_never_written_to_nor_shadowed(
    asker: RecordAsker, tmp_path: Path
) -> None:
    shipped = RESOURCES / "limits" / "standard.toml"
    before = shipped.read_bytes()
    link = tmp_path / "link.toml"
    link.symlink_to(shipped)
    for path in (shipped, RESOURCES / "limits" / "new.toml", link):
        with pytest.raises(CatalogueError, match="files of the program"):
            asker.save("x", path)
    with pytest.raises(CatalogueError, match="limits of its own by the name standard"):
        asker.save("x", tmp_path / "standard.toml")
    assert shipped.read_bytes() == before
    assert not (RESOURCES / "limits" / "new.toml").exists()


# -- the document ---------------------------------------------------------------------------------


def asked_of(draft: Draft) -> Asked:
    return Asked(limits_name="standard 3", origin=draft.origin, changes=draft.changes)


def test_the_document_says_what_was_asked_over_what_and_what_came_of_it(
    asker: RecordAsker,
) -> None:
    draft = draft_with(175)
    answer = ask(asker, draft)
    making = Making(by="Q. Auditor", at="2026-11-26 12:00:00+00:00", program="1.2.3")
    document = limits_document(asked_of(draft), answer, making, limits_file="trial.toml")
    assert document.simulated
    facts = {fact.name: fact.value for fact in document.facts}
    assert facts["Digest of their text"] == draft.digest
    assert facts["Kept in"] == "trial.toml"
    assert [line.meaning for line in document.signatures] == ["reviewed by", "approved by"]
    tables = {section.heading: section.tables for section in document.sections}
    (changes,) = tables["What was asked"]
    assert changes.rows == (("sbp-high-warning", "limit", "165 mmHg", "175 mmHg", ""),)
    assert [row[0] for row in tables["Each recording"][0].rows] == list(BOTH)
    (look,) = tables["To look at"][0].rows
    assert look[:2] == ("lost", "sbp-high-warning")
    assert "mrn" not in str(document).lower()
    assert draft.digest in " ".join(document.rests_on)


def test_the_document_compares_with_recorded_limits_that_are_not_those_begun_from(
    asker: RecordAsker,
) -> None:
    other = LIMITS_TEXT.replace("value = 165,", "value = 160,", 1)
    draft = Draft(Origin(name="ours", text=other))
    answer = ask(asker, draft)
    making = Making(by="", at="", program="")
    document = limits_document(asked_of(draft), answer, making, limits_file="x.toml")
    ours, recorded_ones = document.sections[0].tables
    assert isinstance(ours, ResultTable)
    assert ours.rows[0][0] == "Nothing was changed."
    assert recorded_ones.rows == (("sbp-high-warning", "limit", "165 mmHg", "160 mmHg", ""),)


def test_the_document_is_written_with_its_limits_beside_it(
    asker: RecordAsker, tmp_path: Path
) -> None:
    draft = draft_with(175)
    answer = ask(asker, draft)
    for ending, begins in (("pdf", b"%PDF"), ("html", b"<!DOCTYPE html>")):
        words = asker.write(asked_of(draft), answer, tmp_path / f"result.{ending}")
        assert "result.toml" in words
        assert (tmp_path / f"result.{ending}").read_bytes().startswith(begins)
    assert (tmp_path / "result.toml").read_text(encoding="utf-8") == draft.text
    assert "Q. Auditor" in (tmp_path / "result.html").read_text(encoding="utf-8")
    with pytest.raises(CatalogueError, match="is there already"):
        asker.write(asked_of(draft), ask(asker, draft_with(170)), tmp_path / "result.pdf")
