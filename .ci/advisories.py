"""Asks for published advisories against every locked package; honest where nobody answers.

Exit status 1 at an advisory, 0 where there is none, and 0 with "not audited" where the service of
advisories cannot be reached: a clinic's network need not reach it, and no check may hang on it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from locked import read_lock

SERVICE = "osv"
PATIENCE_S = 5
"""How long one answer of the service may take."""

LONGEST_S = 180
"""How long all answers together may take."""

UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError", "ProxyError")
"""Errors that say that the service does not answer, not that something was found."""


def ask(requirements: Path) -> tuple[int, str, str]:
    """Run pip-audit on pinned `requirements`: exit status, report, and what it complained of."""
    try:
        done = subprocess.run(
            [
                sys.executable,
                *("-m", "pip_audit", "--vulnerability-service", SERVICE, "--format", "json"),
                *("--no-deps", "--disable-pip", "--progress-spinner", "off"),
                *("--timeout", str(PATIENCE_S), "--requirement", str(requirements)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )
    except subprocess.TimeoutExpired:
        return 1, "", "ReadTimeout: the service did not answer all in time"
    return done.returncode, done.stdout, done.stderr


def judge(status: int, report: str, complaint: str) -> tuple[int, list[str]]:
    """The exit status, and what to print."""
    packages = _packages(report)
    if packages is None:
        last = (complaint.strip().splitlines() or ["no answer"])[-1]
        if any(word in complaint for word in UNREACHABLE):
            return 0, [
                f"pip-audit: not audited: the service of advisories is not reachable ({last[:160]})"
            ]
        return 1, [f"pip-audit did not run: {last}"]
    found = [
        f"{one['name']} {one['version']}: {vulnerability['id']}, fixed in "
        f"{', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for one in packages
        for vulnerability in one.get("vulns", ())
    ]
    skipped = [
        f"{one['name']}: not audited: {one['skip_reason']}"
        for one in packages
        if "skip_reason" in one
    ]
    if found:
        return 1, [*found, *skipped]
    if status:
        return 1, [f"pip-audit ended with status {status}", *skipped]
    return 0, [f"pip-audit: {len(packages) - len(skipped)} packages, no advisory", *skipped]


def _packages(report: str) -> list[dict[str, Any]] | None:
    try:
        found: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    return found


def main() -> int:
    """Ask, print, and give the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        # a package that is locked in two versions, for two Pythons, is asked about in two rounds
        versions: dict[str, list[str]] = {}
        for package in read_lock():
            versions.setdefault(package.name, []).append(package.version)
        rounds = max(len(found) for found in versions.values())
        status, lines = 0, list[str]()
        for number in range(rounds):
            pins = [
                f"{name}=={found[number]}"
                for name, found in versions.items()
                if number < len(found)
            ]
            requirements.write_text("\n".join(pins) + "\n", encoding="utf-8")
            one, said = judge(*ask(requirements))
            status, lines = max(status, one), lines + [line for line in said if line not in lines]
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
