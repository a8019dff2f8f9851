"""Every rule of the standard limits: a case that fires, one that clears, and the board on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protocols.alarms import AlarmBoard
from protocols.conditions import alarm_devices, judge
from protocols.dosing.pump_check import PumpFact
from protocols.events import (
    AlarmState,
    BpState,
    BpStateChanged,
    LinkState,
    Phase,
    Reading,
    Service,
    SoundChecked,
)
from protocols.limits import AlarmRule, RuleKind
from protocols.situation import Situation
from protocols.vitals import Quality, Vital
from tests.unit.protocols.judged_situations import (
    BASELINES,
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
from tests.unit.protocols.pump_facts import PLAN, due_ml, pump, timer
from tests.unit.protocols.recorded_cases import CASES

# -- every rule of the standard profile: a case that fires and one that clears

Case = Callable[[Situation], int]


def _value(vital: Vital, *values: float) -> Case:
    """Readings a minute apart; the time of judging is that of the last."""

    def prepare(situation: Situation) -> int:
        t_ns = 0
        for n, value in enumerate(values):
            t_ns = n * MIN
            note(situation, vital, value, t_ns)
        return t_ns

    return prepare


def _vital_cases(rule: AlarmRule) -> tuple[Case, Case]:
    """The mildest value that meets the condition, and the nearest that does not."""
    vital = rule.vital
    assert vital is not None
    if rule.kind is RuleKind.LIMIT:
        assert rule.limit is not None
        assert rule.comparison is not None
        strict = not rule.comparison.holds(1, 1)
        worse = 1.0 if rule.upward else -1.0
        fires = rule.limit.value + (worse if strict else 0)
    else:
        fires = _mildest_change(rule, BASELINES[vital])
        worse = 1.0 if rule.upward else -1.0
    count = rule.confirmation.readings if rule.confirmation else 1
    return _value(vital, *[fires] * count), _value(vital, *[fires - worse] * count)


def _mildest_change(rule: AlarmRule, baseline: float) -> float:
    step = 1.0 if rule.upward else -1.0
    value = baseline
    while True:
        value += step
        change = abs(value - baseline)
        by = rule.change is not None and change >= rule.change.value
        share = rule.change_percent is not None and (
            change / baseline * 100 >= rule.change_percent.value
        )
        companion = rule.companion
        held = companion is None or companion.comparison.holds(value, companion.limit.value)
        if (by or share) and held:
            return value


def _silence(vital: Vital, for_s: float) -> Case:
    def prepare(situation: Situation) -> int:
        note(situation, vital, 80, 0)
        return round(for_s * S)

    return prepare


def _sensor(quality: Quality) -> Case:
    def prepare(situation: Situation) -> int:
        note(situation, Vital.SPO2, 97 if quality.has_value else None, 0, quality)
        return 0

    return prepare


def _link(*states: LinkState) -> Case:
    def prepare(situation: Situation) -> int:
        for state in states:
            situation.note_link("oximeter", state, 0)
        return 0

    return prepare


def _service(service: Service, *, working: bool) -> Case:
    def prepare(situation: Situation) -> int:
        situation.note_service(service, working, 0)
        return 0

    return prepare


def _sound(*, heard: bool) -> Case:
    def prepare(situation: Situation) -> int:
        situation.note_sound_check(SoundChecked(t_ns=0, heard=heard, by="n", reason="no speaker"))
        return 0

    return prepare


def _bp(state: BpState) -> Case:
    def prepare(situation: Situation) -> int:
        situation.note_bp_state(BpStateChanged(t_ns=0, device="bp", state=state))
        return 0

    return prepare


def _pulses(oximeter: float, cuff: float) -> Case:
    """A determination gives its pulse while the oximeter has one."""

    def prepare(situation: Situation) -> int:
        note(situation, Vital.PR, oximeter, 0)
        note_cuff_pulse(situation, cuff, 1 * S)
        return 1 * S

    return prepare


def _pump(*facts: PumpFact, phase: Phase = Phase.INFUSING) -> Case:
    """Order, timer and pump say these in turn; judged when the last was said."""

    def prepare(situation: Situation) -> int:
        situation.set_phase(phase, 0)
        for fact in (PLAN, *facts):
            situation.pump.note(fact)
        return facts[-1].t_ns

    return prepare


def _recovery(case: Case) -> Case:
    def prepare(situation: Situation) -> int:
        situation.set_phase(Phase.RECOVERY, 0)
        return case(situation)

    return prepare


TECHNICAL: dict[str, tuple[Case, Case]] = {
    "spo2-no-data": (_silence(Vital.SPO2, 10), _silence(Vital.SPO2, 9.9)),
    "hr-no-data": (_silence(Vital.PR, 10), _silence(Vital.PR, 9.9)),
    "spo2-sensor-off": (_sensor(Quality.SENSOR_OFF), _sensor(Quality.GOOD)),
    "spo2-no-data-recovery": (
        _recovery(_silence(Vital.SPO2, 30)),
        _recovery(_silence(Vital.SPO2, 29.9)),
    ),
    "spo2-sensor-off-recovery": (
        _recovery(_sensor(Quality.SENSOR_FAULT)),
        _recovery(_sensor(Quality.LOW)),
    ),
    "device-lost": (
        _link(LinkState.LIVE, LinkState.NOT_CONNECTED),
        _link(LinkState.NOT_CONNECTED, LinkState.WAITING, LinkState.LIVE),
    ),
    "monitor-silent": (_link(LinkState.SILENT), _link(LinkState.SILENT, LinkState.LIVE)),
    "bp-overdue": (_silence(Vital.SBP, 900), _silence(Vital.SBP, 899.9)),
    "bp-failed": (_bp(BpState.FAILED), _bp(BpState.DONE)),
    "pulse-disagrees": (_pulses(72, 90), _pulses(73, 90)),
    "pump-volume": (
        _pump(pump(0), timer(0), pump(1200, due_ml(1200, 94))),
        _pump(pump(0), timer(0), pump(1200, due_ml(1200, 96))),
    ),
    "pump-rate": (
        _pump(timer(0), pump(1, rate_ml_per_h=53.1)),
        _pump(timer(0), pump(1, rate_ml_per_h=52.9)),
    ),
    "pump-not-running": (
        _pump(timer(0), pump(1, running=False)),
        _pump(timer(0), pump(1, running=True)),
    ),
    "pump-running": (
        _pump(timer(0), timer(1, 0), pump(2), phase=Phase.PAUSED),
        _pump(timer(0), timer(1, 0), pump(2, running=False), phase=Phase.PAUSED),
    ),
    "pump-alarm": (_pump(pump(0, alarm="occlusion")), _pump(pump(0))),
    "not-recording": (
        _service(Service.RECORDER, working=False),
        _service(Service.RECORDER, working=True),
    ),
    "display-stalled": (
        _service(Service.DISPLAY, working=False),
        _service(Service.DISPLAY, working=True),
    ),
    "watch-failed": (
        _service(Service.WATCHDOG, working=False),
        _service(Service.WATCHDOG, working=True),
    ),
    "sound-failed": (
        _service(Service.SOUND, working=False),
        _service(Service.SOUND, working=True),
    ),
    "sound-unproven": (_sound(heard=False), _sound(heard=True)),
}


def cases(rule: AlarmRule) -> tuple[Case, Case]:
    known = CASES.get(rule.id) or TECHNICAL.get(rule.id)
    return _vital_cases(rule) if known is None else known


@pytest.mark.parametrize("rule", PROFILE.rules, ids=lambda rule: rule.id)
def test_every_rule_fires_on_one_case_and_clears_on_another(rule: AlarmRule) -> None:
    for case, wanted in zip(cases(rule), (VIOLATED, CLEARED), strict=True):
        situation = infusing(BASELINES)
        t_ns = case(situation)
        devices = alarm_devices(rule, situation)
        device = "moaas" if "moaas" in devices and rule.id == "alertness-overdue" else devices[0]
        judgement = judge(rule, situation, t_ns, False, device)
        assert judgement.verdict is wanted, judgement.sentence
        assert judgement.sentence


@pytest.mark.parametrize("rule", PROFILE.rules, ids=lambda rule: rule.id)
@pytest.mark.parametrize("before", [False, True])
def test_no_rule_says_anything_without_data(rule: AlarmRule, before: bool) -> None:
    """Only silence itself, counted from the start of the infusion, is judged."""
    situation = Situation(PROFILE)
    judged_in = [phase for phase in Phase if phase in rule.phases]
    situation.set_phase(Phase.BASELINE if Phase.BASELINE in judged_in else judged_in[0], 0)
    for device in alarm_devices(rule, situation):
        judgement = judge(rule, situation, 1 * S, before, device)
        silence = rule.kind in (RuleKind.NO_DATA, RuleKind.BP_OVERDUE) and not rule.once_given
        waiting = silence and situation.monitored
        assert judgement.verdict is (CLEARED if waiting else UNKNOWN)


# -- the board on the standard limits

LATCHED, SOUNDING = AlarmState.LATCHED, AlarmState.SOUNDING


def pressure(at_s: int, value: float | None) -> Reading:
    return Reading(
        t_ns=at_s * S,
        vital=Vital.SBP,
        value=value,
        quality=Quality.FAILED if value is None else Quality.GOOD,
        source="bp",
        measured_ns=at_s * S,
    )


def states_after(readings: list[Reading]) -> dict[str, AlarmState]:
    """Every alarm not off after the readings of an infusion, judged reading by reading."""
    board, situation = AlarmBoard(PROFILE.rules, PROFILE.policy), Situation(PROFILE)
    situation.set_phase(Phase.INFUSING, 0)
    for reading in readings:
        situation.note_reading(reading)
        board.assess(reading.t_ns, situation, PROFILE.rules_reading(reading.vital))
    return {change.alarm: change.state for change in board.active}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([140], {}),
        ([168], {"sbp-high-advisory": SOUNDING, "sbp-high-warning": SOUNDING}),
        ([182], {"sbp-high-advisory": SOUNDING, "sbp-high-warning": SOUNDING}),
        ([182, 150], {"sbp-high-advisory": SOUNDING}),
        ([182, 140], {}),
        (
            [182, 184],
            dict.fromkeys(("sbp-high-advisory", "sbp-high-warning", "sbp-high-critical"), SOUNDING),
        ),
        ([182, 184, 140], {"sbp-high-critical": LATCHED}),
        ([205, 140], {"sbp-high-once": LATCHED}),
        ([168, None], {"sbp-high-advisory": SOUNDING, "sbp-high-warning": SOUNDING}),
        ([168, 161], {"sbp-high-advisory": SOUNDING, "sbp-high-warning": SOUNDING}),
        ([168, 159], {"sbp-high-advisory": SOUNDING}),
    ],
)
def test_pressures_two_minutes_apart_on_the_standard_limits(
    values: list[float | None], expected: dict[str, AlarmState]
) -> None:
    readings = [pressure(120 * n, value) for n, value in enumerate(values, start=1)]
    assert states_after(readings) == expected


def test_a_cuff_artefact_raises_no_critical_alarm() -> None:
    readings = [pressure(120, 130), pressure(240, 195), pressure(360, 128)]
    assert states_after(readings) == {}


def test_an_expired_pressure_leaves_its_alarm_and_the_overdue_alarm_speaks_up() -> None:
    board, situation = AlarmBoard(PROFILE.rules, PROFILE.policy), Situation(PROFILE)
    situation.set_phase(Phase.INFUSING, 0)
    situation.set_bp_interval(300)
    situation.note_reading(pressure(60, 168))
    board.assess(60 * S, situation)
    stale_ns = 60 * S
    while stale_ns < 510 * S:
        stale_ns = situation.next_staleness_ns(stale_ns) or 0
        board.assess(stale_ns, situation)
    assert stale_ns == 510 * S
    assert board.state_of("bp-overdue") is SOUNDING
    assert board.state_of("sbp-high-warning") is SOUNDING
