"""One course opened: sentences, a row of visits, ratings over time, visits and side effects."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.course_words import course_sentences
from app.bedside.courses_page import fill_table, make_table
from app.bedside.fields import show_text, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from app.plots.curve_chart import Chart, CurveChart
from app.records.course_book import CoursePicture
from app.review.course_charts import HEART, PRESSURE, score_charts, visit_charts
from app.review.course_rows import VISIT_HEADINGS, Visit, effect_table, visit_rows
from app.reviewing.course_progress import milestones, score_bounds
from protocols.courses.course import CourseView
from protocols.courses.parse import CourseFileError, parse_rules
from protocols.courses.standing import due_items

BEYOND = (
    "Upper row: SBP ▲ and DBP ▼ in mmHg; lower row: heart rate in /min, median of half a minute; "
    "over minutes from the start of drug. Dashed: baseline. Dotted: warning limits while the drug "
    "runs; upright: start and end of drug. Click a visit to open its session."
)
COUNTED = (
    "Beyond warning: minutes for which the longest met rule of the warning tier was met, for each "
    "vital, from the start of drug to the discharge. Peaks and rises are those of page one of the "
    "session; minutes count from the start of drug. Return or a double click opens the session."
)


_BAR_PX = 18
"""Height of a bar that scrolls a table sideways."""


class CoursePage(QScrollArea):
    """A course, read only.

    Signals:
        session_wanted: name of the session that a person wants to open.
    """

    session_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("the course")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._visits: tuple[Visit, ...] = ()
        page = QWidget()
        self.column = QVBoxLayout(page)
        self.column.setContentsMargins(0, 0, 8, 0)
        self.column.setSpacing(theme.GRID_PX)
        self.title = QLabel()
        theme.style(self.title, role="title")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.problem = wrapped_label(name="what is wrong with the course")
        theme.style(self.problem, tone="attention", strong=True)
        self.summary = wrapped_label(name="the course in sentences")
        self.open = wrapped_label(name="what is open in the course")
        theme.style(self.open, tone="attention")
        for widget in (self.title, self.problem, self.summary, self.open):
            self.column.addWidget(widget)
        self._lay_out_charts()
        self._lay_out_tables()
        self.column.addStretch(1)
        self.setWidget(page)

    def _lay_out_charts(self) -> None:
        self.row = QScrollArea()
        self.row.setAccessibleName("visits side by side")
        self.row.setWidgetResizable(True)
        self.row.setFrameShape(QFrame.Shape.NoFrame)
        self.row.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        self._grid = RefilledLayout(grid)
        self.row.setWidget(inner)
        self.column.addWidget(self.row)
        self.note = wrapped_label(BEYOND, name="what the charts show")
        theme.style(self.note, role="small", tone="dim")
        self.column.addWidget(self.note)
        self.ratings = QWidget()
        self._ratings = RefilledLayout(QVBoxLayout(self.ratings))
        self._ratings.layout.setContentsMargins(0, 0, 0, 0)
        self.scores_title = self._heading("Ratings over time")
        self.column.addWidget(self.ratings)
        self.definition = wrapped_label(name="definitions of the outcome")
        theme.style(self.definition, role="small", tone="dim")
        self.column.addWidget(self.definition)
        self.charts: list[CurveChart] = []
        self.score_charts: list[CurveChart] = []

    def _lay_out_tables(self) -> None:
        self.visits_title = self._heading("Visits")
        self.visits = make_table("visits of the course", VISIT_HEADINGS)
        self.visits.setWordWrap(False)
        self.visits.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.visits.activated.connect(self._open_row)
        self.column.addWidget(self.visits)
        self.counted = wrapped_label(COUNTED, name="how the visits are counted")
        theme.style(self.counted, role="small", tone="dim")
        self.column.addWidget(self.counted)
        self.effects_title = self._heading("Side effects and events over visits")
        self.effects = make_table("side effects over visits", ("",))
        self.column.addWidget(self.effects)
        self.no_effects = wrapped_label(
            "No side effect and no event was entered in the visits that were read.",
            name="no side effects",
        )
        self.column.addWidget(self.no_effects)

    def _heading(self, text: str) -> QLabel:
        heading = QLabel(text)
        theme.style(heading, role="title")
        self.column.addWidget(heading)
        return heading

    def show_course(self, picture: CoursePicture, visits: Sequence[Visit]) -> None:
        """Show a course; a visit whose picture is not read yet shows what is known of it."""
        self._visits = tuple(visits)
        view = picture.view
        opened = picture.opened
        simulated = "  ·  SIMULATED" if opened.simulated else ""
        self.title.setText(f"{opened.patient}, MRN {opened.mrn}{simulated}")
        show_text(self.problem, picture.problem)
        parts: tuple[QWidget, ...] = (
            self.row,
            self.note,
            self.scores_title,
            self.ratings,
            self.definition,
            self.visits_title,
            self.visits,
            self.counted,
            self.effects_title,
        )
        for part in parts:
            part.setVisible(view is not None)
        if view is None:
            for hidden in (self.effects, self.no_effects):
                hidden.hide()
            show_text(self.summary, "The course cannot be shown.")
            show_text(self.open, "")
            return
        told = course_sentences(view, decisions=False)
        show_text(self.summary, "\n".join([view.template.title, *told]))
        due = [f"{'Overdue' if one.overdue else 'Open'}: {one.sentence}" for one in due_items(view)]
        show_text(self.open, "\n".join(due))
        self._show_visits()
        self._show_scores(view, opened.rules_text)
        self._show_effects()
        bounds = "; ".join(f"{name}: {words}" for name, words in view.outcome.bounds)
        self.definition.setText(f"{view.outcome.definition} In numbers: {bounds}.")
        self.fit()

    def _show_visits(self) -> None:
        pairs = [(visit.line, visit.picture) for visit in self._visits]
        self._grid.clear()
        self.charts = []
        if any(picture is not None for _, picture in pairs):
            for row, vitals in enumerate((PRESSURE, HEART)):
                for column, chart in enumerate(visit_charts(pairs, vitals)):
                    self._add_chart(chart, column, row)
        self.row.setVisible(bool(self.charts))
        fill_table(self.visits, visit_rows(self._visits))
        self.visits.resizeColumnsToContents()
        self.visits.setFixedHeight(self.visits.maximumHeight() + _BAR_PX)

    def _add_chart(self, chart: Chart | None, column: int, row: int) -> None:
        visit = self._visits[column]
        name = f"visit {visit.line.position}, {'blood pressure' if row == 0 else 'heart rate'}"
        widget = CurveChart(name, can_be_chosen=True)
        widget.setToolTip(visit.problem or f"Open session {visit.session}")
        widget.setProperty("session", visit.session)
        widget.chosen.connect(self._open_chart)
        widget.show_chart(chart)
        self._grid.add(widget, row, column)
        self.charts.append(widget)

    def _show_scores(self, view: CourseView, rules_text: str) -> None:
        self._ratings.clear()
        self.score_charts = []
        try:
            rules = parse_rules(rules_text, "rules of the course")
        except CourseFileError:
            return  # said by the picture's own problem
        charts = score_charts(view, score_bounds(view, rules), milestones(view, rules))
        for chart in charts:
            widget = CurveChart(f"ratings, {chart.title}")
            widget.show_chart(chart)
            self._ratings.add(widget)
            self.score_charts.append(widget)
        if not charts:
            self._ratings.add(wrapped_label("No rating yet.", name="no rating"))

    def _show_effects(self) -> None:
        headings, rows = effect_table(self._visits)
        table: QTableWidget = self.effects
        table.setColumnCount(len(headings))
        table.setHorizontalHeaderLabels(list(headings))
        fill_table(table, rows)
        table.setVisible(bool(rows))
        self.no_effects.setVisible(not rows)

    def fit(self) -> None:
        """Take the sizes of type in force."""
        small = theme.active_sizes().small
        for widget in self.charts:
            widget.setMinimumSize(small * 12, round(small * 8.5))
        self.row.setFixedHeight(2 * round(small * 8.5) + 4 + 18)
        for place, widget in enumerate(self.score_charts):
            widget.setFixedHeight(small * (13 if place == 0 else 9))

    @Slot()
    def _open_chart(self) -> None:
        self.session_wanted.emit(str(self.sender().property("session")))

    @Slot()
    def _open_row(self) -> None:
        row = self.visits.currentRow()
        if 0 <= row < len(self._visits):
            self.session_wanted.emit(self._visits[row].session)
