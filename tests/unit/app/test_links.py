"""A link is live only while something is decoded, and counts only once nothing is in doubt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.links import NOT_UNDERSTOOD_TEXT, PROBE_OFF_TEXT, READY_TEXT, WAITING_TEXT, Link
from protocols.events import DeviceSlot, LinkChanged, LinkReported, LinkState
from protocols.vitals import NS_PER_S

QUIET_NS = 2 * NS_PER_S


def slot(device: str = "oximeter", identity: str = "", last_room: str = "") -> DeviceSlot:
    return DeviceSlot(
        device=device,
        driver="nonin",
        port="/dev/oximeter",
        identity=identity,
        simulated=False,
        last_room=last_room,
    )


def opened(t_ns: int, identity: str = "") -> LinkReported:
    return LinkReported(t_ns=t_ns, device="oximeter", state=LinkState.WAITING, identity=identity)


def said(change: LinkChanged | None) -> tuple[LinkState, str]:
    assert change is not None
    return change.state, change.detail


def test_an_open_port_waits_then_is_silent_then_live_when_decoded() -> None:
    link = Link(slot(), QUIET_NS)
    assert said(link.report(opened(0))) == (LinkState.WAITING, WAITING_TEXT)
    assert link.next_deadline_ns == QUIET_NS
    assert said(link.advance(QUIET_NS)) == (LinkState.SILENT, WAITING_TEXT)
    assert link.next_deadline_ns is None
    assert said(link.heard(3 * NS_PER_S)) == (LinkState.LIVE, "")
    assert link.heard(4 * NS_PER_S) is None
    assert link.next_deadline_ns == 6 * NS_PER_S


def test_bytes_that_were_never_understood_are_of_the_wrong_device() -> None:
    link = Link(slot(), NS_PER_S)
    link.report(opened(0))
    link.arrived(NS_PER_S - 1)
    assert said(link.advance(NS_PER_S)) == (LinkState.WRONG_DEVICE, NOT_UNDERSTOOD_TEXT)


def test_noise_on_the_line_of_a_monitor_that_spoke_makes_it_silent_not_wrong() -> None:
    link = Link(slot(), NS_PER_S)
    link.report(opened(0))
    link.heard(0)
    link.arrived(NS_PER_S - 1)
    assert said(link.advance(NS_PER_S)) == (LinkState.SILENT, NOT_UNDERSTOOD_TEXT)


def test_a_silent_line_on_which_noise_begins_is_named_within_the_quiet_limit() -> None:
    link = Link(slot(), NS_PER_S)
    link.report(opened(0))
    link.advance(NS_PER_S)
    assert link.next_deadline_ns is None
    for t_ns in range(5 * NS_PER_S, 6 * NS_PER_S, NS_PER_S // 10):
        link.arrived(t_ns)
    assert link.next_deadline_ns == 6 * NS_PER_S
    assert said(link.advance(6 * NS_PER_S)) == (LinkState.WRONG_DEVICE, NOT_UNDERSTOOD_TEXT)


def test_a_wrong_device_that_stops_is_silent() -> None:
    link = Link(slot(), NS_PER_S)
    link.report(opened(0))
    link.arrived(NS_PER_S - 1)
    link.advance(NS_PER_S)
    assert link.next_deadline_ns == 2 * NS_PER_S - 1
    assert said(link.advance(2 * NS_PER_S - 1)) == (LinkState.SILENT, WAITING_TEXT)


def test_a_monitor_that_only_answers_is_never_silent_by_itself() -> None:
    link = Link(slot("bp"), None)
    assert said(link.report(opened(0))) == (LinkState.READY, READY_TEXT)
    link.arrived(5)
    link.heard(NS_PER_S)
    assert link.next_deadline_ns is None


def test_a_lost_port_keeps_the_reader_s_words() -> None:
    link = Link(slot("bp"), None)
    lost = link.report(
        LinkReported(t_ns=5, device="bp", state=LinkState.NOT_CONNECTED, detail="Unplugged.")
    )
    assert said(lost) == (LinkState.NOT_CONNECTED, "Unplugged.")
    assert link.next_deadline_ns is None


def test_a_probe_that_is_off_is_its_own_state_and_comes_back() -> None:
    link = Link(slot(), QUIET_NS)
    link.report(opened(0))
    link.heard(1, "")
    assert said(link.heard(2, "finger removed")) == (LinkState.PROBE_OFF, PROBE_OFF_TEXT)
    assert link.heard(3) is None
    assert link.next_deadline_ns == 3 + QUIET_NS
    assert said(link.heard(4, "")) == (LinkState.LIVE, "")


def test_a_monitor_from_another_room_counts_only_after_a_person_confirmed_it() -> None:
    link = Link(slot(last_room="Room 2"), QUIET_NS, "Room 1")
    link.report(opened(0))
    state, detail = said(link.heard(1))
    assert state is LinkState.UNCONFIRMED
    assert "Room 2" in detail
    assert link.doubt == detail
    assert said(link.confirm(2, "N. Okafor")) == (LinkState.LIVE, "Confirmed by N. Okafor.")
    assert link.doubt == ""
    link.report(opened(3))
    assert said(link.heard(4)) == (LinkState.LIVE, "")


def test_a_monitor_of_this_room_needs_no_confirmation() -> None:
    link = Link(slot(last_room="Room 1"), QUIET_NS, "Room 1")
    link.report(opened(0))
    assert said(link.heard(1)) == (LinkState.LIVE, "")


def test_another_unit_on_the_port_must_be_confirmed_and_is_then_the_one_that_belongs() -> None:
    link = Link(slot(identity="USB 0403:6001 A"), QUIET_NS)
    link.report(opened(0, "USB 0403:6001 A"))
    link.heard(1)
    state, detail = said(link.report(opened(2, "USB 0403:6001 B")))
    assert state is LinkState.WAITING
    state, detail = said(link.heard(3))
    assert state is LinkState.UNCONFIRMED
    assert "USB 0403:6001 B instead of USB 0403:6001 A" in detail
    link.report(opened(4, "USB 0403:6001 A"))
    assert said(link.heard(5)) == (LinkState.LIVE, "")
    link.report(opened(6, "USB 0403:6001 B"))
    link.heard(7)
    link.confirm(8, "N")
    link.report(opened(9, "USB 0403:6001 B"))
    assert said(link.heard(10)) == (LinkState.LIVE, "")


def test_a_monitor_that_only_answers_is_confirmed_before_it_is_ready() -> None:
    link = Link(slot("bp", last_room="Room 2"), None, "Room 1")
    assert said(link.report(opened(0)))[0] is LinkState.UNCONFIRMED
    assert said(link.confirm(1, "N")) == (LinkState.READY, READY_TEXT)


_STEPS = st.sampled_from(["open", "lost", "bytes", "heard", "off", "on", "wait", "confirm"])


@given(
    steps=st.lists(st.tuples(_STEPS, st.integers(0, 3 * NS_PER_S)), max_size=60),
    last_room=st.sampled_from(["", "Room 2"]),
)
def test_whatever_happens_live_means_that_something_was_decoded_within_the_quiet_limit(
    steps: list[tuple[str, int]], last_room: str
) -> None:
    link = Link(slot(last_room=last_room), QUIET_NS, "Room 1")
    now_ns, decoded_ns, confirmed = 0, None, not last_room
    for step, wait_ns in steps:
        until_ns = now_ns + wait_ns
        while (due := link.next_deadline_ns) is not None and due <= until_ns:
            link.advance(due)
            assert link.next_deadline_ns is None or link.next_deadline_ns > due
        now_ns = until_ns
        if step == "open":
            link.report(opened(now_ns))
        elif step == "lost":
            link.report(LinkReported(t_ns=now_ns, device="oximeter", state=LinkState.NOT_CONNECTED))
        elif step == "bytes":
            link.arrived(now_ns)
        elif step in ("heard", "off", "on"):
            link.arrived(now_ns)
            link.heard(now_ns, {"heard": None, "off": "off", "on": ""}[step])
            decoded_ns = now_ns
        elif step == "confirm":
            link.confirm(now_ns, "N")
            confirmed = True
        if link.state in (LinkState.LIVE, LinkState.PROBE_OFF):
            assert confirmed
            assert decoded_ns is not None
            assert now_ns - decoded_ns < QUIET_NS
