"""The head of a report and its lists of sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Spacer, Table, TableStyle

from app.printing.cited_words import SIZE, heading, tight
from app.printing.paper import BOLD, INK, MEDIUM, Imprint, text_style, width_of, words
from app.printing.paper_words import NOT_PRIMARY, SIMULATED_LINE


def report_head(
    title: str, imprint: Imprint, *, simulated: bool, standing: str = ""
) -> Iterator[Any]:
    """The title, beside it what must be known first: simulated, not primary, not finished."""
    marks = [words(NOT_PRIMARY, tight(6.4, quiet=True))]
    if simulated:
        marks.insert(0, words(SIMULATED_LINE, tight(10, BOLD)))
    if standing:
        marks.append(words(standing, tight(7.5, BOLD)))
    whole = width_of(imprint)
    table = Table(
        [[words(title, text_style(14, font=BOLD)), marks]], colWidths=[0.5 * whole, 0.5 * whole]
    )
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, -1), 1.0, INK),
        ("LEFTPADDING", (0, 0), (0, 0), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if simulated:
        style.append(("BOX", (1, 0), (1, 0), 1.4, INK))
    table.setStyle(TableStyle(style))
    yield table
    yield Spacer(0, 1 * mm)


def sentences(title: str, told: Sequence[str]) -> Iterator[Any]:
    """A heading and a sentence a line."""
    yield heading(title)
    for sentence in told:
        yield words(sentence, tight(SIZE, MEDIUM, leftIndent=8, bulletIndent=1), bullet=True)
