"""Where a recorded value came from: the event itself and the bytes that it was decoded from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from protocols.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkPart:
    """A piece of one chunk as it was received.

    Attributes:
        number: of its event in the record.
        t_ns: session time of its arrival.
        first, last: the bytes of the chunk, counted from 1, that are meant; both included.
        size: bytes of the whole chunk.
    """

    number: int
    t_ns: int
    first: int
    last: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedFrame:
    """Bytes that the parser refused, and why."""

    number: int
    t_ns: int
    device: str
    reason: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBytes:
    """The bytes that a reading was decoded from.

    Attributes:
        data: those shown; empty where none could be found.
        frame: the last so many of `data` are the frame that completed the reading, as the parser
            took it; 0 where it could not be told apart.
        parts: which bytes of which chunks `data` is.
        exact: the parser, run again over the recorded bytes, gave this very reading from `data`.
        words: what `data` is, one sentence.
    """

    data: bytes = field(default=b"", repr=False)
    frame: int = 0
    parts: tuple[ChunkPart, ...] = ()
    exact: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One event of the record with what lies behind it.

    Attributes:
        number: of the event in the record.
        event: the event as recorded.
        raw: for a reading of a device, its bytes.
        rejected: frames of that device refused between the reading before and this one.
        driver_title: the driver in words, or empty where this program does not know it.
    """

    number: int
    event: Event
    raw: RawBytes = RawBytes()
    rejected: tuple[RejectedFrame, ...] = ()
    driver_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedEvent:
    """An event of the session that is no stream, with its number in the record."""

    number: int
    event: Event


class OriginSource(Protocol):
    """Where the review gets the origin of a value from; slow, for a thread of its own."""

    def find_origin(self, session: str, number: int, told: Sequence[NumberedEvent]) -> Origin:
        """The event of `number`; `told` are the session's events that are no streams.

        Raises:
            CatalogueError: the event cannot be read.
        """
        ...

    def find_packet(self, session: str, device: str, t_ns: int) -> int | None:
        """The number of the waveform packet of `device` that has the sample received at `t_ns`."""
        ...

    def find_rejected(self, session: str) -> tuple[RejectedFrame, ...]:
        """Every refused frame of a session, in order."""
        ...
