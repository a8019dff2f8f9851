"""What is known of the alarm sounds of a session: whether they work and whether they were heard."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.signals import SoundChecked


@dataclass(slots=True)
class SoundState:
    """The state that the check of sound reads and changes.

    Attributes:
        working: the last word of the program on its output, with `detail`; None before the first.
        played_ns: when the sounds were last played, while nobody said whether they are heard.
        checked: what came of the last check, or None before the first.
    """

    working: bool | None = None
    detail: str = ""
    played_ns: int | None = None
    checked: SoundChecked | None = None
