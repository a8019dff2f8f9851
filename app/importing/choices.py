"""What a person says of a foreign file: which channel is which vital, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.rejudging.table_map import Column, TableMap, make_column, parse_pairs
from protocols.vitals import Vital

TIME_UNITS = ("ms", "s", "min", "h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The choices for one file; what is empty is left to the file and the table of channels.

    Attributes:
        vitals: the channel of each vital that a person named, with what stands for missing there.
        time: column of the time of a table, in `time_unit` (ms, s, min, h).
        rate_hz: rows a second of a table that has no time; 0: it has one.
        zero_is_missing: whether 0 means no value; None: as the kind of file has it.
        last_repeated: a blood pressure stands in every row, and only a change is a new one.
        day_first: whether 03/04/2026 is the third of April; None: unknown.
    """

    vitals: Mapping[Vital, Column] = field(default_factory=dict)
    time: str = ""
    time_unit: str = "s"
    rate_hz: float = 0.0
    zero_is_missing: bool | None = None
    last_repeated: bool = False
    day_first: bool | None = None

    def chosen_for(self, channel: str) -> Vital | None:
        """The vital that a person said `channel` is."""
        return next((v for v, column in self.vitals.items() if column.name == channel), None)


def choose_pairs(text: str, missing: Iterable[float | str] = ()) -> dict[Vital, Column]:
    """The channels that ``vital=channel,…`` names, each with what stands for missing in it.

    Raises:
        TableMapError: a pair is none, or names no vital.
    """
    found = parse_pairs(text, "--map")
    return {vital: make_column(name, missing) for vital, name in found.items()}


def choices_of(mapping: TableMap) -> Choices:
    """The choices that a mapping file of `rejudge` makes.

    Raises:
        ValueError: it divides the file, which is one recording here.
    """
    if mapping.split or mapping.signal:
        raise ValueError(
            "The mapping divides the file into several recordings (split, signal); a file that is "
            "shown is one."
        )
    return Choices(
        vitals=mapping.vitals,
        time=mapping.time,
        time_unit=mapping.time_unit,
        last_repeated=mapping.last_repeated,
    )
