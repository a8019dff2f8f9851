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
from protocols.vitals import NS_PER_S, VITALS, Vital

_Span = tuple[int, bool]
"""How far back, ns, and whether the lowest value is asked for (a rise) or the highest."""


class RecentValues:
    """The lowest and highest values of the spans that rules of a rate ask about.

    Of a stream each span keeps only the values that can still be its extreme, so that a reading
    costs the same however long the span is. Determinations are few and may become known out of
    order; they are looked through.
    """

    def __init__(self, rules: Iterable[AlarmRule]) -> None:
        """Begin without values; `rules` say which spans matter."""
        self._streams: dict[Vital, dict[_Span, deque[tuple[int, float]]]] = {}
        for rule in rules:
            if rule.kind is not RuleKind.RATE or rule.vital is None:
                continue
            if VITALS[rule.vital].quiet_limit_s is None:
                continue
            vitals = (Vital.HR, Vital.PR) if rule.vital is Vital.HR else (rule.vital,)
            for vital in vitals:
                self._streams.setdefault(vital, {})[span_of(rule)] = deque()

    def note(self, reading: Reading) -> None:
        """Take in a value of a stream; one measured before the last that is known is left out."""
        spans = self._streams.get(reading.vital)
        if spans is None or reading.value is None:
            return
        at_ns, value = reading.measured_ns, reading.value
        for (span_ns, upward), kept in spans.items():
            if kept and at_ns < kept[-1][0]:
                continue
            while kept and (kept[-1][1] >= value if upward else kept[-1][1] <= value):
                kept.pop()
            kept.append((at_ns, value))
            while kept[0][0] < at_ns - span_ns:
                kept.popleft()

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


def span_of(rule: AlarmRule) -> _Span:
    """How far back `rule` looks, ns, and whether it looks for a rise."""
    return round(rule.window_s * NS_PER_S), rule.upward
