"""The numbers of page one as cells of a report: each with the events that it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from app.reviewing.checks import CheckStanding
from app.reviewing.cited import (
    NOTHING,
    Cited,
    CitedFact,
    CitedSession,
    CitedTable,
    number_text,
    said,
    span_text,
    worked_out,
)
from app.reviewing.completeness import Completeness
from app.reviewing.figures import SessionFigures
from app.reviewing.response import Response, Spread
from app.reviewing.rises import RiseFigures
from app.reviewing.tiers import TierTime
from protocols.events import DeliveryChanged, DoseGiven, PhaseChanged, Reading, SessionOpened
from protocols.guardrails import plain_text
from protocols.vitals import NS_PER_S, VITALS, Vital

_MOST_RESPONSES = 4
"""So many answers to critical values stand on page one; all are among the alarms."""


def numbers_table(cited: CitedSession, figures: SessionFigures) -> CitedTable:
    """Baseline, peak, rise, mean rise and the change at the minute of the criteria."""
    minute = next((one.at_minute.minute for one in figures.rises if one.at_minute), None)
    at = "" if minute is None else f"At {minute:g} min"
    return CitedTable(
        heading="Rise from baseline, from the start of the drug on",
        headings=("", "Baseline", "Peak", "At", "Rise", "Mean rise", "Readings", at or "At"),
        rows=tuple(_rise(cited, one) for one in figures.rises),
        shares=(1.4, 1.5, 1.5, 1.9, 2.2, 2.3, 2.2, 2.1),
        keeps=3,
    )


def _rise(cited: CitedSession, one: RiseFigures) -> tuple[Cited, ...]:
    rise, spec = one.rise, VITALS[_told_as(cited, one.vital)]
    label = said(f"{spec.label}, {spec.unit_text}")
    base = _value(rise.baseline, one.baseline_events)
    if rise.peak is None or rise.peak_ns is None:
        return (label, base, said("--"), NOTHING, said("--"), said("--"), said("0"), NOTHING)
    both = (*one.baseline_events, *one.events)
    at = one.at_minute
    change = NOTHING
    if at is not None:
        events = (*one.baseline_events, *at.events)
        change = worked_out(_signed(at.change), events)
    return (
        label,
        base,
        _value(rise.peak, one.events),
        said(cited.time(rise.peak_ns), *one.events),
        worked_out(_signed(rise.peak_rise), both),
        worked_out(_signed(rise.mean_rise), (*one.baseline_events, *_readings(cited, one))),
        worked_out(str(rise.readings), _readings(cited, one)),
        change,
    )


def _told_as(cited: CitedSession, vital: Vital) -> Vital:
    """Heart rate is the pulse rate where the session has no trend of it."""
    pulse = vital is Vital.HR and Vital.HR not in cited.opened.history.trends
    return Vital.PR if pulse else vital


def _readings(cited: CitedSession, one: RiseFigures) -> tuple[int, ...]:
    """First readings that a mean rests on; more follow them."""
    opened = cited.opened
    started_ns = opened.state.infusion_started_ns or 0
    vital = _told_as(cited, one.vital)
    streams = opened.streams.get(vital)
    if streams is not None and len(streams.t_ns):
        after = streams.numbers[streams.t_ns >= started_ns][:4]
        return tuple(int(number) for number in after)
    return tuple(
        number
        for number, event in cited.all_of(Reading)
        if event.vital is vital and event.measured_ns >= started_ns
    )


def _value(value: float | None, events: tuple[int, ...]) -> Cited:
    return said("--") if value is None else said(number_text(value), *events)


def _signed(value: float | None) -> str:
    """A change with its sign, one decimal where it is not whole; ``--`` where unknown."""
    if value is None:
        return "--"
    text = number_text(round(value, 1))
    return text if value < 0 else f"+{text}"


def phase_events(cited: CitedSession) -> tuple[int, ...]:
    """The changes of phase, from which the length of each part of the visit is worked out."""
    return tuple(number for number, _ in cited.all_of(PhaseChanged))


def amount_given(cited: CitedSession, figures: SessionFigures) -> Cited:
    """What was given, from the event that says exactly this amount, else worked out."""
    given = figures.balance.given_mg
    changes = list(cited.all_of(DeliveryChanged, DoseGiven))
    for number, event in reversed(changes):
        told = event.delivered_mg if isinstance(event, DeliveryChanged) else None
        told = event.total_mg if isinstance(event, DoseGiven) else told
        if given is not None and told == given:
            return said(f"{plain_text(given)} mg", number)
    text = "--" if given is None else f"{plain_text(given, 2)} mg"
    return worked_out(text, [number for number, _ in changes])


def tiers_table(cited: CitedSession, figures: SessionFigures) -> CitedTable:
    """Minutes beyond each alarm limit that was met; the others are named in the heading."""
    met = [one for one in figures.tiers if one.above_ns]
    return CitedTable(
        heading="Minutes beyond the alarm limits in force",
        headings=("Limit", "Bound", "Beyond", "Not known", "Of"),
        rows=tuple(_tier(cited, one) for one in met),
        shares=(3.6, 3.4, 2.6, 2.2, 2.3),
        empty=_none_met(figures),
        keeps=4,
    )


def _none_met(figures: SessionFigures) -> str:
    if not figures.tiers:
        return "No drug was given."
    return f"None of {len(figures.tiers)} limits was met."


def _tier(cited: CitedSession, one: TierTime) -> tuple[Cited, ...]:
    phases = phase_events(cited)
    opening = [number for number, _ in cited.all_of(SessionOpened)][:1]
    changed = f" (changed {len(one.changed)} times)" if one.changed else ""
    return (
        said(f"{one.title}{changed}", *one.changed),
        said("; ".join(one.bounds), *opening, *one.changed),
        worked_out(_minutes(one.above_ns), one.events),
        worked_out(_minutes(one.unknown_ns), phases),
        worked_out(_minutes(one.judged_ns), phases),
    )


def _minutes(span_ns: int) -> str:
    return f"{span_ns / NS_PER_S / 60:.1f} min"


def about_the_data(cited: CitedSession, figures: SessionFigures) -> CitedTable:
    """How much of each part of the visit each streamed vital had a value, and why not."""
    return CitedTable(
        heading="Completeness of the streamed data",
        headings=("Vital", "Part", "With a value", "Missing, and why"),
        rows=tuple(_complete(one, phase_events(cited)) for one in figures.completeness),
        shares=(1.2, 1.4, 4.4, 7.0),
        empty="Nothing was streamed.",
        keeps=6,
    )


def _complete(one: Completeness, phases: tuple[int, ...]) -> tuple[Cited, ...]:
    share = "--" if one.share is None else f"{one.share * 100:.1f} %"
    reasons = "; ".join(f"{miss.reason} {span_text(miss.missing_ns)}" for miss in one.missing)
    events = tuple(number for miss in one.missing for number in miss.events)
    return (
        said(VITALS[one.vital].label),
        said(one.part),
        worked_out(f"{share} of {span_text(one.whole_ns)}", phases),
        worked_out(reasons, events) if reasons else said("nothing missing"),
    )


def what_people_did(cited: CitedSession, figures: SessionFigures) -> Iterator[CitedFact]:
    """Checks on time, how soon critical values were answered, and the drug's balance."""
    yield CitedFact(name="Checks", values=tuple(_checks(figures)))
    yield CitedFact(name="Critical values", values=tuple(_responses(cited, figures)))
    yield CitedFact(name="Drug balance", values=tuple(_balance(figures)))


