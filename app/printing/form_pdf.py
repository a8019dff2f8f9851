"""A filled form on paper: every field with what proves it, missing ones plainly marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer, Table, TableStyle

from app.printing.paper import (
    BOLD,
    INK,
    LINE,
    MEDIUM,
    SHADE,
    Imprint,
    make_pdf,
    make_table,
    text_style,
    width_of,
    words,
)
from app.printing.paper_words import SIMULATED_LINE
from protocols.forms import FilledField, FilledForm, FormSection, Standing

MISSING = "MISSING"
"""Stands in every required field that nothing fills."""

_OPEN = "not recorded (optional)"
_NOT_NEEDED = "not asked"


def form_pdf(filled: FilledForm, imprint: Imprint) -> bytes:
    """The PDF of `filled`; the same content gives the same bytes."""
    return make_pdf(imprint, lambda: list(_story(filled, imprint)))


def _story(filled: FilledForm, imprint: Imprint) -> Iterator[Any]:
    form = filled.form
    yield words(form.title, text_style(16, font=BOLD))
    yield Spacer(0, 2 * mm)
    if imprint.simulated:
        yield words(SIMULATED_LINE, text_style(10, font=BOLD))
    yield _count(filled, imprint)
    yield Spacer(0, 2 * mm)
    for note in form.notes:
        yield words(note, text_style(9, font=MEDIUM))
    yield Spacer(0, 3 * mm)
    for section in form.sections:
        yield _section(section, filled, imprint)
        yield Spacer(0, 3 * mm)
    sources = [words("Sources of this form", text_style(8, font=MEDIUM, quiet=True))]
    sources += [words(source, text_style(8, quiet=True)) for source in form.source]
    review = f"To be reviewed by {form.review_date.isoformat()}."
    yield KeepTogether([*sources, words(review, text_style(8, quiet=True))])


def _count(filled: FilledForm, imprint: Imprint) -> Any:
    text = filled.count_text
    if not filled.missing:
        text = f"All {filled.needed} fields are filled"
    box = Table([[words(text, text_style(11, font=BOLD))]], colWidths=[width_of(imprint)])
    width = 1.6 if filled.missing else 0.5
    box.setStyle(TableStyle([("BOX", (0, 0), (-1, -1), width, INK)]))
    return box


def _section(section: FormSection, filled: FilledForm, imprint: Imprint) -> Any:
    rows: list[list[Any]] = [[words(section.heading, text_style(10.5, font=BOLD)), "", ""]]
    style: list[tuple[Any, ...]] = [
        ("SPAN", (0, 0), (-1, 0)),
        ("BACKGROUND", (0, 0), (-1, 0), SHADE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    for line in section.lines:
        style.append(("SPAN", (0, len(rows)), (-1, len(rows))))
        rows.append([words(line, text_style(9)), "", ""])
    for field in section.fields:
        one = filled.get(field.id)
        if one.standing is Standing.MISSING:
            style.append(("BOX", (1, len(rows)), (1, len(rows)), 1.4, INK))
        rows.append(_row(one))
    whole = width_of(imprint)
    table = make_table(rows, [0.36 * whole, 0.28 * whole, 0.36 * whole], repeat=1)
    table.setStyle(TableStyle(style))
    return KeepTogether(table) if len(rows) <= 8 else table


def _row(one: FilledField) -> list[Any]:
    label = words(one.field.label, text_style(9))
    if one.standing is Standing.MISSING:
        hint = f" ({one.field.hint})" if one.field.hint else ""
        value = words(MISSING, text_style(9.5, font=BOLD))
        return [label, value, words(f"{one.evidence}{hint}", text_style(8, quiet=True))]
    if one.standing in (Standing.OPEN, Standing.NOT_NEEDED):
        why = _OPEN if one.standing is Standing.OPEN else _NOT_NEEDED
        quiet = text_style(8, quiet=True)
        return [label, words(why, quiet), words(one.evidence, quiet)]
    evidence = [words(one.evidence, text_style(8, quiet=True))]
    if one.caution:
        evidence.append(words(f"Note: {one.caution}", text_style(8, font=BOLD)))
    return [label, words(one.value, text_style(9.5, font=MEDIUM)), evidence]
