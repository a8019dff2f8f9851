"""The thread that sounds: what reaches the output, when it is told of, and what is never silent."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import miniaudio
import numpy as np
import pytest

from app.sounding.icons import Icon
from app.sounding.output import FADE_S, MiniaudioOutput, fading, over
from app.sounding.player import Player
from app.sounding.sounder import Sounder
from app.sounding.synthesis import Samples, count_of
from app.sounding.tones import alarm_tone, check_tone, reminder_tone
from protocols.events import (
    AlarmState,
    Priority,
    ReminderGiven,
    SessionClosed,
    SoundCheckStarted,
)
from tests.unit.app.alarm_changes import alarm


class RecordingOutput:
    """An output that keeps what it was told to play, and hears it at once."""

    def __init__(self) -> None:
        self.played: queue.Queue[Samples] = queue.Queue()
        self.silenced = threading.Event()
        self.closed = threading.Event()
        self.first_heard_ns: int | None = None
        self.stalled_s = 0.0
        self.stopped = False

    def play(self, samples: Samples) -> None:
        self.first_heard_ns = time.monotonic_ns()
        self.played.put(samples)

    def silence(self) -> None:
        self.silenced.set()

    def close(self) -> None:
        self.closed.set()

    def next_played(self) -> Samples:
        return self.played.get(timeout=5)


def burst(priority: Priority, icon: Icon = Icon.GENERAL, urgency: int = 0) -> Samples:
    return alarm_tone(priority, icon, urgency).samples


ICONS = {"sbp": Icon.CARDIAC, "spo2": Icon.OXYGENATION}


@pytest.fixture
def output() -> RecordingOutput:
    return RecordingOutput()


@pytest.fixture
def told() -> queue.Queue[tuple[str, int, int]]:
    return queue.Queue()


@pytest.fixture
def sounder(output: RecordingOutput, told: queue.Queue[tuple[str, int, int]]) -> Iterator[Sounder]:
    made = Sounder(
        lambda working, detail: None,
        lambda: output,
        icon_of=lambda name: ICONS.get(name, ""),
        presented=lambda name, raised_ns, at_ns: told.put((name, raised_ns, at_ns)),
    )
    made.start()
    yield made
    made.stop()
    assert output.closed.is_set()


def test_a_sounding_alarm_is_heard_and_an_acknowledged_one_is_not(
    sounder: Sounder, output: RecordingOutput
) -> None:
    sounder.listen([alarm("sbp", Priority.MEDIUM, AlarmState.SOUNDING)])
    assert output.next_played() is burst(Priority.MEDIUM, Icon.CARDIAC)
    sounder.listen([alarm("sbp", Priority.MEDIUM, AlarmState.ACKED)])
    assert output.silenced.wait(5)


def test_a_higher_priority_takes_over_at_once(sounder: Sounder, output: RecordingOutput) -> None:
    sounder.listen([alarm("sbp", Priority.LOW, AlarmState.SOUNDING)])
    assert output.next_played() is burst(Priority.LOW, Icon.CARDIAC)
    sounder.listen([alarm("spo2", Priority.HIGH, AlarmState.SOUNDING)])
    assert output.next_played() is burst(Priority.HIGH, Icon.OXYGENATION)


def test_each_alarm_is_told_of_once_with_its_occurrence_and_a_time_that_is_past(
    sounder: Sounder, output: RecordingOutput, told: queue.Queue[tuple[str, int, int]]
) -> None:
    before_ns = time.monotonic_ns()
    sounder.listen([alarm("sbp", Priority.HIGH, AlarmState.SOUNDING, t_ns=7)])
    name, raised_ns, at_ns = told.get(timeout=5)
    assert (name, raised_ns) == ("sbp", 7)
    assert before_ns <= at_ns <= time.monotonic_ns()
    sounder.listen([alarm("sbp", Priority.HIGH, AlarmState.PAUSED, t_ns=8)])
    sounder.listen([alarm("sbp", Priority.HIGH, AlarmState.SOUNDING, t_ns=9)])
    output.next_played()
    output.next_played()
    sounder.listen([alarm("sbp", Priority.HIGH, AlarmState.OFF, t_ns=10)])
    sounder.listen([alarm("spo2", Priority.HIGH, AlarmState.ACKED, t_ns=11)])
    assert told.empty()


def test_an_alarm_that_a_resumed_session_left_sounding_sounds_on_and_is_not_told_of_again(
    output: RecordingOutput, told: queue.Queue[tuple[str, int, int]]
) -> None:
    sounder = Sounder(
        lambda working, detail: None,
        lambda: output,
        presented=lambda name, raised_ns, at_ns: told.put((name, raised_ns, at_ns)),
    )
    sounder.recall(
        [
            alarm("map", Priority.HIGH, AlarmState.SOUNDING, t_ns=3),
            alarm("rr", Priority.HIGH, AlarmState.SOUNDING, t_ns=4),
            alarm("rr", Priority.HIGH, AlarmState.OFF, t_ns=5),
            ReminderGiven(t_ns=6, text=""),
            SoundCheckStarted(t_ns=6, by="N. Okafor RN"),
        ]
    )
    sounder.start()
    assert output.next_played() is burst(Priority.HIGH)
    sounder.listen([alarm("map", Priority.HIGH, AlarmState.ACKED, t_ns=9)])
    assert output.silenced.wait(5)
    sounder.stop()
    assert output.played.empty()
    assert told.empty()


@pytest.mark.expects_log_warnings
def test_a_defect_does_not_end_the_sound(output: RecordingOutput) -> None:
    def fail(name: str, raised_ns: int, at_ns: int) -> None:
        raise ZeroDivisionError

    sounder = Sounder(lambda working, detail: None, lambda: output, presented=fail)
    sounder.start()
    sounder.listen([alarm("sbp", Priority.HIGH, AlarmState.SOUNDING)])
    for _ in range(2):
        assert output.next_played() is burst(Priority.HIGH)
    assert sounder.silent_s() < 5
    sounder.stop()


def test_a_closed_session_is_silent(sounder: Sounder, output: RecordingOutput) -> None:
    sounder.listen([alarm("sbp", Priority.MEDIUM, AlarmState.SOUNDING)])
    output.next_played()
    closed = SessionClosed(t_ns=1, by="N. Okafor RN", reason="", delivered_mg=Decimal(0))
    sounder.listen([closed])
    assert output.silenced.wait(5)


def test_the_check_and_the_reminder_sound_when_nothing_alarms(
    sounder: Sounder, output: RecordingOutput
) -> None:
    sounder.listen([ReminderGiven(t_ns=0, text="SpO2 low is switched off")])
    assert output.next_played() is reminder_tone().samples
    sounder.listen([SoundCheckStarted(t_ns=1, by="N. Okafor RN")])
    assert output.next_played() is check_tone().samples
    sounder.listen([alarm("sbp", Priority.LOW, AlarmState.SOUNDING)])
    assert output.next_played() is burst(Priority.LOW, Icon.CARDIAC)


def test_no_output_is_reported_in_a_sentence() -> None:
    said: queue.Queue[tuple[bool, str]] = queue.Queue()

    def refuse() -> RecordingOutput:
        raise miniaudio.MiniaudioError("no device")

    sounder = Sounder(lambda working, detail: said.put((working, detail)), refuse)
    sounder.start()
    assert said.get(timeout=5) == (False, "No sound output found. Connect a loudspeaker.")
    sounder.stop()


def _stalls(output: RecordingOutput) -> None:
    output.stalled_s = 60.0


def _stops(output: RecordingOutput) -> None:
    output.stopped = True


@pytest.mark.parametrize("fail", [_stalls, _stops])
def test_an_output_that_fails_is_reported_opened_again_and_what_is_heard_sounds_anew(
    fail: Callable[[RecordingOutput], None],
) -> None:
    said: queue.Queue[tuple[bool, str]] = queue.Queue()
    outputs = [RecordingOutput(), RecordingOutput()]
    left = iter(outputs)
    sounder = Sounder(lambda working, detail: said.put((working, detail)), lambda: next(left))
    sounder.start()
    assert said.get(timeout=5) == (True, "")
    sounder.listen([alarm("sbp", Priority.HIGH, AlarmState.SOUNDING)])
    assert outputs[0].next_played() is burst(Priority.HIGH)
    fail(outputs[0])
    assert said.get(timeout=5) == (False, "The sound output stopped. Check the loudspeaker.")
    assert said.get(timeout=5) == (True, "")
    assert outputs[1].next_played() is burst(Priority.HIGH)
    sounder.stop()
    assert outputs[0].closed.is_set()


def test_a_player_plays_a_burst_for_a_process_that_knows_no_session(
    output: RecordingOutput,
) -> None:
    opened: queue.Queue[bool] = queue.Queue()
    with Player(lambda working, detail: opened.put(working), lambda: output) as player:
        assert opened.get(timeout=5)
        assert player.working
        assert player.play(Priority.HIGH, "equipment", urgency=1)
        assert output.next_played() is burst(Priority.HIGH, Icon.EQUIPMENT, 1)
        assert player.play(Priority.LOW, "no such category")
        assert output.next_played() is burst(Priority.LOW)
        player.stop()
        assert output.silenced.is_set()
    assert output.closed.is_set()


def test_a_player_without_an_output_says_so() -> None:
    said: queue.Queue[bool] = queue.Queue()

    def refuse() -> RecordingOutput:
        raise miniaudio.MiniaudioError("no device")

    with Player(lambda working, detail: said.put(working), refuse) as player:
        assert said.get(timeout=5) is False
        assert not player.working
        assert player.detail
        assert not player.play(Priority.HIGH)


def test_the_null_output_takes_samples_from_its_own_thread_and_says_when_they_are_heard() -> None:
    output = MiniaudioOutput([miniaudio.Backend.NULL])
    try:
        asked_ns = time.monotonic_ns()
        output.play(burst(Priority.LOW))
        for _ in range(500):
            if output.first_heard_ns is not None:
                break
            time.sleep(0.01)
        assert output.first_heard_ns is not None
        assert output.first_heard_ns > asked_ns
        assert not output.stopped
    finally:
        output.close()


def test_what_is_cut_short_fades_and_what_follows_is_whole() -> None:
    output = MiniaudioOutput([miniaudio.Backend.NULL])
    output.close()  # its device asks for nothing any more: this test asks in its place
    stream = output._stream()
    next(stream)
    output.play(burst(Priority.HIGH))
    while abs(int((last := stream.send(700).ravel())[-1])) < 15000:
        pass
    output.play(burst(Priority.MEDIUM))
    after = stream.send(4800).ravel()
    assert abs(int(after[0]) - int(last[-1])) < 9000
    fade = count_of(FADE_S)
    assert (after[fade:] == burst(Priority.MEDIUM)[fade:4800]).all()
    output.play(burst(Priority.HIGH))
    stream.send(5000)
    output.silence()
    silenced = stream.send(4800).ravel()
    assert np.abs(silenced[:50].astype(int)).max() > 3000
    assert not silenced[fade:].any()


def test_a_sound_laid_over_another_is_not_clipped_to_noise() -> None:
    loud = np.full(10, 30000, dtype=np.int16)
    assert over(loud, loud).max() == 32767
    assert over(loud[:0], loud) is loud
    assert len(over(loud, loud[:2])) == 10
    assert not fading(loud[:1])[1:].any()
