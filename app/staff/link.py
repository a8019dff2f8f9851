"""The bedside's end of the staff stations: a thread that listens, tells, and takes answers. No Qt.

It lives as long as the bedside program, so that a station can tell a room without a session from a
lost one; sessions are attached to it and detached. The core thread only hands events over. Whoever
connects is told nothing before it has proved that it knows the secret.
"""

from __future__ import annotations

import logging
import secrets
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.silence import Silence
from app.staff.address import StaffAddress
from app.staff.conversation import LOST_S, BedsideEnd, End
from app.staff.messages import (
    Accept,
    Answer,
    Bye,
    Challenge,
    Hello,
    Leaving,
    Message,
    Note,
    Occurrence,
    Received,
    Refusal,
    Reject,
)
from app.staff.room_picture import TOLD, RoomPicture
from app.staff.wire import VERSION
from protocols.events import (
    AcceptAlarm,
    AlarmDelivered,
    Command,
    Event,
    Input,
    Presentation,
    RejectAlarm,
    Service,
)

log = logging.getLogger(__name__)

LOOK_S = 0.05
"""How often the thread looks at clocks where nothing comes in."""

BIND_AGAIN_S = 2.0
"""How long after a failure the port is asked for again."""

MAX_STATIONS = 8
"""Connections taken at the same time, with those that have not proved themselves yet."""

READ = 16_384
CORE_SILENT_S = 2.0

CORE_TROUBLE = "The bedside program does not answer. Go to the room."
LEFT_TROUBLE = "The session was left unfinished: nothing watches the patient. Go to the room."
NOBODY = "No staff station is connected."
GONE = "That alarm is no longer there."


class Core(Protocol):
    """A running session, as far as this thread speaks to it."""

    def deliver(self, event: Input) -> None:
        """Take an input."""
        ...

    def submit(self, command: Command) -> None:
        """Take what a person did."""
        ...

    def report(self, service: Service, *, working: bool, detail: str = "") -> None:
        """Take a word on a part of the program."""
        ...

    def present(self, alarm: str, raised_ns: int, where: Presentation, at_ns: int) -> None:
        """Take that an alarm first came to people."""
        ...


class Clock(Protocol):
    """The clock of a session."""

    @property
    def speed(self) -> float:
        """Session seconds to a second."""
        ...

    def now_ns(self) -> int:
        """Session time, whole milliseconds."""
        ...

    def exact_ns(self) -> int:
        """Session time, not rounded."""
        ...


@dataclass(slots=True)
class _Attached:
    """A session and what stations were told of it.

    `begun` once its core has told of anything: before that it can take no input.
    """

    core: Core
    clock: Clock
    core_silent_s: Callable[[], float]
    picture: RoomPicture
    begun: bool = False
    presented: set[Occurrence] = field(default_factory=set)
    silence: Silence = field(default_factory=Silence)
    reported: bool | None = None


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    end: BedsideEnd
    peer: str
    told: bool = False

    @property
    def station(self) -> str:
        return self.peer if self.end.hello is None else self.end.hello.station


