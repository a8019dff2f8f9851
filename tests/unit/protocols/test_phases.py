"""A visit moves only along the table, and a guard says why it does not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.events import Phase
from protocols.phases import (
    GUARDS,
    TRANSITIONS,
    PhaseFacts,
    next_phases,
    obstacles,
    refusal,
    state_diagram,
)

ARCHITECTURE = Path(__file__).resolve().parents[3] / "ARCHITECTURE.md"
NS_PER_MIN = 60_000_000_000

READY = PhaseFacts(
    patient_entered=True,
    weight_entered=True,
    dose_planned=True,
    dose_confirmed=True,
    baseline_frozen=True,
    dose_finished=True,
    recovery_elapsed_ns=60 * NS_PER_MIN,
    recovery_minimum_ns=60 * NS_PER_MIN,
)

MOVES = {
    ("setup", "gate"),
    ("gate", "setup"),
    ("gate", "baseline"),
    ("baseline", "gate"),
    ("baseline", "infusing"),
    ("infusing", "paused"),
    ("paused", "infusing"),
    ("infusing", "stopped"),
    ("paused", "stopped"),
    ("infusing", "recovery"),
    ("stopped", "recovery"),
    ("recovery", "discharged"),
}


@pytest.mark.parametrize("before", list(Phase))
@pytest.mark.parametrize("after", list(Phase))
def test_with_everything_in_order_exactly_the_moves_of_the_table_are_open(
    before: Phase, after: Phase
) -> None:
    assert (refusal(before, after, READY) is None) == ((before, after) in MOVES)


@pytest.mark.parametrize(
    ("before", "after", "facts", "reason"),
    [
        ("setup", "gate", PhaseFacts(),
         "Enter the patient. Enter the weight. Enter the order: the dose is not calculated yet."),
        ("setup", "gate", replace(READY, weight_entered=False), "Enter the weight."),
        ("gate", "baseline", replace(READY, open_gate_items=("Valid written consent?", "Fasted?")),
         "Not answered yet: Valid written consent; Fasted."),
        ("gate", "baseline", replace(READY, held_gate_items=("No escort.",)), "Held: No escort."),
        ("baseline", "infusing", replace(READY, dose_confirmed=False),
         "A second person must check weight and dose."),
        ("baseline", "infusing", replace(READY, baseline_frozen=False),
         "Accept the baseline first."),
        ("baseline", "infusing", replace(READY, monitors_problem="SpO2: sensor off the finger."),
         "SpO2: sensor off the finger."),
        ("baseline", "infusing", replace(READY, rate_problem="Pump shows 5.25 mL/h, not 52.5."),
         "Pump shows 5.25 mL/h, not 52.5."),
        ("baseline", "infusing", replace(READY, held_gate_items=("No escort",)),
         "Held: No escort."),
        ("infusing", "recovery", replace(READY, dose_finished=False),
         "The dose is not all in: stop the pump to end early."),
        ("recovery", "discharged", replace(READY, recovery_elapsed_ns=41 * NS_PER_MIN + 1),
         "Recovery lasts at least 60 min: 19 min are left. Wait, or give a reason."),
        ("recovery", "discharged", replace(READY, unmet_discharge=("Steady gait",)),
         "Not met yet: Steady gait. Or give a reason."),
        ("setup", "infusing", READY, "From setup the visit cannot go to infusing, only to gate."),
        ("infusing", "gate", READY,
         "From infusing the visit cannot go to gate, only to paused or stopped or recovery."),
        ("discharged", "recovery", READY, "The visit ended with discharged: nothing follows."),
    ],
)  # fmt: skip
def test_a_refused_move_says_why(before: str, after: str, facts: PhaseFacts, reason: str) -> None:
    assert refusal(Phase(before), Phase(after), facts) == reason


def test_a_reason_opens_discharge_and_nothing_else() -> None:
    stuck = PhaseFacts(
        recovery_minimum_ns=NS_PER_MIN, unmet_discharge=("Steady gait",), reason_given=True
    )
    assert refusal(Phase.RECOVERY, Phase.DISCHARGED, stuck) is None
    assert refusal(Phase.BASELINE, Phase.INFUSING, stuck) is not None
    assert refusal(Phase.INFUSING, Phase.RECOVERY, stuck) is not None


@given(
    facts=st.builds(
        PhaseFacts,
        monitors_problem=st.sampled_from(["", "Monitor lost."]),
        rate_problem=st.sampled_from(["", "Rate differs."]),
        open_gate_items=st.lists(st.just("Consent?")).map(tuple),
        held_gate_items=st.lists(st.just("Escort?")).map(tuple),
        unmet_discharge=st.lists(st.just("Gait")).map(tuple),
    )
)
def test_a_pump_can_always_be_paused_and_stopped(facts: PhaseFacts) -> None:
    for before, after in [
        (Phase.INFUSING, Phase.PAUSED),
        (Phase.INFUSING, Phase.STOPPED),
        (Phase.PAUSED, Phase.STOPPED),
        (Phase.STOPPED, Phase.RECOVERY),
    ]:
        assert obstacles(before, after, facts) == ()


def test_every_row_stands_once_and_names_a_guard_that_exists() -> None:
    moves = [(row.before, row.after) for row in TRANSITIONS]
    assert len(moves) == len(set(moves))
    assert {row.guard for row in TRANSITIONS} == set(GUARDS)


def test_every_phase_is_reached_and_only_discharge_ends() -> None:
    reached = {Phase.SETUP}
    for _ in Phase:
        reached |= {after for before in reached for after in next_phases(before)}
    assert reached == set(Phase)
    assert [phase for phase in Phase if not next_phases(phase)] == [Phase.DISCHARGED]


def test_the_diagram_holds_every_row() -> None:
    lines = state_diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> setup"]
    assert lines[-1] == "    discharged --> [*]"
    assert lines[2:-1] == [f"    {r.before} --> {r.after}: {r.trigger}" for r in TRANSITIONS]


def test_the_architecture_page_shows_the_diagram_of_the_table() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8") if ARCHITECTURE.exists() else ""
    if "<!-- phases -->" not in text:
        pytest.skip("ARCHITECTURE.md has no <!-- phases --> markers")
    shown = re.search(r"<!-- phases -->\s*```mermaid\n(.*?)\n```\s*<!-- /phases -->", text, re.S)
    assert shown is not None, "needs <!-- phases -->, a mermaid block, <!-- /phases -->"
    assert shown[1] == state_diagram()
