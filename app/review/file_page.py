"""One file from elsewhere, opened: what it is, its plots, a waveform, its tables, its channels."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.importing.choices import Choices
from app.importing.foreign import ForeignRecording
from app.importing.statistics import statistics_of
from app.importing.words import (
    HEADING,
    STATISTICS_HEADINGS,
    about_words,
    clock_words,
    heading_words,
    since_words,
    source_lines,
    statistics_cells,
)
from app.review.channel_form import ChannelForm
from app.review.file_plot import FilePlot
from app.review.file_wave import FileWave
from app.review.page_tabs import PAGE, add_tabs
from app.review.record_table import RecordTable
from app.review.rows import Row
from protocols.vitals import NS_PER_S

FOUND, STATISTICS, MARKS, CHANNELS = "Found", "Statistics", "Marks", "Channels"
_MOST_SAID = 2
"""What is missing is said above the plots in so many sentences; all stands under Found."""


class FilePage(QWidget):
    """Everything about one file; told what to show.

    `heading`, `about` and `notice` stand where the desk puts them, above the page.

    Signals:
        choices_made: read the file again with these `Choices` (as an object).
    """

    choices_made = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel(HEADING)
        self.heading.setAccessibleName("where this comes from")
        theme.style(self.heading, role="title", tone="attention")
        self.about = wrapped_label(name="about the file")
        self.notice = wrapped_label(name="what is missing")
        theme.style(self.notice, tone="attention", strong=True)
        self.values = QLabel()
        self.values.setTextFormat(Qt.TextFormat.RichText)
        self.values.setAccessibleName("values at the cursor")
        self.values.setMinimumWidth(0)
        self.plot = FilePlot()
        self.plot.moved.connect(self._show_moment)
        self.waves = QComboBox()
        self.waves.setAccessibleName("waveform shown")
        self.waves.currentIndexChanged.connect(self._show_wave)
        self.strip = FileWave()
        self.found = wrapped_label(name="what was found and checked")
        self.found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.statistics = RecordTable("statistics", STATISTICS_HEADINGS, 8)
        self.marks = RecordTable("marks", ("At", "Since start", "Lasts", "Text"), 3)
        self.marks.moment_chosen.connect(self.plot.go_to)
        self.channels = ChannelForm()
        self.channels.choices_made.connect(self.choices_made)
        self.stack = QStackedWidget()
        self.recording: ForeignRecording | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self._make_plots())
        parts.addWidget(self._make_tables())
        parts.setStretchFactor(0, 1)
        parts.setSizes([560, 200])
        column.addWidget(parts, 1)

    def _make_plots(self) -> QWidget:
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        column.addLayout(row)
        row.addWidget(self.values, 1)
        row.addWidget(self.waves)
        column.addWidget(self.plot, 1)
        column.addWidget(self.strip)
        return upper

    def _make_tables(self) -> QWidget:
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.found)
        scroll.setAccessibleName("found")
        self.found.setAlignment(Qt.AlignmentFlag.AlignTop)
        pages: tuple[tuple[str, QWidget], ...] = (
            (FOUND, scroll),
            (STATISTICS, self.statistics),
            (MARKS, self.marks),
            (CHANNELS, self.channels),
        )
        self.tabs = add_tabs(row, self.stack, pages, self._turn, kind="action")
        row.addStretch(1)
        column.addWidget(self.stack, 1)
        return lower

    def show_file(self, recording: ForeignRecording, choices: Choices) -> None:
        """Show `recording`, which was read with `choices`."""
        self.recording = recording
        theme.set_text(self.heading, heading_words(recording))
        theme.set_text(self.about, f"{recording.name} · {about_words(recording)}")
        show_text(self.notice, _notice(recording))
        theme.set_text(self.found, found_text(recording))
        self.statistics.show_rows(
            [Row(t_ns=0, cells=statistics_cells(one)) for one in statistics_of(recording)]
        )
        self.marks.show_rows(mark_rows(recording))
        self.channels.show_file(recording, choices)
        self.waves.clear()
        self.waves.addItems([f"{one.label} · {one.channel}" for one in recording.waves])
        for widget in (self.waves, self.strip):
            widget.setVisible(bool(recording.waves))
        left = len(recording.unknown)
        self.tabs[MARKS].setText(f"{MARKS} {len(recording.marks)}")
        self.tabs[CHANNELS].setText(f"{CHANNELS}, {left} not shown" if left else CHANNELS)
        self.strip.stand_alone(alone=not recording.streams)
        self._choose_wave(recording)
        self.turn_to(FOUND if recording.streams or recording.waves else CHANNELS)
        self.plot.show_file(recording)

    def turn_to(self, name: str) -> None:
        """Show the table or page `name` below the plots."""
        self.tabs[name].setChecked(True)
        self.stack.setCurrentIndex(list(self.tabs).index(name))

    def fit(self) -> None:
        """Take the sizes and colours in force."""
        for table in (self.statistics, self.marks, self.channels.table):
            table.fit()
        self.strip.fit()
        self.plot.update()

    def _choose_wave(self, recording: ForeignRecording) -> None:
        """The pulse wave first, where there is one."""
        labels = [one.label for one in recording.waves]
        if "pleth" in labels:
            self.waves.setCurrentIndex(labels.index("pleth"))
        self._show_wave()

    @Slot()
    def _show_wave(self) -> None:
        place = self.waves.currentIndex()
        waves = () if self.recording is None else self.recording.waves
        self.strip.show_wave(waves[place] if 0 <= place < len(waves) else None)

    @Slot()
    def _turn(self) -> None:
        self.turn_to(str(self.sender().property(PAGE)))

    @Slot()
    def _show_moment(self) -> None:
        recording = self.recording
        if recording is None:
            return
        t_s = self.plot.t_ns / NS_PER_S
        self.strip.show_moment(t_s)
        parts = [f"<b>{clock_words(recording, t_s)}</b>"]
        if recording.start is not None:
            parts.append(since_words(t_s))
        known = self.plot.values_at_cursor()
        parts += [f"{escape(label)} <b>{escape(value)}</b>" for label, value in known]
        theme.set_text(self.values, " · ".join(parts))


def _notice(recording: ForeignRecording) -> str:
    said = list(recording.missing[:_MOST_SAID])
    more = len(recording.missing) - len(said)
    if more:
        said.append(f"{more} more under {FOUND}.")
    if recording.implausible:
        said.append(
            f"{recording.implausible} values that no person can have are marked ×, not drawn."
        )
    return "\n".join(said)


def found_text(recording: ForeignRecording) -> str:
    """All that was found, checked, assumed and left out, a line each."""
    lines = ["Read:", *source_lines(recording)]
    for title, said in (
        ("Checked:", recording.checked),
        ("Missing or left out:", recording.missing),
        ("Assumed:", recording.notes),
        ("Channels:", tuple(f"{one.channel}: {one.mapped}" for one in recording.streams)),
    ):
        if said:
            lines += ["", title, *said]
    lines += ["", "Nothing of this file is kept, and the file was not changed."]
    return "\n".join(lines)


def mark_rows(recording: ForeignRecording) -> Sequence[Row]:
    """A row a mark."""
    return [
        Row(
            t_ns=round(one.t_s * NS_PER_S),
            cells=(
                clock_words(recording, one.t_s),
                since_words(one.t_s),
                "" if one.duration_s is None else f"{one.duration_s:g} s",
                one.text,
            ),
        )
        for one in recording.marks
    ]
