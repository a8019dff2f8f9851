"""The desk of comparison: two to eight sessions laid over each other on one event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.courses_page import fill_table, make_table
from app.bedside.fields import show_text, wrapped_label
from app.plots.curve_chart import CurveChart
from app.records.catalogue import Catalogue, CatalogueError, Progress, Search, SessionLine
from app.records.course_book import CourseError
from app.records.many_sessions import ManySessions, ManyWriter
from app.review.compare_charts import compare_charts
from app.review.compare_choice import CompareChoice
from app.review.courses_desk import CoursesToRead
from app.review.files_asked import SaveFile, ask_to_save
from app.review.save_result import SaveResult, Write
from app.review.work import Work
from app.reviewing.alignment import (
    COMPARED,
    LEAST_SESSIONS,
    MIXED,
    MOST_SESSIONS,
    TABLE_MINUTES,
    WITHIN_WORDS,
    Anchor,
    AnchorKind,
    Comparison,
    align,
    lacking,
    table_rows,
    tabulate,
)
from app.reviewing.traces import MarkKind, SessionTrace, labels_of
from app.theme import Theme
from protocols.vitals import VITALS, Vital

MOST_FOUND = 100
CHOOSE = "Choose two to eight sessions on the left."
_PLAIN = (
    ("Start of drug", AnchorKind.START),
    ("End of drug", AnchorKind.END),
    ("Baseline frozen", AnchorKind.BASELINE),
)


class CompareDesk(QWidget):
    """The sessions chosen on the left, their curves in the middle, the table on the right."""

    def __init__(
        self,
        catalogue: Catalogue,
        many: ManySessions,
        courses: CoursesToRead | None = None,
        writer: ManyWriter | None = None,
        *,
        save_file: SaveFile = ask_to_save,
    ) -> None:
        """Compare sessions of `many`; `courses` say which belong together.

        What is shown is saved by `writer`; without one nothing is.
        """
        super().__init__()
        self._catalogue, self._many, self._courses = catalogue, many, courses
        self._traces: dict[str, SessionTrace] = {}
        self._read: tuple[str, ...] = ()
        self.comparison: Comparison | None = None
        self.choice = CompareChoice()
        self.choice.search_changed.connect(self._find)
        self.choice.changed.connect(self._read_chosen)
        self.choice.patient_wanted.connect(self._choose_patient)
        self.choice.course_wanted.connect(self._choose_course)
        self._make_boxes()
        self.message = wrapped_label(CHOOSE, name="message")
        theme.style(self.message, role="title")
        self.mixed = wrapped_label(name="simulated and real together")
        theme.style(self.mixed, tone="attention", strong=True)
        self.left_out = wrapped_label(name="what is left out and lacking")
        theme.style(self.left_out, role="small")
        self.charts = {vital: CurveChart(f"compared {VITALS[vital].name}") for vital in COMPARED}
        self.table = make_table("values at minutes", ("", *(f"{m}" for m in TABLE_MINUTES)))
        self.save = SaveResult(
            "Save the comparison", "comparison.pdf", self._to_write, writer is not None, save_file
        )
        self._writer = writer
        self.bar = QProgressBar()
        self.bar.setAccessibleName("reading the sessions")
        self.work = Work(self)
        self.work.progressed.connect(self._progress)
        self.work.done.connect(self._done)
        self.work.failed.connect(self._fail)
        self._offer_anchors()
        self._lay_out()
        for box in (self.anchor, self.values):
            box.currentIndexChanged.connect(self._align)
        self.nth.valueChanged.connect(self._align)
        self.vital.currentIndexChanged.connect(self._show_table)
        self._show()
        self.look_again()

    def _make_boxes(self) -> None:
        self.anchor = QComboBox()
        self.anchor.setAccessibleName("aligned on")
        self.anchor.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.nth = QSpinBox()
        self.nth.setAccessibleName("which one, counted from 1")
        self.nth.setRange(1, 99)
        self.nth.setPrefix("number ")
        self.values = QComboBox()
        self.values.setAccessibleName("values shown")
        self.values.addItem("As measured", False)
        self.values.addItem("Change from baseline", True)
        self.vital = QComboBox()
        self.vital.setAccessibleName("vital of the table")
        for vital in COMPARED:
            self.vital.addItem(f"{VITALS[vital].label} {VITALS[vital].unit_text}", vital)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.choice)
        right = QVBoxLayout()
        row.addLayout(right, 1)
        right.setSpacing(theme.GRID_PX)
        line = QHBoxLayout()
        right.addLayout(line)
        label = QLabel("Aligned on")
        label.setBuddy(self.anchor)
        line.addWidget(label)
        for field in (self.anchor, self.nth, self.values):
            line.addWidget(field)
        line.addWidget(self.save.button)
        line.addStretch(1)
        for widget in (self.bar, self.save.said, self.message, self.mixed):
            right.addWidget(widget)
        self._body = QWidget()
        right.addWidget(self._body, 1)
        right.addStretch(0)
        body = QHBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(12)
        plots = QVBoxLayout()
        body.addLayout(plots, 3)
        plots.setSpacing(4)
        for chart in self.charts.values():
            plots.addWidget(chart, 1)
        self._side = QWidget()
        body.addWidget(self._side, 2)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(self.vital)
        side.addWidget(self.table)
        self.within = wrapped_label(
            WITHIN_WORDS,
            name="how the table is made",
        )
        theme.style(self.within, role="small", tone="dim")
        side.addWidget(self.within)
        side.addWidget(self.left_out)
        side.addStretch(1)
        self.bar.hide()

    @Slot()
    def look_again(self) -> None:
        """List the sessions to add from anew, and read those chosen anew."""
        self._traces.clear()
        self._read = ()
        self._find(self.choice.search.words())
        self._read_chosen()

    @Slot(str)
    def _find(self, words: str) -> None:
        try:
            self.choice.show_found(
                self._catalogue.list_sessions(Search(patient=words), most=MOST_FOUND)
            )
        except CatalogueError as error:
            show_text(self.choice.note, str(error))

    @Slot(object)
    def _choose_patient(self, line: SessionLine) -> None:
        """Choose the sessions of the patient of `line`, simulated or real as it is."""
        if not line.mrn:
            show_text(self.choice.note, "The session has no record number.")
            return
        try:
            found = self._catalogue.list_sessions(Search(patient=line.mrn))
        except CatalogueError as error:
            show_text(self.choice.note, str(error))
            return
        mine = [one for one in found if one.mrn == line.mrn and one.simulated is line.simulated]
        self._choose(mine, "the patient")

    @Slot(object)
    def _choose_course(self, line: SessionLine) -> None:
        """Choose the sessions of the course that `line` belongs to."""
        names: set[str] = set()
        try:
            for picture in () if self._courses is None else self._courses.courses_of(line.mrn):
                view = picture.view
                given = () if view is None else (visit.fact for visit in view.visits)
                sessions = {fact.session for fact in given if fact is not None}
                names |= sessions if line.session in sessions else set()
            found = self._catalogue.list_sessions(Search(patient=line.mrn)) if names else []
        except (CourseError, CatalogueError) as error:
            show_text(self.choice.note, str(error))
            return
        if not names:
            show_text(self.choice.note, "The session belongs to no course.")
            return
        self._choose([one for one in found if one.session in names], "the course")

    def _choose(self, newest_first: Sequence[SessionLine], whose: str) -> None:
        kept = list(reversed(newest_first))[-MOST_SESSIONS:]
        more = len(newest_first) - len(kept)
        note = f"The newest {MOST_SESSIONS} of {len(newest_first)} of {whose}." if more else ""
        self.choice.choose(kept, note)

    @Slot()
    def _read_chosen(self) -> None:
        names = tuple(line.session for line in self.choice.chosen)
        self.work.abandon()
        missing = [name for name in names if name not in self._traces]
        if len(names) < LEAST_SESSIONS or not missing:
            self.bar.hide()
            self._align()
            return
        self.bar.setValue(0)
        self.bar.show()
        self.work.start(partial(_read_traces, self._many, missing))

    @Slot(float, float)
    def _progress(self, share: float, _left_s: float) -> None:
        self.bar.setValue(round(100 * share))

    @Slot(object)
    def _done(self, traces: list[SessionTrace] | None) -> None:
        self.bar.hide()
        for trace in traces or ():
            self._traces[trace.session] = trace
        self._offer_anchors()
        self._align()

    @Slot(str)
    def _fail(self, words: str) -> None:
        self.bar.hide()
        self.comparison = None
        self._show()
        self.message.setText(words)

    def _offer_anchors(self) -> None:
        """Offer what the chosen sessions have to be aligned on; keep what is chosen."""
        chosen = self.anchor.currentData()
        with QSignalBlocker(self.anchor):
            self.anchor.clear()
            for words, kind in _PLAIN:
                self.anchor.addItem(words, (kind, ""))
            for kind, name, words in self._named():
                self.anchor.addItem(words, (kind, name))
            place = next(
                (n for n in range(self.anchor.count()) if self.anchor.itemData(n) == chosen), 0
            )
            self.anchor.setCurrentIndex(place)

    def _named(self) -> Iterator[tuple[AnchorKind, str, str]]:
        traces = self._chosen_traces()
        marks = [mark for trace in traces for mark in trace.marks]
        for name, label in labels_of(marks, MarkKind.ALARM).items():
            yield AnchorKind.ALARM, name, f"Alarm: {label}"
        for name, label in labels_of(marks, MarkKind.OBSERVATION).items():
            yield AnchorKind.OBSERVATION, name, f"Observation: {label}"

    def _chosen_traces(self) -> list[SessionTrace]:
        names = [line.session for line in self.choice.chosen]
        return [self._traces[name] for name in names if name in self._traces]

    @Slot()
    def _align(self) -> None:
        traces = self._chosen_traces()
        kind, name = self.anchor.currentData()
        numbered = kind in (AnchorKind.ALARM, AnchorKind.OBSERVATION)
        self.nth.setVisible(numbered)
        nth = self.nth.value() if numbered else 1
        self.comparison = None
        if len(traces) >= LEAST_SESSIONS and len(traces) == len(self.choice.chosen):
            self.comparison = align(
                traces,
                Anchor(kind=kind, name=name, nth=nth),
                changes=bool(self.values.currentData()),
            )
        self._show()

    def _show(self) -> None:
        found = self.comparison
        self._body.setVisible(found is not None)
        self.save.allow(allowed=found is not None and bool(found.sessions))
        self.message.setVisible(found is None or not found.sessions)
        if found is None:
            self.message.setText(CHOOSE)
            show_text(self.mixed, "")
            return
        if not found.sessions:
            self.message.setText(f"None of the sessions has this event: {found.anchor.words}.")
        show_text(self.mixed, MIXED if found.mixed else "")
        charts = compare_charts(found)
        for vital, widget in self.charts.items():
            widget.show_chart(charts.get(vital))
            widget.setVisible(vital in charts)
        show_text(self.left_out, "\n".join(lacking(found)))
        self._show_table()

    @Slot()
    def _show_table(self) -> None:
        if self.comparison is None:
            return
        vital = Vital(self.vital.currentData())
        changes = self.comparison.changes
        fill_table(self.table, table_rows(tabulate(self.comparison, vital), changes=changes))

    def dress(self, look: Theme) -> None:
        """Take the colours and sizes in force."""
        body = theme.active_sizes().body
        self.choice.setFixedWidth(round(body * 20))
        self._side.setMinimumWidth(round(body * 22))
        self._show_table()

    def _to_write(self) -> Write | None:
        """What writes the comparison shown, with every vital of its table."""
        if self._writer is None or self.comparison is None:
            return None
        return partial(self._writer.write_comparison, self.comparison)

    def finish(self) -> None:
        """Stop what still works."""
        self.work.finish()
        self.save.finish()


def _read_traces(
    many: ManySessions, sessions: Sequence[str], progress: Progress
) -> list[SessionTrace] | None:
    found: list[SessionTrace] = []
    for number, session in enumerate(sessions):
        if not progress(number / len(sessions)):
            return None
        found += many.traces([session])
    return found
