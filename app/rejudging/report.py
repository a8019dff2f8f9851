"""What a committee reads: the table of rules, totals, what was assumed and what was not judged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from app.rejudging.burden import SHORT_S, Burden
from app.rejudging.occurrence import Occurrence
from app.rejudging.results import Result, RuleRow, Summary, Total
from protocols.alarm_rules import AlarmRule, limit_text
from protocols.vitals import NS_PER_S, VITALS

Row = tuple[str, ...]

_NOTHING = "-"


def headline(summary: Summary) -> str:
    """How much was judged, as a sentence."""
    return (
        f"{_count(summary.recordings, 'recording')} of {_count(summary.subjects, 'patient')}, "
        f"{summary.hours:.1f} h monitored."
    )


def totals_table(summary: Summary) -> tuple[Row, list[Row]]:
    """Headings and a row a priority; where two are compared, a cell holds before → after."""
    return (
        ("alarms", *_BURDEN, *(_CHANGES if summary.compared else ())),
        [_total_cells(one, summary.compared) for one in summary.totals],
    )


def rules_table(summary: Summary) -> tuple[Row, list[Row]]:
    """Headings and a row a rule that has an alarm, before or after."""
    rows = [row for row in summary.rules if row.has_alarms]
    return (
        ("rule", "tier", *_BURDEN, *((*_CHANGES, "moved by") if summary.compared else ())),
        [_rule_cells(row, summary.compared) for row in rows],
    )


_BURDEN = ("number", "per hour", f"under {SHORT_S:g} s", "median", "minutes", "patients")
_CHANGES = ("gained", "lost", "moved", "unchanged")


def _total_cells(one: Total, compared: bool) -> Row:
    cells = (one.label, *_both(one.before, one.after, compared))
    if not compared:
        return cells
    return (*cells, *(str(n) for n in (one.gained, one.lost, one.moved, one.unchanged)))


def _rule_cells(row: RuleRow, compared: bool) -> Row:
    cells: Row = (row.rule, row.alarm_rule.tier, *_both(row.before, row.after, compared))
    if not compared:
        return cells
    numbers = (row.gained, row.lost, len(row.moved_s), row.unchanged)
    moved = f"{median(row.moved_s):+.1f} s" if row.moved_s else _NOTHING
    return (*cells, *(str(number) for number in numbers), moved)


def _both(before: Burden | None, after: Burden | None, compared: bool) -> Row:
    """The burden after, with the one before it where two are compared and differ."""
    if not compared:
        return _burden_cells(after)
    pairs = zip(_burden_cells(before), _burden_cells(after), strict=True)
    return tuple(one if one == other else f"{one} → {other}" for one, other in pairs)


def _burden_cells(one: Burden | None) -> Row:
    if one is None:
        return (_NOTHING,) * len(_BURDEN)
    lasted = (f"{one.short_share:.0%}", f"{one.median_s:.0f} s") if one.count else (_NOTHING,) * 2
    return (
        str(one.count),
        f"{one.per_hour:.2f}",
        *lasted,
        f"{one.minutes:.1f}",
        f"{one.subjects_share:.0%}",
    )


def sentences(summary: Summary) -> list[str]:
    """What the rules of the table say, on both sides where they differ; which others differ."""
    found = []
    for row in summary.rules:
        if not row.has_alarms:
            continue
        before, after = _sentence(row.before_rule), _sentence(row.after_rule)
        if not summary.compared or before == after:
            found.append(f"{row.rule}: {after}")
        else:
            found += [f"{row.rule}, before: {before}", f"{row.rule}, after: {after}"]
    if summary.compared:
        found += _silent_differences(summary)
    return found


def _sentence(rule: AlarmRule | None) -> str:
    return "not there." if rule is None else rule.sentence()


def _silent_differences(summary: Summary) -> Iterator[str]:
    silent = [row for row in summary.rules if not row.has_alarms]
    for words, rows in (
        ("Changed", [r for r in silent if r.differs and r.before_rule and r.after_rule]),
        ("Only before", [r for r in silent if r.after_rule is None]),
        ("Only after", [r for r in silent if r.before_rule is None]),
    ):
        if rows:
            yield f"{words}, and no alarm on either side: {', '.join(row.rule for row in rows)}."


def assumptions(summary: Summary) -> list[str]:
    """What was assumed, in sentences."""
    account = summary.account
    found = [
        "Readings, phases, baseline, links, the schedule and the interval between pressures are as "
        "recorded; nobody acted otherwise because of another alarm.",
        f"Acknowledgements of the record: {account.acknowledged} met their alarm, "
        f"{account.passed_over} did not and were passed over. No others were assumed.",
        f"Pauses of the sound: {account.paused} applied, {account.pauses_idle} had nothing to "
        "silence.",
        "An alarm moved where the same rule's condition overlaps in time. A latched alarm that "
        "nobody acknowledged counts once, and lasts as long as its condition was true.",
    ]
    if account.changes_left_out:
        found.append(
            f"{_count(account.changes_left_out, 'change')} of limits for a patient were left out: "
            "they belong to the limits of the record."
        )
    for note, number in sorted(summary.notes.items()):
        found.append(f"{note[0].upper()}{note[1:]} ({_count(number, 'recording')}).")
    return found


def not_judged(summary: Summary) -> list[str]:
    """What could not be judged, and for how long nothing was known, in sentences."""
    by_reason: dict[tuple[str, int], list[str]] = {}
    for row in summary.rules:
        for why, number in row.unjudged.items():
            by_reason.setdefault((why, number), []).append(row.rule)
    found = [
        f"{why[0].upper()}{why[1:]} in {_count(number, 'recording')}: {', '.join(rules)}."
        for (why, number), rules in by_reason.items()
    ]
    for vital, ns in sorted(summary.account.unknown_ns.items()):
        hours = ns / NS_PER_S / 3600
        if not 0.005 <= hours < summary.hours - 0.005:
            continue  # always known, or said above to be never there
        name = VITALS[vital].name
        found.append(
            f"{name[0].upper()}{name[1:]} was unknown for {hours:.2f} h "
            f"({hours / summary.hours:.0%} of monitored time): alarms about it stayed as they were."
        )
    found += [f"{name} could not be read: {why}" for name, why in sorted(summary.unread.items())]
    return found


# -- one recording --------------------------------------------------------------------------------


def explain(result: Result) -> list[str]:
    """The changes of one recording, a line each in order of time."""
    changes = result.changes
    hours = result.watched_ns / NS_PER_S / 3600
    title = f"{result.name}: {hours:.2f} h monitored, {_count(len(result.after), 'alarm')}"
    if result.before is None:
        return [title, *(f"  {_line(one)}" for one in result.after)]
    lines = [(one.raised_ns, f"  gained  {_line(one)}") for one in changes.gained]
    lines += [(one.raised_ns, f"  lost    {_line(one)}") for one in changes.lost]
    lines += [
        (
            move.before.raised_ns,
            f"  moved   {clock(move.before.raised_ns)} to {_line(move.after)}, "
            f"{abs(move.by_ns) / NS_PER_S:.1f} s {'later' if move.by_ns > 0 else 'earlier'}",
        )
        for move in changes.moved
    ]
    unchanged = len(changes.unchanged)
    title += f", {len(result.before)} before, {unchanged} unchanged"
    return [title, *(text for _, text in sorted(lines))]


def _line(one: Occurrence) -> str:
    peak = ""
    if one.peak is not None and one.vital is not None and not one.technical:
        spec = VITALS[one.vital]
        peak = f", peak {limit_text(spec, float(spec.format(one.peak)))}"
    return f"{clock(one.raised_ns)}  {one.alarm}: {one.sentence}{peak}, lasted {one.lasted_s:.0f} s"


def clock(ns: int) -> str:
    """Session time as h:mm:ss."""
    seconds = ns // NS_PER_S
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


# -- forms ----------------------------------------------------------------------------------------


def text_report(
    summary: Summary, title: str, each: Sequence[Result] = (), *, markdown: bool = False
) -> str:
    """The whole report as plain text, or as Markdown."""
    heading = "## " if markdown else ""
    lines = [f"{heading}{title}", "", headline(summary), ""]
    for name, table in (("Totals", totals_table(summary)), ("Rules", rules_table(summary))):
        lines += [f"#{heading}{name}" if markdown else name, ""]
        lines += [*_table(*table, markdown=markdown), ""]
    for name, sentences_of in (
        ("What the rules say", sentences(summary)),
        ("Assumed", assumptions(summary)),
        ("Not judged", not_judged(summary) or ["Everything could be judged."]),
    ):
        lines += [f"#{heading}{name}" if markdown else name, ""]
        lines += [f"- {sentence}" for sentence in sentences_of]
        lines.append("")
    if each:
        lines += [f"#{heading}Each recording" if markdown else "Each recording", ""]
        for result in each:
            own = explain(result)
            lines += ["```", *own, "```"] if markdown else own
        lines.append("")
    return "\n".join(lines).rstrip("\n")


def _table(head: Row, rows: Sequence[Row], *, markdown: bool) -> Iterator[str]:
    if markdown:
        yield f"| {' | '.join(head)} |"
        yield f"|{'|'.join('---' for _ in head)}|"
        for row in rows:
            yield f"| {' | '.join(row)} |"
        return
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def csv_report(summary: Summary) -> str:
    """The table of rules as CSV, every rule in it, numbers without units."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    burden = ("count", "per_hour", "short_share", "median_s", "minutes", "recordings", "subjects")
    writer.writerow(
        [
            *("rule", "tier", "sentence_before", "sentence_after"),
            *(f"{name}_{side}" for side in ("before", "after") for name in burden),
            *("gained", "lost", "moved", "moved_median_s", "unchanged", "not_judged_recordings"),
        ]
    )
    for row in summary.rules:
        writer.writerow(_csv_cells(row))
    return out.getvalue().rstrip("\n")


def _csv_cells(row: RuleRow) -> Iterable[object]:
    yield from (row.rule, row.alarm_rule.tier)
    for rule in (row.before_rule, row.after_rule):
        yield "" if rule is None else rule.sentence()
    for one in (row.before, row.after):
        if one is None:
            yield from [""] * 7
            continue
        yield from (one.count, round(one.per_hour, 4), round(one.short_share, 4))
        yield from (round(one.median_s, 3), round(one.minutes, 3), one.recordings, one.subjects)
    yield from (row.gained, row.lost, len(row.moved_s))
    yield round(median(row.moved_s), 3) if row.moved_s else ""
    yield from (row.unchanged, sum(row.unjudged.values()))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
