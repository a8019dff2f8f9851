"""Every driver against frames that others captured or published: it decodes what they say."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from devices.decoding import decode
from devices.registry import DRIVERS, DriverSpec
from tests.conventions.published_frames import PUBLISHED, Frames
from tests.conventions.streams import PUMP_STEPS, SPECS

TESTS = Path(__file__).resolve().parents[1] / "unit" / "devices"
ALL = [(name, frames) for name, each in PUBLISHED.items() for frames in each]
EACH = pytest.mark.parametrize(
    ("name", "frames"), ALL, ids=[f"{name}: {frames.source}" for name, frames in ALL]
)


def pairs(readings: list[dict[str, object]]) -> list[tuple[object, object]]:
    """Vitals and values of what `decode` gave; of a pump, its numbers by their names."""
    return [
        pair
        for r in readings
        for pair in (
            [(r["vital"], r["value"])]
            if "vital" in r
            else [(name, r[name]) for name in ("rate_ml_per_h", "volume_ml")]
        )
    ]


@SPECS
def test_there_are_frames_of_it_that_say_values(spec: DriverSpec) -> None:
    frames = PUBLISHED[spec.name]
    said = {vital for each in frames for vital, value in each.values if value is not None}
    assert said
    assert said <= set(spec.vitals or PUMP_STEPS[spec.name])
    kinds = {each.kind for each in frames}
    # What is proven on constructed frames alone must say so to people.
    assert (
        kinds & {"captured", "published"}
        or "constructed" in spec.certainty
        or ("no capture" in spec.certainty)
    )


@EACH
def test_they_are_decoded_to_what_they_say(name: str, frames: Frames) -> None:
    *readings, _ = decode(name, frames.data)
    assert pairs(readings) == list(frames.values)


@EACH
def test_no_other_driver_reads_them(name: str, frames: Frames) -> None:
    for other, spec in DRIVERS.items():
        if other not in (name, *DRIVERS[name].look_alikes):
            *readings, _ = decode(other, frames.data)
            assert readings == [], spec.name


@EACH
def test_no_bit_of_them_can_change_unseen_where_there_is_a_checksum(
    name: str, frames: Frames
) -> None:
    if not (DRIVERS[name].has_checksum and frames.checked):
        return
    said = set(frames.values)
    for i in range(len(frames.data)):
        for bit in range(8):
            changed = bytes((frames.data[i] ^ 1 << bit,))
            *readings, _ = decode(name, frames.data[:i] + changed + frames.data[i + 1 :])
            wrong = {pair for pair in pairs(readings) if pair[1] is not None} - said
            assert wrong == set(), (i, bit)


@SPECS
def test_its_parser_has_tests_of_its_own(spec: DriverSpec) -> None:
    module = f"devices.{spec.folder}.parser"
    tested = [
        path.name
        for path in TESTS.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == module
    ]
    assert tested
