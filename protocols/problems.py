"""What is wrong with a file that people write: every mistake, with where it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from protocols.key_lines import KeyLines, Location

Record = TypeVar("Record", bound=BaseModel)

Complaint = tuple[Location, str]
"""Where in a file something is wrong, and what is allowed there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a file: where it stands, in which field, and what is allowed."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return f"{where}{self.field}: {self.message}" if self.field else where + self.message


class RefusedFileError(ValueError):
    """A file that cannot be used.

    Attributes:
        problems: every mistake found, in order of lines.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def syntax_problem(text: str, file: str, error: Exception) -> Problem:
    """What made the TOML `text` unreadable, with the line that `error` names; else the last one."""
    words = str(error)
    digits = words.rpartition("at line ")[2].partition(",")[0]
    line = int(digits) if digits.isdigit() else max(1, len(text.splitlines()))
    return Problem(file=file, line=line, field="(syntax)", message=words)


def problems_in(text: str, file: str, complaints: Iterable[Complaint]) -> tuple[Problem, ...]:
    """Each of `complaints` about the TOML `text` with the line and the dotted name of its field."""
    lines = KeyLines(text)
    return tuple(
        Problem(
            file=file,
            line=lines.line_of(where),
            field=".".join(str(part) for part in where),
            message=message,
        )
        for where, message in complaints
    )


def read_record(
    text: str,
    file: str,
    shape: type[Record],
    refused: type[RefusedFileError],
    parse_float: Callable[[str], Any] = float,
    as_written: Callable[[Location], Location] = lambda where: where,
) -> Record:
    """The TOML `text` in the outside `shape` of its kind of file; `file` is its name for messages.

    `as_written` gives where in the file something stands of where it stands in the shape.

    Raises:
        RefusedFileError: of the class `refused`, with every mistake of syntax or shape.
    """
    try:
        loaded = tomllib.loads(text, parse_float=parse_float)
    except (tomllib.TOMLDecodeError, ArithmeticError) as error:
        raise refused((syntax_problem(text, file, error),)) from error
    try:
        return shape.model_validate(loaded)
    except ValidationError as error:
        found = [(as_written(item["loc"]), item["msg"]) for item in error.errors(include_url=False)]
        raise refused(problems_in(text, file, found)) from error
