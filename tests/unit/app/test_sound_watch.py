"""What a system tells of its sound output, and what is said of it: each fault once."""

from __future__ import annotations

import itertools
import queue
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.sounding.watching import alsa, macos, pulse, wireplumber
from app.sounding.watching import watch as watching
from app.sounding.watching.standing import (
    FLOOR_PERCENT,
    MISSING,
    VOLUME_UNKNOWN,
    OutputStanding,
    change_of,
    problem_of,
)
from app.sounding.watching.tool import ask
from app.sounding.watching.watch import SoundWatch

INFO = """\
Server String: /run/user/1000/pulse/native
Library Protocol Version: 35
Server Name: PulseAudio (on PipeWire 0.3.65)
Server Version: 15.0.0
Default Sample Specification: float32le 2ch 48000Hz
Default Sink: alsa_output.pci-0000_00_1f.3.analog-stereo
Default Source: alsa_input.pci-0000_00_1f.3.analog-stereo
"""

SINKS = """\
Sink #46
\tState: SUSPENDED
\tName: alsa_output.pci-0000_01_00.1.hdmi-stereo
\tDescription: Ward Display Digital Stereo (HDMI)
\tDriver: PipeWire
\tMute: no
\tVolume: front-left: 65536 / 100% / 0.00 dB,   front-right: 65536 / 100% / 0.00 dB
\t        balance 0.00
\tBase Volume: 65536 / 100% / 0.00 dB
\tPorts:
\t\thdmi-output-0: HDMI / DisplayPort (type: HDMI, priority: 5900, availability group: \
Legacy 1, not available)
\tActive Port: hdmi-output-0
\tFormats:
\t\tpcm

Sink #47
\tState: RUNNING
\tName: alsa_output.pci-0000_00_1f.3.analog-stereo
\tDescription: Built-in Audio Analog Stereo
\tDriver: PipeWire
\tMute: no
\tVolume: front-left: 42598 /  65% / -11.22 dB,   front-right: 32768 /  50% / -18.06 dB
\t        balance -0.23
\tBase Volume: 65536 / 100% / 0.00 dB
\tProperties:
\t\tdevice.description = "Built-in Audio Analog Stereo"
\t\talsa.mixer_device = "_ucm0001.hw:PCH"
\tPorts:
\t\tanalog-output-speaker: Speakers (type: Speaker, priority: 10000, availability group: \
Legacy 3, availability unknown)
\t\tanalog-output-headphones: Headphones (type: Headphones, priority: 9900, availability group: \
Legacy 4, not available)
\tActive Port: analog-output-speaker
\tFormats:
\t\tpcm
"""

STREAMS = """\
Sink Input #12
\tDriver: protocol-native.c
\tClient: 34
\tSink: 46
\tCorked: no
\tMute: no
\tVolume: mono: 65536 / 100% / 0.00 dB
\t        balance 0.00
\tProperties:
\t\tapplication.name = "Another program"
\t\tapplication.process.id = "999"
Sink Input #13
\tDriver: protocol-native.c
\tClient: 35
\tSink: 47
\tCorked: no
\tMute: yes
\tVolume: mono: 32768 /  50% / -18.06 dB
\t        balance 0.00
\tProperties:
\t\tmedia.name = "miniaudio:0"
\t\tapplication.name = "Infusion Room"
\t\tapplication.process.id = "4711"
"""


def test_pulse_tells_name_volume_mute_and_whether_something_is_plugged_in() -> None:
    hdmi, analog = pulse.parse_sinks(SINKS)
    assert pulse.default_sink(INFO) == analog.name
    assert (analog.index, analog.title) == (47, "Built-in Audio Analog Stereo")
    assert (analog.muted, analog.volume_percent, analog.plugged) == (False, 65, None)
    assert (hdmi.muted, hdmi.volume_percent, hdmi.plugged) == (False, 100, False)


def test_the_output_is_that_which_the_program_itself_plays_to_else_the_default() -> None:
    sinks, streams = pulse.parse_sinks(SINKS), pulse.parse_streams(STREAMS)
    default = pulse.default_sink(INFO)
    own = pulse.standing_of(default, sinks, streams, 4711)
    assert own.name == "alsa_output.pci-0000_00_1f.3.analog-stereo"
    assert own.program_muted
    assert own.volume_percent == pytest.approx(32.5)
    other = pulse.standing_of(default, sinks, streams, 999)
    assert (other.name, other.plugged) == ("alsa_output.pci-0000_01_00.1.hdmi-stereo", False)
    nobody = pulse.standing_of(default, sinks, streams, 1)
    assert (nobody.title, nobody.volume_percent) == ("Built-in Audio Analog Stereo", 65)
    assert nobody.program_muted is None


