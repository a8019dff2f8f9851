"""Writes the list of all that the program is made of: CycloneDX 1.6, JSON.

`cyclonedx-py` lists the installed packages. Added here: the SHA-256 of each wheel from uv.lock,
whether the program needs the package or only its development, the parts inside wheels that no tool
sees (parts-in-wheels.toml), and the interpreter.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from locked import ROOT, Package, Wheel, read_lock
from packaging.tags import sys_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

PARTS = Path(__file__).with_name("parts-in-wheels.toml")
Bom = dict[str, Any]


class StaleError(Exception):
    """The list by hand and the lock do not agree; the text says where."""


def list_environment() -> Bom:
    """The installed packages as `cyclonedx-py` lists them."""
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "cyclonedx_py", "environment", "--no-validate", "--spec-version", "1.6"),
            *(
                "--pyproject",
                str(ROOT / "pyproject.toml"),
                "--output-format",
                "JSON",
                sys.executable,
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    bom: Bom = json.loads(done.stdout)
    return bom


def read_parts(path: Path = PARTS) -> list[dict[str, str]]:
    """The parts inside wheels."""
    parts: list[dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))["part"]
    return parts


def add_licences(bom: Bom, path: Path = PARTS) -> None:
    """Give the components whose metadata tells no licence the one that was looked up."""
    looked_up = tomllib.loads(path.read_text(encoding="utf-8"))["licence"]
    known = {canonicalize_name(one["wheel"]): one["licence"] for one in looked_up}
    for component in bom["components"]:
        if not component.get("licenses") and canonicalize_name(component["name"]) in known:
            licence = known[canonicalize_name(component["name"])]
            component["licenses"] = [{"license": {"id": licence}}]


def add_hashes(bom: Bom, packages: list[Package]) -> None:
    """Give each component the hash of the wheel that fits this system, and say who needs it."""
    locked = {(canonicalize_name(one.name), one.version): one for one in packages}
    for component in bom["components"]:
        package = locked.get((canonicalize_name(component["name"]), component["version"]))
        if package is None:
            component["scope"] = "excluded"
            _say(component, "locked", "no: it belongs to the environment, not to the program")
            continue
        component["scope"] = "required" if package.needed else "excluded"
        wheel = fitting_wheel(package)
        if wheel is not None:
            digest = [{"alg": "SHA-256", "content": wheel.sha256}]
            component["hashes"] = digest
            references = component.setdefault("externalReferences", [])
            references[:] = [one for one in references if one.get("type") != "distribution"]
            references.append({"type": "distribution", "url": wheel.url, "hashes": digest})


def fitting_wheel(package: Package) -> Wheel | None:
    """The wheel that is installed on a system like this one; None where the lock has none."""
    order = {tag: number for number, tag in enumerate(sys_tags())}
    fitting = []
    for wheel in package.wheels:
        ranks = [order[tag] for tag in parse_wheel_filename(wheel.name)[3] if tag in order]
        if ranks:
            fitting.append((min(ranks), wheel))
    return min(fitting, key=lambda pair: pair[0])[1] if fitting else None


def add_parts(bom: Bom, parts: list[dict[str, str]]) -> None:
    """Add the parts inside wheels, each below the wheel that carries it.

    Raises:
        StaleError: a wheel is of another version than the one that was looked into.
    """
    by_name = {canonicalize_name(one["name"]): one for one in bom["components"]}
    needs = {one["ref"]: one for one in bom["dependencies"]}
    for part in parts:
        wheel = by_name.get(canonicalize_name(part["wheel"]))
        if wheel is None or wheel["version"] != part["wheel_version"]:
            found = "missing" if wheel is None else wheel["version"]
            raise StaleError(
                f"{PARTS.name}: {part['name']}: {part['wheel']} {part['wheel_version']} was looked "
                f"into, here it is {found}. Look again and correct the entry."
            )
        reference = f"{part['wheel']}-{part['wheel_version']}/{part['name']}"
        component: Bom = {
            "type": "library",
            "bom-ref": reference,
            "name": part["name"],
            "version": part["version"],
            "licenses": [{"expression": part["licence"]}]
            if " " in part["licence"]
            else [{"license": {"id": part["licence"]}}],
            "purl": part["purl"],
            "cpe": part["cpe"],
            "scope": wheel["scope"],
        }
        _say(component, "inside", f"{part['wheel']} {part['wheel_version']}")
        _say(component, "use", part["use"])
        bom["components"].append(component)
        needs.setdefault(wheel["bom-ref"], {"ref": wheel["bom-ref"]}).setdefault("dependsOn", [])
        needs[wheel["bom-ref"]]["dependsOn"].append(reference)
        needs[reference] = {"ref": reference}
    bom["dependencies"] = sorted(needs.values(), key=lambda one: str(one["ref"]))


def add_interpreter(bom: Bom) -> None:
    """Add the Python that runs it."""
    version = platform.python_version()
    bom["components"].append(
        {
            "type": "application",
            "bom-ref": f"cpython-{version}",
            "name": "CPython",
            "version": version,
            "licenses": [{"license": {"id": "PSF-2.0"}}],
            "purl": f"pkg:generic/python@{version}",
            "cpe": f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*",
            "scope": "required",
        }
    )
    bom["dependencies"].append({"ref": f"cpython-{version}"})


def _say(component: Bom, name: str, value: str) -> None:
    component.setdefault("properties", []).append({"name": f"infusion-room:{name}", "value": value})


def find_mistake(text: str) -> str:
    """What is wrong with the document by the schema of CycloneDX 1.6; empty where nothing is."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return "" if problem is None else str(problem)


def make() -> str:
    """The whole document as text.

    Raises:
        StaleError: the list by hand and the lock do not agree.
        ValueError: it is not valid.
    """
    bom = list_environment()
    add_hashes(bom, read_lock())
    add_licences(bom)
    add_parts(bom, read_parts())
    add_interpreter(bom)
    text = json.dumps(bom, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if mistake := find_mistake(text):
        raise ValueError(mistake)
    return text


def main(target: Path) -> int:
    """Write it to `target`."""
    try:
        text = make()
    except (StaleError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    target.write_text(text, encoding="utf-8")
    components = json.loads(text)["components"]
    hashed = sum("hashes" in one for one in components)
    needed = sum(one.get("scope") == "required" for one in components)
    print(
        f"{target}: {len(components)} components ({needed} in the program, the others only in its "
        f"development), {hashed} with the hash of their wheel"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "sbom.cdx.json"))
