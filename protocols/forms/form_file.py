"""What the file of a form or a sheet may say: the models that outside text must pass."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from protocols.forms.content import Condition, FieldKind, Form, FormField, FormSection, Source


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _only_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError("a number is needed")
    return Decimal(value)


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Line = Annotated[str, Field(min_length=1, max_length=1000)]
SourceText = Annotated[str, Field(min_length=1, max_length=200)]
KindName = Annotated[FieldKind, Field(strict=False)]
Comparison = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]* = \S.*$", max_length=200)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FieldTable(_Table):
    """One ``[[section.field]]``."""

    id: Name
    label: Text
    kind: KindName
    sources: Annotated[
        list[SourceText], BeforeValidator(_as_list), Field(alias="from", max_length=8)
    ] = []
    required: bool = True
    hint: Annotated[str, Field(max_length=400)] = ""
    window_min: Annotated[int, Field(ge=1, le=30)] = 5
    needed_if: Comparison | None = None
    at_least: Annotated[Decimal, Field(ge=0, le=10_000), BeforeValidator(_only_number)] | None = (
        None
    )

    def build(self) -> FormField:
        """The frozen value."""
        return FormField(
            id=self.id,
            label=self.label,
            kind=self.kind,
            sources=tuple(source_of(text) for text in self.sources),
            required=self.required,
            hint=self.hint,
            window_min=self.window_min,
            needed_if=None if self.needed_if is None else condition_of(self.needed_if),
            at_least=self.at_least,
        )


class SectionTable(_Table):
    """One ``[[section]]``."""

    heading: Text
    lines: list[Line] = []
    field: list[FieldTable] = []

    def build(self) -> FormSection:
        """The frozen value."""
        return FormSection(
            heading=self.heading,
            lines=tuple(self.lines),
            fields=tuple(one.build() for one in self.field),
        )


class FormFile(_Table):
    """The whole file."""

    id: Name
    version: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=12)]
    title: Text
    source: Annotated[list[Line], Field(min_length=1)]
    review_date: date
    approved_by: Annotated[str, Field(max_length=200)]
    protocols: list[Text] = []
    notes: list[Line] = []
    section: Annotated[list[SectionTable], Field(min_length=1)]

    def build(self) -> Form:
        """The frozen value."""
        return Form(
            id=self.id,
            version=self.version,
            title=self.title,
            source=tuple(self.source),
            review_date=self.review_date,
            approved_by=self.approved_by.strip(),
            protocols=tuple(self.protocols),
            notes=tuple(self.notes),
            sections=tuple(one.build() for one in self.section),
        )


def source_of(text: str) -> Source:
    """The source that ``gate.opioids`` or ``gate.depressants = no`` means."""
    fact, _, only = text.partition(" = ")
    return Source(fact=fact.strip(), only=only.strip())


def condition_of(text: str) -> Condition:
    """The condition that ``dissociation = yes`` means."""
    field, _, value = text.partition(" = ")
    return Condition(field=field.strip(), value=value.strip())
