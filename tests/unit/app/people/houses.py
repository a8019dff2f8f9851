"""Houses of tests: a record of their own, verifiers that cost little, clocks one can set."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.people.door import TO_ADMINISTER, Account, Proven, Refused
from app.people.house import House
from app.places import read_rights
from protocols.events.terms import Proof, Role
from protocols.logbook.entries import Entry
from storage.database import open_database
from storage.logbook import read_logbooks

PASSWORD = "correct horse battery"
OTHER = "staple of another horse"
PIN = "935172"


def cheap_rights(folder: Path) -> str:
    """A rights file as shipped, with three tries and verifiers that cost milliseconds."""
    text, _ = read_rights("standard")
    text = text.replace("memory_kib = 65536", "memory_kib = 8192")
    text = text.replace("time_cost = 3 ", "time_cost = 1 ").replace("tries = 5 ", "tries = 3 ")
    path = folder / "cheap.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


class Clocks:
    """A wall clock and a clock that nobody can set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
        self.waited_s = 0.0

    def go(self, minutes: float) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)
        self.waited_s += minutes * 60

    def set_wall_clock(self, minutes: float) -> None:
        """Set the wall clock, while no time passes."""
        self.now += timedelta(minutes=minutes)


def make_house(place: Path, clocks: Clocks | None = None) -> House:
    """The people of the record at `place`."""
    house = House(str(place), where=lambda: "Room 3", rights=cheap_rights(place.parent))
    if clocks is not None:
        house.proving._now = house.changing._now = lambda: clocks.now
        house.proving._waited_s = lambda: clocks.waited_s
    return house


def with_people(house: House) -> Proven:
    """Anna the administrator and Ben the nurse, both with passwords; Anna's proof."""
    made = house.changing.create_first_administrator("anna", "Anna Berg", (), PASSWORD)
    assert isinstance(made, Account), made
    anna = administrator(house)
    taken(house.add_person(anna, "ben", "Ben Okafor RN", (Role.NURSE,)))
    taken(house.changing.set_secret(anna, "ben", Proof.PASSWORD, OTHER))
    taken(house.changing.set_own_secret("ben", OTHER, Proof.PASSWORD, PASSWORD))
    taken(house.changing.set_own_secret("ben", PASSWORD, Proof.PIN, PIN))
    return anna


def administrator(house: House) -> Proven:
    """Anna, proven to administer."""
    proven = house.proving.prove("anna", PASSWORD, Proof.PASSWORD, TO_ADMINISTER)
    assert isinstance(proven, Proven), proven
    return proven


def taken(answer: Account | Refused) -> Account:
    """The account of `answer`, which must be one."""
    assert isinstance(answer, Account), answer
    return answer


def refused(answer: object) -> Refused:
    """The refusal of `answer`, which must be one."""
    assert isinstance(answer, Refused), answer
    return answer


def entries_of(place: Path) -> list[Entry]:
    """Every entry of every logbook of the record."""
    with open_database(place, read_only=True) as database:
        return [entry for logbook in read_logbooks(database) for entry in logbook.entries]


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until `true` is; fails after ten seconds."""
    give_up_s = time.monotonic() + 10
    while not true():
        assert time.monotonic() < give_up_s
        time.sleep(0.01)
