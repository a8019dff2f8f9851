"""A record of scripted sessions: whoever looks at it later knows which events must be there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from bench.journal import stream
from protocols.events import Event, SessionClosed, SessionOpened, WriteNote
from storage import journal as journal_module
from storage import record_writer
from storage.recorder import Recorder

ROW = 200
"""Events in a packed row here: small, so that faults meet the packing too."""

LENGTH = 700
"""Events of a session, from its opening to its close."""


def shrink_rows() -> None:
    """Pack small rows, and read back often."""
    journal_module.MOST_IN_ROW = record_writer.PACK_AT = ROW
    record_writer.READ_BACK_S = 0.1


@cache
def _pattern() -> list[Event]:
    return list(stream(20))


def session_name(number: int) -> str:
    """The name of scripted session `number`."""
    return f"scripted-{number}"


def event_at(number: int, seq: int) -> Event:
    """Event `seq` (from 1 to `LENGTH`) of session `number`: a stream, with a note now and then."""
    pattern = _pattern()
    template = pattern[seq % len(pattern)]
    t_ns = seq * 13_000_000
    if seq == 1:
        return SessionOpened(
            t_ns=0,
            session=session_name(number),
            schema=1,
            program="0",
            utc="2026-11-26T09:00:00.000Z",
            utc_offset_min=0,
            room="R",
            simulated=True,
            protocol_text="",
            limits_text="",
            rules_digest="",
            devices=(),
            vitals=(),
        )
    if seq == LENGTH:
        return SessionClosed(t_ns=t_ns, by="x", reason="done", delivered_mg=Decimal(0))
    if seq % 97 == 0:
        return WriteNote(t_ns=t_ns, by="x", text=f"note {seq} of {number}")
    return replace(template, t_ns=t_ns)


def events_after(number: int, seq: int, count: int) -> list[Event]:
    """The next `count` events of a session after `seq`, fewer at its end."""
    return [event_at(number, n) for n in range(seq + 1, min(LENGTH, seq + count) + 1)]


class Feeder:
    """Hands scripted sessions to a recorder, and notes what it handed over and what is committed.

    Each note is one line of the file ``acks``: ``P`` or ``C``, session, event, monotonic ns; ``G``
    says that the file was destroyed, which may take earlier sessions with it.
    """

    def __init__(self, recorder: Recorder, acks: Path, number: int, seq: int) -> None:
        self.recorder = recorder
        self.number = number
        self.seq = seq
        self._acks = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def close(self) -> None:
        """Note nothing more."""
        os.close(self._acks)

    def _note(self, letter: str) -> None:
        line = f"{letter} {self.number} {self.seq} {time.monotonic_ns()}\n"
        os.write(self._acks, line.encode())

    def note_gone(self) -> None:
        """Note that the file was destroyed, and with it every session before the present one."""
        self._note("G")

    def put(self, count: int = 3) -> None:
        """Hand over the next events; after its close the next session begins."""
        if self.seq >= LENGTH:
            self.number, self.seq = self.number + 1, 0
        events = events_after(self.number, self.seq, count)
        self.seq += len(events)
        self._note("P")
        self.recorder.put(session_name(self.number), events)

    def confirm(self, timeout_s: float = 10.0) -> bool:
        """Wait until all is committed, and note it; whether it is."""
        done = self.recorder.flush(timeout_s)
        if done:
            self._note("C")
        return done


class Notes:
    """What a feeder noted, up to a moment."""

    def __init__(self) -> None:
        self.put: dict[int, int] = {}
        self.committed: dict[int, int] = {}
        self.times: dict[tuple[int, int], int] = {}

    def take(self, line: str) -> None:
        """Take one line."""
        letter, number, seq, t_ns = line.split()
        if letter == "G":
            self.put = {n: last for n, last in self.put.items() if n >= int(number)}
            self.committed = {n: s for n, s in self.committed.items() if n >= int(number)}
            self.times = {key: at for key, at in self.times.items() if key[0] >= int(number)}
            return
        if letter == "C":
            self.committed |= {n: LENGTH for n in self.put if n < int(number)}
            self.committed[int(number)] = int(seq)
            return
        before = self.put.get(int(number), 0)
        self.put[int(number)] = int(seq)
        for n in range(before + 1, int(seq) + 1):
            self.times[int(number), n] = int(t_ns)


def read_notes(lines: Iterator[str], committed: dict[int, int]) -> Notes:
    """Every note of a file of acknowledgements, after what was `committed` before the first."""
    notes = Notes()
    notes.committed = dict(committed)
    for line in lines:
        notes.take(line)
    return notes
