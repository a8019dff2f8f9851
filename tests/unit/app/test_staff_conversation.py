"""What bedside and station say to each other, without sockets: any split, any damage, any delay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.staff.conversation import BEAT_S, LOST_S, MAX_WAITING, BedsideEnd, Conversation, End
from app.staff.messages import (
    Accept,
    Bye,
    Challenge,
    Hello,
    Leaving,
    Message,
    MessageError,
    Proof,
    Received,
    Refusal,
    Whole,
    decode_at_bedside,
    decode_at_station,
    encode,
    fitted,
)
from app.staff.wire import MAX_FRAME, VERSION, FrameError, FrameReader, encode_frame
from tests.unit.app.staff_talk import (
    ROOM,
    SECRET,
    Talk,
    bedside_messages,
    hello,
    station_messages,
    take,
    told,
)

RECEIVED = Received(alarm="hr-high", raised_ns=1, call=1)


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    starts = [0, *places]
    ends = [*places, len(data)]
    return [data[a:b] for a, b in zip(starts, ends, strict=True)]


def test_both_ends_prove_that_they_know_the_secret() -> None:
    talk = Talk.opened()
    assert talk.station.room == ROOM
    assert talk.bedside.hello == hello()


def test_nothing_of_the_room_is_said_before_the_proof() -> None:
    talk = Talk.begin()
    talk.bedside.receive(take(talk.station), 0.0)
    assert ROOM.encode() not in talk.bedside.waiting


@given(st.lists(bedside_messages, max_size=8), st.lists(st.integers(0), max_size=12))
def test_what_is_told_is_understood_however_it_is_cut(
    messages: list[Message], cuts: list[int]
) -> None:
    talk = Talk.opened()
    for message in messages:
        talk.bedside.send(message, 0.1)
    understood: list[Message] = []
    for piece in in_pieces(take(talk.bedside), cuts):
        understood += talk.station.receive(piece, 0.1)
    assert understood == messages
    assert talk.station.end is None


@given(st.lists(station_messages, max_size=8), st.lists(st.integers(0), max_size=12))
def test_what_is_answered_is_understood_however_it_is_cut(
    messages: list[Message], cuts: list[int]
) -> None:
    talk = Talk.opened()
    for message in messages:
        talk.station.send(message, 0.1)
    understood: list[Message] = []
    for piece in in_pieces(take(talk.station), cuts):
        understood += talk.bedside.receive(piece, 0.1)
    assert understood == messages


@given(
    st.lists(station_messages, min_size=1, max_size=4),
    st.integers(0),
    st.integers(1, 255),
)
def test_any_changed_byte_ends_the_connection_and_nothing_wrong_is_believed(
    messages: list[Message], place: int, flip: int
) -> None:
    talk = Talk.opened()
    for message in messages:
        talk.station.send(message, 0.1)
    data = bytearray(take(talk.station))
    data[place % len(data)] ^= flip
    understood = talk.bedside.receive(bytes(data), 0.1)
    assert understood == messages[: len(understood)]
    assert len(understood) < len(messages)
    if talk.bedside.end is None:  # a longer length waits for bytes that do not come
        talk.bedside.tick(LOST_S + 0.2)
    assert talk.bedside.has_ended


@given(st.binary(max_size=2000), st.booleans())
def test_garbage_is_never_believed(garbage: bytes, opened: bool) -> None:
    talk = Talk.opened() if opened else Talk.begin()
    if not opened:
        take(talk.station)
    assert talk.bedside.receive(garbage, 0.1) == []
    assert talk.station.receive(garbage, 0.1) == []


def test_a_frame_said_again_ends_the_connection() -> None:
    talk = Talk.opened()
    talk.station.send(RECEIVED, 0.1)
    frame = take(talk.station)
    assert talk.bedside.receive(frame, 0.1) == [RECEIVED]
    assert talk.bedside.receive(frame, 0.2) == []
    assert talk.bedside.end is End.BROKEN


def test_a_frame_of_another_connection_is_foreign() -> None:
    other = Talk.opened()
    other.station.send(RECEIVED, 0.1)
    stolen = take(other.station)
    challenge = Challenge(version=VERSION, challenge="c" * 64)
    bedside = BedsideEnd(SECRET, ROOM, challenge, lambda _hello: None, 0.0)
    talk = Talk(Talk.begin().station, bedside)
    talk.exchange(0.0)
    assert talk.bedside.open
    assert talk.bedside.receive(stolen, 0.1) == []
    assert talk.bedside.end is End.BROKEN


def test_a_frame_sent_back_to_its_sender_is_foreign() -> None:
    talk = Talk.opened()
    talk.station.send(RECEIVED, 0.1)
    assert talk.station.receive(take(talk.station), 0.1) == []
    assert talk.station.end is End.SECRET


def test_frames_out_of_order_end_the_connection() -> None:
    talk = Talk.opened()
    talk.station.send(RECEIVED, 0.1)
    first = take(talk.station)
    talk.station.send(Accept(alarm="hr-high", raised_ns=1, by="A. Lund RN"), 0.1)
    assert talk.bedside.receive(take(talk.station) + first, 0.1) == []
    assert talk.bedside.end is End.BROKEN


def test_a_station_that_does_not_know_the_secret_is_refused_and_told_why() -> None:
    talk = Talk.begin(station_secret=b"another secret of ours")
    talk.exchange(0.0)
    assert talk.bedside.end is End.REFUSED
    assert not talk.bedside.open
    assert talk.station.refusal is Refusal.SECRET
    assert talk.station.room == ""


def test_a_bedside_that_does_not_know_the_secret_is_not_believed() -> None:
    talk = Talk.begin()
    challenge = Challenge(version=VERSION, challenge="b" * 64)
    impostor = BedsideEnd(b"another secret of ours", ROOM, challenge, lambda _hello: None, 0.0)
    impostor.receive(take(talk.station), 0.0)
    talk.station.receive(take(impostor), 0.0)
    impostor.send(Whole(alarms=0), 0.0)  # sealed with a key that is not the station's
    assert talk.station.receive(take(impostor), 0.0) == []
    assert talk.station.end is End.SECRET
    assert not talk.station.open


@pytest.mark.parametrize("refusal", [Refusal.NAME, Refusal.FULL])
def test_a_station_that_is_not_admitted_is_told_why(refusal: Refusal) -> None:
    talk = Talk.begin(refusal=refusal)
    talk.exchange(0.0)
    assert talk.station.refusal is refusal
    assert talk.bedside.end is End.REFUSED


def test_another_version_is_refused() -> None:
    talk = Talk.begin(greeting=hello(version=VERSION + 1))
    talk.exchange(0.0)
    assert talk.station.refusal is Refusal.VERSION


def test_ends_that_talk_stay_connected_and_beat() -> None:
    talk = Talk.opened()
    now_s = 0.0
    while now_s < 10 * LOST_S:
        now_s += BEAT_S / 2
        talk.station.tick(now_s)
        talk.bedside.tick(now_s)
        talk.exchange(now_s)
    assert talk.station.open
    assert talk.bedside.open


@pytest.mark.parametrize("silent", ["station", "bedside"])
def test_an_end_that_falls_silent_is_lost_at_the_other(silent: str) -> None:
    talk = Talk.opened()
    heard: Conversation = talk.bedside if silent == "station" else talk.station
    now_s = 0.0
    while heard.end is None and now_s < 10:
        now_s += 0.05
        heard.tick(now_s)
    assert heard.end is End.SILENT
    assert now_s == pytest.approx(LOST_S, abs=0.11)


def test_words_that_come_too_late_are_not_believed() -> None:
    """The connection is open and bytes arrive, but they were said before the silence."""
    talk = Talk.opened()
    talk.station.send(RECEIVED, 0.1)
    kept = take(talk.station)
    assert talk.bedside.receive(kept, LOST_S + 0.5) == []
    assert talk.bedside.end is End.LATE


def test_ends_whose_clocks_have_nothing_in_common_understand_each_other() -> None:
    challenge = Challenge(version=VERSION, challenge="b" * 64)
    talk = Talk(Talk.begin().station, BedsideEnd(SECRET, ROOM, challenge, lambda _hello: None, 9e6))
    understood: list[Message] = []
    for step in range(40):
        station_s, bedside_s = step * 0.25, 9e6 + step * 0.25
        talk.station.tick(station_s)
        talk.bedside.tick(bedside_s)
        for _ in range(3):
            talk.bedside.receive(take(talk.station), bedside_s)
            understood += talk.station.receive(take(talk.bedside), station_s)
        if step == 20:
            talk.bedside.send(told(), bedside_s)
    assert understood == [told()]
    assert talk.station.open
    assert talk.bedside.open


def test_an_end_that_does_not_read_is_given_up() -> None:
    talk = Talk.opened()
    count = 0
    while talk.bedside.end is None and count < 10_000:
        talk.bedside.send(told(), 0.1)
        count += 1
    assert talk.bedside.end is End.SILENT
    assert len(talk.bedside.waiting) <= MAX_WAITING


def test_an_end_that_leaves_says_so() -> None:
    talk = Talk.opened()
    talk.station.leave(Bye(reason=Leaving.DISPLAY), 0.1)
    talk.bedside.receive(take(talk.station), 0.1)
    assert talk.bedside.end is End.LEFT
    assert talk.bedside.bye == Bye(reason=Leaving.DISPLAY)


def test_a_message_of_the_other_direction_ends_the_connection() -> None:
    talk = Talk.opened()
    talk.station.send(told(), 0.1)
    assert talk.bedside.receive(take(talk.station), 0.1) == []
    assert talk.bedside.end is End.BROKEN


@pytest.mark.parametrize("message", [hello(), Proof()])
def test_a_greeting_in_the_middle_ends_the_connection(message: Message) -> None:
    talk = Talk.opened()
    talk.station.send(message, 0.1)
    talk.exchange(0.1)
    assert talk.bedside.end is End.BROKEN


def test_a_frame_larger_than_the_bound_is_refused_before_it_has_come() -> None:
    reader = FrameReader()
    with pytest.raises(FrameError):
        reader.feed((MAX_FRAME + 1).to_bytes(4, "big"))


def test_a_body_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(FrameError):
        encode_frame(b"key", 1, 0, bytes(MAX_FRAME))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"kind":"received"}',
        b'{"kind":"received","alarm":"","raised_ns":1,"call":1}',
        b'{"kind":"received","alarm":"a","raised_ns":-1,"call":1}',
        b'{"kind":"received","alarm":"a","raised_ns":1.5,"call":1}',
        b'{"kind":"received","alarm":"a","raised_ns":1,"call":1,"more":2}',
        b'{"kind":"accept","alarm":"a","raised_ns":1,"by":"' + b"x" * 81 + b'"}',
        b'{"kind":"accept","alarm":"a","raised_ns":1,"by":"two\\nlines"}',
        b'{"kind":"accept","alarm":"a","raised_ns":1,"by":"\xff"}',
        b"[" * 5000,
    ],
)
def test_text_that_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(MessageError):
        decode_at_bedside(body)
    with pytest.raises(MessageError):
        decode_at_station(body)


def test_a_longest_alarm_fits_into_a_frame() -> None:
    wide = "\U0001f489"
    longest = told(
        wide * 80,
        2**62 - 1,
        sentence=wide * 300,
        next_step=wide * 300,
        icon=wide * 80,
        accepted_by=wide * 80,
        acknowledged_by=wide * 80,
    )
    assert encode_frame(b"key", 1, 0, encode(longest))
    assert decode_at_station(encode(longest)) == longest


@given(st.text(st.characters(), max_size=400))
def test_whatever_is_fitted_can_be_told(text: str) -> None:
    message = told(sentence=fitted(text))
    assert decode_at_station(encode(message)) == message


def test_a_later_version_may_greet_with_more() -> None:
    body = encode(hello())[:-1] + b',"colour":"red"}'
    assert isinstance(decode_at_bedside(body), Hello)
