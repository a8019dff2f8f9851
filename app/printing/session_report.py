"""The report of a session as a PDF: one to four pages, readable without colour.

Everything is printed where it fits. Where it does not, tables are cut to the same number of first
rows, and each says how many more there are and where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Table, TableStyle

from app.printing.cited_words import (
    SIZE,
    cell,
    facts_table,
    grid,
    heading,
    markup,
    rows_table,
    table_flow,
    tight,
)
from app.printing.fitting import Progress, fitted_pdf, go_on, letters_with
from app.printing.paper import (
    BOLD,
    INK,
    MEDIUM,
    SHADE,
    Imprint,
    rich_words,
    width_of,
    words,
)
from app.printing.paper_words import seal_words
from app.printing.report_head import report_head, sentences
from app.printing.trend_chart import CHART_WORDS, TrendChart
from app.reviewing.cited import LEGEND, Cited, short_text
from app.reviewing.session_report import KIND, SessionReport, SignatureRow

_MARGIN_MM = 12.0
_FOOT_MM = 15.0
_CHART_MM = 74.0


def session_report_pdf(
    report: SessionReport, *, paper: str = "A4", sealed_with: str = "", progress: Progress = go_on
) -> bytes:
    """The PDF of `report`; the same record and program give the same bytes.

    `sealed_with` is the short name of the key that will seal the file; its pages say it.

    Raises:
        LayoutStoppedError: `progress` answered no.
    """
    imprint = _imprint(report, paper, sealed_with)
    return fitted_pdf(imprint, lambda most: list(_story(cut_to(report, most), imprint)), progress)


def cut_to(report: SessionReport, most: int | None) -> SessionReport:
    """`report` with at most `most` rows in each table of its further pages (None: all).

    Texts are cut along with them, each saying so: no note is so long that a report has five pages.
    """
    if most is None:
        return report
    letters = letters_with(most)
    return replace(
        report,
        who=tuple(fact.shortened(letters) for fact in report.who),
        dose=tuple(fact.shortened(letters) for fact in report.dose),
        people=tuple(fact.shortened(letters) for fact in report.people),
        episodes=report.episodes.cut(min(most, 10)).shortened(letters),
        tables=tuple(table.cut(most).shortened(letters) for table in report.tables),
        missing=tuple(short_text(one, letters) for one in report.missing),
    )


def content_digest(report: SessionReport) -> str:
    """SHA-256, hexadecimal, of what it rests on: form, session, events, chain and program."""
    lines = (KIND, report.session, str(report.events), report.chain, report.program)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _imprint(report: SessionReport, paper: str, key: str) -> Imprint:
    return Imprint(
        title=f"Report of session {report.session}",
        document=KIND,
        approved_by="",
        session=report.session,
        program=report.program,
        simulated=report.simulated,
        paper=paper,
        margin_mm=_MARGIN_MM,
        foot_mm=_FOOT_MM,
        foot=(
            f"Session {report.session}, {report.patient or 'no patient'}, "
            f"{report.events} events, chain {report.chain[:16]}…",
            f"{KIND}, Infusion Room {report.program}, {seal_words(key)}",
        ),
    )


def _story(report: SessionReport, imprint: Imprint) -> Iterator[Any]:
    title = "Report of an infusion session"
    simulated, standing = report.simulated, report.standing
    yield from report_head(title, imprint, simulated=simulated, standing=standing)
    yield facts_table((*report.who, *report.dose), width_of(imprint))
    yield heading(report.numbers.heading)
    yield rows_table(report.numbers, width_of(imprint))
    yield TrendChart(report.opened, width_of(imprint), _CHART_MM * mm)
    yield words(CHART_WORDS, tight(5.6, quiet=True))
    yield heading("What people did")
    yield facts_table(report.people, width_of(imprint))
    yield heading(report.episodes.heading)
    yield words(report.episodes_words, tight(SIZE, MEDIUM))
    if report.episodes.rows:
        yield rows_table(report.episodes, width_of(imprint))
        if report.episodes.left_out:
            yield words(report.episodes.left_out_words, tight(SIZE + 0.5, BOLD))
    yield _signatures(report.signatures, imprint)
    if report.missing:
        yield KeepTogether(list(sentences("What is missing", report.missing)))
    legend = f"{report.minutes_words} {LEGEND}".strip()
    yield words(legend, tight(6, quiet=True, spaceBefore=3))
    for table in (report.tiers, report.data, *report.tables):
        yield from table_flow(table, imprint)


def _signatures(rows: Sequence[SignatureRow], imprint: Imprint) -> Any:
    """Those of the record with what they say, those still open with a line for the pen."""
    if not rows:
        return KeepTogether([heading("Signatures"), words("None is asked for.", tight(SIZE))])
    laid: list[list[Any]] = [
        [words(text, tight(SIZE, BOLD)) for text in ("", "Who", "When", "What is signed")]
    ]
    style = [*grid(), ("BACKGROUND", (0, 0), (-1, 0), SHADE)]
    for row in rows:
        if row.who.text:
            statement = rich_words(markup(row.statement), tight(SIZE))
            told = [statement, words(row.note, tight(SIZE, BOLD))] if row.note else [statement]
            meaning = words(row.meaning, tight(SIZE, MEDIUM))
            laid.append([meaning, cell(row.who), words(row.at, tight(SIZE)), told])
            continue
        style.append(("LINEBELOW", (1, len(laid)), (2, len(laid)), 0.8, INK))
        style.append(("BOTTOMPADDING", (0, len(laid)), (-1, len(laid)), 7))
        open_words = cell(Cited(text="STILL OPEN: not signed in the record", strong=True))
        laid.append([words(row.meaning, tight(SIZE, MEDIUM)), "", "", open_words])
    whole = width_of(imprint)
    table = Table(laid, colWidths=[share * whole for share in (0.12, 0.25, 0.15, 0.48)])
    table.setStyle(TableStyle(style))
    return KeepTogether([heading("Signatures"), table])