def test_the_output_that_a_server_makes_up_while_there_is_none_counts_as_none() -> None:
    made_up = "Sink #0\n\tName: auto_null\n\tDescription: Dummy Output\n\tMute: no\n"
    standing = pulse.standing_of("auto_null", pulse.parse_sinks(made_up), (), 1)
    assert problem_of(standing) == MISSING
    assert not pulse.standing_of("", (), (), 1).present


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Event 'change' on sink #47", True),
        ("Event 'remove' on sink-input #13", True),
        ("Event 'change' on server #4294967295", True),
        ("Event 'new' on card #2", True),
        ("Event 'new' on client #120", False),
        ("Event 'change' on source #3", False),
        ("Event 'new' on source-output #3", False),
    ],
)
def test_news_are_of_outputs_and_not_of_programs_that_ask(line: str, told: bool) -> None:
    assert pulse.is_news(line) is told


def test_wireplumber_tells_volume_mute_and_name() -> None:
    assert wireplumber.parse_volume("Volume: 0.40\n") == (40.0, False)
    assert wireplumber.parse_volume("Volume: 0.40 [MUTED]\n") == (40.0, True)
    assert wireplumber.parse_volume("Translate ID error: 'x' is not a valid ID\n") is None
    node = (
        "id 56, type PipeWire:Interface:Node\n"
        '    alsa.card_name = "Xonar DX"\n'
        '  * node.description = "Virtuoso 100 Analog Stereo"\n'
        '  * node.name = "alsa_output.pci-0000_08_04.0.analog-stereo"\n'
    )
    assert wireplumber.parse_node(node) == (
        "alsa_output.pci-0000_08_04.0.analog-stereo",
        "Virtuoso 100 Analog Stereo",
    )


def amixer(*channels: str) -> str:
    return "\n".join(
        [
            "Simple mixer control 'Master',0",
            "  Capabilities: pvolume pswitch",
            "  Playback channels: Front Left - Front Right",
            "  Limits: Playback 0 - 64",
            *channels,
        ]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (amixer("  Mono: Playback 64 [74%] [-17.25dB] [on]"), (False, 74)),
        (
            amixer(
                "  Mono:",
                "  Front Left: Playback 40 [62%] [-24.00dB] [on]",
                "  Front Right: Playback 64 [100%] [0.00dB] [off]",
            ),
            (False, 62),
        ),
        (amixer("  Mono: Playback 0 [0%] [-65.25dB] [off]"), (True, 0)),
        (amixer("  Front Left: Playback 255 [100%] [0.00dB]"), (False, 100)),
        (amixer("  Mono: Playback 45000 [69%] [on]"), (False, 69)),
    ],
)
def test_alsa_tells_the_loudest_channel_that_is_on(text: str, expected: tuple[bool, float]) -> None:
    standing = alsa.parse_control(text)
    assert standing is not None
    assert (standing.muted, standing.volume_percent) == expected


def test_an_alsa_control_without_volume_tells_nothing() -> None:
    assert alsa.parse_control("Simple mixer control 'IEC958',0\n  Mono: Playback [on]\n") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("output volume:50, input volume:75, alert volume:100, output muted:false", (50, False)),
        ("output volume:0, input volume:75, alert volume:100, output muted:true", (0, True)),
        (
            "output volume:missing value, input volume:55, alert volume:100, "
            "output muted:missing value",
            (None, None),
        ),
    ],
)
def test_macos_tells_volume_and_mute_or_that_the_output_has_none(
    text: str, expected: tuple[float | None, bool | None]
) -> None:
    assert macos.parse_settings(text) == expected


def test_macos_tells_the_name_of_the_default_output() -> None:
    told = (
        '{"SPAudioDataType": [{"_items": [{"_name": "Ward Display"}, {"_name": "MacBook Speakers",'
        '"coreaudio_default_audio_output_device": "spaudio_yes"}]}]}'
    )
    assert macos.parse_default_output(told) == "MacBook Speakers"
    assert macos.parse_default_output("not JSON") == ""


def test_a_tool_that_is_missing_or_fails_tells_nothing() -> None:
    assert ask("no-such-tool-of-any-system") is None
    assert ask(sys.executable, "-c", "raise SystemExit(1)") is None
    told = ask(sys.executable, "-c", "import os; print(os.environ['LC_ALL'])")
    assert told == "C.UTF-8\n"


GOOD = OutputStanding(
    name="a", title="Speakers", plugged=True, muted=False, program_muted=False, volume_percent=80
)


@pytest.mark.parametrize(
    ("standing", "sentence"),
    [
        (GOOD, ""),
        (replace(GOOD, plugged=None, program_muted=None), ""),
        (replace(GOOD, volume_percent=FLOOR_PERCENT), ""),
        (replace(GOOD, muted=True), "The sound output Speakers is muted. Unmute it."),
        (replace(GOOD, volume_percent=0.0), "The volume of Speakers is 0 %. Turn it up."),
        (
            replace(GOOD, volume_percent=12.4),
            "The volume of Speakers is 12 %, alarms need 40 %. Turn it up.",
        ),
        (
            replace(GOOD, plugged=False),
            "The sound output Speakers has nothing plugged in. Plug the loudspeaker in.",
        ),
        (
            replace(GOOD, program_muted=True),
            "This program is muted in the system's mixer. Unmute it there.",
        ),
        (replace(GOOD, present=False), MISSING),
        (replace(GOOD, title="", muted=True), "The sound output is muted. Unmute it."),
    ],
)
def test_each_fault_of_an_output_has_its_sentence(standing: OutputStanding, sentence: str) -> None:
    assert problem_of(standing) == sentence


