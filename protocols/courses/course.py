"""A course as it stands: where it is, what is due, what holds the next dose.

`view_course` is a pure function of the course's entries, the patient's recorded sessions and the
time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from protocols.courses.entries import CourseOpened, IntegrationDone
from protocols.courses.exposure import Exposure, sum_exposure
from protocols.courses.facts import Score, SessionFact
from protocols.courses.outcome import Outcome, OutcomeKind, judge_outcome
from protocols.courses.reminders import (
    CheckReminder,
    RatingReminder,
    check_reminders,
    rating_reminders,
)
from protocols.courses.rules import CourseRules
from protocols.courses.spacing import (
    SpacingKind,
    SpacingVerdict,
    judge_spacing,
    read_utc,
)
from protocols.courses.state import CourseState
from protocols.courses.template import CourseTemplate, PlannedVisit, Variant

DECISION_ITEM = "course/decision"
"""Gate item by which a prescriber passes the open decisions of a course in a session."""

SPACING_ITEM = "course/spacing"
"""Gate item by which a prescriber passes the soft limit of spacing in a session."""


class VisitStanding(StrEnum):
    """How one visit of a course stands.

    ``elsewhere``: a later visit is recorded, this one is not in this record.
    """

    DONE = "done"
    ELSEWHERE = "not in this record"
    PLANNED = "planned"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """One visit of a course.

    Attributes:
        due: when it is due, or was given; None where no time follows from anything.
        opens, closes: the window around it; None with `due`.
        booked: whether `due` is an appointment.
        missed: why it was missed, each time.
        fact: the session in which it was given.
        dose: the planned dose in words, or empty.
        integration: the integration session after it, where it took place.
    """

    position: int
    standing: VisitStanding
    due: datetime | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    booked: bool = False
    missed: tuple[str, ...] = ()
    fact: SessionFact | None = None
    dose: str = ""
    integration: IntegrationDone | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDecision:
    """A decision that holds the next dose until a prescriber takes it."""

    id: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseView:
    """A course at one moment.

    Attributes:
        position: visits given or passed by, never more than `planned`.
        planned: visits of the variant.
        visits: the planned ones, those of maintenance that were given, and the next of them.
        next: the visit to come; None where nothing is planned any more.
        maintenance_given: doses beyond the planned visits.
        interval_problem: why no date of maintenance can be told, or empty.
        decisions: decisions that hold the next dose.
        exposure: of the patient, in all recorded sessions.
        unattached: sessions with a dose in the time of the course that belong to no course.
    """

    opened: CourseOpened
    template: CourseTemplate
    variant: Variant
    state: CourseState
    now: datetime
    position: int
    planned: int
    visits: tuple[VisitLine, ...]
    next: VisitLine | None
    maintenance_given: int
    interval_problem: str
    decisions: tuple[OpenDecision, ...]
    exposure: Exposure
    ratings: tuple[RatingReminder, ...]
    checks: tuple[CheckReminder, ...]
    scores: tuple[Score, ...]
    outcome: Outcome
    adequate_trials: int
    trials_needed: int
    unattached: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether the course goes on."""
        return self.state.closed is None

    def spacing(self, wished: datetime) -> SpacingVerdict:
        """Whether a dose at `wished` is far enough from the patient's last one."""
        if self.exposure.last is None:
            return SpacingVerdict(kind=SpacingKind.CLEAR)
        return judge_spacing(self.exposure.last, wished, self.template.spacing)


