"""What both processes say to each other survives the pipe, and noise in it is no message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.deadman.messages import Beat, Goodbye, Heard, Message, Over, Part, decode, encode

ages = st.floats(0, 1e6).map(lambda s: round(s, 3))
messages = st.one_of(
    st.builds(
        Beat,
        silent_s=st.dictionaries(st.sampled_from(Part), ages),
        standing=st.text(st.characters(codec="utf-8")),
    ),
    st.builds(Over, words=st.text(st.characters(codec="utf-8"))),
    st.just(Goodbye()),
    st.just(Heard()),
)


@given(messages)
def test_a_message_is_one_line_and_comes_back_as_it_was(message: Message) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode(line) == message


@given(st.binary())
def test_noise_is_no_message_and_no_error(line: bytes) -> None:
    found = decode(line)
    assert found is None or decode(encode(found)) == found


def test_json_that_is_no_message_is_none() -> None:
    for line in (b"[]", b"1", b'{"say": "beat"}', b'{"say": "beat", "silent_s": 3}', b"{}"):
        assert decode(line) is None
    assert decode(b'{"say": "beat", "silent_s": {"screen": "x"}}') is None
