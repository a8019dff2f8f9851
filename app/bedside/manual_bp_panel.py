"""A blood pressure that a person took by hand."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QWidget

from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, DecimalField, labelled, small_label
from app.history import History
from app.state import BloodPressure, ViewState
from protocols.events import EnterBp

AGES = [("0", "now"), ("60", "1 min ago"), ("300", "5 min ago")]


class ManualBpPanel(EntryPanel):
    """Systolic and diastolic pressure, and how long ago they were taken."""

    title = "BP by hand"
    refusable = (EnterBp,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sbp = DecimalField("systolic pressure mmHg", digits=3, decimals=0)
        self.dbp = DecimalField("diastolic pressure mmHg", digits=3, decimals=0)
        self.age = ChoiceRow("taken", AGES)
        tighten(self.age)
        self.record = QPushButton("Record")
        self.record.clicked.connect(self._send)
        self.dbp.returnPressed.connect(self._send)
        self.body.addWidget(labelled("Systolic mmHg", self.sbp))
        self.body.addWidget(labelled("Diastolic mmHg", self.dbp))
        self.body.addWidget(small_label("Taken"))
        self.body.addWidget(self.age)
        self.body.addWidget(self.record)
        self._before: BloodPressure | None = None
        self._waiting = False

    def first_field(self) -> QWidget | None:
        """The systolic pressure."""
        return self.sbp

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Empty the fields once the record holds what was sent."""
        latest = state.last_blood_pressure
        if self._waiting and latest is not None and latest.manual and latest != self._before:
            self._waiting = False
            self.sbp.clear()
            self.dbp.clear()
            self.age.show_value(None)

    @Slot()
    def _send(self) -> None:
        sbp, dbp = self.sbp.value(), self.dbp.value()
        if sbp is None or dbp is None:
            return
        self._before = self.state.last_blood_pressure
        self._waiting = True
        age_s = float(self.age.value() or 0)
        self.send(EnterBp(t_ns=0, by="", sbp_mmhg=int(sbp), dbp_mmhg=int(dbp), age_s=age_s))
