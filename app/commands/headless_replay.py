"""`replay --headless`: the inputs of a session through the rules at full speed, no window."""

from __future__ import annotations

import time
from dataclasses import dataclass

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.commands.database import opened_to_read
from app.commands.long_work import long_work
from app.commands.trail import on_trail
from app.differences import time_words
from app.digests import SessionDigest
from app.records.catalogue import CatalogueError
from app.records.digesting import digest_session
from app.trail.noting import subject_of


@dataclass(frozen=True, slots=True)
class _Took:
    """How long it took by the wall, which whatever else runs lengthens, and on the processor."""

    wall_s: float
    processor_s: float


def replay_headless(session: str, database: str | None, *, as_json: bool) -> int:
    """Run the inputs of `session` and print the digest of what comes of them.

    Returns:
        0, or 1 where it was stopped or could not be run to its end.
    """
    with (
        opened_to_read(database) as record,
        on_trail("replay", database) as trail,
        long_work("replaying") as work,
    ):
        begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
        try:
            digest = digest_session(record, session, work.go_on)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
        took = _Took(time.perf_counter() - begun_s, time.process_time() - begun_cpu_s)
        trail.looked(subject_of(session), "headless")
    if digest is None:
        typer.echo("Stopped.", err=True)
        return EXIT_NO
    if as_json:
        print_json(_facts(digest, took))
    else:
        _print(digest, took)
    return EXIT_NO if digest.problem else 0


def _facts(digest: SessionDigest, took: _Took) -> dict[str, object]:
    session_s = digest.end_ns / 1e9
    return {
        "session": digest.session,
        "inputs": digest.inputs,
        "outputs": digest.outputs,
        "digest": digest.digest,
        "counts": digest.counts,
        "alarms": digest.alarms,
        "session_s": session_s,
        "took_s": round(took.wall_s, 3),
        "processor_s": round(took.processor_s, 3),
        "times_real_time": round(session_s / took.wall_s),
        "problem": digest.problem,
    }


def _print(digest: SessionDigest, took: _Took) -> None:
    session_s = digest.end_ns / 1e9
    typer.echo(f"session  {digest.session}")
    typer.echo(f"inputs   {digest.inputs}")
    typer.echo(f"outputs  {digest.outputs}")
    typer.echo(f"digest   {digest.digest}")
    for kind, count in digest.counts.items():
        typer.echo(f"{count:>9}  {kind}")
    typer.echo(f"alarms   {len(digest.alarms)}")
    for alarm in digest.alarms:
        typer.echo(f"{time_words(alarm.t_ns):>12}  {alarm.priority:<6}  {alarm.sentence}")
    typer.echo(
        f"speed    {session_s / took.wall_s:.0f} times real time ({took.wall_s:.1f} s;"
        f" on the processor {took.processor_s:.1f} s)"
    )
    if digest.problem:
        typer.echo(f"problem  {digest.problem}")
