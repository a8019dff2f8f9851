"""The check of sound: nobody is given a dose before somebody heard the alarms at the bedside.

A program cannot know whether a loudspeaker is heard. A person plays the sounds and says so; that
stands until the output stops working or changes, or the program is started again. Who hears
nothing says what is done instead; the dose may then be given, and a technical alarm keeps the fact
in sight.
"""

from __future__ import annotations

from protocols.events import (
    AnswerSoundCheck,
    CheckSound,
    Output,
    Service,
    ServiceReported,
    SoundChecked,
    SoundCheckStarted,
)
from protocols.visit import Visit, refuse
from protocols.vitals import NS_PER_S

REPEATED_NS = 3 * NS_PER_S
"""A second press this soon after the first was meant as one."""

UNHEARD = "Nobody has heard the alarm sounds yet: play them, and say whether they are heard."
CHANGED = (
    "The sound output changed since the alarm sounds were heard: play them again, and say whether "
    "they are heard."
)


def check_sound(visit: Visit, command: CheckSound) -> list[Output]:
    """Play the sounds once."""
    sound = visit.sound
    if sound.played_ns is not None and command.t_ns - sound.played_ns < REPEATED_NS:
        return []
    sound.played_ns = command.t_ns
    return [SoundCheckStarted(t_ns=command.t_ns, by=command.by)]


def answer_sound_check(visit: Visit, command: AnswerSoundCheck) -> list[Output]:
    """Take the word of a person on whether the sounds were heard at the bedside."""
    sound, reason = visit.sound, command.reason.strip()
    if not command.by.strip():
        return refuse(command, "Give the name of the person who listened.")
    if not command.heard and not reason:
        return refuse(command, "Nothing was heard: say what is done instead, as a reason.")
    known = sound.checked
    if known is not None and known.heard is command.heard and known.reason == reason:
        return []
    if command.heard and sound.working is False:
        return refuse(command, f"The alarm sound does not work. {sound.detail}".strip())
    if command.heard and sound.played_ns is None:
        return refuse(command, "Play the alarm sounds first, then say whether they are heard.")
    sound.played_ns = None
    return _checked(visit, command.t_ns, command.heard, command.by, reason)


def follow_service(visit: Visit, report: ServiceReported) -> list[Output]:
    """An output that stops working, or changed, is heard by nobody for certain."""
    if report.service is not Service.SOUND:
        return []
    sound = visit.sound
    sound.working, sound.detail = report.working, report.detail
    return [] if report.working else lose_proof(visit, report.t_ns, report.detail)


def lose_proof(visit: Visit, t_ns: int, reason: str) -> list[Output]:
    """Nobody knows any more whether the sounds are heard; a play before now proves nothing."""
    visit.sound.played_ns = None
    known = visit.sound.checked
    if known is None or not known.heard:
        return []
    return _checked(visit, t_ns, None, "", reason)


def _checked(visit: Visit, t_ns: int, heard: bool | None, by: str, reason: str) -> list[Output]:
    checked = SoundChecked(t_ns=t_ns, heard=heard, by=by, reason=reason)
    visit.sound.checked = checked
    return [checked]


def start_problem(visit: Visit) -> str:
    """Why the check of sound does not allow a dose, in a sentence, or nothing."""
    if visit.signals is None or not visit.signals.sound_check_required:
        return ""
    checked = visit.sound.checked
    if checked is None:
        return UNHEARD
    return CHANGED if checked.heard is None else ""
