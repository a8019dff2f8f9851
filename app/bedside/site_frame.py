"""The site card: what printed forms and sheets say of this site."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.bedside.fields import ChoiceRow, TextField, labelled, small_label
from app.reception.settings import SiteCard
from app.theme import style

_FIELDS = (
    ("name", "Name of the site", "as printed on forms", 0, 0, 2),
    ("phone", "Telephone", "for questions of patients", 0, 2, 1),
    ("emergency_phone", "Emergency number", "as printed for patients", 0, 3, 1),
    ("address", "Address", "street and number", 1, 0, 2),
    ("city", "City", "", 1, 2, 1),
    ("state", "State", "", 1, 3, 1),
    ("postal_code", "ZIP or postal code", "", 2, 0, 1),
    ("email", "E-mail", "", 2, 1, 1),
    ("provider_given_name", "Provider: first name", "", 2, 2, 1),
    ("provider_family_name", "Provider: last name", "", 2, 3, 1),
)
"""Each line of the card: name, label, example, row, column, columns taken."""


class SiteFrame(QFrame):
    """Fields for the lines of the card; an empty one prints as missing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="panel")
        self.setAccessibleName("Site card")
        self.fields: dict[str, TextField] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        heading = QLabel("Site card")
        style(heading, role="title")
        column.addWidget(heading)
        column.addWidget(
            small_label(
                "Printed forms and sheets take these lines; an empty one prints as missing."
            )
        )
        grid = QGridLayout()
        column.addLayout(grid)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for name, label, example, row, place, span in _FIELDS:
            self.fields[name] = TextField(f"site: {label}", example)
            grid.addWidget(labelled(label, self.fields[name]), row, place, 1, span)
        for place in range(4):
            grid.setColumnStretch(place, 1)
        self.paper = ChoiceRow("paper", [("A4", "A4"), ("letter", "Letter")])
        column.addWidget(labelled("Paper", self.paper))

    def fill(self, card: SiteCard) -> None:
        """Show `card`."""
        for name, field in self.fields.items():
            field.setText(str(getattr(card, name)))
        self.paper.show_value(card.paper)

    def card(self) -> SiteCard:
        """The card as it stands here; ValidationError where a line is too long."""
        lines = {name: field.words() for name, field in self.fields.items()}
        return SiteCard.model_validate({**lines, "paper": self.paper.value()})
