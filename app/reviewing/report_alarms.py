"""The alarms of a session for its report: raised, answered, ended, each with its events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.reviewing.cited import (
    NOTHING,
    Cited,
    CitedSession,
    CitedTable,
    said,
    span_text,
    worked_out,
)
from protocols.events import AlarmChanged, AlarmState, Priority

PRIORITY_MARKS = {Priority.HIGH: "!!!", Priority.MEDIUM: "!!", Priority.LOW: "!"}
"""How urgent an alarm is, without colour."""

_UNRAISED = (AlarmState.PENDING, AlarmState.HELD)


@dataclass(slots=True)
class AlarmRun:
    """One occurrence of an alarm: the numbered events that raised, answered and ended it."""

    raised: tuple[int, AlarmChanged]
    answered: tuple[int, AlarmChanged] | None = None
    acted: tuple[int, AlarmChanged] | None = None
    ended: tuple[int, AlarmChanged] | None = None
    priority: Priority = Priority.LOW


def alarm_runs(cited: CitedSession) -> tuple[AlarmRun, ...]:
    """Every occurrence of every alarm, oldest first; a repeated raise is a new one."""
    runs: dict[tuple[str, int], AlarmRun] = {}
    latest: dict[str, AlarmRun] = {}
    for number, event in cited.all_of(AlarmChanged):
        if event.state in _UNRAISED:
            continue
        if event.state is AlarmState.OFF:
            run = latest.get(event.alarm)
            if run is not None and run.ended is None:
                _answer(run, number, event)
                run.ended = (number, event)
            continue
        key = (event.alarm, event.since_ns)
        if key not in runs:
            runs[key] = AlarmRun(raised=(number, event), priority=event.priority)
        run = latest[event.alarm] = runs[key]
        run.ended = None
        run.priority = max(run.priority, event.priority, key=lambda one: one.rank)
        _answer(run, number, event)
    return tuple(sorted(runs.values(), key=lambda one: (one.raised[1].since_ns, one.raised[0])))


def _answer(run: AlarmRun, number: int, event: AlarmChanged) -> None:
    if event.by and run.answered is None:
        run.answered = (number, event)
    if event.action and (run.acted is None or run.acted[1].action != event.action):
        run.acted = (number, event)


def alarms_table(cited: CitedSession) -> CitedTable:
    """A row for each occurrence, in order of time."""
    return CitedTable(
        heading="Alarms",
        headings=("Raised", "", "What", "Acknowledged", "After", "Action", "Over"),
        rows=tuple(_rows(cited)),
        shares=(1.8, 1.2, 4.6, 2.9, 1.9, 4.2, 1.8),
        empty="No alarm.",
        keeps=6,
    )


def _rows(cited: CitedSession) -> Iterator[tuple[Cited, ...]]:
    for run in alarm_runs(cited):
        number, first = run.raised
        kind = " technical" if first.technical else ""
        yield (
            said(cited.time(first.t_ns), number),
            said(f"{PRIORITY_MARKS[run.priority]}{kind}"),
            said(first.sentence, number),
            *_answered(cited, run),
            said("not over", strong=True)
            if run.ended is None
            else said(cited.time(run.ended[1].t_ns), run.ended[0]),
        )


def _answered(cited: CitedSession, run: AlarmRun) -> tuple[Cited, Cited, Cited]:
    if run.answered is None:
        return said("nobody", strong=True), NOTHING, NOTHING
    number, event = run.answered
    raised_number, raised = run.raised
    if number == raised_number:  # it came while another of its group was acknowledged
        return said(f"raised as acknowledged by {event.by}", number), NOTHING, NOTHING
    after = span_text(event.t_ns - raised.t_ns)
    action = NOTHING if run.acted is None else said(run.acted[1].action, run.acted[0])
    return (
        said(f"{event.by} {cited.time(event.t_ns)}", number),
        worked_out(after, (raised_number, number)),
        action,
    )
