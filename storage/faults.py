"""The kinds of the world's faults around the record; each comes with a sentence for people."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Kind of a fault of the world around the record."""

    FULL = "full"
    LOCKED = "locked"
    CORRUPT = "corrupt"
    READ_ONLY = "read-only"
    IO = "io"
    MISSING = "missing"
    MOVED_ON = "moved-on"
    FOREIGN = "foreign"
    NEWER = "newer"
    UNSUITABLE = "unsuitable"
    ENCRYPTED = "encrypted"
    AWAY = "away"
    REFUSED = "refused"


class StorageError(Exception):
    """A fault of the world, never a bug of ours.

    Attributes:
        fault: its kind.
        user_text: what is wrong and what to do, in one or two sentences.
    """

    def __init__(self, fault: Fault, user_text: str) -> None:
        super().__init__(user_text)
        self.fault = fault
        self.user_text = user_text


def moved_on(session: str, after: int, seq: int) -> StorageError:
    """The fault that a session no longer ends with event `after` but with `seq`."""
    return StorageError(
        Fault.MOVED_ON,
        f"Another program added to session {session} meanwhile: it has {seq} events, not {after}. "
        "Look at it again, then decide anew.",
    )
