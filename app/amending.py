"""What is added to a closed record: its rules are run again and answer, the answer is appended.

The corrections, addenda and signatures follow the close in the same journal and hash chain; nothing
before them changes. Whoever comes second while another program adds to the same record is told to
look again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.amending_time import amended_at
from app.clock import utc_now
from app.sealing import open_to_write, ready_sealing
from app.verification import Rerun
from protocols.episodes import MINDED
from protocols.events import (
    Command,
    CommandRefused,
    Event,
    FindEpisodes,
    Input,
    PersonIdentified,
    SessionClosed,
    SignRecord,
    kind_of,
)
from storage.database import Database
from storage.faults import StorageError
from storage.heads import Head
from storage.journal import Journal, no_session

Told = Callable[[float], bool]
"""Told the share done (0 to 1); answers whether to go on."""

STOPPED = "Stopped: nothing was added."
_TOLD_EVERY = 2_000
"""Events between two words on how far the record was run again."""


def _unheard(_share: float) -> bool:
    return True


class AmendingError(Exception):
    """Nothing was added; the text says why, for people.

    Attributes:
        confirmable: the rules only ask: the same, sent as confirmed, is accepted.
    """

    def __init__(self, text: str, *, confirmable: bool = False) -> None:
        super().__init__(text)
        self.confirmable = confirmable


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What was added, and where the record ends since."""

    added: tuple[Event, ...]
    head: Head


def record_end(database: Database, session: str) -> Head:
    """The number of the last event of a session and the chain's value there.

    Raises:
        StorageError: there is no such session, or it cannot be read.
    """
    head = Journal(database).head(session)
    if head is None:
        raise no_session(session)
    return head


def amend_record(
    place: str,
    session: str,
    commands: Sequence[Command],
    *,
    identified: Sequence[PersonIdentified] = (),
    after: int | None = None,
    now: datetime | None = None,
    progress: Told = _unheard,
) -> Amendment:
    """Add `commands` and what the rules make of them to the closed `session` at `place`.

    All are added in this order, or none: the record is run again once for all of them. `identified`
    are the people who proved who they are just before; each stands before every command of the kind
    that they proved it for. With `after` nothing is added unless the record still ends with the
    event of that number: the person saw it so. A signature that says *reviewed* or *approved* is
    taken only once every episode is closed, also where its command does not ask that. `progress` is
    told the share of the record that was run again, and may stop it before anything is added.

    Raises:
        AmendingError: the rules refuse one of them, the session is not closed, its record does not
            replay as it was recorded, or episodes were not found at its end.
        StorageError: the record cannot be read or written, or another program was quicker.
    """
    if "://" in place:
        raise AmendingError(
            "A server holds copies of the rooms' records: add to the record file of the room."
        )
    ready_sealing(place)
    with open_to_write(place) as database:
        journal = Journal(database)
        rerun, closed_ns, count = _run_again(journal, session, progress)
        if after is not None and count != after:
            raise AmendingError(
                f"This record was added to meanwhile: it has {count} events, not {after}. "
                "Look at it again, then decide anew."
            )
        utc = now or utc_now()
        added: list[Event] = []
        for step in _steps(_held_by_episodes(commands, count), identified):
            amending = amended_at(step, closed_ns, utc)
            added += [amending, *rerun.pipeline.step(amending)]
        refusal = next((one for one in added if isinstance(one, CommandRefused)), None)
        if refusal is not None:
            raise AmendingError(refusal.reason, confirmable=refusal.confirmable)
        head = journal.append(session, added, after=count)
        journal.seal(session)
    return Amendment(added=tuple(added), head=head)


def _held_by_episodes(commands: Sequence[Command], count: int) -> list[Command]:
    """`commands` with every signature of the review minding its episodes, whoever made them.

    Raises:
        AmendingError: episodes were found before the record said all that it says now.
    """
    held: list[Command] = []
    for command in commands:
        if isinstance(command, SignRecord) and command.meaning in MINDED:
            command = replace(command, episodes_closed=True)
        elif isinstance(command, FindEpisodes) and (held or command.counted_seq != count):
            raise AmendingError(
                f"These episodes were found in events 1 to {command.counted_seq} alone, and the "
                "record says more. Find them again."
            )
        held.append(command)
    return held


def _steps(commands: Sequence[Command], identified: Sequence[PersonIdentified]) -> Iterator[Input]:
    """Each command with its proofs before it; a proof serves only once."""
    kinds = {kind_of(command) for command in commands}
    yield from (person for person in identified if person.purpose not in kinds)
    for command in commands:
        yield from (person for person in identified if person.purpose == kind_of(command))
        yield command


def _run_again(journal: Journal, session: str, progress: Told) -> tuple[Rerun, int, int]:
    """The rules at the end of the record, when it was closed, and how many events it has."""
    rerun = Rerun()
    closed_ns: int | None = None
    count = 0
    head = journal.head(session)
    whole = 1 if head is None else max(1, head.seq)
    for event in journal.read(session):
        if count % _TOLD_EVERY == 0 and not progress(min(1.0, count / whole)):
            raise AmendingError(STOPPED)
        count += 1
        rerun.take(event)
        if isinstance(event, SessionClosed):
            closed_ns = event.t_ns
    if closed_ns is None:
        raise AmendingError(
            f"Session {session} is not closed: correct it at the bedside, or close it first."
        )
    known = rerun.pipeline.session.visit.entries.count
    if rerun.difference is not None or rerun.unrecorded or known != count:
        raise AmendingError(
            f"Session {session} does not replay as it was recorded, so nothing is added to it. "
            "Verify it."
        )
    return rerun, closed_ns, count


def sentence_of(error: AmendingError | StorageError) -> str:
    """What a person reads when nothing was added."""
    return error.user_text if isinstance(error, StorageError) else str(error)
