"""What copy of the session is wanted: the format, with what is lost in it, and whether named."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.exchange.forms import FORMS, CopyForm

UNPROTECTED = (
    "A copy is a plain file: it has none of the record's protection. That it was made, by whom and"
    " with what content, is noted on the trail."
)
DEIDENTIFIED = (
    "Names, numbers, staff, places, identities of devices and every free text are left out; dates "
    "are moved by whole days, the same for all copies of a patient; an age above 89 is given as 90."
)
NOT_PROVEN = (
    "Times of day and the course of the values stay: this does not prove that nobody can be found "
    "again. Whoever passes the copy on must judge that."
)


class CopySide(QWidget):
    """Chooses a copy and hands over what is wanted; what is decided last stands below, in sight.

    Signals:
        copy_wanted: the format, whether de-identified, whether with the samples of waveforms.
    """

    copy_wanted = Signal(object, bool, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("copies of the session")
        self.forms: dict[CopyForm, QRadioButton] = {}
        self.holds = wrapped_label(name="what the format holds")
        self.loses = wrapped_label(name="what is lost in the format")
        theme.style(self.loses, tone="dim")
        self.extra = wrapped_label(name="what the format needs")
        theme.style(self.extra, tone="dim")
        self.waveforms = QCheckBox("A row for each sample of the waveform too")
        self.deidentified = QCheckBox("De-identified")
        self.warning = wrapped_label(name="what de-identifying does")
        self.make = QPushButton("Export to…")
        theme.style(self.make, kind="primary")
        self._group = QButtonGroup(self)
        self._lay_out()
        self._group.buttonToggled.connect(self._tell)
        self.deidentified.toggled.connect(self._tell)
        self.make.clicked.connect(self._ask)
        self.forms[CopyForm.CSV].setChecked(True)

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(theme.GRID_PX)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName("formats")
        self._scroll, self._page = scroll, QWidget()
        page = self._page
        theme.style(page, surface="panel")
        scroll.setWidget(page)
        outer.addWidget(scroll, 1)
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(4)
        title = wrapped_label("Export this session", name="heading")
        theme.style(title, role="title")
        column.addWidget(title)
        for form, facts in FORMS.items():
            button = QRadioButton(facts.title)
            button.setToolTip(f"{facts.holds} {facts.loses}")
            self.forms[form] = button
            self._group.addButton(button)
            column.addWidget(button)
        for widget in (self.holds, self.loses, self.extra, self.waveforms, self.warning):
            column.addWidget(widget)
        column.addStretch(1)
        outer.addWidget(self.deidentified)
        outer.addWidget(self.make)

    def sizeHint(self) -> QSize:
        """Wide enough that no format has to be scrolled sideways."""
        hint = super().sizeHint()
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        return hint.expandedTo(QSize(self._page.minimumSizeHint().width() + bar + 4, 0))

    @property
    def form(self) -> CopyForm:
        """The format chosen."""
        return next(form for form, button in self.forms.items() if button.isChecked())

    def allow(self, *, allowed: bool) -> None:
        """Let a copy be asked for, or not while another piece of work runs."""
        self.make.setEnabled(allowed)

    @Slot()
    def _tell(self) -> None:
        if not any(button.isChecked() for button in self.forms.values()):
            return
        form = self.form
        facts = FORMS[form]
        theme.set_text(self.holds, facts.holds)
        theme.set_text(self.loses, f"Lost: {facts.loses}")
        show_text(self.extra, _EXTRA if facts.needs_extra else "")
        self.waveforms.setVisible(form is CopyForm.CSV)
        words = f"{DEIDENTIFIED}\n{NOT_PROVEN}" if self.deidentified.isChecked() else UNPROTECTED
        theme.set_text(self.warning, words)

    @Slot()
    def _ask(self) -> None:
        waveforms = self.waveforms.isChecked() and self.form is CopyForm.CSV
        self.copy_wanted.emit(self.form, self.deidentified.isChecked(), waveforms)


_EXTRA = "Its library belongs to the extra exchange, which may not be installed here."
