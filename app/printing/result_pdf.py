"""A result as a PDF that prints well in black and white; the same content gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer, Table, TableStyle

from app.printing.paper import (
    BOLD,
    INK,
    LINE,
    MEDIUM,
    REGULAR,
    SHADE,
    Imprint,
    make_pdf,
    make_table,
    text_style,
    width_of,
    words,
)
from app.printing.paper_words import CHECK_SEAL, SIMULATED_LINE, seal_words
from app.printing.result_document import (
    BY_HAND,
    OUTCOME_MARKS,
    OUTCOME_WORDS,
    Fact,
    Outcome,
    ResultDocument,
    ResultTable,
    Section,
    SignatureLine,
    VerdictLine,
)

_HEAVY = 1.6
"""Width of the frame around a verdict that is no pass, points."""

_BEGINNING = 28 * mm
"""Room for a heading and the first lines below it; with less a page ends before the heading."""


def result_pdf(document: ResultDocument, *, paper: str = "A4", sealed_with: str = "") -> bytes:
    """The PDF of `document` on that size of paper.

    `sealed_with` is the short name of the key that will seal the file; the document says it.
    """
    imprint = Imprint(
        title=document.title,
        document=document.kind,
        approved_by="",
        session="",
        program=document.program,
        simulated=document.simulated,
        paper=paper,
        foot=(
            f"{document.title}: {document.subject}",
            f"Made {document.made_at} by {document.made_by}, Infusion Room {document.program}",
            f"Content {document.digest[:16]}, {seal_words(sealed_with)}",
        ),
    )
    return make_pdf(imprint, lambda: list(_story(document, imprint, sealed_with)))


def _story(document: ResultDocument, imprint: Imprint, key: str) -> Iterator[Any]:
    yield words(document.title, text_style(16, font=BOLD))
    yield words(document.subject, text_style(10.5, font=MEDIUM))
    yield Spacer(0, 2 * mm)
    if document.simulated:
        yield words(SIMULATED_LINE, text_style(10, font=BOLD))
    if document.outcome is not None:
        yield _whole(document.outcome, document.summary, imprint)
        yield Spacer(0, 2 * mm)
    if document.facts:
        yield facts_table(document.facts, imprint)
    for section in document.sections:
        yield Spacer(0, 3 * mm)
        yield from section_flow(section, imprint)
    if document.signatures:
        yield Spacer(0, 4 * mm)
        yield signature_block(document.signatures, imprint)
    yield Spacer(0, 3 * mm)
    seal = Fact(name="Seal", value=f"{seal_words(key)}; {CHECK_SEAL}")
    provenance = (*document.provenance, seal)
    yield KeepTogether(
        [heading("What this document rests on"), facts_table(provenance, imprint, size=8)]
    )


def _whole(outcome: Outcome, summary: str, imprint: Imprint) -> Any:
    text = f"{OUTCOME_MARKS[outcome]} {OUTCOME_WORDS[outcome]}"
    if summary:
        text += f": {summary}"
    box = Table([[words(text, text_style(11, font=BOLD))]], colWidths=[width_of(imprint)])
    width = 0.6 if outcome is Outcome.PASS else _HEAVY
    box.setStyle(TableStyle([("BOX", (0, 0), (-1, -1), width, INK)]))
    return box


def heading(text: str) -> Any:
    """A heading."""
    return words(text, text_style(11, font=BOLD, spaceAfter=2))


def section_flow(section: Section, imprint: Imprint) -> Iterator[Any]:
    """A section as what a page takes; its heading never stands alone at the foot of a page."""
    yield CondPageBreak(_BEGINNING)
    yield heading(section.heading)
    if section.verdicts:
        yield _verdicts(section.verdicts, imprint)
    for paragraph in section.paragraphs:
        yield words(paragraph, text_style(9, spaceAfter=3))
    if section.facts:
        yield facts_table(section.facts, imprint)
    for table in section.tables:
        yield from table_flow(table, imprint)


def _verdicts(lines: Sequence[VerdictLine], imprint: Imprint) -> Any:
    style: list[tuple[Any, ...]] = _grid()
    rows: list[list[Any]] = []
    for line in lines:
        bold = line.outcome is not Outcome.PASS
        mark = f"{OUTCOME_MARKS[line.outcome]} {OUTCOME_WORDS[line.outcome]}"
        what = [words(line.text, text_style(9, font=BOLD if bold else REGULAR))]
        if line.detail:
            what.append(words(line.detail, text_style(8, quiet=True)))
        if bold:
            style.append(("BOX", (0, len(rows)), (0, len(rows)), _HEAVY, INK))
        rows.append([words(mark, text_style(9, font=BOLD)), what])
    whole = width_of(imprint)
    table = make_table(rows, [30 * mm, whole - 30 * mm])
    table.setStyle(TableStyle(style))
    return table


def facts_table(facts: Iterable[Fact], imprint: Imprint, *, size: float = 9) -> Any:
    """Names at the left, values beside them, what each rests on at the right in small type."""
    listed = list(facts)
    with_source = any(fact.source for fact in listed)
    whole = width_of(imprint)
    widths = [0.24 * whole, 0.76 * whole]
    if with_source:
        widths = [0.24 * whole, 0.52 * whole, 0.24 * whole]
    rows = []
    for fact in listed:
        row = [
            words(fact.name, text_style(size, quiet=True)),
            words(fact.value, text_style(size, font=MEDIUM, splitLongWords=1)),
        ]
        if with_source:
            row.append(words(fact.source, text_style(size - 1.5, quiet=True)))
        rows.append(row)
    table = make_table(rows, widths)
    table.setStyle(TableStyle(_grid()))
    return table


def table_flow(table: ResultTable, imprint: Imprint, *, size: float = 8) -> Iterator[Any]:
    """A table with its caption, and what it leaves out said below it."""
    if table.caption:
        yield CondPageBreak(_BEGINNING)
        yield words(table.caption, text_style(9, font=MEDIUM, spaceBefore=3))
    if not table.rows:
        yield words("None.", text_style(9, quiet=True))
    else:
        yield laid_table(table, width_of(imprint), size)
    if table.left_out:
        yield words(table.left_out_words, text_style(8.5, font=BOLD, spaceBefore=2))


def laid_table(table: ResultTable, whole: float, size: float) -> Any:
    """Rows under headings that are repeated on each page; numbers stand to the right."""
    shares = table.shares or tuple(1.0 for _ in table.headings)
    unit = whole / sum(shares)
    rows = [_cells(table.headings, table.right, size, BOLD)]
    rows += [_cells(row, table.right, size, REGULAR) for row in table.rows]
    laid = make_table(rows, [share * unit for share in shares], repeat=1)
    laid.setStyle(TableStyle([*_grid(), ("BACKGROUND", (0, 0), (-1, 0), SHADE)]))
    return laid


def _cells(cells: Sequence[str], right: tuple[int, ...], size: float, font: str) -> list[Any]:
    left = text_style(size, font=font)
    number = text_style(size, font=font, alignment=TA_RIGHT)
    return [words(cell, number if at in right else left) for at, cell in enumerate(cells)]


def _grid() -> list[tuple[Any, ...]]:
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]


def signature_block(lines: Sequence[SignatureLine], imprint: Imprint) -> Any:
    """Role, meaning, name, date, and a line for the pen where it was not signed in the record."""
    rows: list[list[Any]] = [
        [words(text, text_style(8, font=BOLD)) for text in ("Signature", "Name", "Date", "Signed")]
    ]
    style = [*_grid(), ("BACKGROUND", (0, 0), (-1, 0), SHADE), ("BOX", (0, 0), (-1, -1), 0.8, INK)]
    for line in lines:
        if not line.note:
            style.append(("BOTTOMPADDING", (0, len(rows)), (-1, len(rows)), 14))
            style.append(("LINEBELOW", (1, len(rows)), (-1, len(rows)), 0.8, INK))
        what = [words(line.meaning, text_style(8.5, font=MEDIUM))]
        if line.role:
            what.append(words(line.role, text_style(7.5, quiet=True)))
        rows.append(
            [
                what,
                words(line.name, text_style(8.5, font=MEDIUM)),
                words(line.date, text_style(8.5, font=MEDIUM)),
                words(line.note or BY_HAND, text_style(7.5, quiet=True)),
            ]
        )
    whole = width_of(imprint)
    table = Table(rows, colWidths=[share * whole for share in (0.24, 0.26, 0.18, 0.32)])
    table.setStyle(TableStyle(style))
    return KeepTogether([heading("Signatures"), table])
