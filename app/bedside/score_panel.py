"""Scores as rows to tap, and the respiratory rate; nothing has a default."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app import theme
from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, DecimalField, small_label
from app.bedside.times import age_text
from app.history import History
from app.state import ViewState
from protocols.events import EnterValue
from protocols.vitals import SCORES, VITALS, Vital

TAP_COLUMNS = 6

MOAAS_WORDS = (
    "5 answers readily · 4 lethargic · 3 only to loud name · "
    "2 only to mild prodding · 1 only to painful squeeze · 0 no answer"
)
"""The steps of the Modified Observer's Assessment of Alertness/Sedation (Chernik et al. 1990)."""


class ScorePanel(EntryPanel):
    """Respiratory rate, MOAA/S and the 0-10 scores. A tap records the score with its time.

    Signals:
        scale_wanted: the page of scales is wanted; empty, no scale is chosen yet.
    """

    scale_wanted = Signal(str)

    title = "Score"
    refusable = (EnterValue,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heads: dict[Vital, QLabel] = {}
        self._rated_before: int | None = None
        self.rows: dict[Vital, ChoiceRow] = {}
        self.scales_button = QPushButton("Scales: questionnaires and discharge scores  Ctrl+S")
        theme.style(self.scales_button, kind="action")
        self.scales_button.clicked.connect(self._ask_scales)
        self.body.addWidget(self.scales_button)
        self._add_head(Vital.RR)
        self.rate = DecimalField("respiratory rate per minute", digits=2, decimals=0)
        self.record_rate = QPushButton("Record")
        self.record_rate.clicked.connect(self._send_rate)
        self.rate.returnPressed.connect(self._send_rate)
        line = QHBoxLayout()
        self.body.addLayout(line)
        line.addWidget(self.rate)
        line.addWidget(self.record_rate)
        for vital in SCORES:
            self._add_score(vital)

    def first_field(self) -> QWidget | None:
        """The respiratory rate."""
        return self.rate

    def _add_head(self, vital: Vital) -> None:
        self._heads[vital] = small_label()
        self.body.addWidget(self._heads[vital])

    def _add_score(self, vital: Vital) -> None:
        self._add_head(vital)
        highest = int(VITALS[vital].plausible[1])
        options = [(str(score), str(score)) for score in range(highest + 1)]
        row = ChoiceRow(VITALS[vital].name, options, columns=TAP_COLUMNS, follows_record=True)
        tighten(row)
        row.setProperty("vital", vital.value)
        row.chosen.connect(self._send_score)
        self.rows[vital] = row
        self.body.addWidget(row)
        if vital is Vital.MOAAS:
            self.body.addWidget(small_label(MOAAS_WORDS))

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Name each score with its last value and age; empty the rate once it is recorded."""
        if self._rated_before is not None and state.typed_count > self._rated_before:
            self._rated_before = None
            self.rate.clear()
        for vital, head in self._heads.items():
            spec = VITALS[vital]
            last = state.last_values.get(vital)
            words = "not yet"
            if last is not None:
                words = f"{spec.format(last.value)}, {age_text(now_ns - last.measured_ns)}"
            theme.set_text(head, f"{spec.name} {spec.unit_text}: {words}")

    @Slot()
    def _ask_scales(self) -> None:
        self.scale_wanted.emit("")

    @Slot(str)
    def _send_score(self, score: str) -> None:
        vital = Vital(self.sender().property("vital"))
        self.send(EnterValue(t_ns=0, by="", vital=vital, value=float(score)))

    @Slot()
    def _send_rate(self) -> None:
        value = self.rate.value()
        if value is not None:
            self._rated_before = self.state.typed_count
            self.send(EnterValue(t_ns=0, by="", vital=Vital.RR, value=float(value)))
