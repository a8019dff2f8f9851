"""The names of facts that a field may come from, and what a wrong name is told.

A fact has a fixed name (``patient.birth_date``) or one of the patterns of `PATTERNS`
(``vital.sbp.at_40_min``). What each means is in ``docs/forms.md``.
"""

from __future__ import annotations

import re

from protocols.vitals import PRESSURES, Vital

PRESSURE = "bp"
"""Systolic over diastolic pressure of one determination, where a vital may be named."""

_NEVER_KEPT = (Vital.CUFF, Vital.PLETH, Vital.PI)

FIXED = (
    "session.id",
    "session.date",
    "session.room",
    "session.program",
    "session.observer",
    "session.signed_by",
    "patient.family_name",
    "patient.given_name",
    "patient.name",
    "patient.mrn",
    "patient.birth_date",
    "patient.sex",
    "patient.height_cm",
    "patient.weight_kg",
    "patient.allergies",
    "patient.visit",
    "patient.first_treatment",
    "protocol.title",
    "protocol.drug",
    "protocol.route",
    "dose.planned_mg",
    "dose.total_mg",
    "dose.each",
    "dose.given",
    "dose.lot",
    "dose.ordered_by",
    "dose.checked_by",
    "times.first_dose",
    "times.last_dose",
    "times.end",
    "times.first_dose_to_end_min",
    "times.first_dose_to_criteria_min",
    "vitals.acceptable_before",
    "vitals.acceptable_before_end",
    "effects.list",
    "effects.serious",
    "effects.serious_details",
    "ledger.drawn_mg",
    "ledger.wasted_mg",
    "integration.on",
    "integration.appointment",
    "site.name",
    "site.address",
    "site.city",
    "site.state",
    "site.postal_code",
    "site.provider_given_name",
    "site.provider_family_name",
    "site.phone",
    "site.email",
    "site.emergency_phone",
)
"""Names of facts that stand alone."""

_ID = r"([a-z0-9][a-z0-9-]*)"
_TERM = r"([a-z0-9][a-z0-9.-]*?)"

PATTERNS: dict[str, re.Pattern[str]] = {
    "vital.<vital>.before": re.compile(r"vital\.([a-z0-9]+)\.before"),
    "vital.<vital>.at_<n>_min": re.compile(r"vital\.([a-z0-9]+)\.at_(\d{1,3})_min"),
    "vital.<vital>.before_end": re.compile(r"vital\.([a-z0-9]+)\.before_end"),
    "score.<vital>.above_<n>": re.compile(r"score\.([a-z0-9]+)\.(above)_(\d{1,3})"),
    "score.<vital>.below_<n>": re.compile(r"score\.([a-z0-9]+)\.(below)_(\d{1,3})"),
    "effects.<term>": re.compile(rf"effects\.{_ID}"),
    "effects.<term>.onset": re.compile(rf"effects\.{_ID}\.(onset)"),
    "effects.<term>.resolution": re.compile(rf"effects\.{_ID}\.(resolution)"),
    "effects.<term>.severity": re.compile(rf"effects\.{_ID}\.(severity)"),
    "gate.<item>.text": re.compile(rf"gate\.{_TERM}\.(text)"),
    "gate.<item>": re.compile(rf"gate\.{_TERM}"),
    "discharge.<criterion>": re.compile(rf"discharge\.{_TERM}"),
    "checklist.<list>.<item>": re.compile(rf"checklist\.{_ID}\.{_ID}"),
    "scale.<scale>.total": re.compile(rf"scale\.{_TERM}\.(total)"),
    "scale.<scale>.result": re.compile(rf"scale\.{_TERM}\.(result)"),
}
"""Names of facts with a part that the form chooses."""


def match_of(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The pattern that `name` follows and its chosen parts; fixed names have none. Else None."""
    if name in FIXED:
        return name, ()
    for pattern, expression in PATTERNS.items():
        found = expression.fullmatch(name)
        if found is not None:
            return pattern, found.groups()
    return None


def what_is_wrong(name: str) -> str:
    """Why `name` is the name of no fact, and what is allowed; empty when it is one."""
    found = match_of(name)
    if found is not None:
        pattern, parts = found
        if not pattern.startswith(("vital.", "score.")):
            return ""
        known = [one for one in Vital if one not in _NEVER_KEPT]
        known = known if pattern.startswith("vital.") else [v for v in known if v not in PRESSURES]
        if parts[0] in known:
            return ""
        if pattern.startswith("vital.") and parts[0] == PRESSURE:
            return ""
        return f"“{parts[0]}” is no vital. Allowed: {', '.join(known)}."
    group = name.partition(".")[0]
    known_names = [one for one in (*FIXED, *PATTERNS) if one.startswith(f"{group}.")]
    if not known_names:
        groups = dict.fromkeys(one.partition(".")[0] for one in (*FIXED, *PATTERNS))
        return f"“{name}” is no fact. It begins with one of: {', '.join(groups)}."
    return f"“{name}” is no fact. Allowed: {', '.join(known_names)}."
