"""Sessions to be reported: written to a record, opened from it, and held against every event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from app.places import read_protocol
from app.records.archive import Archive
from app.records.catalogue import OpenedSession
from app.review_criteria import load_criteria
from app.reviewing.cited import Cited, CitedSession
from app.reviewing.figures import figures_of
from app.reviewing.session_report import SessionReport, report_of
from protocols.events import (
    AddAddendum,
    CloseSession,
    EnterBp,
    Event,
    GiveDose,
    Reading,
    RecordEvent,
    SessionOpened,
)
from protocols.vitals import Vital
from storage.canonical import canonical
from storage.database import open_database
from storage.journal import Journal
from tests.unit.app import recorded_sessions
from tests.unit.app.session_scenes import Scene
from tests.unit.protocols.amended_scene import correct, last_number, typed_pressure, values

_TIME = re.compile(r"\d\d:\d\d(?::\d\d)?(?: [+-]\d\d:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UNIT = re.compile(r"/10\b|\b(?:SpO2|EtCO2)\b")
"""Numbers that belong to the name of a scale or a vital."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A session, its report, and the canonical form of every event by its number."""

    opened: OpenedSession
    report: SessionReport
    bodies: dict[int, str]
    numbers: dict[int, set[float]] = field(default_factory=dict)

    def unproven(self) -> list[str]:
        """Numbers and times printed as said by events that do not say them.

        The line of the record itself is what all others rest on; it is held against the chain.
        """
        record = [fact for fact in self.report.who if fact.name == "Record"]
        assert len(record) == 1
        left = [one for one in self.report.cited() if one not in record[0].values]
        return [f"{one.text} {one.marks}" for one in left if not self._is_proven(one)]

    def _is_proven(self, one: Cited) -> bool:
        if not all(number in self.bodies for number in one.events):
            return False
        bare = _UNIT.sub(" ", one.text)
        if one.worked_out:
            return bool(one.events) or not _NUMBER.search(bare)
        if not one.events:
            return one.text in self._alone or not _NUMBER.search(bare)
        told = " ".join(self.bodies[number] for number in one.events)
        stamps = _stamps(told)
        cited = CitedSession(self.opened)
        moments = " ".join(f"{cited.moment(stamp)} {cited.time(stamp)}" for stamp in stamps)
        if not all(time in f"{moments} {told}" for time in _TIME.findall(one.text)):
            return False
        if not all(date in f"{moments} {told}" for date in _DATE.findall(one.text)):
            return False
        wanted = _NUMBER.findall(_DATE.sub(" ", _TIME.sub(" ", bare)))
        said = {number for event in one.events for number in self._said_by(event)}
        return {float(number) for number in wanted} <= said

    def _said_by(self, event: int) -> set[float]:
        """Every number in an event."""
        if event not in self.numbers:
            self.numbers[event] = {float(one) for one in _NUMBER.findall(self.bodies[event])}
        return self.numbers[event]

    @cached_property
    def _alone(self) -> set[str]:
        """Times that stand in a row whose other cells name the event: they are those of events."""
        cited = CitedSession(self.opened)
        stamps = {stamp for body in self.bodies.values() for stamp in _stamps(body)}
        return {cited.time(stamp) for stamp in stamps}


def _stamps(body: str) -> list[int]:
    return [int(number) for number in re.findall(r'_ns":(\d+)', body)]


def reported(folder: Path, events: Sequence[Event], *, cut: bool = False) -> Reported:
    """Write `events` as a record in `folder`, open it and report it."""
    first = events[0]
    assert isinstance(first, SessionOpened)
    path = folder / "record.db"
    recorded_sessions.write(path, first.session, events, seal=not cut)
    if cut:
        recorded_sessions.age(path, first.session)
    return report_of_record(path, first.session)


def report_of_record(path: Path, session: str) -> Reported:
    """Open `session` of the record at `path` and report it."""
    with open_database(path, read_only=True) as database:
        opened = Archive(database).open_session(session)
        kept = Journal(database).read(session)
        bodies = {number: canonical(event).decode() for number, event in enumerate(kept, 1)}
    figures = figures_of(opened, load_criteria().criteria)
    return Reported(opened=opened, report=report_of(opened, figures, "9.9.9"), bodies=bodies)


@cache
def restless_visit() -> tuple[Event, ...]:
    """An infusion with more than seventy alarms, most of them answered by nobody."""
    scene = Scene().to_infusing()
    for _ in range(30):
        scene.enter(EnterBp, sbp_mmhg=178, dbp_mmhg=104)
        scene.oximeter(3, pr=96)
        scene.wait(12)
        scene.enter(EnterBp, sbp_mmhg=121, dbp_mmhg=79)
        scene.oximeter(3, pr=88)
        scene.wait(12)
    scene.wait(60)
    return tuple(scene.record)


@cache
def spray_visit() -> tuple[Event, ...]:
    """Three devices five minutes apart, then a wait with pressures by hand."""
    text = read_protocol("spravato-84")[0].replace("rest_enforced = true", "rest_enforced = false")
    scene = Scene(protocol_text=text).to_frozen()
    for number in range(3):
        assert not scene.refusal(GiveDose, amount_mg=28, lot=f"LOT-{number}")
        scene.oximeter(20)
        scene.wait(300)
    scene.do(RecordEvent, term="dissociation", severity=6, text="far away")
    scene.enter(EnterBp, sbp_mmhg=141, dbp_mmhg=88)
    scene.wait(1500)
    scene.oximeter(30)
    scene.enter(EnterBp, sbp_mmhg=133, dbp_mmhg=84)
    scene.wait(600)
    return tuple(scene.record)


@cache
def corrected_visit() -> tuple[Event, ...]:
    """A pressure typed wrong and corrected, an artefact withdrawn, an addendum, a close."""
    scene = Scene().to_infusing()
    scene.oximeter(20)
    scene.oximeter(1, spo2=71)
    artefact = last_number(scene, Reading, vital=Vital.SPO2)
    scene.oximeter(20)
    wrong = typed_pressure(scene, 182, 92)
    scene.oximeter(40)
    correct(scene, wrong, values=values(sbp=128, dbp=82), reason="digits swapped")
    correct(scene, artefact, withdrawn=True, reason="artefact")
    scene.do(AddAddendum, text="hand was cold", reason="told later")
    scene.wait(30)
    scene.do(CloseSession, reason="end of the test")
    return tuple(scene.record)
