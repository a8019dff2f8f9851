"""What sounded at the bedside at a moment of the past, in words: a replay makes no sound. Pure."""

from __future__ import annotations

from app.bedside.times import minutes_text
from app.state import ViewState
from protocols.events import Priority, Service


def sounding_words(state: ViewState, now_ns: int) -> str:
    """Which priority sounded at `now_ns`, or why none did."""
    if Service.SOUND in state.services:
        return "No sound then: the output had failed"
    highest = loudest(state)
    if state.audio_pause_ends_ns is not None:
        left = minutes_text(state.audio_pause_ends_ns - now_ns)
        held = "" if highest is None else f", {highest.value} held back"
        return f"Sound paused then, {left} left{held}"
    return "Silent then" if highest is None else f"Sounding then: {highest.value}"


def loudest(state: ViewState) -> Priority | None:
    """The highest priority that may be heard in the room, or None."""
    heard: list[Priority] = []
    for alarm in state.active_alarms:
        signal = state.signals.alarms.get(alarm.alarm)
        if alarm.state.is_heard and (signal is None or signal.room_sound):
            heard.append(alarm.priority)
    return max(heard, key=lambda priority: priority.rank, default=None)
