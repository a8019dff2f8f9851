"""What a run of the rules made of a session's inputs, as digests that two versions can compare.

Pure. An output has a *form*: its kind and the fields that are not at their default, so that a field
which a later version adds does not make old outputs different. Digests are of blocks of outputs;
outputs that are no stream are kept in full.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final

import msgspec

from app.differences import Difference, FieldDifference, field_name, value_words
from app.pipeline import Pipeline
from protocols.events import (
    AlarmChanged,
    AlarmState,
    BytesSent,
    Event,
    FrameRejected,
    Input,
    Output,
    Reading,
    WaveReceived,
    kind_of,
)
from protocols.vitals import PRESSURES

BLOCK: Final = 256
"""Outputs that share a digest."""

FORM: Final = 1
"""Version of the digests: others are not compared."""

Form = dict[str, Any]
"""An output as plain values by name: its kind as `event`, and what is not at its default."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_DEFAULTS: dict[type, tuple[tuple[str, Any], ...]] = {}
_STREAMED = (WaveReceived, BytesSent, FrameRejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One output: its number in the run (inputs counted too), session time, and form."""

    number: int
    t_ns: int
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alarm that was raised."""

    alarm: str
    t_ns: int
    priority: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDigest:
    """What the inputs of one session gave.

    Attributes:
        session: its name.
        inputs, outputs: how many.
        digest: over all blocks.
        blocks: digest of each `BLOCK` outputs, hexadecimal.
        counts: outputs by kind.
        alarms: each alarm that was raised, in order.
        telling: outputs that are no stream, in full.
        end_ns: session time of the last input.
        problem: why it could not be run, in a sentence; the rest is of what could.
    """

    session: str
    inputs: int = 0
    outputs: int = 0
    digest: str = ""
    blocks: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    alarms: tuple[Raised, ...] = ()
    telling: tuple[Made, ...] = ()
    end_ns: int = 0
    problem: str = ""


class Rerun:
    """Feeds inputs to the rules and numbers what comes of them."""

    def __init__(self) -> None:
        """Begin before the first input."""
        self._pipeline = Pipeline()
        self._number = 0
        self._inputs = 0
        self._t_ns = 0

    @property
    def inputs(self) -> int:
        """Inputs taken so far."""
        return self._inputs

    @property
    def t_ns(self) -> int:
        """Session time of the last input."""
        return self._t_ns

    def take(self, event: Input) -> Iterator[tuple[int, Output]]:
        """What follows from `event`, deadlines before it included, with numbers in the record."""
        before = self._pipeline.advance(event.t_ns) if self._inputs else []
        yield from self._numbered(before)
        self._inputs += 1
        self._number += 1
        self._t_ns = event.t_ns
        yield from self._numbered(self._pipeline.step(event))

    def _numbered(self, outputs: list[Output]) -> Iterator[tuple[int, Output]]:
        for output in outputs:
            self._number += 1
            yield self._number, output


class Digester:
    """Takes a session's events, runs the inputs, and digests what comes of them.

    What is kept grows with the alarms and entries of a session, not with its streams.
    """

    def __init__(self, session: str) -> None:
        """Begin before the first event of `session`."""
        self._session = session
        self._rerun = Rerun()
        self._whole = hashlib.blake2b(digest_size=16)
        self._block = hashlib.blake2b(digest_size=16)
        self._outputs = 0
        self._blocks: list[str] = []
        self._counts: dict[str, int] = {}
        self._alarms: list[Raised] = []
        self._ringing: set[str] = set()
        self._telling: list[Made] = []

    def take(self, event: Event) -> None:
        """Take the next event of the record; outputs in it are left aside."""
        if isinstance(event, Input):
            for number, output in self._rerun.take(event):
                self._add(number, output)

    def finish(self, problem: str = "") -> SessionDigest:
        """The digests of everything that was taken; `problem` says why it ended early."""
        if self._outputs % BLOCK:
            self._close_block()
        return SessionDigest(
            session=self._session,
            inputs=self._rerun.inputs,
            outputs=self._outputs,
            digest=self._whole.hexdigest(),
            blocks=tuple(self._blocks),
            counts=dict(sorted(self._counts.items())),
            alarms=tuple(self._alarms),
            telling=tuple(self._telling),
            end_ns=self._rerun.t_ns,
            problem=problem,
        )

    def _add(self, number: int, output: Output) -> None:
        kind = kind_of(output)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._outputs += 1
        self._block.update(encoded(output))
        if not _streams(output):
            self._telling.append(Made(number=number, t_ns=output.t_ns, form=form_of(output)))
            if isinstance(output, AlarmChanged):
                self._follow(output)
        if self._outputs % BLOCK == 0:
            self._close_block()

    def _close_block(self) -> None:
        digest = self._block.digest()
        self._whole.update(digest)
        self._blocks.append(digest.hex())
        self._block = hashlib.blake2b(digest_size=16)

    def _follow(self, change: AlarmChanged) -> None:
        if change.state is AlarmState.OFF:
            self._ringing.discard(change.alarm)
        elif change.state.is_seen and change.alarm not in self._ringing:
            self._ringing.add(change.alarm)
            self._alarms.append(
                Raised(
                    alarm=change.alarm,
                    t_ns=change.t_ns,
                    priority=change.priority.value,
                    sentence=change.sentence,
                )
            )


def encoded(output: Output) -> bytes:
    """The form of `output` as bytes that are the same wherever it is the same."""
    named: list[Any] = [kind_of(output)]
    for name, default in _fields(type(output)):
        value = getattr(output, name)
        if value is default or value == default:
            continue
        named.append(name)
        named.append(value)
    return _encode(named)


def form_of(output: Output) -> Form:
    """The form of `output` in the types of JSON."""
    kind, *named = msgspec.json.decode(encoded(output))
    return {"event": kind, **dict(zip(named[::2], named[1::2], strict=True))}


def differ_forms(here: Made | None, there: Made | None) -> Difference:
    """The difference between two outputs, told by their forms; either may be missing."""
    first, second = ({} if one is None else one.form for one in (here, there))
    shown = here or there
    told: tuple[FieldDifference, ...] = ()
    if first.get("event") == second.get("event"):
        names = [name for name in {**first, **second} if name != "event"]
        told = tuple(
            FieldDifference(
                field="time" if name == "t_ns" else field_name(name),
                recorded=_said(first, name),
                replayed=_said(second, name),
            )
            for name in names
            if first.get(name) != second.get(name)
        )
    return Difference(
        position=0 if shown is None else shown.number,
        t_ns=0 if shown is None else shown.t_ns,
        recorded=form_words(first),
        replayed=form_words(second),
        fields=told,
    )


def form_words(form: Form) -> str:
    """A form as a person reads it; empty where there is none."""
    if not form:
        return ""
    told = (
        f"{field_name(name)} {value_words(name, value)}"
        for name, value in form.items()
        if name not in ("event", "t_ns")
    )
    kind = str(form["event"]).replace("_", " ")
    return f"{kind}: {', '.join(told)}"


def _said(form: Form, name: str) -> str:
    return value_words(name, form[name]) if name in form else "at its default"


def _streams(output: Output) -> bool:
    if isinstance(output, Reading):
        return not (output.manual or output.vital in PRESSURES)
    return isinstance(output, _STREAMED)


def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    known = _DEFAULTS.get(kind)
    if known is None:
        known = _DEFAULTS[kind] = tuple(
            (one.name, _default(one)) for one in sorted(fields(kind), key=lambda one: one.name)
        )
    return known


def _default(one: Any) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING
