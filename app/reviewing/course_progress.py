"""When a course reached response, remission or relapse, by the definitions stored with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from protocols.courses.course import CourseView
from protocols.courses.facts import Score
from protocols.courses.outcome import judge_outcome
from protocols.courses.rules import CourseRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Something that the ratings of the primary scale reached for the first time.

    Attributes:
        name: ``response``, ``remission`` or ``relapse``.
        score: the rating by which it was reached.
    """

    name: str
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBound:
    """A total of the primary scale at which an outcome begins: at or `below` it, or from it on."""

    name: str
    total: float
    below: bool

    @property
    def words(self) -> str:
        """For people, for example ``response ≤ 9``."""
        words = f"{self.name} {'≤' if self.below else '≥'} {self.total:g}"
        return words if self.below else f"{words} after remission"


def first_dose(view: CourseView) -> datetime | None:
    """When the first dose of the course began; None before it."""
    given = [line.fact for line in view.visits if line.fact is not None]
    return min((fact.dose or fact.opened for fact in given), default=None)


def score_bounds(view: CourseView, rules: CourseRules) -> tuple[ScoreBound, ...]:
    """The totals of the primary scale at which response, remission and relapse begin.

    Response is counted from the course's baseline: there is no such total without one.
    """
    outcome = rules.outcome
    found = []
    baseline = view.outcome.baseline
    if baseline is not None and baseline.total:
        share = 1 - float(outcome.response_percent) / 100
        found.append(ScoreBound(name="response", total=baseline.total * share, below=True))
    bounds = outcome.of_scale(view.opened.scale)
    if bounds is not None:
        remission = float(bounds.remission_at_most)
        found.append(ScoreBound(name="remission", total=remission, below=True))
        if bounds.relapse_from is not None:
            relapse = float(bounds.relapse_from)
            found.append(ScoreBound(name="relapse", total=relapse, below=False))
    return tuple(found)


def milestones(view: CourseView, rules: CourseRules) -> tuple[Milestone, ...]:
    """Each outcome at the rating that reached it first, judged as the course judged it then.

    Remission counts as the course counts it: a total within the bound and below the baseline.
    """
    began = first_dose(view)
    scale = view.opened.scale
    reached: dict[str, Milestone] = {}
    known: list[Score] = []
    for score in view.scores:
        known.append(score)
        if score.scale != scale or score.total is None:
            continue
        outcome = judge_outcome(
            known, scale, rules.outcome, rules_version=rules.version, first_dose=began
        )
        change = outcome.change_percent
        facts = {
            "response": outcome.responded is True,
            "remission": outcome.in_remission is True and change is not None and change < 0,
            "relapse": outcome.relapsed is True,
        }
        for name, is_so in facts.items():
            if is_so and name not in reached:
                reached[name] = Milestone(name=name, score=score)
    return tuple(sorted(reached.values(), key=lambda one: one.score.taken))
