"""The latency table of `verify --latency`: how long each alarm took, and the percentiles."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from app.commands.answers import print_json, print_table
from app.latency_ledger import (
    KINDS,
    AlarmTimes,
    figures_of,
    ledger_of,
    ms_text,
    untimed,
)
from app.records.rare_events import read_rare_counted
from protocols.events import SessionOpened
from storage.database import Database

_HEADINGS = (
    "raised at",
    "alarm",
    "true before",
    "decoded",
    "decided",
    "painted",
    "first sound",
    "staff",
    "acknowledged",
)


def print_latencies(record: Database, name: str, *, as_json: bool) -> None:
    """Print the ledger of one session."""
    events, unread = read_rare_counted(record, name, (SessionOpened, *KINDS))
    rows = ledger_of(events)
    if as_json:
        print_json(
            {"session": name, "alarms": rows, "figures": figures_of(rows), "unreadable": unread}
        )
        return
    typer.echo(f"session  {name}")
    if unread:
        typer.echo(f"         {unread} events could not be read")
    if not rows:
        typer.echo("latency  no alarms")
        return
    _print(rows)
    if any(isinstance(event, SessionOpened) and event.simulated for event in events):
        typer.echo("Simulated: an accelerated session has times of its own faster clock.")


def _print(rows: Sequence[AlarmTimes]) -> None:
    lacking = untimed(rows)
    deadlines = sum(row.timed and row.received_ns is None for row in rows)
    typer.echo(
        f"latency  {len(rows)} alarms: {len(rows) - lacking - deadlines} raised by what arrived, "
        f"{deadlines} by a time that ran out, {lacking} not measured"
    )
    print_table(_HEADINGS, [_cells(row) for row in rows])
    typer.echo("")
    print_table(
        ("", "alarms", "missing", "p50", "p95", "p99", "max"),
        [
            (
                one.span.value,
                one.measured,
                one.missing,
                *(ms_text(ns) for ns in (one.p50_ns, one.p95_ns, one.p99_ns, one.max_ns)),
            )
            for one in figures_of(rows)
        ],
    )
    typer.echo(
        "Steps of a row count from the arrival, else from the decision (marked *); -- is missing."
    )


def _cells(row: AlarmTimes) -> tuple[str, ...]:
    base_ns = row.received_ns if row.received_ns is not None else row.decided_ns
    mark = "*" if row.received_ns is None else ""

    def since(at_ns: int | None) -> str:
        return "--" if at_ns is None or base_ns is None else ms_text(at_ns - base_ns) + mark

    seconds, ms = divmod(row.raised_ns // 10**6, 1000)
    sounded = since(row.sounded_ns)
    answered_ns = row.acknowledged_ns
    return (
        f"{seconds // 60}:{seconds % 60:02d}.{ms:03d}",
        row.alarm,
        ms_text(row.raised_ns - row.since_ns),
        since(row.decoded_ns),
        since(row.decided_ns),
        since(row.painted_ns),
        sounded if row.sound_wanted or sounded == "--" else f"{sounded} (held)",
        since(row.staff_ns),
        "--" if answered_ns is None else ms_text(answered_ns - row.raised_ns),
    )
