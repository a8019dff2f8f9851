"""A cohort as CSV: the words as on the screen, then the site's own figures as numbers. Pure."""

from __future__ import annotations

import csv
import io

from app.reviewing.cohort import Cohort, Figure
from app.reviewing.cohort_table import cohort_rows
from app.reviewing.published import Published

CSV_COLUMNS = (
    *("group", "figure", "whose", "value", "n", "measured", "certainty", "note"),
    *("hits", "count", "unknown", "rate", "low", "high", "mean", "sd", "unit", "selection"),
)
"""`measured` is what exactly was counted; `selection` says of which sessions the site's own are."""


def cohort_csv(cohort: Cohort, published: Published, selection: str) -> str:
    """A row a figure, the published ones below the site's; numbers only of the site's own."""
    own = iter(cohort.figures)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in cohort_rows(cohort, published):
        if row.is_heading:
            continue
        words = (row.group, *row.cells[:5], row.certainty, row.note)
        numbers = (*_numbers(next(own)), selection) if row.is_own else ("",) * 10
        writer.writerow((*words, *numbers))
    return text.getvalue()


def _numbers(one: Figure) -> tuple[object, ...]:
    return (
        *("" if value is None else value for value in (one.hits, one.n)),
        one.unknown,
        *(_share(value) for value in (one.rate, one.low, one.high, one.mean, one.sd)),
        one.unit,
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
