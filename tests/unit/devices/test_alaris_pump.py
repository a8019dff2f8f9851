"""An Alaris pump: what its answers say, what it is asked, and that it is never told anything."""

from __future__ import annotations

import pytest

from devices.alaris_asena import wire
from devices.alaris_asena.driver import AlarisDriver
from devices.alaris_asena.parser import ALARM_UNNAMED, AlarisParser
from devices.alaris_asena.simulator import AlarisFaults, AlarisSimulator
from devices.alaris_asena.spec import SPEC
from devices.driver import DeviceCommand, DriverItem, PumpStatus, Rejected, Send
from devices.simulation.pump_drive import DriveFaults, PumpDrive
from protocols.vitals import NS_PER_S

HELD = "INF^8002-51733^A^HLD^0.00^ml/h^^0.969^ml^530.15^mmHg^00:04:09^EVENT^214725"
RUNS = "INF^8002-51733^-^SET^52.50^ml/h^KETA^12.345^ml^17.91^mmHg^24+^EVENT^127904"


def said(*texts: str) -> list[PumpStatus]:
    parser = AlarisParser()
    items = parser.feed(b"".join(wire.message(text) for text in texts)) + parser.finish()
    return [item for item in items if isinstance(item, PumpStatus)]


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("INF", "4961"),
        ("INF_VTBI", "8456"),
        ("INST_SERIALNO", "457D"),
        ("ALARM", "50B2"),
        ("INF_VI", "B42C"),
        ("INF_RATE", "8E6D"),
        ("INST_SERIALNO^8002-51740", "050B"),
        ("INST_SERIALNO^8002-51733", "ACFF"),
        ("ALARM^AL_NOALM^ ^ ", "C73B"),
        (HELD, "DB9D"),
    ],
)
def test_published_checksums_are_met(text: str, check: str) -> None:
    assert wire.message(text) == f"!{text}|{check}\r".encode("ascii")


def test_the_bytes_of_the_volume_question_are_those_published() -> None:
    assert bytes.fromhex("21 49 4E 46 5F 56 49 7C 42 34 32 43 0D") == wire.VOLUME


def test_a_running_pump_says_everything_at_once() -> None:
    assert said(RUNS) == [
        PumpStatus(
            rate_ml_per_h=52.5, volume_ml=12.345, running=True, drug="KETA", unit="8002-51733"
        )
    ]


def test_a_pump_on_hold_stands_still_and_has_an_alarm() -> None:
    [status] = said(HELD)
    assert (status.running, status.rate_ml_per_h, status.volume_ml) == (False, 0.0, 0.969)
    assert status.alarm == ALARM_UNNAMED


def test_the_alarm_is_named_once_it_was_told_and_gone_with_its_cause() -> None:
    statuses = said(HELD, "ALARM^AL_OCCLU^ ^ ", HELD, RUNS, HELD)
    assert [s.alarm for s in statuses] == [
        ALARM_UNNAMED,
        "occlusion (AL_OCCLU)",
        "",
        ALARM_UNNAMED,
    ]
    assert said("ALARM^AL_XYZ^ ^ ", HELD)[0].alarm == "AL_XYZ"


@pytest.mark.parametrize(
    ("changed", "field", "note"),
    [
        (("ml/h", "mg/h"), "rate_ml_per_h", "rate in mg/h, not in ml/h"),
        (("^ml^17", "^l^17"), "volume_ml", "volume in l, not in ml"),
        (("52.50", ""), "rate_ml_per_h", "it gives no rate"),
        (("52.50", "-1"), "rate_ml_per_h", "rate -1 is not plausible"),
        (("52.50", "5000"), "rate_ml_per_h", "rate 5000 is not plausible"),
        (("12.345", "1e3"), "volume_ml", "volume 1e3 is not plausible"),
    ],
)
def test_what_is_no_number_in_the_right_unit_is_unknown(
    changed: tuple[str, str], field: str, note: str
) -> None:
    [status] = said(RUNS.replace(*changed))
    assert getattr(status, field) is None
    assert note in status.note


@pytest.mark.parametrize("mode", ["KVO", "BOL", ""])
def test_in_a_mode_that_is_not_known_nobody_says_whether_it_runs(mode: str) -> None:
    [status] = said(RUNS.replace("SET", mode))
    assert status.running is None
    assert "mode" in status.note


def test_a_set_pump_at_rate_zero_stands_still() -> None:
    assert said(RUNS.replace("52.50", "0.00"))[0].running is False


def test_an_echo_of_our_own_question_is_no_word_of_a_pump() -> None:
    parser = AlarisParser()
    assert parser.feed(b"".join(wire.QUESTIONS)) == []
    assert parser.counts.frames == 0


def test_an_aborted_message_leaves_the_next_one_whole() -> None:
    parser = AlarisParser()
    assert parser.feed(b"!INF^80\x1b" + wire.message(RUNS)) == said(RUNS)


