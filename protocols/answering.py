"""What people answer to alarms: acknowledged, sound paused, accepted or rejected elsewhere."""

from __future__ import annotations

from protocols.events import (
    AcceptAlarm,
    Acknowledge,
    EndAudioPause,
    Output,
    PauseAudio,
    RejectAlarm,
)
from protocols.visit import Visit, refuse


def acknowledge(visit: Visit, command: Acknowledge) -> list[Output]:
    """Somebody saw an alarm and did something about it; said twice, it is said once."""
    if not visit.board.state_of(command.alarm).is_seen:
        return refuse(command, "That alarm is no longer there.")
    if visit.limits.policy.acknowledge_needs_action:
        if not command.by.strip():
            return refuse(command, "Give the name of the person who acknowledges the alarm.")
        if not command.action.strip():
            return refuse(command, "Say what was done: an alarm is acknowledged with an action.")
    return visit.board.acknowledge(command.t_ns, command.alarm, command.by, command.action)


def pause_audio(visit: Visit, command: PauseAudio) -> list[Output]:
    """Silence for a time what sounds."""
    if visit.board.pause_stands:
        return []
    outputs = visit.board.pause_audio(command.t_ns, command.by)
    return outputs or refuse(command, "No alarm is sounding.")


def end_audio_pause(visit: Visit, command: EndAudioPause) -> list[Output]:
    """Let what was paused sound again."""
    return visit.board.end_audio_pause(command.t_ns, command.by)


def accept_alarm(visit: Visit, command: AcceptAlarm) -> list[Output]:
    """Somebody elsewhere goes to the patient."""
    problem = visit.annunciator.problem_with(command)
    return refuse(command, problem) if problem else visit.annunciator.accept(command)


def reject_alarm(visit: Visit, command: RejectAlarm) -> list[Output]:
    """Nobody at that staff station can go to the patient."""
    problem = visit.annunciator.problem_with(command)
    return refuse(command, problem) if problem else visit.annunciator.reject(command)
