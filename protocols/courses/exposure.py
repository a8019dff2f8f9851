"""What a patient was given in all recorded sessions together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from protocols.courses.facts import SessionFact
from protocols.guardrails import amount_text

RECENT_D = 30
"""The recent past, for the count of doses, days."""

_DAYS_A_MONTH = 30.44


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Cumulative exposure.

    Attributes:
        doses, total_mg: how many doses and what they add up to, as far as the record goes.
        incomplete: how many of them are recorded without their end, so that more may have been
            given.
        months: from the first dose until now.
        recent_doses, recent_mg: the same of the last 30 days.
        first, last: when the first and the last dose began; None where there was none.
    """

    doses: int = 0
    total_mg: Decimal = Decimal(0)
    incomplete: int = 0
    months: float = 0.0
    recent_doses: int = 0
    recent_mg: Decimal = Decimal(0)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def words(self) -> str:
        """``105.0 mg in 2 doses``, with "at least" where the record of one has no end."""
        if self.doses == 0:
            return "no dose in this record"
        least = "at least " if self.incomplete else ""
        doses = "1 dose" if self.doses == 1 else f"{self.doses} doses"
        return f"{least}{amount_text(self.total_mg)} mg in {doses}"


def sum_exposure(facts: Iterable[SessionFact], now: datetime) -> Exposure:
    """The exposure of one patient at `now`; sessions without a dose do not count."""
    given = sorted((f for f in facts if f.dose is not None), key=_dose_time)
    if not given:
        return Exposure()
    since = now - timedelta(days=RECENT_D)
    recent = [fact for fact in given if _dose_time(fact) >= since]
    first = _dose_time(given[0])
    return Exposure(
        doses=len(given),
        total_mg=_total(given),
        incomplete=sum(1 for fact in given if not fact.whole or fact.delivered_mg is None),
        months=max(0.0, (now - first) / timedelta(days=_DAYS_A_MONTH)),
        recent_doses=len(recent),
        recent_mg=_total(recent),
        first=first,
        last=_dose_time(given[-1]),
    )


def _dose_time(fact: SessionFact) -> datetime:
    return fact.opened if fact.dose is None else fact.dose


def _total(facts: Iterable[SessionFact]) -> Decimal:
    return sum((fact.delivered_mg or Decimal(0) for fact in facts), Decimal(0))
