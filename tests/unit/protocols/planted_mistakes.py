"""Protocols with one planted mistake each, and where a person must be told of it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from protocols.composition import NamedText, compose, part_names

PROTOCOLS = Path(__file__).resolve().parents[3] / "resources" / "protocols"
_KEY = re.compile(r"^([a-z0-9_]+) = (.+?)(\s+#.*)?$")
_HEADER = re.compile(r"^\[\[?([a-z0-9_.]+)\]\]?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of one file on a line of its own: where it stands and in which table."""

    file: int
    line: int
    header: int
    table: str
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A composed protocol with one mistake.

    Attributes:
        text: the composed text.
        kind: what was planted.
        file: file in which the mistake stands.
        lines: lines of that file at which it may be told.
        field: what the field must contain; empty where the text is no TOML.
    """

    text: str
    kind: str
    file: str
    lines: tuple[int, ...]
    field: str


@cache
def files_of(protocol: str) -> tuple[NamedText, ...]:
    """The protocol's own file and its parts."""
    own = (PROTOCOLS / f"{protocol}.toml").read_text(encoding="utf-8")
    return (
        NamedText(file=f"{protocol}.toml", text=own),
        *(
            NamedText(
                file=f"parts/{name}.toml",
                text=(PROTOCOLS / "parts" / f"{name}.toml").read_text(encoding="utf-8"),
            )
            for name in part_names(own)
        ),
    )


@cache
def entries_of(protocol: str) -> tuple[Entry, ...]:
    """Every key that stands on a line of its own, in all files of the protocol."""
    return tuple(_entries(protocol))


def _entries(protocol: str) -> Iterator[Entry]:
    for file, named in enumerate(files_of(protocol)):
        table, header = "", 1
        for number, line in enumerate(named.text.splitlines(), start=1):
            if found := _HEADER.match(line):
                table, header = found[1], number
            elif (found := _KEY.match(line)) and not found[2].endswith(("[", "[ #")):
                yield Entry(
                    file=file, line=number, header=header, table=table, key=found[1], value=found[2]
                )


class Garden:
    """Plants mistakes into one protocol."""

    def __init__(self, protocol: str, rng: random.Random) -> None:
        self.files = list(files_of(protocol))
        self.entries = entries_of(protocol)
        self.rng = rng

    def plant(self, kind: str) -> Planted | None:
        """One mistake of that kind, or None where the protocol has no place for it."""
        return _KINDS[kind](self)

    def pick(self, wanted: Callable[[Entry], bool]) -> Entry | None:
        """A random entry."""
        found = [one for one in self.entries if wanted(one)]
        return self.rng.choice(found) if found else None

    def with_line(self, kind: str, entry: Entry, line: str | None, *, field: str = "") -> Planted:
        """The protocol with the line of `entry` replaced, or taken out when `line` is None."""
        lines = self.files[entry.file].text.splitlines()
        lines[entry.line - 1 : entry.line] = [] if line is None else line.split("\n")
        return self.composed(kind, entry, lines, (entry.line,), field or entry.key)

    def with_value(self, kind: str, entry: Entry, value: str, *, field: str = "") -> Planted:
        """The protocol with another value at `entry`."""
        return self.with_line(kind, entry, f"{entry.key} = {value}", field=field)

    def composed(
        self, kind: str, entry: Entry, lines: list[str], where: tuple[int, ...], field: str
    ) -> Planted:
        """The composed text in which the file of `entry` has these `lines`."""
        named = self.files[entry.file]
        self.files[entry.file] = replace(named, text="\n".join(lines) + "\n")
        own, *parts = self.files
        return Planted(
            text=compose(own.text, parts), kind=kind, file=named.file, lines=where, field=field
        )


def _kind_of(value: str) -> str:
    if value.startswith("["):
        return "list"
    if value.startswith("{"):
        return "table"
    if value in ("true", "false"):
        return "truth"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return "date"
    return "text" if value.startswith('"') else "number"


