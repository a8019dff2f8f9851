"""What the list of sessions shows of one session, folded from its events."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

from protocols.events import (
    AlarmChanged,
    ClockAnchored,
    DeliveryChanged,
    Event,
    PhaseChanged,
    SessionClosed,
    SessionOpened,
    SessionResumed,
)
from protocols.events.outputs import PatientRecorded
from storage.clock import parse_utc, write_utc


def protocol_name(text: str) -> str:
    """The name that a protocol file (TOML) gives itself, or an empty text when it gives none."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return ""
    section = content.get("protocol")
    for table in (content, section if isinstance(section, dict) else {}):
        for key in ("id", "name"):
            if isinstance(table.get(key), str):
                return str(table[key])
    return ""


def _storable(text: str) -> str:
    """`text` as every database takes it: a server's texts hold no NUL."""
    return text.replace("\0", "\ufffd")


def _sortable(utc: str) -> str:
    moment = parse_utc(utc)
    return utc if moment is None else write_utc(moment)


@dataclass(slots=True)
class SummaryFold:
    """The state of the fold. Feed it the events of one session in order."""

    started_utc: str = ""
    room: str = ""
    protocol: str = ""
    program: str = ""
    patient: str = ""
    mrn: str = ""
    simulated: bool = False
    closed: bool = False
    phase: str = ""
    delivered_mg: str = "0"
    last_t_ns: int = 0
    anchor_t_ns: int = 0
    anchor_utc: str = ""
    occurrences: set[tuple[str, int, bool]] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Take one event into account."""
        self.last_t_ns = max(self.last_t_ns, event.t_ns)
        match event:
            case SessionOpened():
                self.started_utc = _storable(_sortable(event.utc))
                self.room = _storable(event.room)
                self.protocol = _storable(protocol_name(event.protocol_text))
                self.program = _storable(event.program)
                self.simulated = event.simulated
                self._anchor(event.t_ns, event.utc)
            case ClockAnchored() | SessionResumed():
                self._anchor(event.t_ns, event.utc)
            case PatientRecorded():
                name = f"{event.entry.family_name}, {event.entry.given_name}".strip(", ")
                self.patient = _storable(name)
                self.mrn = _storable(event.entry.mrn)
            case PhaseChanged():
                self.phase = event.after.value
            case DeliveryChanged():
                self.delivered_mg = str(event.delivered_mg)
            case AlarmChanged() if event.state.is_seen:
                self.occurrences.add((event.alarm, event.since_ns, event.technical))
            case SessionClosed():
                self.delivered_mg = str(event.delivered_mg)
                self.closed = True
            case _:
                pass

    def _anchor(self, t_ns: int, utc: str) -> None:
        self.anchor_t_ns, self.anchor_utc = t_ns, _storable(utc)

    def columns(self) -> dict[str, Any]:
        """The columns of the table of sessions. Each occurrence of an alarm counts once."""
        technical = sum(1 for _, _, technical in self.occurrences if technical)
        return {
            "started_utc": self.started_utc,
            "room": self.room,
            "protocol": self.protocol,
            "program": self.program,
            "patient": self.patient,
            "mrn": self.mrn,
            "simulated": self.simulated,
            "closed": self.closed,
            "phase": self.phase,
            "delivered_mg": self.delivered_mg,
            "alarms": len(self.occurrences) - technical,
            "technical_alarms": technical,
            "last_t_ns": self.last_t_ns,
            "anchor_t_ns": self.anchor_t_ns,
            "anchor_utc": self.anchor_utc,
        }
