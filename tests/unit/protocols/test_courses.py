"""A course as it stands: position, dates, decisions, maintenance, exposure, what is due."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.courses.admission import refuse_entry
from protocols.courses.course import DECISION_ITEM, CourseView, VisitLine, VisitStanding
from protocols.courses.entries import (
    CheckAnswered,
    Choice,
    CourseClosed,
    DecisionTaken,
    DosePlanned,
    Entry,
    IntegrationDone,
    MaintenanceSet,
    ScoreTaken,
    TrialOutcome,
    TrialRecorded,
    VisitBooked,
    VisitMissed,
)
from protocols.courses.reminders import RatingStanding
from protocols.courses.spacing import SpacingKind, SpacingLimits, judge_spacing
from protocols.courses.standing import DueKind, course_line, course_standing, due_items
from protocols.courses.state import CourseState, fold_entries
from tests.unit.protocols.course_stories import (
    START,
    at,
    iso,
    opening,
    phq9,
    seen,
    session,
    template,
)

WHO = {"by": "N. Okafor RN", "at_utc": iso(at(0))}
MD = {**WHO, "prescriber": "P. Example MD", "reason": "as discussed"}
LIMITS = SpacingLimits(hard_h=Decimal(20), soft_h=Decimal(44))


def coming(view: CourseView) -> VisitLine:
    assert view.next is not None
    return view.next


# -- spacing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "kind"),
    [
        (-0.1, SpacingKind.HARD),
        (0, SpacingKind.HARD),
        (19.99, SpacingKind.HARD),
        (20, SpacingKind.SOFT),
        (43.99, SpacingKind.SOFT),
        (44, SpacingKind.CLEAR),
    ],
)
def test_spacing_at_its_bounds(hours: float, kind: SpacingKind) -> None:
    verdict = judge_spacing(START, at(hours), LIMITS)
    assert verdict.kind is kind
    assert bool(verdict.sentence) is (kind is not SpacingKind.CLEAR)


_RANK = {SpacingKind.HARD: 2, SpacingKind.SOFT: 1, SpacingKind.CLEAR: 0}


@given(st.floats(-1000, 1000), st.floats(0, 1000))
def test_waiting_never_makes_spacing_worse(hours: float, longer: float) -> None:
    earlier = judge_spacing(START, at(hours), LIMITS)
    later = judge_spacing(START, at(hours + longer), LIMITS)
    assert _RANK[later.kind] <= _RANK[earlier.kind]


def test_the_sentence_says_how_long_and_until_when() -> None:
    words = judge_spacing(START, at(19.99), LIMITS).sentence
    assert "19.9 h ago" in words
    assert "Wait until 2026-11-03 05:00" in words


# -- position and dates ----------------------------------------------------------------------------


def test_a_new_course_waits_for_its_first_visit() -> None:
    view = seen(-48)
    assert (view.position, view.planned, coming(view).position) == (0, 6, 1)
    assert course_line(view) == "visit 1 of 6 of twice-weekly-3wk; no dose in this record"


def test_after_two_doses_it_is_the_third_visit() -> None:
    view = seen(72 + 48, session(1, 0), session(2, 72, delivered_mg=Decimal(70)))
    assert course_line(view) == (
        "visit 3 of 6 of twice-weekly-3wk; last dose 2 days ago; 105.0 mg in 2 doses"
    )
    assert coming(view).due == at(168)


@given(
    hours=st.lists(st.integers(0, 2000), max_size=15, unique=True),
    positions=st.lists(st.integers(-3, 40), min_size=15, max_size=15),
)
def test_the_position_never_exceeds_what_is_planned(hours: list[int], positions: list[int]) -> None:
    facts = [
        session(number, hour, position=positions[number])
        for number, hour in enumerate(sorted(hours))
    ]
    view = seen(2001, *facts)
    assert 0 <= view.position <= view.planned
    assert view.exposure.doses == len(facts)
    given_at = [line.position for line in view.visits if line.fact is not None]
    assert given_at == sorted(set(given_at))
    assert len(given_at) == len(facts)


def test_a_session_that_gave_no_dose_is_no_visit() -> None:
    view = seen(80, session(1, 0), session(2, 72, dose=None, delivered_mg=None))
    assert view.position == 1


def test_a_visit_later_than_its_window_moves_the_ones_after_it() -> None:
    assert coming(seen(130, session(1, 0), session(2, 72 + 48))).due == at(168)
    assert coming(seen(130, session(1, 0), session(2, 72 + 49))).due == at(168 + 49)


def test_windows_make_a_visit_due_and_overdue() -> None:
    kinds = [coming(seen(h, session(1, 0))).standing for h in (47, 49, 119, 121)]
    assert kinds == [
        VisitStanding.PLANNED,
        VisitStanding.DUE,
        VisitStanding.DUE,
        VisitStanding.OVERDUE,
    ]


def test_only_the_visit_in_front_can_be_late() -> None:
    kinds = [line.standing for line in seen(400, session(1, 0)).visits]
    assert kinds == [VisitStanding.DONE, VisitStanding.OVERDUE, *[VisitStanding.PLANNED] * 4]


def test_a_booking_goes_before_the_plan_until_it_is_missed() -> None:
    booked = VisitBooked(position=2, planned_utc=iso(at(90)), **WHO)
    assert coming(seen(50, session(1, 0), entries=(booked,))).due == at(90)
    missed = VisitMissed(position=2, reason="ill", **{**WHO, "at_utc": iso(at(95))})
    view = seen(100, session(1, 0), entries=(booked, missed))
    assert (coming(view).due, coming(view).missed) == (at(72), ("ill",))


def test_a_course_begun_elsewhere_counts_from_where_it_is() -> None:
    view = seen(200, session(3, 168, position=3))
    assert [line.standing for line in view.visits[:3]] == [
        VisitStanding.ELSEWHERE,
        VisitStanding.ELSEWHERE,
        VisitStanding.DONE,
    ]
    assert coming(view).position == 4


def test_sessions_of_no_course_are_named_and_count_as_exposure() -> None:
    view = seen(100, session(1, 0), session(2, 72, course="", position=0))
    assert view.unattached == ("s2",)
    assert (view.position, view.exposure.doses) == (1, 2)


# -- decisions -------------------------------------------------------------------------------------


def test_four_more_follow_two_on_trial_only_by_decision() -> None:
    two = (session(1, 0), session(2, 72))
    assert not seen(80, two[0], name="two-then-four").decisions
    view = seen(80, *two, name="two-then-four")
    [decision] = view.decisions
    assert decision.id == "trial"
    assert "no rating yet" in decision.sentence
    assert course_standing(view).decision == decision.sentence
    taken = DecisionTaken(decision="trial", choice=Choice.CONTINUE, **MD)
    assert not seen(80, *two, name="two-then-four", entries=(taken,)).decisions


def test_a_decision_passed_in_the_next_session_is_not_asked_again() -> None:
    third = session(3, 168, passed=((DECISION_ITEM, "P. Example MD: it helped"),))
    view = seen(170, session(1, 0), session(2, 72), third, name="two-then-four")
    assert not view.decisions


def test_a_stopped_course_holds_until_a_later_decision() -> None:
    stop = DecisionTaken(decision="trial", choice=Choice.STOP, **MD)
    view = seen(80, session(1, 0), session(2, 72), name="two-then-four", entries=(stop,))
    assert [d.id for d in view.decisions] == ["stopped"]
    assert view.next is None
    again = DecisionTaken(
        decision="stopped", choice=Choice.CONTINUE, **{**MD, "at_utc": iso(at(90))}
    )
    resumed = seen(95, session(1, 0), session(2, 72), name="two-then-four", entries=(stop, again))
    assert coming(resumed).position == 3


def test_remission_asks_whether_the_course_ends() -> None:
    before = session(1, 0, scores=(phq9(20, -1),))
    name = "thrice-weekly-to-remission"
    assert not seen(40, before, session(2, 36, scores=(phq9(9, 35),)), name=name).decisions
    [decision] = seen(40, before, session(2, 36, scores=(phq9(4, 35),)), name=name).decisions
    assert decision.id == "remission"
    assert "20 → 4" in decision.sentence


def test_a_missed_visit_keeps_the_course_open_for_two_weeks() -> None:
    closes_h = 72 + 48
    inside = seen(closes_h + 14 * 24, session(1, 0))
    assert (inside.decisions, coming(inside).standing) == ((), VisitStanding.OVERDUE)
    [decision] = seen(closes_h + 14 * 24 + 1, session(1, 0)).decisions
    assert decision.id == "missed-2"
    taken = DecisionTaken(decision="missed-2", choice=Choice.CONTINUE, **MD)
    assert not seen(closes_h + 400, session(1, 0), entries=(taken,)).decisions


# -- maintenance, doses, exposure ------------------------------------------------------------------


def test_maintenance_grows_apart_by_steps() -> None:
    weekly = [session(n + 1, 168 * n) for n in range(4)]
    last_h = 504
    for number, interval_d in enumerate((14, 21, 28, 28), start=5):
        view = seen(last_h + 1, *weekly, name="maintenance")
        assert coming(view).due == at(last_h) + timedelta(days=interval_d)
        assert view.position == 4
        last_h += interval_d * 24
        weekly.append(session(number, last_h))
    assert seen(last_h, *weekly, name="maintenance").maintenance_given == 4


def test_no_interval_is_taken_where_a_prescriber_must_set_it() -> None:
    eight = [session(n + 1, v) for n, v in enumerate((0, 72, 168, 240, 336, 408, 504, 576))]
    four = [session(n + 9, 672 + 168 * n) for n in range(4)]
    decided = DecisionTaken(decision="benefit", choice=Choice.CONTINUE, **MD)
    view = seen(1200, *eight, *four, name="spravato-trd", entries=(decided,))
    assert coming(view).due is None
    assert "a prescriber sets it (7, 14 days)" in view.interval_problem
    assert [item.kind for item in due_items(view)][:1] != [DueKind.VISIT]
    chosen = MaintenanceSet(interval_d=14, **MD)
    set_view = seen(1200, *eight, *four, name="spravato-trd", entries=(decided, chosen))
    assert coming(set_view).due == at(1176 + 14 * 24)


def test_a_planned_step_up_is_shown_with_its_condition() -> None:
    view = seen(200, session(1, 0), session(2, 72), name="four-visit")
    assert coming(view).dose.startswith("0.5 to 0.75 mg/kg (more only if")
    own = DosePlanned(from_visit=3, dose_mg_per_kg=Decimal("0.4"), **MD)
    view = seen(200, session(1, 0), session(2, 72), name="four-visit", entries=(own,))
    assert coming(view).dose == "0.4 mg/kg, P. Example MD: as discussed"


def test_exposure_says_at_least_where_a_record_has_no_end() -> None:
    view = seen(31 * 24, session(1, 0), session(2, 72, whole=False))
    assert view.exposure.words == "at least 70.0 mg in 2 doses"
    assert (view.exposure.recent_doses, view.exposure.recent_mg) == (1, 35)
    assert 1.0 < view.exposure.months < 1.1


def test_adequate_trials_are_long_and_did_not_help() -> None:
    trials = [
        TrialRecorded(
            treatment="a", max_dose="1", weeks=6, outcome=TrialOutcome.NO_RESPONSE, **WHO
        ),
        TrialRecorded(
            treatment="b", max_dose="1", weeks=5, outcome=TrialOutcome.NO_RESPONSE, **WHO
        ),
        TrialRecorded(treatment="c", max_dose="1", weeks=9, outcome=TrialOutcome.RESPONSE, **WHO),
        TrialRecorded(treatment="d", max_dose="", weeks=None, outcome=TrialOutcome.UNKNOWN, **WHO),
    ]
    view = seen(0, entries=tuple(trials))
    assert (view.adequate_trials, view.trials_needed) == (1, 2)


# -- what is due -----------------------------------------------------------------------------------


def test_a_rating_is_due_after_a_day_until_it_is_made() -> None:
    def standing(now_h: float, *entries: Entry) -> RatingStanding:
        view = seen(now_h, session(1, 0), entries=entries)
        return next(r.standing for r in view.ratings if "24 h" in r.label)

    assert standing(20) is RatingStanding.UPCOMING
    assert standing(25) is RatingStanding.DUE
    assert standing(40) is RatingStanding.MISSED
    made = ScoreTaken(scale="phq-9", total=12, taken_utc=iso(at(26)), **WHO)
    assert standing(40, made) is RatingStanding.DONE


def test_the_next_dose_overtakes_a_rating() -> None:
    view = seen(200, session(1, 0), session(2, 72))
    of_first = {r.label: r.standing for r in view.ratings if r.position == 1}
    assert of_first["Rating 7 days after the dose"] is RatingStanding.SUPERSEDED


def test_a_mania_check_is_asked_unless_bipolar_disorder_is_excluded() -> None:
    def asked(bipolar: bool | None) -> bool:
        view = seen(200, session(1, 0), bipolar=bipolar)
        return any(rating.scale == "ymrs" for rating in view.ratings)

    assert (asked(True), asked(None), asked(False)) == (True, True, False)


def test_recurring_questions_come_every_three_months() -> None:
    def due(days: float, *entries: Entry) -> list[str]:
        items = due_items(seen(days * 24, session(1, 0), entries=entries))
        return [item.sentence for item in items if item.kind is DueKind.CHECK]

    assert due(89) == []
    assert len(due(91)) == 3
    day = (START + timedelta(days=80)).date().isoformat()
    answered = CheckAnswered(check="bladder", answer="yes", on=day, **WHO)
    assert len(due(91, answered)) == 2


def test_relapse_and_overdue_visits_stand_first() -> None:
    rated = session(1, 0, scores=(phq9(20, -1), phq9(3, 1), phq9(12, 80)))
    kinds = [item.kind for item in due_items(seen(130, rated))]
    assert kinds[:2] == [DueKind.OUTCOME, DueKind.VISIT]


def test_nothing_is_due_in_a_closed_course() -> None:
    closed = CourseClosed(reason="moved away", **WHO)
    view = seen(500, session(1, 0), entries=(closed,))
    assert (due_items(view), view.next, view.decisions) == ((), None, ())


# -- entries ---------------------------------------------------------------------------------------

ENTRIES: list[Entry] = [
    opening(),
    VisitBooked(position=2, planned_utc=iso(at(80)), **WHO),
    VisitMissed(position=2, reason="ill", **WHO),
    VisitBooked(position=2, planned_utc=iso(at(90)), **WHO),
    DecisionTaken(decision="trial", choice=Choice.CHANGE, **MD),
    ScoreTaken(scale="phq-9", total=9, taken_utc=iso(at(30)), **WHO),
    IntegrationDone(position=1, on="2026-11-03", **WHO),
    CheckAnswered(check="memory", answer="no", on="2026-11-03", **WHO),
    CourseClosed(reason="done", **WHO),
]


@given(st.lists(st.sampled_from(ENTRIES), max_size=20), st.data())
def test_batches_of_entries_make_no_difference(entries: list[Entry], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(entries)))
    whole = fold_entries(CourseState(), entries)
    parts = fold_entries(fold_entries(CourseState(), entries[:cut]), entries[cut:])
    assert whole == parts


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (VisitBooked(position=7, planned_utc=iso(at(80)), **WHO), "visits 1 to 6"),
        (VisitBooked(position=2, planned_utc="tomorrow", **WHO), "not a time"),
        (VisitBooked(position=3, planned_utc=iso(at(80)), **WHO), "moving it needs a reason"),
        (VisitMissed(position=2, reason=" ", **WHO), "Say why"),
        (
            DecisionTaken(decision="trial", choice=Choice.STOP, **{**MD, "prescriber": ""}),
            "Name the prescriber",
        ),
        (DecisionTaken(decision="trial", choice=Choice.STOP, **{**MD, "reason": ""}), "reason"),
        (MaintenanceSet(interval_d=14, **MD), "has no maintenance"),
        (ScoreTaken(scale="phq-9", total=None, taken_utc=iso(at(0)), **WHO), "Enter a total"),
        (IntegrationDone(position=1, on="3 Nov", **WHO), "YYYY-MM-DD"),
        (CourseClosed(reason="", **WHO), "needs a reason"),
        (opening(), "open already"),
    ],
)
def test_what_cannot_be_entered_is_refused_in_a_sentence(entry: Entry, words: str) -> None:
    booked = VisitBooked(position=3, planned_utc=iso(at(170)), **WHO)
    state = fold_entries(CourseState(), [opening(), booked])
    assert words in refuse_entry(template("twice-weekly-3wk"), state, entry)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"variant": ""}, "none chosen"),
        ({"scale": "ymrs"}, "cannot be the primary scale"),
        ({"scale": ""}, "Missing: primary scale"),
        ({"prescriber": " "}, "Missing: prescriber"),
        ({"first_date": "Monday"}, "YYYY-MM-DD"),
    ],
)
def test_an_opening_leaves_nothing_out(changes: dict[str, str], words: str) -> None:
    found = refuse_entry(template("twice-weekly-3wk"), CourseState(), opening(**changes))
    assert words in found
    assert not refuse_entry(template("twice-weekly-3wk"), CourseState(), opening())


def test_a_closed_course_takes_ratings_only() -> None:
    state = fold_entries(CourseState(), [opening(), CourseClosed(reason="done", **WHO)])
    wanted = template("twice-weekly-3wk")
    assert "closed" in refuse_entry(wanted, state, ENTRIES[1])
    assert not refuse_entry(wanted, state, ENTRIES[5])
