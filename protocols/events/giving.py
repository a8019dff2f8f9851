"""How a dose reaches the patient: given at once, through a line, by a pump that is read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from protocols.events.commands import Command
from protocols.events.terms import LineMark, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveDose(Command):
    """One dose was given at once: an injection, a spray device, a lozenge.

    `lot` is that of the device or vial where it has one of its own; `site` is where it was given,
    as people write it. `reason` says why it was given earlier than the protocol's spacing.
    """

    amount_mg: Decimal
    lot: str = ""
    site: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndHold(Command):
    """A lozenge left the mouth: `outcome` is ``swallowed`` or ``spat out``."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLine(Command):
    """Something was seen at the infusion line: the drug reached the patient, the flush started.

    `flush_ml` is the volume of the flush, once it has ended.
    """

    mark: LineMark
    flush_ml: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContainer(Command):
    """The bag or syringe was changed for another of the same concentration, with its lot."""

    lot: str
    volume_ml: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseGiven(Output):
    """One dose given at once.

    Attributes:
        number, of: which of how many, counted from 1.
        total_mg: everything given so far, this dose included.
    """

    number: int
    of: int
    amount_mg: Decimal
    total_mg: Decimal
    by: str
    lot: str = ""
    site: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded(Output):
    """A lozenge left the mouth after `held_ns`; `outcome` is ``swallowed`` or ``spat out``."""

    outcome: str
    held_ns: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMarked(Output):
    """What was seen at the line, and what that says of the drug.

    Attributes:
        left_pump_mg: drug that left the pump until now.
        in_line_mg: drug that is still in the line.
        flush_ml: volume of the flush, once it has ended.
    """

    mark: LineMark
    by: str
    left_pump_mg: Decimal
    in_line_mg: Decimal
    flush_ml: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerChanged(Output):
    """The bag or syringe was changed."""

    by: str
    lot: str
    volume_ml: Decimal
    left_pump_mg: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpReported(Output):
    """What an infusion pump says of itself. It is read only: nothing is ever set on a pump.

    Attributes:
        device: slot of the pump.
        rate_ml_per_h: rate it is set to, or None where it gives none.
        volume_ml: volume infused since the pump's own counter was cleared, or None.
        running: whether it pumps, or None where it does not say.
        alarm: the pump's own alarm in its own words, or empty.
        drug: what the pump says it infuses, or empty.
        unit: serial number or address of the pump, where it says which it is.
        note: why something is missing, or what else the pump does, for people.
    """

    device: str
    rate_ml_per_h: float | None
    volume_ml: float | None
    running: bool | None
    alarm: str = ""
    drug: str = ""
    unit: str = ""
    note: str = ""
