"""The scales of the protocol, each with what was found and what is due, and a way to fill it in."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import show_text, wrapped_label
from app.bedside.scale_words import ScaleStanding, scale_standing
from app.bedside.section import MARKS, Standing
from app.state import ViewState
from app.theme import style
from protocols.scales import Moment, Scale


class ScaleRow(QFrame):
    """One scale: mark, name, how it stands, and the button that opens it.

    Signals:
        wanted: id of the scale to fill in.
    """

    wanted = Signal(str)

    def __init__(self, scale: Scale, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.scale = scale
        self.setAccessibleName(scale.name)
        self.name = wrapped_label(scale.name)
        style(self.name, strong=True)
        self.words = wrapped_label(name=f"how it stands: {scale.name}")
        style(self.words, role="small", tone="dim")
        self.button = QPushButton("Fill in")
        self.button.setAccessibleName(f"fill in {scale.name}")
        self.button.clicked.connect(self._ask)
        row = QHBoxLayout(self)
        texts = QVBoxLayout()
        row.addLayout(texts, 1)
        texts.setSpacing(2)
        texts.addWidget(self.name)
        texts.addWidget(self.words)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(16)
        row.addWidget(self.button)

    def show_standing(self, standing: ScaleStanding, *, filled: bool) -> None:
        """Show how the scale stands."""
        mark = MARKS[Standing.OPEN]
        if standing.flagged:
            mark = MARKS[Standing.HELD]
        elif filled and not standing.due:
            mark = MARKS[Standing.DONE]
        show_text(self.name, f"{mark} {self.scale.name}")
        waits = standing.flagged or (standing.due and standing.required)
        style(self.name, tone="attention" if waits else "text")
        show_text(self.words, standing.words)
        words = "Fill in again" if filled and not standing.due else "Fill in"
        if self.button.text() != words:
            self.button.setText(words)

    @Slot()
    def _ask(self) -> None:
        self.wanted.emit(self.scale.id)


class ScaleList(QWidget):
    """Every scale of the protocol in force, or those that concern the time before the drug.

    Signals:
        wanted: id of the scale to fill in.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, before_only: bool = False) -> None:
        """With `before_only` those due before the drug and those recorded already."""
        super().__init__(parent)
        style(self, clear=True)
        self.setAccessibleName("scales")
        self._before_only = before_only
        self.rows: dict[str, ScaleRow] = {}
        self.empty = wrapped_label("This protocol asks for no scale.")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.empty)

    def render(self, state: ViewState, now_ns: int) -> None:
        """Show how each scale stands at `now_ns`."""
        scales = self._scales(state)
        if tuple(row.scale for row in self.rows.values()) != scales:
            self._build(scales)
        self.empty.setVisible(not scales)
        for name, row in self.rows.items():
            standing = scale_standing(state, row.scale, now_ns)
            row.show_standing(standing, filled=state.scales.last(name) is not None)

    def _scales(self, state: ViewState) -> tuple[Scale, ...]:
        definition = state.definition
        if definition is None:
            return ()
        if not self._before_only:
            return definition.scales
        named = {due.scale for due in definition.scales_due if due.moment is Moment.BEFORE}
        named |= {recorded.scale for recorded in state.scales.recorded}
        return tuple(scale for scale in definition.scales if scale.id in named)

    def _build(self, scales: tuple[Scale, ...]) -> None:
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {scale.id: ScaleRow(scale) for scale in scales}
        for row in self.rows.values():
            row.wanted.connect(self.wanted)
            self._column.addWidget(row)
