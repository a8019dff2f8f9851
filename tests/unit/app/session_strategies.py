"""Random sessions: any action of a person, sensible or not, and anything a port may bring."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from devices.suntech_advantage import wire
from protocols.events import (
    EVENT_KINDS,
    AdvancePhase,
    ArmBpSchedule,
    ChunkReceived,
    ClockAnchored,
    CloseSession,
    Command,
    Input,
    LinkReported,
    LinkState,
    OverrideReason,
    PauseInfusion,
    Phase,
    Service,
    ServiceReported,
    SessionResumed,
    SetSameArm,
    TakeBp,
    TypedValue,
)
from protocols.vitals import Vital
from tests.unit.app.session_scenes import (
    NURSE,
    PRESCRIBER,
    SECOND,
    Scene,
    bp_result,
    bp_status,
    definition,
    oximeter_packet,
)

MS = 1_000_000

COMMANDS: tuple[type[Command], ...] = tuple(
    kind for kind in EVENT_KINDS.values() if issubclass(kind, Command)
)

_TEXTS = st.sampled_from(["", " ", "calm", "DROP TABLE; 1,5\n", "é™"])
_NUMBERS = st.sampled_from(
    [Decimal(text) for text in ("0", "-1", "0.5", "1", "35", "40", "52.5", "70", "154", "1e9")]
    + [Decimal("NaN"), Decimal("Infinity")]
)
_FLOATS = st.sampled_from([0.0, 5.0, 15.0, 36.6, 98.0, -1.0, 1e9, float("nan"), float("inf")])
_WHOLE = st.sampled_from([-1, 0, 1, 5, 10, 50, 80, 100, 120, 185, 1000])
_ITEMS = [item.id for item in definition().gate[:4]]
_ITEMS += [criterion.id for criterion in definition().discharge]
_ALARMS = ["sbp-high-warning", "spo2-no-data", "device-lost/oximeter", "nothing"]
_TYPED_VALUES = st.builds(TypedValue, vital=st.sampled_from(list(Vital)), value=_FLOATS)
_NAMED: dict[str, st.SearchStrategy[Any]] = {
    "clock": st.sampled_from(["", "", "10:05", "0958", "23:59", "soon"]),
    "values": st.lists(_TYPED_VALUES, max_size=3).map(tuple),
    "by": st.sampled_from([NURSE, SECOND, PRESCRIBER, ""]),
    "birth_date": st.sampled_from(["1980-02-03", "2020-01-01", "", "soon", "1700-01-01"]),
    "sex": st.sampled_from(["female", "male", "other"]),
    "item": st.sampled_from([*_ITEMS, "start-limit/sbp", "start-limit/", "nothing"]),
    "answer": st.sampled_from(["yes", "no", "negative", "override", ""]),
    "alarm": st.sampled_from(_ALARMS),
    "task": st.sampled_from(["infusing/bp/5", "infusing/rr/10", "recovery/bp/0", "nothing"]),
    "term": st.sampled_from([*(event.id for event in definition().quick_events), "nothing"]),
    "reasons": st.lists(
        st.builds(
            OverrideReason, field=st.sampled_from(["dose_mg", "weight_kg", ""]), reason=_TEXTS
        ),
        max_size=2,
    ).map(tuple),
}


def _values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if name in _NAMED:
        return _NAMED[name]
    parts = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return st.lists(_values("", parts[0]), max_size=3).map(tuple)
    if dataclasses.is_dataclass(hint):
        return _nested(hint)
    if parts:
        some = [_values(name, part) for part in parts if part is not type(None)]
        return st.one_of(st.none(), *some)
    if hint is bool:
        return st.booleans()
    if hint is str:
        return _TEXTS
    if hint is int:
        return _WHOLE
    if hint is float:
        return _FLOATS
    if hint is Decimal:
        return _NUMBERS
    return st.sampled_from(list(hint))


def _nested(kind: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    fields = {f.name: _values(f.name, hints[f.name]) for f in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


@cache
def command_of(kind: type[Command]) -> st.SearchStrategy[Command]:
    """Any command of one kind; `t_ns` is 0 until it is placed in a session."""
    hints = typing.get_type_hints(kind)
    fields = {f.name: _values(f.name, hints[f.name]) for f in dataclasses.fields(kind)}
    return st.builds(kind, **{**fields, "t_ns": st.just(0)})


ANY_COMMAND = st.sampled_from([kind for kind in COMMANDS if kind is not CloseSession]).flatmap(
    command_of
)
"""Any action but the end of the session."""

_LIKELY = st.sampled_from(
    [
        TakeBp(t_ns=0, by=NURSE),
        ArmBpSchedule(t_ns=0, by=NURSE, armed=True),
        SetSameArm(t_ns=0, by=NURSE, same=True),
        PauseInfusion(t_ns=0, by=NURSE),
        AdvancePhase(t_ns=0, by=NURSE, phase=Phase.DISCHARGED, reason="leaves"),
    ]
)
_CLOSING = st.just(CloseSession(t_ns=0, by=NURSE, reason="ends here"))

_OXIMETER = st.builds(
    oximeter_packet,
    st.sampled_from([39, 70, 105, 145, 511]),
    st.sampled_from([127, 86, 91, 98]),
    status=st.sampled_from([0, 0, 0x08, 0x10, 0x20]),
)
_CUFF = st.one_of(
    st.sampled_from(list(wire.Status)).map(bp_status),
    st.integers(-20, 300).map(lambda mmhg: wire.reply(mmhg.to_bytes(2, "little", signed=True))),
    st.builds(
        bp_result,
        st.sampled_from([79, 120, 152, 170, 185, 205]),
        st.sampled_from([40, 78, 101, 125]),
        st.sampled_from([60, 90, 140]),
        error=st.sampled_from([0, 0, 0, 2, 0x57, 0xEE]),
    ),
)
_NOISE = st.binary(min_size=1, max_size=40)


@st.composite
def _torn(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Frames with a piece cut out or a byte changed."""
    data = bytearray(draw(whole))
    start = draw(st.integers(0, len(data) - 1))
    if draw(st.booleans()):
        del data[start : start + draw(st.integers(1, 7))]
    else:
        data[start] ^= draw(st.integers(1, 255))
    return bytes(data)


