"""What a prescriber enters of an order: only the fields that this way of giving has."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.bedside.fields import (
    ChoiceRow,
    DecimalField,
    TextField,
    labelled,
    show_text,
    small_label,
)
from app.bedside.refilled_layout import RefilledLayout
from app.theme import style
from protocols.dosing.dose_rule import Body, DoseRule
from protocols.dosing.weight import dosing_weights
from protocols.events import DosePlanned, Giving, OrderDose, Preparation, WeightBasis
from protocols.guardrails import amount_text, plain_text

_STYLES = {
    Preparation.SYRINGE: "Syringe",
    Preparation.WHOLE_BAG: "Whole bag",
    Preparation.STOCK_BAG: "Stock bag, set volume",
}
_WITHDRAWN = (("no", "Drug added to the bag"), ("yes", "Diluent taken out first"))


class OrderForm(QWidget):
    """Dose, duration, preparation and dosing weight; what follows from them is never a field.

    Signals:
        changed: something was typed or chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._rule: DoseRule | None = None
        self._chosen = False
        self.dose_mg_per_kg = DecimalField("dose, milligrams per kilogram", decimals=3)
        self.dose_mg = DecimalField("dose, milligrams", digits=5, decimals=2)
        self.duration_min = DecimalField("duration, minutes", decimals=1)
        self.concentration = DecimalField("concentration, milligrams per millilitre", decimals=2)
        self.bag_ml = DecimalField("bag, millilitres", digits=4, decimals=0)
        self.vial = DecimalField("strength of the vial, milligrams per millilitre", decimals=2)
        self._fields: dict[str, DecimalField] = {
            "dose_mg_per_kg": self.dose_mg_per_kg,
            "dose_mg": self.dose_mg,
            "duration_min": self.duration_min,
            "concentration_mg_per_ml": self.concentration,
            "bag_ml": self.bag_ml,
            "vial_mg_per_ml": self.vial,
        }
        labels = {
            "dose_mg_per_kg": "Dose, mg/kg",
            "dose_mg": "Dose, mg",
            "duration_min": "Over, min",
            "concentration_mg_per_ml": "Concentration, mg/mL",
            "bag_ml": "Bag, mL",
            "vial_mg_per_ml": "Vial, mg/mL",
        }
        self._boxes = {name: labelled(labels[name], one) for name, one in self._fields.items()}
        column = QVBoxLayout(self)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        for name, box in self._boxes.items():
            self._fields[name].textChanged.connect(self.changed)
            row.addWidget(box, 1)
        self._choices = RefilledLayout(QVBoxLayout())
        self._choices.layout.setContentsMargins(0, 0, 0, 0)
        self._choices.layout.setSpacing(8)
        self.weights_label = small_label(name="the dose by each weight")
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._choices.layout)
        column.addWidget(self.weights_label)
        self.choice_rows: dict[str, ChoiceRow] = {}
        self._choice_boxes: dict[str, QWidget] = {}

    def follow_rule(self, rule: DoseRule) -> None:
        """Offer what `rule` lets an order change."""
        if rule is self._rule:
            return
        self._rule = rule
        self.choice_rows.clear()
        self._choice_boxes.clear()
        self._choices.clear()
        if rule.choices:
            unit = "mg/kg" if rule.by_weight else "mg"
            options = [(str(one), f"{plain_text(one)} {unit}") for one in rule.choices]
            self._add_choice("dose", "Dose", options)
        if rule.giving is Giving.INFUSION and len(rule.styles) > 1:
            options = [(str(one), _STYLES[one]) for one in rule.styles]
            self._add_choice("style", "Prepared as", options)
        if Preparation.WHOLE_BAG in rule.styles and rule.giving is Giving.INFUSION:
            self._add_choice("withdrawn", "Volume of the drug", _WITHDRAWN)
        if rule.by_weight and len(rule.weight_bases) > 1:
            options = [(str(one), f"{one} weight".capitalize()) for one in rule.weight_bases]
            self._add_choice("weight", "Dosing weight, the prescriber's choice", options)
        self._show_fields()

    def _add_choice(self, name: str, label: str, options: Sequence[tuple[str, str]]) -> None:
        row = ChoiceRow(label, options)
        row.chosen.connect(self._choose)
        self.choice_rows[name] = row
        self._choice_boxes[name] = labelled(label, row)
        self._choices.add(self._choice_boxes[name])

    @Slot(str)
    def _choose(self, _value: str) -> None:
        self._chosen = True
        dose = self.choice_rows.get("dose")
        if dose is not None and dose is self.sender():
            self._amount_field().setText(dose.value() or "")
        self._show_fields()
        self.changed.emit()

    def _amount_field(self) -> DecimalField:
        by_weight = self._rule is not None and self._rule.by_weight
        return self.dose_mg_per_kg if by_weight else self.dose_mg

    def _style(self) -> Preparation:
        chosen = self._choice("style")
        if chosen:
            return Preparation(chosen)
        return Preparation.SYRINGE if self._rule is None else self._rule.styles[0]

    def _choice(self, name: str) -> str:
        """What is chosen in the row `name`, or empty."""
        row = self.choice_rows.get(name)
        return "" if row is None else row.value() or ""

    def _show_fields(self) -> None:
        rule = self._rule
        if rule is None:
            return
        infused = rule.giving is Giving.INFUSION
        whole, stock = (
            infused and self._style() is one
            for one in (Preparation.WHOLE_BAG, Preparation.STOCK_BAG)
        )
        shown = {
            "dose_mg_per_kg": rule.by_weight and not rule.choices,
            "dose_mg": not rule.by_weight and not rule.choices,
            "duration_min": infused,
            "concentration_mg_per_ml": rule.giving is not Giving.UNITS and not whole,
            "bag_ml": whole or stock,
            "vial_mg_per_ml": infused and not stock and bool(rule.vials_mg_per_ml),
        }
        for name, box in self._boxes.items():
            box.setVisible(shown[name])
        if "withdrawn" in self._choice_boxes:
            self._choice_boxes["withdrawn"].setVisible(whole)

    @property
    def fields(self) -> tuple[TextField, ...]:
        """The fields on the screen, in order."""
        return tuple(
            field for name, field in self._fields.items() if not self._boxes[name].isHidden()
        )

    @property
    def typed(self) -> bool:
        """Whether a person changed the order since it was filled or handed over."""
        return self._chosen or any(field.typed for field in self._fields.values())

    def settle(self) -> None:
        """The order was handed over: what the record says may be shown here again."""
        self._chosen = False
        for field in self._fields.values():
            field.settle()

    def set_read_only(self, read_only: bool) -> None:
        """Keep the order from being changed while a second person checks it."""
        for field in self._fields.values():
            field.setReadOnly(read_only)
        for row in self.choice_rows.values():
            row.setEnabled(not read_only)

    def fill(self, dose: DosePlanned | None) -> bool:
        """Show the order recorded, else that of the protocol; tells whether anything changed.

        What a person is typing stays.
        """
        if self._rule is None or self._chosen:
            return False
        order = _order_of(dose, self._rule) if dose is not None else self._rule.usual_order()
        before = [field.text() for field in self._fields.values()]
        values = {row: choice.value() for row, choice in self.choice_rows.items()}
        for name, field in self._fields.items():
            number: Decimal | None = getattr(order, name)
            if number is None and name in ("bag_ml", "vial_mg_per_ml", "concentration_mg_per_ml"):
                number = self._usual(name)
            field.fill("" if number is None else plain_text(number))
        self._mark("style", order.style)
        self._mark("weight", order.weight_basis)
        self._mark("withdrawn", "yes" if order.diluent_withdrawn else "no")
        self._mark("dose", self._listed_choice(order))
        self._show_fields()
        after = [field.text() for field in self._fields.values()]
        now = {row: choice.value() for row, choice in self.choice_rows.items()}
        return before != after or values != now

    def _usual(self, name: str) -> Decimal | None:
        """What the protocol names first, to stand in a field that another style shows."""
        rule = self._rule
        if rule is None:
            return None
        if name == "concentration_mg_per_ml":
            return rule.concentration_mg_per_ml
        stock = rule.bags_ml if name == "bag_ml" else rule.vials_mg_per_ml
        return stock[0] if stock else None

    def _listed_choice(self, order: OrderDose) -> str:
        amount = order.dose_mg_per_kg if order.dose_mg_per_kg is not None else order.dose_mg
        choices = () if self._rule is None else self._rule.choices
        return next((str(one) for one in choices if one == amount), "")

    def _mark(self, name: str, value: str) -> None:
        row = self.choice_rows.get(name)
        if row is not None and row.value() != value:
            row.show_value(value or None)

    def order(self) -> OrderDose | None:
        """The order as it stands here; None while a number is missing."""
        rule = self._rule
        if rule is None:
            return None
        amount = self._amount_field()
        numbers = {
            name: field.value()
            for name, field in self._fields.items()
            if field is amount or not self._boxes[name].isHidden()
        }
        if None in numbers.values():
            return None
        weight = self._choice("weight")
        whole = self._style() is Preparation.WHOLE_BAG
        return OrderDose(
            t_ns=0,
            by="",
            dose_mg_per_kg=numbers.get("dose_mg_per_kg"),
            dose_mg=numbers.get("dose_mg"),
            duration_min=numbers.get("duration_min"),
            concentration_mg_per_ml=numbers.get("concentration_mg_per_ml"),
            style=self._style(),
            bag_ml=numbers.get("bag_ml"),
            vial_mg_per_ml=numbers.get("vial_mg_per_ml"),
            weight_basis=WeightBasis(weight) if weight else rule.weight_bases[0],
            diluent_withdrawn=whole and self._choice("withdrawn") == "yes",
        )

    def show_weights(self, body: Body | None, *, hidden: bool) -> None:
        """Show the dose by each of the three weights, or nothing while `hidden`."""
        per_kg = self.dose_mg_per_kg.value()
        rule = self._rule
        if rule is None or not rule.by_weight or body is None or per_kg is None or hidden:
            show_text(self.weights_label, "")
            return
        weights = dosing_weights(body.weight_kg, body.height_cm, body.sex)
        words = [
            f"{basis} weight {amount_text(weight)} kg: {amount_text(weight * per_kg)} mg"
            if weight is not None
            else f"{basis} weight: not known without height and sex"
            for basis, weight in weights.items()
            if basis in rule.weight_bases
        ]
        show_text(self.weights_label, "  ·  ".join(words) if len(words) > 1 else "")


def _order_of(dose: DosePlanned, rule: DoseRule) -> OrderDose:
    """The order that a recorded dose came from."""
    whole = dose.style is Preparation.WHOLE_BAG
    infused = dose.giving is Giving.INFUSION
    ordered = dose.calculated_mg if dose.calculated_mg is not None else dose.dose_mg
    return OrderDose(
        t_ns=0,
        by="",
        dose_mg_per_kg=dose.dose_mg_per_kg if rule.by_weight else None,
        dose_mg=None if rule.by_weight else ordered,
        duration_min=dose.duration_min if infused else None,
        concentration_mg_per_ml=(
            None if whole or dose.giving is Giving.UNITS else dose.concentration_mg_per_ml
        ),
        style=dose.style,
        bag_ml=dose.bag_ml,
        vial_mg_per_ml=dose.vial_mg_per_ml,
        diluent_withdrawn=dose.diluent_withdrawn,
        weight_basis=dose.weight_basis,
    )
