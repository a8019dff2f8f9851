"""Limits that a person changes on screen: every change beside its original, each can be undone.

What is asked about is always the text of a whole limits file: the one that was begun from with its
changes, a raised version and nobody's approval. That text is what is judged by, saved and digested.
Pure.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from app.rejudging.limit_parts import (
    Adjustment,
    Part,
    Place,
    Refusal,
    Value,
    all_adjustments,
    fields_of,
    index_of,
    refusal,
    value_text,
)
from app.rejudging.limits_text import LimitsTextError, TextEdit, edited
from protocols.limits import LimitsError, LimitsProfile, Problem, parse_limits
from protocols.vitals import VITALS, Vital

NEW_FILE = "new limits"
"""What the limits that are being made are called in a problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The limits that a draft begins from.

    Attributes:
        name: as people know it: ``standard``, a file's name, ``recorded in SESSION``.
        text: of the file.
        shipped: whether it came with the program.
    """

    name: str
    text: str = field(repr=False)
    shipped: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of the text, hexadecimal."""
        return digest_of(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value that was set, and why."""

    value: Value
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsChange:
    """One change: of what, what it was, what it is, and why.

    `title` is that of the rule, or the name of the vital whose hysteresis it is.
    """

    place: Place
    title: str
    before: str
    after: str
    reason: str = ""

    @property
    def words(self) -> str:
        """The change in a line."""
        text = f"{self.place.subject} ({self.title}): {self.place.part} "
        text += f"{self.before} → {self.after}"
        return f"{text}, reason: {self.reason}" if self.reason else text


def digest_of(text: str) -> str:
    """SHA-256 of a limits file's text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def raised(version: str) -> str:
    """The version after `version`: its last number one higher, else a 2 added."""
    found = re.search(r"(\d+)(\D*)$", version)
    if found is None:
        return f"{version} 2"
    number = str(int(found[1]) + 1).zfill(len(found[1]))
    return f"{version[: found.start()]}{number}{found[2]}"


class _Made:
    """A text of limits, and what is wrong with it."""

    def __init__(self, text: str, problems: tuple[Problem, ...] = (), refused: str = "") -> None:
        self.text = text
        self.problems = problems
        self.refused = refused

    @cached_property
    def profile(self) -> LimitsProfile | None:
        """The limits; None where there is a problem."""
        return None if self.problems or self.refused else parse_limits(self.text, NEW_FILE)


class Draft:
    """Changes to one limits file, in the order in which they were made.

    Attributes:
        origin: what was begun from.
        original: its limits.
    """

    def __init__(self, origin: Origin) -> None:
        """Begin from `origin`; LimitsError where that is no limits file."""
        self.origin = origin
        self.original = parse_limits(origin.text, origin.name)
        self._loaded = tomllib.loads(origin.text)
        self._adjustments = all_adjustments(self.original)
        self._settings: dict[Place, Setting] = {}
        self._before: list[dict[Place, Setting]] = []
        self._made: _Made | None = _Made(origin.text)

    def adjustment(self, place: Place) -> Adjustment:
        """What stood at `place` at first; KeyError where nothing of that can be changed."""
        return self._adjustments[place]

    def setting(self, place: Place) -> Setting:
        """What stands at `place` now."""
        found = self._settings.get(place)
        original = self._adjustments[place]
        return found or Setting(value=original.value, reason=original.reason)

    def is_changed(self, place: Place) -> bool:
        """Whether `place` differs from the original."""
        return place in self._settings

    def change(self, place: Place, value: Value, reason: str = "") -> Refusal | None:
        """Set what stands at `place`; why not, where its guardrails do not allow it.

        A reason is kept where a number has a recommended range. The original's number is no change.
        """
        adjustment = self._adjustments[place]
        reason = "" if adjustment.recommended is None else " ".join(reason.split())
        refused = refusal(adjustment, value, reason)
        if refused is not None:
            return refused
        settings = {key: one for key, one in self._settings.items() if key != place}
        if value != adjustment.value:
            settings[place] = Setting(value=value, reason=reason)
        if settings == self._settings:
            return None
        made = self._make(settings)
        if made.refused:
            return Refusal(sentence=made.refused)
        self._before.append(self._settings)
        self._take(settings, made)
        return None

    def put_back(self, place: Place) -> None:
        """Take the change at `place` back, whenever it was made."""
        if place in self._settings:
            self._before.append(self._settings)
            self._take({key: one for key, one in self._settings.items() if key != place})

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._before)

    def undo(self) -> None:
        """Take the last step back; nothing where there is none."""
        if self._before:
            self._take(self._before.pop())

    def _take(self, settings: dict[Place, Setting], made: _Made | None = None) -> None:
        self._settings, self._made = settings, made

    # -- what came of it ------------------------------------------------------------------------

    @property
    def changes(self) -> tuple[LimitsChange, ...]:
        """Every change, in the order of the file."""
        return self._changes_of(self._settings)

    def _changes_of(self, settings: Mapping[Place, Setting]) -> tuple[LimitsChange, ...]:
        """Every change but what else was changed of a rule that is not there any more."""
        gone = _gone(settings)
        return tuple(
            self._change_of(place, settings[place])
            for place in self._adjustments
            if place in settings and (place.subject not in gone or place.part is Part.JUDGED)
        )

    def _change_of(self, place: Place, setting: Setting) -> LimitsChange:
        original = self._adjustments[place]
        if place.part is Part.HYSTERESIS:
            title = VITALS[Vital(place.subject)].name
        else:
            title = self.original.rule(place.subject).title
        return LimitsChange(
            place=place,
            title=title,
            before=original.text,
            after=value_text(setting.value, original.unit),
            reason=setting.reason,
        )

    @property
    def text(self) -> str:
        """The limits asked about, as the text of a whole file; the original's without a change."""
        return self._now.text

    @property
    def digest(self) -> str:
        """SHA-256 of `text`, hexadecimal."""
        return digest_of(self.text)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the limits as they stand, by line of `text`; empty: nothing."""
        return self._now.problems

    @property
    def profile(self) -> LimitsProfile | None:
        """The limits as they stand; None while they have a problem."""
        return self._now.profile

    @property
    def version(self) -> str:
        """The version of the limits asked about."""
        return raised(self.original.version) if self._settings else self.original.version

    @property
    def _now(self) -> _Made:
        if self._made is None:
            self._made = self._make(self._settings)
        return self._made

    def _make(self, settings: Mapping[Place, Setting]) -> _Made:
        if not settings:
            return _Made(self.origin.text)
        try:
            text = self._text_of(settings)
        except LimitsTextError as error:
            return _Made(self.origin.text, refused=str(error))
        try:
            parse_limits(text, NEW_FILE)
        except LimitsError as error:
            return _Made(text, error.problems)
        return _Made(text)

    def _text_of(self, settings: Mapping[Place, Setting]) -> str:
        gone = _gone(settings)
        edits = [
            TextEdit(where=where, value=value)
            for place, setting in settings.items()
            if place.subject not in gone
            for where, value in fields_of(self._loaded, place, setting.value, setting.reason)
        ]
        edits.append(TextEdit(where=("version",), value=raised(self.original.version)))
        if "approved_by" in self._loaded:
            edits.append(TextEdit(where=("approved_by",), value=""))
        left_out = sorted(index_of(self._loaded, rule) for rule in gone)
        head = [
            f"Version {raised(self.original.version)}, not approved. Made from {self.origin.name} "
            f"version {self.original.version} (SHA-256 {self.origin.digest}):",
            *(f"- {change.words}" for change in self._changes_of(settings)),
            "",
        ]
        return edited(self.origin.text, edits, left_out, head)


def _gone(settings: Mapping[Place, Setting]) -> set[str]:
    """The rules that are not judged any more."""
    return {
        place.subject
        for place, setting in settings.items()
        if place.part is Part.JUDGED and setting.value is False
    }
