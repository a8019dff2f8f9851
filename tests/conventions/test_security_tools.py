"""The tools that look for mistakes, advisories and parts say what they find, what they cannot."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from storage import sqlite

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))

    def load(name: str) -> ModuleType:
        return import_module(name)

    yield load
    for name in ("advisories", "findings", "locked", "sbom"):
        sys.modules.pop(name, None)


# -- mistakes in the code -------------------------------------------------------------------------


def finding(code: str = "run(text)", test: str = "B602") -> dict[str, Any]:
    return {
        "test_id": test,
        "filename": "./app/part.py",
        "line_number": 7,
        "issue_text": "shell",
        "code": f"6 def f():\n7     {code}\n",
    }


def test_a_finding_that_nothing_justifies_is_told_with_its_place(tool) -> None:
    assert tool("findings").judge([finding()], []) == ["app/part.py:7: B602 shell"]


def test_a_finding_is_justified_on_its_line_or_in_the_project_file(tool) -> None:
    findings = tool("findings")
    assert findings.judge([finding("run(text)  # noqa: S602 - fixed text")], []) == []
    assert findings.judge([finding("run(text)  # noqa: S603")], []) != []
    rule = findings.Exempt(test="B602", files="app/*", why="a fixed text of ours")
    assert findings.judge([finding()], [rule]) == []


def test_an_exception_without_a_finding_is_told(tool) -> None:
    findings = tool("findings")
    rule = findings.Exempt(test="B602", files="app/*", why="a fixed text of ours")
    assert findings.judge([], [rule]) == ["pyproject.toml: B602 in app/*: no such finding"]


def test_every_exception_says_why(tool, tmp_path: Path) -> None:
    findings = tool("findings")
    assert findings.read_exempt(ROOT / "pyproject.toml")
    text = '[[tool.infusion-room.findings]]\ntest = "B602"\nfiles = "*"\nwhy = "because"\n'
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(ValueError, match="say why"):
        findings.read_exempt(tmp_path / "p.toml")


# -- advisories -----------------------------------------------------------------------------------


def report(*vulnerabilities: dict[str, Any]) -> str:
    package = {"name": "part", "version": "1.0", "vulns": list(vulnerabilities)}
    return json.dumps({"dependencies": [package], "fixes": []})


def test_an_advisory_fails_the_check_and_names_its_cure(tool) -> None:
    status, lines = tool("advisories").judge(
        1, report({"id": "GHSA-1", "fix_versions": ["1.1"], "description": ""}), ""
    )
    assert (status, lines) == (1, ["part 1.0: GHSA-1, fixed in 1.1"])


def test_no_advisory_passes_and_says_how_much_was_asked_about(tool) -> None:
    assert tool("advisories").judge(0, report(), "") == (
        0,
        ["pip-audit: 1 packages, no advisory"],
    )


def test_a_service_out_of_reach_passes_and_is_called_not_audited(tool) -> None:
    complaint = "Traceback\nrequests.exceptions.ConnectionError: nobody there\n"
    status, (line,) = tool("advisories").judge(1, "", complaint)
    assert status == 0
    assert "not audited" in line
    assert "no advisory" not in line


def test_a_tool_that_does_not_run_fails_the_check(tool) -> None:
    status, (line,) = tool("advisories").judge(2, "", "No module named pip_audit")
    assert (status, line) == (1, "pip-audit did not run: No module named pip_audit")


def test_a_package_that_was_skipped_is_not_called_clean(tool) -> None:
    text = json.dumps({"dependencies": [{"name": "part", "skip_reason": "unknown"}]})
    assert tool("advisories").judge(0, text, "") == (
        0,
        ["pip-audit: 0 packages, no advisory", "part: not audited: unknown"],
    )


# -- the list of parts ----------------------------------------------------------------------------


def test_what_the_program_needs_is_told_from_what_only_its_development_needs(tool) -> None:
    packages = {one.name: one for one in tool("locked").read_lock()}
    needed = ("sqlcipher3", "psycopg-binary", "cffi", "shiboken6", "pydantic-core")
    assert all(packages[name].needed for name in needed)
    assert not any(packages[name].needed for name in ("pytest", "mypy", "bandit", "pypdf"))
    assert all(
        one.wheels and all(len(w.sha256) == 64 for w in one.wheels) for one in packages.values()
    )


def test_every_part_inside_a_wheel_is_of_the_locked_wheel(tool) -> None:
    locked = {(one.name, one.version) for one in tool("locked").read_lock()}
    for part in tool("sbom").read_parts():
        assert (part["wheel"], part["wheel_version"]) in locked, part


def test_a_wheel_that_was_not_looked_into_again_is_refused(tool) -> None:
    sbom = tool("sbom")
    bom = {
        "components": [
            {"name": "sqlcipher3", "version": "9.9", "bom-ref": "x", "scope": "required"}
        ],
        "dependencies": [],
    }
    with pytest.raises(sbom.StaleError, match=r"0\.6\.4 was looked into, here it is 9\.9"):
        sbom.add_parts(bom, sbom.read_parts()[:1])


@pytest.mark.skipif(sys.platform != "linux", reason="the list names what is in the Linux wheels")
def test_the_parts_are_those_that_run_here(tool) -> None:
    import miniaudio
    from cryptography.hazmat.backends.openssl.backend import backend
    from PIL import features
    from psycopg import pq
    from PySide6.QtCore import qVersion

    listed = {(one["wheel"], one["name"]): one["version"] for one in tool("sbom").read_parts()}
    raw = sqlite.connect(":memory:")
    raw.execute("PRAGMA key = 'x'")
    provider = raw.execute("PRAGMA cipher_provider_version").fetchone()[0]
    cipher = raw.execute("PRAGMA cipher_version").fetchone()[0]
    raw.close()
    number = pq.version()
    running = {
        ("sqlcipher3", "SQLite"): ".".join(map(str, sqlite.VERSION)),
        ("sqlcipher3", "SQLCipher"): cipher.split()[0],
        ("sqlcipher3", "OpenSSL"): provider.split()[1],
        ("cryptography", "OpenSSL"): backend.openssl_version_text().split()[1],
        ("psycopg-binary", "libpq"): f"{number // 10_000}.{number % 10_000}",
        ("pyside6-essentials", "Qt"): qVersion(),
        ("miniaudio", "miniaudio (C)"): miniaudio.lib_version(),
        ("pillow", "libjpeg-turbo"): features.version("libjpeg_turbo"),
        ("pillow", "FreeType"): features.version("freetype2"),
        ("pillow", "libtiff"): features.version("libtiff"),
        ("pillow", "libwebp"): features.version("webp"),
    }
    assert {place: listed[place] for place in running} == running


@pytest.mark.campaign
def test_the_whole_list_is_valid_and_complete(tool, tmp_path: Path) -> None:
    sbom = tool("sbom")
    target = tmp_path / "sbom.json"
    assert sbom.main(target) == 0
    bom = json.loads(target.read_text(encoding="utf-8"))
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert bom["metadata"]["component"]["name"] == "infusion-room"
    names = {one["name"] for one in bom["components"]}
    assert {"SQLite", "SQLCipher", "OpenSSL", "libpq", "Qt", "miniaudio (C)", "CPython"} <= names
    packages = [one for one in bom["components"] if str(one.get("purl", "")).startswith("pkg:pypi")]
    assert packages
    assert all(one["hashes"][0]["alg"] == "SHA-256" for one in packages)
    assert all(one.get("licenses") for one in bom["components"])
    needed = {one["name"] for one in bom["components"] if one["scope"] == "required"}
    assert {"sqlcipher3", "PySide6_Essentials", "SQLite"} <= needed
    assert "pytest" not in needed
