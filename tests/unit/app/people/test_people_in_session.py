"""A session under rights: what is taken, refused and shown, and that a replay gives the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.opening import open_session
from app.people.door import identify_unproven
from app.pipeline import Pipeline
from app.rules_files import load_rights, load_rules
from app.state import ViewState, fold_all
from app.verification import compare
from protocols.events import (
    CheckDose,
    Command,
    CommandRefused,
    ConfirmMonitor,
    DoseConfirmed,
    DosePlanned,
    EnterPatient,
    EnterWeight,
    Event,
    Input,
    OrderDose,
    Output,
    PauseAudio,
    SessionOpened,
    SessionResumed,
    StationLocked,
    TakeBp,
    WriteNote,
    kind_of,
)
from protocols.people import sentences
from tests.unit.protocols.people_cases import ANNA, BEN, identified, unproven

UTC_AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
S = 1_000_000_000


class Bedside:
    """A session under the shipped rights, and everything that is recorded of it."""

    def __init__(self, *, people: bool = True) -> None:
        self.pipeline = Pipeline()
        self.record: list[Event] = []
        self.t_s = 0
        self.put(opening(people=people))

    def put(self, event: Input) -> list[Output]:
        made = self.pipeline.step(replace(event, t_ns=self.t_s * S))
        self.record += [replace(event, t_ns=self.t_s * S), *made]
        self.t_s += 1
        return made

    def refused(self, event: Input) -> str:
        made = [one for one in self.put(event) if isinstance(one, CommandRefused)]
        assert len(made) <= 1
        return made[0].reason if made else ""

    @property
    def state(self) -> ViewState:
        return fold_all(ViewState(), self.record)


def opening(*, people: bool) -> SessionOpened:
    rules = load_rules("iv-0.5-40")
    text = load_rights()[1] if people else ""
    return open_session(
        utc=UTC_AT,
        room="Room 3",
        devices=(),
        session="s1",
        people_text=text,
        zone="Europe/Berlin",
        **rules.texts,
    )


def patient(by: str) -> EnterPatient:
    return EnterPatient(
        t_ns=0,
        by=by,
        given_name="Jane",
        family_name="Doe",
        mrn="1",
        birth_date="1990-01-01",
        sex="female",
        height_cm=Decimal(170),
    )


def order(by: str) -> OrderDose:
    return OrderDose(
        t_ns=0,
        by=by,
        dose_mg_per_kg=Decimal("0.5"),
        duration_min=Decimal(40),
        concentration_mg_per_ml=Decimal(1),
    )


def test_the_rights_of_a_session_are_in_its_opening_and_its_digest() -> None:
    with_rights, without = opening(people=True), opening(people=False)
    assert with_rights.people_text == load_rights()[1]
    assert with_rights.rules_digest != without.rules_digest
    other = replace(with_rights, people_text="")
    assert without.rules_digest == replace(without, people_text="").rules_digest
    assert other.rules_digest != without.rules_digest


def test_a_dose_is_ordered_by_word_and_checked_by_another_person_who_proved_it() -> None:
    bedside = Bedside()
    nurse, checker = ANNA[1], BEN[1]
    assert bedside.refused(patient(nurse)) == sentences.NOBODY_SIGNED_IN
    bedside.put(identified(ANNA))
    assert bedside.refused(patient(nurse)) == ""
    weight = EnterWeight(t_ns=0, by=nurse, weight_kg=Decimal(70), measured=True)
    assert bedside.refused(weight) == ""
    planned = [e for e in bedside.put(order("Dr Away MD")) if isinstance(e, DosePlanned)]
    assert [(e.ordered_by, e.taken_by) for e in planned] == [("Dr Away MD", nurse)]
    check = CheckDose(t_ns=0, by=checker, weight_kg=Decimal(70), dose_mg=planned[0].dose_mg)
    assert checker in bedside.refused(check)
    bedside.put(identified(BEN, purpose="check_dose"))
    wrong = replace(check, dose_mg=Decimal(1))
    assert "does not agree" in bedside.refused(wrong)
    assert [type(one) for one in bedside.put(check)] == [DoseConfirmed]
    assert checker in bedside.refused(check)
    assert compare(bedside.record, closed=False).identical


def test_a_locked_bedside_takes_what_makes_safer_and_shows_that_it_is_locked() -> None:
    bedside = Bedside()
    bedside.put(identified(ANNA))
    bedside.put(StationLocked(t_ns=0, locked=True, by=ANNA[1], cause="10 min without a touch"))
    assert bedside.state.people.locked is not None
    assert bedside.refused(TakeBp(t_ns=0, by=ANNA[1])) == sentences.LOCKED
    assert sentences.LOCKED not in bedside.refused(PauseAudio(t_ns=0, by="not signed in"))
    bedside.put(identified(BEN))
    assert bedside.state.people.locked is None
    assert bedside.state.people.name == BEN[1]
    assert compare(bedside.record, closed=False).identical


def test_a_monitor_is_confirmed_only_by_who_is_at_the_bedside() -> None:
    bedside = Bedside()
    confirm = ConfirmMonitor(t_ns=0, by=ANNA[1], device="oximeter")
    assert bedside.refused(confirm) == sentences.NOBODY_SIGNED_IN
    bedside.put(identified(ANNA))
    assert "No monitor waits" in bedside.refused(confirm)


def test_work_without_signing_in_is_shown_all_the_while() -> None:
    bedside = Bedside()
    bedside.put(identify_unproven("Cora", "forgot the password"))
    assert bedside.refused(WriteNote(t_ns=0, by="Cora", text="x")) == ""
    assert bedside.state.people.emergency
    bedside.put(identified(ANNA))
    assert not bedside.state.people.emergency


def test_after_a_cut_nobody_is_at_the_bedside() -> None:
    bedside = Bedside()
    bedside.put(identified(ANNA))
    bedside.put(
        SessionResumed(
            t_ns=0, gap_start_ns=S, utc="", by=ANNA[1], reason="cut", gap_from_wall_clock=True
        )
    )
    assert bedside.state.people.person is None
    assert bedside.state.people.rights is not None
    note = WriteNote(t_ns=0, by=ANNA[1], text="x")
    assert bedside.refused(note) == sentences.NOBODY_SIGNED_IN


@pytest.mark.parametrize(
    "event",
    [
        identified(ANNA),
        unproven("Cora"),
        StationLocked(t_ns=0, locked=True, by="x", cause="by hand"),
    ],
)
def test_in_a_session_without_rights_people_change_nothing(event: Input) -> None:
    bedside = Bedside(people=False)
    assert bedside.put(event) == []
    commands: list[Command] = [patient("anybody"), WriteNote(t_ns=0, by="anybody", text="x")]
    for command in commands:
        assert bedside.refused(command) == "", kind_of(command)