def _wrong_type(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.key != "parts")
    if entry is None:
        return None
    wrong = {"text": "7", "number": '"seven"', "truth": '"perhaps"', "date": '"soon"'}
    return garden.with_value("wrong type", entry, wrong.get(_kind_of(entry.value), "3"))


def _out_of_range(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: _kind_of(one.value) == "number")
    value = garden.rng.choice(("99999999", "-99999999"))
    return None if entry is None else garden.with_value("out of range", entry, value)


def _unknown_key(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: True)
    if entry is None:
        return None
    lines = garden.files[entry.file].text.splitlines()
    lines.insert(entry.line - 1, "misspelt = 1")
    return garden.composed("unknown key", entry, lines, (entry.line,), "misspelt")


_NEEDED = {
    "": ("id", "version", "title", "drug", "route", "review_date", "limits_profile"),
    "part": ("id", "version", "title", "review_date", "approved_by"),
    "gate": ("id", "section", "question", "answers", "passes", "hold"),
    "start_limit": ("vital", "go", "soft"),
    "baseline": ("bp_readings", "bp_spacing_min_s", "rest_min", "required"),
    "weight": ("change_soft_percent", "pounds_ratio", "bmi", "stated_needs_reason"),
    "schedule": ("phase", "item", "label", "vitals", "window_min"),
    "recheck": ("item", "every_min", "in_range", "then_every_min"),
    "recovery": ("minimum_min", "soft_minimum_min", "reading_max_age_min"),
    "discharge": ("id", "label"),
    "quick_event": ("id", "label", "asks_severity"),
    "effect": ("id", "label"),
    "rescue_drug": ("id", "name", "usual"),
    "ledger": ("controlled", "tolerance_mg"),
    "guardrails": ("dose_mg",),
}


def _missing_key(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.key in _NEEDED.get(one.table, ()))
    if entry is None:
        return None
    planted = garden.with_line("missing key", entry, None)
    return replace(planted, lines=(entry.header,))


def _backwards_range(garden: Garden) -> Planted | None:
    names = ("go", "soft", "bmi", "pounds_ratio", "halved_ratio", "repeat_after_min")
    entry = garden.pick(lambda one: one.key in names and len(set(_pair(one.value))) == 2)
    if entry is None:
        return None
    low, high = _pair(entry.value)
    return garden.with_value("backwards range", entry, f"[{high}, {low}]")


def _pair(value: str) -> list[str]:
    return [one.strip() for one in value.strip("[]").split(",")]


_NAMES = {
    "gate": "id",
    "discharge": "id",
    "quick_event": "id",
    "effect": "id",
    "rescue_drug": "id",
    "checklist": "id",
    "start_limit": "vital",
}


def _duplicate(garden: Garden) -> Planted | None:
    table = garden.rng.choice(sorted(_NAMES))
    named = [e for e in garden.entries if e.table == table and e.key == _NAMES[table]]
    if len(named) < 2:
        return None
    first = garden.rng.randrange(len(named) - 1)
    later = named[garden.rng.randrange(first + 1, len(named))]
    planted = garden.with_value("duplicate", later, named[first].value, field=table)
    return replace(planted, lines=(later.header, later.line))


def _passes_nothing(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.key == "passes")
    return None if entry is None else garden.with_value("passes", entry, '["none of these"]')


def _bad_choice(garden: Garden) -> Planted | None:
    names = ("hold", "phase", "counted_from", "giving", "moment", "when")
    entry = garden.pick(lambda one: one.key in names)
    return None if entry is None else garden.with_value("bad choice", entry, '"sometimes"')


def _negative_interval(garden: Garden) -> Planted | None:
    entry = garden.pick(
        lambda one: one.key in ("every", "at_min") and bool(re.search("[1-9]", one.value))
    )
    if entry is None:
        return None
    return garden.with_value(
        "negative interval", entry, re.sub(r"([1-9]\d*)", r"-\1", entry.value, count=1)
    )


def _until_out_of_order(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.key == "every")
    wrong = "[{ every_min = 5, until_min = 60 }, { every_min = 10, until_min = 20 }]"
    return None if entry is None else garden.with_value("until_min", entry, wrong)


