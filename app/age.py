"""How old a patient is on a day."""

from __future__ import annotations

from datetime import date


def age_years(birth_date: str, on: str) -> int | None:
    """Whole years from `birth_date` to `on` (both ISO); None unless both are dates in order."""
    try:
        born, today = date.fromisoformat(birth_date), date.fromisoformat(on[:10])
    except ValueError:
        return None
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years if born <= today else None
