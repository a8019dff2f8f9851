"""A demonstration in the bedside's window: its controls, and its scripted nurse at work."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from app.bedside.demo_bar import DemoBar
from app.bedside.foot_bar import FootBar
from app.bedside.preparation import PreparationPage
from app.reception.desk import DemoControls, Visit
from protocols.events import Phase

NURSE_LOOKS_MS = 250
"""How often the scripted nurse of a demonstration looks at the screen."""


class DemoGuide(QObject):
    """Idle while no demonstration runs."""

    def __init__(self, foot: FootBar, parent: QObject) -> None:
        """Put the controls of a demonstration into `foot`."""
        super().__init__(parent)
        self._foot = foot
        self._demo: DemoControls | None = None
        self._page: PreparationPage | None = None
        self._phase = Phase.SETUP
        self._timer = QTimer(self)
        self._timer.setInterval(NURSE_LOOKS_MS)
        self._timer.timeout.connect(self._let_nurse_act)

    def begin(self, visit: Visit, page: PreparationPage) -> None:
        """Guide `visit`, if it is a demonstration; `page` follows what its nurse prepares."""
        demo = visit.demo
        self._demo, self._page, self._phase = demo, page, Phase.SETUP
        if demo is None:
            return
        bar = DemoBar(demo.patient, demo.speeds, demo.speed, autopilot=demo.autopilot)
        bar.speed_chosen.connect(self._set_speed)
        bar.autopilot_chosen.connect(self._set_autopilot)
        self._foot.show_extra(bar)
        self._timer.start()

    def end(self) -> None:
        """Nothing is guided any more."""
        self._timer.stop()
        self._demo = self._page = None

    def follow(self, phase: Phase) -> None:
        """The preparation turns to what the phase is about."""
        if self._demo is None or self._page is None or phase is self._phase:
            return
        self._phase = phase
        section = {Phase.GATE: "Gate", Phase.BASELINE: "Baseline"}.get(phase)
        if section is not None:
            self._page.navigation.buttons[section].click()

    @Slot(float)
    def _set_speed(self, speed: float) -> None:
        if self._demo is not None:
            self._demo.set_speed(speed)

    @Slot(bool)
    def _set_autopilot(self, acts: bool) -> None:
        if self._demo is not None:
            self._demo.autopilot = acts

    @Slot()
    def _let_nurse_act(self) -> None:
        if self._demo is not None:
            self._demo.act()
