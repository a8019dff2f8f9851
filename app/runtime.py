"""The threads and queues around the pipeline. No Qt, no rules.

Readers (one a port) and people put inputs into one inbox; the core thread alone steps the pipeline,
hands everything to the recorder in one order, writes to monitors what the rules want sent, and
tells the listeners (screen, sound). Nothing else is shared between threads.
"""

from __future__ import annotations

import gc
import logging
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app.amending_time import amended_at
from app.anchors import AnchorKeeper
from app.clock import iso_utc, monotonic_ns, utc_now
from app.pipeline import Pipeline
from app.silence import Silence
from app.standstill import Standstill
from app.time_zone import LocalZone
from app.timing import AlarmTimer
from protocols.amendments import AMENDMENTS
from protocols.events import (
    AlarmPresented,
    AlarmTimed,
    BytesSent,
    ClockAnchored,
    Command,
    Event,
    Input,
    PersonIdentified,
    Presentation,
    ScreenShown,
    Service,
    ServiceReported,
    SessionClosed,
    StationLocked,
    kind_of,
)

log = logging.getLogger(__name__)

IDLE_S = 0.05
"""Longest the core sleeps: clocks, watchdogs and deadlines are looked at this often."""

LOOK_S = 0.25
"""How often the core looks at the wall clock and at the display, in real time."""

SWITCH_S = 0.001
"""Longest a thread computes while another waits for its turn: an alarm waits for no window."""

STALL_S = 2.0
"""A part of the program without a life sign for this long is reported as stalled."""

Listener = Callable[[Sequence[Event]], None]
"""Called in the core thread with what happened, in order; must only hand it over and return."""


class Clock(Protocol):
    """Session time."""

    @property
    def speed(self) -> float:
        """How many times faster than real time the session runs."""
        ...

    def now_ns(self) -> int:
        """Session time in whole milliseconds, in ns."""
        ...

    def exact_ns(self) -> int:
        """Session time in ns, not rounded."""
        ...


class Recording(Protocol):
    """Where everything is recorded, in order; never blocks, never drops."""

    def put(self, session: str, events: Sequence[Event]) -> None:
        """Take `events` of `session`."""
        ...


class Port(Protocol):
    """The open end of a reader: started, written to, stopped."""

    def start(self) -> None:
        """Begin to open and read the port, for ever."""
        ...

    def send(self, data: bytes) -> bool:
        """Write to the monitor; False when it could not be."""
        ...

    def stop(self) -> None:
        """Close the port and end the thread."""
        ...


