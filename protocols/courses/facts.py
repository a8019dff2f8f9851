"""What a course needs to know of recorded sessions, and ratings wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One rating.

    Attributes:
        taken: when, aware.
        total: None where the scale gives a result instead, or an item is missing.
        band: what it means by the cut-offs of the scale, or the result.
        positive: whether an item that always asks for an action was positive; None: not known.
        flags: the flagged items, in sentences.
        session: session in which it was taken; empty: outside one.
    """

    scale: str
    taken: datetime
    total: int | None
    band: str = ""
    positive: bool | None = None
    flags: tuple[str, ...] = ()
    by: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFact:
    """One recorded session of a patient.

    Attributes:
        opened: when it began, aware.
        dose: when its first dose began; None where none was given.
        delivered_mg: given as far as the record goes; None where no dose was given.
        whole: whether the record reaches to the end of the dose; else more may have been given.
        course, position: what the session says of itself; empty and 0 where it says nothing.
        passed: ids of the course's holds that a prescriber passed in the session, with the reason.
        peak_sbp_mmhg, peak_dbp_mmhg: highest readings from the start of the dose; None: none.
        scores: ratings taken in it.
        integration: the integration session as planned in it, in words, or empty.
        readable: whether the whole record of it could be read; else a dose may be missing.
    """

    session: str
    opened: datetime
    protocol: str
    dose: datetime | None = None
    dose_mg_per_kg: Decimal | None = None
    delivered_mg: Decimal | None = None
    whole: bool = True
    course: str = ""
    position: int = 0
    passed: tuple[tuple[str, str], ...] = ()
    peak_sbp_mmhg: float | None = None
    peak_dbp_mmhg: float | None = None
    scores: tuple[Score, ...] = ()
    integration: str = ""
    readable: bool = True
