"""Events as the session that a replay is given."""

from __future__ import annotations

from collections.abc import Sequence

from app.records.catalogue import RecordedSession, SessionLine, Standing
from protocols.events import Event
from tests.unit.app import recorded_sessions as recorded


def as_session(
    events: Sequence[Event],
    standing: Standing = Standing.CLOSED,
    *,
    missing: tuple[str, ...] = (),
) -> RecordedSession:
    """`events` as a session that stands so, of which `missing` cannot be read."""
    line = SessionLine(
        session=recorded.CLOSED,
        started_at=None,
        room="Room 2",
        protocol="iv-0.5-40",
        patient="Example, Ana",
        mrn="MRN-7",
        standing=standing,
        phase="infusing",
        simulated=True,
        delivered_mg="0",
        alarms=1,
        technical_alarms=0,
        duration_s=0.0,
    )
    return RecordedSession(line=line, events=tuple(events), missing=missing)