def view_course(
    template: CourseTemplate,
    rules: CourseRules,
    state: CourseState,
    facts: Sequence[SessionFact],
    now: datetime,
) -> CourseView:
    """The course at `now`; days are those of the zone of `now`.

    Args:
        template: as it was when the course was opened.
        rules: the clinic's rules as they were then.
        state: the folded entries; the first must be the opening.
        facts: every recorded session of the patient, in any order.
        now: an aware time.

    Raises:
        ValueError: the entries begin with no opening, or name a variant that is not there.
    """
    opened = state.opened
    variant = None if opened is None else template.variant(opened.variant)
    if opened is None or variant is None:
        raise ValueError("a course begins with its opening, in a variant of its template")
    given = _positions(opened, state, facts)
    scores = _scores(state, facts, opened, now)
    first_dose = min((_dose(fact) for fact in given.values()), default=None)
    outcome = judge_outcome(
        scores,
        opened.scale,
        rules.outcome,
        rules_version=f"{rules.id} {rules.version}",
        first_dose=first_dose,
    )
    plan = _Plan(template, variant, state, opened, given, now)
    visits = plan.visits()
    coming = next((visit for visit in visits if visit.fact is None and plan.is_coming(visit)), None)
    exposure = sum_exposure(facts, now)
    return CourseView(
        opened=opened,
        template=template,
        variant=variant,
        state=state,
        now=now,
        position=min(plan.last, plan.planned),
        planned=plan.planned,
        visits=visits,
        next=coming,
        maintenance_given=sum(1 for position in given if position > plan.planned),
        interval_problem=plan.interval_problem,
        decisions=_decisions(plan, coming, outcome),
        exposure=exposure,
        ratings=_ratings(plan, visits, scores, opened),
        checks=check_reminders(rules.checks, state.checks, exposure.first),
        scores=scores,
        outcome=outcome,
        adequate_trials=adequate_trials(state, rules),
        trials_needed=rules.trials.needed,
        unattached=_unattached(state, facts, opened),
    )


def _ratings(
    plan: _Plan, visits: Sequence[VisitLine], scores: Sequence[Score], opened: CourseOpened
) -> tuple[RatingReminder, ...]:
    to_come = [v for v in visits if v.fact is None and plan.is_coming(v)]
    return rating_reminders(
        plan.template.observations,
        {position: _dose(fact) for position, fact in plan.given.items()},
        {visit.position: visit.due for visit in to_come if visit.due is not None},
        scores,
        scale=opened.scale,
        bipolar=opened.bipolar,
        now=plan.now,
    )


def adequate_trials(state: CourseState, rules: CourseRules) -> int:
    """Earlier treatments that lasted long enough and did not bring remission or response.

    A trial of unknown length or outcome is not counted.
    """
    return sum(
        1
        for trial in state.trials
        if trial.weeks is not None
        and trial.weeks >= rules.trials.minimum_weeks
        and trial.outcome == "no response"
    )


def _dose(fact: SessionFact) -> datetime:
    return fact.opened if fact.dose is None else fact.dose


def _belongs(fact: SessionFact, state: CourseState, opened: CourseOpened) -> bool:
    return fact.session in state.attached or fact.course == opened.course


def _positions(
    opened: CourseOpened, state: CourseState, facts: Sequence[SessionFact]
) -> dict[int, SessionFact]:
    """The doses of the course by position: as named, but always rising with time."""
    given: dict[int, SessionFact] = {}
    last = 0
    mine = [f for f in facts if f.dose is not None and _belongs(f, state, opened)]
    for fact in sorted(mine, key=_dose):
        named = state.attached.get(fact.session, fact.position)
        last = named if named > last else last + 1
        given[last] = fact
    return given


def _scores(
    state: CourseState, facts: Sequence[SessionFact], opened: CourseOpened, now: datetime
) -> tuple[Score, ...]:
    """Ratings of sessions and of between, in order of time."""
    found = [score for fact in facts for score in fact.scores]
    for entry in state.scores:
        taken = read_utc(entry.taken_utc)
        if taken is not None:
            found.append(
                Score(
                    scale=entry.scale,
                    taken=taken.astimezone(now.tzinfo),
                    total=entry.total,
                    positive=entry.positive,
                    band=entry.note,
                    by=entry.by,
                )
            )
    return tuple(sorted(found, key=lambda score: score.taken))


