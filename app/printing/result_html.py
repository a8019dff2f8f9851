"""A result as one HTML file: nothing in it runs, nothing is fetched, all text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from app.printing.paper_words import CHECK_SEAL, SIMULATED, SIMULATED_LINE, seal_words
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

_STYLE = """
body{font:15px/1.4 "IBM Plex Sans",system-ui,sans-serif;color:#10171d;background:#fff;
max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:1.6rem 0 .4rem}
.subject{font-weight:600;margin:.2rem 0 1rem}
.simulated{border:3px double #10171d;padding:.3rem .6rem;font-weight:700;display:inline-block}
.whole{border:1px solid #10171d;padding:.5rem .7rem;font-weight:700;margin:.8rem 0}
.whole.fail,.whole.open{border-width:3px}
table{border-collapse:collapse;width:100%;margin:.3rem 0}
th,td{text-align:left;vertical-align:top;border-bottom:1px solid #9aa7b2;padding:.25rem .5rem}
thead th{background:#e6ecf0}tbody th{font-weight:400;color:#46525c;width:24%}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
td.source,.detail{color:#46525c;font-size:.85em}
tr.fail td,tr.open td{font-weight:700}.cut{font-weight:700}
.sign td{height:3rem}footer{margin-top:2rem;color:#46525c;font-size:.85em;overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none;font-size:10pt}thead{display:table-header-group}
tr{break-inside:avoid}h2{break-after:avoid}}
"""


def result_html(document: ResultDocument, *, sealed_with: str = "") -> bytes:
    """The HTML of `document`; `sealed_with` is the short name of the key that will seal it."""
    return "\n".join(_page(document, sealed_with)).encode()


def _page(document: ResultDocument, key: str) -> Iterator[str]:
    title = escape(document.title)
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}: {escape(document.subject)}</title>"
    yield f"<style>{_STYLE}</style></head><body><main>"
    yield f"<h1>{title}</h1>"
    yield f'<p class="subject">{escape(document.subject)}</p>'
    if document.simulated:
        yield f'<p class="simulated" title="{SIMULATED}">{escape(SIMULATED_LINE)}</p>'
    if document.outcome is not None:
        summary = f": {escape(document.summary)}" if document.summary else ""
        yield f'<p class="whole {document.outcome}">{_mark(document.outcome)}{summary}</p>'
    yield from _facts(document.facts)
    for section in document.sections:
        yield from _section(section)
    if document.signatures:
        yield from _signatures(document.signatures)
    yield "</main><footer><h2>What this document rests on</h2>"
    seal = Fact(name="Seal", value=f"{seal_words(key)}; {CHECK_SEAL}")
    yield from _facts((*document.provenance, seal))
    yield "</footer></body></html>\n"


def _mark(outcome: Outcome) -> str:
    return f"{escape(OUTCOME_MARKS[outcome])} {escape(OUTCOME_WORDS[outcome])}"


def _section(section: Section) -> Iterator[str]:
    yield f"<section><h2>{escape(section.heading)}</h2>"
    if section.verdicts:
        yield from _verdicts(section.verdicts)
    for paragraph in section.paragraphs:
        yield f"<p>{escape(paragraph)}</p>"
    yield from _facts(section.facts)
    for table in section.tables:
        yield from _table(table)
    yield "</section>"


def _verdicts(lines: Sequence[VerdictLine]) -> Iterator[str]:
    yield "<table><thead><tr><th>Outcome</th><th>What was asked</th></tr></thead><tbody>"
    for line in lines:
        detail = f'<div class="detail">{escape(line.detail)}</div>' if line.detail else ""
        yield (
            f'<tr class="{line.outcome}"><td>{_mark(line.outcome)}</td>'
            f"<td>{escape(line.text)}{detail}</td></tr>"
        )
    yield "</tbody></table>"


def _facts(facts: Iterable[Fact]) -> Iterator[str]:
    listed = list(facts)
    if not listed:
        return
    yield "<table><tbody>"
    for fact in listed:
        source = f'<td class="source">{escape(fact.source)}</td>' if fact.source else "<td></td>"
        yield (
            f'<tr><th scope="row">{escape(fact.name)}</th><td>{escape(fact.value)}</td>'
            f"{source if any(one.source for one in listed) else ''}</tr>"
        )
    yield "</tbody></table>"


def _table(table: ResultTable) -> Iterator[str]:
    yield "<table>"
    if table.caption:
        yield f"<caption>{escape(table.caption)}</caption>"
    yield "<thead>"
    yield _row("th", table.headings, table.right)
    yield "</thead><tbody>"
    for row in table.rows:
        yield _row("td", row, table.right)
    yield "</tbody></table>"
    if not table.rows:
        yield "<p>None.</p>"
    if table.left_out:
        yield f'<p class="cut">{escape(table.left_out_words)}</p>'


def _row(tag: str, cells: Sequence[str], right: tuple[int, ...]) -> str:
    made = "".join(
        f"<{tag}{' class=number' if at in right else ''}>{escape(cell)}</{tag}>"
        for at, cell in enumerate(cells)
    )
    return f"<tr>{made}</tr>"


def _signatures(lines: Sequence[SignatureLine]) -> Iterator[str]:
    yield '<section class="sign"><h2>Signatures</h2><table><thead><tr>'
    yield "<th>Signature</th><th>Name</th><th>Date</th><th>Signed</th></tr></thead><tbody>"
    for line in lines:
        yield (
            f'<tr><td>{escape(line.meaning)}<div class="detail">{escape(line.role)}</div></td>'
            f"<td>{escape(line.name)}</td><td>{escape(line.date)}</td>"
            f'<td><span class="detail">{escape(line.note or BY_HAND)}</span></td></tr>'
        )
    yield "</tbody></table></section>"
