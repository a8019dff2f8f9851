"""What the watcher's window says. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.deadman.judging import AGAIN, Ended, Picture, Trouble
from protocols.events import Priority

ClockText = Callable[[float], str]
"""Time of day, with its seconds, of a time of the watcher's own clock."""

SILENCE_TEXT = "Silence for 2 minutes"
CLOSE_TEXT = "Close"
GONE_TEXT = "Start it again: it offers to go on with the session."


class Tone(StrEnum):
    """How urgent a page is."""

    URGENT = "urgent"
    ATTENTION = "attention"
    CALM = "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the window shows; `button` is what its button says, empty without one."""

    headline: str
    lines: tuple[str, ...]
    button: str
    tone: Tone


def page_of(picture: Picture, clock: ClockText) -> Page | None:
    """What is shown of `picture`; None: nothing."""
    if picture.trouble is not None:
        return _trouble_page(picture.trouble, clock, hushed=picture.hushed)
    if picture.ended is not None:
        return Page(
            headline=AGAIN,
            lines=(ended_words(picture.ended, clock),),
            button=CLOSE_TEXT,
            tone=Tone.CALM,
        )
    return None


def _trouble_page(trouble: Trouble, clock: ClockText, *, hushed: bool) -> Page:
    silent = ", ".join(f"{name} silent {seconds:.0f} s" for name, seconds in trouble.silent)
    if trouble.gone:
        silent = f"Last sign of life {trouble.silent[0][1]:.0f} s ago"
    lines = [f"{silent}, {'at' if trouble.gone else 'since'} {clock(trouble.since_s)}"]
    if trouble.standing:
        lines.append(f"Last known: {trouble.standing}")
    if trouble.gone:
        lines.append(GONE_TEXT)
    button = SILENCE_TEXT
    if hushed:
        button = CLOSE_TEXT if trouble.gone else ""
    high = trouble.priority is Priority.HIGH
    return Page(
        headline=trouble.headline,
        lines=tuple(lines),
        button=button,
        tone=Tone.URGENT if high else Tone.ATTENTION,
    )


def ended_words(ended: Ended, clock: ClockText) -> str:
    """What was silent, how long, from when to when."""
    names = " and ".join(name.lower() for name in ended.names)
    verb = "was" if len(ended.names) == 1 else "were"
    span_s = max(1, round(ended.until_s - ended.since_s))
    since, until = clock(ended.since_s), clock(ended.until_s)
    return f"The {names} {verb} silent for {span_s} s, from {since} to {until}."
