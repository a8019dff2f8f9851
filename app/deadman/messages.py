"""What the bedside program and its watcher say to each other: a line of JSON each. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

BEAT_S = 0.25
"""How often the program sends a beat, seconds."""

LIMIT_S = 2.0
"""A part, or the whole program, that gave no sign of life for this long is reported, seconds."""


class Part(StrEnum):
    """A part of the bedside program whose life signs are watched."""

    EVALUATOR = "evaluator"
    SCREEN = "screen"
    RECORDER = "recorder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The program lives.

    Attributes:
        silent_s: how long ago each part gave its last sign, seconds; a part that is not expected to
            give any is 0.
        standing: where the session stands, in words: room, phase, since when.
    """

    silent_s: Mapping[Part, float] = field(default_factory=dict)
    standing: str = ""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The program leaves in order: nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The watcher lives: at its start, and once for each beat that it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The watcher had to speak up, and the program answers again.

    Attributes:
        words: what was silent, in a sentence with its times.
    """

    words: str


Message = Beat | Goodbye | Heard | Over


def encode(message: Message) -> bytes:
    """`message` as one line, its end included."""
    if isinstance(message, Beat):
        fields: dict[str, object] = {
            "say": "beat",
            "silent_s": {part.value: round(s, 3) for part, s in message.silent_s.items()},
            "standing": message.standing,
        }
    elif isinstance(message, Over):
        fields = {"say": "over", "words": message.words}
    else:
        fields = {"say": "goodbye" if isinstance(message, Goodbye) else "heard"}
    return json.dumps(fields).encode() + b"\n"


def decode(line: bytes) -> Message | None:
    """The message of one line; None where it is none, as when a library printed something."""
    try:
        fields = json.loads(line)
        if not isinstance(fields, dict):
            return None
        return _message(fields)
    except (ValueError, TypeError, AttributeError):
        return None


def _message(fields: dict[str, object]) -> Message | None:
    say = fields.get("say")
    if say == "goodbye":
        return Goodbye()
    if say == "heard":
        return Heard()
    if say == "over":
        return Over(words=str(fields.get("words", "")))
    ages = fields.get("silent_s")
    if say != "beat" or not isinstance(ages, dict):
        return None
    silent_s = {part: float(ages[part.value]) for part in Part if part.value in ages}
    return Beat(silent_s=silent_s, standing=str(fields.get("standing", "")))
