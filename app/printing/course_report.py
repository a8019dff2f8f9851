"""The report of a course as a PDF: one to four pages, readable without colour."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reportlab.lib.units import mm

from app.printing.cited_words import SIZE, facts_table, heading, table_flow, tight
from app.printing.course_chart import CHART_WORDS, CourseChart
from app.printing.fitting import Progress, fitted_pdf, go_on, letters_with
from app.printing.paper import MEDIUM, Imprint, width_of, words
from app.printing.paper_words import seal_words
from app.printing.report_head import report_head, sentences
from app.reviewing.cited import LEGEND, short_text
from app.reviewing.course_report import KIND, CourseReport

_MARGIN_MM = 12.0
_FOOT_MM = 15.0
_CHART_MM = 52.0


def course_report_pdf(
    report: CourseReport, *, paper: str = "A4", sealed_with: str = "", progress: Progress = go_on
) -> bytes:
    """The PDF of `report`; the same course and program give the same bytes.

    `sealed_with` is the short name of the key that will seal the file.

    Raises:
        LayoutStoppedError: `progress` answered no.
    """
    imprint = Imprint(
        title=f"Report of course {report.course}",
        document=KIND,
        approved_by="",
        session="",
        program=report.program,
        simulated=report.simulated,
        paper=paper,
        margin_mm=_MARGIN_MM,
        foot_mm=_FOOT_MM,
        foot=(
            f"Course {report.course}, {report.patient}",
            f"{KIND}, Infusion Room {report.program}, {seal_words(sealed_with)}",
        ),
    )
    return fitted_pdf(imprint, lambda most: list(_story(cut_to(report, most), imprint)), progress)


def cut_to(report: CourseReport, most: int | None) -> CourseReport:
    """`report` with at most `most` rows in each table (None: all), and its texts cut along."""
    if most is None:
        return report
    letters = letters_with(most)
    return replace(
        report,
        who=tuple(fact.shortened(letters) for fact in report.who),
        tables=tuple(table.cut(most).shortened(letters) for table in report.tables),
        missing=tuple(short_text(one, letters) for one in report.missing),
    )


def content_digest(report: CourseReport) -> str:
    """SHA-256, hexadecimal, of what it rests on: form, course, sessions with chains, program."""
    lines = (KIND, report.course, *report.rests_on, report.program)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _story(report: CourseReport, imprint: Imprint) -> Iterator[Any]:
    yield from report_head("Report of a course of treatment", imprint, simulated=report.simulated)
    yield facts_table(report.who, width_of(imprint))
    yield heading("Outcome")
    for sentence in report.outcome:
        yield words(sentence, tight(SIZE + 0.5, MEDIUM, spaceAfter=1))
    if report.scores:
        size = (width_of(imprint), _CHART_MM * mm)
        yield CourseChart(report.scale, report.scores, report.bounds, report.doses, size)
        yield words(CHART_WORDS, tight(5.6, quiet=True))
    for table in report.tables:
        yield from table_flow(table, imprint)
    if report.missing:
        yield from sentences("What is missing", report.missing)
    yield from sentences("What this report rests on", report.rests_on)
    legend = f"Numbers of events are those of the session in the same row. {LEGEND}"
    yield words(legend, tight(6, quiet=True, spaceBefore=3))
