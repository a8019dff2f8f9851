"""The care around the dose on the summary: side effects, checklists, people, what follows."""

from __future__ import annotations

from collections.abc import Iterator

from app.amended import Struck, corrected_words
from app.bedside.times import time_of_day
from app.care_words import checklist_words, effect_words, integration_words, presence_words
from app.history import History
from app.state import ViewState
from protocols.events import PresenceChanged

Row = tuple[str, ...]


def care_rows(state: ViewState, history: History) -> list[Row]:
    """One row a fact: what, when, who, and the words; what is open is said."""
    rows = [
        *_holds(state),
        *_effects(state),
        *_withdrawn(state, history),
        *_checklists(state),
        *_people(state, history),
    ]
    planned = state.care.integration
    if planned is not None:
        rows.append(
            (
                "Integration",
                time_of_day(state, planned.t_ns),
                planned.by,
                integration_words(planned),
            )
        )
    elif state.definition is not None and state.definition.care.integration is not None:
        rows.append(("Integration", "", "", "not planned"))
    return rows or [("Nothing was recorded.",)]


def _holds(state: ViewState) -> Iterator[Row]:
    """Holds that a prescriber passed."""
    for change in state.gate.values():
        if change.state == "overridden":
            item = None if state.definition is None else state.definition.gate_item(change.item)
            asked = change.item if item is None else item.question
            whom = change.prescriber or change.by
            words = f"{asked} {change.answer}: passed by {whom}: {change.detail}"
            yield "Hold passed", time_of_day(state, change.t_ns), change.by, words


def _effects(state: ViewState) -> Iterator[Row]:
    for effect in state.care.effects.values():
        ended = "OPEN" if effect.ended_ns is None else f"to {time_of_day(state, effect.ended_ns)}"
        span = f"{time_of_day(state, effect.onset_ns)} {ended}"
        yield "Side effect", span, effect.by, effect_words(effect)
    if not state.care.effects:
        yield "Side effects", "", "", "none reported in the list"


def _withdrawn(state: ViewState, history: History) -> Iterator[Row]:
    """Side effects that were withdrawn stay to be read, struck out."""
    for _, event in history.amended.corrections:
        if event.withdrawn and event.target_kind == "effect_changed":
            at = time_of_day(state, event.target_t_ns)
            yield "Side effect", at, "", Struck(event.original)
            yield "", time_of_day(state, event.t_ns), event.by, f"→ {corrected_words(event)}"


def _checklists(state: ViewState) -> Iterator[Row]:
    known = () if state.definition is None else state.definition.care.checklists
    for listed in known:
        answered = [
            state.care.answers[listed.id, item.id]
            for item in listed.items
            if (listed.id, item.id) in state.care.answers
        ]
        left = len(listed.items) - len(answered)
        if not answered and not listed.required:
            continue
        words = "; ".join(checklist_words(one) for one in answered)
        open_words = f"{left} of {len(listed.items)} NOT ANSWERED" if left else ""
        people = ", ".join(dict.fromkeys(one.by for one in answered))
        at = time_of_day(state, answered[-1].t_ns) if answered else ""
        yield listed.title, at, people, "; ".join(part for part in (words, open_words) if part)


def _people(state: ViewState, history: History) -> Iterator[Row]:
    for event in history.listed:
        if isinstance(event, PresenceChanged):
            yield "Present", time_of_day(state, event.t_ns), event.by, presence_words(event)
