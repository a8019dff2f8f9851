"""The canonical form of an event and the hash chain over a session's events.

The form is ``["<kind>",{<fields>}]`` in JSON as the standard library writes it with
``json.dumps(..., sort_keys=True, separators=(",", ":"), ensure_ascii=False)`` in UTF-8: decimals as
text, bytes as base64, enumerations as their values. ``docs/file-format.md`` is its specification.
High-rate kinds take a faster encoder that gives the same bytes.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from typing import Any, cast

import msgspec

from protocols.events import (
    EVENT_KINDS,
    BytesSent,
    ChunkReceived,
    Event,
    FrameRejected,
    Reading,
    WaveReceived,
    kind_of,
)
from protocols.vitals import PRESSURES, Quality

ROUTINE: tuple[type[Event], ...] = (
    ChunkReceived,
    WaveReceived,
    Reading,
    FrameRejected,
    BytesSent,
)
"""Kinds that come many times a second and share rows; every other event has a row of its own."""

CHAIN_BYTES = 32
"""Length of a chain value: one SHA-256 digest."""


def is_routine(event: Event) -> bool:
    """Whether `event` shares a row with its neighbours and may wait up to 250 ms for its commit.

    A reading that a person typed, a cuff pressure and the word that one is withdrawn are not.
    """
    if isinstance(event, Reading):
        withdrawn = event.quality is Quality.WITHDRAWN
        return not (event.manual or event.vital in PRESSURES or withdrawn)
    return type(event) in ROUTINE


_encode_fast = msgspec.json.Encoder(order="sorted").encode
_HEADS = {kind: f'["{name}",'.encode() for name, kind in EVENT_KINDS.items()}
_DECODERS: dict[bytes, Callable[[bytes | memoryview], Any]] = {
    name.encode(): msgspec.json.Decoder(kind).decode for name, kind in EVENT_KINDS.items()
}
_FAST = frozenset(ROUTINE)
_LOW, _HIGH = 1e-4, 1e16
"""Between these magnitudes both encoders write a float alike: without an exponent."""


def canonical(event: Event) -> bytes:
    """The canonical form of `event`: the bytes that the chain hashes and the journal keeps."""
    kind = type(event)
    if kind in _FAST:
        if isinstance(event, Reading):
            value = event.value
            if value is not None and not (
                type(value) is float and (value == 0.0 or _LOW <= abs(value) < _HIGH)
            ):
                return _canonical_plain(event)
        try:
            return _HEADS[kind] + _encode_fast(event) + b"]"
        except UnicodeEncodeError:
            return _canonical_plain(event)
    return _canonical_plain(event)


def _canonical_plain(event: Event) -> bytes:
    pair = [kind_of(event), _plain(event)]
    try:
        text = json.dumps(pair, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8, but it has a JSON escape
        return json.dumps(pair, sort_keys=True, separators=(",", ":")).encode()


def _float_fields(kind: type) -> frozenset[str]:
    return frozenset(f.name for f in dataclasses.fields(kind) if "float" in str(f.type))


_FLOATS: dict[type, frozenset[str]] = {}


def _plain(value: object) -> object:
    """`value` in the types of JSON; a whole number in a field of floats is written as a float."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        floats = _FLOATS.setdefault(kind, _float_fields(kind))
        result: dict[str, object] = {}
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if field.name in floats and isinstance(item, int):
                item = float(item)
            result[field.name] = _plain(item)
        return result
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def parse(body: bytes) -> Event:
    """The event that `body`, a canonical form, stands for.

    Raises:
        ValueError: `body` is not the canonical form of a known kind of event.
    """
    end = body.find(b'"', 2)
    decode = _DECODERS.get(body[2:end])
    if decode is None or body[:2] != b'["' or body[-1:] != b"]":
        raise ValueError("not an event of this version: " + repr(body[:60]))
    try:
        return cast(Event, decode(memoryview(body)[end + 2 : -1]))
    except msgspec.DecodeError:
        return _parse_plain(body)


def _parse_plain(body: bytes) -> Event:
    """Decode what only the standard library reads: not-a-number, infinities, lone surrogates."""
    name, fields = json.loads(body)
    try:
        return msgspec.convert(fields, EVENT_KINDS[name])
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from error


def chain_start(session: str) -> bytes:
    """The chain value before the first event of the session named `session`."""
    name = session.encode("utf-8", "surrogateescape")  # a damaged name is one too
    return sha256(b"infusion-room journal 1\n" + name).digest()


def chain_next(before: bytes, body: bytes) -> bytes:
    """The chain value after the event of canonical form `body`: SHA-256 of `before` + `body`."""
    return sha256(before + body).digest()
