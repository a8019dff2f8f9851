"""The scales that ship, and a protocol that uses some of them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from app.places import read_protocol
from protocols.composition import NamedText, compose, part_names
from protocols.definition import ProtocolDefinition, parse_protocol
from protocols.scales import Scale

PARTS = Path(__file__).resolve().parents[3] / "resources" / "protocols" / "parts"
SCALE_FILES = tuple(sorted((PARTS / "scales").glob("*.toml")))


def protocol_with(*names: str) -> str:
    """The reference protocol with exactly the scales `names`, as one text."""
    own, _, _ = read_protocol("iv-0.5-40")[0].partition("\n#: ")
    parts = [part for part in part_names(own) if not part.startswith("scales/")]
    parts += [f"scales/{name}" for name in names]
    listed = ", ".join(f'"{part}"' for part in parts)
    text = re.sub(r"^parts = \[[^\]]*\]$", f"parts = [{listed}]", own, flags=re.MULTILINE)
    files = [NamedText(file=f"{p}.toml", text=(PARTS / f"{p}.toml").read_text()) for p in parts]
    return compose(text, files)


@cache
def shipped() -> ProtocolDefinition:
    """The reference protocol with every scale that ships."""
    return parse_protocol(protocol_with(*(path.stem for path in SCALE_FILES)), "every scale")


def scale(name: str) -> Scale:
    """One scale that ships."""
    found = shipped().scale(name)
    assert found is not None, name
    return found
