"""Filling a form: every field with its value and what proves it, or plainly missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from protocols.events import FormFilled
from protocols.forms.content import FieldKind, Form, FormField
from protocols.forms.facts import Facts
from protocols.forms.said import Fact, minute_of
from protocols.wall_clock import is_iso_date

LONGEST_TEXT = 300
"""Characters that may be typed into a field."""

_NUMBER = re.compile(r"\d{1,6}(\.\d{1,3})?")


class Standing(StrEnum):
    """How a field stands.

    ``missing`` counts; ``open`` is not known either, and is not required; ``not-needed`` does not
    apply, by the answer of another field.
    """

    RECORDED = "recorded"
    TYPED = "typed"
    MISSING = "missing"
    OPEN = "open"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledField:
    """One field as it stands.

    Attributes:
        field: which one.
        standing: how it stands.
        value: what is printed; empty exactly when nothing is known or needed.
        evidence: what proves the value, or why there is none.
        caution: what a reader must know of the value besides, or empty.
    """

    field: FormField
    standing: Standing
    value: str = ""
    evidence: str = ""
    caution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """A form with every field as it stands, in the order of print."""

    form: Form
    fields: tuple[FilledField, ...]

    @property
    def missing(self) -> tuple[FilledField, ...]:
        """The required fields that nothing fills."""
        return tuple(one for one in self.fields if one.standing is Standing.MISSING)

    @property
    def needed(self) -> int:
        """How many fields apply and are required."""
        return sum(
            1
            for one in self.fields
            if one.field.required and one.standing is not Standing.NOT_NEEDED
        )

    @property
    def count_text(self) -> str:
        """``4 of 31 fields missing``."""
        return f"{len(self.missing)} of {self.needed} fields missing"

    def get(self, name: str) -> FilledField:
        """The field of that id; KeyError where the form has none."""
        for one in self.fields:
            if one.field.id == name:
                return one
        raise KeyError(name)


def fill(form: Form, facts: Facts, typed: Mapping[str, FormFilled] | None = None) -> FilledForm:
    """Fill `form` from `facts`; `typed` stands where they say nothing, by field.

    What the record says is never replaced by what was typed: both are shown.
    """
    done: dict[str, FilledField] = {}
    for field in form.fields:
        done[field.id] = _fill_one(field, facts, (typed or {}).get(field.id), done)
    return FilledForm(form=form, fields=tuple(done.values()))


def typed_into(form: Form, facts: Facts) -> dict[str, FormFilled]:
    """What the record says was typed into `form`, by field."""
    return {field: event for (name, field), event in facts.record.typed.items() if name == form.id}


def _fill_one(
    field: FormField, facts: Facts, typed: FormFilled | None, done: Mapping[str, FilledField]
) -> FilledField:
    needed, why = _is_needed(field, done)
    if needed is False:
        return FilledField(field=field, standing=Standing.NOT_NEEDED, evidence=why)
    recorded, lacks = _from_record(field, facts)
    if recorded is not None:
        caution = _low(field, recorded.value)
        if typed is not None and typed.value != recorded.value:
            caution = _joined(caution, f"{typed.by} typed “{typed.value}”")
        return FilledField(
            field=field,
            standing=Standing.RECORDED,
            value=recorded.value,
            evidence=recorded.evidence,
            caution=caution,
        )
    if typed is not None:
        at = minute_of(facts.record, typed.t_ns)
        return FilledField(
            field=field,
            standing=Standing.TYPED,
            value=typed.value,
            evidence=f"typed by {typed.by} {at}",
            caution=_low(field, typed.value),
        )
    standing = Standing.MISSING if field.required else Standing.OPEN
    return FilledField(field=field, standing=standing, evidence=why or lacks)


def _is_needed(field: FormField, done: Mapping[str, FilledField]) -> tuple[bool | None, str]:
    """Whether the field applies (None: not known yet), and a reason where it may not."""
    condition = field.needed_if
    if condition is None:
        return True, ""
    other = done[condition.field]
    label = other.field.label
    if other.standing is Standing.NOT_NEEDED:
        return False, f"not asked: {label} is not asked"
    if not other.value:
        return None, f"depends on: {label}"
    if other.value == condition.value:
        return True, ""
    return False, f"{label}: {other.value}"


def _from_record(field: FormField, facts: Facts) -> tuple[Fact | None, str]:
    """The first fact that fills the field, or why none does."""
    lacks: list[str] = []
    for source in field.sources:
        answer = facts.find(source.fact, field.window_min)
        if not isinstance(answer, Fact):
            lacks.append(answer.why)
        elif source.only and answer.value != source.only:
            lacks.append(
                f"the record says “{answer.value}” ({answer.evidence}), which decides less"
            )
        elif what_is_wrong_with(field.kind, answer.value):
            lacks.append(f"the record says “{answer.value}” ({answer.evidence})")
        else:
            return answer, ""
    return None, "; ".join(dict.fromkeys(lacks)) or "only a person knows"


def _low(field: FormField, value: str) -> str:
    if field.at_least is None or Decimal(value) >= field.at_least:
        return ""
    return f"below {field.at_least}"


def _joined(first: str, second: str) -> str:
    return "; ".join(part for part in (first, second) if part)


def what_is_wrong_with(kind: FieldKind | str, value: str) -> str:
    """Why `value` is no answer to a field of `kind`, as a sentence; empty when it is one."""
    if not value.strip():
        return "Nothing was typed."
    if len(value) > LONGEST_TEXT:
        return f"{len(value)} characters were typed: allowed are {LONGEST_TEXT}."
    if kind == FieldKind.YES_NO:
        return "" if value in ("yes", "no") else f"“{value}” is not allowed: yes or no."
    if kind == FieldKind.NUMBER:
        return _wrong_number(value)
    if kind == FieldKind.DATE:
        return "" if is_iso_date(value) else f"“{value}” is no date: write it as 2027-11-30."
    return "" if kind == FieldKind.TEXT else f"“{kind}” is no kind of field."


def _wrong_number(value: str) -> str:
    try:
        Decimal(value)
    except InvalidOperation:
        return f"“{value}” is no number: write it with a decimal point."
    return "" if _NUMBER.fullmatch(value) else f"“{value}” is no number from 0 to 999999."
