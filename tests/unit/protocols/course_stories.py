"""Courses made by hand: templates as shipped, openings, sessions and ratings at round times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from protocols.courses.course import CourseView, view_course
from protocols.courses.entries import CourseOpened, Entry
from protocols.courses.facts import Score, SessionFact
from protocols.courses.parse import parse_rules, parse_template
from protocols.courses.rules import CourseRules
from protocols.courses.state import CourseState, fold_entries
from protocols.courses.template import CourseTemplate

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
RULES_TEXT = (RESOURCES / "course-rules" / "standard.toml").read_text(encoding="utf-8")
RULES: CourseRules = parse_rules(RULES_TEXT, "rules")
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""A Monday, at the hour of the first dose."""


def template_text(name: str) -> str:
    return (RESOURCES / "courses" / f"{name}.toml").read_text(encoding="utf-8")


def template(name: str) -> CourseTemplate:
    return parse_template(template_text(name), name)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def opening(name: str = "twice-weekly-3wk", **changes: Any) -> CourseOpened:
    values: dict[str, Any] = {
        "by": "N. Okafor RN",
        "at_utc": iso(at(-72)),
        "course": "c1",
        "mrn": "004711",
        "patient": "Doe, Jane",
        "template_text": template_text(name),
        "rules_text": RULES_TEXT,
        "variant": template(name).variants[0].id,
        "first_date": START.date().isoformat(),
        "prescriber": "P. Example MD",
        "scale": "phq-9",
    }
    return CourseOpened(**{**values, **changes})


def session(number: int, hours: float, **changes: Any) -> SessionFact:
    """A whole session of the course with 35 mg, `hours` after the first dose."""
    values: dict[str, Any] = {
        "session": f"s{number}",
        "opened": at(hours - 1),
        "protocol": "iv-0.5-40",
        "dose": at(hours),
        "delivered_mg": Decimal(35),
        "course": "c1",
        "position": number,
    }
    return SessionFact(**{**values, **changes})


def phq9(total: int, hours: float, *, positive: bool | None = False) -> Score:
    return Score(scale="phq-9", taken=at(hours), total=total, positive=positive)


def seen(
    now_h: float,
    *facts: SessionFact,
    entries: tuple[Entry, ...] = (),
    name: str = "twice-weekly-3wk",
    **changes: Any,
) -> CourseView:
    """The course `now_h` hours after its first dose."""
    state = fold_entries(CourseState(), (opening(name, **changes), *entries))
    return view_course(template(name), RULES, state, facts, at(now_h))
