"""Who is at the program where nobody signed in: the account of the operating system."""

from __future__ import annotations

import getpass


def actor() -> str:
    """``os:anna``; ``os:unknown`` where the system names nobody."""
    try:
        return f"os:{getpass.getuser()}"
    except (OSError, KeyError, ImportError):  # as the system has it: no environment, no entry
        return "os:unknown"
