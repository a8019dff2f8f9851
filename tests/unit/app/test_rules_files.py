"""What a new session may run under: holds that pass only by a named prescriber."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.places import names_of, read_protocol
from app.rules_files import UNNAMED_HOLDS, RulesFileError, load_rules


@pytest.mark.parametrize("name", names_of("protocols"))
def test_every_shipped_protocol_may_start_a_session(name: str) -> None:
    assert load_rules(name).definition.holds.prescriber_named


@pytest.mark.parametrize("named", ["", "[holds]\nprescriber_named = false"])
def test_a_file_whose_holds_pass_without_a_name_starts_none(tmp_path: Path, named: str) -> None:
    text, _ = read_protocol("iv-0.5-40")
    head, _, rest = text.partition("[holds]")
    table, _, gate = rest.partition("[[gate]]")
    kept = named + table.replace("\nprescriber_named = true", "") if named else ""
    path = tmp_path / "site.toml"
    own = f"{head}{kept}\n[[gate]]{gate}"
    path.write_text("\n".join(_without_names_of_parts(own)), encoding="utf-8")
    with pytest.raises(RulesFileError) as refused:
        load_rules(str(path))
    assert refused.value.problems == (f"{path}: {UNNAMED_HOLDS}",)


def _without_names_of_parts(text: str) -> list[str]:
    """The lines of a composed text made one file: no part is named, none is read again."""
    kept: list[str] = []
    skipping = False
    for line in text.splitlines():
        if line.startswith("parts = [") or line == "[[part]]":
            skipping = True
        elif skipping and line.startswith(("id = ", "[")) and not _of_a_part(line):
            skipping = False
        if not skipping:
            kept.append(line)
    return kept


def _of_a_part(line: str) -> bool:
    return line.startswith('id = "') and "/" in line