def _unattached(
    state: CourseState, facts: Sequence[SessionFact], opened: CourseOpened
) -> tuple[str, ...]:
    since = read_utc(opened.at_utc)
    return tuple(
        fact.session
        for fact in sorted(facts, key=_dose)
        if fact.dose is not None
        and not fact.course
        and not _belongs(fact, state, opened)
        and since is not None
        and fact.dose >= since
    )


class _Plan:
    """The dates of a course: what was given moves what is planned."""

    def __init__(
        self,
        template: CourseTemplate,
        variant: Variant,
        state: CourseState,
        opened: CourseOpened,
        given: dict[int, SessionFact],
        now: datetime,
    ) -> None:
        self.template, self.variant, self.state = template, variant, state
        self.given, self.now = given, now
        self.planned = len(variant.visits)
        self.last = max(given, default=0)
        self.anchor = self._anchor(opened)
        self.interval_problem = ""

    def is_coming(self, visit: VisitLine) -> bool:
        """Whether the visit is still to be given."""
        ended = self.state.closed is not None or self.state.stopped is not None
        return visit.position > self.last and not ended

    def _anchor(self, opened: CourseOpened) -> datetime:
        """Time zero of the offsets. A dose later than its window moves those after it."""
        day = date.fromisoformat(opened.first_date)
        anchor = datetime.combine(day, time(12), self.now.tzinfo)
        started = False
        for visit in self.variant.visits:
            fact = self.given.get(visit.position)
            if fact is None:
                continue
            offset = timedelta(hours=float(visit.offset_h))
            late = timedelta(hours=float(visit.after_h))
            if not started or _dose(fact) > anchor + offset + late:
                anchor = _dose(fact) - offset
            started = True
        return anchor

    def visits(self) -> tuple[VisitLine, ...]:
        lines = [self._line(visit) for visit in self.variant.visits]
        beyond = sorted(position for position in self.given if position > self.planned)
        lines += [self._given(position) for position in beyond]
        if self.last >= self.planned and self.template.maintenance is not None:
            lines.append(self._maintenance_line(max(self.last, self.planned) + 1))
        return tuple(lines)

    def _line(self, visit: PlannedVisit) -> VisitLine:
        if visit.position in self.given:
            return self._given(visit.position)
        if visit.position < self.last:
            return VisitLine(position=visit.position, standing=VisitStanding.ELSEWHERE)
        due = self.anchor + timedelta(hours=float(visit.offset_h))
        return self._coming(visit.position, due.astimezone(self.now.tzinfo), visit)

    def _coming(self, position: int, due: datetime | None, visit: PlannedVisit) -> VisitLine:
        booking = self.state.bookings.get(position)
        booked = None if booking is None else read_utc(booking.planned_utc)
        if booked is not None:
            due = booked.astimezone(self.now.tzinfo)
        opens = closes = None
        standing = VisitStanding.PLANNED
        follows = position > self.last + 1  # cannot be late before the visit in front of it
        if due is not None:
            opens = due - timedelta(hours=float(visit.before_h))
            closes = due + timedelta(hours=float(visit.after_h))
            if follows:
                standing = VisitStanding.PLANNED
            elif self.now > closes:
                standing = VisitStanding.OVERDUE
            elif self.now >= opens:
                standing = VisitStanding.DUE
        return VisitLine(
            position=position,
            standing=standing,
            due=due,
            opens=opens,
            closes=closes,
            booked=booked is not None,
            missed=tuple(m.reason for m in self.state.missed if m.position == position),
            dose=self._dose_words(position),
        )

    def _given(self, position: int) -> VisitLine:
        fact = self.given[position]
        done = [one for one in self.state.integrations if one.position == position]
        return VisitLine(
            position=position,
            standing=VisitStanding.DONE,
            due=_dose(fact),
            fact=fact,
            missed=tuple(m.reason for m in self.state.missed if m.position == position),
            dose=self._dose_words(position),
            integration=done[-1] if done else None,
        )

    def _maintenance_line(self, position: int) -> VisitLine:
        interval_d = self._interval_d(position)
        last = self.given.get(self.last)
        due = None
        if interval_d is not None and last is not None:
            due = _dose(last) + timedelta(days=interval_d)
        return self._coming(position, due, self.variant.visits[-1])

    def _interval_d(self, position: int) -> int | None:
        """Days to the visit of maintenance at `position`; None: by need, or not set yet."""
        plan, chosen = self.template.maintenance, self.state.maintenance
        if plan is None:
            return None
        if chosen is not None:
            self.interval_problem = "" if chosen.interval_d else "Maintenance by need."
            return chosen.interval_d
        if not plan.steps_d:
            choices = ", ".join(str(days) for days in plan.choices_d)
            self.interval_problem = (
                f"The interval of maintenance is not set: a prescriber sets it ({choices} days"
                f"{', or by need' if plan.by_need else ''})."
            )
            return None
        step = min(position - self.planned, len(plan.steps_d)) - 1
        return plan.steps_d[step]

    def _dose_words(self, position: int) -> str:
        own = self.state.dose_plan(position)
        if own is not None:
            amount = f"{own.dose_mg} mg" if own.dose_mg else f"{own.dose_mg_per_kg} mg/kg"
            return f"{amount}, {own.prescriber}: {own.reason}"
        step = self.template.step_at(min(position, self.planned))
        if step is None:
            return ""
        unit = "mg" if step.dose_mg else "mg/kg"
        bound = f" to {step.up_to}" if step.up_to else ""
        condition = f" ({step.condition})" if step.condition else ""
        return f"{step.dose_mg or step.dose_mg_per_kg}{bound} {unit}{condition}"


