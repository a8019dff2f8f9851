"""The numbers of page one as groups of lines: first a glance, then each number in full.

Every line that speaks of a moment carries it, and every line the numbers of its events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.bedside.wording import signed
from app.episode_words import book_words
from app.records.catalogue import OpenedSession
from app.review.rows import short_clock_text
from app.reviewing.balance import Balance
from app.reviewing.checks import CheckStanding
from app.reviewing.cited import number_text
from app.reviewing.completeness import Completeness
from app.reviewing.figures import SessionFigures
from app.reviewing.phases import Part
from app.reviewing.response import Response, Spread
from app.reviewing.rises import ChangeAt, RiseFigures
from app.reviewing.spans import span_text
from app.reviewing.tiers import TierTime
from protocols.alarm_rules import Tier
from protocols.guardrails import plain_text
from protocols.vitals import VITALS

NONE = "--"
GLANCE = "At a glance"
_MOST = 4
"""So many lines of one kind stand in the glance; the rest follows below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """One line: what, its words, the moment it speaks of, and the events it rests on."""

    what: str
    words: str
    t_ns: int | None = None
    events: tuple[int, ...] = ()


Groups = dict[str, tuple[FigureLine, ...]]


def figure_groups(opened: OpenedSession, figures: SessionFigures) -> Groups:
    """Every group with its lines; the first is the glance."""
    return {
        GLANCE: tuple(_glance(opened, figures)),
        "Rises": tuple(_rises(opened, figures)),
        "Time beyond limits": tuple(_tier(one) for one in figures.tiers if _measured(one)),
        "Data": tuple(_data(figures)),
        "Checks": tuple(_checks(opened, figures)),
        "Critical alarms": tuple(_responses(opened, figures)),
        "Drug": tuple(_drug(figures.balance)),
    }


# -- the glance -----------------------------------------------------------------------------------


def _glance(opened: OpenedSession, figures: SessionFigures) -> Iterator[FigureLine]:
    for one in figures.rises:
        yield FigureLine(
            what=VITALS[one.vital].label,
            words=_rise_words(one),
            t_ns=one.rise.peak_ns,
            events=one.events,
        )
    near = [one.at_minute for one in figures.rises if one.at_minute is not None]
    if near:
        words = ", ".join(
            f"{VITALS[one.vital].label} {_change(one.at_minute)}" for one in figures.rises
        )
        yield FigureLine(
            what=f"At {near[0].minute:g} min",
            words=words,
            t_ns=near[0].t_ns,
            events=tuple(number for one in near for number in one.events),
        )
    yield from _worst_tiers(figures)
    yield _data_glance(figures)
    yield _checks_glance(figures)
    yield _response_glance(figures)
    yield FigureLine(what="Drug", words=_drug_words(figures.balance), events=figures.balance.events)
    left = ", ".join(figures.open_signatures)
    yield FigureLine(what="To sign", words=left or "nothing is open")
    yield FigureLine(what="Review", words=book_words(opened.history.amended.episodes))


def _rise_words(one: RiseFigures) -> str:
    spec, rise = VITALS[one.vital], one.rise
    if rise.peak is None:
        return f"{NONE} nothing measured"
    if rise.peak_rise is None or rise.mean_rise is None:
        return f"peak {spec.format(rise.peak)}, no baseline"
    base = NONE if rise.baseline is None else _exact(rise.baseline)
    change, mean = _changed(rise.peak_rise), signed(rise.mean_rise, 1)
    return f"{base} → {_exact(rise.peak)}, {change}, mean {mean}"


def _exact(value: float) -> str:
    """One decimal where it is not whole: a baseline is a mean, and differences must add up."""
    return number_text(round(value, 1))


def _changed(value: float) -> str:
    return signed(value, 0 if float(round(value, 1)).is_integer() else 1)


def _change(at: ChangeAt | None) -> str:
    return NONE if at is None or at.change is None else _changed(at.change)


def _worst_tiers(figures: SessionFigures) -> Iterator[FigureLine]:
    serious = [one for one in figures.tiers if one.tier is not Tier.ADVISORY and one.above_ns]
    ordered = sorted(serious, key=lambda one: (-one.tier.priority.rank, -one.above_ns))
    for one in ordered[:_MOST]:
        yield _tier(one)
    if not serious:
        words = "never beyond a warning limit" if figures.tiers else f"{NONE} no drug was given"
        yield FigureLine(what="Limits", words=words)
    elif len(ordered) > _MOST:
        yield FigureLine(what="", words=f"and {len(ordered) - _MOST} more limits, below")


