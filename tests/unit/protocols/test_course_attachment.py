"""Sessions that name no course are made visits of one afterwards, as they followed in time."""

from __future__ import annotations

import pytest

from protocols.courses.admission import refuse_entry
from protocols.courses.attachment import refuse_attachment
from protocols.courses.entries import CourseClosed, Entry, SessionAttached
from protocols.courses.facts import SessionFact
from protocols.courses.state import CourseState, fold_entries
from tests.unit.protocols.course_stories import opening, seen, session, template

FIRST = session(1, 0)
OUTSIDE = session(2, 72, course="", position=0)


def attached(
    name: str = "s2", position: int = 2, reason: str = "run without it"
) -> SessionAttached:
    return SessionAttached(
        by="N. Okafor RN", at_utc="", session=name, position=position, reason=reason
    )


def refusal(
    entry: SessionAttached, *facts: SessionFact, others: dict[str, tuple[str, ...]] | None = None
) -> str:
    return refuse_attachment(entry, seen(400, *facts), facts, others or {})


def test_a_session_of_the_patient_with_a_dose_can_be_attached() -> None:
    assert refusal(attached(), FIRST, OUTSIDE) == ""
    view = seen(100, FIRST, OUTSIDE, entries=(attached(),))
    assert (view.position, view.unattached) == (2, ())


def test_a_later_visit_moves_up_when_the_one_before_it_is_attached() -> None:
    later = session(3, 168, position=2)
    assert refusal(attached(), FIRST, OUTSIDE, later) == ""
    view = seen(200, FIRST, OUTSIDE, later, entries=(attached(),))
    given = {line.position: line.fact.session for line in view.visits if line.fact is not None}
    assert given == {1: "s1", 2: "s2", 3: "s3"}


def test_an_attachment_can_be_corrected() -> None:
    facts = (OUTSIDE, FIRST)
    corrected = refuse_attachment(
        attached(position=3), seen(400, *facts, entries=(attached(),)), facts, {}
    )
    assert corrected == ""
    view = seen(100, *facts, entries=(attached(), attached(position=3)))
    assert view.visits[2].fact == OUTSIDE


@pytest.mark.parametrize(
    ("entry", "facts", "words"),
    [
        (attached("s9"), (FIRST, OUTSIDE), "s9 is no recorded session of the real patient"),
        (attached(""), (FIRST,), "(no session) is no recorded session"),
        (attached(), (FIRST, session(2, 72, dose=None, course="")), "No dose was given"),
        (attached("s1", 2), (FIRST,), "says itself that it is visit 1"),
        (attached(), (FIRST, session(2, 72, course="c2")), "is a visit of course c2 already"),
        (attached(position=1), (FIRST, OUTSIDE), "Visit 1, session s1, was before session s2"),
    ],
)
def test_what_is_no_visit_of_the_course_is_refused(
    entry: SessionAttached, facts: tuple[SessionFact, ...], words: str
) -> None:
    assert words in refusal(entry, *facts)


def test_a_session_attached_to_another_course_is_refused() -> None:
    assert "visit of course c7 already" in refusal(attached(), OUTSIDE, others={"c7": ("s2",)})


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (attached(reason=" "), "Say why"),
        (attached(position=0), "visits 1 to 6"),
        (attached(position=7), "visits 1 to 6"),
        (attached(), ""),
    ],
)
def test_an_attachment_names_a_visit_of_the_course_and_why(
    entry: SessionAttached, words: str
) -> None:
    state = fold_entries(CourseState(), (opening(),))
    said = refuse_entry(template("twice-weekly-3wk"), state, entry)
    assert (words in said) if words else said == ""


def test_a_closed_course_can_still_be_told_of_its_sessions() -> None:
    closed: tuple[Entry, ...] = (opening(), CourseClosed(by="N", at_utc="x", reason="done"))
    state = fold_entries(CourseState(), closed)
    assert refuse_entry(template("twice-weekly-3wk"), state, attached()) == ""
