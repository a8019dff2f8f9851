"""The scales in the preparation: which are due before the drug begins, and what still holds it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.bedside.scale_list import ScaleList
from app.bedside.scale_words import scales_waiting
from app.bedside.section import Section, Standing
from app.history import History
from app.state import ViewState


class ScalesSection(Section):
    """Each scale with what was found; filling in happens in the side panel.

    Signals:
        wanted: id of the scale to fill in.
    """

    title = "Scales"
    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = ScaleList(before_only=True)
        self.list.wanted.connect(self.wanted)
        self.body.addWidget(self.list)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show how each scale stands."""
        self.list.render(state, now_ns)

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Held by an open flag; open while a required scale is not filled in."""
        flags = tuple(state.scales.flags.values())
        if flags:
            return Standing.HELD, flags[0]
        waiting = scales_waiting(state, now_ns)
        if waiting:
            return Standing.OPEN, f"Not filled in yet: {', '.join(waiting)}."
        return Standing.DONE, ""
