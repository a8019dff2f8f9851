"""What staff recorded of the patient that alarm rules ask about: quick events, side effects.

Nobody can tell from a record that a symptom is absent: what was not written down is unknown. So a
rule about symptoms is unknown until one of its terms was recorded for the first time, and cleared
only by time or by the end of the side effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from protocols.alarm_rules import AlarmRule, Symptoms
from protocols.events.amendments import EntryCorrected
from protocols.events.care import EffectChanged
from protocols.events.outputs import ObservationRecorded
from protocols.events.terms import Severity
from protocols.vitals import NS_PER_S

_RANKS = {Severity.MILD: 0, Severity.MODERATE: 1, Severity.SEVERE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quick:
    """A quick event as it was recorded; `terms` are the ids of those that carry its label."""

    t_ns: int
    terms: frozenset[str]
    label: str
    severity: int | None


class SymptomWatch:
    """The quick events and side effects of a session, as far as any rule asks about them."""

    def __init__(self, rules: Iterable[AlarmRule], named: Iterable[tuple[str, str]] = ()) -> None:
        """Begin with nothing recorded.

        `rules` say which terms matter, and for how long; `named` are the ids of quick events with
        their labels. A record has the label alone; where no event has it, it is the id itself.
        """
        self._ids: dict[str, frozenset[str]] = {}
        for term, label in named:
            self._ids[label] = self._ids.get(label, frozenset()) | {term}
        asked = [rule.symptoms for rule in rules if rule.symptoms is not None]
        self._terms = frozenset(term for one in asked for term in one.terms)
        self._holds_ns = sorted({_ns(one.holds_s) for one in asked})
        self._quick: list[_Quick] = []
        self._effects: dict[str, EffectChanged] = {}
        self._ever: set[str] = set()

    def note_event(self, observation: ObservationRecorded) -> None:
        """Take in a quick event, if a rule asks about it."""
        label = observation.label
        terms = self._ids.get(label, frozenset((label,)))
        if observation.kind != "event" or self._terms.isdisjoint(terms):
            return
        oldest_ns = observation.t_ns - self._holds_ns[-1]
        self._quick = [one for one in self._quick if one.t_ns > oldest_ns]
        self._quick.append(
            _Quick(t_ns=observation.t_ns, terms=terms, label=label, severity=observation.severity)
        )
        self._ever |= terms

    def note_effect(self, effect: EffectChanged) -> None:
        """Take in a side effect as it is now, if a rule asks about it."""
        if effect.term in self._terms:
            self._effects[effect.effect] = effect
            self._ever.add(effect.term)

    def withdraw(self, correction: EntryCorrected) -> None:
        """Forget a quick event or a side effect that should never have been entered."""
        self._effects.pop(correction.subject, None)
        self._quick = [
            one
            for one in self._quick
            if one.t_ns != correction.target_t_ns or not correction.original.startswith(one.label)
        ]

    def was_recorded(self, symptoms: Symptoms) -> bool:
        """Whether any of the terms was ever recorded, of whatever severity."""
        return not self._ever.isdisjoint(symptoms.terms)

    def present(self, symptoms: Symptoms, t_ns: int) -> tuple[str, ...]:
        """What counts at `t_ns`, in words and in the order of time; empty where it is too little.

        A quick event counts while it is younger than `holds_s`; a side effect while it has not
        ended, and where more than one is needed also while its onset is younger than `holds_s`.
        """
        if self._ever.isdisjoint(symptoms.terms):
            return ()
        since_ns = t_ns - _ns(symptoms.holds_s)
        found = [
            (one.t_ns, _quick_words(one))
            for one in self._quick
            if one.t_ns > since_ns
            and not one.terms.isdisjoint(symptoms.terms)
            and (one.severity or 0) >= symptoms.score_from
        ]
        least = _RANKS[symptoms.effect_from]
        found += [
            (one.onset_ns, f"{one.label}, {one.severity}")
            for one in self._effects.values()
            if one.term in symptoms.terms
            and _RANKS[one.severity] >= least
            and (one.ended_ns is None or (symptoms.count > 1 and one.onset_ns > since_ns))
        ]
        if len(found) < symptoms.count:
            return ()
        return tuple(words for _, words in sorted(found))

    def boundaries(self, after_ns: int) -> list[int]:
        """The times after `after_ns` at which something recorded stops counting by age."""
        times = [one.t_ns for one in self._quick]
        times += [one.onset_ns for one in self._effects.values()]
        return [at for t in times for held in self._holds_ns if (at := t + held) > after_ns]


def _quick_words(record: _Quick) -> str:
    return record.label if record.severity is None else f"{record.label} {record.severity}/10"


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)
