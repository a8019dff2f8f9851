"""The states of one alarm as a table: what moves it, and where to.

The table follows the vocabulary of IEC 60601-1-8 and of HL7's DeviceAlert codes (condition, audio
pause, acknowledgement, latch). An empty cell changes nothing. A verdict UNKNOWN is no stimulus at
all: it moves nothing, and a running delay runs on.
"""

from __future__ import annotations

from enum import StrEnum

from protocols.alarm_rules import AlarmRule
from protocols.events.terms import AlarmState


class Stimulus(StrEnum):
    """What can move an alarm."""

    VIOLATED = "violated"
    CLEARED = "cleared"
    DUE = "due"
    ACK = "acknowledge"
    PAUSE = "pause"
    HOLD = "hold"
    SWITCH_OFF = "switch-off"


_S, _T = AlarmState, Stimulus

TRANSITIONS: dict[tuple[AlarmState, Stimulus], AlarmState] = {
    (_S.OFF, _T.VIOLATED): _S.PENDING,
    (_S.PENDING, _T.CLEARED): _S.OFF,
    (_S.PENDING, _T.DUE): _S.SOUNDING,
    (_S.OFF, _T.HOLD): _S.HELD,
    (_S.PENDING, _T.HOLD): _S.HELD,
    (_S.HELD, _T.CLEARED): _S.OFF,
    (_S.HELD, _T.DUE): _S.SOUNDING,
    (_S.SOUNDING, _T.CLEARED): _S.LATCHED,
    (_S.SOUNDING, _T.ACK): _S.ACKED,
    (_S.SOUNDING, _T.PAUSE): _S.PAUSED,
    (_S.PAUSED, _T.CLEARED): _S.LATCHED_PAUSED,
    (_S.PAUSED, _T.DUE): _S.SOUNDING,
    (_S.PAUSED, _T.ACK): _S.ACKED,
    (_S.ACKED, _T.CLEARED): _S.OFF,
    (_S.ACKED, _T.DUE): _S.SOUNDING,
    (_S.LATCHED, _T.VIOLATED): _S.SOUNDING,
    (_S.LATCHED, _T.ACK): _S.OFF,
    (_S.LATCHED, _T.PAUSE): _S.LATCHED_PAUSED,
    (_S.LATCHED_PAUSED, _T.VIOLATED): _S.PAUSED,
    (_S.LATCHED_PAUSED, _T.DUE): _S.LATCHED,
    (_S.LATCHED_PAUSED, _T.ACK): _S.OFF,
    **{(state, _T.SWITCH_OFF): _S.OFF for state in AlarmState},
}
"""State and stimulus to next state, for a rule with delay, latch and re-alarm."""

IN_FORCE = frozenset((AlarmState.SOUNDING, AlarmState.PAUSED, AlarmState.ACKED))
"""States in which the condition was true when last known, and hysteresis applies."""

PAUSED = frozenset((AlarmState.PAUSED, AlarmState.LATCHED_PAUSED))
"""States that are silent because of an audio pause, and sound again when it ends."""

LATCHED = frozenset((AlarmState.LATCHED, AlarmState.LATCHED_PAUSED))
"""States after the condition has ended, until somebody acknowledges it."""


def transition(state: AlarmState, stimulus: Stimulus, rule: AlarmRule) -> AlarmState:
    """The state after `stimulus`, as the table and the rule's delay, latch and re-alarm say."""
    after = TRANSITIONS.get((state, stimulus), state)
    if after is AlarmState.PENDING and stimulus is Stimulus.VIOLATED and not rule.delay_s:
        return AlarmState.SOUNDING
    if after in LATCHED and stimulus is Stimulus.CLEARED and not rule.latch:
        return AlarmState.OFF
    if state is AlarmState.ACKED and stimulus is Stimulus.DUE and not rule.realarm_s:
        return state
    return after
