"""Accounts at work: the first administrator, proofs, wrong tries, changes, and their trail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.people.changing import THERE_ARE_ACCOUNTS
from app.people.credentials import Credentials
from app.people.door import TO_ADMINISTER, Account, Proven, Refused, identify, identify_unproven
from app.people.house import House
from app.people.proving import TO_CHANGE_SECRET
from protocols.events.terms import Proof, Role
from protocols.logbook.entries import (
    CredentialSet,
    EmergencyEntered,
    SignedIn,
    SignedOut,
    SignInRefused,
)
from protocols.people import sentences
from protocols.people.account_rules import LAST_ADMINISTRATOR
from protocols.people.rights import Secrets
from storage.database import open_database
from storage.logbook import read_logbooks
from tests.unit.app.people.houses import (
    OTHER,
    PASSWORD,
    PIN,
    Clocks,
    administrator,
    entries_of,
    make_house,
    refused,
    taken,
    wait_for,
    with_people,
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def house(place: Path, clocks: Clocks) -> Iterator[House]:
    made = make_house(place, clocks)
    yield made
    assert made.close()


def test_a_record_without_accounts_knows_nobody_and_lets_only_the_first_be_made(
    house: House,
) -> None:
    assert not house.has_accounts
    assert house.accounts() == []
    anna = Account(user="anna", name="Anna", roles=(Role.ADMINISTRATOR,))
    forged = Proven(account=anna, proof=Proof.PASSWORD, purpose=TO_ADMINISTER)
    answer = house.add_person(forged, "ben", "Ben", (Role.NURSE,))
    assert refused(answer).sentence == sentences.NOT_ADMINISTRATOR
    made = house.changing.create_first_administrator("anna", "Anna", (Role.NURSE,), PASSWORD)
    assert taken(made).roles == (Role.NURSE, Role.ADMINISTRATOR)
    again = house.changing.create_first_administrator("eve", "Eve", (), PASSWORD)
    assert refused(again).sentence == THERE_ARE_ACCOUNTS


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaa", "x" * 300])
def test_a_poor_password_makes_no_administrator(house: House, password: str) -> None:
    refused(house.changing.create_first_administrator("anna", "Anna", (), password))
    assert not house.has_accounts


def test_who_proves_it_is_let_in_whatever_the_case_of_the_user(house: House) -> None:
    with_people(house)
    proven = house.proving.prove("BEN", PIN, Proof.PIN)
    assert isinstance(proven, Proven)
    assert proven.account.name == "Ben Okafor RN"
    told = identify(proven)
    assert (told.user, told.roles, told.proof, told.purpose) == ("ben", (Role.NURSE,), "pin", "")
    assert identify_unproven("Ben", "no password").proof is Proof.NONE


def test_a_password_is_the_same_however_its_letters_are_composed(house: House) -> None:
    with_people(house)
    taken(house.changing.set_own_secret("ben", PASSWORD, Proof.PASSWORD, "Caf\u00e9 im Garten"))
    assert isinstance(house.proving.prove("ben", "Cafe\u0301 im Garten", Proof.PASSWORD), Proven)


def test_wrong_tries_lock_out_across_purposes_and_double(house: House, clocks: Clocks) -> None:
    with_people(house)
    left = []
    for purpose, proof in (("", Proof.PIN), ("check_dose", Proof.PASSWORD), ("", Proof.PIN)):
        left.append(refused(house.proving.prove("ben", "wrong", proof, purpose)).tries_left)
    assert left == [2, 1, 0]
    assert refused(house.proving.prove("ben", PIN, Proof.PIN)).until_utc
    clocks.go(1.01)
    assert refused(house.proving.prove("ben", "wrong", Proof.PIN)).until_utc
    clocks.go(1.01)
    assert refused(house.proving.prove("ben", PIN, Proof.PIN)).until_utc  # two minutes this time
    clocks.go(1.01)
    assert isinstance(house.proving.prove("ben", PIN, Proof.PIN), Proven)
    assert refused(house.proving.prove("ben", "wrong", Proof.PIN)).tries_left == 2


def test_a_lock_out_outlives_a_new_start_and_a_clock_set_back(place: Path, clocks: Clocks) -> None:
    house = make_house(place, clocks)
    with_people(house)
    clocks.set_wall_clock(-600)
    for _ in range(3):
        house.proving.prove("ben", "wrong", Proof.PIN)
    house.close()
    clocks.set_wall_clock(600)
    again = make_house(place, clocks)
    assert refused(again.proving.prove("ben", PIN, Proof.PIN)).until_utc
    again.close()


def test_a_clock_set_back_by_years_keeps_nobody_out_longer_than_the_rest(
    house: House, clocks: Clocks
) -> None:
    with_people(house)
    for _ in range(3):
        house.proving.prove("ben", "wrong", Proof.PIN)
    clocks.set_wall_clock(-60 * 24 * 365)
    assert refused(house.proving.prove("ben", PIN, Proof.PIN)).until_utc
    clocks.go(1.01)
    assert isinstance(house.proving.prove("ben", PIN, Proof.PIN), Proven)


def test_an_administrator_ends_a_lock_out(house: House) -> None:
    with_people(house)
    for _ in range(3):
        house.proving.prove("ben", "wrong", Proof.PIN)
    assert house.account("ben") is not None
    assert (
        taken(house.lift_lock(administrator(house), "ben", "on the phone")).locked_until_utc == ""
    )
    assert isinstance(house.proving.prove("ben", PIN, Proof.PIN), Proven)


def test_a_user_without_account_is_answered_as_one_with_and_is_not_written_down(
    house: House, place: Path
) -> None:
    with_people(house)
    known = [house.proving.prove("ben", "wrong", Proof.PASSWORD) for _ in range(4)]
    unknown = [house.proving.prove("my secret", "wrong", Proof.PASSWORD) for _ in range(4)]
    assert known == unknown
    assert house.keeper.flush()
    assert not any("my secret" in str(entry) for entry in entries_of(place))
    noted = [e for e in entries_of(place) if isinstance(e, SignInRefused) and e.user == ""]
    assert noted
    assert not any(entry.counts for entry in noted)


def test_no_secret_is_anywhere_in_the_record_or_beside_it(house: House, place: Path) -> None:
    with_people(house)
    assert house.keeper.flush()
    for path in place.parent.iterdir():
        data = path.read_bytes()
        for secret in (PASSWORD, OTHER, PIN):
            assert secret.encode() not in data, path


def test_a_secret_set_by_somebody_else_serves_only_to_set_an_own_one(house: House) -> None:
    anna = with_people(house)
    taken(house.changing.set_secret(anna, "ben", Proof.PASSWORD, OTHER))
    asked = house.proving.prove("ben", OTHER, Proof.PASSWORD, "check_dose")
    assert refused(asked).sentence == sentences.MUST_CHANGE
    proven = house.proving.prove("ben", OTHER, Proof.PASSWORD)
    assert isinstance(proven, Proven)
    assert proven.account.must_change == (Proof.PASSWORD,)
    refused(house.changing.set_own_secret("ben", OTHER, Proof.PASSWORD, OTHER))
    taken(house.changing.set_own_secret("ben", OTHER, Proof.PASSWORD, PASSWORD))
    assert isinstance(house.proving.prove("ben", PASSWORD, Proof.PASSWORD, "check_dose"), Proven)


def test_a_pin_is_not_enough_to_sign_or_to_administer(house: House) -> None:
    anna = with_people(house)
    taken(house.changing.set_secret(anna, "anna", Proof.PIN, PIN))
    for purpose in ("sign_record", TO_ADMINISTER):
        said = refused(house.proving.prove("anna", PIN, Proof.PIN, purpose))
        assert (said.sentence, said.tries_left) == (sentences.NOT_WITH_PIN, None)


def test_the_only_administrator_stays_one(house: House) -> None:
    anna = with_people(house)
    assert refused(house.retire_person(anna, "anna", "x")).sentence == LAST_ADMINISTRATOR
    demoted = house.change_person(anna, "anna", "Anna Berg", (Role.NURSE,), "x")
    assert refused(demoted).sentence == LAST_ADMINISTRATOR
    both = (Role.NURSE, Role.ADMINISTRATOR)
    taken(house.change_person(anna, "ben", "Ben Okafor RN", both, "second administrator"))
    assert not taken(house.retire_person(anna, "anna", "left")).active
    refused(house.add_person(anna, "cora", "Cora", (Role.NURSE,)))


def test_a_retired_account_is_told_so_only_with_its_secret(house: House) -> None:
    anna = with_people(house)
    taken(house.retire_person(anna, "ben", "left"))
    assert refused(house.proving.prove("ben", PIN, Proof.PIN)).sentence == sentences.RETIRED
    assert sentences.NOT_RECOGNISED in refused(house.proving.prove("ben", "1", Proof.PIN)).sentence
    taken(house.retire_person(anna, "ben", "came back", active=True))
    assert isinstance(house.proving.prove("ben", PIN, Proof.PIN), Proven)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("", "Cora"),
        ("two words", "Cora"),
        ("BEN", "Cora"),
        ("cora", "ben  okafor RN"),
        ("cora", ""),
        ("cora", "program"),
        ("cora", "os:cora"),
        ("cora", "Co\x00ra"),
    ],
)
def test_an_account_that_would_be_taken_for_another_is_not_made(
    house: House, user: str, name: str
) -> None:
    anna = with_people(house)
    refused(house.add_person(anna, user, name, (Role.NURSE,)))


def test_a_change_needs_a_proof_to_administer_by_somebody_who_still_may(house: House) -> None:
    anna = with_people(house)
    for_work = house.proving.prove("anna", PASSWORD, Proof.PASSWORD)
    ben = house.proving.prove("ben", PASSWORD, Proof.PASSWORD, TO_ADMINISTER)
    for by in (for_work, ben):
        assert isinstance(by, Proven)
        refused(house.retire_person(by, "ben", "x"))
    refused(house.retire_person(anna, "ben", " "))


def test_what_takes_time_is_answered_later_in_the_thread_that_asks(house: House) -> None:
    answers: list[object] = []
    house.create_first_administrator("anna", "Anna", (), PASSWORD, answers.append)
    house.prove("anna", PASSWORD, Proof.PASSWORD, "", answers.append)
    house.prove("anna", "wrong", Proof.PASSWORD, "", answers.append)
    assert answers == []
    wait_for(lambda: not house.deliver())
    assert [type(answer) for answer in answers] == [Account, Proven, Refused]


def test_a_bug_in_a_job_is_said_and_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    answers: list[object] = []
    house.prove("anna", None, Proof.PASSWORD, "", answers.append)  # type: ignore[arg-type]
    wait_for(lambda: not house.deliver())
    assert isinstance(answers[0], Refused)
    assert caplog.records
    caplog.clear()


def test_comings_goings_and_emergencies_are_on_the_trail(house: House, place: Path) -> None:
    with_people(house)
    house.proving.prove("ben", PIN, Proof.PIN)
    house.note_sign_out("ben", "by hand")
    house.enter_emergency(" Cora ", " forgot the password ")
    assert house.keeper.flush()
    found = entries_of(place)
    came = [e for e in found if isinstance(e, SignedIn)][-1]
    assert (came.by, came.user, came.place) == ("Ben Okafor RN", "ben", "Room 3")
    assert [e.cause for e in found if isinstance(e, SignedOut)] == ["by hand"]
    emergency = next(e for e in found if isinstance(e, EmergencyEntered))
    assert (emergency.name, emergency.reason) == ("Cora", "forgot the password")
    assert emergency.by.startswith("os:")


def test_another_program_is_heard_at_the_next_proof(house: House, place: Path) -> None:
    with_people(house)
    assert house.keeper.flush()
    other = make_house(place)
    assert [account.user for account in other.accounts()] == ["anna", "ben"]
    taken(house.retire_person(administrator(house), "ben", "left"))
    assert house.keeper.flush()
    assert refused(other.proving.prove("ben", PIN, Proof.PIN)).sentence == sentences.RETIRED
    other.close()


def test_a_verifier_is_renewed_when_its_cost_has_grown(house: House, place: Path) -> None:
    with_people(house)
    weak = Secrets(
        password_length=12,
        pin_length=6,
        password_only=frozenset(),
        time_cost=1,
        memory_kib=8192,
        parallelism=1,
    )
    house.changing._credentials = Credentials(weak)
    taken(house.changing.set_own_secret("ben", PASSWORD, Proof.PIN, "402958"))
    assert isinstance(house.proving.prove("ben", "402958", Proof.PIN), Proven)
    assert isinstance(house.proving.prove("ben", "402958", Proof.PIN), Proven)
    assert house.keeper.flush()
    renewed = [e for e in entries_of(place) if isinstance(e, CredentialSet) and e.by == "program"]
    assert len(renewed) == 1


def test_setting_an_own_secret_needs_the_present_password_and_counts_wrong_ones(
    house: House, place: Path
) -> None:
    with_people(house)
    assert refused(house.changing.set_own_secret("ben", "?", Proof.PIN, "402958")).tries_left == 2
    assert house.keeper.flush()
    with open_database(place, read_only=True) as database:
        last = read_logbooks(database)[0].entries[-1]
    assert isinstance(last, SignInRefused)
    assert (last.purpose, last.counts) == (TO_CHANGE_SECRET, True)
