"""Words with the numbers of their events in small type beside them, on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reportlab.platypus import CondPageBreak, TableStyle

from app.printing.paper import (
    BOLD,
    LINE,
    MEDIUM,
    QUIET,
    REGULAR,
    SHADE,
    Imprint,
    make_table,
    markup_of,
    rich_words,
    text_style,
    width_of,
    words,
)
from app.reviewing.cited import Cited, CitedFact, CitedTable

SIZE = 7.2
"""Type of cells, points."""

_HEADING_ROOM = 48.0
"""A heading with its first row needs so much; with less it begins the next page. Points."""

_MARK_SIZE = 4.9
"""Type of the numbers of events, points."""


def markup(cited: Cited) -> str:
    """`cited` as the markup of a paragraph: struck, strong, its marks small behind it."""
    text = markup_of(cited.text)
    if cited.struck:
        text = f"<strike>{text}</strike>"
    if cited.strong:
        text = f'<font name="{BOLD}">{text}</font>'
    if cited.marks:
        grey = f"#{QUIET.hexval()[2:]}"
        marks = f'<font size="{_MARK_SIZE}" color="{grey}">{markup_of(cited.marks)}</font>'
        text = f"{text} {marks}"
    return text


def cell(cited: Cited, *, size: float = SIZE, font: str = REGULAR) -> Any:
    """One cell."""
    return rich_words(markup(cited), tight(size, font))


def tight(size: float, font: str = REGULAR, **more: Any) -> Any:
    """A style whose lines are closer than those of a letter."""
    style = text_style(size, font=font, **more)
    style.leading = 1.16 * size
    return style


def facts_table(facts: Iterable[CitedFact], width: float, *, size: float = SIZE) -> Any:
    """Names at the left; what is known beside them, parted by semicolons."""
    rows = []
    for fact in facts:
        told = [one for one in fact.values if one.text]
        joined = "; ".join(markup(one) for one in told)
        rows.append(
            [
                words(fact.name, tight(size, quiet=True)),
                rich_words(joined, tight(size, MEDIUM)),
            ]
        )
    table = make_table(rows, [0.17 * width, 0.83 * width])
    table.setStyle(TableStyle(grid()))
    return table


def rows_table(table: CitedTable, width: float, *, size: float = SIZE) -> Any:
    """Rows under headings that are repeated on each page."""
    unit = width / sum(table.shares)
    rows: list[Sequence[Any]] = [[words(one, tight(size, BOLD)) for one in table.headings]]
    rows += [[cell(one, size=size) for one in row] for row in table.rows]
    laid = make_table(rows, [share * unit for share in table.shares], repeat=1)
    laid.setStyle(TableStyle([*grid(), ("BACKGROUND", (0, 0), (-1, 0), SHADE)]))
    return laid


def heading(text: str, *, size: float = 9.0) -> Any:
    """A heading; `table_flow` keeps it with the first rows below it."""
    return words(text, text_style(size, font=BOLD, spaceBefore=3.5, spaceAfter=1.2))


def table_flow(table: CitedTable, imprint: Imprint, *, size: float = SIZE) -> Iterable[Any]:
    """A heading, the table, and what it leaves out said below it."""
    yield CondPageBreak(_HEADING_ROOM)
    yield heading(table.heading)
    if not table.rows:
        yield words(table.empty, tight(size, quiet=True))
        return
    yield rows_table(table, width_of(imprint), size=size)
    if table.left_out:
        yield words(table.left_out_words, tight(size + 0.5, BOLD, spaceBefore=1.5))


def grid() -> list[tuple[Any, ...]]:
    """Lines and room of a table."""
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 0.7),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ]
