"""What a nurse does about the check of sound: plays the sounds and says whether they are heard."""

from __future__ import annotations

from app.state import ViewState
from protocols.events import AnswerSoundCheck, CheckSound, Command

NO_LOUDSPEAKER = "simulated visit without a loudspeaker"
"""What a simulated visit says where no part of the program reported an output that works."""


def check_sound(state: ViewState) -> Command | None:
    """The next step of the check, or None where none is wanted or an answer stands."""
    signals = state.signals
    if signals.policy is None or not signals.policy.sound_check_required:
        return None
    checked, started = signals.checked, signals.check_started
    if checked is not None and checked.heard is not None:
        return None
    if started is None or (checked is not None and started.t_ns <= checked.t_ns):
        return CheckSound(t_ns=0, by="")
    heard = signals.sound is not None and signals.sound.working
    return AnswerSoundCheck(t_ns=0, by="", heard=heard, reason="" if heard else NO_LOUDSPEAKER)
