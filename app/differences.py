"""Where two runs of a session part: the first event that differs, field by field, in words. Pure.

Two runs are a record and its replay, or the replays of two versions of the program.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum

from protocols.events import Event, kind_of

MOST_CHARACTERS = 120
"""Of one value that is quoted."""

MOST_VALUES = 8
"""Of a list that is written out; a longer one is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """One field of an event on both sides, in words."""

    field: str
    recorded: str
    replayed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first place where record and replay part.

    Attributes:
        position: number of the event in the record, from 1.
        t_ns: session time.
        recorded: what the record holds there, or empty.
        replayed: what the replay made there, or empty.
        fields: each field that differs, where both sides are events of one kind.
    """

    position: int
    t_ns: int
    recorded: str
    replayed: str
    fields: tuple[FieldDifference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The verdict on one session: identical, or the first difference.

    `unrecorded` counts outputs that a cut kept from the disk at the very end; they are no
    difference in a session that was not closed.
    """

    inputs: int
    outputs: int
    unrecorded: int
    difference: Difference | None

    @property
    def identical(self) -> bool:
        """Whether every recorded output was made again."""
        return self.difference is None


def differ(position: int, recorded: Event | None, made: Event | None) -> Difference:
    """The difference between what was recorded at `position` and what was made there."""
    shown = recorded or made
    return Difference(
        position=position,
        t_ns=0 if shown is None else shown.t_ns,
        recorded="" if recorded is None else event_words(recorded),
        replayed="" if made is None else event_words(made),
        fields=_fields(recorded, made),
    )


def difference_words(
    difference: Difference, sides: tuple[str, str] = ("recorded", "replayed")
) -> tuple[str, ...]:
    """The difference in sentences: where, then each field, or both sides whole."""
    first, second = sides
    where = f"event {difference.position}, {time_words(difference.t_ns)} into the session"
    if difference.fields:
        kind = difference.recorded.partition(":")[0]
        told = [
            f"{one.field}: {first} {one.recorded}, {second} {one.replayed}."
            for one in difference.fields
        ]
        return (f"{where}: {kind}.", *told)
    return (
        f"{where}.",
        f"{first.capitalize()}: {difference.recorded or 'nothing'}.",
        f"{second.capitalize()}: {difference.replayed or 'nothing'}.",
    )


def event_words(event: Event) -> str:
    """An event as a person reads it: its kind, then its fields but the time."""
    told = (
        f"{field_name(one.name)} {value_words(one.name, getattr(event, one.name))}"
        for one in fields(event)
        if one.name != "t_ns"
    )
    return f"{kind_of(event).replace('_', ' ')}: {', '.join(told)}"


def value_words(name: str, value: object) -> str:
    """A value of the field `name`, short enough to be read."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, int) and name.endswith("_ns"):
        return time_words(value)
    if isinstance(value, float | Decimal | int):
        return str(value)
    if isinstance(value, bytes):
        return _short(f"{len(value)} bytes {value.hex()}")
    if isinstance(value, tuple | list | frozenset):
        if len(value) > MOST_VALUES:
            return f"{len(value)} values"
        return f"({', '.join(value_words('', one) for one in value)})"
    if is_dataclass(value):
        told = (
            f"{field_name(f.name)} {value_words(f.name, getattr(value, f.name))}"
            for f in fields(value)
        )
        return _short(f"({', '.join(told)})")
    return _short(f"“{value}”")


def time_words(t_ns: int) -> str:
    """Session time as ``m:ss.mmm``."""
    sign, ms = ("-" if t_ns < 0 else ""), abs(t_ns) // 1_000_000
    return f"{sign}{ms // 60_000}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def _fields(recorded: Event | None, made: Event | None) -> tuple[FieldDifference, ...]:
    if recorded is None or made is None or type(recorded) is not type(made):
        return ()
    return tuple(
        FieldDifference(
            field="time" if one.name == "t_ns" else field_name(one.name),
            recorded=_apart(one.name, before, after)[0],
            replayed=_apart(one.name, before, after)[1],
        )
        for one in fields(recorded)
        if (before := getattr(recorded, one.name)) != (after := getattr(made, one.name))
    )


def _apart(name: str, before: object, after: object) -> tuple[str, str]:
    """Both values in words that differ: of what reads alike when short, the first place apart."""
    one, other = value_words(name, before), value_words(name, after)
    if one != other:
        return one, other
    whole, rest = repr(before), repr(after)
    place = next(
        (n for n, (a, b) in enumerate(zip(whole, rest, strict=False)) if a != b),
        min(len(whole), len(rest)),
    )
    start = max(0, place - 20)
    return _short(f"…{whole[start:]}"), _short(f"…{rest[start:]}")


def field_name(field: str) -> str:
    """The name of a field as a person reads it."""
    return field.removesuffix("_ns").replace("_", " ")


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
