"""Which scale the scripted nurse fills in next; the patient it speaks of has no complaints."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.rehearsal.plain_scales import plain_entry
from app.state import ViewState
from protocols.assessments import is_wanted
from protocols.events import Phase, RecordScale
from protocols.scales import Moment, ScaleDue
from protocols.vitals import NS_PER_S


def steps_before() -> Iterator[Callable[[ViewState], RecordScale | None]]:
    """A step for each scale required before the drug; the last one finds nothing left."""
    left = True

    def fill_in(state: ViewState) -> RecordScale | None:
        nonlocal left
        entry = next_before(state)
        left = entry is not None
        return entry

    while left:
        yield fill_in


def next_before(state: ViewState) -> RecordScale | None:
    """The next scale required before the drug, filled in; None when none is left."""
    return _first(state, lambda due: due.moment is Moment.BEFORE)


def next_after(state: ViewState, now_ns: int) -> RecordScale | None:
    """The next scale that leaving waits for: one that is required, or that a criterion rests on."""
    definition, ended_ns = state.definition, state.infusion_ended_ns
    if definition is None or ended_ns is None or state.phase is not Phase.RECOVERY:
        return None
    for criterion in definition.discharge:
        outcome = state.discharge.get(criterion.id)
        scale = definition.scale(criterion.scale)
        if scale is not None and (outcome is None or outcome.met is None):
            return plain_entry(scale)
    return _first(
        state,
        lambda due: due.moment is not Moment.BEFORE and now_ns >= ended_ns + due.after_s * NS_PER_S,
    )


def _first(state: ViewState, is_due: Callable[[ScaleDue], bool]) -> RecordScale | None:
    definition = state.definition
    if definition is None:
        return None
    for due in definition.scales_due:
        wanted = is_wanted(due, state.scales.recorded, state.infusion_ended_ns)
        scale = definition.scale(due.scale)
        if due.required and is_due(due) and wanted and scale is not None:
            return plain_entry(scale)
    return None
