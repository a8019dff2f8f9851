"""The library of scripted sessions, and how what came of one is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.acceptance.judging import Judge
from app.acceptance.library import read_library
from app.acceptance.result import Place, acceptance_document, summary_words
from app.acceptance.running import Ran
from app.acceptance.scenario import (
    Expectation,
    ExpectedAlarm,
    ExpectedData,
    ExpectedDose,
    ExpectedEpisode,
    ExpectedLink,
    ExpectedPeak,
    ExpectedPhase,
    NoAlarm,
    Scenario,
)
from app.acceptance.scenario_file import ScenarioError, parse_scenario
from app.printing.result_document import Outcome
from app.records.archive import Archive
from app.records.catalogue import OpenedSession
from app.rehearsal.fault_hand import FaultHand, FaultKind, ThrownFault
from app.review_criteria import load_criteria
from app.reviewing.episodes import find_episodes
from app.rules_files import load_rules
from app.state import ViewState
from devices.simulation.patient import SimulatedPatient
from devices.simulation.room import DEMO_MONITORS, SimulatedRoom
from devices.simulation.scripts import PATIENTS
from protocols.events import EpisodeKind, LinkState, Phase, Priority
from protocols.vitals import NS_PER_S, Vital
from storage.database import open_database
from tests.unit.app import recorded_sessions as recorded

LIBRARY = read_library()

TEXT = """
id = "one"
version = 1
title = "A title"
story = "What happens."
teaches = "What to learn."
source = ["[design]"]
review_date = 2027-01-01
approved_by = ""
protocol = "iv-0.5-40"
patient = "typical"
seed = 3

[[fault]]
at_min = 2.0
what = "unplug"
device = "oximeter"

[[expect]]
what = "dose"
low_percent = 90.0
high_percent = 100.0
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenedSession]:
    path = tmp_path_factory.mktemp("acceptance") / "sessions.db"
    recorded.make_record(path)
    with open_database(path, read_only=True) as database:
        yield Archive(database).open_session(recorded.CLOSED)


@pytest.fixture(scope="module")
def judge(opened: OpenedSession) -> Judge:
    return Judge(opened, find_episodes(opened, load_criteria().criteria))


# -- the library -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", LIBRARY, ids=lambda one: one.id)
def test_every_scenario_speaks_of_what_there_is(scenario: Scenario) -> None:
    limits = load_rules(scenario.protocol).limits
    rules = {rule.id for rule in limits.rules}
    monitors = scenario.monitors or DEMO_MONITORS
    assert scenario.patient in PATIENTS
    for fault in scenario.faults:
        assert fault.device in monitors
    for one in scenario.expected:
        if isinstance(one, ExpectedAlarm):
            assert one.rule in rules
        elif isinstance(one, ExpectedLink):
            assert one.device in monitors


def test_the_library_has_calm_visits_sick_patients_and_failing_monitors() -> None:
    assert len(LIBRARY) >= 10
    assert any(scenario.faults for scenario in LIBRARY)
    assert any(isinstance(one, NoAlarm) for scenario in LIBRARY for one in scenario.expected)
    assert {"unplug", "silence", "noise"} <= {f.kind for one in LIBRARY for f in one.faults}


def test_a_scenario_is_read() -> None:
    scenario = parse_scenario(TEXT, "one.toml")
    assert scenario.faults == (ThrownFault(at_min=2.0, kind=FaultKind.UNPLUG, device="oximeter"),)
    assert scenario.expected == (ExpectedDose(low_percent=90.0, high_percent=100.0),)
    assert scenario.review_date == date(2027, 1, 1)
    assert scenario.text == TEXT