class Watch:
    """A real-time life sign: who beats, and how long ago."""

    def __init__(self) -> None:
        """Not yet beating: nothing is expected before the first beat."""
        self._beat_s: float | None = None

    def beat(self) -> None:
        """Give a sign of life."""
        self._beat_s = time.monotonic()

    def rest(self) -> None:
        """Expect nothing until the next beat."""
        self._beat_s = None

    def silent_s(self) -> float:
        """Seconds since the last beat; 0 before the first."""
        beat = self._beat_s
        return 0.0 if beat is None else time.monotonic() - beat


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A part of the program whose life signs the core watches, in real time.

    `sentence` is what a person reads when it has been silent for longer than `limit_s`.
    """

    service: Service
    silent_s: Callable[[], float]
    sentence: str
    limit_s: float = STALL_S


class _Part:
    """A guarded part, and how long it was silent while the core itself ran."""

    def __init__(self, guarded: Guarded) -> None:
        self.guarded = guarded
        self.stalled = False
        self._silence = Silence()

    def look(self) -> bool:
        """Whether it is stalled by now."""
        silent_s = self._silence.look(time.monotonic(), self.guarded.silent_s())
        return silent_s > self.guarded.limit_s


class Runtime:
    """One live session: inbox, core thread, ports, recorder and listeners."""

    def __init__(
        self,
        session: str,
        pipeline: Pipeline,
        clock: Clock,
        recording: Recording,
        anchors: AnchorKeeper,
    ) -> None:
        """Prepare; nothing runs before `start`."""
        self._session = session
        self._pipeline = pipeline
        self._clock = clock
        self._recording = recording
        self._anchors = anchors
        self._standstill = Standstill()
        self._zone = LocalZone()
        self._was_accelerated = False
        self._closed_ns = 0
        self._ports: Mapping[str, Port] = {}
        self._listeners: list[Listener] = []
        self._inbox: queue.SimpleQueue[tuple[Input, int]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="core", daemon=True)
        self._parts: list[_Part] = []
        self._timer = AlarmTimer(clock.exact_ns)
        pipeline.watch_decoding(self._timer.note_decoded)
        self._recent: deque[Event] = deque(maxlen=50)
        self.closed = threading.Event()
        self.core = Watch()
        self.display = Watch()
        self.guard(
            Guarded(
                service=Service.DISPLAY,
                silent_s=self.display.silent_s,
                sentence="The screen is not being drawn. Look at the bedside monitor.",
            )
        )

    @property
    def session(self) -> str:
        """Name of the session."""
        return self._session

    def listen(self, listener: Listener) -> None:
        """Add a listener; only before `start`."""
        self._listeners.append(listener)

    def guard(self, part: Guarded) -> None:
        """Watch the life signs of another part; only before `start`."""
        self._parts.append(_Part(part))

    def recall(self, past: Sequence[Event]) -> None:
        """Know what a session that is resumed had come to; only before `start`."""
        self._timer.recall(past)

    def deliver(self, event: Input) -> None:
        """Take an input from any thread. Inputs stamped late are settled at the present time."""
        self._inbox.put((event, self._clock.exact_ns()))

    def submit(self, command: Command) -> None:
        """Take what a person did, stamped with the present session time."""
        self.deliver(replace(command, t_ns=self._clock.now_ns()))

    def tell(self, event: PersonIdentified | StationLocked | ScreenShown) -> None:
        """Take who is at the bedside, that it is locked, what it shows, at the present time."""
        self.deliver(replace(event, t_ns=self._clock.now_ns()))

    def report(self, service: Service, *, working: bool, detail: str = "") -> None:
        """Take a watchdog's word on a part of the program, from any thread."""
        now_ns = self._clock.now_ns()
        self.deliver(ServiceReported(t_ns=now_ns, service=service, working=working, detail=detail))

    def present(self, alarm: str, raised_ns: int, where: Presentation, at_ns: int) -> None:
        """Take from any thread that an occurrence of an alarm first came to people at `at_ns`.

        `at_ns` is the session clock's `exact_ns`.
        """
        self.deliver(
            AlarmPresented(
                t_ns=self._clock.now_ns(),
                alarm=alarm,
                raised_ns=raised_ns,
                where=where,
                at_ns=at_ns,
            )
        )

    def start(self, ports: Mapping[str, Port], first: Sequence[Input]) -> None:
        """Settle the `first` inputs, then start the core and the ports."""
        sys.setswitchinterval(SWITCH_S)
        gc.freeze()  # what is loaded by now is not searched for garbage while the session runs
        self._ports = ports
        for event in first:
            self.deliver(event)
        self.core.beat()
        self._thread.start()
        for port in ports.values():
            port.start()

    def stop(self) -> None:
        """Stop the ports, settle what is in the inbox, end the core thread."""
        for port in self._ports.values():
            port.stop()
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        looked_s = 0.0
        while True:
            self.core.beat()
            try:
                self._settle(*self._inbox.get(timeout=self._patience_s()))
            except queue.Empty:
                if self._stopping.is_set():
                    return
                self._guard(self._tick)
            if time.monotonic() - looked_s >= LOOK_S:
                looked_s = time.monotonic()
                self._guard(self._look_around)

    def _settle(self, event: Input, arrived_ns: int) -> None:
        self._guard(lambda: self._step(event, arrived_ns))

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # a bug of ours must not end the session: log it whole, say so, go on
            last = [f"{kind_of(event)} at {event.t_ns}" for event in self._recent]
            log.exception("The core failed; last events, which the record has: %s", last)
            self.report(Service.CORE, working=False, detail="Program error. See the log.")

    def _patience_s(self) -> float:
        if self._stopping.is_set():
            return 0.001
        deadline = self._pipeline.next_deadline_ns
        if deadline is None:
            return IDLE_S
        left_s = (deadline - self._clock.now_ns()) / 1e9 / self._clock.speed
        return min(IDLE_S, max(0.001, left_s))

    def _step(self, event: Input, arrived_ns: int | None = None) -> None:
        if self.closed.is_set():
            self._amend(event)
            return
        settled_ns = self._pipeline.t_ns
        if event.t_ns < settled_ns:
            event = replace(event, t_ns=settled_ns)
        before = self._pipeline.advance(event.t_ns)
        timed = self._timer.time(before, event.t_ns)
        self._timer.begin(self._clock.exact_ns() if arrived_ns is None else arrived_ns)
        after = self._pipeline.step(event)
        timed += self._timer.time(after, event.t_ns)
        self._timer.end()
        self._publish([*before, event, *after])
        self._record_times(timed)

    def _amend(self, event: Input) -> None:
        """Of what comes after the close only what amends the record is taken, dated by the wall."""
        if isinstance(event, (PersonIdentified, *AMENDMENTS)):
            amending = amended_at(event, self._closed_ns, utc_now())
            self._publish([amending, *self._pipeline.step(amending)])

    def _tick(self) -> None:
        now_ns = self._clock.now_ns()
        outputs = self._pipeline.advance(now_ns)
        if outputs:
            timed = self._timer.time(outputs, self._pipeline.t_ns)
            self._publish(outputs)
            self._record_times(timed)

    def _record_times(self, timed: Sequence[AlarmTimed]) -> None:
        """Put into the record how long alarms took, once everybody was told of them."""
        if timed and not self.closed.is_set():
            followed = [(event, *self._pipeline.step(event)) for event in timed]
            self._publish([event for events in followed for event in events])

    def _look_around(self) -> None:
        now_ns = max(self._clock.now_ns(), self._pipeline.t_ns)
        gap = self._standstill.look(monotonic_ns() / 1e9, time.monotonic(), now_ns)
        if gap is not None:
            self._step(gap)
        self._look_at_clock(now_ns)
        self._look_at_parts(now_ns)

    def _look_at_clock(self, now_ns: int) -> None:
        accelerated = self._clock.speed != 1.0
        utc = self._anchors.expected_utc(now_ns) if accelerated else utc_now()
        back = self._was_accelerated and not accelerated
        self._was_accelerated = accelerated
        look = self._anchors.set_anew if back else self._anchors.check
        local = self._zone.look(utc)
        anchor: ClockAnchored | None = look(now_ns, utc, local.offset_min, iso_utc(utc), local.zone)
        if anchor is not None:
            self._step(anchor)

    def _look_at_parts(self, now_ns: int) -> None:
        for part in self._parts:
            stalled = part.look()
            if stalled is part.stalled:
                continue
            part.stalled = stalled
            self._step(
                ServiceReported(
                    t_ns=now_ns,
                    service=part.guarded.service,
                    working=not stalled,
                    detail=part.guarded.sentence if stalled else "",
                )
            )

    def _publish(self, events: Sequence[Event]) -> None:
        self._recording.put(self._session, events)
        self._recent.extend(events)
        for event in events:
            if isinstance(event, BytesSent):
                self._write(event)
            elif isinstance(event, SessionClosed):
                self._closed_ns = event.t_ns
                self.closed.set()
        for listener in self._listeners:
            listener(events)

    def _write(self, event: BytesSent) -> None:
        port = self._ports.get(event.device)
        if port is None or not port.send(event.data):
            log.info("Not sent to %s: %s", event.device, event.purpose)
