"""A course in words, as the bedside and the review both say it."""

from __future__ import annotations

from protocols.courses.course import CourseView, VisitLine
from protocols.courses.facts import Score
from protocols.courses.standing import course_line, exposure_line
from protocols.guardrails import amount_text


def course_sentences(view: CourseView, *, decisions: bool = True) -> list[str]:
    """What there is to know of the course before its tables; its open `decisions` where wanted."""
    opened = view.opened
    bipolar = {True: "bipolar disorder", False: "no bipolar disorder", None: "bipolar: not asked"}
    exposure = view.exposure
    told = [
        f"{course_line(view)}.",
        f"Prescriber {opened.prescriber}; {opened.indication or 'indication not given'}; "
        f"{bipolar[opened.bipolar]}.",
        f"All recorded doses: {exposure_line(exposure, view.now)}, over {exposure.months:.1f} "
        f"months; last 30 days: {amount_text(exposure.recent_mg)} mg in {exposure.recent_doses}.",
        view.outcome.sentence,
        *view.outcome.positive,
        f"Adequate earlier trials: {view.adequate_trials} of {view.trials_needed} needed.",
    ]
    if decisions:
        told += [f"Decision: {decision.sentence}" for decision in view.decisions]
    if view.interval_problem:
        told.append(view.interval_problem)
    told += [
        f"{check.question} Last answer: {check.last.answer} on {check.last.on}."
        for check in view.checks
        if check.last is not None and check.is_concern
    ]
    plan = view.state.relapse_plan
    if plan is not None:
        told.append(
            f"Relapse plan: signs {plan.warning_signs}; people {plan.support_people}; "
            f"maintenance when {plan.criteria}."
        )
    if view.unattached:
        told.append(f"Sessions outside any course meanwhile: {', '.join(view.unattached)}.")
    return told


def visit_row(line: VisitLine) -> tuple[str, ...]:
    """Number, standing, date, dose given, highest pressure, planned dose and notes of a visit."""
    fact = line.fact
    peak = given = ""
    notes = [f"missed: {reason}" for reason in line.missed]
    if line.dose:
        notes.insert(0, line.dose)
    if fact is not None:
        least = "" if fact.whole else "at least "
        given = (
            "not known"
            if fact.delivered_mg is None
            else (f"{least}{amount_text(fact.delivered_mg)} mg")
        )
        if fact.peak_sbp_mmhg is not None and fact.peak_dbp_mmhg is not None:
            peak = f"{fact.peak_sbp_mmhg:.0f}/{fact.peak_dbp_mmhg:.0f}"
        notes += _integration(line)
    date = "" if line.due is None else f"{line.due:%Y-%m-%d %H:%M}"
    stands = f"{line.standing}, appointment" if line.booked else str(line.standing)
    return str(line.position), stands, date, given, peak, "; ".join(notes)


def _integration(line: VisitLine) -> list[str]:
    if line.integration is not None:
        return [f"integration done {line.integration.on}"]
    if line.fact is not None and line.fact.integration:
        return [f"integration planned {line.fact.integration}"]
    return []


def score_row(score: Score) -> tuple[str, ...]:
    """When a rating was taken, on what scale, its total, and what it means."""
    total = "" if score.total is None else str(score.total)
    meaning = [score.band, *score.flags]
    if score.positive and not score.flags:
        meaning.append("an item on death or self-harm was positive")
    if score.positive is None:
        meaning.append("items on death or self-harm: not known")
    words = "; ".join(part for part in meaning if part)
    return f"{score.taken:%Y-%m-%d %H:%M}", score.scale.upper(), total, words
