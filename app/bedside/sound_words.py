"""What the screen says of the sound of alarms: that it works, is paused, is gone, was not heard."""

from __future__ import annotations

from app.bedside.times import minutes_text, time_of_day
from app.signs import SoundSign
from app.state import ViewState
from protocols.events import Service
from protocols.sound_check import CHANGED, UNHEARD

OUTPUT_CHANGED = "The sound output changed: play the sounds again."
NOT_PLAYED = "Nobody heard the alarm sounds yet: play them."


def sound_problem(state: ViewState) -> str:
    """That the alarms cannot be heard, why, and what to do; empty where sound works."""
    detail = state.services.get(Service.SOUND)
    if detail is None:
        return ""
    why = detail.strip().rstrip(".")
    return f"No sound: {why}. Watch the screen." if why else "No sound: watch the screen."


def sound_unproven(state: ViewState) -> str:
    """What is missing where somebody must have heard the sounds; empty where nothing is."""
    signals = state.signals
    if signals.policy is None or not signals.policy.sound_check_required:
        return ""
    checked = signals.checked
    if checked is None:
        return NOT_PLAYED
    if checked.heard is None:
        return OUTPUT_CHANGED
    if not checked.heard:
        return "The alarm sounds are not heard at the bedside: watch the screen."
    return ""


def start_hold(state: ViewState) -> str:
    """What the check of sound still holds the start for, in the words of the rules, or empty."""
    policy, checked = state.signals.policy, state.signals.checked
    if policy is None or not policy.sound_check_required:
        return ""
    if checked is None:
        return UNHEARD
    return CHANGED if checked.heard is None else ""


def sound_sign(state: ViewState, now_ns: int) -> tuple[SoundSign, str]:
    """The bell to show at `now_ns`, and the words beside it."""
    if Service.SOUND in state.services:
        return SoundSign.OFF, "NO SOUND: watch the screen"
    if state.audio_pause_ends_ns is not None:
        left = minutes_text(state.audio_pause_ends_ns - now_ns)
        return SoundSign.PAUSED, f"AUDIO PAUSED {left}"
    if sound_unproven(state):
        checked = state.signals.checked
        if checked is None:
            return SoundSign.UNPROVEN, "sound not checked"
        if checked.heard is None:
            return SoundSign.UNPROVEN, "SOUND CHANGED: check it"
        return SoundSign.OFF, "SOUND NOT HEARD: watch the screen"
    return SoundSign.ON, "sound on"


def check_words(state: ViewState) -> str:
    """How the check of sound stands, and what is not known of the output, in sentences."""
    return f"{_standing_words(state)} {sound_hint(state)}".rstrip()


def sound_hint(state: ViewState) -> str:
    """What is not known of an output of sound that works; empty where nothing is missing."""
    sound = state.signals.sound
    return sound.detail if sound is not None and sound.working else ""


def _standing_words(state: ViewState) -> str:
    started, checked = state.signals.check_started, state.signals.checked
    if started is not None:
        return (
            f"Played at {time_of_day(state, started.t_ns)}, from the gentlest to the most urgent. "
            "Did somebody at the bedside hear them?"
        )
    if checked is None:
        return "Not played in this session yet."
    at = time_of_day(state, checked.t_ns)
    if checked.heard is None:
        return OUTPUT_CHANGED
    if checked.heard:
        return f"Heard at the bedside, {checked.by} {at}."
    reason = f": {checked.reason}" if checked.reason else ""
    return f"Not heard at the bedside, {checked.by} {at}{reason}"


def awaits_answer(state: ViewState) -> bool:
    """Whether the sounds were played and nobody said since whether they are heard."""
    return state.signals.check_started is not None