def _chunk(device: str, frames: st.SearchStrategy[bytes]) -> st.SearchStrategy[Input]:
    whole = st.lists(frames, min_size=1, max_size=3).map(b"".join)
    return st.builds(
        ChunkReceived,
        t_ns=st.just(0),
        device=st.just(device),
        data=st.one_of(whole, whole, _torn(whole), _NOISE),
    )


_DETAIL = st.sampled_from(["", "The port is gone."])
CHUNK = st.one_of(_chunk("oximeter", _OXIMETER), _chunk("bp", _CUFF))
"""Bytes from either monitor: whole frames, torn frames, noise."""

FAULT: st.SearchStrategy[Input] = st.one_of(
    st.builds(
        LinkReported,
        t_ns=st.just(0),
        device=st.sampled_from(["oximeter", "bp", "stranger"]),
        state=st.sampled_from([LinkState.OPENING, LinkState.WAITING, LinkState.NOT_CONNECTED]),
        detail=_DETAIL,
    ),
    st.builds(
        ServiceReported,
        t_ns=st.just(0),
        service=st.sampled_from(list(Service)),
        working=st.booleans(),
        detail=_DETAIL,
    ),
    st.builds(
        ClockAnchored,
        t_ns=st.just(0),
        utc=st.just("2026-03-02T10:00:00.000Z"),
        utc_offset_min=st.just(60),
        jump_ms=st.sampled_from([0, 3_600_000]),
    ),
    st.builds(
        SessionResumed,
        t_ns=st.just(0),
        gap_start_ns=st.just(0),
        utc=st.just("2026-03-02T10:00:00.000Z"),
        by=st.just(NURSE),
        reason=_DETAIL,
    ),
    st.builds(ChunkReceived, t_ns=st.just(0), device=st.just("stranger"), data=_NOISE),
)
"""A port opened or lost, a part of the program failed, the clock jumped, the program came back."""

STEP_MS = st.sampled_from(
    [0, 0, 1, 40, 100, 333, 1_000, 1_000, 2_000, 5_000, 10_000, 60_000, 130_000, 300_000]
)
"""Time between two inputs: the times at which something is due come up often."""

_STAGES: tuple[Callable[[Scene], object], ...] = (
    lambda scene: None,
    lambda scene: scene.to_gate(),
    lambda scene: scene.to_frozen(),
    lambda scene: scene.to_infusing(),
    lambda scene: scene.to_infusing(sbp=100, dbp=60),
    lambda scene: scene.to_recovery(),
)


@cache
def _stage(number: int) -> tuple[Input, ...]:
    scene = Scene()
    _STAGES[number](scene)
    return tuple(scene.inputs)


class Inputs(list[Input]):
    """Inputs that print themselves without the book's long beginning."""

    def __init__(self, stage: int, tail: Iterable[Input]) -> None:
        self.stage, self.tail = stage, list(tail)
        super().__init__([*_stage(stage), *self.tail])

    def __repr__(self) -> str:
        return f"Inputs({self.stage}, {self.tail})"


@st.composite
def random_session(draw: st.DrawFn, *, max_size: int = 25) -> Inputs:
    """A session led to some phase by the book, and then anything at all."""
    stage = draw(st.integers(0, len(_STAGES) - 1))
    t_ns = _stage(stage)[-1].t_ns
    closes = draw(st.integers(0, 9)) == 0
    tail = draw(st.lists(st.one_of(ANY_COMMAND, _LIKELY, CHUNK, CHUNK, FAULT), max_size=max_size))
    if closes:
        tail.append(draw(_CLOSING))
        tail += draw(st.lists(st.one_of(CHUNK, FAULT, ANY_COMMAND), max_size=5))
    placed: list[Input] = []
    for event in tail:
        t_ns += draw(STEP_MS) * MS
        placed.append(dataclasses.replace(event, t_ns=t_ns))
    return Inputs(stage, placed)
