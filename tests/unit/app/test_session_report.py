"""The report of a session: every number with the event that says it, one to four pages, greys."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.episode_words import criteria_words
from app.printing.result_document import Outcome, ResultDocument, ResultTable, Section
from app.printing.result_pdf import result_pdf
from app.printing.session_report import content_digest, session_report_pdf
from app.review_criteria import load_criteria
from app.reviewing.cited import Cited, CitedSession, said, worked_out
from app.reviewing.report_alarms import alarm_runs
from app.reviewing.report_episodes import episodes_table, episodes_words
from app.reviewing.session_report import SessionReport
from protocols.events import (
    CloseSession,
    Episode,
    EpisodeKind,
    EpisodeOutcome,
    EpisodesAssessed,
    EpisodesFound,
    Event,
    StopInfusion,
    WriteNote,
)
from tests.unit.app import recorded_sessions
from tests.unit.app.reported_sessions import (
    Reported,
    corrected_visit,
    reported,
    restless_visit,
    spray_visit,
)
from tests.unit.app.session_scenes import Scene

_SCENES: dict[str, Callable[[], tuple[Event, ...]]] = {
    "answered": recorded_sessions.visit,
    "cut": recorded_sessions.cut_visit,
    "restless": restless_visit,
    "spray": spray_visit,
    "corrected": corrected_visit,
}


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reported]:
    """Each scene as a report."""
    return {
        name: reported(tmp_path_factory.mktemp(name), scene(), cut=name in ("cut", "restless"))
        for name, scene in _SCENES.items()
    }


@pytest.fixture(scope="module")
def pages(sessions: dict[str, Reported]) -> dict[str, PdfReader]:
    """Each report as A4 pages."""
    return {
        name: PdfReader(io.BytesIO(session_report_pdf(one.report)))
        for name, one in sessions.items()
    }


def words_of(pdf: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pdf.pages)


@pytest.mark.parametrize("name", _SCENES)
def test_every_number_is_said_by_the_events_beside_it(
    sessions: dict[str, Reported], name: str
) -> None:
    assert sessions[name].unproven() == []


def test_a_wrong_number_and_a_wrong_time_are_found_unproven(sessions: dict[str, Reported]) -> None:
    one = sessions["answered"]
    fact = one.report.dose[0]
    ordered = fact.values[0].events
    for forged in (
        said("36 mg", *ordered),
        said("36 mg"),
        said("09:59:58", 1),
        said("35 mg", 9999),
    ):
        dose = (replace(fact, values=(forged,)), *one.report.dose[1:])
        told = replace(one, report=replace(one.report, dose=dose)).unproven()
        assert len(told) == 1
        assert forged.text in told[0]


@pytest.mark.parametrize("name", _SCENES)
def test_every_reference_on_paper_is_an_event_of_the_record_that_the_report_cites(
    sessions: dict[str, Reported], pages: dict[str, PdfReader], name: str
) -> None:
    one = sessions[name]
    words = words_of(pages[name])
    printed = {int(number) for number in re.findall(r"#(\d+)", words)} - {3, 9, 412}
    cited = {number for cell in one.report.cited() for number in cell.events}
    sentences = " ".join((*one.report.missing, one.report.minutes_words, one.report.episodes_words))
    cited |= {int(number) for number in re.findall(r"#(\d+)", sentences)}
    assert printed <= cited
    assert len(printed) > 20
    assert max(printed) <= one.report.events == len(one.bodies)
    assert one.report.chain in words.replace(" ", "")
    assert f"{one.report.events} events" in words


@pytest.mark.parametrize("name", _SCENES)
def test_a_report_has_one_to_four_pages_and_numbers_them(
    sessions: dict[str, Reported], pages: dict[str, PdfReader], name: str
) -> None:
    found = pages[name].pages
    assert 1 <= len(found) <= 4
    for number, page in enumerate(found, 1):
        words = " ".join(page.extract_text().split())
        assert f"Page {number} of {len(found)}" in words
        assert sessions[name].report.session in words
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)


def test_a_report_fits_on_letter_paper_too(sessions: dict[str, Reported]) -> None:
    data = session_report_pdf(sessions["spray"].report, paper="letter")
    found = PdfReader(io.BytesIO(data)).pages
    assert 1 <= len(found) <= 4
    assert {(float(one.mediabox.width), float(one.mediabox.height)) for one in found} == {
        (612, 792)
    }


def test_the_same_record_gives_the_same_bytes(sessions: dict[str, Reported]) -> None:
    report = sessions["answered"].report
    assert session_report_pdf(report) == session_report_pdf(report)
    other = replace(report, program="9.9.8")
    assert session_report_pdf(other) != session_report_pdf(report)
    assert content_digest(other) != content_digest(report)


@pytest.mark.parametrize("name", _SCENES)
def test_nothing_is_told_by_colour(pages: dict[str, PdfReader], name: str) -> None:
    operators = 0
    for page in pages[name].pages:
        contents = page.get_contents()
        assert contents is not None
        text = contents.get_data().decode("latin-1")
        assert not re.search(r"(?:^|\s)[\d. ]+ (?:k|K|sc|scn|SC|SCN)\s", text)
        for red, green, blue in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) (?:rg|RG)", text):
            operators += 1
            assert red == green == blue
    assert operators > 50


def test_the_first_page_says_what_must_be_known_first(
    sessions: dict[str, Reported], pages: dict[str, PdfReader]
) -> None:
    first = " ".join(pages["answered"].pages[0].extract_text().split())
    for piece in (
        "SIMULATED: no person was treated",
        "the monitor at the bedside stays primary",
        "EXAMPLE, Ana, MRN MRN-7",
        "iv-0.5-40 version",
        "standard version",
        "35 mg (0.5 mg/kg of 70 kg) over 40 min at 52.5 mL/h",
        "by P. Reyes",
        "by B. Lind",
        "Rise from baseline",
        "minutes since the drug began",
        "BP mmHg",
        "STILL OPEN: not signed in the record",
        "nobody has looked for episodes yet",
        "Still to be signed: performed",
    ):
        assert piece in first, piece
    assert sessions["answered"].report.missing


def test_a_cut_session_is_said_to_be_cut_on_its_first_page(pages: dict[str, PdfReader]) -> None:
    first = " ".join(pages["cut"].pages[0].extract_text().split())
    assert "INTERRUPTED: the record ends at" in first
    assert "INTERRUPTED" not in words_of(pages["answered"])


def test_seventy_alarms_are_cut_in_plain_words_and_every_row_is_counted(
    sessions: dict[str, Reported], pages: dict[str, PdfReader]
) -> None:
    one = sessions["restless"]
    table = next(table for table in one.report.tables if table.heading == "Alarms")
    assert len(table.rows) == len(alarm_runs_of(one)) >= 70
    words = words_of(pages["restless"])
    left = re.findall(r"(\d+) more, see the export\.", words)
    assert left
    shown = sum(words.count(f"{row[0].text} #{row[0].events[0]}") > 0 for row in table.rows)
    assert any(shown + int(count) == len(table.rows) for count in left)
    cut = table.cut(10)
    assert cut.left_out_words == f"{len(table.rows) - 10} more, see the export."


def alarm_runs_of(one: Reported) -> tuple[object, ...]:
    return alarm_runs(CitedSession(one.opened))


def test_a_spray_visit_tells_each_device_and_its_lot(pages: dict[str, PdfReader]) -> None:
    words = words_of(pages["spray"])
    for number in range(3):
        assert f"dose {number + 1} of 3: 28 mg, lot LOT-{number}" in words
    assert "84 mg in 3 of 28 mg" in words
    assert "Dissociation 6/10: far away" in words


def test_what_was_corrected_stands_beside_its_original(
    sessions: dict[str, Reported], pages: dict[str, PdfReader]
) -> None:
    table = next(t for t in sessions["corrected"].report.tables if t.heading.startswith("Added"))
    pressure = table.rows[0]
    assert pressure[1].struck
    assert "182/92" in pressure[1].text
    assert "right is SBP 128 mmHg, DBP 82 mmHg" in pressure[2].text
    words = words_of(pages["corrected"])
    assert "digits swapped" in words
    assert "withdrawn" in words
    assert "hand was cold" in words
    peak = next(row for row in sessions["corrected"].report.numbers.rows if "SBP" in row[0].text)
    assert peak[2].text == "128"


def test_notes_of_any_length_and_markup_leave_four_pages_and_say_how_long_they_are(
    tmp_path: Path,
) -> None:
    scene = Scene().to_infusing()
    long = "<b>never bold</b> & " + "W" * 3_000 + " restless" * 900
    for _ in range(8):
        scene.oximeter(5)
        scene.do(WriteNote, text=long)
    scene.do(StopInfusion, reason=long)
    scene.wait(30)
    scene.do(CloseSession, reason="end of the test")
    one = reported(tmp_path, tuple(scene.record))
    for paper in ("A4", "letter"):
        pdf = PdfReader(io.BytesIO(session_report_pdf(one.report, paper=paper)))
        assert len(pdf.pages) <= 4
        told = words_of(pdf)
        assert "<b>never bold</b> &" in told
        assert "letters, whole in the record" in told


def test_a_table_whose_row_no_page_could_hold_goes_on_over_pages() -> None:
    text = "restless " * 3_000
    data = result_pdf(
        ResultDocument(
            title="t",
            kind="k 1",
            subject="s",
            program="1",
            made_at="2026-03-02 10:00 +00:00",
            made_by="QA Person",
            outcome=Outcome.PASS,
            sections=(
                Section(heading="h", tables=(ResultTable(headings=("a",), rows=((text,),)),)),
            ),
        )
    )
    assert words_of(PdfReader(io.BytesIO(data))).count("restless") == 3_000


def test_a_mark_tells_what_an_event_says_from_what_was_worked_out() -> None:
    assert said("171", 412).marks == "#412"
    assert said("133/80", 7, 8).marks == "#7 #8"
    assert worked_out("+35", (3, 412)).marks == "∑#3 #412"
    assert worked_out("+12", (3, 4, 5, 6)).marks == "∑#3 #4 …"
    assert Cited(text="none").marks == ""


def test_what_cannot_be_read_of_a_record_is_said_in_its_report(tmp_path: Path) -> None:
    from app.records.archive import Archive
    from app.reviewing.figures import figures_of
    from app.reviewing.session_report import report_of
    from storage.database import open_database

    path = tmp_path / "record.db"
    recorded_sessions.write(path, recorded_sessions.CLOSED, recorded_sessions.visit())
    recorded_sessions.damage(
        path, "UPDATE journal SET body = x'00' WHERE kind = 'alarm_changed' AND first_seq > 5"
    )
    with open_database(path, read_only=True) as database:
        opened = Archive(database).open_session(recorded_sessions.CLOSED)
    report: SessionReport = report_of(opened, figures_of(opened, load_criteria().criteria), "9.9.9")
    assert opened.missing
    assert set(opened.missing) <= set(report.missing)
    words = words_of(PdfReader(io.BytesIO(session_report_pdf(report))))
    assert " ".join(opened.missing[0].split()) in words


def test_episodes_stand_with_what_was_said_of_them(sessions: dict[str, Reported]) -> None:
    opened = sessions["answered"].opened
    rise = Episode(
        key="rise/sbp/1",
        kind=EpisodeKind.RISE,
        since_ns=10**12,
        until_ns=2 * 10**12,
        subject="sbp",
        words="SBP rose to 172 mmHg, +52 from baseline 120",
        events=(400, 401, 402),
    )
    own = load_criteria().text.replace('id = "standard"', 'id = "mild"')
    gap = replace(rise, key="gap/1", kind=EpisodeKind.GAP, words="no pulse rate for 900 s")
    found = EpisodesFound(
        t_ns=opened.end_ns, by="Dr. A", criteria_text=own, found=(rise, gap), counted_seq=1
    )
    closed = EpisodesAssessed(
        t_ns=opened.end_ns,
        by="Dr. A",
        episodes=("rise/sbp/1",),
        comment="paused at once",
        outcome=EpisodeOutcome.ACTED_ON,
    )
    first = opened.count + 1
    reviewed = CitedSession(
        replace(
            opened,
            events=(*opened.events, found, closed),
            numbers=(*opened.numbers, first, first + 1),
        )
    )
    one, other = episodes_table(reviewed).rows
    assert one[2].events == (first, 400, 401)
    assert (one[3].text, one[3].events) == ("closed: acted-on", (first + 1,))
    assert (one[4].text, one[5].text) == ("paused at once", "Dr. A")
    assert (other[3].text, other[3].strong) == ("OPEN", True)
    said_so = episodes_words(reviewed)
    by = f"2 found (#{first}) by criteria mild version 1, approved by nobody yet ("
    assert said_so.startswith(by)
    assert said_so.endswith("…); 1 open.")
    assert criteria_words(found) != criteria_words(replace(found, criteria_text=own + "\n"))
    unread = criteria_words(replace(found, criteria_text="none"))
    assert unread.startswith("criteria that cannot be read now (")
