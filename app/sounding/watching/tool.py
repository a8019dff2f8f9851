"""Asking a command-line tool of the system, with a limit of time and in plain English."""

from __future__ import annotations

import os
import subprocess
from typing import Final

TIMEOUT_S: Final = 3.0
"""How long a tool may take to answer."""


def plain_environment() -> dict[str, str]:
    """The environment in which tools answer in English, with points in numbers."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "C"}


def ask(*command: str) -> str | None:
    """What `command` prints; None where it is not installed, fails, or does not answer in time."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env=plain_environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
