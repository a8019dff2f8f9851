"""A thousand protocols with one planted mistake each: every one is refused, at its place."""

from __future__ import annotations

import random

import pytest

from protocols.composition import compose
from protocols.definition import DefinitionError, parse_protocol
from tests.unit.protocols.planted_mistakes import KINDS, PROTOCOLS, Garden, Planted, files_of

NAMES = tuple(sorted(path.stem for path in PROTOCOLS.glob("*.toml")))
EACH = 60
"""Protocols with a mistake of each kind: with twenty kinds more than a thousand."""


def planted(kind: str, count: int) -> list[Planted]:
    """`count` protocols with a mistake of that kind, over all shipped protocols, from a seed."""
    rng = random.Random(f"planted {kind}")
    found: list[Planted] = []
    for attempt in range(20 * count):
        one = Garden(NAMES[attempt % len(NAMES)], rng).plant(kind)
        if one is not None:
            found.append(one)
        if len(found) == count:
            break
    return found


def test_the_kinds_of_mistake_make_more_than_a_thousand_files() -> None:
    assert len(KINDS) * EACH >= 1000


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_mistake_is_refused_with_file_line_and_field(kind: str) -> None:
    gardens = planted(kind, EACH)
    assert len(gardens) == EACH
    for one in gardens:
        own = next(name for name in NAMES if f'id = "{name}"' in one.text or name in one.file)
        with pytest.raises(DefinitionError) as refused:
            parse_protocol(one.text, f"{own}.toml" if one.file.startswith("parts/") else one.file)
        told = [(p.file, p.line, p.field) for p in refused.value.problems]
        assert any(
            file == one.file and line in one.lines and one.field in field
            for file, line, field in told
        ), (one.kind, one.file, one.lines, one.field, told[:6])


@pytest.mark.parametrize("name", NAMES)
def test_without_a_mistake_the_same_files_are_read(name: str) -> None:
    own, *parts = files_of(name)
    assert parse_protocol(compose(own.text, parts), own.file).id == name
