"""Sentences that stand on everything printed, whatever it is laid out with."""

from __future__ import annotations

SIMULATED = "SIMULATED"
SIMULATED_LINE = "SIMULATED: no person was treated"
NOT_PRIMARY = "No record of a primary alarm system: the monitor at the bedside stays primary."
CHECK_SEAL = "main.py documents check FILE tells whether the file is as it was sealed"


def seal_words(key: str) -> str:
    """Whether a file carries a seal; `key` is the short name of the key, empty without one."""
    return f"sealed with key {key}" if key else "no seal: no key of the site was at hand"
