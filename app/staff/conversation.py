"""One connection between a bedside and a staff station, from greeting to end. Pure: no I/O.

Both ends are fed with bytes and with the time of their own monotonic clock, and give messages and
bytes to send. Every way in which the other end can be wrong ends the conversation with a reason:
bytes that are no frame, a wrong seal, a number that does not follow, a message of the wrong kind or
time, and one that answers nothing newer than `LOST_S`. An end that is silent is lost; so is one
whose words arrive too late to be true, on a connection that is open all the time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum

from app.staff.messages import (
    Accept,
    Beat,
    Bye,
    Challenge,
    Hello,
    Message,
    MessageError,
    Proof,
    Received,
    Refusal,
    Refused,
    Reject,
    Welcome,
    decode_at_bedside,
    decode_at_station,
    encode,
)
from app.staff.wire import VERSION, Frame, FrameError, FrameReader, encode_frame, make_key

BEAT_S = 0.25
"""Each end sends something at least this often. What is confirmed is up to two of these old, so an
end may stand still for at least `LOST_S` less so much before it is lost."""

LOST_S = 2.0
"""An end that confirmed nothing that was sent within this time is lost."""

MAX_WAITING = 1 << 18
"""Bytes that may wait to be sent; the other end does not read when there are more."""


class End(StrEnum):
    """How a conversation ended."""

    LEFT = "left"
    REFUSED = "refused"
    SILENT = "silent"
    LATE = "late"
    BROKEN = "broken"
    SECRET = "secret"  # noqa: S105 - the other end does not know it
    CUT = "cut"


class Conversation:
    """What both ends have in common: frames, numbers, seals, signs of life.

    Attributes:
        end: how it ended, or None while it lasts.
        why: the same for the log, exact.
        open: both ends have proved that they know the secret.
    """

    def __init__(self, secret: bytes, now_s: float) -> None:
        self._secret = secret
        self._reader = FrameReader()
        self._out = bytearray()
        self._send_key = b""
        self._receive_key = b""
        self._sent = 0
        self._received = 0
        self._unconfirmed: deque[tuple[int, float]] = deque()
        self._confirmed = 0
        self._confirmed_s = now_s
        self._sent_s = now_s
        self.end: End | None = None
        self.why = ""
        self.open = False

    # What the driver of a socket does ------------------------------------------------------------

    def receive(self, data: bytes, now_s: float) -> list[Message]:
        """The messages in `data`, in order; none once the conversation has ended."""
        messages: list[Message] = []
        try:
            for frame in self._reader.feed(data) if self.end is None else ():
                message = self._take(frame, now_s)
                if message is not None:
                    messages.append(message)
                if self.has_ended:
                    break
        except (FrameError, MessageError) as error:
            self.finish(End.BROKEN, str(error))
        return messages

    def send(self, message: Message, now_s: float) -> None:
        """Let `message` be sent; nothing is sent any more once the conversation has ended."""
        if self.end is not None:
            return
        self._sent += 1
        self._sent_s = now_s
        self._unconfirmed.append((self._sent, now_s))
        self._out += encode_frame(self._send_key, self._sent, self._received, encode(message))
        if len(self._out) > MAX_WAITING:
            self._out.clear()
            self.finish(End.SILENT, "it does not take what is sent")

    def tick(self, now_s: float) -> None:
        """Give a sign of life where it is due, and find out that there is none of the other."""
        if self.end is not None:
            return
        if now_s - self._confirmed_s > LOST_S:
            self.finish(End.SILENT, f"nothing confirmed for {LOST_S:g} s")
        elif self.open and now_s - self._sent_s >= BEAT_S:
            self.send(Beat(), now_s)

    @property
    def has_ended(self) -> bool:
        """Whether nothing is said or heard any more."""
        return self.end is not None

    @property
    def confirmed_s(self) -> float:
        """When the newest thing was sent that the other end has confirmed; at first the start."""
        return self._confirmed_s

    @property
    def waiting(self) -> bytes:
        """What is to be sent."""
        return bytes(self._out)

    def note_sent(self, count: int) -> None:
        """The first `count` bytes of `waiting` are on their way."""
        del self._out[:count]

    def leave(self, bye: Bye, now_s: float) -> None:
        """Say that this end closes the connection, where it is open, and end."""
        if self.open:
            self.send(bye, now_s)
        self.finish(End.LEFT, "left")

    def cut(self, why: str) -> None:
        """The connection is gone."""
        self.finish(End.CUT, why)

    def finish(self, end: End, why: str) -> None:
        """End the conversation, once."""
        if self.end is None:
            self.end, self.why, self.open = end, why, False

    # Inside --------------------------------------------------------------------------------------

    def _take(self, frame: Frame, now_s: float) -> Message | None:
        if not frame.is_sealed(self._receive_key):
            return self._take_unsealed(frame, now_s)
        if frame.number != self._received + 1:
            raise FrameError(f"frame {frame.number} after frame {self._received}")
        if not self._confirmed <= frame.seen <= self._sent:
            raise FrameError(f"it confirms frame {frame.seen}, which is impossible")
        self._received = frame.number
        self._confirm(frame.seen)
        if now_s - self._confirmed_s > LOST_S:
            self.finish(End.LATE, "what it said came too late")
            return None
        return self._understand(frame.body, now_s)

    def _take_unsealed(self, frame: Frame, now_s: float) -> Message | None:
        raise FrameError("a wrong seal")

    def _confirm(self, seen: int) -> None:
        """What answers a frame is younger than that frame."""
        while self._unconfirmed and self._unconfirmed[0][0] <= seen:
            _, self._confirmed_s = self._unconfirmed.popleft()
        self._confirmed = seen

    def _understand(self, body: bytes, now_s: float) -> Message | None:
        raise NotImplementedError


class StationEnd(Conversation):
    """The station's end: it greets, proves that it knows the secret, and is told of the room.

    Attributes:
        room: name of the room, once the bedside has proved itself.
        refusal: why the bedside refused, or None.
        bye: what the bedside said when it closed the connection, or None.
    """

    def __init__(self, secret: bytes, hello: Hello, now_s: float) -> None:
        """Greet with `hello`, whose challenge must be random and new."""
        super().__init__(secret, now_s)
        self._hello = encode(hello)
        self._challenged = False
        self.room = ""
        self.refusal: Refusal | None = None
        self.bye: Bye | None = None
        self.send(hello, now_s)

    def _take_unsealed(self, frame: Frame, now_s: float) -> Message | None:
        """Before the bedside has proved itself only its refusal may come without a seal."""
        if self._challenged and not self.open and frame.is_sealed(b""):
            message = decode_at_station(frame.body)
            if isinstance(message, Refused):
                self._refused(message)
                return None
        self.finish(End.SECRET, "a wrong seal")
        return None

    def _understand(self, body: bytes, now_s: float) -> Message | None:
        message = decode_at_station(body)
        if self.open:
            if isinstance(message, Challenge | Refused | Welcome):
                raise MessageError(f"{type(message).__name__} in the middle")
            if isinstance(message, Bye):
                self.bye = message
                self.finish(End.LEFT, f"the bedside closed: {message.reason}")
            return None if isinstance(message, Beat | Bye) else message
        if isinstance(message, Refused) and not self._challenged:
            self._refused(message)
        elif isinstance(message, Challenge) and not self._challenged:
            self._answer(message, body, now_s)
        elif isinstance(message, Welcome) and self._challenged:
            self.room, self.open = message.room, True
        else:
            raise MessageError(f"{type(message).__name__} before the welcome")
        return None

    def _answer(self, challenge: Challenge, body: bytes, now_s: float) -> None:
        self._challenged = True
        self._send_key = make_key(self._secret, "to bedside", self._hello, body)
        self._receive_key = make_key(self._secret, "to station", self._hello, body)
        self.send(Proof(), now_s)

    def _refused(self, message: Refused) -> None:
        self.refusal = message.reason
        self.finish(End.REFUSED, f"refused: {message.reason}")


class BedsideEnd(Conversation):
    """The bedside's end: it challenges, and tells nothing before the station has proved itself.

    Attributes:
        hello: the station's greeting; believed once `open`.
        bye: what the station said when it closed the connection, or None.
    """

    def __init__(
        self,
        secret: bytes,
        room: str,
        challenge: Challenge,
        admit: Callable[[Hello], Refusal | None],
        now_s: float,
    ) -> None:
        """Wait for a greeting.

        Args:
            secret: what both ends share.
            room: name of the room.
            challenge: random and new.
            admit: asked about a station that knows the secret; gives why it is refused, or None.
            now_s: the time.
        """
        super().__init__(secret, now_s)
        self._room = room
        self._challenge = challenge
        self._admit = admit
        self.hello: Hello | None = None
        self.bye: Bye | None = None

    def _take_unsealed(self, frame: Frame, now_s: float) -> Message | None:
        if self.open:
            raise FrameError("a wrong seal")
        self._send_key = b""
        self._refuse(Refusal.SECRET, now_s)
        return None

    def _understand(self, body: bytes, now_s: float) -> Message | None:
        message = decode_at_bedside(body)
        if self.open:
            if isinstance(message, Bye):
                self.bye = message
                self.finish(End.LEFT, f"the station closed: {message.reason}")
            elif isinstance(message, Received | Accept | Reject):
                return message
            elif not isinstance(message, Beat):
                raise MessageError(f"{type(message).__name__} in the middle")
        elif isinstance(message, Hello) and self.hello is None:
            self._greet(message, body, now_s)
        elif isinstance(message, Proof) and self.hello is not None:
            self._welcome(self.hello, now_s)
        else:
            raise MessageError(f"{type(message).__name__} before the welcome")
        return None

    def _greet(self, hello: Hello, body: bytes, now_s: float) -> None:
        if hello.version != VERSION:
            self._refuse(Refusal.VERSION, now_s)
            return
        self.hello = hello
        said = encode(self._challenge)
        self.send(self._challenge, now_s)
        self._send_key = make_key(self._secret, "to station", body, said)
        self._receive_key = make_key(self._secret, "to bedside", body, said)

    def _welcome(self, hello: Hello, now_s: float) -> None:
        refusal = self._admit(hello)
        if refusal is not None:
            self._send_key = b""
            self._refuse(refusal, now_s)
            return
        self.send(Welcome(room=self._room), now_s)
        self.open = self.end is None

    def _refuse(self, reason: Refusal, now_s: float) -> None:
        self.send(Refused(reason=reason), now_s)
        self.finish(End.REFUSED, f"refused: {reason}")
