"""What docs/file-format.md says is true: its own code reads and checks a record."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.events import Event
from storage.canonical import canonical
from storage.database import open_database
from storage.journal import Journal
from storage.packing import encode_columns, encode_lines
from tests.unit.storage.event_strategies import ROUTINE_EVENT, small_session, stream

PAGE = Path(__file__).resolve().parents[3] / "docs" / "file-format.md"


def published() -> tuple[dict[str, Any], str]:
    """The functions of the page, and its script that works out the chain."""
    script, functions = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(functions, names)  # noqa: S102
    return names, script


NAMES, SCRIPT = published()


@given(st.lists(ROUTINE_EVENT, min_size=1, max_size=40))
def test_the_pages_code_reads_any_packed_body(events: list[Event]) -> None:
    bodies = [canonical(event) for event in events]
    columns = encode_columns(events)
    assert columns is not None
    assert NAMES["canonical_forms"](columns) == bodies
    assert NAMES["canonical_forms"](encode_lines(bodies)) == bodies


def test_the_pages_code_reads_a_stream() -> None:
    events = list(stream(20))
    columns = encode_columns(events)
    assert columns is not None
    assert NAMES["canonical_forms"](columns) == [canonical(event) for event in events]


@pytest.mark.parametrize("sealed", [False, True])
def test_the_pages_script_works_out_the_chain(
    database_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: bool
) -> None:
    with open_database(database_path) as database:
        journal = Journal(database)
        head = journal.append("s1", small_session())
        if sealed:
            journal.seal("s1")
    monkeypatch.chdir(database_path.parent)
    names = dict(NAMES)
    exec(SCRIPT, names)  # noqa: S102
    names["db"].close()
    assert names["chain"] == head.chain
    assert names["seq"] == head.seq
