"""How an output stands, on whatever system, and what is wrong with it, in a sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FLOOR_PERCENT: Final = 40.0
"""Below this the volume is too low for alarms: about 24 dB under full scale where volume is a cubic
scale, as it is with PulseAudio and PipeWire. A choice of our own: whether alarms are heard in a
room only the sound check can tell."""

MISSING: Final = "No sound output found. Connect a loudspeaker."

VOLUME_UNKNOWN: Final = "The volume cannot be read on this system: listen to the sound check."


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputStanding:
    """What a system tells of the output that alarms go to.

    Attributes:
        name: what identifies it; empty where that is not known.
        title: how people know it; empty likewise.
        present: there is an output that reaches a loudspeaker.
        plugged: something is plugged into it; None where that is not known.
        muted: it is muted; None where that is not known.
        program_muted: this program alone is muted; None where that is not known.
        volume_percent: volume of the output and of this program together; None where not known.
        tells_changes: the system says by itself when something of this changes.
    """

    name: str = ""
    title: str = ""
    present: bool = True
    plugged: bool | None = None
    muted: bool | None = None
    program_muted: bool | None = None
    volume_percent: float | None = None
    tells_changes: bool = False

    @property
    def loudness_known(self) -> bool:
        """Whether it is known that it is neither muted nor turned down."""
        return self.muted is not None and self.volume_percent is not None


def problem_of(standing: OutputStanding, floor_percent: float = FLOOR_PERCENT) -> str:
    """Why alarms are not heard at this output and what to do, in a sentence; else empty."""
    called = f"The sound output {standing.title}".rstrip()
    if not standing.present:
        return MISSING
    if standing.plugged is False:
        return f"{called} has nothing plugged in. Plug the loudspeaker in."
    if standing.muted:
        return f"{called} is muted. Unmute it."
    if standing.program_muted:
        return "This program is muted in the system's mixer. Unmute it there."
    volume = standing.volume_percent
    if volume is not None and volume <= 0:
        return f"The volume of {standing.title or 'the sound output'} is 0 %. Turn it up."
    if volume is not None and volume < floor_percent:
        return (
            f"The volume of {standing.title or 'the sound output'} is {volume:.0f} %, alarms need "
            f"{floor_percent:.0f} %. Turn it up."
        )
    return ""


def change_of(before: OutputStanding, now: OutputStanding) -> str:
    """That alarms go to another output than before, in a sentence; empty where they do not."""
    if not before.name or not now.name or before.name == now.name:
        return ""
    return (
        f"Alarms now sound from {now.title or now.name}, no longer from "
        f"{before.title or before.name}. Play the sounds again."
    )
