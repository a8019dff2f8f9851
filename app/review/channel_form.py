"""The channels of a file from elsewhere: what each is shown as, and saying what others are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import DecimalField, show_text, wrapped_label
from app.importing.choices import TIME_UNITS, Choices
from app.importing.foreign import FileKind, ForeignRecording, vital_words
from app.importing.words import zero_words
from app.rejudging.table_map import Column, make_column
from app.review.record_table import RecordTable
from app.review.rows import Row
from protocols.vitals import SCORES, VITALS, Vital

HEADINGS = ("Channel", "Unit", "Holds", "Shown as")
_NOT_SHOWN = "not shown"
_AS_IN_FILE = "as the file says"
_OFFERED = tuple(v for v in Vital if v not in SCORES and v is not Vital.CUFF)


class ChannelForm(QWidget):
    """A table of all channels, and below it what a person may say of the one chosen.

    Signals:
        choices_made: read the file again with these `Choices` (as an object).
    """

    choices_made = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = RecordTable("channels", HEADINGS, 3)
        self.table.selectionModel().currentRowChanged.connect(self._show_chosen)
        self.chosen = QLabel("")
        self.chosen.setAccessibleName("channel chosen")
        self.vital = QComboBox()
        self.vital.setAccessibleName("what the channel is")
        self.vital.addItem(_NOT_SHOWN, None)
        for vital in _OFFERED:
            self.vital.addItem(f"{vital_words(vital)} ({VITALS[vital].name})", vital.value)
        self.vital.activated.connect(self._choose)
        self.zero = QCheckBox("0 means no value")
        self.repeated = QCheckBox("Last pressure stands in every row")
        self.day_first = QComboBox()
        self.day_first.setAccessibleName("order of dates")
        for words, value in ((_AS_IN_FILE, None), ("day first", True), ("month first", False)):
            self.day_first.addItem(words, value)
        self.time = QComboBox()
        self.time.setAccessibleName("column of the time")
        self.unit = QComboBox()
        self.unit.setAccessibleName("unit of the time")
        self.unit.addItems(list(TIME_UNITS))
        self.unit.setCurrentText("s")
        self.rate = DecimalField("rows a second", digits=4, decimals=3)
        self.rate.setPlaceholderText("rows a second")
        self.again = QPushButton("Read again")
        theme.style(self.again, kind="primary")
        self.again.clicked.connect(self._tell)
        self.question = wrapped_label(name="question about zeros")
        theme.style(self.question, tone="attention", strong=True)
        self._recording: ForeignRecording | None = None
        self._choices = Choices()
        self._vitals: dict[Vital, Column] = {}
        self._names: list[str] = []
        self._mappable: list[bool] = []
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID_PX)
        row.addWidget(self.table, 1)
        side = QScrollArea()
        side.setAccessibleName("what is said of the channels")
        side.setWidgetResizable(True)
        side.setFrameShape(QFrame.Shape.NoFrame)
        row.addWidget(side, 1)
        inner = QWidget()
        side.setWidget(inner)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.question)
        first = QHBoxLayout()
        column.addLayout(first)
        first.setSpacing(theme.GRID_PX)
        first.addWidget(self.chosen)
        first.addWidget(self.vital, 1)
        first.addWidget(self.again)
        self._of_tables = QWidget()
        second = QHBoxLayout(self._of_tables)
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(theme.GRID_PX)
        for words, widget in (("Time", self.time), ("in", self.unit), ("or", self.rate)):
            label = QLabel(words)
            second.addWidget(label)
            second.addWidget(widget)
        label = QLabel("Dates")
        second.addWidget(label)
        second.addWidget(self.day_first)
        second.addStretch(1)
        column.addWidget(self._of_tables)
        last = QHBoxLayout()
        column.addLayout(last)
        last.addWidget(self.zero)
        last.addWidget(self.repeated)
        last.addStretch(1)
        column.addStretch(1)

    def show_file(self, recording: ForeignRecording, choices: Choices) -> None:
        """Show the channels of `recording`, which was read with `choices`."""
        self._recording, self._choices = recording, choices
        self._vitals = dict(choices.vitals)
        self.zero.setChecked(recording.zero_is_missing)
        self.repeated.setChecked(choices.last_repeated)
        show_text(self.question, zero_words(recording))
        self._of_tables.setVisible(recording.kind is FileKind.CSV)
        self.time.clear()
        self.time.addItem(_AS_IN_FILE)
        self.time.addItems(list(recording.columns))
        self.time.setCurrentText(choices.time or _AS_IN_FILE)
        self.unit.setCurrentText(choices.time_unit)
        self.rate.setText(f"{choices.rate_hz:g}" if choices.rate_hz else "")
        self.day_first.setCurrentIndex(self.day_first.findData(choices.day_first))
        self._list()
        if self._names:
            first = next((n for n, one in enumerate(self._shown_as()) if one == _NOT_SHOWN), 0)
            self.table.selectRow(first)

    def _list(self) -> None:
        recording = self._recording
        if recording is None:
            return
        rows: list[tuple[str, str, str, str, bool]] = []
        for one in recording.streams:
            rows.append((one.channel, one.unit, f"{one.found} values", one.mapped, True))
        for wave in recording.waves:
            holds = f"{wave.samples} samples, {wave.rate_hz:g} a second"
            rows.append((wave.channel, wave.unit, holds, f"waveform: {wave.label}", True))
        for left in recording.unknown:
            untimed = recording.kind is FileKind.CSV and "time" in left.why
            words = f"{_NOT_SHOWN}: {left.why}"
            rows.append((left.name, left.unit, left.holds, words, left.numeric or untimed))
        self._names = [row[0] for row in rows]
        self._mappable = [row[4] for row in rows]
        said = {column.name: vital for vital, column in self._vitals.items()}
        self.table.show_rows(
            [
                Row(t_ns=0, cells=(name, unit or "--", holds, _as_said(shown, said.get(name))))
                for name, unit, holds, shown, _ in rows
            ]
        )

    def _shown_as(self) -> Sequence[str]:
        rows = self.table.rows_model.rows
        return [_NOT_SHOWN if row.cells[3].startswith(_NOT_SHOWN) else "" for row in rows]

    @Slot()
    def _show_chosen(self) -> None:
        place = self.table.currentIndex().row()
        there = 0 <= place < len(self._names)
        self.vital.setEnabled(there and self._mappable[place])
        theme.set_text(self.chosen, f"{self._names[place]} is" if there else "")
        said = {column.name: vital for vital, column in self._vitals.items()}
        vital = said.get(self._names[place]) if there else None
        if vital is None and there and self._recording is not None:
            shown = (s.vital for s in self._recording.streams if s.channel == self._names[place])
            vital = next(shown, None)
        self.vital.setCurrentIndex(self.vital.findData(None if vital is None else vital.value))

    @Slot()
    def _choose(self) -> None:
        """Take what the person says of the channel chosen; one channel a vital."""
        place = self.table.currentIndex().row()
        if not 0 <= place < len(self._names):
            return
        name = self._names[place]
        self._vitals = {v: c for v, c in self._vitals.items() if c.name != name}
        value = self.vital.currentData()
        if value is not None:
            self._vitals[Vital(value)] = make_column(name, ())
        self._list()
        self.table.selectRow(place)

    @Slot()
    def _tell(self) -> None:
        rate = self.rate.value()
        time = "" if self.time.currentIndex() <= 0 else self.time.currentText()
        zero: bool | None = True if self.zero.isChecked() else self._choices.zero_is_missing
        if not self.zero.isChecked() and self._choices.zero_is_missing:
            zero = None
        self.choices_made.emit(
            Choices(
                vitals=dict(self._vitals),
                time=time,
                time_unit=self.unit.currentText(),
                rate_hz=0.0 if rate is None else float(rate),
                zero_is_missing=zero,
                last_repeated=self.repeated.isChecked(),
                day_first=self.day_first.currentData(),
            )
        )


def _as_said(shown: str, vital: Vital | None) -> str:
    """What a channel is shown as; what was said and not read yet stands before it."""
    if vital is None or "as you say" in shown:
        return shown
    return f"{vital_words(vital)}, as you say: press Read again"
