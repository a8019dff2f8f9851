"""The one time axis that all trends of a session share: minutes from the start of the drug."""

from __future__ import annotations

from dataclasses import dataclass

from app.state import ViewState
from protocols.events import Phase
from protocols.vitals import NS_PER_S

BEFORE_START_MIN = 10.0
"""How much of the time before the drug the axis keeps."""

_STEP_MIN = 10.0
"""The axis grows by this, so that it seldom moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A span of the session in minutes, and where its zero is.

    Attributes:
        zero_s: session time of minute 0, s.
        start_min, end_min: the span shown.
        from_drug: whether minute 0 is the start of the drug (else the start of the session).
    """

    zero_s: float = 0.0
    start_min: float = 0.0
    end_min: float = 20.0
    from_drug: bool = False

    def minutes(self, t_s: float) -> float:
        """Minute of session time `t_s`."""
        return (t_s - self.zero_s) / 60.0


def timeline(state: ViewState, now_ns: int) -> Timeline:
    """The span to show at `now_ns`: from shortly before the drug to the end of what is planned."""
    now_min = now_ns / NS_PER_S / 60.0
    if state.infusion_started_ns is None:
        end = _up(max(now_min + 2.0, 2 * _STEP_MIN))
        return Timeline(end_min=end, start_min=max(0.0, end - 60.0))
    zero_s = state.infusion_started_ns / NS_PER_S
    since_min = now_min - zero_s / 60.0
    planned = 0.0 if state.dose is None else float(state.dose.duration_min)
    if state.phase in (Phase.STOPPED, Phase.RECOVERY, Phase.DISCHARGED):
        planned = 0.0
    end = _up(max(since_min + 2.0, planned + 5.0, 2 * _STEP_MIN))
    start = -min(BEFORE_START_MIN, zero_s / 60.0)
    return Timeline(zero_s=zero_s, start_min=start, end_min=end, from_drug=True)


def whole_session(state: ViewState, end_ns: int) -> Timeline:
    """The span from the first event to `end_ns`, for a session that is looked back on."""
    end_min = end_ns / NS_PER_S / 60.0
    zero_s = (state.infusion_started_ns or 0) / NS_PER_S
    return Timeline(
        zero_s=zero_s,
        start_min=-zero_s / 60.0,
        end_min=max(1.0, end_min * 1.01) - zero_s / 60.0,
        from_drug=state.infusion_started_ns is not None,
    )


def _up(minutes: float) -> float:
    return _STEP_MIN * -(-minutes // _STEP_MIN)
