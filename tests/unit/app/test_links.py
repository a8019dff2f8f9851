"""A link is live only while something is decoded."""

from __future__ import annotations

from app.links import NOT_UNDERSTOOD_TEXT, WAITING_TEXT, Link
from protocols.events import LinkReported, LinkState
from protocols.vitals import NS_PER_S


def opened(t_ns: int) -> LinkReported:
    return LinkReported(t_ns=t_ns, device="oximeter", state=LinkState.WAITING)


def test_an_open_port_waits_then_is_silent_then_live_when_decoded() -> None:
    link = Link("oximeter", 2 * NS_PER_S)
    changed = link.report(opened(0))
    assert changed is not None
    assert (changed.state, changed.detail) == (LinkState.WAITING, WAITING_TEXT)
    assert link.next_deadline_ns == 2 * NS_PER_S
    silent = link.advance(2 * NS_PER_S, bytes_arrive=False)
    assert silent is not None
    assert silent.state is LinkState.SILENT
    assert link.next_deadline_ns is None
    live = link.heard(3 * NS_PER_S)
    assert live is not None
    assert live.state is LinkState.LIVE
    assert link.heard(4 * NS_PER_S) is None
    assert link.next_deadline_ns == 6 * NS_PER_S


def test_bytes_that_are_not_understood_are_said_so() -> None:
    link = Link("oximeter", NS_PER_S)
    link.report(opened(0))
    silent = link.advance(NS_PER_S, bytes_arrive=True)
    assert silent is not None
    assert silent.detail == NOT_UNDERSTOOD_TEXT


def test_a_monitor_that_only_answers_is_never_silent_by_itself() -> None:
    link = Link("bp", None)
    link.report(opened(0))
    link.heard(NS_PER_S)
    assert link.next_deadline_ns is None


def test_a_lost_port_keeps_the_reader_s_words() -> None:
    link = Link("bp", None)
    lost = link.report(
        LinkReported(t_ns=5, device="bp", state=LinkState.NOT_CONNECTED, detail="Unplugged.")
    )
    assert lost is None or lost.detail == "Unplugged."
    assert link.state is LinkState.NOT_CONNECTED
