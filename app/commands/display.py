"""Whether there is a display: a window without one would end the program in Qt's own words."""

from __future__ import annotations

import os
import sys

from app.commands.answers import BadInputError


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def need_display(window: str, instead: str) -> None:
    """Refuse to open `window` without a display; `instead` says what works without one.

    Raises:
        BadInputError: there is no display.
    """
    if not has_display():
        raise BadInputError(f"no display: the {window} window needs one ({instead})")