@pytest.mark.parametrize(
    ("before", "after", "line", "word"),
    [
        ("seed = 3", "seed = -3", 12, "seed"),
        ('what = "unplug"', 'what = "burn"', 16, "what"),
        ('what = "unplug"', 'what = "noise"', 14, "count"),
        ("low_percent = 90.0", "low_percent = 100.5", 21, "low_percent"),
        ("high_percent = 100.0", "high_percent = 80.0", 22, "high_percent"),
        ('what = "dose"', 'what = "weather"', 19, "expect"),
        ("version = 1", "", 1, "version"),
        ("[[fault]]", "[[fault", 14, "syntax"),
    ],
)
def test_a_mistake_in_a_scenario_is_named_with_its_line(
    before: str, after: str, line: int, word: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(TEXT.replace(before, after, 1), "one.toml")
    [problem] = refused.value.problems
    assert problem.line == line
    assert word in str(problem)


# -- judging ---------------------------------------------------------------------------------------

MET: tuple[Expectation, ...] = (
    ExpectedAlarm(rule="sbp-high-warning", from_min=0.9, to_min=1.6),
    ExpectedAlarm(rule="sbp-high-warning", from_min=0, to_min=5, priority=Priority.MEDIUM),
    NoAlarm(priority=Priority.HIGH),
    ExpectedPeak(vital=Vital.SBP, low=172, high=172),
    ExpectedPeak(vital=Vital.HR, low=85, high=95),
    ExpectedAlarm(rule="monitor-silent", from_min=1, to_min=3),
    ExpectedPhase(phase=Phase.PAUSED),
    ExpectedData(vital=Vital.SPO2, low_percent=10, high_percent=40),
    ExpectedLink(device="oximeter", state=LinkState.SILENT, from_min=1, to_min=17),
    ExpectedDose(low_percent=30, high_percent=60),
)
UNMET: tuple[Expectation, ...] = (
    ExpectedAlarm(rule="sbp-high-warning", from_min=3, to_min=5),
    ExpectedAlarm(rule="sbp-high-warning", from_min=0, to_min=5, priority=Priority.HIGH),
    ExpectedAlarm(rule="sbp-high-warning", from_min=0, to_min=5, answered_s=0.5),
    ExpectedAlarm(rule="hr-low-critical", from_min=-60, to_min=60),
    NoAlarm(priority=Priority.MEDIUM),
    ExpectedPeak(vital=Vital.SBP, low=100, high=171),
    ExpectedPeak(vital=Vital.ETCO2, low=0, high=100),
    ExpectedPhase(phase=Phase.DISCHARGED),
    ExpectedData(vital=Vital.SPO2, low_percent=50),
    ExpectedLink(device="oximeter", state=LinkState.SILENT, from_min=30, to_min=40),
    ExpectedLink(device="bp", state=LinkState.WRONG_DEVICE, from_min=-60, to_min=60),
    ExpectedDose(low_percent=99, high_percent=100),
    ExpectedEpisode(kind=EpisodeKind.DESATURATION, from_min=-60, to_min=60),
)


@pytest.mark.parametrize("wanted", MET, ids=str)
def test_what_came_is_met(judge: Judge, wanted: Expectation) -> None:
    found = judge.judge(wanted)
    assert found.met, found


@pytest.mark.parametrize("wanted", UNMET, ids=str)
def test_what_did_not_come_is_not_met_and_says_what_came(judge: Judge, wanted: Expectation) -> None:
    found = judge.judge(wanted)
    assert not found.met, found
    assert found.found


def test_an_answer_is_counted_from_when_the_alarm_was_raised(judge: Judge) -> None:
    late = ExpectedAlarm(rule="sbp-high-advisory", from_min=0, to_min=5, answered_s=19)
    assert not judge.judge(late).met
    found = judge.judge(replace(late, answered_s=20))
    assert found.met
    assert "answered after 20 s" in found.found


# -- the result ------------------------------------------------------------------------------------


def _ran(judge: Judge, *expected: Expectation, problem: str = "") -> Ran:
    scenario = replace(parse_scenario(TEXT, "one.toml"), expected=expected)
    return Ran(
        scenario=scenario,
        session="s",
        judged=judge.judge_all(scenario),
        problem=problem,
        events=7,
        head="ab" * 32,
    )


PLACE = Place(
    site="Clinic", facts=(), program="1", made_at="now", made_by="somebody", record="sessions.db"
)


def test_the_result_passes_only_where_everything_came(judge: Judge) -> None:
    good, bad = _ran(judge, *MET), _ran(judge, *MET, UNMET[0])
    assert acceptance_document([good], 1, PLACE).outcome is Outcome.PASS
    assert acceptance_document([good, bad], 2, PLACE).outcome is Outcome.FAIL
    assert acceptance_document([good], 2, PLACE).outcome is Outcome.OPEN
    assert acceptance_document([], 2, PLACE).outcome is Outcome.OPEN
    assert not _ran(judge, *MET, problem="a port did not open").met
    assert not _ran(judge).met


def test_the_result_names_what_failed_and_what_it_rests_on(judge: Judge) -> None:
    document = acceptance_document([_ran(judge, UNMET[0])], 1, PLACE)
    assert document.summary == "1 of 1 scripted sessions failed: one."
    assert document.simulated
    assert "chain " + "ab" * 32 in document.rests_on[0]
    assert "1 of 2 were not run" in summary_words([_ran(judge, *MET)], 2)


# -- faults ----------------------------------------------------------------------------------------


def test_faults_are_thrown_once_each_at_their_minute_after_the_start_of_drug(
    tmp_path: Path,
) -> None:
    faults = (
        ThrownFault(at_min=1, kind=FaultKind.NOISE, device="oximeter", count=50),
        ThrownFault(at_min=2, kind=FaultKind.UNPLUG, device="bp"),
        ThrownFault(at_min=2, kind=FaultKind.SILENCE, device="oximeter"),
        ThrownFault(at_min=3, kind=FaultKind.REPLUG, device="bp"),
        ThrownFault(at_min=3, kind=FaultKind.SPEAK, device="oximeter"),
    )
    started = ViewState(infusion_started_ns=600 * NS_PER_S)

    def minute(after: float) -> int:
        return round((600 + after * 60) * NS_PER_S)

    with SimulatedRoom.of_patient(SimulatedPatient("typical", seed=1), 1) as room:
        hand = FaultHand(room, faults, 1)
        assert hand.act(ViewState(), minute(5)) == []
        assert hand.act(started, minute(0.9)) == []
        [noise] = hand.act(started, minute(1))
        assert (noise.device, noise.count, noise.link) == ("oximeter", 50, None)
        [out] = hand.act(started, minute(2.01))
        assert (out.device, out.link) == ("bp", LinkState.NOT_CONNECTED)
        [back] = hand.act(started, minute(3))
        assert (back.device, back.link) == ("bp", LinkState.WAITING)
        assert hand.act(started, minute(9)) == []