def _checks(figures: SessionFigures) -> Iterator[Cited]:
    found = figures.checks
    ended = [one for one in found.checks if one.standing is not CheckStanding.OPEN]
    proof = tuple(number for one in ended for number in one.events)
    text = f"{found.vitals_on_time} of {found.due_vitals} checks of vital signs on time"
    yield worked_out(text, proof) if found.due_vitals else said("none fell due")
    for standing in (CheckStanding.LATE, CheckStanding.MISSED, CheckStanding.SKIPPED):
        own = [one for one in found.checks if one.standing is standing]
        if own:
            numbers = tuple(number for one in own for number in one.events)
            yield worked_out(f"{len(own)} {standing}", numbers)


def _responses(cited: CitedSession, figures: SessionFigures) -> Iterator[Cited]:
    found = figures.responses
    if not found.responses:
        yield said("no critical alarm about the patient")
        return
    events = tuple(number for one in found.responses for number in one.events)
    total = len(found.responses)
    for name, spread in (("acknowledged", found.acknowledged), ("acted on", found.acted)):
        yield worked_out(_spread(name, spread, total), events)
    for one in found.responses[:_MOST_RESPONSES]:
        yield worked_out(_response(cited, one), one.events)
    if total > _MOST_RESPONSES:
        yield worked_out(f"{total - _MOST_RESPONSES} more: see Alarms", events)


def _spread(name: str, spread: Spread, total: int) -> str:
    if spread.median_ns is None or spread.worst_ns is None:
        return f"0 of {total} {name}"
    times = f"median {span_text(spread.median_ns)}, longest {span_text(spread.worst_ns)}"
    return f"{spread.count} of {total} {name}, {times}"


def _response(cited: CitedSession, one: Response) -> str:
    acked, acted = one.to_acknowledged_ns, one.to_action_ns
    answer = "not acknowledged" if acked is None else f"acknowledged after {span_text(acked)}"
    action = "no action recorded" if acted is None else f"{one.action} after {span_text(acted)}"
    return f"{cited.time(one.raised_ns)} {one.sentence}: {answer}, {action}"


def _balance(figures: SessionFigures) -> Iterator[Cited]:
    one = figures.balance
    if not one.kept:
        yield said("the protocol keeps no account")
        return
    if one.drawn_mg is None:
        yield said("no entry", strong=True)
        return
    amounts = (
        ("drawn", one.drawn_mg),
        ("given", one.given_mg),
        ("wasted", one.wasted_mg),
        ("residual", one.residual_mg),
        ("difference", one.difference_mg),
    )
    words = ", ".join(
        f"{name} {plain_text(amount, 2)} mg" for name, amount in amounts if amount is not None
    )
    yield worked_out(words, one.events[::-1])
    if one.balanced is None:
        return
    limit = "" if one.tolerance_mg is None else f" (tolerance {plain_text(one.tolerance_mg)} mg)"
    stands = "balanced" if one.balanced else "DOES NOT BALANCE"
    closed = "reconciled" if one.reconciled else "not reconciled"
    yield Cited(
        text=f"{stands}{limit}, {closed}",
        events=one.events[-1:],
        worked_out=True,
        strong=not (one.balanced and one.reconciled),
    )
