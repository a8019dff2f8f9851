"""The desk of cohorts: a selection of sessions counted, beside the published figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import TextField, show_text, wrapped_label
from app.records.catalogue import Catalogue, CatalogueError
from app.records.many_sessions import (
    CohortAnswer,
    CohortSearch,
    ManySessions,
    ManyWriter,
    answer_sentences,
)
from app.review.files_asked import SaveFile, ask_to_save
from app.review.headed_model import AnyIndex
from app.review.record_table import RecordTable, RowsModel
from app.review.rows import Row
from app.review.save_result import SaveResult, Write
from app.review.work import Work
from app.reviewing.cohort_rules import CohortRules
from app.reviewing.cohort_table import HEADINGS, CohortRow, cohort_rows
from app.reviewing.published import Published
from app.theme import Theme

BEFORE = "Choose which sessions to count, then press Count. Until then: the published figures."
STOPPED = "Stopped: nothing was counted."
WRONG_DAY = "write the day as YYYY-MM-DD."


_SHARES = {0: 0.20, 1: 0.14, 2: 0.20, 3: 0.14, 5: 0.11}
"""Of the width, by column; the fifth takes the rest."""


class _CohortModel(RowsModel):
    """Rows of which headings and the site's own figures are in strong type."""

    strong: Sequence[bool] = ()

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.FontRole and self.strong[index.row()]:
            return theme.font("body", strong=True)
        return super().data(index, role)


