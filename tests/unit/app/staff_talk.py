"""Both ends of a staff connection without sockets, and messages to say over it."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from app.staff.conversation import BedsideEnd, StationEnd
from app.staff.messages import (
    Accept,
    AlarmGone,
    AlarmTold,
    Challenge,
    Hello,
    Message,
    Received,
    Refusal,
    Reject,
    SessionTold,
    Whole,
)
from app.staff.wire import VERSION
from protocols.events import AlarmState, Priority, StaffCall

SECRET = b"a secret of the ward"
ROOM = "Room 3"


def hello(version: int = VERSION, station: str = "Desk 1", instance: str = "1" * 64) -> Hello:
    return Hello(
        protocol="infusion-room-staff",
        version=version,
        station=station,
        instance=instance,
        challenge="a" * 64,
    )


def told(alarm: str = "hr-high", raised_ns: int = 5_000_000_000, **changes: object) -> AlarmTold:
    fields: dict[str, object] = {
        "alarm": alarm,
        "raised_ns": raised_ns,
        "priority": Priority.MEDIUM,
        "state": AlarmState.SOUNDING,
        "technical": False,
        "icon": "cardiac",
        "sentence": "Heart rate 128 /min, limit 120",
        "next_step": "Look at the patient.",
        "age_s": 3.0,
        "urgency": 0,
        "call": 1,
        "room_sound": False,
        "sounds_in_s": 4.0,
        "staff": StaffCall.CALLED,
        "accepted_by": "",
        "acknowledged_by": "",
    }
    return AlarmTold(**{**fields, **changes})  # type: ignore[arg-type]


@dataclass(slots=True)
class Talk:
    """A station and a bedside, joined by hand."""

    station: StationEnd
    bedside: BedsideEnd

    @classmethod
    def begin(
        cls,
        *,
        station_secret: bytes = SECRET,
        greeting: Hello | None = None,
        refusal: Refusal | None = None,
    ) -> Talk:
        challenge = Challenge(version=VERSION, challenge="b" * 64)
        return cls(
            StationEnd(station_secret, greeting or hello(), 0.0),
            BedsideEnd(SECRET, ROOM, challenge, lambda _hello: refusal, 0.0),
        )

    @classmethod
    def opened(cls) -> Talk:
        talk = cls.begin()
        talk.exchange(0.0)
        assert talk.station.open
        assert talk.bedside.open
        return talk

    def exchange(self, now_s: float) -> tuple[list[Message], list[Message]]:
        """Carry bytes to and fro until nothing waits; what station and bedside understood."""
        at_station: list[Message] = []
        at_bedside: list[Message] = []
        while self.station.waiting or self.bedside.waiting:
            at_bedside += self.bedside.receive(take(self.station), now_s)
            at_station += self.station.receive(take(self.bedside), now_s)
        return at_station, at_bedside


def take(end: StationEnd | BedsideEnd) -> bytes:
    """What `end` wants sent, as if it were sent."""
    waiting = end.waiting
    end.note_sent(len(waiting))
    return waiting


PLAIN = st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f")

names = st.text(PLAIN, max_size=80)
times = st.integers(0, 2**62 - 1)
occurrences = st.tuples(names.filter(bool), times)

station_messages = st.one_of(
    st.builds(
        lambda where, call: Received(alarm=where[0], raised_ns=where[1], call=call),
        occurrences,
        st.integers(0, 1000),
    ),
    st.builds(
        lambda where, by: Accept(alarm=where[0], raised_ns=where[1], by=by),
        occurrences,
        names.filter(bool),
    ),
    st.builds(
        lambda where, by: Reject(alarm=where[0], raised_ns=where[1], by=by),
        occurrences,
        names.filter(bool),
    ),
)

bedside_messages = st.one_of(
    st.builds(SessionTold, running=st.booleans(), simulated=st.booleans(), trouble=names),
    st.builds(
        lambda where, sentence, age_s, state: told(
            where[0], where[1], sentence=sentence, age_s=age_s, state=state
        ),
        occurrences,
        st.text(PLAIN, max_size=300),
        st.floats(0, 1e6),
        st.sampled_from(AlarmState),
    ),
    st.builds(lambda where: AlarmGone(alarm=where[0], raised_ns=where[1]), occurrences),
    st.builds(Whole, alarms=st.integers(0, 64)),
)
