"""Scales as a screen shows them: everything recorded, and the flags that wait for an action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from protocols.events import ScaleFlagAnswered, ScaleRecorded

FlagKey = tuple[str, str]
"""Id of the scale and of its flag."""

_NONE: Mapping[FlagKey, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalesShown:
    """The scales of a session.

    Attributes:
        recorded: every scale as it was recorded, oldest first.
        flags: the sentence of each flag that nobody has answered.
        answered: every answer to a flag, oldest first.
    """

    recorded: tuple[ScaleRecorded, ...] = ()
    flags: Mapping[FlagKey, str] = field(default_factory=lambda: _NONE)
    answered: tuple[ScaleFlagAnswered, ...] = ()

    def record(self, event: ScaleRecorded) -> ScalesShown:
        """With one scale more; what it asks for stays open until `answer`."""
        raised = {(event.scale, flag.item): flag.sentence for flag in event.flags}
        flags = MappingProxyType({**self.flags, **raised}) if raised else self.flags
        return replace(self, recorded=(*self.recorded, event), flags=flags)

    def answer(self, event: ScaleFlagAnswered) -> ScalesShown:
        """With what was done about one flag."""
        key = (event.scale, event.item)
        left = {known: sentence for known, sentence in self.flags.items() if known != key}
        return replace(self, flags=MappingProxyType(left), answered=(*self.answered, event))

    def without(self, scale: str, t_ns: int) -> ScalesShown:
        """Without the scale recorded at `t_ns`, and what only it asks to be done."""
        left = tuple(one for one in self.recorded if (one.scale, one.t_ns) != (scale, t_ns))
        asked = {(one.scale, flag.item) for one in left for flag in one.flags}
        flags = {
            key: sentence for key, sentence in self.flags.items() if key[0] != scale or key in asked
        }
        return replace(self, recorded=left, flags=MappingProxyType(flags))

    def last(self, scale: str) -> ScaleRecorded | None:
        """The scale of that id as it was recorded last, or None."""
        return next((one for one in reversed(self.recorded) if one.scale == scale), None)

    def action(self, event: ScaleRecorded, item: str) -> ScaleFlagAnswered | None:
        """What was done about the flag `item` that `event` raised, or None while it is open."""
        return next(
            (
                one
                for one in self.answered
                if (one.scale, one.item) == (event.scale, item) and one.t_ns >= event.t_ns
            ),
            None,
        )