class CohortTable(RecordTable):
    """The figures; the row that has the focus is read whole below the table."""

    def __init__(self) -> None:
        super().__init__("figures of the cohort", HEADINGS, widest=4)
        self._figures = _CohortModel(HEADINGS, self)
        self.rows_model = self._figures
        self.setModel(self.rows_model)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def fit(self) -> None:
        """Take the sizes in force; the columns share the width, most for what was measured."""
        super().fit()
        for column, share in _SHARES.items():
            self.setColumnWidth(column, round(share * self.viewport().width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width among the columns."""
        super().resizeEvent(event)
        self.fit()

    def show_cohort(self, rows: Sequence[CohortRow]) -> None:
        """Show `rows`, none chosen."""
        self.clearSpans()
        self._figures.strong = [row.is_heading or row.is_own for row in rows]
        self.show_rows([Row(t_ns=place, cells=row.cells) for place, row in enumerate(rows)])
        for place, row in enumerate(rows):
            if row.is_heading:
                self.setSpan(place, 0, 1, len(HEADINGS))


class CohortDesk(QWidget):
    """A form on top, what was counted in sentences, and the figures below."""

    def __init__(
        self,
        catalogue: Catalogue,
        many: ManySessions,
        rules: CohortRules,
        published: Published,
        writer: ManyWriter | None = None,
        *,
        save_file: SaveFile = ask_to_save,
    ) -> None:
        """Count sessions of `many` by `rules`, beside `published`.

        What was counted is saved by `writer`; without one nothing is.
        """
        super().__init__()
        self._catalogue, self._many = catalogue, many
        self._rules, self._published = rules, published
        self.answer: CohortAnswer | None = None
        self._rows: list[CohortRow] = []
        self.since = TextField("first day", "YYYY-MM-DD")
        self.until = TextField("last day", "YYYY-MM-DD")
        for field in (self.since, self.until):
            field.setMaximumWidth(220)
        self.protocol = _box("protocol", "Every protocol")
        self.room = _box("room", "Every room")
        self.kind = _box("real or simulated", "Real sessions")
        self.kind.addItem("Simulated sessions", True)
        self.first_visits = QCheckBox("First visits only")
        self.first_visits.setToolTip(
            "The first session with drug that this record has of each patient."
        )
        self.count = QPushButton("Count")
        theme.style(self.count, kind="primary")
        self.count.clicked.connect(self.start)
        self._writer = writer
        self.save = SaveResult(
            "Save the cohort", "cohort.pdf", self._to_write, writer is not None, save_file
        )
        self.stop = QPushButton("Stop")
        self.bar = QProgressBar()
        self.bar.setAccessibleName("counting")
        self.problem = wrapped_label(name="what is wrong with the selection")
        theme.style(self.problem, tone="attention", strong=True)
        self.told = wrapped_label(BEFORE, name="what was counted")
        self.table = CohortTable()
        self.table.moment_chosen.connect(self._read_out)
        self.whole = wrapped_label(name="the chosen figure in full")
        self.source = wrapped_label(_source(rules, published), name="files of what is counted")
        theme.style(self.source, role="small", tone="dim")
        self.work = Work(self)
        self.stop.clicked.connect(self.work.stop)
        self.work.progressed.connect(self._progress)
        self.work.done.connect(self._done)
        self.work.failed.connect(self._fail)
        self._lay_out()
        self._show(None)
        self.look_again()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        form = QGridLayout()
        column.addLayout(form)
        form.setSpacing(theme.GRID_PX)
        fields: tuple[tuple[str, QWidget], ...] = (
            ("From", self.since),
            ("To", self.until),
            ("Protocol", self.protocol),
            ("Room", self.room),
            ("Sessions", self.kind),
        )
        for place, (words, field) in enumerate(fields):
            label = QLabel(words)
            label.setBuddy(field)
            theme.style(label, role="small", tone="dim")
            form.addWidget(label, 0, place)
            form.addWidget(field, 1, place)
        form.addWidget(self.first_visits, 1, len(fields))
        form.addWidget(self.count, 1, len(fields) + 1)
        form.addWidget(self.save.button, 1, len(fields) + 2)
        form.setColumnStretch(len(fields) + 3, 1)
        working = QHBoxLayout()
        column.addLayout(working)
        working.addWidget(self.bar, 1)
        working.addWidget(self.stop)
        for widget in (self.problem, self.save.said, self.told):
            column.addWidget(widget)
        column.addWidget(self.table, 1)
        for widget in (self.whole, self.source):
            column.addWidget(widget)
        self._show_working(working=False)

    def _show_working(self, *, working: bool) -> None:
        self.bar.setVisible(working)
        self.stop.setVisible(working)
        self.count.setEnabled(not working)

    @Slot()
    def look_again(self) -> None:
        """Offer the protocols and rooms of the record; what was counted stays until Count."""
        try:
            _offer(self.protocol, self._catalogue.protocols())
            _offer(self.room, self._many.rooms())
        except CatalogueError as error:
            show_text(self.problem, str(error))

    def search(self) -> CohortSearch:
        """What the form asks for.

        Raises:
            ValueError: a day that is none; the text says which.
        """
        return CohortSearch(
            since=_day(self.since),
            until=_day(self.until),
            protocol=str(self.protocol.currentData() or ""),
            room=str(self.room.currentData() or ""),
            simulated=bool(self.kind.currentData()),
            first_visits=self.first_visits.isChecked(),
        )

    @Slot()
    def start(self) -> None:
        """Count what the form asks for."""
        if self.work.busy:
            return
        try:
            search = self.search()
        except ValueError as error:
            show_text(self.problem, str(error))
            return
        show_text(self.problem, "")
        self.bar.setValue(0)
        self.bar.setFormat("Counting: %p %")
        self._show_working(working=True)
        self.work.start(partial(self._many.cohort, search))

    @Slot(float, float)
    def _progress(self, share: float, left_s: float) -> None:
        self.bar.setValue(round(100 * share))
        left = "" if left_s < 0 else f", about {left_s:.0f} s left"
        self.bar.setFormat(f"Counting: %p %{left}")

    @Slot(object)
    def _done(self, answer: CohortAnswer | None) -> None:
        self._show_working(working=False)
        if answer is None:
            show_text(self.problem, STOPPED)
            return
        self._show(answer)

    @Slot(str)
    def _fail(self, words: str) -> None:
        self._show_working(working=False)
        show_text(self.problem, words)

    def _show(self, answer: CohortAnswer | None) -> None:
        self.answer = answer
        self._rows = cohort_rows(None if answer is None else answer.cohort, self._published)
        self.table.show_cohort(self._rows)
        show_text(self.whole, "")
        self.save.allow(allowed=answer is not None)
        if answer is None:
            return
        told = [
            f"Counted: {answer.search.words}.",
            *answer_sentences(answer, self._rules.confidence),
        ]
        show_text(self.told, " ".join(told))

    @Slot(object)
    def _read_out(self, place: int) -> None:
        row = self._rows[place]
        show_text(self.whole, "" if row.is_heading else row.sentence)

    def dress(self, look: Theme) -> None:
        """Take the colours and sizes in force."""
        self.table.fit()

    def _to_write(self) -> Write | None:
        """What writes the cohort shown, as it was counted."""
        if self._writer is None or self.answer is None:
            return None
        write, answer = self._writer.write_cohort, self.answer
        return lambda path: write(answer, self._rules, self._published, path)

    def finish(self) -> None:
        """Stop what still works."""
        self.work.finish()
        self.save.finish()


def _source(rules: CohortRules, published: Published) -> str:
    approved = [
        f"{one.title}, version {one.version}, "
        + (f"approved by {one.approved_by}" if one.approved_by else "not approved by anybody yet")
        for one in (rules, published)
    ]
    return f"{'; '.join(approved)}. Fewer than {rules.least}: counts without a rate."


def _box(name: str, first: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.addItem(first, None)
    return box


def _offer(box: QComboBox, names: Sequence[str]) -> None:
    with QSignalBlocker(box):
        chosen = box.currentData()
        while box.count() > 1:
            box.removeItem(1)
        for name in names:
            box.addItem(name, name)
        box.setCurrentIndex(max(0, box.findData(chosen)) if chosen else 0)


def _day(field: TextField) -> date | None:
    words = field.words()
    try:
        return date.fromisoformat(words) if words else None
    except ValueError as error:
        raise ValueError(f"{words}: {WRONG_DAY}") from error
