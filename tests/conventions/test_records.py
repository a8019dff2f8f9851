"""Every dependency and every decision is written down."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADR_HEADINGS = ["Status", "Context", "Decision", "Consequences"]


def _dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = list(project["project"]["dependencies"])
    for extra in project["project"].get("optional-dependencies", {}).values():
        wanted += extra
    for group in project["dependency-groups"].values():
        wanted += group
    return {re.split(r"[\s<>=!~\[;]", line)[0].lower() for line in wanted}


def _locked() -> dict[str, set[str]]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    versions: dict[str, set[str]] = {}
    for package in lock["package"]:
        versions.setdefault(package["name"], set()).add(package["version"])
    return versions


def _rows() -> dict[str, tuple[str, str, str]]:
    """The rows of docs/dependencies.md: package to (version, licence, reason)."""
    rows: dict[str, tuple[str, str, str]] = {}
    for line in (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            rows[cells[0].lower()] = (cells[1], cells[2], cells[3])
    return rows


def test_every_dependency_has_its_reason() -> None:
    rows = _rows()
    assert rows.keys() == _dependencies(), "docs/dependencies.md and pyproject.toml differ"
    assert [name for name, row in rows.items() if not all(row)] == []


def test_the_readme_says_why_each_dependency_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| .+ \|$", readme, flags=re.MULTILINE)
    assert _dependencies() - {name.lower() for name in rows} == set()


def test_the_versions_are_the_locked_ones() -> None:
    locked = _locked()
    differing = {
        name: (version, sorted(locked[name]))
        for name, (version, _, _) in _rows().items()
        if set(re.findall(r"\d[\w.]*", re.sub(r"on Python [\d.]+", "", version))) != locked[name]
    }
    assert differing == {}, "written and locked"


def test_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(len(names))]
    assert [name for name in names if not re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", name)] == []


def test_decisions_have_one_form() -> None:
    for path in sorted((ROOT / "docs" / "adr").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert re.match(rf"# {path.name[:4]} \S", text), f"{path.name}: first line"
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ADR_HEADINGS, path.name
