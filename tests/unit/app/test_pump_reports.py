"""Which words of a pump become events, and what its link and its alarms make of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.pump_reports import PumpReports
from devices.alaris_asena.simulator import encode_status
from devices.driver import PumpStatus
from protocols.events import (
    BytesSent,
    ConfirmMonitor,
    DeviceSlot,
    LinkChanged,
    LinkState,
    PauseInfusion,
    PumpReported,
    ResumeInfusion,
    SlowInfusion,
    StartInfusion,
    StopInfusion,
)
from protocols.vitals import NS_PER_S
from tests.unit.app.session_scenes import SLOTS, Scene

PUMP = DeviceSlot(device="pump", driver="alaris-ash", port="/dev/pump", identity="", simulated=True)
STILL = PumpStatus(rate_ml_per_h=0.0, volume_ml=500.0, running=False, unit="8002-1")


def taken(*words: tuple[float, PumpStatus], doubt: str = "") -> list[float]:
    """The seconds at which a report was made."""
    reports = PumpReports("pump")
    return [t for t, status in words if reports.take(round(t * NS_PER_S), status, doubt)]


def test_the_same_words_are_reported_every_ten_seconds() -> None:
    assert taken(*[(t, STILL) for t in range(35)]) == [0, 10, 20, 30]


@pytest.mark.parametrize(
    "change",
    [
        {"rate_ml_per_h": 52.5},
        {"running": True},
        {"running": None},
        {"alarm": "occlusion"},
        {"drug": "KETA"},
        {"unit": "8002-2"},
        {"note": "mode KVO"},
        {"volume_ml": None},
        {"volume_ml": 0.0},
        {"volume_ml": 500.1},
    ],
)
def test_what_is_new_is_reported_at_once(change: dict[str, object]) -> None:
    assert taken((0, STILL), (1, replace(STILL, **change))) == [0, 1]


def test_less_than_a_tenth_of_a_millilitre_waits() -> None:
    assert taken((0, STILL), (1, replace(STILL, volume_ml=500.09))) == [0]


def test_the_facts_of_a_pump_in_doubt_do_not_count() -> None:
    reports = PumpReports("pump")
    report = reports.take(0, replace(STILL, alarm="occlusion"), "Confirm it.")
    assert report == PumpReported(
        t_ns=0, device="pump", rate_ml_per_h=None, volume_ml=None, running=None, note="Confirm it."
    )
    assert reports.take(1, STILL, "Confirm it.") is None
    assert reports.take(2, STILL, "") is not None


def test_after_a_new_connection_the_first_word_is_reported() -> None:
    reports = PumpReports("pump")
    assert reports.take(0, STILL, "") is not None
    reports.connect()
    assert reports.take(1, STILL, "") is not None


# in a session


class PumpScene(Scene):
    """A session with a pump that says what it is told to."""

    def __init__(self, slot: DeviceSlot = PUMP) -> None:
        super().__init__((*SLOTS, slot))
        self.volume_ml = 500.0
        self.rate_ml_per_h = 0.0

    def pump(self, seconds: float, share: float = 1.0, *, alarm: str = "") -> None:
        """The pump runs for so long, and answers each second; the oximeter goes on."""
        for _ in range(round(seconds)):
            self.now_s += 1
            self.volume_ml += self.rate_ml_per_h * share / 3600
            status = PumpStatus(
                rate_ml_per_h=self.rate_ml_per_h,
                volume_ml=self.volume_ml,
                running=self.rate_ml_per_h > 0,
                alarm=alarm,
                unit="8002-1",
            )
            self.bytes("pump", encode_status(status, self.now_ns))
            self.oximeter(0)

    def infuse(self) -> PumpScene:
        self.to_frozen()
        self.pump(2)
        assert not self.refusal(StartInfusion, pump_rate_ml_per_h=Decimal("52.5"))
        self.rate_ml_per_h = 52.5
        return self


def links(scene: Scene) -> list[LinkState]:
    return [change.state for change in scene.all(LinkChanged) if change.device == "pump"]


def test_a_pump_that_speaks_is_live_and_one_that_stops_is_silent() -> None:
    scene = PumpScene()
    scene.pump(30)
    assert links(scene) == [LinkState.WAITING, LinkState.LIVE]
    assert len(scene.all(PumpReported)) == 3
    scene.wait(6)
    assert links(scene)[-1] is LinkState.SILENT
    scene.link("pump", LinkState.NOT_CONNECTED, "gone")
    assert "device-lost/pump" in scene.state.alarms


def test_a_pump_is_asked_and_never_told() -> None:
    scene = PumpScene()
    scene.pump(20)
    sent = {event.data for event in scene.all(BytesSent) if event.device == "pump"}
    assert sent == {b"!INF|4961\r"}


def test_a_foreign_pump_is_confirmed_before_it_counts() -> None:
    scene = PumpScene(replace(PUMP, last_room="Room 9"))
    scene.pump(3)
    assert {report.volume_ml for report in scene.all(PumpReported)} == {None}
    assert not scene.refusal(ConfirmMonitor, device="pump")
    scene.pump(1)
    assert scene.all(PumpReported)[-1].volume_ml == 500.0


def test_a_true_pump_through_start_pause_slow_and_stop_raises_nothing() -> None:
    scene = PumpScene().infuse()
    scene.pump(300)
    assert not scene.refusal(PauseInfusion, reason="rest")
    scene.rate_ml_per_h = 0
    scene.pump(120)
    assert not scene.refusal(ResumeInfusion)
    scene.rate_ml_per_h = 52.5
    scene.pump(300)
    assert not scene.refusal(SlowInfusion, percent=50)
    scene.rate_ml_per_h = 26.25
    scene.pump(300)
    assert not scene.refusal(StopInfusion, reason="enough")
    scene.rate_ml_per_h = 0
    scene.pump(60)
    raised = [alarm.alarm for alarm in scene.record if getattr(alarm, "alarm", "")]
    assert not [name for name in raised if str(name).startswith("pump-")]
    pair = scene.state.pump.volume_pair(scene.now_ns)
    assert pair is not None
    assert float(pair.timer_ml) == pytest.approx(52.5 * 750 / 3600, abs=0.01)
    assert float(pair.difference_ml) < 0.2


def test_a_slow_pump_is_told_of_with_both_volumes_and_the_percentage() -> None:
    scene = PumpScene().infuse()
    scene.pump(900, 0.9)
    [alarm] = scene.raised("pump-volume")
    assert alarm.technical
    assert "mL, timer" in alarm.sentence
    assert "(10 %) less" in alarm.sentence
    assert alarm.next_step.startswith("Look at the pump")
    assert 660 < alarm.t_ns / NS_PER_S - scene.state.infusion_started_ns / NS_PER_S < 700


def test_a_forgotten_pump_is_told_of_after_half_a_minute() -> None:
    scene = PumpScene().infuse()
    scene.rate_ml_per_h = 0
    scene.pump(25)
    assert scene.raised("pump-not-running") == []
    scene.pump(15)
    assert len(scene.raised("pump-not-running")) == 1
    scene.rate_ml_per_h = 52.5
    scene.pump(2)
    assert "pump-not-running" not in scene.state.alarms


def test_a_pump_that_runs_on_in_a_pause_is_told_of() -> None:
    scene = PumpScene().infuse()
    scene.pump(60)
    assert not scene.refusal(PauseInfusion, reason="rest")
    scene.pump(40)
    [alarm] = scene.raised("pump-running")
    assert "52.5 mL/h" in alarm.sentence


def test_a_wrong_rate_is_told_with_the_ordered_one() -> None:
    scene = PumpScene().infuse()
    scene.rate_ml_per_h = 60.0
    scene.pump(45)
    [alarm] = scene.raised("pump-rate")
    assert "pump 60.0 mL/h, ordered 52.5 mL/h" in alarm.sentence


def test_the_pumps_own_alarm_comes_in_its_own_words_and_ends_with_it() -> None:
    scene = PumpScene().infuse()
    scene.pump(3, alarm="AL_OCCLU")
    [alarm] = scene.raised("pump-alarm")
    assert alarm.sentence == "Pump alarm: occlusion (AL_OCCLU)"
    scene.pump(2)
    assert "pump-alarm" not in scene.state.alarms


def test_a_pump_that_falls_silent_ends_no_alarm_and_begins_none() -> None:
    scene = PumpScene().infuse()
    scene.pump(900, 0.9)
    assert "pump-volume" in scene.state.alarms
    scene.wait(300)
    assert "pump-volume" in scene.state.alarms
    quiet = PumpScene().infuse()
    quiet.pump(60)
    quiet.wait(600)
    assert not [a for a in quiet.state.alarms if a.startswith("pump-")]


def test_without_a_pump_no_rule_about_it_ever_speaks() -> None:
    scene = Scene().to_infusing()
    scene.wait(600)
    assert not [a for a in scene.state.alarms if a.startswith("pump-")]
    assert scene.state.pump.report is None
    assert scene.state.pump.timer_ml(scene.now_ns) == Decimal("8.75")
