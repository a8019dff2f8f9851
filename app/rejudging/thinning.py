"""Which readings of a stream can be passed over without a change of anything that rules say.

Rules are judged by the same code as at the bedside; a reading that is passed over is one of which
that code would say nothing. The claim rests on this: between two *stops* (any other event, a
deadline of the board or of an age, a reading that is not silent) every rule that reads the stream
gives the same verdict for each value of the same *band*, so its alarm stays as it is.

A band is what the rules themselves answer to a value, asked of `protocols.conditions.judge` with
the patient's baseline: no threshold is worked out here. They are asked as if not in force, and as
if in force, which hysteresis makes another question; the second counts only while an alarm of the
stream is in force. A reading is silent when

* it is of the same band and kind (source, quality, note) as the one before it in its stream,
* it came before the one before it grew stale, or before any rule calls the vital missing,
* and, in a band in which some rule is violated, it is no new extreme since the last stop, so that
  neither the worst value of an alarm nor the news of a worse one is missed.

In a band in which any rule is violated, and while the signal is not good, the last reading before
each stop is judged as well, for an alarm that is announced tells of the latest value; so is that of
a pulse rate beside a heart rate, for which it stands in as soon as that is old. Where a rule
of a rate may say something (`app.rejudging.restless`), no reading is silent.

Only the kinds of rules in `SILENT` are known to look at a stream so. A vital that a rule of any
other kind reads is not thinned at all, and neither is one that is another's companion, that must be
confirmed, or whose rule says something that is not in `_PLAIN`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
import numpy.typing as npt

from app.rejudging.restless import Flags, rates_of, restless
from protocols.alarm_rules import AlarmRule, LimitsProfile, RuleKind, vitals_read
from protocols.conditions import Verdict, judge
from protocols.events import BaselineFrozen, Reading
from protocols.situation import Situation, to_ns
from protocols.vitals import VITALS, Quality, Vital, fresh_for_s
from storage.numerics import ReadingColumns

BANDED = frozenset((RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL))
"""Kinds that answer to the latest value: their bands are asked for."""

LATEST = frozenset(
    (
        RuleKind.NO_DATA,
        RuleKind.SENSOR_OFF,
        RuleKind.LOW_SIGNAL,
        RuleKind.PULSE_DISAGREES,
    )
)
"""Kinds that ask whether there is a value, how good, how old, or beside a single determination."""

SILENT = BANDED | LATEST | {RuleKind.RATE}
"""Kinds under which a stream may be thinned."""

MISSING = -1
"""Band of a reading without a value."""

_NOT_GOOD = -2
"""Band of a calm value of a signal that is not good."""


def thinnable(limits: LimitsProfile, vital: Vital) -> bool:
    """Whether readings of `vital` may be passed over under `limits`.

    False unless every rule that reads it is known to look at it as this module says.
    """
    if VITALS[vital].quiet_limit_s is None:
        return False
    for rule in limits.rules:
        read = vitals_read(rule)
        opaque = rule.kind not in SILENT
        if opaque and not read and rule.vital is not None:
            read = frozenset((rule.vital,))
        if vital in read and (opaque or not _is_plain(rule)):
            return False
    return True


def is_in_order(columns: ReadingColumns) -> bool:
    """Whether readings became known in the order in which they were measured."""
    return not bool((np.diff(columns.measured_ns) < 0).any())


_PLAIN = frozenset(
    (
        "id",
        "kind",
        "tier",
        "title",
        "next_step",
        "icon",
        "group",
        "vital",
        "comparison",
        "limit",
        "change",
        "change_percent",
        "companion",
        "confirmation",
        "symptoms",
        "once_given",
        "window_s",
        "delay_s",
        "hysteresis",
        "latch",
        "realarm_s",
        "ends_pause",
        "phases",
        "off",
    )
)
"""What a rule may say without making the verdict on a stream depend on more than its latest value
and on what is no stream."""


def _is_plain(rule: AlarmRule) -> bool:
    companion = rule.companion
    if companion is not None and VITALS[companion.vital].quiet_limit_s is not None:
        return False
    if rule.confirmation is not None:
        return False
    return all(
        getattr(rule, one.name) == one.default for one in fields(rule) if one.name not in _PLAIN
    )


def _bare(rule: AlarmRule) -> AlarmRule:
    """`rule` without what it asks besides the value of its vital, which may only make it calm."""
    return replace(rule, companion=None, confirmation=None, symptoms=None)


class Bands:
    """The band of each value of one vital, as the rules of a profile answer to it.

    Attributes:
        rates: see `app.rejudging.restless.rates_of`.
        names: the rules that read the vital; those of them in force ask for hysteresis.
        quiet_mask: the bits of a band that answer as if no alarm were in force.
    """

    def __init__(self, limits: LimitsProfile, vital: Vital) -> None:
        """Ready to ask the rules of `limits` that read `vital`."""
        self._limits = limits
        self._vital = vital
        rules = [_bare(rule) for rule in limits.rules_reading(vital) if rule.kind in BANDED]
        self._fixed = tuple(rule for rule in rules if rule.kind is RuleKind.LIMIT)
        self._relative = tuple(rule for rule in rules if rule.kind is not RuleKind.LIMIT)
        self._known: dict[float, int] = {}
        self.rates = rates_of(limits, vital)
        self.names = tuple(rule.id for rule in limits.rules_reading(vital))
        count = len(self._fixed) + len(self._relative)
        self.quiet_mask = sum(1 << 2 * number for number in range(count))

    def of(
        self, values: npt.NDArray[np.float64], baseline: BaselineFrozen | None
    ) -> npt.NDArray[np.int64]:
        """Band of each of `values` under `baseline`: 0 where all is calm, `MISSING` for NaN."""
        found = np.full(len(values), MISSING, dtype=np.int64)
        given = ~np.isnan(values)
        distinct, inverse = np.unique(values[given], return_inverse=True)
        shift = 2 * len(self._fixed)
        situation = Situation(self._limits)
        if baseline is not None:
            situation.freeze(baseline)
        bands = [
            self._fixed_band(value, situation)
            | self._ask(self._relative, value, situation) << shift
            for value in distinct.tolist()
        ]
        found[given] = np.array(bands, dtype=np.int64)[inverse] if bands else 0
        return found

    def _fixed_band(self, value: float, situation: Situation) -> int:
        known = self._known.get(value)
        if known is None:
            known = self._known[value] = self._ask(self._fixed, value, situation)
        return known

    def _ask(self, rules: tuple[AlarmRule, ...], value: float, situation: Situation) -> int:
        """Two bits a rule: whether `value` violates it, not in force and in force.

        What is unknown for want of a baseline is so whatever the value.
        """
        band = 0
        if rules:
            situation.note_reading(_probe(self._vital, value))
        for number, rule in enumerate(rules):
            situation.set_phase(next(iter(rule.phases)), 0)
            for bit, in_force in enumerate((False, True)):
                answer = judge(rule, situation, 0, in_force).verdict
                band |= (answer is Verdict.VIOLATED) << (2 * number + bit)
        return band


def _probe(vital: Vital, value: float) -> Reading:
    return Reading(t_ns=0, vital=vital, value=value, quality=Quality.GOOD, source="", measured_ns=0)


def freshest_ns(
    limits: LimitsProfile, columns: ReadingColumns, intervals: Mapping[str, float]
) -> int:
    """The shortest age at which a value of a stream counts as old, or as missing.

    `intervals` is how rarely a source speaks, where that is more rarely than vitals ask for.
    """
    interval_s = min(intervals.get(one.source, 0.0) for one in columns.kinds)
    fresh_s = fresh_for_s(columns.vital, interval_s)
    ages = [] if fresh_s is None else [to_ns(fresh_s)]
    ages += [
        to_ns(rule.limit.value)
        for rule in limits.rules_reading(columns.vital)
        if rule.kind is RuleKind.NO_DATA and rule.limit is not None
    ]
    return min(ages)


@dataclass(frozen=True, slots=True)
class _View:
    """A stream as rules see it: the band of each reading, and which readings are not silent."""

    group: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    edges: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, group: npt.NDArray[np.int64], changed: Flags, moving: Flags) -> _View:
        """A view of readings of bands `group`, where `changed` are of another kind or late."""
        telling = changed | moving
        telling[1:] |= (group[1:] != group[:-1]) | moving[:-1]
        return cls(group=group, edges=np.flatnonzero(telling))


@dataclass(slots=True)
class Strip:
    """One stream on its way through judging.

    Attributes:
        columns: its readings.
        bands: how rules answer to a value, or None where every reading is judged.
        fresh_ns: the age from which a reading leaves a gap.
        stands_in: its values stand in for another stream that falls silent, so that the newest is
            told of at that very moment, however calm.
        noted: index of the last reading that is known, -1 before the first.
    """

    columns: ReadingColumns
    bands: Bands | None
    fresh_ns: int
    stands_in: bool = False
    noted: int = -1
    _in_force: _View = field(default_factory=lambda: _View())
    _quiet: _View = field(default_factory=lambda: _View())
    _view: _View = field(default_factory=lambda: _View())
    _known: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _low: float = np.inf
    _high: float = -np.inf
    _next: int | None = None

    def set_baseline(self, baseline: BaselineFrozen | None) -> None:
        """Work out anew which readings are silent, under `baseline`."""
        self._next = None
        if self.bands is None:
            return
        one = self.columns
        group = self.bands.of(one.value, baseline)
        good = np.array([like.quality is Quality.GOOD for like in one.kinds])[one.kind]
        moving, moving_quiet, known = restless(one.measured_ns, one.value, self.bands.rates)
        changed = np.ones(len(one), dtype=np.bool_)
        changed[1:] = (
            (one.kind[1:] != one.kind[:-1])
            | (one.t_ns[1:] >= one.measured_ns[:-1] + self.fresh_ns)
            | (one.measured_ns[1:] == one.measured_ns[:-1])
        )
        self._known = np.flatnonzero(known)
        quiet = np.where(group > 0, group & self.bands.quiet_mask, group)
        self._in_force = _View.of(np.where(good | (group != 0), group, _NOT_GOOD), changed, moving)
        self._quiet = _View.of(
            np.where(good | (quiet != 0), quiet, _NOT_GOOD), changed, moving_quiet
        )
        self._view = self._in_force

    def at(self, noted: int) -> Strip:
        """This stream where the reading at `noted` is the last that is known."""
        self.noted = noted
        return self

    @property
    def tense(self) -> bool:
        """Whether the last known reading is one of which some rule may say something."""
        if self.bands is None or self.stands_in:
            return True
        return self.noted >= 0 and bool(self._view.group[self.noted])

    def restart(self, in_force: Callable[[str], bool]) -> None:
        """A stop: extremes count from the last known reading on.

        `in_force` says whether the alarm of a rule is in force now.
        """
        self._next = None
        if self.bands is not None:
            some = any(in_force(name) for name in self.bands.names)
            self._view = self._in_force if some else self._quiet
        self._low, self._high = np.inf, -np.inf
        if self.noted >= 0:
            self._widen(float(self.columns.value[self.noted]))

    def _widen(self, value: float) -> None:
        if value == value:
            self._low, self._high = min(self._low, value), max(self._high, value)

    def next_telling(self) -> int:
        """Index of the next reading that is not silent; the length where there is none."""
        if self._next is None:
            self._next = self._find()
        return self._next

    def _find(self) -> int:
        begin = self.noted + 1
        if self.bands is None or begin >= len(self.columns):
            return begin
        edges = self._view.edges
        place = int(np.searchsorted(edges, begin))
        edge = int(edges[place]) if place < len(edges) else len(self.columns)
        if self.noted < 0 or not self._view.group[self.noted] or edge == begin:
            return edge
        values = self.columns.value[begin:edge]
        beyond = (values > self._high) | (values < self._low)
        first = int(np.argmax(beyond)) if len(beyond) else 0
        return begin + first if len(beyond) and beyond[first] else edge

    def last_before_seq(self, seq: int) -> int:
        """Index of the last reading before number `seq`; -1 where there is none."""
        return int(np.searchsorted(self.columns.seq, seq)) - 1

    def last_before_ns(self, t_ns: int) -> int:
        """Index of the last reading known before `t_ns`; -1 where there is none."""
        return int(np.searchsorted(self.columns.t_ns, t_ns)) - 1

    def known_before(self, index: int) -> list[Reading]:
        """The silent readings before `index` that must be known, as a rule of a rate looks back."""
        begin, end = np.searchsorted(self._known, (self.noted + 1, index))
        return [self.columns.reading(int(one)) for one in self._known[begin:end]]

    def pass_to(self, index: int) -> Reading:
        """The reading at `index`, which is known from now on; those before it are passed over."""
        self.noted, self._next = index, None
        self._widen(float(self.columns.value[index]))
        return self.columns.reading(index)
