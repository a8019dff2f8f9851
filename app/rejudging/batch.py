"""Many recordings, judged by up to two processes; the results come in the order asked for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from app.rejudging.journal import read_recording
from app.rejudging.results import Result
from app.rejudging.what_if import WhatIf
from protocols.limits import LimitsError, parse_limits
from storage.database import open_database
from storage.encryption import UNLOCKED, adopt
from storage.faults import StorageError

MOST_PROCESSES = 2
"""More would take the processor from whatever else this machine does, a session perhaps."""

WORTH_A_PROCESS = 40
"""Fewer sessions than this are judged sooner than a second process starts."""

_CHUNK = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Sessions of one database, and the limits to judge them by, as texts.

    `against_text` is empty to compare with what was recorded.
    """

    database: str
    sessions: tuple[str, ...]
    limits_text: str
    against_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A session that could not be read, and why, in a sentence."""

    name: str
    why: str


Judged = Generator[Result | Unread, None, None]
"""What judging gives, session by session; closed, it stops soon."""


def judge_sessions(
    task: Task, *, processes: int = MOST_PROCESSES
) -> Generator[Result | Unread, None, None]:
    """Judge every session of `task`, in its order.

    Raises:
        StorageError: the database cannot be opened.
    """
    names = task.sessions
    if processes < 2 or len(names) < WORTH_A_PROCESS:
        yield from _judge_each(task)
        return
    chunks = [_part(task, names[at : at + _CHUNK]) for at in range(0, len(names), _CHUNK)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=adopt, initargs=(UNLOCKED.all(),)
    ) as pool:
        for found in pool.map(_judge_chunk, chunks):
            yield from found


def _part(task: Task, sessions: Sequence[str]) -> Task:
    return Task(
        database=task.database,
        sessions=tuple(sessions),
        limits_text=task.limits_text,
        against_text=task.against_text,
    )


def _judge_chunk(task: Task) -> list[Result | Unread]:
    return list(_judge_each(task))


def _judge_each(task: Task) -> Judged:
    limits = parse_limits(task.limits_text, "limits")
    against = parse_limits(task.against_text, "limits") if task.against_text else None
    what_if = WhatIf(limits, against)
    with open_database(task.database, read_only=True) as database:
        for name in task.sessions:
            try:
                yield what_if.judge(read_recording(database, name))
            except StorageError as error:
                yield Unread(name=name, why=error.user_text)
            except LimitsError as error:
                yield Unread(name=name, why=f"its own limits cannot be read: {error}")
