"""The strip under the demonstration: speed, and who acts. It exists in no real session."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QWidget

from app.demo import SPEEDS
from app.theme import style


class DemoBar(QWidget):
    """Chooses the speed of a demonstration.

    Signals:
        speed_chosen: times real time.
        autopilot_chosen: whether the scripted nurse acts.
    """

    speed_chosen = Signal(float)
    autopilot_chosen = Signal(bool)

    def __init__(self, patient: str, speed: float, *, autopilot: bool) -> None:
        """Name the simulated `patient` and show what is chosen."""
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(8)
        label = QLabel(f"DEMONSTRATION. Simulated patient: {patient}")
        style(label, tone="dim")
        row.addWidget(label)
        row.addStretch(1)
        self._speeds = QButtonGroup(self)
        for choice in SPEEDS:
            button = QPushButton(f"x{choice}")
            button.setCheckable(True)
            button.setChecked(choice == round(speed))
            button.setAccessibleName(f"speed {choice} times")
            self._speeds.addButton(button, choice)
            row.addWidget(button)
        self._speeds.idClicked.connect(self._choose)
        self._autopilot = QPushButton("Scripted nurse")
        self._autopilot.setCheckable(True)
        self._autopilot.setChecked(autopilot)
        self._autopilot.toggled.connect(self._toggle)
        row.addWidget(self._autopilot)

    @Slot(int)
    def _choose(self, speed: int) -> None:
        self.speed_chosen.emit(float(speed))

    @Slot(bool)
    def _toggle(self, acts: bool) -> None:
        self.autopilot_chosen.emit(acts)
