"""From the text of a protocol file to its definition, or to every mistake with its line."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from pydantic import ValidationError

from protocols.composition import Origins
from protocols.definition.care_tables import check_care
from protocols.definition.concentration_table import check_concentration
from protocols.definition.content import ProtocolDefinition, in_sections
from protocols.definition.dose_tables import check_dose, check_slowing
from protocols.definition.protocol_file import ProtocolFile, ScheduleTable
from protocols.definition.scale_tables import check_scales
from protocols.guardrails import plain_text
from protocols.key_lines import KeyLines, Location
from protocols.problems import Problem, RefusedFileError

_Schema = Mapping[str, Any]
_Mistake = tuple[Location, str]


class DefinitionError(RefusedFileError):
    """A protocol file that cannot be used; `problems` lists every mistake, in order of lines."""


@lru_cache(maxsize=32)
def parse_protocol(text: str, file: str) -> ProtocolDefinition:
    """The definition that the TOML `text` holds; `file` is its name for messages.

    A text composed of several files tells each mistake with the file that holds it. What a text
    says is kept: rules, screen and review of a session ask for the same one.

    Raises:
        DefinitionError: with every mistake, its line, its field and what is allowed.
    """
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError) as error:
        raise DefinitionError([_syntax_problem(str(error), Origins(text, file))]) from error
    try:
        content = ProtocolFile.model_validate(document)
    except ValidationError as error:
        raise DefinitionError(_problems(text, file, _model_mistakes(error))) from error
    mistakes = list(_cross_check(content))
    if mistakes:
        raise DefinitionError(_problems(text, file, mistakes))
    return _build(content)


def _build(content: ProtocolFile) -> ProtocolDefinition:
    holds = content.build_holds()
    return ProtocolDefinition(
        id=content.id,
        version=content.version,
        title=content.title,
        drug=content.drug,
        drug_codes=tuple(one.build() for one in content.drug_code),
        route=content.route,
        source=tuple(content.source),
        review_date=content.review_date,
        approved_by=content.approved_by.strip(),
        minimum_age_years=content.minimum_age_years,
        dose=content.dose.build(),
        slow_percent=content.slow_percent or 100,
        limits_profile=content.limits_profile,
        guardrails=content.guardrails.build(),
        weight=content.weight.build(),
        gate=in_sections(
            one.build(prescriber_named=holds.prescriber_named) for one in content.gate
        ),
        start_limits=tuple(one.build() for one in content.start_limit),
        baseline=content.baseline.build(),
        schedule=tuple(one.build() for one in content.schedule),
        recheck=tuple(one.build() for one in content.recheck),
        recovery=content.recovery.build(),
        discharge=tuple(one.build() for one in content.discharge),
        quick_events=tuple(one.build() for one in content.quick_event),
        parts=tuple(one.build() for one in content.part),
        scales=tuple(one.build() for one in content.scale),
        scales_due=tuple(one.build() for one in content.scale_due),
        ledger=None if content.ledger is None else content.ledger.build(),
        holds=holds,
        care=content.build_care(),
        concentration=None if content.concentration is None else content.concentration.build(),
    )


def _syntax_problem(message: str, origins: Origins) -> Problem:
    said = re.search(r"at line (\d+)", message)
    file, line = origins.of_line(int(said[1]) if said else 1)
    message = message.replace(said[0], f"at line {line}") if said else message
    return Problem(file=file, line=line, field="", message=f"not valid TOML: {message}")


def _problems(text: str, file: str, mistakes: Iterable[_Mistake]) -> list[Problem]:
    lines, origins = KeyLines(text), Origins(text, file)
    return [_problem(origins, lines, *mistake) for mistake in mistakes]


def _problem(origins: Origins, lines: KeyLines, location: Location, message: str) -> Problem:
    file, line = origins.of_line(lines.line_of(location))
    field = ""
    for part in location:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else part
    return Problem(file=file, line=line, field=field, message=message)


def _model_mistakes(error: ValidationError) -> Iterator[_Mistake]:
    schema = _file_schema()
    for detail in error.errors(include_url=False):
        location: Location = detail["loc"]
        kind = detail["type"]
        if kind == "extra_forbidden":
            known = ", ".join(_schema_at(schema, location[:-1]).get("properties", ()))
            yield location, f"is not a known field here. Known: {known}."
        elif kind == "missing":
            yield location, f"is missing. Needed: {_allowed(_schema_at(schema, location), schema)}."
        else:
            allowed = _allowed(_schema_at(schema, location), schema)
            yield location, f"{_shown(detail['input'])} is not allowed. Allowed: {allowed}."


@cache
def _file_schema() -> _Schema:
    """The JSON schema of a whole file: slow to make, and always the same."""
    return ProtocolFile.model_json_schema()


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return plain_text(value) if value.is_finite() and abs(value) < 10**12 else str(value)
    if isinstance(value, bool):
        return str(value).lower()
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _schema_at(schema: _Schema, location: Location) -> _Schema:
    """The part of the JSON schema that describes `location`."""
    here = _resolved(schema, schema)
    for part in location:
        below = here.get("items") if isinstance(part, int) else here.get("properties", {}).get(part)
        if below is None:
            break
        here = _resolved(below, schema)
    return here


def _resolved(part: _Schema, schema: _Schema) -> _Schema:
    """`part` with references followed and the choice that is no null and no text for a number."""
    if "$ref" in part:
        return _resolved(schema["$defs"][part["$ref"].rsplit("/", 1)[1]], schema)
    if "anyOf" in part:
        return _resolved(next(one for one in part["anyOf"] if one.get("type") != "null"), schema)
    return part


_KINDS = {
    "boolean": "true or false",
    "object": "a table",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
}


def _allowed(part: _Schema, schema: _Schema) -> str:
    """What the schema `part` allows, in words."""
    if "enum" in part:
        return "one of " + ", ".join(str(one) for one in part["enum"])
    kind = part.get("type", "")
    if kind in ("number", "integer"):
        return _allowed_number(part)
    if kind == "array":
        low, high = part.get("minItems", 0), part.get("maxItems")
        count = (
            str(low) if low == high else f"{low} or more" if high is None else f"{low} to {high}"
        )
        return f"a list of {count}, each {_allowed(_resolved(part['items'], schema), schema)}"
    if part.get("format") == "date":
        return "a date such as 2027-11-30"
    if "pattern" in part:
        return f"a text that matches {part['pattern']}"
    if "maxLength" in part:
        return f"a text of {part.get('minLength', 0)} to {part['maxLength']} characters"
    if kind == "object":
        return "a table with " + ", ".join(part.get("properties", ()))
    return _KINDS.get(kind, "another value")


def _allowed_number(part: _Schema) -> str:
    words = _KINDS[part["type"]]
    if "exclusiveMinimum" in part:
        words += f" above {part['exclusiveMinimum']:g}"
    if "minimum" in part:
        words += f" from {part['minimum']:g}"
    return f"{words} up to {part['maximum']:g}" if "maximum" in part else words


def _cross_check(content: ProtocolFile) -> Iterator[_Mistake]:
    """Mistakes that no single field shows."""
    yield from check_dose(content.dose, content.guardrails)
    yield from check_slowing(content.dose, content.slow_percent)
    yield from _check_weight(content)
    yield from _check_answers(content)
    yield from _check_limits(content)
    yield from _check_schedule(content)
    yield from _check_unique(content)
    yield from check_scales(content)
    yield from _check_parts(content)
    yield from check_care(content)
    yield from check_concentration(content.concentration, content.minimum_age_years)
    if content.recovery.soft_minimum_min > content.recovery.minimum_min:
        limit = content.recovery.minimum_min
        yield ("recovery", "soft_minimum_min"), f"must not be above minimum_min {limit}."
    if content.baseline.bp_spacing_min_s > content.baseline.bp_spacing_max_s:
        limit = content.baseline.bp_spacing_max_s
        yield ("baseline", "bp_spacing_min_s"), f"must not be above bp_spacing_max_s {limit}."


def _check_weight(content: ProtocolFile) -> Iterator[_Mistake]:
    weight = content.weight
    if weight.change_soft_percent > weight.change_hard_percent:
        limit = plain_text(weight.change_hard_percent)
        yield ("weight", "change_soft_percent"), f"must not be above change_hard_percent {limit}."
    for name in ("pounds_ratio", "halved_ratio", "bmi"):
        yield from _check_pair(("weight", name), getattr(weight, name))


def _check_pair(location: Location, pair: Sequence[Decimal]) -> Iterator[_Mistake]:
    if pair[0] > pair[1]:
        shown = " to ".join(plain_text(one) for one in pair)
        yield location, f"{shown} runs backwards. Allowed: the lower value first."


def _check_answers(content: ProtocolFile) -> Iterator[_Mistake]:
    for index, item in enumerate(content.gate):
        where: Location = ("gate", index)
        yield from _check_subset((*where, "passes"), item.passes, "answers", item.answers)
        yield from _check_subset((*where, "needs_reason"), item.needs_reason, "passes", item.passes)
    for index, one in enumerate(content.discharge):
        where = ("discharge", index)
        yield from _check_subset((*where, "passes"), one.passes, "answers", one.answers)
        if sum(map(bool, (one.tests, one.answers, one.scale))) != 1:
            yield where, "needs one of tests (readings judge it), answers (a person) or scale."
        elif one.answers and not one.passes:
            yield (*where, "passes"), "is missing. Needed: the answers that meet the criterion."
        for number, test in enumerate(one.tests):
            if test.low is None and test.high is None and test.within_percent is None:
                yield (*where, "tests", number), "needs low, high or within_percent."


def _check_subset(
    location: Location, inner: Sequence[str], name: str, outer: Sequence[str]
) -> Iterator[_Mistake]:
    for one in inner:
        if one not in outer:
            yield location, f"“{one}” is none of {name}. Allowed: {', '.join(outer)}."


def _check_limits(content: ProtocolFile) -> Iterator[_Mistake]:
    for index, limit in enumerate(content.start_limit):
        where: Location = ("start_limit", index)
        pairs = list(_check_pair((*where, "go"), limit.go))
        pairs += _check_pair((*where, "soft"), limit.soft)
        yield from pairs
        if not pairs and not limit.soft[0] <= limit.go[0] <= limit.go[1] <= limit.soft[1]:
            allowed = " to ".join(plain_text(one) for one in limit.soft)
            yield (*where, "go"), f"must lie inside soft. Allowed: {allowed}."


def _check_schedule(content: ProtocolFile) -> Iterator[_Mistake]:
    for index, row in enumerate(content.schedule):
        where: Location = ("schedule", index)
        if not row.every and not row.at_min:
            yield where, "needs every (intervals) or at_min (minutes of the phase)."
        yield from _check_intervals((*where, "every"), row)
    items = {row.item for row in content.schedule}
    for index, recheck in enumerate(content.recheck):
        if recheck.item not in items:
            allowed = ", ".join(sorted(items))
            yield ("recheck", index, "item"), f"“{recheck.item}” is in no schedule: {allowed}."


def _check_intervals(location: Location, row: ScheduleTable) -> Iterator[_Mistake]:
    last_min = 0
    for number, one in enumerate(row.every):
        is_last = number == len(row.every) - 1
        if one.until_min is None:
            if not is_last:
                yield (*location, number), "only the last interval may go without until_min."
            return
        if one.until_min <= last_min:
            yield (*location, number), f"until_min must be above {last_min}."
        last_min = one.until_min


def _check_parts(content: ProtocolFile) -> Iterator[_Mistake]:
    """The parts named are those that are there."""
    present = [one.id for one in content.part]
    for name, count in Counter(content.parts).items():
        if count > 1:
            yield ("parts",), f"“{name}” stands here {count} times: each may stand once."
    for name in content.parts:
        if name not in present:
            there = ", ".join(present) or "none"
            yield ("parts",), f"“{name}” is not among the parts that follow. Present: {there}."
    for index, name in enumerate(present):
        if name not in content.parts:
            yield ("part", index, "id"), f"“{name}” is not named in parts."


def _check_unique(content: ProtocolFile) -> Iterator[_Mistake]:
    named: dict[str, list[str]] = {
        "gate": [one.id for one in content.gate],
        "start_limit": [str(one.vital) for one in content.start_limit],
        "schedule": [f"{one.phase}/{one.item}" for one in content.schedule],
        "recheck": [one.item for one in content.recheck],
        "discharge": [one.id for one in content.discharge],
        "quick_event": [one.id for one in content.quick_event],
        "part": [one.id for one in content.part],
    }
    for table, names in named.items():
        counts = Counter(names)
        for index, name in enumerate(names):
            if counts[name] > 1 and names.index(name) != index:
                yield (table, index), f"“{name}” stands here a second time: each may stand once."
