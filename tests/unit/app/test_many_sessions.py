"""Many recorded sessions at once: traces and cohorts out of a real record, and the commands."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from app.commands.registration import run
from app.reception.courses import Courses
from app.records.archive import Archive
from app.records.cohort_reading import SessionCohorts, select_sessions
from app.records.many_sessions import CohortAnswer, CohortSearch
from app.records.trace_reading import read_trace
from app.records.visit_reading import VisitReader
from app.reviewing.cohort import Figure
from app.reviewing.course_progress import milestones, score_bounds
from app.reviewing.traces import MarkKind, SessionTrace
from app.reviewing.visit_pictures import VisitPicture
from protocols.courses.parse import parse_rules
from protocols.vitals import Vital
from storage.database import Database, open_database
from storage.sessions import find_summary, list_sessions
from tests.unit.app import recorded_courses as course_record
from tests.unit.app.recorded_courses import OUTSIDE, RISES, SESSIONS
from tests.unit.app.recorded_sessions import damage


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "sessions.db"
    course_record.make_course(path)
    return path


@pytest.fixture(scope="module")
def database(place: Path) -> Iterator[Database]:
    with open_database(place, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def answer(database: Database) -> CohortAnswer:
    found = SessionCohorts(database).cohort(CohortSearch(simulated=True), lambda _share: True)
    assert found is not None
    return found


def figures(answer: CohortAnswer) -> dict[str, Figure]:
    return {one.id: one for one in answer.cohort.figures}


def trace(database: Database, session: str, *, whole: bool = True) -> SessionTrace:
    return read_trace(database, find_summary(database, session), whole=whole)


def test_a_trace_has_the_pressures_baseline_and_marks_of_its_session(database: Database) -> None:
    found = trace(database, SESSIONS[1])
    began_s = (found.began_ns or 0) / 1e9
    after = found.curve(Vital.SBP)
    minutes = (after.t_s - began_s) / 60
    assert dict(zip(np.round(minutes[-6:]).tolist(), after.values[-6:].tolist(), strict=True)) == {
        10: 129, 20: 138, 30: 144, 40: 150, 55: 135, 70: 126,
    }  # fmt: skip
    assert (found.baseline[Vital.SBP], found.baseline[Vital.HR]) == (120, 70)
    assert (found.paused, found.slowed, found.stopped, found.unread) == (True, False, False, 0)
    assert (found.ordered_mg, found.delivered_mg) == (35, 35)
    alarms = {mark.name for mark in found.marks if mark.kind is MarkKind.ALARM}
    assert {"sbp-rise-warning", "spo2-low-warning"} <= alarms
    assert [(one.label, one.words) for one in found.effects] == [("Nausea", "3/10")]


def test_a_cohorts_reading_leaves_out_alarms_and_what_came_before_the_drug(
    database: Database,
) -> None:
    whole, lean = (trace(database, SESSIONS[0], whole=kind) for kind in (True, False))
    assert not [mark for mark in lean.marks if mark.kind is MarkKind.ALARM]
    assert lean.curve(Vital.SBP).values.tolist() == whole.curve(Vital.SBP).values.tolist()
    began_s = (whole.began_ns or 0) / 1e9
    heart, less = whole.curve(Vital.HR), lean.curve(Vital.HR)
    later = heart.t_s >= began_s
    np.testing.assert_array_equal(less.values[less.t_s >= began_s], heart.values[later])


def test_the_traces_agree_with_the_trends_of_the_opened_session(database: Database) -> None:
    opened = Archive(database).open_session(SESSIONS[2])
    found = trace(database, SESSIONS[2])
    points = [(p.t_s, p.sbp_mmhg) for p in opened.history.blood_pressures]
    mine = found.curve(Vital.SBP)
    assert list(zip(mine.t_s.tolist(), mine.values.tolist(), strict=True)) == points


def test_the_cohort_is_that_of_the_hand_worked_table(answer: CohortAnswer) -> None:
    found = figures(answer)
    rises = [*RISES, 0]
    assert (answer.cohort.sessions, answer.cohort.patients, answer.courses) == (5, 2, 1)
    assert found["change-sbp"].mean == pytest.approx(np.mean(rises))
    assert found["change-sbp"].sd == pytest.approx(np.std(rises, ddof=1))
    assert found["change-dbp"].mean == pytest.approx(10)
    hits = {
        "sessions-rise-20-percent": 2,  # +40 and +30 from 120
        "sessions-rise-30-percent": 1,
        "sessions-rise-40-25": 1,
        "sessions-from-165-100": 0,
        "sessions-spo2-92": 1,
        "sessions-spo2-90": 0,
        "paused": 1,
        "stopped": 0,
        "effect-Nausea": 5,
        "response": 1,
        "remission": 1,
    }
    assert {name: found[name].hits for name in hits} == hits
    assert (found["patients-rise-30-percent"].hits, found["patients-rise-30-percent"].n) == (1, 2)


def test_a_selection_narrows_by_day_protocol_room_kind_and_first_visit(database: Database) -> None:
    everyone = list_sessions(database)

    def names(**fields: object) -> list[str]:
        search = CohortSearch(**({"simulated": True} | fields))  # type: ignore[arg-type]
        return sorted(one.session for one in select_sessions(everyone, search))

    assert names() == sorted([*SESSIONS, OUTSIDE])
    assert names(simulated=False) == []
    assert names(since=date(2026, 3, 5), until=date(2026, 3, 9)) == [SESSIONS[1], SESSIONS[2]]
    assert names(room="Room 2", protocol="iv-0.5-40") == names()
    assert names(room="Room 9") == names(protocol="other") == []
    assert names(first_visits=True) == sorted([SESSIONS[0], OUTSIDE])
    assert names(first_visits=True, since=date(2026, 3, 5)) == []  # the first was before


def test_counting_stops_when_it_is_told_to(database: Database) -> None:
    shares: list[float] = []

    def progress(share: float) -> bool:
        shares.append(share)
        return len(shares) < 3

    assert SessionCohorts(database).cohort(CohortSearch(simulated=True), progress) is None
    assert len(shares) == 3
    assert shares == sorted(shares)


def test_a_row_that_cannot_be_read_is_counted_and_the_rest_is_used(
    place: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "damaged.db"
    shutil.copy(place, copy)
    damage(
        copy,
        "UPDATE journal SET body = x'00' WHERE kind = 'observation_recorded' AND session_id ="
        " (SELECT id FROM session WHERE name = 'visit-2')",
    )
    with open_database(copy, read_only=True) as database:
        found = SessionCohorts(database).cohort(CohortSearch(simulated=True), lambda _s: True)
    assert found is not None
    assert (found.cohort.sessions, found.cohort.unread) == (5, 1)
    assert figures(found)["change-sbp"].n == 5


@pytest.fixture(scope="module")
def visits(database: Database) -> list[VisitPicture]:
    reader = VisitReader(Archive(database))
    return [reader.visit(session) for session in SESSIONS]


def test_a_visit_shows_the_figures_of_page_one(visits: list[VisitPicture]) -> None:
    for picture, rise in zip(visits, RISES, strict=True):
        [sbp, *_] = [one.rise for one in picture.figures.rises if one.vital is Vital.SBP]
        assert (sbp.baseline, sbp.peak, sbp.peak_rise) == (120, 120 + rise, rise)
        assert picture.discharged_min is None
        warning = picture.warning(Vital.SBP)
        assert warning is not None
        assert (warning.above_ns > 0) is (rise >= 30)
    assert visits[0].effects["Nausea"].words == "2/10"


def test_the_outcomes_are_reached_when_the_courses_own_definitions_say(place: Path) -> None:
    [picture] = Courses(str(place)).courses()
    assert picture.view is not None
    rules = parse_rules(picture.opened.rules_text, "recorded")
    bounds = {one.name: (one.total, one.below) for one in score_bounds(picture.view, rules)}
    assert bounds == {"response": (10, True), "remission": (4, True), "relapse": (10, False)}
    reached = [(one.name, one.score.session) for one in milestones(picture.view, rules)]
    assert reached == [("response", SESSIONS[2]), ("remission", SESSIONS[3])]
    strict = replace(rules.outcome, response_percent=Decimal(80))
    stricter = replace(rules, outcome=strict)
    assert [one.name for one in milestones(picture.view, stricter)] == ["response", "remission"]
    assert milestones(picture.view, stricter)[0].score.session == SESSIONS[3]


def test_one_course_is_read_by_its_name(place: Path) -> None:
    book = Courses(str(place))
    [picture] = book.courses()
    assert book.course(picture.course).entries == picture.entries


def command(place: Path, *arguments: str) -> tuple[str, ...]:
    return (*arguments, "--database", str(place))


def test_the_command_counts_and_writes_the_same_figures(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cohort.csv"
    assert run(command(place, "cohort", "--simulated", "--json", "--csv", str(path))) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sessions"], told["patients"], told["courses"]) == (5, 2, 1)
    mine = {one["id"]: one for one in told["figures"]}
    assert mine["sessions-rise-20-percent"]["rate"] == 0.4
    assert any(one["certainty"] == "unsure" for one in told["literature"])
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    [rise] = [
        row for row in rows if row["whose"] == "This site" and row["figure"] == "SBP at 40 min"
    ]
    assert (rise["mean"], rise["sd"], rise["count"]) == ("20.0000", "15.8114", "5")
    assert "Example" not in path.read_text(encoding="utf-8")
    assert run(command(place, "cohort", "--simulated")) == 0
    out = capsys.readouterr().out
    assert "5 sessions with drug of 2 patients." in out
    assert "2 of 5 · 40.0 %" in out


def test_the_command_compares_and_says_what_is_left_out(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = (SESSIONS[0], SESSIONS[3], OUTSIDE)
    assert run(command(place, "compare", *names, "--changes", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    [sbp, *_] = told["tables"]
    assert [row["values"] for row in sbp["rows"]] == [
        [12, 24, 32, 40, 20, 8, None],
        [3, 6, 8, 10, 5, 2, None],
        [0, 0, 0, 0, 0, 0, None],
    ]
    assert sbp["counts"] == [3, 3, 3, 3, 3, 3, 0]
    assert run(command(place, "compare", *names, "--align", "alarm:sbp-rise-warning")) == 0
    out = capsys.readouterr().out
    assert "B is left out. It has no alarm sbp-rise-warning." in out
    assert "(simulated)" in out
    assert run(command(place, "compare", *names, "--align", "observation:Hiccups")) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cohort", "--since", "2026-13-01"), "--since 2026-13-01: not a day"),
        (("compare", "a"), "1 sessions: 2 to 8 can be compared"),
        (("compare", "a", "b"), "There is no session a"),
        (("compare", "a", "b", "--align", "noon"), "--align noon: allowed are start"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(
    place: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command(place, *arguments)) == 2
    assert words in capsys.readouterr().err


def test_a_course_is_shown_with_the_peaks_of_its_visits(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [picture] = Courses(str(place)).courses_of("MRN-7")
    assert run(command(place, "courses", "show", picture.course, "--json")) == 0
    visits = json.loads(capsys.readouterr().out)["visits"]
    assert [one["peak_sbp_mmhg"] for one in visits] == [160, 150, 140, 130, None, None]
    assert run(command(place, "courses", "show", picture.course)) == 0
    assert "160/98" in capsys.readouterr().out
