"""When ratings and recurring questions are due, and whether they were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from protocols.courses.entries import CheckAnswered
from protocols.courses.facts import Score
from protocols.courses.rules import RecurringCheck
from protocols.courses.template import Observation


class RatingStanding(StrEnum):
    """How one rating stands. ``superseded``: the next dose came before its time."""

    UPCOMING = "upcoming"
    DUE = "due"
    DONE = "done"
    MISSED = "missed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingReminder:
    """One rating that the template asks for: at which visit, when, until when, how it stands."""

    label: str
    scale: str
    position: int
    due: datetime
    closes: datetime
    standing: RatingStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReminder:
    """A recurring question: when it is due, and the last answer where there is one."""

    check: str
    question: str
    answers: tuple[str, ...]
    due: datetime
    last: CheckAnswered | None
    is_concern: bool


def rating_reminders(
    observations: Iterable[Observation],
    doses: Mapping[int, datetime],
    planned: Mapping[int, datetime],
    scores: Sequence[Score],
    *,
    scale: str,
    bipolar: bool | None,
    now: datetime,
) -> tuple[RatingReminder, ...]:
    """Every rating asked for by a dose given, or before one planned, in order of time.

    Args:
        observations: what the template asks for.
        doses: when the dose of each visit began, by position.
        planned: when the visits to come are due, by position.
        scores: the ratings of the patient.
        scale: the primary scale.
        bipolar: whether a bipolar disorder is known; None counts as not excluded.
        now: the present.
    """
    found = []
    for wanted in observations:
        if wanted.bipolar_only and bipolar is False:
            continue
        before = wanted.offset_h < 0
        times = {**planned, **doses} if before else doses
        for position, visit in times.items():
            if wanted.visits and position not in wanted.visits:
                continue
            due = visit + timedelta(hours=float(wanted.offset_h))
            window = timedelta(hours=float(wanted.window_h))
            closes = min(due + window, visit) if before else due + window
            later = [dose for p, dose in doses.items() if p > position]
            superseded = not before and bool(later) and min(later) <= due
            name = wanted.scale or scale
            made = any(
                score.scale == name and due - window <= score.taken <= closes for score in scores
            )
            standing = _standing(due, closes, now, made=made, superseded=superseded)
            found.append(
                RatingReminder(
                    label=wanted.label,
                    scale=name,
                    position=position,
                    due=due,
                    closes=closes,
                    standing=standing,
                )
            )
    return tuple(sorted(found, key=lambda one: (one.due, one.position)))


def _standing(
    due: datetime, closes: datetime, now: datetime, *, made: bool, superseded: bool
) -> RatingStanding:
    if made:
        return RatingStanding.DONE
    if superseded:
        return RatingStanding.SUPERSEDED
    if now < due:
        return RatingStanding.UPCOMING
    return RatingStanding.DUE if now <= closes else RatingStanding.MISSED


def check_reminders(
    checks: Iterable[RecurringCheck],
    answers: Mapping[str, CheckAnswered],
    first_dose: datetime | None,
) -> tuple[CheckReminder, ...]:
    """The recurring questions, counted from the last answer, else from the first dose."""
    if first_dose is None:
        return ()
    found = []
    for check in checks:
        last = answers.get(check.id)
        since = first_dose if last is None else _noon(last.on, first_dose)
        found.append(
            CheckReminder(
                check=check.id,
                question=check.question,
                answers=check.answers,
                due=since + timedelta(days=check.every_d),
                last=last,
                is_concern=last is not None and last.answer in check.concerns,
            )
        )
    return tuple(found)


def _noon(day: str, beside: datetime) -> datetime:
    """Noon of `day` in the zone of `beside`; `beside` itself where `day` is no date."""
    try:
        moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), beside.tzinfo)
    except ValueError:
        return beside
    return moment + timedelta(hours=12)
