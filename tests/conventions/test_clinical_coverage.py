"""What clinics do and publish is answered row by row, by files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "clinical-coverage.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", TEXT, re.MULTILINE)
PATHS = sorted(set(re.findall(r"`([^`\s]+/[^`\s]+)`", TEXT)))


def test_fifty_nine_topics_are_numbered_in_order_and_each_has_an_answer() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 60))
    assert all(topic.strip() and len(where) > 20 for _, topic, where in ROWS)


def test_no_topic_stands_twice() -> None:
    topics = [topic for _, topic, _ in ROWS]
    assert len(set(topics)) == len(topics)


@pytest.mark.parametrize("path", PATHS)
def test_every_file_named_exists(path: str) -> None:
    assert (ROOT / path).is_file()


def test_every_row_names_a_file_or_says_why_not() -> None:
    for number, _, where in ROWS:
        assert "/" in where or "the same part" in where, number
