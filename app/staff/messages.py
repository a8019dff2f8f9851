"""What a bedside and a staff station tell each other: JSON of known kinds and bounded fields. Pure.

No message carries who the patient is. Times are ages and spans in seconds of the session, counted
from when the message is sent; no end reads the other's clock.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from protocols.events import AlarmState, Priority, StaffCall

MAX_TEXT = 300
"""Longest sentence; a longer one is cut with an ellipsis by whoever sends it."""

MAX_NAME = 80
MAX_ALARMS = 64
"""Most alarms of one room; a bedside tells the most urgent ones."""

_PLAIN = r"^[^\x00-\x1f\x7f]*$"

Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT, pattern=_PLAIN)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=_PLAIN)]
NameOrNone = Annotated[str, msgspec.Meta(max_length=MAX_NAME, pattern=_PLAIN)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_ALARMS)]
TimeNs = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e7)]
Speed = Annotated[float, msgspec.Meta(gt=0, le=1000)]
Random = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Urgency = Annotated[int, msgspec.Meta(ge=0, le=2)]
Calls = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Refusal(StrEnum):
    """Why a bedside does not take a station."""

    VERSION = "version"
    SECRET = "secret"  # noqa: S105 - a word of the protocol
    NAME = "name"
    FULL = "full"


class Leaving(StrEnum):
    """Why an end closes the connection in order.

    ``closed``: its program was closed by a person. ``display``: a station whose screen is not being
    drawn. ``room``: a station that was connected to another room than it was told to.
    """

    CLOSED = "closed"
    DISPLAY = "display"
    ROOM = "room"


class Message(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True
):
    """Anything that one end tells the other."""


class Hello(Message, frozen=True, kw_only=True, tag="hello", forbid_unknown_fields=False):
    """The station's first word; later versions may add to it.

    Attributes:
        station: its name, for people and for the record.
        instance: chosen at random when its program started: the same station coming back, and not
            another of the same name.
        challenge: 32 random bytes.
    """

    protocol: Literal["infusion-room-staff"]
    version: int
    station: Name
    instance: Random
    challenge: Random


class Challenge(Message, frozen=True, kw_only=True, tag="challenge"):
    """The bedside's answer to the first word: its own 32 random bytes."""

    version: int
    challenge: Random


class Refused(Message, frozen=True, kw_only=True, tag="refused"):
    """The bedside does not take the station."""

    reason: Refusal


class Proof(Message, frozen=True, kw_only=True, tag="proof"):
    """The station's first sealed frame: only who knows the secret can seal it."""


class Welcome(Message, frozen=True, kw_only=True, tag="welcome"):
    """The bedside's first sealed frame, with the name of its room."""

    room: Name


class SessionTold(Message, frozen=True, kw_only=True, tag="session"):
    """Whether a session runs at the bedside. The alarms told before are void.

    Attributes:
        running: a session is open.
        room: the room of the session, which a demonstration has of its own.
        simulated: it is simulated, and must be marked so.
        speed: session seconds to a second.
        trouble: why what is told is not to be relied on, or empty.
    """

    running: bool
    room: NameOrNone = ""
    simulated: bool = False
    speed: Speed = 1.0
    trouble: Text = ""


class AlarmTold(Message, frozen=True, kw_only=True, tag="alarm"):
    """One alarm that is seen at the bedside, as it is now.

    Attributes:
        alarm, raised_ns: the occurrence; a name, not a time to reckon with.
        call: how often staff were called about it; each call is confirmed anew. 0: not yet.
        icon: category of its sign and sound.
        age_s: since when its condition is true.
        room_sound: it sounds at the bedside, as far as its state lets it be heard.
        sounds_in_s: after how long it sounds at the bedside if nothing more is done, or None.
        staff: how far staff were reached; ``none``: it is shown and calls nobody.
        accepted_by: who goes to the patient because of it, or empty.
        acknowledged_by: who acknowledged it at the bedside, or empty.
    """

    alarm: Name
    raised_ns: TimeNs
    priority: Priority
    state: AlarmState
    technical: bool
    icon: Name
    sentence: Text
    next_step: Text
    age_s: Seconds
    urgency: Urgency
    call: Calls
    room_sound: bool
    sounds_in_s: Seconds | None
    staff: StaffCall
    accepted_by: NameOrNone
    acknowledged_by: NameOrNone

    @property
    def occurrence(self) -> Occurrence:
        """What names it."""
        return (self.alarm, self.raised_ns)

    @property
    def calling(self) -> Calling:
        """What names the present call about it."""
        return (self.alarm, self.raised_ns, self.call)


class AlarmGone(Message, frozen=True, kw_only=True, tag="gone"):
    """An alarm is no longer seen at the bedside."""

    alarm: Name
    raised_ns: TimeNs


class Whole(Message, frozen=True, kw_only=True, tag="whole"):
    """With the `SessionTold` and the alarms before it the whole state was told: so many alarms."""

    alarms: Count


class Note(Message, frozen=True, kw_only=True, tag="note"):
    """A sentence for the people at the station: why an answer of `by` was not taken."""

    text: Text
    by: NameOrNone


class Received(Message, frozen=True, kw_only=True, tag="received"):
    """The station shows that call, and sounds it where it has sound."""

    alarm: Name
    raised_ns: TimeNs
    call: Calls


class Accept(Message, frozen=True, kw_only=True, tag="accept"):
    """`by` goes to the patient."""

    alarm: Name
    raised_ns: TimeNs
    by: Name


class Reject(Message, frozen=True, kw_only=True, tag="reject"):
    """`by` cannot go to the patient."""

    alarm: Name
    raised_ns: TimeNs
    by: Name


class Beat(Message, frozen=True, kw_only=True, tag="beat"):
    """A sign of life."""


class Bye(Message, frozen=True, kw_only=True, tag="bye"):
    """The sender closes the connection."""

    reason: Leaving


Occurrence = tuple[str, int]
"""What names an occurrence of an alarm: its name and the time at which it was raised."""

Calling = tuple[str, int, int]
"""What names one call about an occurrence: the occurrence, and which call it is."""

Answer = Received | Accept | Reject

ToBedside = Hello | Proof | Received | Accept | Reject | Beat | Bye
ToStation = (
    Challenge | Refused | Welcome | SessionTold | AlarmTold | AlarmGone | Whole | Note | Beat | Bye
)

_encoder = msgspec.json.Encoder()
_to_bedside: msgspec.json.Decoder[ToBedside] = msgspec.json.Decoder(ToBedside)
_to_station: msgspec.json.Decoder[ToStation] = msgspec.json.Decoder(ToStation)


class MessageError(Exception):
    """A body that is no message of this protocol; the text says why."""


def encode(message: Message) -> bytes:
    """The body of a frame."""
    return _encoder.encode(message)


def decode_at_bedside(body: bytes) -> ToBedside:
    """The message in a body that came from a station; MessageError if there is none."""
    try:
        message: ToBedside = _to_bedside.decode(body)
        return message
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(str(error)[:200]) from error


def decode_at_station(body: bytes) -> ToStation:
    """The message in a body that came from a bedside; MessageError if there is none."""
    try:
        message: ToStation = _to_station.decode(body)
        return message
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(str(error)[:200]) from error


def fitted(text: str, longest: int = MAX_TEXT) -> str:
    """`text` as a message may carry it: whole characters, none for control, cut to `longest`."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    plain = "".join(c if c >= " " and c != "\x7f" else " " for c in whole)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
