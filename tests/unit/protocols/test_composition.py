"""A protocol of several files: one text, and every mistake where a person finds it."""

import re
from pathlib import Path

import pytest

from app.places import NoSuchResourceError, read_protocol
from protocols.composition import NamedText, Origins, compose, part_names
from protocols.definition import DefinitionError, parse_protocol

PART = """[[part]]
id = "gate/extra"
version = "2"
title = "One more question"
source = ["the site"]
review_date = 2027-11-30
approved_by = ""

[[gate]]
id = "shoes"
section = "Today"
question = "Shoes off?"
answers = ["yes", "no"]
passes = ["yes"]
hold = "soft"
"""


def _protocol_with_part(part: str = PART, names: str = '"gate/extra"') -> str:
    own, _ = read_protocol("iv-0.5-40")
    named = part_names(own)
    listed = ", ".join([*(f'"{name}"' for name in named), names])
    unnamed = re.sub(r"^parts = \[.*?\]$", "", own, flags=re.MULTILINE | re.DOTALL)
    text = f"parts = [{listed}]\n{unnamed}"
    return compose(text, [NamedText(file="parts/gate/extra.toml", text=part)])


def test_a_text_without_parts_is_left_as_it_is() -> None:
    assert compose('id = "x"\n', []) == 'id = "x"\n'
    assert part_names('id = "x"\n') == ()


def test_a_part_adds_its_tables_and_is_named_with_its_version() -> None:
    definition = parse_protocol(_protocol_with_part(), "site.toml")
    assert definition.gate_item("shoes") is not None
    stamp = next(part for part in definition.parts if part.id == "gate/extra")
    assert (stamp.version, stamp.title) == ("2", "One more question")


def test_a_mistake_in_a_part_is_told_with_the_line_of_that_part() -> None:
    with pytest.raises(DefinitionError) as refused:
        parse_protocol(_protocol_with_part(PART.replace('"soft"', '"maybe"')), "site.toml")
    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("parts/gate/extra.toml", 15)
    assert problem.field.endswith(".hold")


def test_a_syntax_mistake_in_a_part_is_told_with_the_line_of_that_part() -> None:
    with pytest.raises(DefinitionError) as refused:
        parse_protocol(_protocol_with_part(PART.replace('"soft"', "soft")), "site.toml")
    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("parts/gate/extra.toml", 15)
    assert "at line 15" in problem.message


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (PART.replace("gate/extra", "gate/other"), "parts"),
        (PART.replace('id = "shoes"', 'id = "identity"'), "gate"),
    ],
)
def test_parts_must_be_those_named_and_repeat_nothing(part: str, field: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        parse_protocol(_protocol_with_part(part), "site.toml")
    assert any(problem.field.startswith(field) for problem in refused.value.problems)


def test_lines_before_any_part_are_those_of_the_protocol() -> None:
    origins = Origins(compose("a = 1\nb = 2\n", [NamedText(file="p.toml", text="c = 3\n")]), "x")
    assert origins.of_line(2) == ("x", 2)
    assert origins.of_line(5) == ("p.toml", 1)


def test_a_site_keeps_its_parts_beside_its_protocol(tmp_path: Path) -> None:
    (tmp_path / "parts" / "gate").mkdir(parents=True)
    (tmp_path / "parts" / "gate" / "extra.toml").write_text(PART, encoding="utf-8")
    (tmp_path / "site.toml").write_text('parts = ["gate/extra"]\n', encoding="utf-8")
    text, _ = read_protocol(str(tmp_path / "site.toml"))
    assert text.endswith(PART)


def test_a_part_that_is_nowhere_is_said_by_name(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('parts = ["gate/nowhere"]\n', encoding="utf-8")
    with pytest.raises(NoSuchResourceError, match="gate/nowhere: no such part"):
        read_protocol(str(tmp_path / "site.toml"))


def test_a_part_cannot_lead_out_of_its_folder() -> None:
    assert part_names('parts = ["../../secret", "/etc/passwd", "gate/../../x", "gate/fine"]') == (
        "gate/fine",
    )
