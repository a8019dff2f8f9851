"""Scales on the page that describes a protocol."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.definition.content import DischargeCriterion, ProtocolDefinition
from protocols.scales import Entry, Moment, Scale, ScaleDue

_ENTRIES = {
    Entry.ITEMS: "item by item",
    Entry.TOTAL: "total only",
    Entry.RESULT: "result only",
}
_MOMENTS = {
    Moment.BEFORE: "before the drug",
    Moment.INFUSION_END: "at the end of the infusion",
    Moment.LEAVING: "before leaving",
}


def describe_scales(definition: ProtocolDefinition) -> Iterator[str]:
    """Each scale with how it is entered, when it is due and what it asks for, line by line."""
    for scale in definition.scales:
        dues = [_due_words(due) for due in definition.scales_due if due.scale == scale.id]
        when = "; ".join(dues) or "when it is wanted"
        yield f"{scale.name}, version {scale.version} ({_ENTRIES[scale.entry]}): {when}"
        yield f"  {_range_words(scale)}"
        for sentence in dict.fromkeys(flag.sentence for flag in scale.flags):
            yield f"  always asks for an action: {sentence}"


def criterion_words(criterion: DischargeCriterion) -> str:
    """The bounds of a criterion that rests on a scale."""
    bounds = [
        f"{word} {bound}"
        for word, bound in (("at least", criterion.at_least), ("at most", criterion.at_most))
        if bound is not None
    ]
    return f" [{criterion.scale}: {' and '.join(bounds)}]"


def _range_words(scale: Scale) -> str:
    if scale.results:
        return "results " + ", ".join(scale.results)
    if scale.outcomes:
        return "results " + ", ".join(outcome.label for outcome in scale.outcomes)
    bands = ", ".join(
        f"{band.label} from {band.at_least}{f' ({band.sex})' if band.sex else ''}"
        for band in scale.bands
    )
    return f"{scale.low} to {scale.high}" + (f": {bands}" if bands else ", no cut-off known")


def _due_words(due: ScaleDue) -> str:
    when = _MOMENTS.get(due.moment) or f"{due.after_s // 60} min after the end"
    if due.only_if_flagged:
        when += " if it asked for an action before"
    if not due.required:
        return f"{when}, may be left out"
    return f"{when}, required" if due.may_skip else f"{when}, required without exception"
