"""Reads where a value of a recorded session came from: its event, its bytes, what was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from app.records.catalogue import CatalogueError
from app.records.replayed_bytes import Chunk, Told, replay_bytes
from app.records.waves import fetch_runs
from app.reviewing.provenance import NumberedEvent, Origin, RawBytes, RejectedFrame
from devices.driver import DeviceCommand
from devices.driver_spec import DriverSpec
from devices.registry import DRIVERS
from protocols.events import (
    BpCommanded,
    Event,
    LinkReported,
    LinkState,
    Reading,
    SessionOpened,
)
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S
from storage.database import Database
from storage.journal import Run
from storage.stream_columns import BytesRun, read_bytes, read_waves

_T = TypeVar("_T")

NEAR_NS = 200 * NS_PER_S
"""Bytes looked at first: longer than any determination of a pressure, short enough to be quick."""

_NO_DRIVER = "This program has no driver of that name, so the bytes are not taken apart."
_NO_BYTES = "No bytes of this device are recorded from before the reading."
_AT_DEADLINE = (
    "No bytes arrived at that moment: the driver gave this when a time ran out, here after the "
    "bytes that came last."
)


class RecordedOrigins:
    """Finds the origins of values in the sessions of one database."""

    def __init__(self, database: Database) -> None:
        """Read from `database`, which is never changed."""
        self._database = database

    def find_origin(self, session: str, number: int, told: Sequence[NumberedEvent]) -> Origin:
        """The event of `number` and, for a reading of a device, the bytes it came from.

        Raises:
            CatalogueError: there is no such session or event, or it cannot be read.
        """
        runs = fetch_runs(self._database, session)
        event = _event(runs, number)
        device = event.source if isinstance(event, Reading) else str(getattr(event, "device", ""))
        spec = DRIVERS.get(_driver_of(device, told))
        title = "" if spec is None else spec.title
        if not isinstance(event, Reading) or event.manual or is_correction(event):
            return Origin(number=number, event=event, driver_title=title)
        raw, since_ns = _raw(runs, number, event, spec, told)
        rejected = tuple(
            one
            for one in _rejected(runs, since_ns, event.t_ns)
            if one.device == event.source and one.number < number
        )
        return Origin(number=number, event=event, raw=raw, rejected=rejected, driver_title=title)

    def find_packet(self, session: str, device: str, t_ns: int) -> int | None:
        """The number of the packet of `device` that has the sample received at `t_ns`, or None.

        Raises:
            CatalogueError: there is no such session, or it cannot be read.
        """
        for run in fetch_runs(self._database, session):
            if run.last_t_ns < t_ns or (not run.is_packed and run.kind != "wave_received"):
                continue
            found = [
                (int(one.places[place]), int(one.t_ns[place]))
                for one in _attempt(partial(read_waves, run.body))
                if one.device == device
                for place in np.flatnonzero(one.t_ns >= t_ns)[:1]
            ]
            if found:
                return run.first_seq + min(found)[0]
        return None

    def find_rejected(self, session: str) -> tuple[RejectedFrame, ...]:
        """Every refused frame of a session, in order; damaged rows are passed over.

        Raises:
            CatalogueError: there is no such session, or it cannot be read.
        """
        return tuple(_rejected(fetch_runs(self._database, session)))


def _event(runs: Sequence[Run], number: int) -> Event:
    for run in runs:
        if run.first_seq <= number <= run.last_seq:
            try:
                return run.events()[number - run.first_seq]
            except (ValueError, IndexError) as error:
                raise CatalogueError(f"Event {number} cannot be read: {error}") from error
    raise CatalogueError(f"There is no event {number} in this record.")


def _driver_of(device: str, told: Sequence[NumberedEvent]) -> str:
    for one in told:
        if isinstance(one.event, SessionOpened):
            for slot in one.event.devices:
                if slot.device == device:
                    return slot.driver
    return ""


def _raw(
    runs: Sequence[Run],
    number: int,
    reading: Reading,
    spec: DriverSpec | None,
    told: Sequence[NumberedEvent],
) -> tuple[RawBytes, int]:
    """The bytes of `reading`, and since when refused frames belong to it."""
    steps = list(_told_to(reading.source, spec, told, number))
    opened = [one for one in steps if one.command is None]
    connected_ns = opened[-1].t_ns if opened else 0
    raw, since_ns = RawBytes(words=_NO_BYTES), reading.t_ns
    for since in (max(connected_ns, reading.t_ns - NEAR_NS), connected_ns):
        chunks = [
            chunk
            for chunk in _chunks(runs, reading.source, since, reading.t_ns)
            if chunk.number < number
        ]
        if not chunks:
            continue
        since_ns = chunks[-2].t_ns if len(chunks) > 1 else chunks[-1].t_ns
        if spec is None:
            return RawBytes(data=chunks[-1].data, words=_NO_DRIVER), since_ns
        if chunks[-1].t_ns != reading.t_ns:
            return RawBytes(data=chunks[-1].data, words=_AT_DEADLINE), since_ns
        within = [one for one in steps if one.t_ns >= since]
        ordinal = _ordinal(runs, reading, chunks[-1].number, number)
        raw = replay_bytes(spec, chunks, within, reading, ordinal)
        if raw.exact:
            return raw, raw.parts[0].t_ns
    return raw, since_ns


def _told_to(
    device: str, spec: DriverSpec | None, told: Sequence[NumberedEvent], before: int
) -> Iterator[Told]:
    for one in told:
        event = one.event
        if one.number >= before:
            return
        if isinstance(event, LinkReported):
            if event.device == device and event.state is LinkState.WAITING:
                yield Told(number=one.number, t_ns=event.t_ns)
        elif isinstance(event, BpCommanded) and spec is not None and spec.can_start_bp:
            command = DeviceCommand.ABORT_BP if event.abort else DeviceCommand.START_BP
            yield Told(number=one.number, t_ns=event.t_ns, command=command)


def _chunks(runs: Sequence[Run], device: str, since_ns: int, until_ns: int) -> list[Chunk]:
    """The chunks of `device` that arrived within the span, in the order of the record."""
    found: list[Chunk] = []
    for run, one in _byte_runs(runs, since_ns, until_ns):
        if one.kind == "chunk" and one.device == device:
            found += [
                Chunk(number=number, t_ns=t_ns, data=data)
                for number, t_ns, data in _pieces(run, one)
                if since_ns <= t_ns <= until_ns
            ]
    return sorted(found, key=lambda chunk: chunk.number)


def _rejected(
    runs: Sequence[Run], since_ns: int = 0, until_ns: int | None = None
) -> list[RejectedFrame]:
    found: list[RejectedFrame] = []
    for run, one in _byte_runs(runs, since_ns, until_ns):
        if one.kind == "rejected":
            found += [
                RejectedFrame(
                    number=number, t_ns=t_ns, device=one.device, reason=one.words, data=data
                )
                for number, t_ns, data in _pieces(run, one)
                if since_ns <= t_ns and (until_ns is None or t_ns <= until_ns)
            ]
    return sorted(found, key=lambda frame: frame.number)


_BYTE_ROWS = ("chunk_received", "frame_rejected", "bytes_sent")


def _byte_runs(
    runs: Sequence[Run], since_ns: int, until_ns: int | None
) -> Iterator[tuple[Run, BytesRun]]:
    for run in runs:
        if run.last_t_ns < since_ns or (until_ns is not None and run.first_t_ns > until_ns):
            continue
        if run.is_packed or run.kind in _BYTE_ROWS:
            for one in _attempt(partial(read_bytes, run.body)):
                yield run, one


def _pieces(run: Run, one: BytesRun) -> Iterator[tuple[int, int, bytes]]:
    """Number, time and bytes of each event of `one`."""
    ends = np.cumsum(one.lengths)
    starts = ends - one.lengths
    numbers = run.first_seq + one.places
    rows = zip(numbers.tolist(), one.t_ns.tolist(), starts.tolist(), ends.tolist(), strict=True)
    for number, t_ns, start, end in rows:
        yield number, t_ns, one.data[start:end]


def _ordinal(runs: Sequence[Run], reading: Reading, chunk: int, number: int) -> int:
    """How many readings of the same vital and device the same chunk gave before this one."""
    count = 0
    for run in runs:
        if run.last_seq <= chunk or run.first_seq >= number:
            continue
        for place, event in enumerate(_attempt(run.events), run.first_seq):
            if chunk < place < number and isinstance(event, Reading):
                count += event.vital is reading.vital and event.source == reading.source
    return count


def _attempt(read: Callable[[], list[_T]]) -> list[_T]:
    """What `read` finds in a row; nothing where it is damaged, which the opening has said."""
    try:
        return read()
    except ValueError:
        return []
