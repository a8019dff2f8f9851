"""The station's end of one room: a thread that keeps a connection to its bedside. No Qt.

It tries for ever, hands over what it is told, and gives no sign of life for a screen that is not
being drawn: a bedside must not rely on a station that nobody can see.
"""

from __future__ import annotations

import logging
import secrets
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable

from app.staff.address import StaffAddress
from app.staff.conversation import LOST_S, End, StationEnd
from app.staff.messages import Answer, Bye, Hello, Leaving, Message, Refusal
from app.staff.room_link import LinkTold, RoomLink
from app.staff.wire import VERSION

log = logging.getLogger(__name__)

LOOK_S = 0.05
AGAIN_S = 0.5
"""How long after a connection ended the next one is tried."""

DISPLAY_STALL_S = 1.5
"""A screen that was not drawn for this long is not relied on."""

READ = 16_384

_REFUSALS = {
    Refusal.VERSION: "The bedside runs another version of this program.",
    Refusal.SECRET: "The secret of this station is not that of the bedside.",
    Refusal.NAME: "Another station of the same name is connected: give this one another name.",
    Refusal.FULL: "The bedside takes no more stations.",
}


class StationLink:
    """A connection to the bedside at `address`, kept up for ever."""

    def __init__(
        self,
        address: StaffAddress,
        secret: bytes,
        station: str,
        *,
        instance: str,
        room: str = "",
        display_silent_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Prepare; nothing is sent before `start`.

        Args:
            address: where the bedside listens.
            secret: what both ends share.
            station: name of this station.
            instance: 64 hexadecimal digits, chosen at random by this run of the program.
            room: name of the room that must answer; empty takes any.
            display_silent_s: seconds since the station's screen was last drawn.
        """
        self.address = address
        self._secret = secret
        self._station = station
        self._instance = instance
        self._room = room
        self._display_silent_s = display_silent_s
        self._news: deque[LinkTold | Message] = deque()
        self._answers: deque[Answer] = deque()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._stopping = threading.Event()
        self._was_live = False
        self._last: LinkTold | None = None
        self._thread = threading.Thread(target=self._run, name="station-link", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self) -> None:
        """Take leave and end the thread."""
        self._stopping.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join()
        self._wake_in.close()
        self._wake_out.close()

    def take(self) -> list[LinkTold | Message]:
        """What came since the last call, in order."""
        return [self._news.popleft() for _ in range(len(self._news))]

    def send(self, answer: Answer) -> None:
        """Let `answer` be sent; it is void where the connection ends before."""
        self._answers.append(answer)
        self._wake()

    def _wake(self) -> None:
        try:
            self._wake_out.send(b"\0")
        except OSError:  # it is awake already, or has ended
            return

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._hold_one()
            except Exception:  # a bug of ours must not end the link: log it whole, go on
                log.exception("The link to %s failed", self.address)
                self._say(RoomLink.LOST, "This program failed. See the log.")
            self._stopping.wait(AGAIN_S)

    def _say(self, link: RoomLink, why: str = "", room: str = "") -> None:
        told = LinkTold(link=link, why=why, room=room)
        if told != self._last:
            self._last = told
            self._news.append(told)

    def _hold_one(self) -> None:
        """One connection, from its beginning to its end."""
        if self._display_silent_s() > DISPLAY_STALL_S:
            return
        try:
            made = socket.create_connection((self.address.host, self.address.port), LOST_S)
        except OSError as error:
            self._not_there(f"{self.address}: {error.strerror or error}.")
            return
        with made:
            made.setblocking(False)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._answers.clear()
            end = StationEnd(self._secret, self._greeting(), time.monotonic())
            while not end.has_ended:
                self._turn(made, end)
            _write(made, end)
        self._conclude(end)

    def _greeting(self) -> Hello:
        return Hello(
            protocol="infusion-room-staff",
            version=VERSION,
            station=self._station,
            instance=self._instance,
            challenge=secrets.token_hex(32),
        )

    def _turn(self, made: socket.socket, end: StationEnd) -> None:
        ready, _, _ = select.select([made, self._wake_in], [], [], LOOK_S)
        now_s = time.monotonic()
        if self._wake_in in ready:
            self._wake_in.recv(READ)
        was_open = end.open
        if made in ready:
            messages = _read(made, end, now_s)
            if end.open and not was_open:
                self._welcome(end, now_s)
            self._news.extend(messages)
        for _ in range(len(self._answers) if end.open else 0):
            end.send(self._answers.popleft(), now_s)
        if self._stopping.is_set():
            end.leave(Bye(reason=Leaving.CLOSED), now_s)
        elif end.open and self._display_silent_s() > DISPLAY_STALL_S:
            end.leave(Bye(reason=Leaving.DISPLAY), now_s)
        end.tick(now_s)
        if not end.has_ended:
            _write(made, end)

    def _welcome(self, end: StationEnd, now_s: float) -> None:
        if self._room and end.room != self._room:
            end.leave(Bye(reason=Leaving.ROOM), now_s)
            return
        self._was_live = True
        self._say(RoomLink.LIVE, room=end.room)

    def _not_there(self, why: str) -> None:
        """Nobody answers: news only where a link was there before."""
        if self._last is not None and self._last.link is RoomLink.CLOSED:
            return
        self._say(RoomLink.LOST if self._was_live else RoomLink.CONNECTING, why)

    def _conclude(self, end: StationEnd) -> None:
        if end.end is End.REFUSED and end.refusal is not None:
            self._say(RoomLink.REFUSED, _REFUSALS[end.refusal])
        elif end.end is End.SECRET:
            log.warning("%s: %s", self.address, end.why)
            self._say(RoomLink.REFUSED, "What answers does not know the secret of this station.")
        elif end.bye is not None:
            self._was_live = False
            self._say(RoomLink.CLOSED, "The bedside program was closed.")
        elif end.room and self._room and end.room != self._room:
            self._say(RoomLink.FOREIGN, f"{end.room} answers at {self.address}, not {self._room}.")
        elif end.end is not End.LEFT:
            log.warning("%s: %s", self.address, end.why)
            self._not_there("The bedside does not answer.")
        elif not self._stopping.is_set():
            self._say(RoomLink.LOST, "This screen was not drawn for a while.")


def _read(made: socket.socket, end: StationEnd, now_s: float) -> list[Message]:
    try:
        data = made.recv(READ)
    except BlockingIOError:
        return []
    except OSError as error:
        end.cut(error.strerror or str(error))
        return []
    if not data:
        end.cut("the connection was closed")
        return []
    return end.receive(data, now_s)


def _write(made: socket.socket, end: StationEnd) -> None:
    waiting = end.waiting
    if not waiting:
        return
    try:
        end.note_sent(made.send(waiting))
    except BlockingIOError:
        return
    except OSError as error:
        end.cut(error.strerror or str(error))
