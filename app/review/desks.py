"""The desks of the review by name, in the order of their tabs; made when first turned to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtWidgets import QWidget

from app.review.sources import Sources
from app.theme import Theme


class Desk(Protocol):
    """What the window asks of a desk, which is a `QWidget` as well."""

    def look_again(self) -> None:
        """Read anew what is shown."""
        ...

    def dress(self, look: Theme) -> None:
        """Take the colours and sizes in force."""
        ...

    def finish(self) -> None:
        """Stop what still works, and wait for its threads."""
        ...


class OpenSession(Protocol):
    """Turns to the desk of sessions and opens a session there."""

    def __call__(self, session: str, t_ns: int | None = None) -> None:
        """Open the session of that name, at session time `t_ns` in ns where one is given."""
        ...


MakeDesk = Callable[[Sources, OpenSession], QWidget]
"""Makes a desk, which has the methods of `Desk`; it shows sessions by opening them elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPlace:
    """One desk: its tab, what it is for in a sentence, and how it is made."""

    name: str
    purpose: str
    make: MakeDesk


DESKS: tuple[DeskPlace, ...] = ()
"""Those beside the desk of sessions, which is always there and first."""
