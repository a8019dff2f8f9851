"""What the columns of a CSV file mean: a mapping file, or the options of the command."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protocols.events import Phase
from protocols.vitals import Vital

MOST_FIRST = 100
"""Most values that a baseline may be the median of."""


class TableMapError(ValueError):
    """A mapping that cannot be used; the text says what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, or one signal of a file with a row a value.

    Attributes:
        name: of the column or signal.
        codes: numbers that stand for a missing value.
        missing: texts that do.
    """

    name: str
    codes: frozenset[float] = frozenset()
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMap:
    """How a CSV file is read.

    Attributes:
        vitals: column of each vital, in the order in which readings of one row become known.
        time: column of the time; `time_unit` is ms, s, min or h.
        split: columns whose values divide the file into recordings.
        subject: column that names the patient; empty: each recording is of another.
        signal, value: columns of a file with a row a value: what it is, and the value.
        last_repeated: the last blood pressure stands in every row, and only a change is a reading.
        baseline_first: the baseline is the median of so many first values; 0: none.
        baseline: the same baseline for every recording.
        baseline_table, baseline_key, baseline_columns: a table with the baseline of each recording:
            its file, the column that holds what the recording was split by, a column a vital.
        interval_s: time between the values of a stream; None: the median of the file.
        phase: the phase of the visit that all of it counts as.
    """

    vitals: Mapping[Vital, Column]
    time: str
    time_unit: str = "s"
    split: tuple[str, ...] = ()
    subject: str = ""
    signal: str = ""
    value: str = ""
    last_repeated: bool = False
    baseline_first: int = 0
    baseline: Mapping[Vital, float] = field(default_factory=dict)
    baseline_table: str = ""
    baseline_key: str = ""
    baseline_columns: Mapping[Vital, str] = field(default_factory=dict)
    interval_s: float | None = None
    phase: Phase = Phase.INFUSING

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Names of the columns that the file must have."""
        named = [self.time, *self.split, self.subject, self.signal, self.value]
        if not self.signal:
            named += [column.name for column in self.vitals.values()]
        return tuple(dict.fromkeys(one for one in named if one))

    def given_baselines(self, path: Path) -> dict[str, dict[Vital, float]]:
        """The given baseline of each recording of the file at `path`, by what it was split by.

        Raises:
            TableMapError: the table of baselines cannot be read.
        """
        found = _Baselines(dict(self.baseline))
        if not self.baseline_table:
            return found
        table = path.parent / self.baseline_table
        try:
            with table.open(encoding="utf-8-sig", newline="") as lines:
                for row in csv.DictReader(lines):
                    found[row[self.baseline_key]] = {
                        **self.baseline,
                        **{
                            vital: float(row[column])
                            for vital, column in self.baseline_columns.items()
                            if row[column].strip()
                        },
                    }
        except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise TableMapError(f"{table}: no baselines can be read: {reason}") from error
        return found


class _Baselines(dict[str, dict[Vital, float]]):
    """Baselines by recording; one that is not named has the common one."""

    def __init__(self, common: dict[Vital, float]) -> None:
        super().__init__()
        self._common = common

    def get(self, key: str, default: Any = None) -> Any:
        """The baseline of a recording."""
        return super().get(key, self._common or default)


# -- from a file ----------------------------------------------------------------------------------

_Vital = Annotated[Vital, Field(strict=False)]
_Phase = Annotated[Phase, Field(strict=False)]
_Name = Annotated[str, Field(min_length=1)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _BaselineRecord(_Record):
    first: Annotated[int, Field(ge=0, le=MOST_FIRST)] = 0
    values: dict[_Vital, float] = {}
    table: str = ""
    key: str = ""
    columns: dict[_Vital, _Name] = {}


class _MapFile(_Record):
    time: _Name
    time_unit: Literal["ms", "s", "min", "h"] = "s"
    split: list[_Name] = []
    subject: str = ""
    signal: str = ""
    value: str = ""
    missing: list[float | str] = []
    last_repeated: bool = False
    interval_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    phase: _Phase = Phase.INFUSING
    vitals: Annotated[dict[_Vital, _Name], Field(min_length=1)]
    missing_of: dict[_Vital, list[float | str]] = {}
    baseline: _BaselineRecord = _BaselineRecord()


def read_table_map(path: Path) -> TableMap:
    """The mapping in the TOML file at `path`.

    Raises:
        TableMapError: the file cannot be read or says what it may not; every mistake is named.
    """
    try:
        record = _MapFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TableMapError(f"{path}: {reason}") from error
    except ValidationError as error:
        mistakes = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors(include_url=False)
        )
        raise TableMapError(f"{path}: {mistakes}") from error
    base = record.baseline
    if bool(record.signal) is not bool(record.value):
        raise TableMapError(f"{path}: signal and value belong together")
    if bool(base.table) is not bool(base.key and base.columns):
        raise TableMapError(f"{path}: baseline: table, key and columns belong together")
    return TableMap(
        vitals={
            vital: make_column(name, [*record.missing, *record.missing_of.get(vital, ())])
            for vital, name in record.vitals.items()
        },
        time=record.time,
        time_unit=record.time_unit,
        split=tuple(record.split),
        subject=record.subject,
        signal=record.signal,
        value=record.value,
        last_repeated=record.last_repeated,
        baseline_first=base.first,
        baseline=base.values,
        baseline_table=base.table,
        baseline_key=base.key,
        baseline_columns=base.columns,
        interval_s=record.interval_s,
        phase=record.phase,
    )


def make_column(name: str, missing: Iterable[float | str]) -> Column:
    """The column `name`, in which each of `missing`, a number or a text, stands for no value."""
    codes: set[float] = set()
    texts: set[str] = {""}
    for one in missing:
        try:
            codes.add(float(one))
        except ValueError:
            texts.add(str(one))
    return Column(name=name, codes=frozenset(codes), missing=frozenset(texts))


def parse_pairs(text: str, what: str) -> dict[Vital, str]:
    """Pairs ``vital=something`` separated by commas, as options give them.

    Raises:
        TableMapError: a pair is none, or names no vital.
    """
    found: dict[Vital, str] = {}
    for pair in (one.strip() for one in text.split(",") if one.strip()):
        name, equals, rest = pair.partition("=")
        if name.strip() not in set(Vital) or not equals or not rest.strip():
            known = ", ".join(vital.value for vital in Vital)
            raise TableMapError(f"{what}: “{pair}” is not VITAL=…; vitals are {known}")
        found[Vital(name.strip())] = rest.strip()
    return found


__all__ = ["Column", "TableMap", "TableMapError", "make_column", "parse_pairs", "read_table_map"]
