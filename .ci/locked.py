"""What uv.lock says: packages, versions, wheels, and which of them the program needs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "uv.lock"
PROGRAM = "infusion-room"


@dataclass(frozen=True)
class Wheel:
    """One built file of a package: its name, its SHA-256 and where it comes from."""

    name: str
    sha256: str
    url: str


@dataclass(frozen=True)
class Package:
    """One locked package; `needed` says that the program needs it, not only its development."""

    name: str
    version: str
    wheels: tuple[Wheel, ...]
    needed: bool


def read_lock(path: Path = LOCK) -> list[Package]:
    """Every package of the lock but the program itself, in its order."""
    packages: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    needed = _needed(packages)
    return [
        Package(
            name=one["name"],
            version=one["version"],
            wheels=tuple(_wheel(wheel) for wheel in one.get("wheels", ())),
            needed=one["name"] in needed,
        )
        for one in packages
        if one["name"] != PROGRAM
    ]


def _wheel(entry: dict[str, Any]) -> Wheel:
    url = str(entry["url"])
    return Wheel(
        name=url.rpartition("/")[2], sha256=str(entry["hash"]).removeprefix("sha256:"), url=url
    )


def _needed(packages: list[dict[str, Any]]) -> set[str]:
    """The program's own dependencies and theirs, on any system."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for one in packages:
        by_name.setdefault(one["name"], []).append(one)
    seen: set[tuple[str, str]] = set()  # a package, and an extra of it or nothing
    waiting = list(by_name[PROGRAM][0].get("dependencies", ()))
    while waiting:
        dependency = waiting.pop()
        name = dependency["name"]
        for extra in ("", *dependency.get("extra", ())):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for one in by_name.get(name, ()):
                optional = one.get("optional-dependencies", {})
                waiting += optional.get(extra, ()) if extra else one.get("dependencies", ())
    return {name for name, _ in seen}
