"""A live session as windows know it: begun, shown, ended, and watched by a second process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.live import LiveSession
from app.reception.cut_sessions import close_early
from app.reception.desk import EarlierPatient
from app.reception.room_server import RoomServer
from app.reception.watching import WatchWish, make_keeper
from app.records.course_book import CourseBook
from app.rehearsal.demo import SPEEDS, DemoRoom
from app.signing import RecordEnd
from app.staff.link import StaffLink
from app.wakefulness.keeping import Wakefulness
from protocols.events import HandOver, Service

if TYPE_CHECKING:
    from app.bridge import Bridge

END_EARLY_S = 5.0
"""How long closing a session early may take."""


class LiveDemo:
    """The demonstration's own controls over its room and clock."""

    def __init__(self, room: DemoRoom, live: LiveSession, feed: Bridge) -> None:
        """Control `room` for the session `live`."""
        self.patient = room.patient.name
        self.speeds: Sequence[int] = SPEEDS
        self.room = room
        self._live = live
        self._feed = feed

    @property
    def speed(self) -> float:
        """Times real time."""
        return self._live.clock.speed

    def set_speed(self, speed: float) -> None:
        """Run at `speed` times real time from now on."""
        self._live.clock.set_speed(speed)

    @property
    def autopilot(self) -> bool:
        """Whether the scripted nurse does the whole visit."""
        return self.room.autopilot

    @autopilot.setter
    def autopilot(self, acts: bool) -> None:
        self.room.autopilot = acts

    def act(self) -> None:
        """Let the scripted nurse do what is due."""
        for command in self.room.act(self._feed.state, self._feed.now_ns()):
            self._feed.submit(command)


class LiveVisit:
    """A live session and its feed."""

    def __init__(
        self,
        live: LiveSession,
        patients: Callable[[], Sequence[EarlierPatient]],
        courses: CourseBook,
        room: DemoRoom | None = None,
        observer: str = "",
        staff: StaffLink | None = None,
        watch: WatchWish | None = None,
        kept_awake: bool = False,
        server: RoomServer | None = None,
    ) -> None:
        """Prepare; `observer` is recorded as the named observer when the session begins.

        With a `watch` a second process watches the visit from its beginning to its end; with
        `kept_awake` the machine may not sleep until the session is closed or the visit ends. How
        the forwarding to `server` goes is told to the session.
        """
        from app.bridge import Bridge  # the one part that needs Qt

        self.live = live
        self.feed = Bridge(live.runtime, live.clock)
        self.feed.apply(live.past)
        self.demo = None if room is None else LiveDemo(room, live, self.feed)
        self.courses = courses
        self._patients = patients
        self._room = room
        self._observer = observer
        self._staff = staff
        self._server = server
        if server is not None:
            self.feed.ask_server(server.line)
        self.keeper = None if watch is None else make_keeper(live, lambda: self.feed.state, watch)
        self._wakefulness = Wakefulness(self._report_sleep) if kept_awake else None
        if self._wakefulness is not None:
            live.runtime.listen(self._wakefulness.listen)
        if room is not None:
            live.runtime.listen(room.listen)

    def begin(self) -> None:
        """Start the session, its ports and the drawing."""
        if self._room is not None:
            self._room.room.start(self.live.clock.now_ns)
        self.live.start(staff=self._staff)
        self.feed.start()
        if self._server is not None:
            self._server.tell(self.live.runtime)
        if self._observer:
            self.feed.submit(HandOver(t_ns=0, by=self._observer, to=self._observer))
        if self._wakefulness is not None:
            self._wakefulness.start()
        if self.keeper is not None:
            self.keeper.start()

    def end(self) -> bool:
        """Stop everything; whether all events reached the record."""
        if self.keeper is not None:
            self.keeper.stop()
        if self._wakefulness is not None:
            self._wakefulness.stop()
        self.feed.stop()
        if self._server is not None:
            self._server.tell(None)
        written = self.live.stop()
        if self._room is not None:
            self._room.room.stop()
            self._room.close()
        return written

    def _report_sleep(self, working: bool, detail: str) -> None:
        self.live.runtime.report(Service.SLEEP, working=working, detail=detail)

    def end_early(self, reason: str) -> None:
        """Close the session with `reason`, whatever its phase; it still must be ended."""
        state = self.feed.state
        by = state.people.name or state.observer or self._observer or "nurse"
        close_early(self.live.runtime, state, by, reason, END_EARLY_S)

    def record_end(self) -> RecordEnd:
        """Where the record ends now, with all that is shown in it.

        Raises:
            ValueError: not everything has reached the record, or it cannot be read.
        """
        return self.live.record_end()

    def earlier_patients(self) -> Sequence[EarlierPatient]:
        """Patients of earlier sessions; none where the record cannot be read."""
        return self._patients()
