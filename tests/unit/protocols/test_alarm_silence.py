"""Every silence ends: pauses yield, acknowledging needs a hand, limits change, false numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from app.pipeline import Pipeline
from protocols.alarms import AlarmBoard
from protocols.conditions import Verdict
from protocols.events import (
    Acknowledge,
    AlarmChanged,
    AlarmState,
    AudioPauseChanged,
    ChangeLimit,
    CommandRefused,
    Event,
    LimitPart,
    LinkReported,
    LinkState,
    Output,
    PauseAudio,
    PumpReported,
    RestoreLimit,
    Service,
    ServiceReported,
    SwitchRuleOff,
)
from protocols.missing import without_false_numbers
from protocols.vitals import Quality, Vital
from tests.unit.protocols.board_rules import BY_NAME, POLICY, RULES, said
from tests.unit.protocols.signal_rooms import (
    LIMITS_TEXT,
    NURSE,
    PRESCRIBER,
    SIGNALS_TEXTS,
    S,
    happen,
    opened,
    read,
)

OFF, SOUNDING, PAUSED = AlarmState.OFF, AlarmState.SOUNDING, AlarmState.PAUSED
WARNING, CRITICAL = "sbp-warning", "sbp-critical"
FALSE_NUMBERS = [math.nan, math.inf, -math.inf]


class Room:
    """A room with alarms; `strict` under limits that ask for an action and let pauses yield."""

    def __init__(self, *, strict: bool = True) -> None:
        self.pipeline = Pipeline()
        text = LIMITS_TEXT
        if not strict:
            text = text.replace("acknowledge_needs_action = true\n", "")
            text = text.replace("pause_yields = true\n", "")
        self.said: list[Output] = []
        self.say(opened(SIGNALS_TEXTS["bedside"], text))

    def say(self, event: Event) -> list[Output]:
        outputs = happen(self.pipeline, event)
        self.said += outputs
        return outputs

    def pressure(self, at_s: float, sbp: float | None) -> list[Output]:
        return self.say(read(round(at_s * S), Vital.SBP, sbp))

    def pause(self, at_s: float) -> list[Output]:
        return self.say(PauseAudio(t_ns=round(at_s * S), by=NURSE))

    def ack(
        self, at_s: float, alarm: str, *, by: str = NURSE, action: str = "seen"
    ) -> list[Output]:
        return self.say(Acknowledge(t_ns=round(at_s * S), by=by, alarm=alarm, action=action))

    def limit(self, at_s: float, value: float) -> list[Output]:
        return self.say(
            ChangeLimit(
                t_ns=round(at_s * S),
                by=NURSE,
                rule=WARNING,
                part=LimitPart.LIMIT,
                value=value,
                reason="known hypertension",
                prescriber=PRESCRIBER,
            )
        )

    def switch_off(self, at_s: float) -> list[Output]:
        t_ns = round(at_s * S)
        return self.say(
            SwitchRuleOff(t_ns=t_ns, by=NURSE, rule=WARNING, reason="x", prescriber=PRESCRIBER)
        )

    def at(self, at_s: float) -> list[Output]:
        outputs = self.pipeline.advance(round(at_s * S))
        self.said += outputs
        return outputs

    def state(self, alarm: str = WARNING) -> AlarmState:
        return self.pipeline.session.visit.board.state_of(alarm)

    @property
    def paused(self) -> bool:
        return self.pipeline.session.visit.board.pause_ends_ns is not None


def refusals(outputs: list[Output]) -> list[str]:
    return [one.reason for one in outputs if isinstance(one, CommandRefused)]


def changes(outputs: list[Output], alarm: str = WARNING) -> list[AlarmChanged]:
    return [one for one in outputs if isinstance(one, AlarmChanged) and one.alarm == alarm]


# -- acknowledging


@pytest.mark.parametrize(("by", "action", "word"), [(" ", "seen", "name"), (NURSE, " ", "action")])
def test_an_acknowledgement_needs_a_name_and_an_action(by: str, action: str, word: str) -> None:
    room = Room()
    room.pressure(1, 170)
    [reason] = refusals(room.ack(2, WARNING, by=by, action=action))
    assert word in reason
    assert room.state() is SOUNDING


def test_limits_without_that_rule_take_an_acknowledgement_as_before() -> None:
    room = Room(strict=False)
    room.pressure(1, 170)
    room.ack(2, WARNING, action="")
    assert room.state() is AlarmState.ACKED


def test_a_second_click_acknowledges_once() -> None:
    room = Room()
    room.pressure(1, 170)
    assert changes(room.ack(2, WARNING))
    assert room.ack(2, WARNING) == []


# -- pauses


def test_a_pause_yields_to_a_higher_alarm() -> None:
    room = Room()
    room.pressure(1, 170)
    room.pause(2)
    outputs = room.pressure(10, 190)
    assert room.state(CRITICAL) is SOUNDING
    assert room.state() is SOUNDING
    ended = [one for one in outputs if isinstance(one, AudioPauseChanged)]
    assert [one.ends_ns for one in ended] == [None]


def test_under_limits_without_that_rule_a_higher_alarm_sounds_beside_the_pause() -> None:
    room = Room(strict=False)
    room.pressure(1, 170)
    room.pause(2)
    room.pressure(10, 190)
    assert room.state(CRITICAL) is SOUNDING
    assert room.state() is PAUSED


def test_a_pause_silences_a_new_alarm_of_the_same_priority() -> None:
    room = Room()
    room.pressure(1, 170)
    room.pause(2)
    room.say(read(3 * S, Vital.HR, 120))
    room.at(13)
    assert room.state("hr-warning") is PAUSED


@pytest.mark.parametrize("lost", ["link", "station"])
def test_a_pause_ends_when_a_link_or_the_staff_station_is_lost(lost: str) -> None:
    room = Room()
    room.say(LinkReported(t_ns=0, device="oximeter", state=LinkState.WAITING))
    room.pressure(1, 170)
    room.pause(2)
    if lost == "link":
        room.say(LinkReported(t_ns=3 * S, device="oximeter", state=LinkState.NOT_CONNECTED))
    else:
        room.say(ServiceReported(t_ns=3 * S, service=Service.STAFF, working=False))
    assert not room.paused
    assert room.state() is SOUNDING


def test_pressing_again_makes_a_pause_no_longer() -> None:
    room = Room()
    room.pressure(1, 170)
    room.pause(2)
    for second in range(3, 120):
        assert room.pause(second) == []
    room.at(122)
    assert room.state() is SOUNDING


def test_what_sounds_beside_a_pause_is_silent_until_its_end_at_most() -> None:
    room = Room()
    room.say(read(1 * S, Vital.SPO2, 85))
    room.ack(2, "spo2-critical")
    room.pressure(100, 170)
    room.pause(101)
    room.at(122)
    assert room.state("spo2-critical") is SOUNDING
    room.pause(130)
    assert room.state("spo2-critical") is PAUSED
    room.at(221)
    assert room.state("spo2-critical") is SOUNDING
    assert room.state() is SOUNDING


def test_a_burst_of_pauses_is_one_pause() -> None:
    room = Room()
    room.pressure(1, 170)
    for _ in range(100):
        room.pause(2)
    assert sum(isinstance(one, AudioPauseChanged) for one in room.said) == 1


def test_a_machine_that_was_asleep_wakes_with_every_deadline_met() -> None:
    room = Room()
    room.pressure(1, 170)
    room.ack(2, WARNING)
    outputs = room.at(8 * 3600)
    first = changes(outputs)[0]
    assert (first.t_ns, first.state) == (302 * S, SOUNDING)


# -- rules that change


def test_a_changed_limit_keeps_the_alarm_and_is_told() -> None:
    room = Room()
    room.pressure(1, 170)
    [told] = changes(room.limit(2, 160))
    assert (told.state, told.limit, told.t_ns) == (SOUNDING, 160, 2 * S)
    assert "limit 160" in told.sentence


def test_an_acknowledged_alarm_stays_so_when_its_limit_changes() -> None:
    room = Room()
    room.pressure(1, 170)
    room.ack(2, WARNING)
    room.limit(3, 160)
    assert room.state() is AlarmState.ACKED
    room.at(302)
    assert room.state() is SOUNDING


def test_a_value_within_the_new_limit_ends_the_alarm_at_once() -> None:
    room = Room()
    room.pressure(1, 170)
    [ended] = changes(room.limit(2, 172))
    assert (ended.state, ended.t_ns) == (OFF, 2 * S)


def test_hysteresis_applies_again_to_the_values_that_follow() -> None:
    room = Room()
    room.pressure(1, 170)
    room.limit(2, 160)
    room.pressure(3, 156)
    assert room.state() is SOUNDING
    room.pressure(4, 154)
    assert room.state() is OFF


def test_a_value_beyond_the_new_limit_raises_at_once() -> None:
    room = Room()
    room.pressure(1, 162)
    assert room.state() is OFF
    room.limit(2, 160)
    assert room.state() is SOUNDING


def test_a_changed_limit_ends_nothing_while_the_value_is_missing() -> None:
    room = Room()
    room.pressure(1, 170)
    room.pressure(2, None)
    room.limit(3, 175)
    assert room.state() is SOUNDING
    room.pressure(4, 172)
    assert room.state() is OFF


def test_a_rule_switched_off_ends_its_alarm_with_the_cause() -> None:
    room = Room()
    room.pressure(1, 170)
    [ended] = changes(room.switch_off(2))
    assert ended.state is OFF
    assert ended.sentence == "sbp warning: switched off for this patient"
    assert ended.by == NURSE
    room.pressure(3, 178)
    assert room.state() is OFF


@pytest.mark.parametrize("before", ["paused", "acknowledged", "latched"])
def test_a_rule_is_switched_off_from_every_state(before: str) -> None:
    board = AlarmBoard(RULES, POLICY)
    name = "critical"
    board.judge(S, name, said(name, Verdict.VIOLATED, S))
    if before == "paused":
        board.pause_audio(2 * S, NURSE)
    elif before == "acknowledged":
        board.acknowledge(2 * S, name, NURSE, "seen")
    else:
        board.judge(2 * S, name, said(name, Verdict.CLEARED, 2 * S))
    outputs = board.replace_rule(3 * S, replace(BY_NAME[name], off=True), NURSE)
    assert [one.state for one in outputs if isinstance(one, AlarmChanged)] == [OFF]
    assert board.pause_ends_ns is None
    assert board.next_deadline_ns is None
    assert board.judge(4 * S, name, said(name, Verdict.VIOLATED, 4 * S)) == []


def test_a_rule_that_waits_for_its_delay_is_switched_off_silently() -> None:
    board = AlarmBoard(RULES, POLICY)
    board.judge(S, "delayed", said("delayed", Verdict.VIOLATED, S))
    assert board.replace_rule(2 * S, replace(BY_NAME["delayed"], off=True)) == []
    assert board.advance(100 * S) == []


def test_a_rule_switched_on_again_is_judged_at_once() -> None:
    room = Room()
    room.pressure(1, 170)
    room.switch_off(2)
    room.say(RestoreLimit(t_ns=3 * S, by=NURSE, rule=WARNING))
    assert room.state() is SOUNDING


def test_replacing_a_rule_by_itself_changes_nothing() -> None:
    board = AlarmBoard(RULES, POLICY)
    board.judge(S, "warning", said("warning", Verdict.VIOLATED, S))
    assert board.replace_rule(2 * S, replace(BY_NAME["warning"])) == []
    assert board.state_of("warning") is SOUNDING


def test_an_alarm_speaks_by_the_rule_that_replaced_its_own() -> None:
    board = AlarmBoard(RULES, POLICY)
    board.judge(S, "critical", said("critical", Verdict.VIOLATED, S))
    board.replace_rule(2 * S, replace(BY_NAME["critical"], next_step="Go.", latch=False))
    [ended] = board.judge(3 * S, "critical", said("critical", Verdict.CLEARED, 3 * S))
    assert isinstance(ended, AlarmChanged)
    assert ended.state is OFF


def test_a_rule_that_is_not_there_cannot_be_replaced() -> None:
    board = AlarmBoard(RULES, POLICY)
    with pytest.raises(KeyError):
        board.replace_rule(S, replace(BY_NAME["warning"], id="other"))


# -- numbers that are none


@pytest.mark.parametrize("value", FALSE_NUMBERS)
def test_a_number_that_is_none_ends_no_alarm(value: float) -> None:
    room = Room()
    room.pressure(1, 170)
    assert not [one for one in room.pressure(2, value) if isinstance(one, AlarmChanged)]
    assert room.state() is SOUNDING


@pytest.mark.parametrize("value", FALSE_NUMBERS)
@pytest.mark.parametrize("vital", [Vital.SBP, Vital.HR, Vital.SPO2])
def test_a_number_that_is_none_raises_no_alarm(vital: Vital, value: float) -> None:
    room = Room()
    assert not [one for one in room.say(read(S, vital, value)) if isinstance(one, AlarmChanged)]
    assert room.at(60) == []


@pytest.mark.parametrize("value", FALSE_NUMBERS)
def test_a_number_that_is_none_is_a_missing_value(value: float) -> None:
    room = Room()
    room.pressure(1, 120)
    room.pressure(2, value)
    situation = room.pipeline.session.visit.situation
    assert situation.fresh(Vital.SBP, 2 * S) is None
    latest = situation.latest(Vital.SBP)
    assert latest is not None
    assert (latest.value, latest.quality) == (None, Quality.IMPLAUSIBLE)
    assert room.pipeline.session.visit.recent.get(Vital.SBP) is None


def test_what_a_pump_says_that_is_no_number_is_missing() -> None:
    report = PumpReported(
        t_ns=S, device="pump", rate_ml_per_h=math.nan, volume_ml=3.0, running=True
    )
    mended = without_false_numbers(report)
    assert (mended.rate_ml_per_h, mended.volume_ml) == (None, 3.0)
    whole = replace(report, rate_ml_per_h=1.0)
    assert without_false_numbers(whole) is whole
