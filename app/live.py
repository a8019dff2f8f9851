"""A live session put together: clock, recorder, pipeline, runtime, ports and sound. No Qt."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from app.anchors import AnchorKeeper
from app.clock import SessionClock, iso_utc, utc_now
from app.opening import open_session
from app.pipeline import Pipeline
from app.recording import make_recorder, ready_database
from app.rules_files import Rules
from app.runtime import RECORDER_STALL_S, Guarded, Runtime
from app.sound import Sounder
from app.verification import Rerun
from devices.reader import Reader
from devices.registry import DRIVERS
from protocols.events import (
    ClockAnchored,
    DeviceSlot,
    Event,
    Input,
    Service,
    SessionOpened,
    SessionResumed,
    WriteNote,
)
from protocols.limits import LimitsProfile, parse_limits
from storage.database import open_database
from storage.journal import Journal
from storage.recorder import Recorder

FLUSH_S = 10.0
"""How long the last events may take to reach the disk when a session is left."""


class LiveSession:
    """Everything that runs behind one bedside window."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        clock: SessionClock,
        recorder: Recorder,
        slots: Sequence[DeviceSlot],
        first: Sequence[Input],
        past: Sequence[Event],
        limits: LimitsProfile,
        with_sound: bool,
    ) -> None:
        """Use `begin` or `resume`."""
        self.runtime = runtime
        self.clock = clock
        self.past = past
        self._recorder = recorder
        self._slots = slots
        self._first = first
        self._sounder = (
            Sounder(self._report_sound, reminder_s=limits.policy.reminder_s) if with_sound else None
        )

    @classmethod
    def begin(
        cls,
        *,
        database: str,
        room: str,
        rules: Rules,
        slots: Sequence[DeviceSlot],
        speed: float = 1.0,
        with_sound: bool = True,
    ) -> LiveSession:
        """A new session, with its opening event waiting to be settled at `start`.

        Raises:
            StorageError: the database cannot be opened.
        """
        notice = ready_database(database)
        utc = utc_now()
        opened = open_session(
            utc=utc,
            room=room,
            protocol_text=rules.protocol_text,
            limits_text=rules.limits_text,
            devices=slots,
        )
        clock = SessionClock(speed=speed)
        reports = _Reports()
        recorder = make_recorder(database, reports.say)
        pipeline = Pipeline()
        clock.hold_to(lambda: pipeline.t_ns)
        runtime = Runtime(opened.session, pipeline, clock, recorder, AnchorKeeper(0, utc))
        reports.runtime = runtime
        return cls(
            runtime=runtime,
            clock=clock,
            recorder=recorder,
            slots=slots,
            first=[opened, *_noted(notice)],
            past=(),
            limits=rules.limits,
            with_sound=with_sound,
        )

    @classmethod
    def resume(
        cls,
        *,
        database: str,
        session: str,
        by: str,
        reason: str,
        slots: Mapping[str, DeviceSlot] | None = None,
        speed: float = 1.0,
        with_sound: bool = True,
        at_the_cut: bool = False,
    ) -> LiveSession:
        """A session that was cut, rebuilt from its record; the gap is its next event.

        Clock, limits and baseline are those of the record. Time goes on by the wall clock, so the
        dose clock is right if the pump ran on; `slots` names other ports for the same monitors.
        With `at_the_cut` session time goes on where the record ends, for closing the session: what
        the pump did since is not known and nothing is counted.

        Raises:
            StorageError: the record cannot be read.
        """
        with open_database(database) as record:
            past = list(Journal(record).read(session))
        rerun = Rerun()
        for event in past:
            rerun.take(event)
        end_ns = max(event.t_ns for event in past)
        lost = [*rerun.unrecorded, *rerun.pipeline.advance(end_ns)]
        utc = utc_now()
        away = utc - _wall_time(past, end_ns)
        known = away > timedelta(0) and not at_the_cut
        now_ns = end_ns + (round(away / timedelta(milliseconds=1)) * 1_000_000 if known else 0)
        clock = SessionClock(start_ns=now_ns, speed=speed)
        reports = _Reports()
        recorder = make_recorder(database, reports.say)
        if lost:
            recorder.put(session, lost)
        clock.hold_to(lambda: rerun.pipeline.t_ns)
        runtime = Runtime(session, rerun.pipeline, clock, recorder, AnchorKeeper(now_ns, utc))
        reports.runtime = runtime
        resumed = SessionResumed(
            t_ns=now_ns,
            gap_start_ns=end_ns,
            utc=iso_utc(utc),
            by=by,
            reason=reason,
            gap_from_wall_clock=known,
        )
        opened = next(event for event in past if isinstance(event, SessionOpened))
        bound = [(slots or {}).get(slot.device, slot) for slot in opened.devices]
        return cls(
            runtime=runtime,
            clock=clock,
            recorder=recorder,
            slots=bound,
            first=[resumed],
            past=[*past, *lost],
            limits=parse_limits(opened.limits_text, "limits of this session"),
            with_sound=with_sound,
        )

    @property
    def session(self) -> str:
        """Name of the session."""
        return self.runtime.session

    def start(self, *, reading: bool = True) -> None:
        """Begin: core, ports and sound run until `stop`; without `reading` no port is opened."""
        if self._sounder is not None:
            self.runtime.listen(self._sounder.listen)
        self.runtime.guard(
            Guarded(
                service=Service.RECORDER,
                silent_s=self._recorder_silent_s,
                limit_s=RECORDER_STALL_S,
                sentence="The recorder does not answer. Write down the vitals by hand.",
            )
        )
        ports = {
            slot.device: Reader(
                slot, DRIVERS[slot.driver].settings, self.clock.now_ns, self.runtime.deliver
            )
            for slot in (self._slots if reading else ())
        }
        self.runtime.start(ports, self._first)
        if self._sounder is not None:
            self._sounder.start()

    def stop(self) -> bool:
        """End all threads; whether everything reached the database."""
        if self._sounder is not None:
            self._sounder.stop()
        self.runtime.stop()
        written = self._recorder.flush(FLUSH_S)
        self._recorder.close(FLUSH_S)
        return written

    def _report_sound(self, working: bool, detail: str) -> None:
        self.runtime.report(Service.SOUND, working=working, detail=detail)

    def _recorder_silent_s(self) -> float:
        return (time.monotonic_ns() - self._recorder.last_alive_ns) / 1e9


class _Reports:
    """Takes the recorder's word before the runtime that it belongs to exists."""

    def __init__(self) -> None:
        self.runtime: Runtime | None = None

    def say(self, working: bool, detail: str) -> None:
        if self.runtime is not None:
            self.runtime.report(Service.RECORDER, working=working, detail=detail)


def _noted(notice: str) -> list[Input]:
    return [WriteNote(t_ns=0, by="program", text=notice)] if notice else []


def _wall_time(past: Sequence[Event], t_ns: int) -> datetime:
    """The wall clock at `t_ns`, by the last anchor before it."""
    anchor_ns, anchor_utc = 0, utc_now()
    for event in past:
        if isinstance(event, SessionOpened | ClockAnchored | SessionResumed):
            anchor_ns, anchor_utc = event.t_ns, datetime.fromisoformat(event.utc)
    return anchor_utc + timedelta(microseconds=(t_ns - anchor_ns) / 1000)
