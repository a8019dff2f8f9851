"""Where a monitor was last used, by the openings of recorded sessions."""

from __future__ import annotations

from dataclasses import replace

from protocols.events import ConfirmMonitor, DeviceSlot
from storage.journal import Journal
from storage.monitors import last_rooms, last_slots
from tests.unit.storage.event_strategies import opened
from tests.unit.storage.stores import both_stores

ADAPTER = "USB 0403:6001 A50285BI"


def bound(
    journal: Journal,
    session: str,
    utc: str,
    room: str,
    *,
    simulated: bool = False,
    last_room: str = "",
    confirmed: bool = False,
) -> None:
    slot = DeviceSlot(
        device="oximeter",
        driver="nonin",
        port="/dev/ttyUSB0",
        identity=ADAPTER,
        simulated=simulated,
        last_room=last_room,
    )
    event = replace(opened(session, utc=utc, simulated=simulated), room=room, devices=(slot,))
    said = [ConfirmMonitor(t_ns=1, by="N", device="oximeter")] if confirmed else []
    journal.append(session, [event, *said])


@both_stores
def test_the_newest_session_that_was_not_simulated_says_in_which_room(journal: Journal) -> None:
    bound(journal, "day 1", "2026-03-01T09:00:00.000Z", "Room 1")
    bound(journal, "day 3", "2026-03-03T09:00:00.000Z", "Demo", simulated=True)
    bound(journal, "day 2", "2026-03-02T09:00:00.000Z", "Room 2")
    assert last_rooms(journal.database, [ADAPTER]) == {ADAPTER: "Room 2"}


@both_stores
def test_a_monitor_never_seen_has_no_room(journal: Journal) -> None:
    bound(journal, "day 1", "2026-03-01T09:00:00.000Z", "Room 1")
    assert last_rooms(journal.database, ["USB 0403:6001 OTHER", ""]) == {}
    assert last_rooms(journal.database, []) == {}


@both_stores
def test_the_monitors_of_a_room_are_those_of_its_last_session(journal: Journal) -> None:
    bound(journal, "day 1", "2026-03-01T09:00:00.000Z", "Room 1")
    bound(journal, "day 2", "2026-03-02T09:00:00.000Z", "Room 2")
    bound(journal, "day 3", "2026-03-03T09:00:00.000Z", "Room 1", simulated=True)
    [slot] = last_slots(journal.database, "Room 1")
    assert (slot.device, slot.identity) == ("oximeter", ADAPTER)
    assert last_slots(journal.database, "Room 3") == ()


@both_stores
def test_a_monitor_that_nobody_confirmed_is_still_of_the_room_it_came_from(
    journal: Journal,
) -> None:
    bound(journal, "day 1", "2026-03-01T09:00:00.000Z", "Room 1")
    bound(journal, "day 2", "2026-03-02T09:00:00.000Z", "Room 2", last_room="Room 1")
    assert last_rooms(journal.database, [ADAPTER]) == {ADAPTER: "Room 1"}
    bound(
        journal, "day 3", "2026-03-03T09:00:00.000Z", "Room 2", last_room="Room 1", confirmed=True
    )
    assert last_rooms(journal.database, [ADAPTER]) == {ADAPTER: "Room 2"}
