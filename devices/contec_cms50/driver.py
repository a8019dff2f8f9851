"""The conversation with a Contec CMS50: listen; if nothing streams, start the live data.

An old unit streams by itself and is sent nothing. A new one is asked to stop what it sends, to
send live data, and is told every 5 s that somebody listens.
"""

from __future__ import annotations

import re
from enum import StrEnum

from devices.contec_cms50 import wire
from devices.contec_cms50.parser import VALUES, ContecParser, read_package
from devices.deadlines import Deadlines
from devices.driver import DriverItem, Measurement, Samples, Send
from devices.listening import ListeningDriver
from devices.oximeter_stream import STEADY_FRAMES
from protocols.vitals import NS_PER_S, Quality

LISTEN_NS = 1 * NS_PER_S
"""Listening after a connection before anything is sent."""

ANSWER_NS = 1 * NS_PER_S
"""Longest wait for the answer to a stop; the next request is then sent without it."""

SILENCE_NS = 2 * NS_PER_S
"""Without live data for this long, they are asked for again."""

KEEP_ALIVE_NS = 5 * NS_PER_S
STARTS = 3
"""Starts without live data after which the whole sequence is begun anew."""

_TAIL = 16
_ANSWER = re.compile(
    rb"\x0c\x80|\x0d(?:\x80[\x80-\x85]|\x81\xff)"
    rb"|\x0b(?:\x81[\xa0-\xbf][\x80-\x85]|\x83[\xa0-\xbf]\xff)"
)


class _Step(StrEnum):
    LISTENING = "listening"
    STOPPING_STORED = "stopping stored data"
    STOPPING_LIVE = "stopping live data"
    STARTING = "starting live data"
    STREAMING = "live data come"
    OLD = "an old unit streams by itself"


class _Due(StrEnum):
    NEXT = "the next request"
    KEEP_ALIVE = "say that somebody listens"


class ContecDriver(ListeningDriver):
    """Listens with a `ContecParser`, and starts a new unit that does not stream."""

    def __init__(self) -> None:
        self._contec = ContecParser(steady_frames=STEADY_FRAMES)
        super().__init__(self._contec, confirm=True)
        self._step = _Step.LISTENING
        self._due: Deadlines[_Due] = Deadlines()
        self._tail = b""
        self._starts = 0

    @property
    def next_deadline_ns(self) -> int | None:
        """When `advance` must be called next; None while an old unit streams."""
        return self._due.next_ns

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget the conversation and listen first."""
        items = super().connect(t_ns)
        self._step = _Step.LISTENING
        self._tail = b""
        self._starts = 0
        self._due.cancel()
        self._due.set(_Due.NEXT, t_ns + LISTEN_NS)
        return items

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Decode `data`; live data end the wait for them, an answer that for the answer."""
        items = super().receive(t_ns, data)
        is_stopping = self._step in (_Step.STOPPING_STORED, _Step.STOPPING_LIVE)
        if self._contec.format_name == "old":
            self._step = _Step.OLD
            self._due.cancel()
        elif is_stopping or not self._contec.format_name:
            return items + self._hear_answers(t_ns, data)
        elif any(isinstance(item, Samples) for item in items):
            self._stream(t_ns)
        return items

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Let every deadline up to `t_ns` fire, each at its own time, in order."""
        items: list[DriverItem] = []
        while (fired := self._due.pop(t_ns)) is not None:
            due_ns, due = fired
            if due is _Due.KEEP_ALIVE:
                self._due.set(_Due.KEEP_ALIVE, due_ns + KEEP_ALIVE_NS)
                items.append(Send(data=wire.KEEP_ALIVE, purpose="say that somebody listens"))
            else:
                items += self._ask_next(due_ns)
        return items

    def _stream(self, t_ns: int) -> None:
        self._step = _Step.STREAMING
        self._tail = b""
        self._starts = 0
        self._due.set(_Due.NEXT, t_ns + SILENCE_NS)
        if self._due.at(_Due.KEEP_ALIVE) is None:
            self._due.set(_Due.KEEP_ALIVE, t_ns + KEEP_ALIVE_NS)

    def _ask_next(self, t_ns: int) -> list[DriverItem]:
        """Send the next request of the sequence."""
        if self._step is _Step.STOPPING_STORED:
            self._step = _Step.STOPPING_LIVE
            self._due.set(_Due.NEXT, t_ns + ANSWER_NS)
            return [Send(data=wire.STOP_LIVE, purpose="stop live data")]
        is_new_sequence = self._step is _Step.LISTENING or (
            self._step is _Step.STARTING and self._starts >= STARTS
        )
        if is_new_sequence:
            self._step = _Step.STOPPING_STORED
            self._starts = 0
            self._due.set(_Due.NEXT, t_ns + ANSWER_NS)
            return [Send(data=wire.STOP_STORED, purpose="stop stored data")]
        self._step = _Step.STARTING
        self._starts += 1
        self._due.set(_Due.NEXT, t_ns + SILENCE_NS)
        if self._due.at(_Due.KEEP_ALIVE) is None:
            self._due.set(_Due.KEEP_ALIVE, t_ns + KEEP_ALIVE_NS)
        return [Send(data=wire.START_LIVE, purpose="start live data")]

    def _hear_answers(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Answers outside of a stream, which the parser passes over."""
        if self._step is _Step.OLD:
            return []
        self._tail += data
        items: list[DriverItem] = []
        end = 0
        for found in _ANSWER.finditer(self._tail):
            end = found.end()
            if found[0] == wire.FREE:
                if self._step in (_Step.STOPPING_STORED, _Step.STOPPING_LIVE):
                    items += self._ask_next(t_ns)
                continue
            reading, refusal = read_package(found[0])
            if reading:
                refusal = reading.values[0][3]
            if refusal:
                items += [
                    Measurement(vital=vital, value=None, quality=Quality.MISSING, note=refusal)
                    for vital in VALUES
                ]
        self._tail = self._tail[end:][-_TAIL:]
        return items
