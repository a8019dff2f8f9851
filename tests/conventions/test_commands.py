"""The commands a newcomer types are all explained, and the set-up does what its page says."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_make_target_explains_itself() -> None:
    makefile = _read("Makefile")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z]+):[^#\n]*## \S", makefile, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    assert targets == explained == set(phony[1].split())


def test_continuous_integration_runs_what_a_person_runs() -> None:
    assert re.findall(r"^make (\w+)", _read(".ci/run"), re.MULTILINE) == ["check", "test"]


def test_the_library_list_is_the_documented_one() -> None:
    listed = re.search(r'^QT_LIBRARIES="\n(.+?)^"', _read(".ci/setup"), re.MULTILINE | re.DOTALL)
    assert listed is not None
    rows = [line.split() for line in listed[1].splitlines()]
    page = _read("docs/system-libraries.md").split("Eleven names.")[0]
    documented = set(re.findall(r"\blib[a-z0-9.-]+", page.split("|---|---|---|")[1]))
    assert {name for row in rows for name in row[1:]} == documented
    assert len(rows) == 11
