"""Scales as a patient without complaints has them filled in: the mildest answer to every item."""

from __future__ import annotations

from protocols.events import ItemAnswer, RecordScale
from protocols.scales import Entry, Scale, is_asked


def plain_entry(scale: Scale) -> RecordScale:
    """`scale` with its best answers; items that readings score are left to the readings."""
    if scale.entry is Entry.RESULT:
        return RecordScale(t_ns=0, by="", scale=scale.id, result=scale.results[0])
    if scale.entry is Entry.TOTAL:
        total = scale.low if scale.lower_is_better else scale.high
        return RecordScale(t_ns=0, by="", scale=scale.id, total=total)
    scores: dict[str, int] = {}
    for item in scale.items:
        if item.measure is None and is_asked(item, scores):
            known = [option.score for option in item.options]
            scores[item.id] = min(known) if scale.lower_is_better else max(known)
    return RecordScale(
        t_ns=0,
        by="",
        scale=scale.id,
        answers=tuple(ItemAnswer(item=item, score=score) for item, score in scores.items()),
        confirmed=tuple(
            item.id for item in scale.items if item.measure is not None and item.measure.provided
        ),
    )
