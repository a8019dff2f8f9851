"""The table of the drug's account: each entry with its signatures and the balance after it."""

from __future__ import annotations

from dataclasses import replace

from app.bedside.ledger_words import mg_text, reconciled_words, step_words
from app.records.catalogue import OpenedSession
from app.review.rows import Row, clock_text
from protocols.events import LedgerEntered, LedgerReconciled, LedgerStep
from protocols.guardrails import plain_text

HEADINGS = (
    "Time",
    "No.",
    "What",
    "mg",
    "mL",
    "Vial holds",
    "Drawn",
    "Wasted",
    "Residual",
    "By",
    "Witness",
)


def account_rows(opened: OpenedSession) -> list[Row]:
    """A row for each entry and each reconciliation, in order."""
    rows = []
    numbers = opened.numbers or range(1, len(opened.events) + 1)
    for number, event in zip(numbers, opened.events, strict=True):
        if isinstance(event, LedgerEntered):
            rows.append(replace(_entry(opened, event), number=number))
        elif isinstance(event, LedgerReconciled):
            sums = (event.drawn_mg, event.wasted_mg, event.residual_mg)
            words = f"{reconciled_words(event)} Given {mg_text(event.given_mg)}."
            cells = ("", words, "", "", mg_text(event.in_vials_mg), *map(mg_text, sums))
            rows.append(
                Row(
                    t_ns=event.t_ns,
                    cells=(clock_text(opened, event.t_ns), *cells, event.by, ""),
                    number=number,
                )
            )
    return rows


def _entry(opened: OpenedSession, entry: LedgerEntered) -> Row:
    return Row(
        t_ns=entry.t_ns,
        cells=(
            clock_text(opened, entry.t_ns),
            str(entry.number),
            entry_words(entry),
            plain_text(entry.amount_mg),
            "--" if entry.volume_ml is None else plain_text(entry.volume_ml, 2),
            "" if entry.vial_left_mg is None else mg_text(entry.vial_left_mg),
            mg_text(entry.drawn_mg),
            mg_text(entry.wasted_mg),
            mg_text(entry.residual_mg),
            entry.by,
            entry.witness,
        ),
    )


def entry_words(entry: LedgerEntered) -> str:
    """What was done, with the label of a vial, the method of a waste or the reason."""
    words = step_words(entry)
    if entry.step is LedgerStep.VIAL and not entry.corrects:
        product = f", product {entry.product}" if entry.product else ""
        strength = entry.strength_mg_per_ml
        at = "" if strength is None else f", {plain_text(strength)} mg/mL"
        words += f", lot {entry.lot}, expires {entry.expiry}{product}{at}"
    return f"{words}: {entry.detail}" if entry.detail else words
