"""A comparison of sessions as CSV: every vital at the same minutes. Pure."""

from __future__ import annotations

import csv
import io

from app.reviewing.alignment import COMPARED, TABLE_MINUTES, Comparison, tabulate
from protocols.vitals import VITALS

CSV_COLUMNS = (
    *("aligned_on", "values", "vital", "unit", "row", "session", "simulated"),
    *(f"min_{minute}" for minute in TABLE_MINUTES),
)
"""`row` is the letter of a session, ``mean``, or ``n`` (sessions with a value); empty: no value."""


def comparison_csv(comparison: Comparison) -> str:
    """A row a vital and session, then the mean and n of each; sessions left out say why."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    kind = "change from baseline" if comparison.changes else "as measured"
    named = {one.letter: one.trace for one in comparison.sessions}
    for vital in COMPARED:
        table, spec = tabulate(comparison, vital), VITALS[vital]
        begin = (comparison.anchor.words, kind, spec.label, spec.unit_text)
        for row in table.rows:
            trace = named[row.letter]
            about = (row.letter, trace.session, "yes" if trace.simulated else "no")
            values = ("" if v is None else f"{v:.{spec.decimals}f}" for v in row.values)
            writer.writerow((*begin, *about, *values))
        means = ("" if v is None else f"{v:.1f}" for v in table.means)
        writer.writerow((*begin, "mean", "", "", *means))
        writer.writerow((*begin, "n", "", "", *table.counts))
    for one in comparison.left_out:
        blanks = ("",) * len(TABLE_MINUTES)
        why, simulated = f"{one.letter} left out: {one.why}", "yes" if one.trace.simulated else "no"
        begin = (comparison.anchor.words, kind, "", "")
        writer.writerow((*begin, why, one.trace.session, simulated, *blanks))
    return text.getvalue()
