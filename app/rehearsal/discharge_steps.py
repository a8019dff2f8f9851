"""What the scripted nurse measures again because leaving waits for it."""

from __future__ import annotations

from app.state import ViewState
from protocols.events import BpState, TakeBp
from protocols.vitals import NS_PER_S, Vital


def next_pressure(state: ViewState, now_ns: int) -> TakeBp | None:
    """Another pressure where a criterion is open for want of one and the last is long enough ago.

    None while one is being taken, and until the spacing that the criterion asks for has passed.
    """
    if state.definition is None or state.bp_state in (BpState.REQUESTED, BpState.MEASURING):
        return None
    last = state.last_blood_pressure
    for criterion in state.definition.discharge:
        outcome = state.discharge.get(criterion.id)
        rests_on_one = any(test.vital is Vital.SBP for test in criterion.tests)
        if not rests_on_one or outcome is None or outcome.met is not None:
            continue
        if last is None or now_ns - last.measured_ns >= criterion.spacing_s * NS_PER_S:
            return TakeBp(t_ns=0, by="")
    return None
