"""A live session put together: clock, recorder, pipeline, runtime, ports and sound. No Qt."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.amending import record_end
from app.anchors import AnchorKeeper
from app.clock import SessionClock, iso_utc, utc_now
from app.deadman.messages import Part
from app.opening import open_session
from app.pipeline import Pipeline
from app.recording import make_recorder, ready_database
from app.resumption import read_cut_record
from app.rules_files import Rules
from app.runtime import Guarded, Runtime
from app.signing import RecordEnd
from app.sounding.session_sound import SessionSound
from app.staff.link import StaffLink
from app.time_zone import zone_name
from devices.ports import PortFinder
from devices.reader import Reader
from devices.registry import DRIVERS
from protocols.events import (
    DeviceSlot,
    Event,
    Input,
    PersonIdentified,
    Presentation,
    Service,
    SessionResumed,
    WriteNote,
)
from protocols.limits import LimitsProfile, parse_limits
from storage.database import open_database
from storage.faults import StorageError
from storage.recorder import Recorder

DISK_PATIENCE_S = 3.0
"""How long a disk may take over one write before the recorder counts as silent."""

SIGN_FLUSH_S = 2.0
"""How long a signature waits for what came before it to reach the disk."""

FLUSH_S = 10.0
"""How long the last events may take to reach the disk when a session is left."""


CLOCK_SET_BACK = (
    "The clock of this machine stands before the end of the record, so nobody knows how long"
    " nothing was recorded. No dose is counted for that time: read the volume given from the"
    " pump, note it, and have the clock set right."
)

Told = Callable[[str], None]
"""Told in a sentence, from any thread, what people should know of the record now."""


def _unheard(sentence: str) -> None:
    """Nobody asked to be told."""


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
        database: str,
    ) -> None:
        """Use `begin` or `resume`."""
        self._database = database
        self.runtime = runtime
        self.clock = clock
        self.past = past
        runtime.recall(past)
        self._recorder = recorder
        self._slots = slots
        self._first = first
        self._staff: StaffLink | None = None
        self._sound = self._make_sound(limits) if with_sound else None

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
        tell: Told = _unheard,
        people_text: str = "",
        person: PersonIdentified | None = None,
    ) -> LiveSession:
        """A new session, with its opening event waiting to be settled at `start`.

        `people_text` is the rights file in force where people have accounts, and `person` who is
        signed in. `tell` is told when the recorder goes on in another file.

        Raises:
            StorageError: the database cannot be opened.
        """
        notice = ready_database(database)
        utc = utc_now()
        opened = open_session(
            utc=utc,
            room=room,
            devices=slots,
            zone=zone_name(),
            people_text=people_text,
            **rules.texts,
        )
        clock = SessionClock(speed=speed)
        anchors = AnchorKeeper(0, utc, opened.utc_offset_min, opened.zone)
        wires = _Wires(tell)
        runtime, recorder = _wire(database, opened.session, Pipeline(), clock, anchors, wires)
        return cls(
            runtime=runtime,
            clock=clock,
            recorder=recorder,
            slots=slots,
            first=[opened, *_identified(person, 0), *_noted(notice)],
            past=(),
            limits=rules.limits,
            with_sound=with_sound,
            database=database,
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
        tell: Told = _unheard,
        person: PersonIdentified | None = None,
    ) -> LiveSession:
        """A session that was cut, rebuilt from its record; the gap is its next event.

        Clock, limits and baseline are those of the record. Time goes on by the wall clock, so the
        dose clock is right if the pump ran on; `slots` names other ports for the same monitors and
        `person` who is signed in now.
        With `at_the_cut` session time goes on where the record ends, for closing the session: what
        the pump did since is not known and nothing is counted.

        Raises:
            StorageError: the record cannot be read.
        """
        ready_database(database)
        cut = read_cut_record(database, session)
        utc = utc_now()
        now_ns, known = (cut.end_ns, False) if at_the_cut else cut.time_now(utc)
        clock = SessionClock(start_ns=now_ns, speed=speed)
        anchors = AnchorKeeper(now_ns, utc, cut.offset_min, cut.zone)
        wires = _Wires(tell)
        runtime, recorder = _wire(database, session, cut.pipeline, clock, anchors, wires)
        recorder.expect(session, len(cut.past) + 1)
        if cut.lost:
            recorder.put(session, cut.lost)
        resumed = SessionResumed(
            t_ns=now_ns,
            gap_start_ns=cut.end_ns,
            utc=iso_utc(utc),
            by=by,
            reason=reason,
            gap_from_wall_clock=known,
            clock_back_s=0.0 if at_the_cut else max(0.0, (cut.end_utc - utc).total_seconds()),
        )
        if resumed.clock_back_s > 0:
            tell(CLOCK_SET_BACK)
        return cls(
            runtime=runtime,
            clock=clock,
            recorder=recorder,
            slots=[(slots or {}).get(slot.device, slot) for slot in cut.opened.devices],
            first=[resumed, *_identified(person, now_ns)],
            past=[*cut.past, *cut.lost],
            limits=parse_limits(cut.opened.limits_text, "limits of this session"),
            with_sound=with_sound,
            database=database,
        )

    @property
    def session(self) -> str:
        """Name of the session."""
        return self.runtime.session

    def start(
        self,
        *,
        reading: bool = True,
        finder: PortFinder | None = None,
        staff: StaffLink | None = None,
    ) -> None:
        """Begin: core, ports and sound run until `stop`; without `reading` no port is opened.

        `finder` looks for monitors that come back under another address; `staff` tells stations
        elsewhere of the session.
        """
        if self._sound is not None:
            self.runtime.listen(self._sound.listen)
        if staff is not None:
            self._staff = staff
            staff.attach(self.runtime, self.clock, self.runtime.core.silent_s, self.past)
            self.runtime.listen(staff.listen)
        self.runtime.guard(
            Guarded(
                service=Service.RECORDER,
                silent_s=self._recorder_silent_s,
                sentence="The recorder does not answer. Write down the vitals by hand.",
            )
        )
        ports = {
            slot.device: Reader(
                slot,
                DRIVERS[slot.driver].settings,
                self.clock.now_ns,
                self.runtime.deliver,
                finder=finder,
            )
            for slot in (self._slots if reading else ())
        }
        self.runtime.start(ports, self._first)
        if self._sound is not None:
            self._sound.start()

    def life_signs(self) -> dict[Part, Callable[[], float]]:
        """For each part that is watched: seconds since its last sign of life."""
        return {
            Part.EVALUATOR: self.runtime.core.silent_s,
            Part.SCREEN: self.runtime.display.silent_s,
            Part.RECORDER: self._recorder_silent_s,
        }

    def record_end(self) -> RecordEnd:
        """The last event in the record and the hash there, once all that came is written.

        Raises:
            ValueError: it is not written yet, or cannot be read; the text is for people.
        """
        if not self._recorder.flush(SIGN_FLUSH_S):
            raise ValueError("The record is not written to the end yet: sign in a moment.")
        try:
            with open_database(self._database, read_only=True) as database:
                head = record_end(database, self.session)
        except StorageError as error:
            raise ValueError(error.user_text) from error
        return RecordEnd(seq=head.seq, chain=head.chain.hex())

    def stop(self) -> bool:
        """End all threads; whether everything reached the database."""
        if self._sound is not None:
            self._sound.stop()
        self.runtime.stop()
        if self._staff is not None:
            self._staff.detach()
        written = self._recorder.flush(FLUSH_S)
        self._recorder.close(FLUSH_S)
        return written

    def _make_sound(self, limits: LimitsProfile) -> SessionSound:
        """Sound that knows what the past of a resumed session left sounding."""
        icons = {rule.id: rule.icon for rule in limits.rules}
        return SessionSound(
            self._report_sound,
            icon_of=lambda alarm: icons.get(alarm.partition("/")[0], ""),
            presented=self._tell_sounded,
            reminder_s=limits.policy.reminder_s,
            past=self.past,
        )

    def _tell_sounded(self, alarm: str, raised_ns: int, at_monotonic_ns: int) -> None:
        ago_ns = (time.monotonic_ns() - at_monotonic_ns) * self.clock.speed
        at_ns = self.clock.exact_ns() - int(ago_ns)
        self.runtime.present(alarm, raised_ns, Presentation.SOUND, at_ns)

    def _report_sound(self, working: bool, detail: str) -> None:
        self.runtime.report(Service.SOUND, working=working, detail=detail)

    def _recorder_silent_s(self) -> float:
        silent_s = (time.monotonic_ns() - self._recorder.last_alive_ns) / 1e9
        return max(0.0, silent_s - DISK_PATIENCE_S) if self._recorder.is_writing else silent_s


class _Wires:
    """Takes the recorder's word before the runtime that it belongs to exists."""

    def __init__(self, tell: Told) -> None:
        self.runtime: Runtime | None = None
        self._tell = tell

    def tell_moved(self, sentence: str) -> None:
        """Let the session and whoever asked know that its file is another."""
        if self.runtime is not None:
            self.runtime.submit(WriteNote(t_ns=0, by="program", text=sentence))
        self._tell(sentence)

    def say(self, working: bool, detail: str) -> None:
        if self.runtime is not None:
            self.runtime.report(Service.RECORDER, working=working, detail=detail)


def _identified(person: PersonIdentified | None, t_ns: int) -> list[Input]:
    return [] if person is None else [replace(person, t_ns=t_ns)]


def _noted(notice: str) -> list[Input]:
    return [WriteNote(t_ns=0, by="program", text=notice)] if notice else []


def _wire(
    database: str,
    session: str,
    pipeline: Pipeline,
    clock: SessionClock,
    anchors: AnchorKeeper,
    wires: _Wires,
) -> tuple[Runtime, Recorder]:
    """A runtime and the recorder that reports to it."""
    clock.hold_to(lambda: pipeline.t_ns)
    recorder = make_recorder(database, wires.say, wires.tell_moved)
    wires.runtime = runtime = Runtime(session, pipeline, clock, recorder, anchors)
    return runtime, recorder
