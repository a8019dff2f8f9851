"""What other limits would have changed: totals, rules, recordings, and the moments to look at."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.rejudging.asking import Answer
from app.rejudging.looks import Look, looks_at
from app.rejudging.report import assumptions, clock, headline, not_judged, totals_table
from app.rejudging.results import Result, RuleRow
from app.review.page_tabs import PAGE, add_tabs
from app.review.record_table import RecordTable
from app.review.rows import Row
from protocols.vitals import NS_PER_S

LOOKS, RULES, RECORDINGS, TOTALS, ASSUMED = (
    *("To look at", "By rule", "By recording", "By priority", "Assumed, not judged"),
)
_RULE_HEAD = (
    *("rule", "severity", "before", "after", "per hour", "gained", "lost", "moved", "moved by"),
    *("unchanged", "not judged in"),
)
_RECORDING_HEAD = (
    *("recording", "hours", "before", "after", "per hour", "gained", "lost", "moved", "unchanged"),
)
_LOOK_HEAD = ("what", "rule", "priority", "recording", "session time", "alarm")
_TOTAL_HEAD = (
    *("alarms", "number", "per hour", "under 10 s", "median", "minutes", "patients"),
    *("gained", "lost", "moved", "unchanged"),
)


REPLAY = "Replay with these limits"
"""What the button says that opens a replay beside the alarms of the limits judged."""


class LimitsResultPage(QWidget):
    """The answer to a question.

    Signals:
        moment_wanted: a session, and the session time in ns (as an object) to open it at.
        replay_wanted: the same, to be replayed.
    """

    moment_wanted = Signal(str, object)
    replay_wanted = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer: Answer | None = None
        self.looks: tuple[Look, ...] = ()
        self.head = wrapped_label(name="what came of it")
        theme.style(self.head, role="title")
        self.hint = wrapped_label(
            "Enter or a double click opens the session there; the replay shows the bedside.",
            name="how to look",
        )
        theme.style(self.hint, role="small", tone="dim")
        self.look_table = RecordTable("moments to look at", _LOOK_HEAD, 5)
        self.rule_table = RecordTable("what changed by rule", _RULE_HEAD, 0)
        self.recording_table = RecordTable("what changed by recording", _RECORDING_HEAD, 0)
        self.total_table = RecordTable("what changed by priority", _TOTAL_HEAD, 0)
        self.replay = QPushButton(REPLAY)
        self.replay.setAccessibleName(f"{REPLAY}: the moment chosen")
        self.replay.setToolTip("The moment or recording chosen, in a window of its own (Ctrl+R)")
        self.words = QPlainTextEdit()
        self.words.setReadOnly(True)
        self.words.setTabChangesFocus(True)
        self.words.setAccessibleName("what was assumed and not judged")
        self.stack = QStackedWidget()
        self._lay_out()
        self.look_table.activated.connect(self._open_look)
        self.recording_table.activated.connect(self._open_recording)
        self.replay.clicked.connect(self._replay)
        for table in (self.look_table, self.recording_table):
            table.selectionModel().currentRowChanged.connect(self._allow_replay)
        self._allow_replay()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.head)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        pages: tuple[tuple[str, QWidget], ...] = (
            (LOOKS, self.look_table),
            (RULES, self.rule_table),
            (RECORDINGS, self.recording_table),
            (TOTALS, self.total_table),
            (ASSUMED, self.words),
        )
        self.tabs = add_tabs(row, self.stack, pages, self._turn)
        row.addWidget(self.hint, 1)
        row.addWidget(self.replay)
        self.tabs[LOOKS].setChecked(True)
        column.addWidget(self.stack, 1)

    @Slot()
    def _turn(self) -> None:
        self.stack.setCurrentIndex(list(self.tabs).index(str(self.sender().property(PAGE))))
        self._allow_replay()

    def show_answer(self, answer: Answer | None, stale: str = "") -> None:
        """Show `answer`; `stale` says why it is no longer that of what is asked now."""
        self.answer = answer
        self.looks = () if answer is None else looks_at(answer.results)
        if answer is None:
            show_text(self.head, stale or "Nothing was judged yet.")
        else:
            show_text(self.head, f"{headline(answer.summary)} {change_words(answer)}")
        results = () if answer is None else answer.results
        summary = None if answer is None else answer.summary
        self.look_table.show_rows([_look_row(look) for look in self.looks])
        self.rule_table.show_rows(
            [] if summary is None else [_rule_row(one) for one in _told(summary.rules)]
        )
        self.recording_table.show_rows([_recording_row(one) for one in results])
        totals = [] if summary is None else totals_table(summary)[1]
        blanks = ("",) * len(_TOTAL_HEAD)
        self.total_table.show_rows(
            [Row(t_ns=0, cells=(*cells, *blanks[len(cells) :])) for cells in totals]
        )
        lines: list[str] = []
        if summary is not None:
            judged = not_judged(summary) or ["Everything could be judged."]
            lines = ["Assumed:", *assumptions(summary), "", "Not judged:", *judged]
        self.words.setPlainText("\n".join(lines))
        self._allow_replay()

    @Slot(QModelIndex)
    def _open_look(self, index: QModelIndex) -> None:
        look = self.looks[index.row()]
        self._open(look.recording, look.t_ns)

    @Slot(QModelIndex)
    def _open_recording(self, index: QModelIndex) -> None:
        if self.answer is not None:
            self._open(self.answer.results[index.row()].name, None)

    def _open(self, name: str, t_ns: int | None) -> None:
        if self.answer is not None and name in self.answer.question.sessions:
            self.moment_wanted.emit(name, t_ns)

    def chosen(self) -> tuple[str, int | None]:
        """The session of the row turned to, and its moment; the name is empty where it has none."""
        shown, answer = self.stack.currentWidget(), self.answer
        if answer is None:
            return "", None
        name, t_ns = "", None
        if shown is self.look_table and self.look_table.currentIndex().isValid():
            look = self.looks[self.look_table.currentIndex().row()]
            name, t_ns = look.recording, look.t_ns
        elif shown is self.recording_table and self.recording_table.currentIndex().isValid():
            name = answer.results[self.recording_table.currentIndex().row()].name
        return (name, t_ns) if name in answer.question.sessions else ("", None)

    @Slot()
    def _allow_replay(self) -> None:
        self.replay.setEnabled(bool(self.chosen()[0]))

    @Slot()
    def _replay(self) -> None:
        name, t_ns = self.chosen()
        if name:
            self.replay_wanted.emit(name, t_ns)

    def fit(self) -> None:
        """Take the sizes of type in force."""
        for table in (self.look_table, self.rule_table, self.recording_table, self.total_table):
            table.fit()


def change_words(answer: Answer) -> str:
    """What changed in all, in a sentence."""
    total = next(one for one in answer.summary.totals if one.label == "all")
    if total.before is None:
        return f"{total.after.count} alarms, {total.after.per_hour:.2f} per hour."
    return (
        f"Alarms {total.before.count} → {total.after.count}, per hour "
        f"{total.before.per_hour:.2f} → {total.after.per_hour:.2f}: {total.gained} gained, "
        f"{total.lost} lost, {total.moved} moved, {total.unchanged} unchanged."
    )


def one_words(result: Result) -> str:
    """What changed in one session, in a sentence."""
    if result.before is None:
        return f"{len(result.after)} alarms."
    changes = result.changes
    return (
        f"alarms {len(result.before)} → {len(result.after)}: {len(changes.gained)} gained, "
        f"{len(changes.lost)} lost, {len(changes.moved)} moved, "
        f"{len(changes.unchanged)} unchanged."
    )


def _told(rows: Sequence[RuleRow]) -> list[RuleRow]:
    """The rules with something to tell, those whose alarms changed first."""
    told = [row for row in rows if row.has_alarms or row.differs or row.unjudged]
    return sorted(told, key=lambda row: -(row.gained + row.lost + len(row.moved_s)))


def _rule_row(row: RuleRow) -> Row:
    before, after = row.before, row.after
    rates = [f"{one.per_hour:.2f}" for one in (before, after) if one is not None]
    hours = " → ".join(dict.fromkeys(rates))
    cells = (
        row.rule,
        str(row.alarm_rule.tier),
        "-" if before is None else str(before.count),
        "not there" if after is None else str(after.count),
        hours,
        str(row.gained),
        str(row.lost),
        str(len(row.moved_s)),
        f"{median(row.moved_s):+.0f} s" if row.moved_s else "",
        str(row.unchanged),
        str(sum(row.unjudged.values()) or ""),
    )
    return Row(t_ns=0, cells=cells)


def _recording_row(one: Result) -> Row:
    hours = one.watched_ns / NS_PER_S / 3600
    changes = one.changes
    before, counts = "-", ("-", "-", "-", "-")
    if one.before is not None:
        before = str(len(one.before))
        parts = (changes.gained, changes.lost, changes.moved, changes.unchanged)
        gained, lost, moved, unchanged = (str(len(part)) for part in parts)
        counts = (gained, lost, moved, unchanged)
    rates = [len(side) / hours for side in (one.before, one.after) if side is not None and hours]
    per_hour = " → ".join(dict.fromkeys(f"{rate:.2f}" for rate in rates))
    return Row(
        t_ns=0, cells=(one.name, f"{hours:.2f}", before, str(len(one.after)), per_hour, *counts)
    )


def _look_row(look: Look) -> Row:
    return Row(
        t_ns=look.t_ns,
        cells=(
            look.words,
            look.alarm.rule,
            str(look.alarm.priority),
            look.recording,
            clock(look.t_ns),
            look.alarm.sentence,
        ),
    )
