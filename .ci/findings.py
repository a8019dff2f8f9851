"""Runs bandit; fails at a finding that nothing justifies, and at an exception without a finding.

A finding is justified on its own line, by the ``noqa`` that the linter needs for the same test
(bandit's B608 is ruff's S608), or in ``[[tool.infusion-room.findings]]`` of pyproject.toml with the
test, the files (a pattern) and why it is none.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOOKED_AT = ("app", "devices", "protocols", "storage", "resources", ".ci", "main.py")


@dataclass(frozen=True)
class Exempt:
    """A finding that is none: which test, in which files, and why."""

    test: str
    files: str
    why: str

    def covers(self, finding: dict[str, Any]) -> bool:
        """Whether `finding` is one of these."""
        return finding["test_id"] == self.test and fnmatch(_file(finding), self.files)


def read_exempt(pyproject: Path) -> list[Exempt]:
    """The exceptions of pyproject.toml; ValueError where one gives no reason."""
    table = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    found = [Exempt(**one) for one in table["tool"]["infusion-room"]["findings"]]
    for one in found:
        if len(one.why.split()) < 3:
            raise ValueError(f"{one.test} in {one.files}: say why it is no finding")
    return found


def judge(findings: Sequence[dict[str, Any]], exempt: Sequence[Exempt]) -> list[str]:
    """What is wrong, a line each: findings that nothing justifies, exceptions without a finding."""
    wrong = [
        f"{_file(one)}:{one['line_number']}: {one['test_id']} {one['issue_text']}"
        for one in findings
        if not (is_justified_there(one) or any(rule.covers(one) for rule in exempt))
    ]
    stale = [rule for rule in exempt if not any(rule.covers(one) for one in findings)]
    return wrong + [f"pyproject.toml: {one.test} in {one.files}: no such finding" for one in stale]


def is_justified_there(finding: dict[str, Any]) -> bool:
    """Whether a line of the finding carries the linter's word for the same test."""
    word = re.compile(rf"# noqa:[^#]*\bS{finding['test_id'][1:]}\b")
    return bool(word.search(str(finding["code"])))


def _file(finding: dict[str, Any]) -> str:
    return str(finding["filename"]).removeprefix("./")


def run_bandit() -> dict[str, Any]:
    """What bandit reports of the program."""
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "bandit", "--quiet", "--format", "json", "--exit-zero"),
            *("--configfile", "pyproject.toml", "--recursive", *LOOKED_AT),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise SystemExit(f"bandit did not run: {done.stderr.strip()[-500:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def main() -> int:
    """Print what is wrong, or that nothing is; 1 where something is."""
    report = run_bandit()
    exempt = read_exempt(ROOT / "pyproject.toml")
    wrong = judge(report["results"], exempt)
    wrong += [f"{one['filename']}: not looked at: {one['reason']}" for one in report["errors"]]
    for line in wrong:
        print(line)
    looked = report["metrics"]["_totals"]["loc"]
    if not wrong:
        print(
            f"bandit: {looked} lines, no finding but {len(report['results'])} that are none "
            f"({len(exempt)} reasons in pyproject.toml)"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