class StaffLink:
    """Staff stations of one bedside program."""

    def __init__(
        self, address: StaffAddress, secret: bytes, room: str, *, problem: str = ""
    ) -> None:
        """Listen at `address` from `start` on.

        With a `problem` (a sentence) nothing listens: every session is told of it instead.
        """
        self._address = address
        self._secret = secret
        self._room = room
        self._problem = problem
        self._work: deque[Callable[[float], None]] = deque()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_in, selectors.EVENT_READ)
        self._server: socket.socket | None = None
        self._bind_at_s = 0.0
        self._connections: list[_Connection] = []
        self._session: _Attached | None = None
        self._heard_s = 0.0
        self._lost = ""
        self._stopping = threading.Event()
        self._bound = threading.Event()
        self._thread = threading.Thread(target=self._run, name="staff-link", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Take leave of the stations and end the thread."""
        self._stopping.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join()
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def port(self, patience_s: float) -> int | None:
        """The port that is listened at, once there is one; None after `patience_s` without."""
        if not self._bound.wait(patience_s) or self._server is None:
            return None
        return int(self._server.getsockname()[1])

    def attach(
        self,
        core: Core,
        clock: Clock,
        core_silent_s: Callable[[], float],
        past: Sequence[Event] = (),
    ) -> None:
        """Tell stations of a session from now on; `past` are the events that it resumes from."""
        picture = RoomPicture()
        picture.take(past, 0)
        attached = _Attached(core, clock, core_silent_s, picture)
        self._do(lambda _now_s: self._attach(attached))

    def listen(self, events: Sequence[Event]) -> None:
        """Take what happened in the session; returns at once (a runtime listener)."""
        told = [event for event in events if isinstance(event, TOLD)]
        if told:
            self._do(lambda now_s: self._follow(told, now_s))

    def detach(self) -> None:
        """The session's threads end; where it was not closed, stations are told so."""
        self._do(lambda _now_s: self._detach())

    # The thread ----------------------------------------------------------------------------------

    def _do(self, work: Callable[[float], None]) -> None:
        self._work.append(work)
        self._wake()

    def _wake(self) -> None:
        try:
            self._wake_out.send(b"\0")
        except (BlockingIOError, OSError):  # it is awake already, or has ended
            return

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except Exception:  # a bug of ours must not end the link: log it whole, go on
                log.exception("The staff link failed")
                self._drop_all(End.BROKEN)
        for connection in self._connections:
            connection.end.leave(Bye(reason=Leaving.CLOSED), time.monotonic())
        self._tend(time.monotonic())
        if self._server is not None:
            self._selector.unregister(self._server)
            self._server.close()

    def _turn(self) -> None:
        ready = self._selector.select(LOOK_S)
        now_s = time.monotonic()
        for key, _ in ready:
            if key.fileobj is self._wake_in:
                self._drain()
            elif key.fileobj is self._server:
                self._accept(now_s)
            elif isinstance(key.data, _Connection):
                self._read(key.data, now_s)
        for _ in range(len(self._work)):
            self._work.popleft()(now_s)
        self._watch_core(now_s)
        self._tend(now_s)
        self._judge(now_s)
        self._bind(now_s)

    def _drain(self) -> None:
        try:
            while self._wake_in.recv(READ):
                pass
        except BlockingIOError:
            return

    def _bind(self, now_s: float) -> None:
        if self._server is not None or self._secret == b"" or now_s < self._bind_at_s:
            return
        try:
            server = socket.create_server((self._address.host, self._address.port), backlog=4)
        except OSError as error:
            self._bind_at_s = now_s + BIND_AGAIN_S
            said = f"Staff stations cannot connect: {self._address}: {error.strerror or error}."
            if said != self._problem:
                log.warning(said)
            self._problem = said
            return
        server.setblocking(False)
        self._server, self._problem = server, ""
        self._selector.register(server, selectors.EVENT_READ)
        self._bound.set()

    def _accept(self, now_s: float) -> None:
        if self._server is None:
            return
        try:
            accepted, peer = self._server.accept()
        except OSError as error:
            log.info("A staff station could not be taken: %s", error)
            return
        name = f"{peer[0]}:{peer[1]}"
        if len(self._connections) >= MAX_STATIONS:
            log.warning("Refused %s: %d staff stations are connected", name, MAX_STATIONS)
            accepted.close()
            return
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        challenge = Challenge(version=VERSION, challenge=secrets.token_hex(32))
        end = BedsideEnd(self._secret, self._room, challenge, self._admit, now_s)
        connection = _Connection(accepted, end, name)
        self._connections.append(connection)
        self._selector.register(accepted, selectors.EVENT_READ, connection)

    def _admit(self, hello: Hello) -> Refusal | None:
        """A station of the same name is refused, unless it is the same one coming back."""
        for other in self._connections:
            known = other.end.hello
            if not other.end.open or known is None or known.station != hello.station:
                continue
            if known.instance != hello.instance:
                return Refusal.NAME
            other.end.cut("it connected again")
        return None

    def _read(self, connection: _Connection, now_s: float) -> None:
        try:
            data = connection.socket.recv(READ)
        except BlockingIOError:
            return
        except OSError as error:
            connection.end.cut(error.strerror or str(error))
            return
        if not data:
            connection.end.cut("the connection was closed")
            return
        for message in connection.end.receive(data, now_s):
            if isinstance(message, Received | Accept | Reject):
                self._answer(connection, message, now_s)
        if connection.end.open and not connection.told:
            connection.told = True
            log.info("Staff station %s connected from %s", connection.station, connection.peer)
            self._tell([connection], self._whole())

    def _answer(self, connection: _Connection, answer: Answer, now_s: float) -> None:
        session, occurrence = self._session, (answer.alarm, answer.raised_ns)
        call = answer.call if isinstance(answer, Received) else None
        if session is None or not session.picture.has(occurrence, call):
            if not isinstance(answer, Received):
                connection.end.send(Note(text=GONE, by=answer.by), now_s)
            return
        named = {
            "alarm": answer.alarm,
            "raised_ns": answer.raised_ns,
            "station": connection.station,
        }
        if isinstance(answer, Received):
            t_ns = session.clock.now_ns()
            session.core.deliver(AlarmDelivered(t_ns=t_ns, **named))  # type: ignore[arg-type]
            self._present(session, occurrence)
        elif isinstance(answer, Accept):
            session.core.submit(AcceptAlarm(t_ns=0, by=answer.by, **named))  # type: ignore[arg-type]
        else:
            session.core.submit(RejectAlarm(t_ns=0, by=answer.by, **named))  # type: ignore[arg-type]

    def _present(self, session: _Attached, occurrence: Occurrence) -> None:
        if occurrence not in session.presented:
            session.presented.add(occurrence)
            alarm, raised_ns = occurrence
            session.core.present(alarm, raised_ns, Presentation.STAFF, session.clock.exact_ns())

    # What stations are told ----------------------------------------------------------------------

    def _attach(self, attached: _Attached) -> None:
        self._session = attached
        attached.picture.speed = attached.clock.speed
        self._tell(self._connections, self._whole())

    def _detach(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            left = RoomPicture(
                room=session.picture.room,
                simulated=session.picture.simulated,
                trouble=LEFT_TROUBLE if session.picture.running else "",
            )
            self._tell(self._connections, left.whole(0))

    def _follow(self, events: Sequence[Event], now_s: float) -> None:
        session = self._session
        if session is not None:
            if not session.begun:
                session.begun, self._heard_s, self._lost = True, now_s, NOBODY
            self._tell(self._connections, session.picture.take(events, session.clock.now_ns()))

    def _whole(self) -> Sequence[Message]:
        session = self._session
        if session is None:
            return RoomPicture().whole(0)
        return session.picture.whole(session.clock.now_ns())

    def _tell(self, connections: Sequence[_Connection], messages: Sequence[Message]) -> None:
        now_s = time.monotonic()
        for connection in connections:
            if connection.end.open and connection.told:
                for message in messages:
                    connection.end.send(message, now_s)

    def _watch_core(self, now_s: float) -> None:
        """Tell everything anew where the core answers no longer, or time runs at another speed."""
        session = self._session
        if session is None:
            return
        silent_s = session.silence.look(now_s, session.core_silent_s())
        picture, speed = session.picture, session.clock.speed
        trouble = CORE_TROUBLE if silent_s > CORE_SILENT_S and picture.running else ""
        if (trouble, speed) != (picture.trouble, picture.speed):
            picture.trouble, picture.speed = trouble, speed
            self._tell(self._connections, self._whole())

    # What became of connections ------------------------------------------------------------------

    def _tend(self, now_s: float) -> None:
        for connection in list(self._connections):
            connection.end.tick(now_s)
            self._write(connection)
            if connection.end.end is not None:
                self._drop(connection)

    def _write(self, connection: _Connection) -> None:
        waiting = connection.end.waiting
        if not waiting:
            return
        try:
            connection.end.note_sent(connection.socket.send(waiting))
        except BlockingIOError:
            return
        except OSError as error:
            connection.end.cut(error.strerror or str(error))

    def _drop(self, connection: _Connection) -> None:
        self._connections.remove(connection)
        self._selector.unregister(connection.socket)
        connection.socket.close()
        end = connection.end
        name = f"Staff station {connection.station}"
        if end.end in (End.LEFT, End.CUT):
            log.info("%s (%s): %s", name, connection.peer, end.why)
        else:
            log.warning("%s (%s): %s", name, connection.peer, end.why)
        if connection.told:
            self._lost = _loss(connection)
            if end.bye is not None or end.end in (End.SILENT, End.LATE):
                self._heard_s = time.monotonic() - LOST_S  # nothing more is waited for

    def _drop_all(self, reason: End) -> None:
        for connection in list(self._connections):
            connection.end.finish(reason, "this program failed")
            self._drop(connection)

    def _judge(self, now_s: float) -> None:
        """Tell the session whether a station is there: lost is what confirmed nothing for 2 s."""
        session = self._session
        if session is None or not session.begun:
            return
        alive_s = [c.end.confirmed_s for c in self._connections if c.end.open]
        here = bool(alive_s)
        self._heard_s = max(self._heard_s, *alive_s) if here else self._heard_s
        working = here or (None if now_s - self._heard_s < LOST_S else False)
        if self._problem:
            working = False
        if working is None or working is session.reported:
            return
        session.reported = working
        detail = "" if working else self._problem or self._lost
        session.core.report(Service.STAFF, working=working, detail=detail)


def _loss(connection: _Connection) -> str:
    """Why a station is there no longer, for a person."""
    end, station = connection.end, connection.station
    if end.bye is not None and end.bye.reason is Leaving.DISPLAY:
        return f"The screen of staff station {station} is not being drawn."
    if end.bye is not None:
        return f"Staff station {station} was closed."
    return f"Staff station {station} does not answer."
