"""A monitor whose numbers do not count until a person says that it is on this patient."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.bedside.wording import device_name
from app.history import History
from app.state import ViewState
from protocols.events import ConfirmMonitor, LinkState


class ConfirmBar(QFrame):
    """Names the first monitor that waits and offers to confirm it; hidden while none does.

    Signals:
        intended: a `ConfirmMonitor`.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="raised")
        self.setAccessibleName("monitor to be confirmed")
        self.reason = wrapped_label(name="why a monitor must be confirmed")
        theme.style(self.reason, tone="attention", strong=True)
        self.button = QPushButton("Confirm")
        theme.style(self.button, kind="primary")
        self.button.clicked.connect(self._confirm)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(16)
        row.addWidget(self.reason, 1)
        row.addWidget(self.button)
        self._device = ""
        self.hide()

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the first link that waits for a person."""
        waiting = next(
            (link for link in state.links.values() if link.state is LinkState.UNCONFIRMED), None
        )
        self._device = "" if waiting is None else waiting.device
        if waiting is not None:
            name = device_name(waiting.device)
            show_text(self.reason, f"{name}: {waiting.detail}")
            words = f"{name} is on this patient"
            if self.button.text() != words:
                self.button.setText(words)
        if self.isHidden() is (waiting is not None):
            self.setVisible(waiting is not None)

    @Slot()
    def _confirm(self) -> None:
        if self._device:
            self.intended.emit(ConfirmMonitor(t_ns=0, by="", device=self._device))
