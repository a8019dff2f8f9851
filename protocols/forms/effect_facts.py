"""Facts of side effects as recorded. What nobody recorded is unknown, never absent."""

from __future__ import annotations

from protocols.events import EffectChanged, Severity
from protocols.forms.record import SessionRecord
from protocols.forms.said import Answer, Fact, Lack, minute_of, said

_RANKS = {Severity.MILD: 1, Severity.MODERATE: 2, Severity.SEVERE: 3}


def of_term(record: SessionRecord, pattern: str, parts: tuple[str, ...]) -> Answer:
    """Whether the effect of that term was recorded, or its onset, resolution or severity."""
    told = [changes for changes in record.effects.values() if changes[-1].term == parts[0]]
    if not told:
        return Lack(why=f"no effect “{parts[0]}” is recorded")
    first = min(told, key=lambda changes: changes[-1].onset_ns)
    onset_ns = first[-1].onset_ns
    if pattern.endswith(".onset"):
        return said(record, minute_of(record, onset_ns), "recorded", first[0].by, first[0].t_ns)
    if pattern.endswith(".resolution"):
        return _resolution(record, told)
    changes = [change for one in told for change in one]
    worst = max(changes, key=lambda change: _RANKS[change.severity])
    if pattern.endswith(".severity"):
        return said(record, worst.severity.value, "worst recorded", worst.by, worst.t_ns)
    evidence = f"{first[-1].label}, {worst.severity}"
    return said(record, "yes", evidence, first[0].by, onset_ns)


def _resolution(record: SessionRecord, told: list[list[EffectChanged]]) -> Answer:
    ends = [changes[-1].ended_ns for changes in told]
    known = [end_ns for end_ns in ends if end_ns is not None]
    if len(known) < len(ends):
        return Lack(why=f"{told[0][-1].label} has no end in the record")
    last = max(told, key=lambda changes: changes[-1].ended_ns or 0)[-1]
    return said(record, minute_of(record, max(known)), "recorded", last.by, last.t_ns)


def listed(record: SessionRecord) -> Answer:
    """Every effect with its worst severity and its end."""
    if not record.effects:
        return Lack(why="no side effect is recorded")
    return Fact(
        value="; ".join(_in_words(record, changes) for changes in record.effects.values()),
        evidence="side effects as recorded",
    )


def serious(record: SessionRecord) -> Answer:
    """Yes where an effect was judged serious; that none was is for a person to say."""
    found = _judged_serious(record)
    if not found:
        return Lack(why="no effect was judged serious; a person must say that there was none")
    last = found[0][-1]
    return said(record, "yes", f"{last.label} judged serious", last.by, last.t_ns)


def serious_details(record: SessionRecord) -> Answer:
    """The effects that were judged serious, with what was done."""
    found = _judged_serious(record)
    if not found:
        return Lack(why="no effect was judged serious")
    value = "; ".join(_in_words(record, changes) for changes in found)
    return Fact(value=value, evidence="side effects as recorded")


def _judged_serious(record: SessionRecord) -> list[list[EffectChanged]]:
    return [changes for changes in record.effects.values() if _latest_judgement(changes)]


def _latest_judgement(changes: list[EffectChanged]) -> bool:
    judged = [change.serious for change in changes if change.serious is not None]
    return bool(judged) and judged[-1]


def _in_words(record: SessionRecord, changes: list[EffectChanged]) -> str:
    last = changes[-1]
    worst = max(changes, key=lambda change: _RANKS[change.severity]).severity
    ended = "no end recorded"
    if last.ended_ns is not None:
        ended = f"to {minute_of(record, last.ended_ns)}"
    parts = [f"{last.label}, {worst}, {minute_of(record, last.onset_ns)} {ended}"]
    parts += [text for text in (last.treatment, last.text) if text]
    return ", ".join(parts)
