"""A sheet for the patient on paper: large type, and lines to write on where nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import HRFlowable, KeepTogether, Spacer, TableStyle

from app.printing.paper import (
    BOLD,
    INK,
    MEDIUM,
    Imprint,
    make_pdf,
    make_table,
    text_style,
    width_of,
    words,
)
from app.printing.paper_words import SIMULATED_LINE
from protocols.forms import FilledField, FilledForm, FormSection, Standing

BY_HAND = "not recorded: write it here"
"""Stands under the line of a field that nothing fills."""


def sheet_pdf(filled: FilledForm, imprint: Imprint) -> bytes:
    """The PDF of `filled`; the same content gives the same bytes."""
    return make_pdf(imprint, lambda: list(_story(filled, imprint)))


def _story(filled: FilledForm, imprint: Imprint) -> Iterator[Any]:
    form = filled.form
    yield words(form.title, text_style(20, font=BOLD))
    yield Spacer(0, 3 * mm)
    if imprint.simulated:
        yield words(SIMULATED_LINE, text_style(12, font=BOLD))
    for note in form.notes:
        yield words(note, text_style(11.5))
    yield Spacer(0, 2 * mm)
    for section in form.sections:
        yield KeepTogether(list(_section(section, filled, imprint)))


def _section(section: FormSection, filled: FilledForm, imprint: Imprint) -> Iterator[Any]:
    yield words(section.heading, text_style(13.5, font=BOLD, spaceBefore=9, spaceAfter=3))
    for line in section.lines:
        yield words(line, text_style(11.5, leftIndent=14, bulletIndent=2), bullet=True)
    asked = [filled.get(field.id) for field in section.fields]
    shown = [one for one in asked if one.standing is not Standing.NOT_NEEDED]
    if shown:
        yield Spacer(0, 1.5 * mm)
        yield _fields(shown, imprint)


def _fields(fields: list[FilledField], imprint: Imprint) -> Any:
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    rows: list[list[Any]] = []
    for one in fields:
        label = words(one.field.label, text_style(11.5))
        if one.value:
            rows.append([label, words(one.value, text_style(12, font=MEDIUM))])
            continue
        style.append(("TOPPADDING", (0, len(rows)), (0, len(rows)), 9))
        hint = f" ({one.field.hint})" if one.field.hint else ""
        line = HRFlowable(width="100%", thickness=0.8, color=INK, spaceBefore=4, spaceAfter=1)
        by_hand = words(f"{BY_HAND}{hint}", text_style(8, quiet=True))
        rows.append([label, [Spacer(0, 14), line, by_hand]])
    whole = width_of(imprint)
    table = make_table(rows, [0.36 * whole, 0.64 * whole])
    table.setStyle(TableStyle(style))
    return table
