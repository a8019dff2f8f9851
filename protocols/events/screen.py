"""What the bedside's window showed: recorded so that a replay can show it as it was seen."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.terms import Input


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenShown(Input):
    """The bedside's window changed in what it shows beside the session; nothing follows from it.

    Attributes:
        page: name of the page: ``preparation``, ``run`` or ``summary``.
        panel: name of the page open at the side (``alarms``, ``score``), ``person`` while somebody
            is asked who they are, or empty.
        locked: whether the page took only what makes the patient safer.
        covered: whether the numbers were covered because the program behind them did not answer.
        width_px, height_px: size of the window's part that shows the session, in logical pixels.
        scale: display pixels to a logical pixel (1.25 at 125 %).
        theme: name of the colours (``dark``, ``light``).
    """

    page: str
    panel: str
    locked: bool
    covered: bool
    width_px: int
    height_px: int
    scale: float
    theme: str
