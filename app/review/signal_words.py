"""How alarms were signalled, as the table of events tells it: limits, calls to staff, sound."""

from __future__ import annotations

from protocols.events import AlarmSignalled, LimitChanged, LimitPart, SoundChecked, StaffCall

Words = tuple[str, str, str]
"""Kind, what, by."""

_PARTS = {
    LimitPart.LIMIT: "limit",
    LimitPart.BY: "change from baseline",
    LimitPart.BY_PERCENT: "change from baseline in per cent",
}


def limit_words(event: LimitChanged) -> Words:
    """A limit that was set for this patient, switched off or restored."""
    ordered = f", ordered by {event.prescriber}" if event.prescriber else ""
    why = f": {event.reason}" if event.reason else ""
    if event.part is not None:
        what = f"{_PARTS[event.part]} {event.before:g} → {event.value:g}"
    else:
        what = "switched off" if event.off else "as the limits file has it again"
    return "limits", f"{event.rule} {what}{ordered}{why}", event.by


def signal_words(event: AlarmSignalled) -> Words | None:
    """A call to staff, or an alarm left unattended; None where nothing but the bedside was told."""
    if event.staff is StaffCall.NONE and not event.urgency:
        return None
    urgent = f", urgency {event.urgency}" if event.urgency else ""
    return "signal", f"{event.alarm}: staff {event.staff}{urgent}, {event.reason}", event.by


def check_words(event: SoundChecked) -> Words:
    """What came of a check of the alarm sounds."""
    heard = {True: "heard", False: "not heard", None: "to be checked again"}[event.heard]
    why = f": {event.reason}" if event.reason else ""
    return "sound", f"alarm sounds {heard}{why}", event.by