def _data_glance(figures: SessionFigures) -> FigureLine:
    parts = [one for one in figures.completeness if one.part is Part.INFUSION]
    told = ", ".join(f"{VITALS[one.vital].label} {_share(one)}" for one in parts)
    first = next((m.spans[0][0] for one in parts for m in one.missing if m.spans), None)
    return FigureLine(
        what="Data", words=f"{told} of the infusion" if told else f"{NONE} no infusion", t_ns=first
    )


def _share(one: Completeness) -> str:
    return NONE if one.share is None else f"{_percent(one.share)} %"


def _percent(share: float) -> str:
    """One decimal, and never 100.0 where something is missing."""
    rounded = round(share * 100, 1)
    return "99.9" if rounded >= 100 and share < 1 else f"{rounded:.1f}"


def _checks_glance(figures: SessionFigures) -> FigureLine:
    checks = figures.checks
    if checks.share_on_time is None:
        words = f"{NONE} no vital sign was due"
    else:
        words = f"{checks.vitals_on_time} of {checks.due_vitals} vital signs on time"
    counted = {
        standing: count
        for standing in (CheckStanding.LATE, CheckStanding.MISSED, CheckStanding.SKIPPED)
        if (count := checks.count(standing))
    }
    words += "".join(f", {count} {standing}" for standing, count in counted.items())
    bad = [one for one in checks.checks if one.standing in counted]
    return FigureLine(
        what="Checks",
        words=words,
        t_ns=bad[0].due_ns if bad else None,
        events=tuple(number for one in bad for number in one.events),
    )


def _response_glance(figures: SessionFigures) -> FigureLine:
    responses = figures.responses.responses
    if not responses:
        return FigureLine(what="Critical", words="no critical alarm about the patient")
    words = (
        f"{len(responses)}: answered {_spread(figures.responses.acknowledged, len(responses))}; "
        f"acted {_spread(figures.responses.acted, len(responses))}"
    )
    return FigureLine(
        what="Critical",
        words=words,
        t_ns=responses[0].raised_ns,
        events=tuple(number for one in responses for number in one.events),
    )


def _spread(spread: Spread, of: int) -> str:
    if spread.median_ns is None or spread.worst_ns is None:
        return "by nobody"
    several = "" if spread.count == of else f"{spread.count} of {of}, "
    if spread.count == 1:
        return f"{several}after {span_text(spread.worst_ns)}"
    return f"{several}median {span_text(spread.median_ns)}, worst {span_text(spread.worst_ns)}"


def _drug_words(balance: Balance) -> str:
    if balance.given_mg is None:
        return "none was given"
    planned = "" if balance.planned_mg is None else f" of {plain_text(balance.planned_mg, 2)}"
    words = f"{plain_text(balance.given_mg, 2)}{planned} mg given"
    if not balance.kept:
        return words
    if balance.balanced is None:
        return f"{words}, no account"
    words += ", balanced" if balance.balanced else ", DIFFERENCE"
    return words + ("" if balance.reconciled else ", not reconciled")


# -- in full --------------------------------------------------------------------------------------


def _rises(opened: OpenedSession, figures: SessionFigures) -> Iterator[FigureLine]:
    for one in figures.rises:
        spec, rise = VITALS[one.vital], one.rise
        base = NONE if rise.baseline is None else f"{_exact(rise.baseline)} {spec.unit_text}"
        frozen = opened.state.baseline_event
        yield FigureLine(
            what=f"{spec.label} baseline",
            words=base,
            t_ns=None if rise.baseline is None or frozen is None else frozen.t_ns,
            events=one.baseline_events,
        )
        if rise.peak is None or rise.peak_ns is None:
            yield FigureLine(what="peak", words=f"{NONE} nothing measured since drug began")
            continue
        change = "" if rise.peak_rise is None else f", {_changed(rise.peak_rise)}"
        yield FigureLine(
            what="peak",
            words=f"{_exact(rise.peak)}{change} at {short_clock_text(opened, rise.peak_ns)}",
            t_ns=rise.peak_ns,
            events=one.events,
        )
        mean = NONE if rise.mean_rise is None else signed(rise.mean_rise, 1)
        yield FigureLine(what="mean rise", words=f"{mean} over {rise.readings} readings")
        if one.at_minute is not None:
            at = one.at_minute
            away = "" if abs(at.away_s) < 1 else f" ({_away(at.away_s)})"
            yield FigureLine(
                what=f"at {at.minute:g} min",
                words=f"{_exact(at.value)}, {_change(at)}{away}",
                t_ns=at.t_ns,
                events=at.events,
            )


