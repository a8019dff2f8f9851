"""Two monitors on one patient: pulses that disagree, and a cuff that stops the oximeter's pulse."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from devices.suntech_advantage import wire
from protocols.alarms import AlarmBoard
from protocols.conditions import judge
from protocols.events import (
    AlarmChanged,
    AlarmState,
    BpState,
    BpStateChanged,
    CommandRefused,
    SameArmChanged,
    SetSameArm,
    TakeBp,
)
from protocols.limits import parse_limits
from protocols.session import Session
from protocols.situation import Situation
from protocols.vitals import VITALS, Quality, Vital
from tests.unit.app.session_scenes import (
    LIMITS_TEXT,
    NURSE,
    Scene,
    bp_result,
    bp_status,
    definition,
    oximeter_packet,
)
from tests.unit.protocols.judged_situations import (
    CLEARED,
    MIN,
    PROFILE,
    UNKNOWN,
    VIOLATED,
    S,
    infusing,
    note,
    note_cuff_pulse,
)

PULSES = PROFILE.rule("pulse-disagrees")
QUIET_S = VITALS[Vital.PR].quiet_limit_s or 0.0
CAP_NS = round(PROFILE.policy.cuff_hold_cap_s * S)
SETTLE_NS = round(PROFILE.policy.cuff_hold_settle_s * S)
ABOUT_SENSOR = ("spo2-sensor-off", "spo2-no-data", "hr-no-data")
HELD, OFF, SOUNDING = AlarmState.HELD, AlarmState.OFF, AlarmState.SOUNDING


# -- pulses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("oximeter", "cuff", "verdict"),
    [
        (70, 72, CLEARED),
        (70, 110, VIOLATED),
        (110, 70, VIOLATED),
        (60, 75, VIOLATED),
        (61, 75, CLEARED),
        (120, 140, CLEARED),
        (112, 140, VIOLATED),
        (45, 31, CLEARED),
    ],
)
def test_pulses_disagree_beyond_both_limits(oximeter: float, cuff: float, verdict: object) -> None:
    situation = infusing()
    note(situation, Vital.PR, oximeter, 0)
    note_cuff_pulse(situation, cuff, 1 * S)
    assert judge(PULSES, situation, 1 * S, False).verdict is verdict


def test_the_sentence_says_both_pulses_and_what_to_do() -> None:
    situation = infusing()
    note(situation, Vital.PR, 72, 0)
    note_cuff_pulse(situation, 110, 1 * S)
    sentence = judge(PULSES, situation, 1 * S, False).sentence
    assert sentence == "Pulse rates disagree: m 72 /min, m 110 /min"
    assert "differ by at least 15 /min and 20 % of it" in PULSES.sentence()


@pytest.mark.parametrize(
    ("quality", "value"), [(Quality.SEARCHING, None), (Quality.SENSOR_OFF, None), (Quality.LOW, 72)]
)
def test_a_pulse_that_is_missing_or_doubtful_is_compared_with_nothing(
    quality: Quality, value: float | None
) -> None:
    situation = infusing()
    note(situation, Vital.PR, value, 0, quality)
    note_cuff_pulse(situation, 110, 1 * S)
    assert judge(PULSES, situation, 1 * S, True).verdict is UNKNOWN
    other_way = infusing()
    note(other_way, Vital.PR, 72, 0)
    note_cuff_pulse(other_way, value, 1 * S, quality)
    assert judge(PULSES, other_way, 1 * S, True).verdict is UNKNOWN


@pytest.mark.parametrize(("ago_s", "verdict"), [(QUIET_S - 0.1, VIOLATED), (QUIET_S, UNKNOWN)])
def test_a_stale_pulse_of_the_oximeter_is_compared_with_nothing(
    ago_s: float, verdict: object
) -> None:
    situation = infusing()
    note(situation, Vital.PR, 72, 0)
    note_cuff_pulse(situation, 110, round(ago_s * S))
    assert judge(PULSES, situation, round(ago_s * S), False).verdict is verdict


@pytest.mark.parametrize(("after_s", "verdict"), [(30, VIOLATED), (31, UNKNOWN)])
def test_where_the_cuff_stopped_the_pulse_the_first_one_after_it_counts(
    after_s: float, verdict: object
) -> None:
    situation = infusing()
    note_cuff_pulse(situation, 110, 0)
    assert judge(PULSES, situation, 0, False).verdict is UNKNOWN
    at_ns = round(after_s * S)
    note(situation, Vital.PR, 72, at_ns)
    assert judge(PULSES, situation, at_ns, False).verdict is verdict


def test_what_the_pulse_does_later_says_nothing_about_the_determination() -> None:
    situation = infusing()
    note(situation, Vital.PR, 72, 0)
    note_cuff_pulse(situation, 74, 1 * S)
    note(situation, Vital.PR, 120, 20 * S)
    assert judge(PULSES, situation, 20 * S, False).verdict is CLEARED


def test_a_pulse_that_came_with_no_new_determination_takes_no_ones_place() -> None:
    situation = infusing()
    note(situation, Vital.PR, 70)
    note_cuff_pulse(situation, 110, 1 * S)
    for second in range(2, 5):
        note(situation, Vital.PR, 70, second * S, spot=True)
    assert judge(PULSES, situation, 4 * S, False).verdict is VIOLATED


def test_an_old_determination_says_nothing_any_more() -> None:
    situation = infusing()
    note(situation, Vital.PR, 72, 0)
    note_cuff_pulse(situation, 110, 1 * S)
    assert judge(PULSES, situation, 15 * MIN, False).verdict is VIOLATED
    assert judge(PULSES, situation, 15 * MIN + 1 * S, False).verdict is UNKNOWN


def cuff_with_pulse(scene: Scene, pulse: int, oximeter: int = 70) -> None:
    """A whole determination that found `pulse`, while the oximeter counts `oximeter`."""
    scene.do(TakeBp)
    scene.now_s += 0.2
    scene.bytes("bp", bp_status(wire.Status.RECEIVED))
    for _ in range(25):
        scene.now_s += 1
        scene.bytes("bp", wire.reply((120).to_bytes(2, "little")))
        scene.bytes("oximeter", oximeter_packet(oximeter, 98))
    scene.now_s += 0.2
    scene.bytes("bp", bp_status(wire.Status.DONE))
    scene.now_s += 0.2
    scene.bytes("bp", bp_result(120, 78, 92, pulse=pulse))


def test_a_disagreement_is_told_and_ends_at_the_next_agreeing_determination() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(3, pr=70)
    cuff_with_pulse(scene, 112)
    [raised] = scene.raised("pulse-disagrees")
    assert raised.sentence == "Pulse rates disagree: oximeter 70 /min, bp 112 /min"
    assert raised.next_step == "Check that both sensors are on this patient; feel the pulse."
    scene.oximeter(60, pr=112)
    assert "pulse-disagrees" in scene.state.alarms
    cuff_with_pulse(scene, 72)
    assert "pulse-disagrees" not in scene.state.alarms


def test_the_next_disagreeing_determination_is_told_with_its_own_values() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(3, pr=70)
    cuff_with_pulse(scene, 112)
    cuff_with_pulse(scene, 108)
    assert scene.state.alarms["pulse-disagrees"].sentence.endswith("bp 108 /min")


# -- the cuff on the same arm ---------------------------------------------------------------------


class Arm:
    """An infusion with cuff and sensor on one arm, unless `same` is False."""

    def __init__(self, *, same: bool = True) -> None:
        self.scene = Scene().to_infusing()
        self.scene.oximeter(3)
        if same:
            self.scene.do(SetSameArm, same=True)

    def inflate(self) -> None:
        self.scene.do(TakeBp)
        self.scene.now_s += 0.2
        self.scene.bytes("bp", bp_status(wire.Status.RECEIVED))
        self.began_ns = self.scene.now_ns

    def seconds(self, count: int, *, pulse: bool, measuring: bool = True) -> None:
        """So many seconds with or without a pulse in the finger."""
        packet = oximeter_packet(70, 98) if pulse else oximeter_packet(511, 127, status=0x08)
        for _ in range(count):
            self.scene.now_s += 1
            if measuring:
                self.scene.bytes("bp", wire.reply((120).to_bytes(2, "little")))
            self.scene.bytes("oximeter", packet)

    def end(self) -> None:
        self.scene.now_s += 0.2
        self.scene.bytes("bp", bp_status(wire.Status.DONE))
        self.scene.now_s += 0.2
        self.scene.bytes("bp", bp_result(120, 78, 92))

    def changes(self, alarm: str) -> list[AlarmState]:
        return [c.state for c in self.scene.all(AlarmChanged) if c.alarm == alarm]

    def sounded(self) -> set[str]:
        return {name for name in ABOUT_SENSOR if self.scene.raised(name)}


def requested_ns(scene: Scene) -> int:
    return next(
        c.t_ns
        for c in scene.all(BpStateChanged)
        if c.state in (BpState.REQUESTED, BpState.MEASURING)
    )


def test_a_pulse_that_the_cuff_stops_raises_no_technical_alarm_on_the_same_arm() -> None:
    arm = Arm()
    arm.inflate()
    arm.seconds(25, pulse=False)
    arm.end()
    arm.seconds(5, pulse=False, measuring=False)
    arm.seconds(10, pulse=True, measuring=False)
    assert not arm.sounded()
    assert arm.changes("spo2-sensor-off") == [HELD, HELD, OFF]
    held = [c for c in arm.scene.all(AlarmChanged) if c.state is HELD]
    assert all(c.sentence.endswith("held: cuff on the same arm") for c in held)
    assert {c.ends_ns for c in held if c.t_ns < requested_ns(arm.scene) + 25 * S} == {
        requested_ns(arm.scene) + CAP_NS
    }


def test_on_another_arm_or_while_nothing_is_said_nothing_is_held() -> None:
    arm = Arm(same=False)
    arm.inflate()
    arm.seconds(25, pulse=False)
    assert "spo2-sensor-off" in arm.sounded()


def test_a_hold_that_the_sensor_outlasts_ends_in_the_alarm_after_the_settling_time() -> None:
    arm = Arm()
    arm.inflate()
    arm.seconds(25, pulse=False)
    arm.end()
    ended_ns = next(c.t_ns for c in arm.scene.all(BpStateChanged) if c.state is BpState.DONE)
    arm.seconds(20, pulse=False, measuring=False)
    [raised] = arm.scene.raised("spo2-sensor-off")
    assert raised.t_ns == ended_ns + SETTLE_NS


def test_a_determination_without_end_holds_no_longer_than_the_cap() -> None:
    arm = Arm()
    arm.inflate()
    arm.seconds(6, pulse=False)
    began_ns = requested_ns(arm.scene)
    situation = arm.scene.pipeline.session.visit.situation
    situation_hold = situation.hold(arm.scene.now_ns)
    assert situation_hold is not None
    assert situation_hold.ends_ns == began_ns + CAP_NS
    for _ in range(100):
        arm.scene.now_s += 1
        arm.scene.bytes("bp", wire.reply((120).to_bytes(2, "little")))
    [raised] = arm.scene.raised("spo2-sensor-off")
    assert raised.t_ns <= began_ns + CAP_NS


def test_the_end_of_a_hold_is_a_deadline_of_its_own() -> None:
    board, situation = AlarmBoard(PROFILE.rules, PROFILE.policy), infusing()
    situation.note_same_arm(True)
    situation.note_bp_state(BpStateChanged(t_ns=0, device="bp", state=BpState.MEASURING))
    note(situation, Vital.SPO2, None, 1 * S, Quality.SENSOR_OFF)
    board.assess(1 * S, situation)
    assert board.state_of("spo2-sensor-off") is AlarmState.PENDING
    [held] = board.advance(6 * S)
    assert isinstance(held, AlarmChanged)
    assert (held.state, held.t_ns, held.ends_ns) == (HELD, 6 * S, CAP_NS)
    assert board.next_deadline_ns == CAP_NS
    assert not board.active
    [raised] = board.advance(CAP_NS + 7)
    assert isinstance(raised, AlarmChanged)
    assert (raised.state, raised.t_ns, raised.since_ns) == (SOUNDING, CAP_NS, 1 * S)
    assert "held" not in raised.sentence


def test_an_alarm_that_sounded_before_the_cuff_goes_on() -> None:
    arm = Arm()
    arm.seconds(12, pulse=False, measuring=False)
    before = arm.sounded()
    assert "spo2-sensor-off" in before
    arm.inflate()
    arm.seconds(10, pulse=False)
    assert before <= arm.scene.state.alarms.keys()
    assert HELD not in arm.changes("spo2-sensor-off")


def test_a_low_saturation_is_never_held() -> None:
    arm = Arm()
    arm.inflate()
    for _ in range(25):
        arm.scene.now_s += 1
        arm.scene.bytes("bp", wire.reply((120).to_bytes(2, "little")))
        arm.scene.bytes("oximeter", oximeter_packet(70, 84))
    assert arm.scene.raised("spo2-low-critical")


def test_saying_that_it_is_another_arm_ends_the_hold_at_once() -> None:
    arm = Arm()
    arm.inflate()
    arm.seconds(10, pulse=False)
    assert not arm.sounded()
    arm.scene.do(SetSameArm, same=False)
    [raised] = arm.scene.raised("spo2-sensor-off")
    assert raised.t_ns == arm.scene.now_ns


def test_who_said_it_is_recorded() -> None:
    scene = Scene()
    made = scene.do(SetSameArm, same=True)
    assert made[1:] == [SameArmChanged(t_ns=0, same=True, by=NURSE)]
    assert scene.state.same_arm


def test_limits_written_before_there_was_a_hold_hold_nothing_and_say_so() -> None:
    older = "\n".join(
        line
        for line in LIMITS_TEXT.splitlines()
        if not line.startswith(("cuff_hold_", "pulse_pair_s"))
    )
    profile = parse_limits(older, "older.toml")
    assert profile.policy.cuff_hold_cap_s == 0
    session = Session(definition(), profile)
    [refused] = session.handle(SetSameArm(t_ns=0, by=NURSE, same=True))
    assert isinstance(refused, CommandRefused)
    assert "hold no alarm" in refused.reason
    situation = Situation(profile)
    situation.note_same_arm(True)
    situation.note_bp_state(BpStateChanged(t_ns=0, device="bp", state=BpState.MEASURING))
    assert situation.hold(1) is None


def test_a_heart_rate_of_its_own_is_not_excused_by_the_cuff() -> None:
    situation = infusing()
    situation.note_same_arm(True)
    situation.note_bp_state(BpStateChanged(t_ns=0, device="bp", state=BpState.MEASURING))
    hold = situation.hold(1)
    assert hold is not None
    assert Vital.HR in hold.vitals
    note(situation, Vital.HR, 70, 1)
    hold = situation.hold(1)
    assert hold is not None
    assert Vital.HR not in hold.vitals


@given(
    same=st.booleans(),
    steps=st.lists(st.tuples(st.sampled_from(list(BpState)), st.integers(0, 200 * S)), max_size=8),
    ahead_ns=st.integers(0, 300 * S),
)
@settings(max_examples=200)
def test_no_hold_outlasts_the_cap_or_begins_without_a_determination(
    same: bool, steps: list[tuple[BpState, int]], ahead_ns: int
) -> None:
    situation = Situation(PROFILE)
    situation.note_same_arm(same)
    now_ns, starts = 0, []
    busy = False
    for state, wait_ns in steps:
        now_ns += wait_ns
        tight = state in (BpState.REQUESTED, BpState.MEASURING)
        if tight and not busy:
            starts.append(now_ns)
        busy = tight
        situation.note_bp_state(BpStateChanged(t_ns=now_ns, device="bp", state=state))
    hold = situation.hold(now_ns + ahead_ns)
    if hold is not None:
        assert same
        assert now_ns + ahead_ns < hold.ends_ns <= starts[-1] + CAP_NS


class RandomArm(RuleBasedStateMachine):
    """Anything may happen to cuff and sensor: nothing is held for long, nothing is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene().to_infusing()
        self.scene.oximeter(3)
        self.seen = 0
        self.states: dict[str, AlarmState] = {}
        self.held_since: dict[str, int] = {}

    @initialize(same=st.booleans())
    def begin(self, same: bool) -> None:
        self.scene.do(SetSameArm, same=same)

    @rule(same=st.booleans())
    def say_arm(self, same: bool) -> None:
        self.scene.do(SetSameArm, same=same)

    @rule()
    def take(self) -> None:
        self.scene.do(TakeBp)

    @rule(letter=st.sampled_from(list(wire.Status)))
    def monitor_says(self, letter: wire.Status) -> None:
        self.scene.now_s += 0.1
        self.scene.bytes("bp", bp_status(letter))

    @rule(seconds=st.integers(1, 30), off=st.booleans())
    def sensor(self, seconds: int, off: bool) -> None:
        packet = oximeter_packet(511, 127, status=0x08) if off else oximeter_packet(70, 98)
        for _ in range(seconds):
            self.scene.now_s += 1
            self.scene.bytes("oximeter", packet)

    @rule(seconds=st.integers(1, 120))
    def wait(self, seconds: int) -> None:
        self.scene.wait(seconds)

    @invariant()
    def every_hold_is_short_and_of_the_sensor_alone(self) -> None:
        for event in self.scene.record[self.seen :]:
            if not isinstance(event, AlarmChanged):
                continue
            before = self.states.get(event.alarm, OFF)
            self.states[event.alarm] = event.state
            if event.state is HELD:
                assert event.alarm in ABOUT_SENSOR
                assert before in (OFF, HELD)
                assert event.ends_ns is not None
                self.held_since.setdefault(event.alarm, event.t_ns)
                assert event.t_ns < event.ends_ns <= self.held_since[event.alarm] + CAP_NS
            elif before is HELD:
                assert event.state is not AlarmState.ACKED
                del self.held_since[event.alarm]
        self.seen = len(self.scene.record)
        for since_ns in self.held_since.values():
            assert self.scene.now_ns < since_ns + CAP_NS

    @invariant()
    def no_deadline_is_left_behind(self) -> None:
        ahead = self.scene.pipeline.next_deadline_ns
        assert ahead is None or ahead > self.scene.now_ns


TestRandomArm = RandomArm.TestCase
TestRandomArm.settings = settings(max_examples=30, stateful_step_count=25)
