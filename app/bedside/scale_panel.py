"""The scales in the side panel: the list of all, or one of them being filled in."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QWidget

from app.bedside.entry_panel import EntryPanel
from app.bedside.scale_form import ScaleForm
from app.bedside.scale_list import ScaleList
from app.history import History
from app.state import ViewState
from protocols.events import RecordScale


class ScalePanel(EntryPanel):
    """Questionnaires and discharge scores. What is recorded closes its form."""

    title = "Scales"
    refusable = (RecordScale,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = ScaleList()
        self.list.wanted.connect(self.choose)
        self.form = ScaleForm()
        self.form.filled.connect(self._send_filled)
        self.form.left.connect(self.show_list)
        self.form.hide()
        self.body.addWidget(self.list)
        self.body.addWidget(self.form)
        self._sent_after: int | None = None
        self._now_ns = 0

    def first_field(self) -> QWidget | None:
        """The form's first field, else the first scale."""
        if not self.form.isHidden():
            return self.form.first_field()
        row = next(iter(self.list.rows.values()), None)
        return None if row is None else row.button

    @Slot(str)
    def choose(self, scale: str) -> None:
        """Fill in `scale`."""
        found = None if self.state.definition is None else self.state.definition.scale(scale)
        if found is None:
            return
        self.refusals.forget()
        self.form.open(found)
        self.list.hide()
        self.form.show()
        self.form.render(self.state, self._now_ns)
        self.form.first_field().setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def show_list(self) -> None:
        """Show all scales; what was answered of the one in hand is kept."""
        self.refusals.forget()
        self.form.hide()
        self.list.show()

    @Slot(object)
    def _send_filled(self, command: RecordScale) -> None:
        self._sent_after = len(self.state.scales.recorded)
        self.send(command)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show list or form; a form whose record came back gives way to the list."""
        self._now_ns = now_ns
        sent, draft = self._sent_after, self.form.draft
        if sent is not None and draft is not None:
            fresh = state.scales.recorded[sent:]
            if any(recorded.scale == draft.scale.id for recorded in fresh):
                self._sent_after = None
                self.form.forget()
                self.show_list()
        self.list.render(state, now_ns)
        self.form.render(state, now_ns)
