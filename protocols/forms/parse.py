"""From the text of a form's file to the form, or to every mistake with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal

from pydantic import ValidationError

from protocols.forms.content import FieldKind, Form, FormField
from protocols.forms.form_file import FormFile
from protocols.forms.names import what_is_wrong
from protocols.key_lines import KeyLines, Location
from protocols.problems import Problem, RefusedFileError

_Mistake = tuple[Location, str]


class FormError(RefusedFileError):
    """A form's file that cannot be used; `problems` lists every mistake, in order of lines."""


def parse_form(text: str, file: str) -> Form:
    """The form or sheet that the TOML `text` holds; `file` is its name for messages.

    Raises:
        FormError: with every mistake, its line, its field and what is allowed.
    """
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError) as error:
        line = re.search(r"at line (\d+)", str(error))
        number = int(line[1]) if line else 1
        message = f"not valid TOML: {error}"
        raise FormError([Problem(file=file, line=number, field="", message=message)]) from error
    lines = KeyLines(text)
    try:
        content = FormFile.model_validate(document)
    except ValidationError as error:
        mistakes = [
            (_as_written(item["loc"]), _in_words(item["type"], item["msg"]))
            for item in error.errors(include_url=False)
        ]
        raise FormError([_problem(file, lines, *mistake) for mistake in mistakes]) from error
    found = list(_cross_check(content))
    if found:
        raise FormError([_problem(file, lines, *mistake) for mistake in found])
    return content.build()


def _as_written(location: Location) -> Location:
    return tuple("from" if part == "sources" else part for part in location)


def _in_words(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is not a known field here"
    return "is missing" if kind == "missing" else message


def _problem(file: str, lines: KeyLines, location: Location, message: str) -> Problem:
    field = ""
    for part in location:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else part
    return Problem(file=file, line=lines.line_of(location), field=field, message=message)


def _cross_check(content: FormFile) -> Iterator[_Mistake]:
    """Mistakes that no single field shows."""
    seen: dict[str, FormField] = {}
    for index, section in enumerate(content.section):
        if not section.lines and not section.field:
            yield ("section", index), "is empty: give it lines or a field"
        for number, table in enumerate(section.field):
            where: Location = ("section", index, "field", number)
            field = table.build()
            for source in field.sources:
                wrong = what_is_wrong(source.fact)
                if wrong:
                    yield (*where, "from"), wrong
            if field.id in seen:
                yield (*where, "id"), f"“{field.id}” stands here a second time"
            yield from _check_condition(where, field, seen)
            if field.at_least is not None and field.kind is not FieldKind.NUMBER:
                yield (*where, "at_least"), "belongs to a number; this field is none"
            seen.setdefault(field.id, field)


def _check_condition(
    where: Location, field: FormField, earlier: dict[str, FormField]
) -> Iterator[_Mistake]:
    condition = field.needed_if
    if condition is None:
        return
    other = earlier.get(condition.field)
    if other is None:
        yield (*where, "needed_if"), f"“{condition.field}” is no field before this one"
    elif other.kind is FieldKind.YES_NO and condition.value not in ("yes", "no"):
        yield (*where, "needed_if"), f"“{condition.value}” is not allowed: yes or no"
