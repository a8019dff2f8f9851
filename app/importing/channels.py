"""Names of channels and units of foreign files, from resources/import/channels.toml.

A name or a unit that is not in that file is not guessed: the channel is listed as not shown, and a
person may say what it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.places import ROOT
from protocols.vitals import Vital

PATH = ROOT / "resources" / "import" / "channels.toml"

_Vital = Annotated[Vital, Field(strict=False)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _Channel(_Record):
    vital: _Vital
    names: list[str]
    kinds: list[str]
    source: str
    implied_unit: str = ""
    missing: list[float] = []
    missing_with_others: list[float] = []
    repeated: bool = False
    most_hz: float = 0.0


class _Wave(_Record):
    label: str
    names: list[str]
    begins: list[str] = []
    source: str


class _Unit(_Record):
    factor: float
    offset: float = 0.0


class _Times(_Record):
    date: list[str]
    clock: list[str]
    moment: list[str]
    numbers: dict[str, list[str]]


class _Statistics(_Record):
    source: str
    spo2_below: list[float]


class _File(_Record):
    channel: list[_Channel]
    wave: list[_Wave]
    units: dict[_Vital, dict[str, _Unit]]
    times: _Times
    missing_words: list[str]
    marks: dict[str, list[str]]
    statistics: _Statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a channel of that name is.

    Attributes:
        vital: the vital that it holds.
        rank: place in the table; of two channels with one vital that with the lower is shown.
        implied_unit: the unit that the maker documents where the file has none.
        missing: numbers that stand for no value.
        missing_with_others: numbers that do where another vital of the same row has none.
        repeated: the last determination stands at every time, and only a change is a new one.
        most_hz: more samples a second are a waveform of that name; 0: any number.
        source: where this was read.
    """

    vital: Vital
    rank: int
    implied_unit: str = ""
    missing: frozenset[float] = frozenset()
    missing_with_others: frozenset[float] = frozenset()
    repeated: bool = False
    most_hz: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTable:
    """The table; every name and unit is asked for in any case of letters and spacing."""

    known: Mapping[tuple[str, str], Known]
    waves: Mapping[str, str]
    wave_begins: Mapping[str, str]
    units: Mapping[Vital, Mapping[str, tuple[float, float]]]
    dates: frozenset[str]
    clocks: frozenset[str]
    moments: frozenset[str]
    numbers: Mapping[str, str]
    missing_words: frozenset[str]
    marks: Mapping[str, tuple[str, ...]]
    spo2_below: tuple[float, ...]

    def channel(self, kind: str, name: str) -> Known | None:
        """What the channel `name` of a file of `kind` (csv, wfdb, edf, vital) is, if it is known.

        A name with the device before it (``Device/TRACK``) is asked for without the device too.
        """
        plain = plain_name(name)
        found = self.known.get((kind, plain))
        return found or self.known.get((kind, plain.rpartition("/")[2]))

    def wave(self, name: str) -> str:
        """What the waveform `name` is, or an empty text."""
        plain = plain_name(name)
        found = self.waves.get(plain) or self.waves.get(plain.rpartition("/")[2], "")
        begins = (label for begin, label in self.wave_begins.items() if plain.startswith(begin))
        return found or next(begins, "")

    def unit(self, vital: Vital, unit: str) -> tuple[float, float] | None:
        """Factor and offset from `unit` to that of `vital`; None where it is not in the table."""
        return self.units.get(vital, {}).get(plain_name(unit))


def plain_name(name: str) -> str:
    """`name` in small letters with single spaces, as names and units are compared."""
    return " ".join(name.strip().casefold().split())


@lru_cache(maxsize=1)
def channel_table() -> ChannelTable:
    """The table of resources/import/channels.toml.

    Raises:
        ValueError: the file is wrong; the text says where.
    """
    record = _File.model_validate(tomllib.loads(PATH.read_text(encoding="utf-8")))
    known: dict[tuple[str, str], Known] = {}
    for rank, one in enumerate(record.channel):
        for kind in one.kinds:
            for name in one.names:
                key = (kind, plain_name(name))
                if key in known:
                    raise ValueError(f"{PATH.name}: {kind} {name} stands there twice")
                known[key] = _known(one, rank)
    return ChannelTable(
        known=known,
        waves={plain_name(name): one.label for one in record.wave for name in one.names},
        wave_begins={one.casefold(): wave.label for wave in record.wave for one in wave.begins},
        units={
            vital: {plain_name(name): (unit.factor, unit.offset) for name, unit in found.items()}
            for vital, found in record.units.items()
        },
        dates=_plain(record.times.date),
        clocks=_plain(record.times.clock),
        moments=_plain(record.times.moment),
        numbers={
            plain_name(name): unit for unit, names in record.times.numbers.items() for name in names
        },
        missing_words=_plain(record.missing_words),
        marks={kind: tuple(names) for kind, names in record.marks.items()},
        spo2_below=tuple(record.statistics.spo2_below),
    )


def _known(one: _Channel, rank: int) -> Known:
    return Known(
        vital=one.vital,
        rank=rank,
        implied_unit=one.implied_unit,
        missing=frozenset(one.missing),
        missing_with_others=frozenset(one.missing_with_others),
        repeated=one.repeated,
        most_hz=one.most_hz,
        source=one.source,
    )


def _plain(names: list[str]) -> frozenset[str]:
    return frozenset(plain_name(name) for name in names)
