"""Named deadlines: each at most once, fired in order."""

from __future__ import annotations

from enum import StrEnum

from hypothesis import given
from hypothesis import strategies as st

from devices.deadlines import Deadlines


class Due(StrEnum):
    SEND = "send"
    POLL = "poll"
    OVERALL = "overall"


def test_nothing_is_due_at_first() -> None:
    due: Deadlines[Due] = Deadlines()
    assert due.next_ns is None
    assert due.pop(10) is None
    assert due.at(Due.POLL) is None


def test_a_deadline_fires_once_at_its_own_time() -> None:
    due: Deadlines[Due] = Deadlines()
    due.set(Due.POLL, 5)
    assert (due.next_ns, due.at(Due.POLL)) == (5, 5)
    assert due.pop(4) is None
    assert due.pop(9) == (5, Due.POLL)
    assert due.pop(9) is None
    assert due.next_ns is None


def test_setting_again_moves_it() -> None:
    due: Deadlines[Due] = Deadlines()
    due.set(Due.POLL, 5)
    due.set(Due.POLL, 8)
    assert due.pop(7) is None
    assert due.pop(8) == (8, Due.POLL)


def test_the_soonest_fires_first_and_a_tie_in_the_order_of_the_names() -> None:
    due: Deadlines[Due] = Deadlines()
    due.set(Due.OVERALL, 3)
    due.set(Due.POLL, 3)
    due.set(Due.SEND, 4)
    assert [due.pop(4) for _ in range(4)] == [(3, Due.POLL), (3, Due.OVERALL), (4, Due.SEND), None]


def test_one_can_be_cancelled_or_all() -> None:
    due: Deadlines[Due] = Deadlines()
    for member in Due:
        due.set(member, 1)
    due.cancel(Due.SEND, Due.POLL)
    assert due.pop(1) == (1, Due.OVERALL)
    due.set(Due.SEND, 1)
    due.cancel()
    assert due.next_ns is None
    due.cancel(Due.SEND)


@given(times=st.dictionaries(st.sampled_from(Due), st.integers(0, 20)), until=st.integers(0, 20))
def test_everything_up_to_a_time_fires_in_order_and_the_rest_stays(
    times: dict[Due, int], until: int
) -> None:
    due: Deadlines[Due] = Deadlines()
    for member, at in times.items():
        due.set(member, at)
    fired = []
    while (one := due.pop(until)) is not None:
        fired.append(one)
    assert [at for at, _ in fired] == sorted(at for at in times.values() if at <= until)
    assert due.next_ns == min((at for at in times.values() if at > until), default=None)
