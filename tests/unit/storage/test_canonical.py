"""The canonical form is what the standard library writes, and the chain is plain SHA-256."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given

from protocols.events import ChunkReceived, Event, Reading, WriteNote, kind_of
from protocols.vitals import Quality, Vital
from storage.canonical import canonical, chain_next, chain_start, is_routine, parse
from tests.unit.storage.event_strategies import ANY_EVENT, ROUTINE_EVENT, alarm


def reading(value: float | None, **changes: Any) -> Reading:
    fields: dict[str, Any] = {
        "t_ns": 1,
        "vital": Vital.SPO2,
        "value": value,
        "quality": Quality.GOOD,
        "source": "oximeter",
        "measured_ns": 1,
    }
    return Reading(**(fields | changes))


def by_the_book(event: Event) -> bytes:
    """The canonical form as the file format describes it, written independently."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        if isinstance(value, bytes):
            return base64.standard_b64encode(value).decode("ascii")
        return str(value) if isinstance(value, Decimal) else value

    pair = [kind_of(event), plain(event)]
    return json.dumps(pair, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(ANY_EVENT | ROUTINE_EVENT)
@example(reading(1e-5))
@example(reading(1e16))
@example(reading(-0.0))
@example(reading(0.1 + 0.2))
@example(reading(97.0, note='a "quoted" \\ line\nand é\x00\x7f\u2028'))
def test_any_event_is_written_by_the_book_and_read_back(event: Event) -> None:
    body = canonical(event)
    assert body == by_the_book(event)
    assert parse(body) == event


def test_the_form_of_a_reading() -> None:
    assert canonical(reading(97.0)) == (
        b'["reading",{"manual":false,"measured_ns":1,"note":"","quality":"good",'
        b'"source":"oximeter","spot":false,"t_ns":1,"value":97.0,"vital":"spo2"}]'
    )


def test_a_whole_number_in_a_field_of_floats_is_written_as_a_float() -> None:
    assert canonical(reading(97)) == canonical(reading(97.0))
    whole = dataclasses.replace(alarm(1, "sounding", since_ns=0), limit=160)  # type: ignore[arg-type]
    assert b'"limit":160.0' in canonical(whole)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_number_that_is_none_keeps_its_kind(value: float) -> None:
    back = parse(canonical(reading(value)))
    assert isinstance(back, Reading)
    assert repr(back.value) == repr(value)


def test_a_lone_surrogate_survives() -> None:
    for event in (WriteNote(t_ns=1, by="x", text="\ud800"), reading(1.0, note="\udfff")):
        assert parse(canonical(event)) == event


@pytest.mark.parametrize(
    "body", [b"", b"[", b'["reading"', b'["no_such_kind",{}]', b'["reading",{}]', b'["reading",{"]']
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(body)


def test_the_chain_can_be_worked_out_by_hand() -> None:
    start = hashlib.sha256(b"infusion-room journal 1\nroom-2").digest()
    assert chain_start("room-2") == start
    body = canonical(ChunkReceived(t_ns=40, device="oximeter", data=b"\x01\x80"))
    assert body == b'["chunk_received",{"data":"AYA=","device":"oximeter","t_ns":40}]'
    assert chain_next(start, body) == hashlib.sha256(start + body).digest()


@pytest.mark.parametrize(
    ("event", "routine"),
    [
        (reading(97.0), True),
        (reading(97.0, manual=True), False),
        (reading(71.0, vital=Vital.PR, spot=True), True),
        (reading(120.0, vital=Vital.SBP), False),
        (ChunkReceived(t_ns=0, device="x", data=b""), True),
        (WriteNote(t_ns=0, by="x", text=""), False),
    ],
)
def test_only_streamed_events_may_wait(event: Event, routine: bool) -> None:
    assert is_routine(event) is routine
