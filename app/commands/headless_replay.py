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
from app.digests import Raised, SessionDigest
from app.records.catalogue import CatalogueError
from app.records.digesting import digest_session
from app.records.other_alarms import occurrences_under
from app.rejudging.occurrence import Occurrence
from app.trail.noting import subject_of
from protocols.vitals import NS_PER_S


@dataclass(frozen=True, slots=True)
class _Took:
    """How long it took by the wall, which whatever else runs lengthens, and on the processor."""

    wall_s: float
    processor_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What is told beside the digest.

    Attributes:
        from_ns: alarms are listed from this session time on.
        name: what the other limits are called; empty: none were asked about.
        alarms: those they would have raised.
    """

    from_ns: int
    name: str = ""
    alarms: tuple[Occurrence, ...] = ()


def moment_asked(at_s: float | None, end_ns: int) -> int:
    """Session time of `--at`, ns; that of the beginning where none was named.

    Raises:
        BadInputError: it is not within the session, which ends at `end_ns`.
    """
    if at_s is None:
        return 0
    if not 0 <= at_s <= end_ns / NS_PER_S:
        raise BadInputError(
            f"--at {at_s:g} s is not within the session, which ends at {end_ns / NS_PER_S:.1f} s."
        )
    return round(at_s * NS_PER_S)


def replay_headless(
    session: str,
    database: str | None,
    *,
    at_s: float | None = None,
    limits: str | None = None,
    as_json: bool,
) -> int:
    """Run the inputs of `session` and print the digest of what comes of them.

    Alarms are listed from `at_s` on, and after them those that `limits` would have raised.

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
            name, alarms = (
                ("", ()) if limits is None else occurrences_under(record, session, limits)
            )
            digest = digest_session(record, session, work.go_on)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
        took = _Took(time.perf_counter() - begun_s, time.process_time() - begun_cpu_s)
        trail.looked(subject_of(session), "headless")
    if digest is None:
        typer.echo("Stopped.", err=True)
        return EXIT_NO
    from_ns = moment_asked(at_s, digest.end_ns)
    later = tuple(one for one in alarms if one.raised_ns >= from_ns)
    beside = _Beside(from_ns=from_ns, name=name, alarms=later)
    if as_json:
        print_json(_facts(digest, took, beside))
    else:
        _print(digest, took, beside)
    return EXIT_NO if digest.problem else 0


def _raised_from(digest: SessionDigest, from_ns: int) -> list[Raised]:
    return [one for one in digest.alarms if one.t_ns >= from_ns]


def _facts(digest: SessionDigest, took: _Took, beside: _Beside) -> dict[str, object]:
    session_s = digest.end_ns / 1e9
    return {
        "session": digest.session,
        "inputs": digest.inputs,
        "outputs": digest.outputs,
        "digest": digest.digest,
        "counts": digest.counts,
        "alarms_from_s": beside.from_ns / NS_PER_S,
        "alarms": _raised_from(digest, beside.from_ns),
        "other_limits": {"name": beside.name, "alarms": beside.alarms} if beside.name else None,
        "session_s": session_s,
        "took_s": round(took.wall_s, 3),
        "processor_s": round(took.processor_s, 3),
        "times_real_time": round(session_s / took.wall_s),
        "problem": digest.problem,
    }


def _print(digest: SessionDigest, took: _Took, beside: _Beside) -> None:
    session_s = digest.end_ns / 1e9
    typer.echo(f"session  {digest.session}")
    typer.echo(f"inputs   {digest.inputs}")
    typer.echo(f"outputs  {digest.outputs}")
    typer.echo(f"digest   {digest.digest}")
    for kind, count in digest.counts.items():
        typer.echo(f"{count:>9}  {kind}")
    raised = _raised_from(digest, beside.from_ns)
    since = f" from {time_words(beside.from_ns)} on" if beside.from_ns else ""
    typer.echo(f"alarms   {len(raised)}{since}")
    for alarm in raised:
        typer.echo(f"{time_words(alarm.t_ns):>12}  {alarm.priority:<6}  {alarm.sentence}")
    if beside.name:
        typer.echo(f"other    {len(beside.alarms)}{since}, under {beside.name}")
    for other in beside.alarms:
        typer.echo(f"{time_words(other.raised_ns):>12}  {other.priority:<6}  {other.sentence}")
    typer.echo(
        f"speed    {session_s / took.wall_s:.0f} times real time ({took.wall_s:.1f} s;"
        f" on the processor {took.processor_s:.1f} s)"
    )
    if digest.problem:
        typer.echo(f"problem  {digest.problem}")
