"""The page of everything printed: fonts, margins, foot line, page numbers and the watermark.

Fonts are the program's own and are embedded; nothing is looked up elsewhere. The same content gives
the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from app.places import RESOURCES
from app.printing.paper_words import NOT_PRIMARY, SIMULATED, SIMULATED_LINE

REGULAR, MEDIUM, BOLD = "IBMPlexSans-Regular", "IBMPlexSans-Medium", "IBMPlexSans-SemiBold"

INK = HexColor("#141414")
QUIET = HexColor("#4C4C4C")
LINE = HexColor("#A0A0A0")
SHADE = HexColor("#EAEAEA")
WATERMARK = HexColor("#E4E4E4")

MARGIN_MM = 18.0
FOOT_MM = 20.0
_FOOT_SIZE = 7.5
_FOOT_CLEAR_MM = 3.0
_FRAME_PADDING = 6.0
"""What the frame of a page takes at each side, points."""

_TALL_LETTERS = 500
"""A longer text in a narrow column may be higher than a page."""

PAPERS: dict[str, tuple[float, float]] = {"A4": A4, "letter": LETTER}
"""Sizes of paper by name, points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What stands on every page.

    Attributes:
        title: of the document.
        document: its id and version.
        approved_by: who approved its wording; empty means nobody yet.
        session: name of the session; empty where it is of none.
        program: version of the program that made the file.
        simulated: whether the session was simulated.
        paper: name of the size of paper.
        foot: lines that stand at the foot of each page in place of those of a form.
        margin_mm: at the left, at the right and above.
        foot_mm: height of the line above the foot.
    """

    title: str
    document: str
    approved_by: str
    session: str
    program: str
    simulated: bool
    paper: str = "A4"
    foot: tuple[str, ...] = ()
    margin_mm: float = MARGIN_MM
    foot_mm: float = FOOT_MM


@cache
def _register_fonts() -> frozenset[int]:
    """Make the fonts known; gives the characters that all of them have."""
    covered: frozenset[int] | None = None
    for name in (REGULAR, MEDIUM, BOLD):
        font = TTFont(name, str(RESOURCES / "fonts" / f"{name}.ttf"))
        pdfmetrics.registerFont(font)
        glyphs = frozenset(font.face.charToGlyph)
        covered = glyphs if covered is None else covered & glyphs
    return covered or frozenset()


def text_style(size: float, *, font: str = REGULAR, quiet: bool = False, **more: Any) -> Any:
    """A paragraph's style in points; lines are 1.3 times as far apart."""
    return ParagraphStyle(
        name=f"{font}-{size}",
        fontName=font,
        bulletFontName=font,
        bulletFontSize=size,
        fontSize=size,
        leading=1.3 * size,
        textColor=QUIET if quiet else INK,
        **more,
    )


def words(text: str, style: Any, *, bullet: bool = False) -> Any:
    """A paragraph of plain `text`; a character that the font lacks is named, never left out."""
    return Paragraph(markup_of(text), style, bulletText="•" if bullet else None)


def markup_of(text: str) -> str:
    """Plain `text` as a paragraph's markup; a character that the font lacks is named."""
    covered = _register_fonts()
    shown = "".join(
        one if ord(one) in covered else f"[U+{ord(one):04X}]" for one in " ".join(text.split())
    )
    return escape(shown, quote=False)


def rich_words(markup: str, style: Any) -> Any:
    """A paragraph of `markup` that was made of `markup_of` and of tags."""
    _register_fonts()
    return Paragraph(markup, style)


def make_table(rows: Sequence[Sequence[Any]], widths: Sequence[float], *, repeat: int = 0) -> Any:
    """A table of paragraphs; a row that no page could hold goes on over the next ones."""
    return Table(rows, colWidths=widths, repeatRows=repeat, splitInRow=int(_is_tall(rows)))


def _is_tall(rows: Sequence[Sequence[Any]]) -> bool:
    cells = (cell for row in rows for cell in row)
    parts = (part for cell in cells for part in (cell if isinstance(cell, list) else (cell,)))
    texts = (part.getPlainText() for part in parts if isinstance(part, Paragraph))
    return any(len(text) > _TALL_LETTERS for text in texts)


