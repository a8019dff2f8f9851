"""Reads course templates and course rules: the whole file or every mistake in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

from pydantic import BaseModel

from protocols.courses.rules import CourseRules
from protocols.courses.template import CourseTemplate
from protocols.courses.template_file import RulesFile, SpacingTable, TemplateFile
from protocols.key_lines import Location
from protocols.problems import Complaint, RefusedFileError, problems_in, read_record


class CourseFileError(RefusedFileError):
    """A course template or rules file that cannot be used; `problems` lists every mistake."""


_File = TypeVar("_File", bound=BaseModel)


def parse_template(text: str, file: str) -> CourseTemplate:
    """The course template in the TOML `text`; `file` is its name for messages.

    Raises:
        CourseFileError: with every mistake: file, line, field and what is allowed there.
    """
    content = _read(TemplateFile, text, file)
    _refuse(text, file, list(_template_complaints(content)))
    return content.build()


def parse_rules(text: str, file: str) -> CourseRules:
    """The clinic's course rules in the TOML `text`; `file` is its name for messages.

    Raises:
        CourseFileError: with every mistake: file, line, field and what is allowed there.
    """
    content = _read(RulesFile, text, file)
    _refuse(text, file, list(_rules_complaints(content)))
    return content.build()


def _read(model: type[_File], text: str, file: str) -> _File:
    return read_record(text, file, model, CourseFileError, Decimal)


def _refuse(text: str, file: str, complaints: list[Complaint]) -> None:
    if complaints:
        raise CourseFileError(problems_in(text, file, complaints))


def _template_complaints(content: TemplateFile) -> Iterator[Complaint]:
    yield from _spacing_complaints(content.spacing)
    yield from _variant_complaints(content)
    for table, rows in (
        ("variant", content.variant),
        ("decision", content.decision),
        ("observation", content.observation),
    ):
        yield from _twice(table, [row.id for row in rows])
    longest = max(len(variant.offsets_h) for variant in content.variant)
    for index, decision in enumerate(content.decision):
        if (decision.after_visit is None) is not decision.on_remission:
            yield (
                ("decision", index),
                "either after_visit or on_remission = true says when it is asked",
            )
        elif decision.after_visit is not None and decision.after_visit >= longest:
            yield (
                ("decision", index, "after_visit"),
                f"visit {decision.after_visit}: a visit must follow, so at most {longest - 1}",
            )
    for index, observation in enumerate(content.observation):
        for visit in observation.visits:
            if visit > longest:
                yield ("observation", index, "visits"), f"visit {visit}: there are {longest}"
    yield from _dose_complaints(content, longest)
    maintenance = content.maintenance
    for step in [] if maintenance is None else maintenance.steps_d:
        if maintenance is not None and step not in maintenance.choices_d:
            yield ("maintenance", "steps_d"), f"{step} days is not among choices_d"


def _spacing_complaints(spacing: SpacingTable) -> Iterator[Complaint]:
    if spacing.soft_h < spacing.hard_h:
        yield (
            ("spacing", "soft_h"),
            f"{spacing.soft_h} h is below hard_h, {spacing.hard_h} h: it must be at least that",
        )


def _variant_complaints(content: TemplateFile) -> Iterator[Complaint]:
    hard_h = content.spacing.hard_h
    for index, variant in enumerate(content.variant):
        where: Location = ("variant", index, "offsets_h")
        if variant.offsets_h[0] != 0:
            yield where, f"the first visit is at {variant.offsets_h[0]} h: it must be at 0 h"
        for before, after in pairwise(variant.offsets_h):
            if after - before < hard_h:
                yield (
                    where,
                    f"{before} h and {after} h are {after - before} h apart: the hard limit of "
                    f"spacing is {hard_h} h",
                )


def _dose_complaints(content: TemplateFile, longest: int) -> Iterator[Complaint]:
    last = 0
    for index, step in enumerate(content.dose_step):
        where: Location = ("dose_step", index)
        if (step.dose_mg_per_kg is None) is (step.dose_mg is None):
            yield where, "either dose_mg_per_kg or dose_mg gives the dose"
        dose = step.dose_mg_per_kg or step.dose_mg
        if step.up_to is not None and dose is not None and step.up_to < dose:
            yield (*where, "up_to"), f"{step.up_to} is below the dose, {dose}"
        if not last < step.from_visit <= longest:
            yield (
                (*where, "from_visit"),
                f"visit {step.from_visit}: allowed is {last + 1} to {longest}, in rising order",
            )
        last = max(last, step.from_visit)


def _rules_complaints(content: RulesFile) -> Iterator[Complaint]:
    yield from _spacing_complaints(content.spacing)
    outcome = content.outcome
    if outcome.partial_percent >= outcome.response_percent:
        yield (
            ("outcome", "partial_percent"),
            f"{outcome.partial_percent} %: it must be below response_percent, "
            f"{outcome.response_percent} %",
        )
    yield from _twice("scale", [row.scale for row in content.scale], "scale")
    for index, scale in enumerate(content.scale):
        if scale.relapse_from is not None and scale.relapse_from <= scale.remission_at_most:
            yield (
                ("scale", index, "relapse_from"),
                f"{scale.relapse_from}: it must be above remission_at_most, "
                f"{scale.remission_at_most}",
            )
    yield from _twice("check", [row.id for row in content.check])
    for index, check in enumerate(content.check):
        for answer in check.concerns:
            if answer not in check.answers:
                yield ("check", index, "concerns"), f"{answer!r} is not among the answers"


def _twice(table: str, names: list[str], field: str = "id") -> Iterator[Complaint]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (table, index, field), f"{name!r} stands here twice"
