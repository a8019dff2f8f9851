"""The demonstration's own controls: speed, and who acts. They exist in no real session."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.theme import style


class DemoBar(QWidget):
    """Chooses the speed of a demonstration.

    Signals:
        speed_chosen: times real time.
        autopilot_chosen: whether the scripted nurse acts.
    """

    speed_chosen = Signal(float)
    autopilot_chosen = Signal(bool)

    def __init__(
        self, patient: str, speeds: Sequence[int], speed: float, *, autopilot: bool
    ) -> None:
        """Name the simulated `patient` and show what is chosen of `speeds`."""
        super().__init__()
        style(self, clear=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        label = QLabel(f"DEMONSTRATION  ·  simulated patient: {patient}  ·  speed")
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        style(label, role="small", tone="dim")
        row.addWidget(label, 1)
        self._speeds = QButtonGroup(self)
        for choice in speeds:
            button = QPushButton(f"x{choice}")
            button.setCheckable(True)
            button.setChecked(choice == round(speed))
            button.setAccessibleName(f"speed {choice} times")
            style(button, kind="action")
            self._speeds.addButton(button, choice)
            row.addWidget(button)
        self._speeds.idClicked.connect(self._choose)
        self._autopilot = QPushButton("Scripted nurse")
        self._autopilot.setCheckable(True)
        self._autopilot.setChecked(autopilot)
        self._autopilot.toggled.connect(self._toggle)
        style(self._autopilot, kind="action")
        row.addWidget(self._autopilot)

    @Slot(int)
    def _choose(self, speed: int) -> None:
        self.speed_chosen.emit(float(speed))

    @Slot(bool)
    def _toggle(self, acts: bool) -> None:
        self.autopilot_chosen.emit(acts)