def _away(away_s: float) -> str:
    side = "later" if away_s > 0 else "before"
    return f"{span_text(round(abs(away_s) * 1e9))} {side}"


def _measured(one: TierTime) -> bool:
    """Whether the vital was there at all: what no monitor gave needs no line of its own."""
    return one.above_ns > 0 or one.unknown_ns < one.judged_ns


def _tier(one: TierTime) -> FigureLine:
    bounds = ", then ".join(one.bounds)
    words = f"{bounds}: {span_text(one.above_ns) if one.above_ns else 'never'}"
    if one.unknown_ns:
        words += f", unknown for {span_text(one.unknown_ns)}"
    return FigureLine(
        what=f"{VITALS[one.vital].label} {one.tier}",
        words=words,
        t_ns=one.first_ns,
        events=one.events,
    )


def _data(figures: SessionFigures) -> Iterator[FigureLine]:
    for one in figures.completeness:
        first = next((m.spans[0][0] for m in one.missing if m.spans), None)
        why = ", ".join(f"{m.reason} {span_text(m.missing_ns)}" for m in one.missing)
        yield FigureLine(
            what=f"{VITALS[one.vital].label} {one.part}",
            words=f"{_share(one)} of {span_text(one.whole_ns)}{f': {why}' if why else ''}",
            t_ns=first,
            events=tuple(number for m in one.missing for number in m.events),
        )
    for sentence in figures.missing:
        yield FigureLine(what="not read", words=sentence)


def _checks(opened: OpenedSession, figures: SessionFigures) -> Iterator[FigureLine]:
    told = 0
    for one in figures.checks.checks:
        if one.standing is CheckStanding.ON_TIME:
            continue
        told += 1
        due = short_clock_text(opened, one.due_ns)
        words = f"due {due}: {one.standing}"
        if one.late_ns:
            words += f" by {span_text(one.late_ns)}"
        words += f", {one.reason}" if one.reason else ""
        yield FigureLine(what=one.label, words=words, t_ns=one.due_ns, events=one.events)
    if not told:
        count = len(figures.checks.checks)
        yield FigureLine(what="", words=f"all {count} on time" if count else "none was due")


def _responses(opened: OpenedSession, figures: SessionFigures) -> Iterator[FigureLine]:
    responses = figures.responses.responses
    for one in responses:
        yield FigureLine(
            what=short_clock_text(opened, one.raised_ns),
            words=f"{one.sentence} {_answer(one)}",
            t_ns=one.raised_ns,
            events=one.events,
        )
    if not responses:
        yield FigureLine(what="", words="none about the patient")


def _answer(one: Response) -> str:
    acked, acted = one.to_acknowledged_ns, one.to_action_ns
    parts = [
        "Nobody acknowledged" if acked is None else f"Acknowledged after {span_text(acked)}",
        "nobody acted" if acted is None else f"{one.action} after {span_text(acted)} ({one.by})",
    ]
    return f"{'; '.join(parts)}."


def _drug(balance: Balance) -> Iterator[FigureLine]:
    def mg(amount: Decimal | None) -> str:
        return NONE if amount is None else f"{plain_text(amount, 2)} mg"

    planned = mg(balance.planned_mg)
    if balance.planned_min is not None:
        planned += f" in {plain_text(balance.planned_min)} min"
    ran = f" in {span_text(balance.ran_ns)}" if balance.planned_min is not None else ""
    paused = f", paused {span_text(balance.paused_ns)}" if balance.paused_ns else ""
    proof = balance.events
    yield FigureLine(what="Planned", words=planned, events=proof)
    yield FigureLine(what="Given", words=f"{mg(balance.given_mg)}{ran}{paused}", events=proof)
    if not balance.kept:
        yield FigureLine(what="Account", words="this protocol keeps none")
        return
    for what, amount in (
        ("Drawn", balance.drawn_mg),
        ("Wasted", balance.wasted_mg),
        ("Residual", balance.residual_mg),
        ("Difference", balance.difference_mg),
        ("Tolerance", balance.tolerance_mg),
    ):
        yield FigureLine(what=what, words=mg(amount), events=proof)
    words = "reconciled" if balance.reconciled else "not reconciled"
    yield FigureLine(
        what="Closed", words=f"{words}{f': {balance.reason}' if balance.reason else ''}"
    )
