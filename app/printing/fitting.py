"""Reports that must fit their pages: the same story with shorter tables, as few as needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.printing.paper import Imprint, count_pages, make_numbered_pdf

MOST_PAGES = 4
"""No report is longer."""

CUTS = (60, 50, 44, 38, 34, 30, 27, 24, 21, 18, 16, 14, 12, 10, 8, 5)
"""Rows that every table may be cut to: the most with which the report fits is taken."""

_LETTERS = {12: 300, 10: 200, 8: 120, 5: 60}
"""Letters that a text may be cut to where tables are cut to so many rows or fewer."""

_LETTERS_BEFORE = 600
"""The same where they keep more rows."""

Progress = Callable[[float], bool]
"""Told the share done (0 to 1); answers whether to go on."""


def letters_with(most: int) -> int:
    """How long a text may be where tables keep at most `most` rows."""
    return next((_LETTERS[rows] for rows in sorted(_LETTERS) if most <= rows), _LETTERS_BEFORE)


class LayoutStoppedError(Exception):
    """Somebody stopped a document before it was laid out."""


def go_on(_share: float) -> bool:
    """Nobody waits and nobody stops."""
    return True


def fitted_pdf(
    imprint: Imprint, story: Callable[[int | None], Sequence[Any]], progress: Progress = go_on
) -> bytes:
    """The PDF of `story`, which gives its flowables anew with tables of so many rows (None: all).

    Raises:
        LayoutStoppedError: `progress` answered no.
    """
    tried: dict[int | None, int] = {}

    def pages_with(most: int | None) -> int:
        if not progress(min(0.9, 0.3 + 0.1 * len(tried))):
            raise LayoutStoppedError
        tried[most] = count_pages(imprint, list(story(most)))
        return tried[most]

    most: int | None = None
    if pages_with(None) > MOST_PAGES:
        first, last = 0, len(CUTS) - 1
        while first < last:
            middle = (first + last) // 2
            if pages_with(CUTS[middle]) <= MOST_PAGES:
                last = middle
            else:
                first = middle + 1
        most = CUTS[first]
    pages = tried[most] if most in tried else pages_with(most)
    data, _ = make_numbered_pdf(imprint, lambda: list(story(most)), pages)
    return data
