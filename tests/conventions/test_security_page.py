"""The page on security names tests that exist, and links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)))


@pytest.mark.parametrize(("file", "test"), NAMED, ids=lambda value: str(value)[-60:])
def test_every_test_that_it_names_is_there(file: str, test: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"def {test}(" in text if test else "def test_" in text


def test_each_of_the_twelve_attempts_names_a_test() -> None:
    rows = re.findall(r"^\| (\d+)\. .*$", TEXT, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 13))
    for number in range(1, 13):
        row = re.search(rf"^\| {number}\. .*$", TEXT, re.MULTILINE)
        assert row is not None
        assert "`tests/" in row.group(0)


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target
