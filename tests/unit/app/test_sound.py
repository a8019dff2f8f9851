"""What is heard follows from the alarms' states; no output is reported, never just silent."""

from __future__ import annotations

import queue
import threading
from decimal import Decimal

import miniaudio
import numpy as np
import numpy.typing as npt
import pytest

from app.sound import MiniaudioOutput, Sounder
from app.tones import BURSTS, synthesise_burst
from protocols.events import AlarmChanged, AlarmState, Priority, SessionClosed


def alarm(name: str, priority: Priority, state: AlarmState) -> AlarmChanged:
    return AlarmChanged(
        t_ns=0,
        alarm=name,
        state=state,
        priority=priority,
        technical=False,
        vital=None,
        value=None,
        limit=None,
        baseline=None,
        since_ns=0,
        sentence="",
    )


class RecordingOutput:
    """An output that keeps what it was told to play."""

    def __init__(self) -> None:
        self.played: queue.Queue[int] = queue.Queue()
        self.silenced = threading.Event()
        self.closed = threading.Event()

    def play(self, samples: npt.NDArray[np.int16]) -> None:
        self.played.put(len(samples))

    def silence(self) -> None:
        self.silenced.set()

    @property
    def stalled_s(self) -> float:
        return 0.0

    def close(self) -> None:
        self.closed.set()


def length(priority: Priority) -> int:
    return len(synthesise_burst(BURSTS[priority]))


@pytest.fixture
def output() -> RecordingOutput:
    return RecordingOutput()


@pytest.fixture
def sounder(output: RecordingOutput):
    made = Sounder(lambda working, detail: None, lambda: output)
    made.start()
    yield made
    made.stop()
    assert output.closed.is_set()


def test_a_sounding_alarm_is_heard_and_an_acknowledged_one_is_not(sounder, output) -> None:
    sounder.listen([alarm("sbp", Priority.MEDIUM, AlarmState.SOUNDING)])
    assert output.played.get(timeout=5) == length(Priority.MEDIUM)
    sounder.listen([alarm("sbp", Priority.MEDIUM, AlarmState.ACKED)])
    assert output.silenced.wait(5)


def test_a_higher_priority_takes_over_at_once(sounder, output) -> None:
    sounder.listen([alarm("sbp", Priority.LOW, AlarmState.SOUNDING)])
    assert output.played.get(timeout=5) == length(Priority.LOW)
    sounder.listen([alarm("spo2", Priority.HIGH, AlarmState.SOUNDING)])
    assert output.played.get(timeout=5) == length(Priority.HIGH)


def test_a_paused_alarm_is_silent(sounder, output) -> None:
    sounder.listen([alarm("sbp", Priority.HIGH, AlarmState.PAUSED)])
    sounder.listen([alarm("spo2", Priority.LOW, AlarmState.SOUNDING)])
    assert output.played.get(timeout=5) == length(Priority.LOW)


def test_a_closed_session_is_silent(sounder, output) -> None:
    sounder.listen([alarm("sbp", Priority.MEDIUM, AlarmState.SOUNDING)])
    assert output.played.get(timeout=5) == length(Priority.MEDIUM)
    closed = SessionClosed(t_ns=1, by="N. Okafor RN", reason="", delivered_mg=Decimal(0))
    sounder.listen([closed])
    assert output.silenced.wait(5)


def test_no_output_is_reported_in_a_sentence() -> None:
    said: queue.Queue[tuple[bool, str]] = queue.Queue()

    def refuse() -> RecordingOutput:
        raise miniaudio.MiniaudioError("no device")

    sounder = Sounder(lambda working, detail: said.put((working, detail)), refuse)
    sounder.start()
    working, detail = said.get(timeout=5)
    sounder.stop()
    assert not working
    assert detail == "No sound output found. Connect a loudspeaker."


def test_an_output_that_stops_taking_samples_is_given_up_and_reported() -> None:
    said: queue.Queue[tuple[bool, str]] = queue.Queue()

    class Stalled(RecordingOutput):
        @property
        def stalled_s(self) -> float:
            return 60.0

    sounder = Sounder(lambda working, detail: said.put((working, detail)), Stalled)
    sounder.start()
    assert said.get(timeout=5) == (True, "")
    assert said.get(timeout=5) == (False, "The sound output stopped. Check the loudspeaker.")
    sounder.stop()


def test_the_null_output_takes_samples_from_its_own_thread() -> None:
    output = MiniaudioOutput([miniaudio.Backend.NULL])
    asked = threading.Event()
    try:
        for _ in range(200):
            if output.stalled_s < 0.2:
                asked.set()
                break
        output.play(synthesise_burst(BURSTS[Priority.LOW]))
        assert asked.is_set()
    finally:
        output.close()
