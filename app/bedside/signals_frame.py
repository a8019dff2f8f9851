"""How alarms are signalled here: the policy, and where staff stations connect."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.bedside.fields import TextField, labelled, show_text, small_label, wrapped_label
from app.reception.desk import DeskError
from app.staff.address import StaffAddressError, parse_address
from app.theme import set_text, style

NOBODY_LISTENS = (
    "No staff station can connect while there is no address: every alarm sounds at the bedside, "
    "whatever the policy says of staff."
)


class SignalsFrame(QFrame):
    """The policy of alarm signals with its table, and the address and secret of staff stations."""

    def __init__(self, table_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        """`table_of` gives the table of a policy by its name, or raises `DeskError`."""
        super().__init__(parent)
        style(self, surface="panel")
        self._table_of = table_of
        self.policy = QComboBox()
        self.policy.setAccessibleName("policy of alarm signals")
        self.policy.currentTextChanged.connect(self._show_table)
        self.listen = TextField("address for staff stations", "none; for example 0.0.0.0:4510")
        self.secret = TextField("file with the secret of staff stations", "the file's path")
        self.listen.textChanged.connect(self._show_note)
        self.table = wrapped_label(name="table of alarm signals")
        self.note = small_label(name="staff stations")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        heading = QLabel("How alarms are signalled")
        style(heading, role="title")
        column.addWidget(heading)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(labelled("Policy", self.policy), 1)
        row.addWidget(labelled("Staff stations connect at", self.listen), 1)
        row.addWidget(labelled("File with their secret", self.secret), 1)
        column.addWidget(self.table)
        column.addWidget(self.note)

    def fill(self, names: list[str], chosen: str, listen: str, secret_file: str) -> None:
        """Show what is in force; `names` are the policies that can be chosen."""
        self.policy.clear()
        self.policy.addItems(names)
        self.policy.setCurrentText(chosen)
        self.listen.setText(listen)
        self.secret.setText(secret_file)
        self._show_table(self.policy.currentText())
        self._show_note()

    def problem(self) -> str:
        """Why what stands here cannot be saved, or empty."""
        if not self.listen.words():
            return ""
        try:
            parse_address(self.listen.words())
        except StaffAddressError as error:
            return f"Not saved: staff stations: {error}."
        return ""

    @Slot(str)
    def _show_table(self, name: str) -> None:
        if not name:
            return
        try:
            set_text(self.table, self._table_of(name))
        except DeskError as error:
            set_text(self.table, f"Cannot be used: {error}")

    @Slot()
    def _show_note(self) -> None:
        show_text(self.note, "" if self.listen.words() else NOBODY_LISTENS)