def _decisions(plan: _Plan, coming: VisitLine | None, outcome: Outcome) -> tuple[OpenDecision, ...]:
    """What a prescriber must decide before the next dose."""
    state = plan.state
    if state.closed is not None:
        return ()
    stop = state.stopped
    if stop is not None:
        words = f"{stop.prescriber} stopped the course: {stop.reason}"
        return (OpenDecision(id="stopped", sentence=_sentence(words)),)
    found = []
    for gate in plan.template.decisions:
        if gate.id in state.decisions:
            continue
        if gate.on_remission:
            asked = outcome.kind is OutcomeKind.REMISSION
            since = None if outcome.latest is None else outcome.latest.taken
            passed = any(
                _passes(fact) and since is not None and _dose(fact) > since
                for fact in plan.given.values()
            )
        else:
            after = gate.after_visit or 0
            asked = plan.last >= after
            passed = any(p > after and _passes(fact) for p, fact in plan.given.items())
        if asked and not passed:
            found.append(OpenDecision(id=gate.id, sentence=f"{gate.question} {outcome.sentence}"))
    lapsed = _lapsed(plan, coming)
    return (*found, *lapsed)


def _passes(fact: SessionFact) -> bool:
    return any(item == DECISION_ITEM for item, _reason in fact.passed)


def _lapsed(plan: _Plan, coming: VisitLine | None) -> tuple[OpenDecision, ...]:
    """The decision that a visit asks for which was missed longer ago than the course tolerates."""
    if coming is None or coming.closes is None or coming.position > plan.planned:
        return ()
    name = f"missed-{coming.position}"
    if plan.last == 0 or name in plan.state.decisions:
        return ()
    since = [coming.closes]
    for missed in plan.state.missed:
        moment = read_utc(missed.at_utc)
        if missed.position == coming.position and moment is not None:
            since.append(moment)
    tolerance_d = plan.template.missed_tolerance_d
    if plan.now <= max(since) + timedelta(days=tolerance_d):
        return ()
    sentence = (
        f"Visit {coming.position} was due {coming.due:%Y-%m-%d}, more than {tolerance_d} days ago: "
        "a prescriber decides whether the course goes on."
    )
    return (OpenDecision(id=name, sentence=sentence),)


def _sentence(words: str) -> str:
    return words if words.endswith((".", "?", "!")) else f"{words}."
