"""Recordings from the journal: sessions as they were recorded, without bytes and waveforms."""

from __future__ import annotations

from collections.abc import Iterator

from app.rejudging.recording import Fact, Recording, sorted_facts, split_streams
from protocols.alarm_facts import FACTS
from protocols.definition import DefinitionError, ProtocolDefinition, parse_protocol
from protocols.events import (
    EVENT_KINDS,
    Acknowledge,
    AlarmChanged,
    BpStateChanged,
    EndAudioPause,
    Event,
    Input,
    LimitChanged,
    LinkChanged,
    PatientRecorded,
    PauseAudio,
    PumpReported,
    Reading,
    SessionClosed,
    SessionOpened,
)
from protocols.vitals import Vital
from storage.database import Database
from storage.numerics import Numerics, read_numerics

WANTED = (
    *FACTS,
    Acknowledge,
    AlarmChanged,
    EndAudioPause,
    LimitChanged,
    PatientRecorded,
    PauseAudio,
    SessionClosed,
    SessionOpened,
)
"""Kinds of events that a recording is made of."""

_KINDS = frozenset(name for name, kind in EVENT_KINDS.items() if issubclass(kind, WANTED))
_NO_PROTOCOL = (
    "its protocol cannot be read by this version: pressures are valid as the limits say, whatever "
    "the interval was"
)
_ROOTS = (LinkChanged, BpStateChanged, PumpReported)
"""Facts of monitors: each is judged by itself."""

WAVES = frozenset((Vital.PLETH, Vital.CUFF))
"""Streams that no rule reads."""

STREAMS = frozenset(v for v in Vital if v not in WAVES)
"""Vitals whose readings may stand in packed rows and are read."""


def read_recording(database: Database, session: str) -> Recording:
    """The session named `session`.

    Raises:
        StorageError: there is no such session, or a row cannot be read.
    """
    return recording_of(read_numerics(database, session, _KINDS, STREAMS))


def recording_of(numerics: Numerics) -> Recording:
    """The recording that a session's rows make."""
    streams, single = split_streams(numerics.readings)
    events = sorted([*numerics.events, *single], key=lambda one: one[0])
    opened = next((e for _, e in events if isinstance(e, SessionOpened)), None)
    patient = next((e for _, e in events if isinstance(e, PatientRecorded)), None)
    subject = "" if patient is None else patient.entry.mrn
    definition = None if opened is None else _definition(opened)
    unread = () if opened is None or definition is not None else (_NO_PROTOCOL,)
    return Recording(
        name=numerics.session,
        subject=subject or numerics.session,
        facts=sorted_facts(_facts(events, numerics.inputs)),
        streams=streams,
        end_ns=numerics.last_t_ns,
        definition=definition,
        limits_text="" if opened is None else opened.limits_text,
        intervals={}
        if opened is None
        else {slot.device: slot.interval_s for slot in opened.devices if slot.interval_s},
        judged=True,
        notes=unread,
        simulated=opened is not None and opened.simulated,
    )


def _definition(opened: SessionOpened) -> ProtocolDefinition | None:
    """The protocol in force; None where this version cannot read it any more."""
    try:
        return parse_protocol(opened.protocol_text, "protocol of this session")
    except DefinitionError:
        return None


def _facts(events: list[tuple[int, Event]], inputs: tuple[tuple[int, int], ...]) -> Iterator[Fact]:
    """Facts, each with whether it came of the same cause as the one before.

    An input begins anew, and so does what a monitor says; what follows a change of an alarm was
    worked out after rules had been judged. Where neither came at that time, a deadline had.
    """
    marks = iter([*inputs, (1 << 62, 0)])
    mark, mark_ns = next(marks)
    caused_ns = -1
    before: Event | None = None
    for seq, event in events:
        passed = False
        while mark < seq:
            caused_ns, passed = mark_ns, True
            mark, mark_ns = next(marks)
        cause = isinstance(event, (Input, *_ROOTS)) or (
            isinstance(event, Reading) and not event.manual
        )
        if cause:
            caused_ns = event.t_ns
        same = before is not None and before.t_ns == event.t_ns and not passed
        follows = same and not cause and not isinstance(before, AlarmChanged)
        before = event
        if not isinstance(event, PatientRecorded):
            by_itself = caused_ns != event.t_ns
            yield Fact(seq=seq, event=event, follows=follows, by_itself=by_itself)
