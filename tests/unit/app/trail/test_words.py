"""Every kind of entry of a logbook has words for people, and none tells a verifier."""

from __future__ import annotations

import typing
from dataclasses import fields
from typing import Any

import pytest

from app.reception.settings import Settings
from app.trail.room import differences
from app.trail.words import entry_words
from protocols.events.terms import Proof, Role
from protocols.logbook.entries import ENTRY_KINDS, Entry

VERIFIER = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"
SAMPLES: dict[Any, object] = {
    str: "a word",
    int: 3,
    bool: True,
    Proof: Proof.PIN,
    tuple[Role, ...]: (Role.NURSE, Role.QA),
}


def sample(kind: type[Entry]) -> Entry:
    hints = typing.get_type_hints(kind)
    values = {field.name: SAMPLES[hints[field.name]] for field in fields(kind)}
    if "verifier" in values:
        values["verifier"] = VERIFIER
    return kind(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ENTRY_KINDS.values(), ids=lambda kind: kind.__name__)
def test_every_kind_of_entry_is_said_in_words_without_its_verifier(kind: type[Entry]) -> None:
    what, detail = entry_words(sample(kind))
    assert what
    assert detail
    assert "argon2" not in what + detail


def test_a_change_of_settings_is_told_before_and_after() -> None:
    before = Settings(room="Room 1")
    assert differences(before, Settings(room="Room 1")) is None
    assert differences(before, Settings(room="Room 2")) == ("room: Room 1", "room: Room 2")
