"""The library of scripted sessions: those shipped and the site's own."""

from __future__ import annotations

from app.acceptance.scenario import Scenario
from app.acceptance.scenario_file import parse_scenario
from app.places import names_of
from app.places import read_scenario as read_text

SCENARIOS = "scenarios"
"""Name of their folder."""


def read_scenario(name: str) -> Scenario:
    """The scenario of that name or in that file.

    Raises:
        NoSuchResourceError: there is none.
        ScenarioError: it has mistakes.
    """
    text, path = read_text(name)
    return parse_scenario(text, path)


def read_library() -> tuple[Scenario, ...]:
    """Every scenario, by name; NoSuchResourceError and ScenarioError as for `read_scenario`."""
    return tuple(read_scenario(name) for name in names_of(SCENARIOS))
