"""The ledger of latencies: what was measured is counted, what was not stays missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.latency_ledger import (
    Figures,
    Span,
    figures_of,
    ledger_of,
    ms_text,
    summary_text,
    untimed,
)
from protocols.events import (
    AlarmChanged,
    AlarmPresented,
    AlarmSignalled,
    AlarmState,
    AlarmTimed,
    Event,
    Presentation,
    Priority,
    StaffCall,
)

MS = 1_000_000
ALARM = "spo2-low"


def change(t_ms: int, state: AlarmState = AlarmState.SOUNDING, by: str = "") -> AlarmChanged:
    return AlarmChanged(
        t_ns=t_ms * MS,
        alarm=ALARM,
        state=state,
        priority=Priority.HIGH,
        technical=False,
        vital=None,
        value=None,
        limit=None,
        baseline=None,
        since_ns=(t_ms - 500) * MS,
        sentence="",
        by=by,
    )


def timed(raised_ms: int, received_ns: int | None, decided_ns: int) -> AlarmTimed:
    return AlarmTimed(
        t_ns=raised_ms * MS,
        alarm=ALARM,
        raised_ns=raised_ms * MS,
        received_ns=received_ns,
        decoded_ns=received_ns,
        decided_ns=decided_ns,
    )


def presented(raised_ms: int, where: Presentation, at_ns: int) -> AlarmPresented:
    return AlarmPresented(
        t_ns=at_ns // MS * MS, alarm=ALARM, raised_ns=raised_ms * MS, where=where, at_ns=at_ns
    )


def signalled(raised_ms: int, *, room_sound: bool, at_ms: int | None = None) -> AlarmSignalled:
    return AlarmSignalled(
        t_ns=(raised_ms if at_ms is None else at_ms) * MS,
        alarm=ALARM,
        raised_ns=raised_ms * MS,
        room_sound=room_sound,
        staff=StaffCall.CALLED,
        urgency=0,
        reason="",
    )


def figures(events: list[Event], span: Span) -> Figures:
    return next(one for one in figures_of(ledger_of(events)) if one.span is span)


def test_one_alarm_is_one_row_with_every_step() -> None:
    received_ns = 999 * MS + 123
    events = [
        change(1000),
        timed(1000, received_ns, received_ns + 2 * MS),
        presented(1000, Presentation.SOUND, received_ns + 90 * MS),
        presented(1000, Presentation.SCREEN, received_ns + 30 * MS),
        presented(1000, Presentation.SCREEN, received_ns + 900 * MS),
        change(4000, AlarmState.ACKED, by="N. Okafor RN"),
    ]
    (row,) = ledger_of(events)
    assert row.since_ns == 500 * MS
    spans = {one.span: one.max_ns for one in figures_of([row])}
    assert spans == {
        Span.DECIDED: 2 * MS,
        Span.PAINTED: 30 * MS,
        Span.SOUNDED: 90 * MS,
        Span.DECIDED_TO_PAINTED: 28 * MS,
        Span.DECIDED_TO_SOUNDED: 88 * MS,
        Span.ACKNOWLEDGED: 3000 * MS,
    }


def test_an_alarm_raised_under_the_acknowledgement_of_another_was_not_answered_itself() -> None:
    events: list[Event] = [
        change(1000, AlarmState.ACKED, by="N. Okafor RN"),
        change(1500, AlarmState.ACKED),
    ]
    assert figures(events, Span.ACKNOWLEDGED).missing == 1


def test_an_alarm_that_comes_again_is_another_row() -> None:
    rows = ledger_of([change(1000), change(2000, AlarmState.OFF), change(3000)])
    assert [row.raised_ns for row in rows] == [1000 * MS, 3000 * MS]


def test_what_is_missing_is_counted_as_missing_and_never_as_zero() -> None:
    events: list[Event] = []
    for second in range(1, 5):
        events.append(change(second * 1000))
        events.append(timed(second * 1000, second * 1000 * MS, second * 1000 * MS + MS))
        events.append(change(second * 1000 + 900, AlarmState.OFF))
    events.append(presented(1000, Presentation.SCREEN, 1040 * MS))
    found = figures(events, Span.PAINTED)
    assert (found.measured, found.expected, found.missing) == (1, 4, 3)
    assert found.p50_ns == found.max_ns == 40 * MS
    nothing = figures(events, Span.SOUNDED)
    assert (nothing.measured, nothing.missing, nothing.p99_ns) == (0, 4, None)
    assert ms_text(nothing.p99_ns) == "--"
    words = summary_text(ledger_of(events))
    assert "decided 1.0 ms (4 of 4)" in words
    assert "heard -- (0 of 4)" in words


def test_an_alarm_of_a_deadline_has_no_arrival_and_takes_no_part_in_spans_from_it() -> None:
    events: list[Event] = [change(1000), timed(1000, None, 1001 * MS)]
    assert figures(events, Span.DECIDED).expected == 0
    assert figures(events, Span.DECIDED_TO_PAINTED).missing == 1


def test_sound_that_was_kept_silent_by_policy_or_pause_is_not_missing() -> None:
    by_policy: list[Event] = [
        change(1000),
        timed(1000, 999 * MS, 1000 * MS),
        signalled(1000, room_sound=False),
        signalled(1000, room_sound=True, at_ms=61_000),
        presented(1000, Presentation.SOUND, 61_100 * MS),
    ]
    assert figures(by_policy, Span.SOUNDED).expected == 0
    paused: list[Event] = [change(1000, AlarmState.PAUSED), timed(1000, 999 * MS, 1000 * MS)]
    assert figures(paused, Span.SOUNDED).expected == 0
    heard: list[Event] = [
        change(1000),
        timed(1000, 999 * MS, 1000 * MS),
        signalled(1000, room_sound=True),
    ]
    assert figures(heard, Span.SOUNDED).missing == 1


def test_a_record_of_a_program_that_did_not_measure_says_so() -> None:
    rows = ledger_of([change(1000)])
    assert untimed(rows) == 1
    assert summary_text(rows) == "not measured (1 alarms)"
    assert summary_text(()) == "no alarms"


def test_what_was_presented_of_an_unknown_occurrence_makes_no_row() -> None:
    assert ledger_of([presented(1000, Presentation.SCREEN, 1 * MS), timed(7, None, 8)]) == ()


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=300))
def test_percentiles_are_the_nearest_rank(spans: list[int]) -> None:
    """An oracle by counting: at least so many per cent lie at or below, and fewer below it."""
    events: list[Event] = []
    for number, span_ns in enumerate(spans):
        raised_ms = 1000 * (number + 1)
        events += [
            change(raised_ms),
            timed(raised_ms, raised_ms * MS, raised_ms * MS + span_ns),
            change(raised_ms + 1, AlarmState.OFF),
        ]
    found = figures(events, Span.DECIDED)
    assert (found.measured, found.max_ns) == (len(spans), max(spans))
    for percent, value in ((50, found.p50_ns), (95, found.p95_ns), (99, found.p99_ns)):
        assert value in spans
        assert 100 * sum(one <= value for one in spans) >= percent * len(spans)
        assert 100 * sum(one < value for one in spans) < percent * len(spans)
