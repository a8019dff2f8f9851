"""The account of a controlled substance: vials, what left them, and what became of it.

The account is its entries and nothing else. An entry is never altered: a later one may correct it,
and both stay. Every sum is worked out from the amounts that stand, so nothing can drift apart.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from protocols.events import LedgerEntered, LedgerStep
from protocols.guardrails import plain_text

_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRule:
    """How a protocol accounts for its drug.

    Attributes:
        controlled: the start needs vial and dose drawn, the close needs the account reconciled;
            else only the lot is asked for.
        tolerance_mg, tolerance_percent: a difference up to the larger of the two (percent of what
            was drawn) is none.
        multi_dose_days: days after the first puncture on which a vial may still be used; 0: a vial
            is for one patient, and what is left in it is wasted.
    """

    controlled: bool
    tolerance_mg: Decimal
    tolerance_percent: Decimal
    multi_dose_days: int

    def tolerance_of(self, drawn_mg: Decimal) -> Decimal:
        """The difference in mg that is none when `drawn_mg` were drawn."""
        return max(self.tolerance_mg, drawn_mg * self.tolerance_percent / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vial:
    """A vial, or a pack of units, as the account has it; amounts in mg.

    `number` is that of the entry that took it out.
    """

    number: int
    name: str
    lot: str
    expiry: str
    product: str
    punctured_on: str
    strength_mg_per_ml: Decimal | None
    content_mg: Decimal
    left_mg: Decimal
    drawn_mg: Decimal

    def is_expired(self, today: date) -> bool:
        """Whether `today` is after the last day of its expiry."""
        last = last_day(self.expiry)
        return last is None or today > last


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same, whatever the case of letters and the blanks."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def last_day(expiry: str) -> date | None:
    """The last day of an expiry ``2027-08-31`` or ``2027-08`` (the whole month); None: no date."""
    found = _DAY.fullmatch(expiry.strip())
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    try:
        day = int(found[3]) if found[3] else monthrange(year, month)[1]
        return date(year, month, day)
    except ValueError:
        return None


def last_use(punctured_on: str, multi_dose_days: int) -> date | None:
    """The last day on which a vial may be used that was punctured on that day; None: no date."""
    first = last_day(punctured_on) if len(punctured_on.strip()) == 10 else None
    return None if first is None else first + timedelta(days=multi_dose_days)


@dataclass(frozen=True, slots=True)
class DrugAccount:
    """The entries made so far, in order, and what they add up to."""

    entries: tuple[LedgerEntered, ...] = ()

    def with_entry(self, entry: LedgerEntered) -> DrugAccount:
        """The account with one more entry."""
        return DrugAccount((*self.entries, entry))

    def standing(self) -> Iterator[tuple[LedgerEntered, Decimal]]:
        """Each entry that is no correction, with the amount in mg that counts."""
        corrected = {entry.corrects: entry.amount_mg for entry in self.entries if entry.corrects}
        for entry in self.entries:
            if not entry.corrects:
                yield entry, corrected.get(entry.number, entry.amount_mg)

    def original(self, number: int) -> LedgerEntered | None:
        """The entry of that number that is no correction, or None."""
        found = (e for e in self.entries if e.number == number and not e.corrects)
        return next(found, None)

    @property
    def drawn_mg(self) -> Decimal:
        """What left the vials: drawn up, or wasted straight out of one."""
        return sum((mg for entry, mg in self.standing() if _leaves_vial(entry)), Decimal(0))

    @property
    def drawn_up_mg(self) -> Decimal:
        """What was drawn up for the dose."""
        return self._sum(LedgerStep.DRAWN)

    @property
    def wasted_mg(self) -> Decimal:
        """What was destroyed."""
        return self._sum(LedgerStep.WASTED)

    @property
    def residual_mg(self) -> Decimal:
        """What was kept, neither given nor wasted."""
        return self._sum(LedgerStep.RESIDUAL)

    @property
    def at_hand_mg(self) -> Decimal:
        """What was drawn up and neither wasted nor kept: given, or still to be."""
        return self.drawn_mg - self.wasted_mg - self.residual_mg

    @property
    def in_vials_mg(self) -> Decimal:
        """What the vials still hold."""
        return sum((vial.left_mg for vial in self.vials()), Decimal(0))

    def _sum(self, step: LedgerStep) -> Decimal:
        return sum((mg for entry, mg in self.standing() if entry.step is step), Decimal(0))

    def vials(self) -> tuple[Vial, ...]:
        """The vials in the order in which they were taken out; not those corrected to nothing."""
        contents: dict[str, tuple[LedgerEntered, Decimal]] = {}
        drawn: dict[str, Decimal] = {}
        for entry, mg in self.standing():
            if entry.step is LedgerStep.VIAL:
                contents[entry.vial] = (entry, mg)
            elif _leaves_vial(entry):
                drawn[entry.vial] = drawn.get(entry.vial, Decimal(0)) + mg
        return tuple(
            Vial(
                number=entry.number,
                name=name,
                lot=entry.lot,
                expiry=entry.expiry,
                product=entry.product,
                punctured_on=entry.punctured_on,
                strength_mg_per_ml=entry.strength_mg_per_ml,
                content_mg=content,
                left_mg=content - drawn.get(name, Decimal(0)),
                drawn_mg=drawn.get(name, Decimal(0)),
            )
            for name, (entry, content) in contents.items()
            if content or drawn.get(name)
        )

    def vial(self, name: str) -> Vial | None:
        """The vial of that name, whatever the case of letters, or None."""
        return next((vial for vial in self.vials() if same_name(vial.name, name)), None)

    def difference_mg(self, given_mg: Fraction) -> Fraction:
        """What was drawn less everything accounted for; below 0: more than was drawn."""
        return Fraction(self.at_hand_mg) - given_mg

    def summed(self, entry: LedgerEntered) -> LedgerEntered:
        """`entry` with its number, the sums after it, and what its vial then holds."""
        numbered = replace(entry, number=len(self.entries) + 1)
        after = self.with_entry(numbered)
        held = after.vial(entry.vial) if entry.vial else None
        return replace(
            numbered,
            drawn_mg=after.drawn_mg,
            wasted_mg=after.wasted_mg,
            residual_mg=after.residual_mg,
            vial_left_mg=None if not entry.vial else Decimal(0) if held is None else held.left_mg,
        )

    def start_problem(self, rule: LedgerRule, dose_mg: Decimal | None, today: date) -> str:
        """Why a dose of `dose_mg` cannot be started from this account, in a sentence; or empty."""
        if not rule.controlled:
            return ""
        vials = self.vials()
        if not vials:
            return "No vial is recorded: lot and expiry are needed."
        expired = next((vial for vial in vials if vial.drawn_mg and vial.is_expired(today)), None)
        if expired is not None:
            return f"Vial {expired.name} expired on {expired.expiry}: take another."
        if dose_mg is None:
            return ""
        lacking = dose_mg - self.at_hand_mg
        if lacking <= rule.tolerance_of(self.drawn_mg):
            return ""
        ordered = plain_text(dose_mg, 2)
        if not self.drawn_up_mg:
            return f"{ordered} mg are ordered and nothing is drawn: enter what was drawn."
        drawn = plain_text(self.at_hand_mg, 2)
        return f"{ordered} mg are ordered and {drawn} mg drawn: {plain_text(lacking, 2)} mg lack."


def _leaves_vial(entry: LedgerEntered) -> bool:
    straight = entry.step is LedgerStep.WASTED and bool(entry.vial)
    return entry.step is LedgerStep.DRAWN or straight
