"""Sessions that were never closed: found, described, and closed with their reason. No Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.clock import utc_now
from app.live import LiveSession
from app.reception.desk import CutSession
from app.records.rare_events import read_rare
from app.runtime import Runtime
from app.state import ViewState, fold
from protocols.events import (
    AbortBp,
    ArmBpSchedule,
    BpState,
    CloseSession,
    DeliveryChanged,
    DosePlanned,
    Event,
    PersonIdentified,
    Phase,
    SessionOpened,
    SessionResumed,
    StopInfusion,
)
from protocols.people import sentences
from storage.database import Database
from storage.journal import Journal
from storage.sessions import (
    QUIET_AFTER_S,
    SessionStatus,
    UnfinishedSession,
    list_sessions,
    unfinished,
)

STILL_S = 3.0
"""A session without a commit for so long is run by nobody: one that runs commits every second."""

CLOSE_S = 30.0
"""How long the closing of a cut session may take."""


CLOSE_AGAIN_S = 2.0
"""A closing that was refused is asked for again after so long."""


class NotClosedError(Exception):
    """A cut session could not be closed; the text says why."""


def find_cut_session(database: Database, now: datetime | None = None) -> CutSession | None:
    """The session to decide on first: a real one before a simulated one, the newest first.

    Raises:
        StorageError: the record cannot be read.
    """
    found = [session for session in unfinished(database) if session.last_t_ns > 0]
    if not found:
        return None
    # list_sessions calls quiet what committed nothing for long; here a few seconds say enough
    later = (now or utc_now()) + timedelta(seconds=QUIET_AFTER_S - STILL_S)
    quiet = {
        summary.session
        for summary in list_sessions(database, closed=False, now=later)
        if summary.status is SessionStatus.INTERRUPTED
    }
    waiting = sorted((s for s in found if s.session in quiet), key=lambda s: s.simulated)
    return _describe(database, waiting[0]) if waiting else None


def _describe(database: Database, session: UnfinishedSession) -> CutSession:
    events = read_rare(database, session.session, (DosePlanned, DeliveryChanged))
    planned = [float(e.dose_mg) for e in events if isinstance(e, DosePlanned)][-1:]
    changes = [e for e in events if isinstance(e, DeliveryChanged)][-1:]
    delivered_mg: float | None = None
    for change in changes:
        minutes = max(0, session.last_t_ns - change.t_ns) / 60e9
        delivered_mg = float(change.delivered_mg) + float(change.rate_mg_per_min) * minutes
        delivered_mg = min([delivered_mg, *planned])
    return CutSession(
        session=session.session,
        patient=session.patient,
        phase=session.phase or Phase.SETUP.value,
        delivered_mg=delivered_mg,
        planned_mg=planned[0] if planned else None,
        ended_at=session.last_utc,
        simulated=session.simulated,
    )


def read_past(database: Database, session: str) -> tuple[SessionOpened, list[DeliveryChanged]]:
    """The opening of a session and every change of delivery.

    Raises:
        StorageError: the record cannot be read.
    """
    opened: list[SessionOpened] = []
    changes: list[DeliveryChanged] = []
    for event in read_rare(database, session, (SessionOpened, DeliveryChanged)):
        if isinstance(event, SessionOpened):
            opened.append(event)
        elif isinstance(event, DeliveryChanged):
            changes.append(event)
    if not opened:
        opened = [e for e in Journal(database).read(session) if isinstance(e, SessionOpened)][:1]
    return opened[0], changes


def close_cut_session(
    database: str, session: str, by: str, reason: str, person: PersonIdentified | None = None
) -> None:
    """Resume a cut session without its monitors and close it, all in its record.

    `person` is who is signed in, where people have accounts. An infusion that the record leaves
    running or paused is recorded as stopped where the record ends: the dose counted is what was
    given until the cut, and no more is claimed.

    Raises:
        NotClosedError: the rules refused it, or it did not reach the record.
        StorageError: the record cannot be read.
    """
    live = LiveSession.resume(
        database=database,
        session=session,
        by=by,
        reason=reason,
        with_sound=False,
        at_the_cut=True,
        person=person,
    )
    follower = _Follower(live.past)
    if follower.state.people.rights is not None and person is None:
        live.stop()
        raise NotClosedError(sentences.NOBODY_SIGNED_IN)
    live.runtime.listen(follower.take)
    live.start(reading=False)
    try:
        follower.resumed.wait(CLOSE_S)
        closed = close_early(live.runtime, follower.state, by, reason, CLOSE_S)
    finally:
        written = live.stop()
    if not closed:
        raise NotClosedError("The session could not be closed; resume it and close it there.")
    if not written:
        raise NotClosedError("The closing did not reach the record: the disk does not take it.")


class _Follower:
    """Folds a session up to its resumption (a runtime listener)."""

    def __init__(self, past: Sequence[Event]) -> None:
        self.resumed = threading.Event()
        self.state = ViewState()
        for event in past:
            self.state = fold(self.state, event)

    def take(self, events: Sequence[Event]) -> None:
        if self.resumed.is_set():
            return
        for event in events:
            self.state = fold(self.state, event)
        if any(isinstance(event, SessionResumed) for event in events):
            self.resumed.set()


def close_early(
    runtime: Runtime, state: ViewState, by: str, reason: str, patience_s: float
) -> bool:
    """Close a session that stands at `state`, whatever its phase; whether it is closed.

    Automatic blood pressures are switched off, one in progress is aborted and a running or paused
    infusion is stopped first, so that nothing is left running by the rules.
    """
    if state.bp_armed:
        runtime.submit(ArmBpSchedule(t_ns=0, by=by, armed=False))
    if state.bp_state in (BpState.REQUESTED, BpState.MEASURING):
        runtime.submit(AbortBp(t_ns=0, by=by))
    if state.phase in (Phase.INFUSING, Phase.PAUSED):
        runtime.submit(StopInfusion(t_ns=0, by=by, reason=reason))
    give_up_s = time.monotonic() + patience_s
    while time.monotonic() < give_up_s:
        runtime.submit(CloseSession(t_ns=0, by=by, reason=reason))
        # an aborted cuff needs a moment before the rules let the session end
        if runtime.closed.wait(CLOSE_AGAIN_S):
            return True
    return False