def _guardrail_order(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.table == "guardrails" and one.value.startswith("{"))
    if entry is None:
        return None
    wrong = re.sub(r"soft_low = [0-9.]+", "soft_low = 9999", entry.value)
    return garden.with_value("guardrail order", entry, wrong)


def _parts_line(garden: Garden) -> Entry:
    lines = garden.files[0].text.splitlines()
    line = lines.index("parts = [") + 1
    return Entry(file=0, line=line, header=1, table="", key="parts", value="")


def _part_unknown(garden: Garden) -> Planted | None:
    entry = _parts_line(garden)
    return garden.with_line("unknown part", entry, 'parts = [\n    "gate/nowhere",')


def _part_twice(garden: Garden) -> Planted | None:
    entry = _parts_line(garden)
    name = garden.rng.choice(part_names(garden.files[0].text))
    return garden.with_line("part twice", entry, f'parts = [\n    "{name}",')


def _bad_date(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.key == "review_date")
    if entry is None:
        return None
    wrong = garden.rng.choice(('"next year"', "20271130", "2027-11-30T10:00:00"))
    return garden.with_value("bad date", entry, wrong)


def _impossible_date(garden: Garden) -> Planted | None:
    """A date that is no TOML at all: the whole text cannot be read from there."""
    entry = garden.pick(lambda one: one.key == "review_date")
    if entry is None:
        return None
    return replace(garden.with_value("impossible date", entry, "2027-02-31"), field="")


def _open_text(garden: Garden) -> Planted | None:
    """A text whose closing sign is missing."""
    entry = garden.pick(lambda one: one.value.startswith('"') and '"' not in one.value[1:-1])
    if entry is None:
        return None
    return replace(garden.with_value("open text", entry, entry.value[:-1]), field="")


def _bad_vital(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.key in ("vital", "vitals", "required") and '"' in one.value)
    if entry is None:
        return None
    wrong = re.sub(r'"[a-z0-9]+"', '"sugar"', entry.value, count=1)
    return garden.with_value("bad vital", entry, wrong)


def _bad_limits(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.key == "limits_profile")
    return None if entry is None else garden.with_value("bad limits", entry, '"../Limits!"')


def _stay_backwards(garden: Garden) -> Planted | None:
    entry = garden.pick(lambda one: one.key == "soft_minimum_min")
    return None if entry is None else garden.with_value("stay", entry, "700")


def _foreign_field(garden: Garden) -> Planted | None:
    """A field that means nothing for this way of giving."""
    entry = garden.pick(lambda one: one.table == "dose")
    giving = next((e.value for e in garden.entries if e.key == "giving"), '"infusion"')
    if entry is None:
        return None
    wrong = 'unit_name = "device"' if giving == '"infusion"' else "duration_min = 40"
    key = wrong.partition(" ")[0]
    if any(one.table == "dose" and one.key == key for one in garden.entries):
        return None
    lines = garden.files[entry.file].text.splitlines()
    lines.insert(entry.line - 1, wrong)
    return garden.composed("foreign field", entry, lines, (entry.line,), key)


_KINDS: dict[str, Callable[[Garden], Planted | None]] = {
    "wrong type": _wrong_type,
    "out of range": _out_of_range,
    "unknown key": _unknown_key,
    "missing key": _missing_key,
    "backwards range": _backwards_range,
    "duplicate": _duplicate,
    "passes": _passes_nothing,
    "bad choice": _bad_choice,
    "negative interval": _negative_interval,
    "until_min": _until_out_of_order,
    "guardrail order": _guardrail_order,
    "unknown part": _part_unknown,
    "part twice": _part_twice,
    "bad date": _bad_date,
    "impossible date": _impossible_date,
    "open text": _open_text,
    "bad vital": _bad_vital,
    "bad limits": _bad_limits,
    "stay": _stay_backwards,
    "foreign field": _foreign_field,
}
KINDS = tuple(_KINDS)
