"""Channels of a file made into streams, waveforms and channels that are not shown. Pure.

What decides is the table of channels and what a person chose; nothing else is taken for a vital.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from app.importing.channels import ChannelTable, Known
from app.importing.choices import Choices
from app.importing.foreign import (
    Floats,
    ForeignStream,
    ForeignWave,
    UnknownChannel,
    WavePiece,
)
from protocols.vitals import PRESSURES, VITALS, Vital

WAVEFORMS = frozenset((Vital.PLETH, Vital.CUFF))
"""Vitals that are waveforms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Regular samples without a break: when the first was taken, s, and the values."""

    start_s: float
    values: Floats = field(repr=False)


@dataclass(slots=True, kw_only=True)
class _Candidate:
    vital: Vital
    rank: int
    chosen: bool
    known: Known | None
    stream: ForeignStream
    zeros: int
    nonfinite: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What came of all channels of a file; see `ForeignRecording`."""

    streams: tuple[ForeignStream, ...]
    waves: tuple[ForeignWave, ...]
    unknown: tuple[UnknownChannel, ...]
    notes: tuple[str, ...]
    zeros: tuple[tuple[Vital, int], ...]
    zero_is_missing: bool


class Gathering:
    """Takes channels one by one, in the order of the file."""

    def __init__(self, kind: str, table: ChannelTable, choices: Choices) -> None:
        """Of a file of `kind`: csv, wfdb, edf or vital."""
        self._kind = kind
        self._table = table
        self._choices = choices
        self._candidates: list[_Candidate] = []
        self._waves: list[ForeignWave] = []
        self._unknown: list[UnknownChannel] = []
        self._notes: list[str] = []
        self._named: set[str] = set()

    def add_numbers(
        self, name: str, unit: str, t_s: Floats, values: Floats, otherwise: Known | None = None
    ) -> None:
        """Take a channel of single values at `t_s`, NaN where there is none.

        `otherwise` is what it is where its whole name is not in the table.
        """
        self._named.add(name)
        holds = f"{int(np.isfinite(values).sum())} numbers"
        known, chosen = self._what(name)
        known = known or otherwise
        if chosen in WAVEFORMS:
            self._leave(name, unit, holds, f"single numbers are no {VITALS[chosen].name}")
        elif chosen is None and known is None:
            self._leave(name, unit, holds, "its name is not in the table of channels")
        else:
            self._offer(name, unit, holds, known, chosen, t_s, values)

    def add_regular(self, name: str, unit: str, rate_hz: float, pieces: Sequence[Piece]) -> None:
        """Take a channel of `rate_hz` samples a second."""
        self._named.add(name)
        count = sum(len(piece.values) for piece in pieces)
        holds = f"{count} samples, {rate_hz:.4g} a second"
        known, chosen = self._what(name)
        if known is not None and known.most_hz and rate_hz > known.most_hz:
            known = None
        if (chosen is None and known is not None) or (
            chosen is not None and chosen not in WAVEFORMS
        ):
            times = [p.start_s + np.arange(len(p.values)) / rate_hz for p in pieces]
            t_s = np.concatenate(times) if times else np.empty(0)
            values = np.concatenate([p.values for p in pieces]) if pieces else np.empty(0)
            self._offer(name, unit, holds, known, chosen, t_s, values)
            return
        label = self._table.wave(name)
        if chosen is not None:
            label = VITALS[chosen].label
        if label:
            self._add_wave(name, label, unit, rate_hz, pieces)
        else:
            self._leave(name, unit, holds, "its name is not in the table of channels")

    def leave_out(self, name: str, unit: str, holds: str, why: str) -> None:
        """List a channel that can be neither shown nor mapped."""
        self._named.add(name)
        self._unknown.append(
            UnknownChannel(name=name, unit=unit, holds=holds, why=why, numeric=False)
        )

    def finish(self) -> Gathered:
        """All that was gathered."""
        for vital, column in self._choices.vitals.items():
            if column.name not in self._named:
                self._notes.append(
                    f"There is no channel “{column.name}”, which was named for "
                    f"{VITALS[vital].label}."
                )
        shown = dict(self._shown())
        streams = self._without_repeats(shown)
        zeros = [(v, one.zeros) for v, one in shown.items() if one.zeros]
        self._say_nonfinite(shown.values())
        order = list(Vital)
        return Gathered(
            streams=tuple(sorted(streams, key=lambda one: order.index(one.vital))),
            waves=tuple(self._waves),
            unknown=tuple(self._unknown),
            notes=tuple(self._notes),
            zeros=tuple(zeros),
            zero_is_missing=bool(self._choices.zero_is_missing),
        )

    # -- one channel --------------------------------------------------------------------------

    def _what(self, name: str) -> tuple[Known | None, Vital | None]:
        return self._table.channel(self._kind, name), self._choices.chosen_for(name)

    def _leave(self, name: str, unit: str, holds: str, why: str) -> None:
        self._unknown.append(UnknownChannel(name=name, unit=unit, holds=holds, why=why))

    def _add_wave(
        self, name: str, label: str, unit: str, rate_hz: float, pieces: Iterable[Piece]
    ) -> None:
        taken = tuple(
            WavePiece(start_s=p.start_s, values=_finite(p.values).astype(np.float32))
            for p in pieces
        )
        self._waves.append(
            ForeignWave(channel=name, label=label, unit=unit, rate_hz=rate_hz, pieces=taken)
        )

    def _offer(
        self,
        name: str,
        unit: str,
        holds: str,
        known: Known | None,
        chosen: Vital | None,
        t_s: Floats,
        values: Floats,
    ) -> None:
        """Take a channel for a vital, if its unit is known."""
        vital = chosen if chosen is not None else known.vital if known is not None else None
        if vital is None:
            return
        if known is not None and known.vital is not vital:
            known = None  # a person says otherwise
        scale, mapped = self._scale(vital, unit, known, chosen=chosen is not None)
        if scale is None:
            self._leave(name, unit, holds, mapped)
            return
        codes = set() if known is None else set(known.missing)
        if chosen is not None:
            codes |= self._choices.vitals[vital].codes
        nonfinite = int(np.isinf(values).sum())
        values, zeros = self._without_codes(_finite(values), codes)
        self._candidates.append(
            _Candidate(
                vital=vital,
                rank=-1 if known is None else known.rank,
                chosen=chosen is not None,
                known=known,
                stream=_stream(vital, name, unit, mapped, t_s, values * scale[0] + scale[1]),
                zeros=zeros,
                nonfinite=nonfinite,
            )
        )

    def _scale(
        self, vital: Vital, unit: str, known: Known | None, *, chosen: bool
    ) -> tuple[tuple[float, float] | None, str]:
        """Factor and offset to the vital's unit, and how that was found; else None, and why not."""
        spec = VITALS[vital]
        by = "as you say" if chosen else "by its name"
        scale = self._table.unit(vital, unit) if unit.strip() else None
        if scale is not None:
            change = "" if scale == (1.0, 0.0) else f", × {scale[0]:g}"
            change += f" {scale[1]:+g}" if scale[1] else ""
            return scale, f"{spec.label} {by}; unit {unit.strip()}{change}"
        if not unit.strip() and known is not None and known.implied_unit:
            return (
                1.0,
                0.0,
            ), f"{spec.label} {by}; no unit in the file, {known.implied_unit} by its kind"
        if chosen:
            found = f"unit “{unit.strip()}” not known" if unit.strip() else "no unit in the file"
            return (1.0, 0.0), f"{spec.label} as you say; {found}, taken for {spec.unit_text}"
        if unit.strip():
            return None, f"its unit “{unit.strip()}” is not known for {spec.label}"
        return None, f"the file gives no unit, so it is not taken for {spec.label}"

    def _without_codes(self, values: Floats, codes: set[float]) -> tuple[Floats, int]:
        """`values` with NaN for each of `codes`, and how many zeros stand as they are."""
        wanted = self._choices.zero_is_missing
        if wanted is not None:
            codes = codes | {0.0} if wanted else codes - {0.0}
        if codes:
            values = np.where(np.isin(values, list(codes)), np.nan, values)
        return values, int((values == 0).sum())

    # -- all of them --------------------------------------------------------------------------

    def _shown(self) -> Iterator[tuple[Vital, _Candidate]]:
        """One channel a vital; the others are listed as not shown."""
        by_vital: dict[Vital, list[_Candidate]] = {}
        for one in self._candidates:
            by_vital.setdefault(one.vital, []).append(one)
        for vital, found in by_vital.items():
            best = min(found, key=lambda one: (not one.chosen, not one.stream.found, one.rank))
            yield vital, best
            for other in found:
                if other is not best:
                    self._leave(
                        other.stream.channel,
                        other.stream.unit,
                        f"{other.stream.found} numbers",
                        f"{VITALS[vital].label} is shown from {best.stream.channel}",
                    )

    def _without_repeats(self, shown: dict[Vital, _Candidate]) -> list[ForeignStream]:
        """The streams; of pressures that repeat the last determination only its changes."""
        repeated = {
            vital
            for vital, one in shown.items()
            if (one.known is not None and one.known.repeated)
            or (self._choices.last_repeated and vital in PRESSURES)
        }
        changes = [_change_times(shown[vital].stream) for vital in repeated]
        kept = np.unique(np.concatenate(changes)) if changes else np.empty(0)
        streams = []
        for vital, one in shown.items():
            stream = one.stream
            if vital in repeated:
                chosen = np.isin(stream.t_s, kept)
                left = len(stream.t_s) - int(chosen.sum())
                stream = replace(stream, t_s=stream.t_s[chosen], values=stream.values[chosen])
                if left:
                    self._notes.append(
                        f"{stream.channel} repeats the last determination: {left} repeats are not "
                        "shown, a second one with the same numbers cannot be told from them."
                    )
            streams.append(stream)
        return streams

    def _say_nonfinite(self, shown: Iterable[_Candidate]) -> None:
        for one in shown:
            if one.nonfinite:
                self._notes.append(
                    f"{one.stream.channel}: {one.nonfinite} values are infinite; they count as "
                    "missing."
                )


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _change_times(stream: ForeignStream) -> Floats:
    values = stream.values
    if not len(values):
        return stream.t_s
    same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    return stream.t_s[np.concatenate(([True], ~same))]


def _stream(
    vital: Vital, name: str, unit: str, mapped: str, t_s: Floats, values: Floats
) -> ForeignStream:
    """A stream in order of time, with its implausible values set apart."""
    if len(t_s) > 1 and bool((np.diff(t_s) < 0).any()):
        order = np.argsort(t_s, kind="stable")
        t_s, values = t_s[order], values[order]
    low, high = VITALS[vital].plausible
    odd = np.isfinite(values) & ((values < low) | (values > high))
    return ForeignStream(
        vital=vital,
        channel=name,
        unit=unit,
        mapped=mapped,
        t_s=np.asarray(t_s, dtype=np.float64),
        values=np.where(odd, np.nan, values),
        odd_t_s=np.asarray(t_s[odd], dtype=np.float64),
        odd_values=np.asarray(values[odd], dtype=np.float64),
    )