def test_only_an_output_with_another_name_is_a_change() -> None:
    other = replace(GOOD, name="b", title="Headset")
    assert change_of(GOOD, other) == (
        "Alarms now sound from Headset, no longer from Speakers. Play the sounds again."
    )
    assert change_of(GOOD, replace(GOOD, volume_percent=3)) == ""
    assert change_of(GOOD, replace(GOOD, name="")) == ""


class System:
    """A system that answers what a test says, and a watch that is woken at each change."""

    def __init__(self) -> None:
        self.answer: OutputStanding | None = GOOD
        self.said: queue.Queue[tuple[bool, str]] = queue.Queue()
        self.looked = threading.Semaphore(0)
        self.silent_s = 0.0
        self.watch = SoundWatch(
            lambda working, detail: self.said.put((working, detail)),
            look=self._look,
            silent_s=lambda: self.silent_s,
        )

    def _look(self) -> OutputStanding | None:
        self.looked.release()
        return self.answer

    def becomes(self, answer: OutputStanding | None) -> None:
        self.answer = answer
        self.watch.wake()

    def says(self) -> tuple[bool, str]:
        return self.said.get(timeout=5)


@pytest.fixture
def system() -> Iterator[System]:
    made = System()
    made.watch.start()
    yield made
    made.watch.stop()


def test_each_fault_is_reported_once_and_its_end_too(system: System) -> None:
    system.watch.take(True, "")
    assert system.says() == (True, "")
    system.becomes(replace(GOOD, muted=True))
    assert system.says() == (False, "The sound output Speakers is muted. Unmute it.")
    for _ in range(3):
        system.watch.wake()
        assert system.looked.acquire(timeout=5)
    system.becomes(GOOD)
    assert system.says() == (True, "")
    assert system.said.empty()


def test_a_player_without_an_output_is_reported_whatever_the_system_says(system: System) -> None:
    system.watch.take(False, "No sound output found. Connect a loudspeaker.")
    assert system.says() == (False, "No sound output found. Connect a loudspeaker.")
    system.watch.take(True, "")
    assert system.says() == (True, "")


def test_nothing_is_said_before_the_player_said_something(system: System) -> None:
    system.becomes(replace(GOOD, muted=True))
    assert system.looked.acquire(timeout=5)
    assert system.looked.acquire(timeout=5)
    assert system.said.empty()


def test_another_output_is_reported_as_a_fault_for_a_moment_and_then_counts(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CHANGED_S", 0.6)
    system.watch.take(True, "")
    assert system.says() == (True, "")
    other = replace(GOOD, name="b", title="Headset")
    system.becomes(other)
    assert system.says() == (False, change_of(GOOD, other))
    assert system.says() == (True, "")


@pytest.mark.parametrize("answer", [None, replace(GOOD, volume_percent=None)])
def test_a_system_that_cannot_tell_the_volume_is_one_hint_and_no_fault(
    answer: OutputStanding | None,
) -> None:
    system = System()
    system.answer = answer
    system.watch.take(True, "")
    system.watch.start()
    assert system.says() == (True, VOLUME_UNKNOWN)
    for _ in range(3):
        system.watch.wake()
        assert system.looked.acquire(timeout=5)
    system.watch.stop()
    assert system.said.empty()


def test_a_system_that_does_not_answer_for_a_moment_is_taken_at_its_last_word(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.watch.take(True, "")
    assert system.says() == (True, "")
    system.becomes(None)
    assert system.looked.acquire(timeout=5)
    assert system.looked.acquire(timeout=5)
    assert system.said.empty()
    monkeypatch.setattr(watching, "UNANSWERED_S", 0.0)
    system.becomes(None)
    assert system.says() == (True, VOLUME_UNKNOWN)


def test_a_thread_that_sounds_no_more_is_reported(system: System) -> None:
    system.watch.take(True, "")
    assert system.says() == (True, "")
    system.silent_s = 60.0
    system.watch.wake()
    assert system.says() == (False, watching.SOUNDER_STUCK)


@pytest.mark.expects_log_warnings
def test_a_defect_of_the_watch_is_reported_and_the_watch_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watching, "UNANSWERED_S", 0.1)
    looks = itertools.count()
    said: queue.Queue[tuple[bool, str]] = queue.Queue()

    def look() -> OutputStanding:
        if next(looks) == 0:
            raise ZeroDivisionError
        return GOOD

    watch = SoundWatch(lambda working, detail: said.put((working, detail)), look=look)
    watch.take(True, "")
    watch.start()
    assert said.get(timeout=5) == (False, watching.FAILED)
    watch.wake()
    assert said.get(timeout=5) == (True, "")
    watch.stop()
