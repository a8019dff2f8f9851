"""A form or a sheet as frozen values: what is printed, and where each field comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    YES_NO = "yes-no"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A named fact that may fill a field.

    `only` is the one value that fills it, where another value of the fact leaves it open; else
    empty.
    """

    fact: str
    only: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A field is asked for only while another field of the form has this value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field.

    Attributes:
        id: unique name within the form.
        label: as people read it.
        kind: what it holds.
        sources: facts that may fill it, the first that is known does; empty where a person does.
        required: whether it counts as missing while nothing fills it.
        hint: how a person fills it.
        window_min: how far from its minute a reading may be, minutes, where a source names one.
        needed_if: the answer of another field that makes this one apply, or None.
        at_least: a number below is said to be low, or None.
    """

    id: str
    label: str
    kind: FieldKind
    sources: tuple[Source, ...] = ()
    required: bool = True
    hint: str = ""
    window_min: int = 5
    needed_if: Condition | None = None
    at_least: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSection:
    """Fields and fixed lines of text under one heading; the lines are printed first."""

    heading: str
    lines: tuple[str, ...] = ()
    fields: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form to be filled from the record, or a sheet to be handed out: versioned data.

    Attributes:
        id, version: together name it for ever.
        title: as printed.
        source: where wording and fields come from.
        review_date: by when somebody must look at it again.
        approved_by: who approved it; empty means not yet approved.
        protocols: for which protocols it is offered, as patterns of ids; empty: for all.
        notes: lines printed under the title.
        sections: what is printed, in order.
    """

    id: str
    version: str
    title: str
    source: tuple[str, ...]
    review_date: date
    approved_by: str
    protocols: tuple[str, ...]
    notes: tuple[str, ...]
    sections: tuple[FormSection, ...]

    @property
    def fields(self) -> tuple[FormField, ...]:
        """Every field, in the order of print."""
        return tuple(field for section in self.sections for field in section.fields)

    def field(self, name: str) -> FormField | None:
        """The field of that id, or None."""
        return next((field for field in self.fields if field.id == name), None)

    def is_for(self, protocol: str) -> bool:
        """Whether it is offered in a session of the protocol of that id."""
        return not self.protocols or any(fnmatchcase(protocol, one) for one in self.protocols)
