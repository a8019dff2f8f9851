"""Runs scripted sessions through the whole program and gathers what came of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.acceptance.judging import Judge, Judged
from app.acceptance.scenario import Scenario
from app.records.archive import Archive
from app.records.catalogue import CatalogueError, OpenedSession
from app.records.verifying import Verifier
from app.rehearsal.lockstep import LockstepError
from app.rehearsal.simulation import simulate_session
from app.reviewing.episodes import find_episodes
from app.reviewing.verifying import SessionCheck
from app.rules_files import RulesFileError
from app.state import ViewState
from devices.simulation.pump_drive import DriveFaults
from devices.simulation.room import DEMO_MONITORS
from protocols.events import Service, ServiceReported
from protocols.review_criteria import ReviewCriteria
from protocols.vitals import NS_PER_S
from storage.database import open_database
from storage.faults import StorageError
from storage.sealing import KnownKeys

ROOM = "Acceptance"
"""Name of the room in which scripted sessions run."""

EXPECTED_S = 7200.0
"""Session time of a scripted session, about, for its progress."""

Progress = Callable[[float], bool]
"""Told the share of one session that is done (0 to 1); answers whether to go on."""


class StoppedError(Exception):
    """The run was stopped before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of one scripted session.

    Attributes:
        scenario: which.
        session: its name in the record; empty where it never opened.
        judged: what is asked of every session, then what this scenario expects.
        problem: why it did not come to its end, in a sentence; empty where it did.
        events: how many events its record has; `head` the chain's value there.
    """

    scenario: Scenario
    session: str = ""
    judged: tuple[Judged, ...] = ()
    problem: str = ""
    events: int = 0
    head: str = ""
    minutes: float = field(default=0.0)

    @property
    def met(self) -> bool:
        """Whether it came to its end, and everything that was asked came of it."""
        return not self.problem and bool(self.judged) and all(one.met for one in self.judged)


def run_scenario(
    scenario: Scenario,
    database: str,
    start_utc: datetime,
    criteria: ReviewCriteria,
    go_on: Progress,
) -> Ran:
    """Run `scenario` into the record at `database`, verify it there, and judge it.

    `criteria` say what the review finds.

    Raises:
        StoppedError: `go_on` answered no.
    """

    def progress(state: ViewState) -> None:
        if not go_on(min(0.95, state.t_ns / NS_PER_S / EXPECTED_S)):
            raise StoppedError

    try:
        result = simulate_session(
            protocol=scenario.protocol,
            patient_name=scenario.patient,
            database=database,
            seed=scenario.seed,
            weight_kg=Decimal(scenario.weight_kg) if scenario.weight_kg else None,
            start_utc=start_utc,
            room_name=ROOM,
            monitors=scenario.monitors or DEMO_MONITORS,
            pump_faults=DriveFaults(slow=True) if scenario.pump_slow else None,
            faults=scenario.faults,
            progress=progress,
        )
    except StorageError as error:
        return Ran(scenario=scenario, problem=error.user_text)
    except (ValueError, RulesFileError, LockstepError) as error:
        return Ran(scenario=scenario, problem=str(error))
    return _look_at(scenario, database, result.session, criteria, recorded=result.recorded)


def _look_at(
    scenario: Scenario, database: str, session: str, criteria: ReviewCriteria, *, recorded: bool
) -> Ran:
    """Open the record anew, verify the session, and judge it."""
    try:
        with open_database(database, read_only=True) as record:
            opened = Archive(record).open_session(session)
            check = Verifier(record, KnownKeys()).check_session(session, lambda _share: True)
            episodes = find_episodes(opened, criteria)
    except StorageError as error:
        return Ran(scenario=scenario, session=session, problem=error.user_text)
    except CatalogueError as error:
        return Ran(scenario=scenario, session=session, problem=str(error))
    judged = (
        *_of_every_session(opened, check, recorded=recorded),
        *Judge(opened, episodes).judge_all(scenario),
    )
    return Ran(
        scenario=scenario,
        session=session,
        judged=judged,
        events=opened.count,
        head=opened.chain,
        minutes=opened.end_ns / NS_PER_S / 60,
    )


def _of_every_session(
    opened: OpenedSession, check: SessionCheck | None, *, recorded: bool
) -> tuple[Judged, ...]:
    """What is asked of each session, whatever its story."""
    failed = [
        event
        for event in opened.events
        if isinstance(event, ServiceReported)
        and not event.working
        and event.service in (Service.CORE, Service.RECORDER)
    ]
    closed = opened.state.closed is not None
    chain = "not verified" if check is None else check.chain_problem
    replay = None if check is None else check.replay
    same = replay is not None and replay.identical
    return (
        Judged(
            text="Comes to its close, every event recorded",
            met=closed and recorded and not opened.missing,
            found="closed" if closed else "not closed",
        ),
        Judged(
            text="The record is whole",
            met=not chain,
            found=chain or f"{opened.count} events in one chain",
        ),
        Judged(
            text="Its inputs give the same outputs again",
            met=same,
            found="" if replay is None else f"{replay.outputs} outputs compared",
        ),
        Judged(
            text="No part of the program failed",
            met=not failed,
            found=failed[0].detail if failed else "none",
        ),
    )