def test_single_answers_stand_together_only_side_by_side() -> None:
    rate, volume = "INF_RATE^12.0^ml/h", "INF_VI^1.25^ml"
    pairs = [(s.rate_ml_per_h, s.volume_ml) for s in said(volume, rate, "ALARM^AL_NOALM^ ^ ", rate)]
    assert pairs == [(None, 1.25), (12.0, 1.25), (12.0, None)]
    assert said(volume)[0].running is None


@pytest.mark.parametrize("data", [b"!INF^1^2|0000\r", b"!INF^a^b|XYZ\r", b"!INF something\r"])
def test_a_damaged_message_is_refused(data: bytes) -> None:
    [item] = AlarisParser().feed(data)
    assert isinstance(item, Rejected)


def test_a_short_answer_is_refused() -> None:
    [item] = AlarisParser().feed(wire.message("INF^1^-^SET"))
    assert isinstance(item, Rejected)
    assert "too few fields" in item.reason


# the conversation


def talk(unit: AlarisSimulator, seconds: float) -> tuple[list[PumpStatus], list[bytes]]:
    driver = AlarisDriver()
    told: list[PumpStatus] = []
    sent: list[bytes] = []

    def take(t_ns: int, items: list[DriverItem]) -> None:
        for item in items:
            if isinstance(item, PumpStatus):
                told.append(item)
            elif isinstance(item, Send):
                sent.append(item.data)
                unit.receive(t_ns, item.data)

    take(0, driver.connect(0))
    while True:
        due = [t for t in (driver.next_deadline_ns, unit.next_deadline_ns) if t is not None]
        t_ns = min(due)
        if t_ns > seconds * NS_PER_S:
            return told, sent
        take(t_ns, driver.advance(t_ns))
        take(t_ns, driver.receive(t_ns, unit.advance(t_ns)))


def test_the_state_is_asked_each_second_and_nothing_else_without_an_alarm() -> None:
    unit = AlarisSimulator()
    unit.drive.run(0, 60)
    told, sent = talk(unit, 60.5)
    assert sent == [wire.STATUS] * 61
    assert told[-1].rate_ml_per_h == 60
    assert told[-1].volume_ml == pytest.approx(1.0, abs=0.01)


def test_an_alarm_is_asked_for_its_name() -> None:
    unit = AlarisSimulator()
    unit.drive.alarm = "AL_OCCLU"
    told, sent = talk(unit, 3)
    assert wire.ALARM in sent
    assert told[-1].alarm == "occlusion (AL_OCCLU)"


def test_other_firmware_gives_volume_and_rate_alone() -> None:
    unit = AlarisSimulator(faults=AlarisFaults(other_firmware=True))
    unit.drive.run(0, 60)
    told, sent = talk(unit, 30)
    assert set(sent) == {wire.STATUS, wire.SERIAL, wire.VOLUME, wire.RATE}
    assert told[-1].unit
    assert any(s.rate_ml_per_h == 60 and s.volume_ml is not None for s in told)
    assert {s.running for s in told} == {None}


@pytest.mark.parametrize("faults", [AlarisFaults(silent=True), AlarisFaults(corrupt=True)])
def test_a_pump_that_is_not_understood_tells_nothing(faults: AlarisFaults) -> None:
    told, sent = talk(AlarisSimulator(faults=faults), 20)
    assert told == []
    assert len(sent) > 15


@pytest.mark.parametrize("command", DeviceCommand)
def test_no_command_reaches_a_pump(command: DeviceCommand) -> None:
    driver = AlarisDriver()
    driver.connect(0)
    assert driver.command(1, command) == []


@pytest.mark.parametrize(
    "text",
    [
        "INF_RATE^52.50^ml/h",
        "INF_START",
        "INF_STOP",
        "INF_VI_CLEAR",
        "INF_BOLUS^ENABLED",
        "INF_VTBI^ACTIV^11.000^ml^STOP",
        "REMOTE_CTRL^ENABLED^3CC1",
    ],
)
def test_whatever_changes_a_pump_may_not_be_sent(text: str) -> None:
    assert not SPEC.may_send(wire.message(text))


# the drive


@pytest.mark.parametrize(
    ("faults", "volume_ml"),
    [(DriveFaults(), 30.0), (DriveFaults(slow=True), 27.0), (DriveFaults(stalled=True), 0.0)],
)
def test_a_drive_pumps_its_share_of_the_rate_that_it_shows(
    faults: DriveFaults, volume_ml: float
) -> None:
    drive = PumpDrive(faults=faults)
    drive.run(0, 60.0)
    assert drive.volume_ml(1800 * NS_PER_S) == pytest.approx(volume_ml)
    assert drive.rate_ml_per_h == 60
    drive.run(1800 * NS_PER_S, 0)
    assert not drive.running
    assert drive.volume_ml(3600 * NS_PER_S) == pytest.approx(volume_ml)


def test_a_drive_takes_back_nothing_that_it_has_told() -> None:
    drive = PumpDrive()
    drive.run(0, 60.0)
    told_ml = drive.volume_ml(100 * NS_PER_S)
    drive.run(90 * NS_PER_S, 0)
    assert drive.volume_ml(100 * NS_PER_S) == told_ml
    drive.clear_volume(200 * NS_PER_S)
    assert drive.volume_ml(200 * NS_PER_S) == 0
