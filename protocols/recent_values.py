"""How far a vital moved within some seconds: the extremes of its recent values, nothing between.

Only values that were measured count. A gap is not filled: what was measured before it and is still
within the span is compared with what is measured now, as it stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable

from protocols.alarm_rules import AlarmRule, RuleKind
from protocols.events.outputs import Reading
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

_Span = tuple[int, bool]
"""How far back, ns, and whether the lowest value is asked for (a rise) or the highest."""

_Value = tuple[int, float]
"""When it was measured, ns, and the value."""


class RecentValues:
    """The lowest and highest values of the spans that rules of a rate ask about.

    Of a stream each span keeps only the values that can still be its extreme, so that a reading
    costs the same however long the span is; one that became known late, or for the second time, is
    put in its place and the extremes are found again. Determinations are few: all are looked
    through.
    """

    def __init__(self, rules: Iterable[AlarmRule]) -> None:
        """Begin without values; `rules` say which spans matter."""
        self._streams: dict[Vital, dict[_Span, deque[_Value]]] = {}
        self._values: dict[Vital, deque[_Value]] = {}
        for rule in rules:
            if rule.kind is not RuleKind.RATE or rule.vital is None:
                continue
            if VITALS[rule.vital].quiet_limit_s is None:
                continue
            vitals = (Vital.HR, Vital.PR) if rule.vital is Vital.HR else (rule.vital,)
            for vital in vitals:
                self._streams.setdefault(vital, {})[span_of(rule)] = deque()
                self._values[vital] = deque()

    def note(self, reading: Reading) -> None:
        """Take in a value of a stream, or that one of its values is withdrawn."""
        spans = self._streams.get(reading.vital)
        if spans is not None and reading.quality is Quality.WITHDRAWN and not reading.manual:
            self._rebuild(reading.vital, without_ns=reading.measured_ns)
            return
        if spans is None or reading.value is None:
            return
        values, value = self._values[reading.vital], (reading.measured_ns, reading.value)
        longest_ns = max(span_ns for span_ns, _ in spans)
        if not values or value[0] > values[-1][0]:
            values.append(value)
            while values[0][0] < value[0] - longest_ns:
                values.popleft()
            for span, kept in spans.items():
                _add(kept, span, value)
            return
        self._rebuild(reading.vital, also=value)

    def _rebuild(
        self, vital: Vital, *, also: _Value | None = None, without_ns: int | None = None
    ) -> None:
        """Find the extremes again, with one value more, or without that of one time."""
        ordered = dict(self._values[vital])
        if also is not None:
            ordered[also[0]] = also[1]
        if without_ns is not None:
            ordered.pop(without_ns, None)
        self._values[vital] = deque(sorted(ordered.items()))
        for span, kept in self._streams[vital].items():
            kept.clear()
            for one in self._values[vital]:
                _add(kept, span, one)

    def extreme(
        self, rule: AlarmRule, reading: Reading, determinations: tuple[Reading, ...]
    ) -> float | None:
        """The lowest (for a rise) or highest value in the span of `rule` that ends with `reading`.

        None where no value is in the span; `determinations` are those of a vital that does not
        stream, by time.
        """
        span_ns, upward = span_of(rule)
        spans = self._streams.get(reading.vital)
        if spans is not None:
            kept = spans.get((span_ns, upward))
            return kept[0][1] if kept and kept[-1][0] == reading.measured_ns else None
        first = bisect_left(
            determinations, reading.measured_ns - span_ns, key=lambda one: one.measured_ns
        )
        values = [
            one.value
            for one in determinations[first:]
            if one.value is not None and one.measured_ns <= reading.measured_ns
        ]
        return None if not values else (min(values) if upward else max(values))


def _add(kept: deque[_Value], span: _Span, value: _Value) -> None:
    """Add the newest value to those that can still be the extreme of `span`."""
    span_ns, upward = span
    while kept and (kept[-1][1] >= value[1] if upward else kept[-1][1] <= value[1]):
        kept.pop()
    kept.append(value)
    while kept[0][0] < value[0] - span_ns:
        kept.popleft()


def span_of(rule: AlarmRule) -> _Span:
    """How far back `rule` looks, ns, and whether it looks for a rise."""
    return round(rule.window_s * NS_PER_S), rule.upward
