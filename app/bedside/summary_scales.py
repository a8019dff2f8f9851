"""Scales as rows of words, for the summary of a session and for its review."""

from __future__ import annotations

from collections.abc import Sequence

from app.bedside.scale_words import result_words
from app.bedside.times import time_of_day
from app.state import ViewState
from protocols.events import ScaleRecorded

NOT_ANSWERED = "NOT ANSWERED"
"""Stands where nobody has written what was done about a flag."""


def scale_rows(state: ViewState) -> Sequence[tuple[str, ...]]:
    """Each scale with its result and who recorded it, each flag with what was done about it."""
    rows: list[tuple[str, ...]] = []
    for event in state.scales.recorded:
        found = recorded_words(state, event)
        rows.append((time_of_day(state, event.t_ns), event.name, f"{found} ({event.by})"))
        for flag in event.flags:
            rows.append(("", "asks for", f"{flag.sentence} {_action(state, event, flag.item)}"))
    return rows or [("No scale was filled in.",)]


def recorded_words(state: ViewState, event: ScaleRecorded) -> str:
    """What a scale gave, with the range of its total where the protocol in force has it."""
    scale = None if state.definition is None else state.definition.scale(event.scale)
    return result_words(scale, event)


def _action(state: ViewState, event: ScaleRecorded, item: str) -> str:
    answer = state.scales.action(event, item)
    if answer is None:
        return f"{NOT_ANSWERED}."
    return f"Done: {answer.action} ({answer.by} {time_of_day(state, answer.t_ns)})."
