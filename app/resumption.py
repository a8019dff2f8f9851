"""A session that was cut, brought back from its record: events, rules and where its time stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import MS, utc_now
from app.pipeline import Pipeline
from app.verification import Rerun
from protocols.events import ClockAnchored, Event, Output, SessionOpened, SessionResumed
from storage.database import open_database
from storage.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRecord:
    """What the record of a cut session gives.

    Attributes:
        opened: its opening event: rules and monitors in force.
        past: every event that is recorded.
        lost: outputs that followed from the record but did not reach it before the cut.
        pipeline: the rules as they stood at the end of the record.
        end_ns: session time of the last event.
        end_utc: the wall clock then, by the last anchor.
        offset_min, zone: how local time stood then, as recorded.
    """

    opened: SessionOpened
    past: tuple[Event, ...]
    lost: tuple[Output, ...]
    pipeline: Pipeline
    end_ns: int
    end_utc: datetime
    offset_min: int
    zone: str

    def time_now(self, utc: datetime) -> tuple[int, bool]:
        """Session time at `utc`, and whether the wall clock could tell how long it was away."""
        away = utc - self.end_utc
        if away <= timedelta(0):
            return self.end_ns, False
        return self.end_ns + round(away / timedelta(milliseconds=1)) * MS, True


def read_cut_record(database: str, session: str) -> CutRecord:
    """Read a session that was not closed and run its rules to the end of its record.

    Raises:
        StorageError: the record cannot be read.
    """
    with open_database(database, read_only=True) as record:
        past = tuple(Journal(record).read(session))
    rerun = Rerun()
    for event in past:
        rerun.take(event)
    end_ns = max(event.t_ns for event in past)
    clocks = [event for event in past if isinstance(event, SessionOpened | ClockAnchored)]
    return CutRecord(
        opened=next(event for event in past if isinstance(event, SessionOpened)),
        past=past,
        lost=(*rerun.unrecorded, *rerun.pipeline.advance(end_ns)),
        pipeline=rerun.pipeline,
        end_ns=end_ns,
        end_utc=_wall_time(past, end_ns),
        offset_min=clocks[-1].utc_offset_min,
        zone=clocks[-1].zone,
    )


def _wall_time(past: tuple[Event, ...], t_ns: int) -> datetime:
    anchor_ns, anchor_utc = 0, utc_now()
    for event in past:
        if isinstance(event, SessionOpened | ClockAnchored | SessionResumed):
            anchor_ns, anchor_utc = event.t_ns, datetime.fromisoformat(event.utc)
    return anchor_utc + timedelta(microseconds=(t_ns - anchor_ns) / 1000)
