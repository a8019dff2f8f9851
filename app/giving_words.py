"""How the drug reached the patient, in words: doses given at once, the line, a new container."""

from __future__ import annotations

from protocols.events import ContainerChanged, DoseGiven, HoldEnded, LineMark, LineMarked
from protocols.guardrails import amount_text, plain_text
from protocols.vitals import NS_PER_S

GivingEvent = DoseGiven | HoldEnded | LineMarked | ContainerChanged
"""What `giving_words` can say."""

MARK_WORDS = {
    LineMark.DRUG_AT_PATIENT: "drug reached patient",
    LineMark.FLUSH_STARTED: "flush started",
    LineMark.FLUSH_ENDED: "flush ended",
}
"""What was seen at the line."""


def giving_words(event: GivingEvent) -> str:
    """One event of the drug's way: ``dose 2 of 3: 28.0 mg, lot L-9``."""
    if isinstance(event, DoseGiven):
        words = f"dose {event.number} of {event.of}: {amount_text(event.amount_mg)} mg"
        words += f", lot {event.lot}" if event.lot else ""
        words += f", {event.site}" if event.site else ""
        return words + (f", before its time: {event.reason}" if event.reason else "")
    if isinstance(event, HoldEnded):
        held_s = event.held_ns // NS_PER_S
        return f"held {held_s // 60}:{held_s % 60:02d} min, then {event.outcome}"
    if isinstance(event, LineMarked):
        flush = "" if event.flush_ml is None else f", {plain_text(event.flush_ml)} mL"
        held = f"; {amount_text(event.in_line_mg)} mg in the line" if event.in_line_mg else ""
        return f"{MARK_WORDS[event.mark]}{flush}{held}"
    return f"new bag or syringe, lot {event.lot}, {plain_text(event.volume_ml)} mL"
