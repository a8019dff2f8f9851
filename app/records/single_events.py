"""One event of a recorded session by its number, in full: what a printed number is held against."""

from __future__ import annotations

from dataclasses import dataclass

from app.records.catalogue import CatalogueError
from app.records.waves import fetch_runs
from protocols.events import Event
from storage.canonical import parse
from storage.clock import RecordedClock
from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleEvent:
    """An event as the record keeps it.

    Attributes:
        number: its number in the record; `count` is that of the last event.
        event: the event.
        body: its canonical form, which the hash chain covers: JSON, UTF-8.
        local: local date and time with its offset; empty where the record has no clock before it.
        row: numbers of the first and last event of its row; the chain's value there is `chain`.
        chain: hexadecimal.
    """

    number: int
    count: int
    event: Event
    body: bytes
    local: str
    row: tuple[int, int]
    chain: str


def read_single_event(database: Database, session: str, number: int) -> SingleEvent:
    """The event of that number.

    Raises:
        CatalogueError: there is no such session or event, or it cannot be read.
    """
    runs = fetch_runs(database, session)
    count = runs[-1].last_seq if runs else 0
    clock = RecordedClock()
    for run in runs:
        inside = run.first_seq <= number <= run.last_seq
        if run.is_packed and not inside:
            continue
        try:
            if inside:
                body = run.canonical()[number - run.first_seq]
                event = parse(body)
                clock.add(event)
                local = clock.local(event.t_ns)
                return SingleEvent(
                    number=number,
                    count=count,
                    event=event,
                    body=body,
                    local="" if local is None else local.isoformat(timespec="milliseconds"),
                    row=(run.first_seq, run.last_seq),
                    chain=run.chain.hex(),
                )
            for one in run.events():
                clock.add(one)
        except (ValueError, IndexError) as error:
            if inside:
                problem = f"Event {number} of {session} cannot be read: {error}."
                raise CatalogueError(problem) from error
    raise CatalogueError(f"Session {session} has no event {number}: it has {count} events.")
