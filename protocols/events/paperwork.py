"""Forms of the visit: what a person typed where the record of the session gives nothing."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.commands import Command
from protocols.events.terms import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAnswer:
    """One field of a form as typed.

    Attributes:
        field: id of the field within its form.
        label: the field as people read it.
        kind: ``text``, ``yes-no``, ``number`` or ``date``.
        value: what was typed; a date in ISO 8601.
    """

    field: str
    label: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillForm(Command):
    """Fields of a form that only a person knows; a later answer takes the place of an earlier."""

    form: str
    version: str
    answers: tuple[FormAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFilled(Output):
    """One field of a form, typed by `by`."""

    form: str
    version: str
    field: str
    label: str
    value: str
    by: str
