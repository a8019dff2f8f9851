"""The table of the dose: what the pump did from change to change, and what it gave."""

from __future__ import annotations

from app.records.catalogue import OpenedSession
from app.review.rows import Row, clock_text, span_text
from protocols.events import DeliveryChanged
from protocols.guardrails import amount_text

HEADINGS = ("From", "What", "Rate", "For", "Given until then", "Given by its end")


def dose_rows(opened: OpenedSession) -> list[Row]:
    """A row for each stretch of constant rate, in order; the last lasts to the record's end."""
    listed = zip(opened.history.numbers, opened.history.listed, strict=True)
    found = [(number, e) for number, e in listed if isinstance(e, DeliveryChanged)]
    changes = [change for _, change in found]
    rows = []
    for place, (number, change) in enumerate(found):
        last = place == len(changes) - 1
        end_ns = opened.end_ns if last else changes[place + 1].t_ns
        given = f"{amount_text(change.delivered_mg)} mg"
        by_end = f"{opened.state.delivered_mg(end_ns):.2f} mg"
        if not last:
            by_end = f"{amount_text(changes[place + 1].delivered_mg)} mg"
        stopped = change.finished or not change.rate_mg_per_min
        cells = (
            clock_text(opened, change.t_ns),
            change.cause,
            rate_words(opened, change),
            "--" if last and stopped else span_text(end_ns - change.t_ns),
            given,
            given if stopped else by_end,
        )
        rows.append(Row(t_ns=change.t_ns, cells=cells, number=number))
    return rows


def rate_words(opened: OpenedSession, change: DeliveryChanged) -> str:
    """The rate from `change` on, in mL/h where the concentration is known, else in mg/min."""
    dose = opened.state.dose
    rate = float(change.rate_mg_per_min)
    if rate == 0:
        return "0"
    share = f" ({change.percent} %)" if change.percent != 100 else ""
    if dose is None:
        return f"{rate:.3f} mg/min{share}"
    return f"{rate * 60 / float(dose.concentration_mg_per_ml):.1f} mL/h{share}"