def width_of(imprint: Imprint) -> float:
    """What tables have from margin to margin, points."""
    return float(PAPERS[imprint.paper][0] - 2 * imprint.margin_mm * mm - 2 * _FRAME_PADDING)


def make_pdf(imprint: Imprint, story: Callable[[], Sequence[Any]]) -> bytes:
    """The PDF of `story`, which gives its flowables anew each time it is called.

    It is laid out twice: the first time to count the pages.
    """
    data, _ = make_numbered_pdf(imprint, story, count_pages(imprint, story()))
    return data


def count_pages(imprint: Imprint, story: Sequence[Any]) -> int:
    """How many pages `story` takes; it cannot be laid out again."""
    _register_fonts()
    return _lay_out(imprint, story, 0)[1]


def make_numbered_pdf(
    imprint: Imprint, story: Callable[[], Sequence[Any]], pages: int
) -> tuple[bytes, int]:
    """The PDF of `story` whose pages say that there are `pages`, and how many there are."""
    _register_fonts()
    return _lay_out(imprint, story(), pages)


def _lay_out(imprint: Imprint, story: Sequence[Any], pages: int) -> tuple[bytes, int]:
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=PAPERS[imprint.paper],
        leftMargin=imprint.margin_mm * mm,
        rightMargin=imprint.margin_mm * mm,
        topMargin=imprint.margin_mm * mm,
        bottomMargin=(imprint.foot_mm + _FOOT_CLEAR_MM) * mm,
        title=imprint.title,
        author="Infusion Room",
        subject=imprint.document,
        creator=f"Infusion Room {imprint.program}",
        lang="en",
        invariant=1,
    )

    def draw_page(canvas: Any, page: Any) -> None:
        _draw_page(canvas, imprint, page.page, pages)

    document.build(list(story), onFirstPage=draw_page, onLaterPages=draw_page)
    return buffer.getvalue(), int(document.page)


def _draw_page(canvas: Any, imprint: Imprint, page: int, pages: int) -> None:
    width, height = PAPERS[imprint.paper]
    canvas.saveState()
    if imprint.simulated:
        canvas.setFillColor(WATERMARK)
        canvas.setFont(BOLD, 84)
        canvas.translate(width / 2, height / 2)
        canvas.rotate(52)
        canvas.drawCentredString(0, -28, SIMULATED)
    canvas.restoreState()
    canvas.saveState()
    left, right = imprint.margin_mm * mm, width - imprint.margin_mm * mm
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.line(left, imprint.foot_mm * mm, right, imprint.foot_mm * mm)
    canvas.setFillColor(QUIET)
    canvas.setFont(REGULAR, _FOOT_SIZE)
    for number, line in enumerate(imprint.foot or _form_foot(imprint)):
        room = right - left - 150 if number < 2 else right - left
        canvas.drawString(left, (imprint.foot_mm - 4 - 3.6 * number) * mm, _fit(line, room))
    canvas.setFillColor(INK)
    canvas.drawRightString(right, (imprint.foot_mm - 4) * mm, f"Page {page} of {pages}")
    if imprint.simulated:
        canvas.setFont(BOLD, _FOOT_SIZE)
        canvas.drawRightString(right, (imprint.foot_mm - 7.6) * mm, SIMULATED_LINE)
    canvas.restoreState()


def _form_foot(imprint: Imprint) -> tuple[str, ...]:
    approved = f"approved by {imprint.approved_by}" if imprint.approved_by else "not approved yet"
    session = f"Session {imprint.session}, " if imprint.session else ""
    return (
        f"{imprint.document}, {approved}",
        f"{session}Infusion Room {imprint.program}",
        NOT_PRIMARY if imprint.session else "",
    )


def _fit(line: str, room: float) -> str:
    """`line` as far as it fits into `room` points, with an ellipsis where it is cut."""
    if pdfmetrics.stringWidth(line, REGULAR, _FOOT_SIZE) <= room:
        return line
    while line and pdfmetrics.stringWidth(f"{line}…", REGULAR, _FOOT_SIZE) > room:
        line = line[:-1]
    return f"{line}…"
