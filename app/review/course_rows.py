"""The visits of a course and its side effects as rows of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.bedside.wording import signed
from app.reviewing.visit_pictures import VisitPicture
from protocols.courses.course import VisitLine
from protocols.guardrails import amount_text
from protocols.vitals import NS_PER_S, VITALS, Vital

VISIT_HEADINGS = (
    "Visit",
    "Date",
    "Ordered",
    "Given",
    "SBP peak",
    "DBP peak",
    "HR peak",
    "Beyond warning",
    "Alarms",
    "Discharge",
    "Side effects",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit that was given, its picture once it was read, and why it could not be read."""

    line: VisitLine
    session: str
    picture: VisitPicture | None = None
    problem: str = ""


def visit_rows(visits: Sequence[Visit]) -> list[tuple[str, ...]]:
    """A row for each visit, in the order of `VISIT_HEADINGS`."""
    return [_row(visit) for visit in visits]


def _row(visit: Visit) -> tuple[str, ...]:
    line, picture = visit.line, visit.picture
    fact = line.fact
    date = "" if line.due is None else f"{line.due:%Y-%m-%d %H:%M}"
    given = "--"
    if fact is not None and fact.delivered_mg is not None:
        given = f"{'' if fact.whole else 'at least '}{amount_text(fact.delivered_mg)} mg"
    if picture is None:
        words = visit.problem or "being read"
        return (str(line.position), date, "", given, words, *[""] * 6)
    ordered = picture.trace.ordered_mg
    return (
        str(line.position),
        date,
        "--" if ordered is None else f"{ordered:g} mg",
        given,
        *(_peak(picture, vital) for vital in (Vital.SBP, Vital.DBP, Vital.HR)),
        _beyond(picture),
        f"{picture.alarms} · {picture.technical_alarms} technical",
        "not discharged" if picture.discharged_min is None else f"{picture.discharged_min:.0f} min",
        ", ".join(f"{label} {one.words}" for label, one in picture.effects.items()) or "none",
    )


def _peak(picture: VisitPicture, vital: Vital) -> str:
    spec = VITALS[vital]
    found = next((one.rise for one in picture.figures.rises if one.vital is vital), None)
    if found is None or found.peak is None:
        return "--"
    rise = "no baseline"
    if found.peak_rise is not None:
        rise = f"{signed(found.peak_rise)} from {spec.format(found.baseline)}"
    began = picture.figures.started_ns
    minute = ""
    if found.peak_ns is not None and began is not None:
        minute = f", {(found.peak_ns - began) / NS_PER_S / 60:.0f} min"
    return f"{spec.format(found.peak)} ({rise}{minute})"


def _beyond(picture: VisitPicture) -> str:
    """Minutes beyond the warning limit that was met longest, for each vital."""
    parts = []
    for vital in (Vital.SBP, Vital.DBP, Vital.HR):
        tier = picture.warning(vital)
        minutes = "--" if tier is None else f"{tier.above_ns / NS_PER_S / 60:.0f}"
        parts.append(f"{VITALS[vital].label} {minutes}")
    return f"{' · '.join(parts)} min"


def effect_table(visits: Sequence[Visit]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of the side effects over visits: each label by visit, the worst entry.

    An empty cell says that nothing was entered; of a visit that could not be read nothing is known.
    """
    labels = dict.fromkeys(
        label for visit in visits if visit.picture is not None for label in visit.picture.effects
    )
    headings = ("Side effect or event", *(f"Visit {visit.line.position}" for visit in visits))
    rows = [(label, *(_effect(visit, label) for visit in visits)) for label in sorted(labels)]
    return headings, rows


def _effect(visit: Visit, label: str) -> str:
    if visit.picture is None:
        return "not read"
    found = visit.picture.effects.get(label)
    return "" if found is None else found.words
