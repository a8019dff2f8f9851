"""The ANSAR-B parser against a capture, captured lines, and against damage."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.driver import Measurement, ParserItem, Rejected, Samples
from devices.ivy_450c import wire
from devices.ivy_450c.parser import IvyParser
from devices.ivy_450c.simulator import encode_vitals
from devices.ivy_450c.spec import SPEC
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Quality, Vital

CAPTURE = (
    Path(__file__).resolve().parents[4]
    / "shared"
    / "data"
    / "15_device_captures"
    / "ivy450c_serial.data"
)
WAVES = bytes((i * 7 + i // 3) % 0xFC for i in range(wire.WAVES_SIZE))
LINES = (
    "HR=1;80;ECG-II-DIAG;",
    "RR=1;35;APNEA: 20 SEC;",
    "ETCO2=1;;;",
    "SPO2=1;100;PR=80 ;",
    "NIBP=4;121;75;92;80;;",
    "P1=3;111;73;88;;",
    "P2=3;;;;NO TRANSDUCER;",
    "T1=1;;;",
    "T2=1;;;",
)
"""The lines of the capture."""
RESULT = [(Vital.SBP, 121.0), (Vital.DBP, 75.0), (Vital.MAP, 92.0), (Vital.PR, 80.0)]


def message(*changed: str) -> bytes:
    """A message with the captured lines, those of the same key as `changed` replaced."""
    lines = {line.split("=")[0]: line for line in LINES}
    lines |= {line.split("=")[0]: line for line in changed}
    return wire.message(WAVES, "".join(f"{line}\r" for line in lines.values()).encode())


def of(vital: Vital, items: list[ParserItem]) -> list[Measurement]:
    return [i for i in items if isinstance(i, Measurement) and i.vital is vital and not i.spot]


def the(vital: Vital, items: list[ParserItem]) -> tuple[float | None, Quality, str]:
    (reading,) = of(vital, items)
    return reading.value, reading.quality, reading.note


def pressures(items: list[ParserItem]) -> list[tuple[Vital, float | None]]:
    return [
        (i.vital, i.value)
        for i in items
        if isinstance(i, Measurement) and (i.spot or i.vital in PRESSURES)
    ]


def reasons(items: list[ParserItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def account(parser: IvyParser) -> int:
    c = parser.counts
    return c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes


# the capture


def test_the_capture_has_27_messages() -> None:
    if not CAPTURE.exists():
        pytest.skip(f"the recording is not here: {CAPTURE}")
    parser = IvyParser()
    items = parser.feed(CAPTURE.read_bytes()) + parser.finish()
    counts = parser.counts
    assert (counts.frames, counts.rejected, counts.pending_bytes) == (27, 0, 0)
    assert (counts.frame_bytes, counts.skipped_bytes) == (27 * 562, 252)
    for vital, value in ((Vital.HR, 80), (Vital.SPO2, 100), (Vital.PR, 80), (Vital.RR, 35)):
        readings = of(vital, items)
        assert len(readings) == 27
        assert {(i.value, i.quality) for i in readings} == {(value, Quality.GOOD)}
    assert pressures(items) == RESULT
    assert of(Vital.TEMP, items) == []


def test_the_captured_pulse_wave_beats_as_fast_as_its_pulse_rate() -> None:
    if not CAPTURE.exists():
        pytest.skip(f"the recording is not here: {CAPTURE}")
    items = IvyParser().feed(CAPTURE.read_bytes())
    wave = [v for i in items if isinstance(i, Samples) for v in i.values]
    assert len(wave) == 27 * 50
    beats = [i for i, (a, b) in enumerate(pairwise(wave)) if a < 135 <= b]
    rate = 60 * 50 * (len(beats) - 1) / (beats[-1] - beats[0])
    assert rate == pytest.approx(80, abs=2)


# lines


def test_one_message_gives_what_its_lines_say() -> None:
    parser = IvyParser()
    data = message()
    items = parser.feed(data)
    assert the(Vital.HR, items) == (80.0, Quality.GOOD, "")
    assert the(Vital.SPO2, items) == (100.0, Quality.GOOD, "")
    assert the(Vital.PR, items) == (80.0, Quality.GOOD, "")
    assert the(Vital.RR, items) == (35.0, Quality.GOOD, "")
    assert pressures(items) == RESULT
    assert {i.end_byte for i in items if isinstance(i, Measurement | Samples)} == {len(data)}
    (wave,) = (i for i in items if isinstance(i, Samples))
    assert wave.values == tuple(WAVES[250:300])
    assert (wave.interval_ns, wave.usable) == (20_000_000, True)


@pytest.mark.parametrize(
    ("line", "vital", "value", "quality", "note"),
    [
        ("HR=1;;ECG-II-DIAG;", Vital.HR, None, Quality.MISSING, "no value"),
        (
            "HR=1;;ECG-II-DIAG;LEADS OFF",
            Vital.HR,
            None,
            Quality.MISSING,
            "monitor's alarm: LEADS OFF",
        ),
        ("HR=1;0;ECG-II-DIAG;", Vital.HR, None, Quality.MISSING, "no value"),
        (
            "HR=1;7;ECG-II-DIAG;",
            Vital.HR,
            None,
            Quality.IMPLAUSIBLE,
            "7 /min is not plausible",
        ),
        (
            "HR=1;140;ECG-II-DIAG;HIGH",
            Vital.HR,
            140.0,
            Quality.LOW,
            "monitor's alarm: HIGH",
        ),
        ("HR=1;80;PLETH;", Vital.HR, None, Quality.MISSING, "the monitor says: PLETH"),
        ("HR=1;80;;", Vital.HR, None, Quality.MISSING, "without its label"),
        ("HR=1;8-;ECG-II;", Vital.HR, None, Quality.MISSING, "not a number"),
        ("HR=1;1000;ECG-II;", Vital.HR, None, Quality.MISSING, "not a number"),
        ("HR=3;80;ECG-II-DIAG;", Vital.HR, None, Quality.MISSING, "no line of the known form"),
        ("HR=1;80;ECG-II-DIAG", Vital.HR, None, Quality.MISSING, "no line of the known form"),
        ("RR=1;0;APNEA: 20 SEC;APNEA", Vital.RR, 0.0, Quality.LOW, "monitor's alarm: APNEA"),
        ("RR=1;14;NOISE;", Vital.RR, None, Quality.MISSING, "the monitor says: NOISE"),
        ("SPO2=1;;PR=   ;", Vital.SPO2, None, Quality.MISSING, "no value"),
        ("SPO2=1;;PR=   ;", Vital.PR, None, Quality.MISSING, "no value"),
        ("SPO2=1;101;PR=80 ;", Vital.SPO2, None, Quality.IMPLAUSIBLE, "101 % is not plausible"),
        ("SPO2=1;97;SEARCH;", Vital.SPO2, None, Quality.MISSING, "the monitor says: SEARCH"),
        ("SPO2=1;97;SEARCH;", Vital.PR, None, Quality.MISSING, "the monitor says: SEARCH"),
        ("SPO2=1;88;PR=80 ;LOW", Vital.PR, 80.0, Quality.LOW, "monitor's alarm: LOW"),
        ("T1=1;36.8;;", Vital.TEMP, 36.8, Quality.GOOD, ""),
        ("T2=1;37;;", Vital.TEMP, 37.0, Quality.GOOD, ""),
    ],
)
def test_a_line_and_what_it_gives(
    line: str, vital: Vital, value: float | None, quality: Quality, note: str
) -> None:
    assert the(vital, IvyParser().feed(message(line))) == (value, quality, note)


def test_a_temperature_in_fahrenheit_is_not_shown() -> None:
    parser = IvyParser()
    parser.feed(message("T1=1;36.8;;"))
    items = parser.feed(message("T1=1;98.6;;"))
    assert the(Vital.TEMP, items)[:2] == (None, Quality.IMPLAUSIBLE)


def test_a_thermometer_that_was_there_is_missed_and_one_that_never_was_is_not() -> None:
    parser = IvyParser()
    assert of(Vital.TEMP, parser.feed(message())) == []
    parser.feed(message("T1=1;36.8;;"))
    assert the(Vital.TEMP, parser.feed(message())) == (None, Quality.MISSING, "no value")


def test_the_wave_of_a_channel_without_signal_is_not_given() -> None:
    waves = bytes((wire.NO_SIGNAL,)) * wire.WAVES_SIZE
    lines = "".join(f"{line}\r" for line in LINES).encode()
    items = IvyParser().feed(wire.message(waves, lines))
    assert not any(isinstance(item, Samples) for item in items)


def test_the_wave_is_unusable_while_there_is_no_saturation() -> None:
    items = IvyParser().feed(message("SPO2=1;;PR=   ;"))
    assert [item.usable for item in items if isinstance(item, Samples)] == [False]


# blood pressure: one determination, once

OTHER = "NIBP=4;131;75;92;80;;"
BLANK = "NIBP=4;;;;;;"


def test_a_capture_gives_each_run_of_equal_pressures_once() -> None:
    parser = IvyParser()
    assert pressures(parser.feed(message() * 30)) == RESULT
    assert pressures(parser.feed(message(OTHER) * 30))[0] == (Vital.SBP, 131.0)
    assert pressures(parser.feed(message(BLANK) * 30)) == []
    assert pressures(parser.feed(message(OTHER)))[0] == (Vital.SBP, 131.0)


def test_a_live_line_refuses_what_was_there_before_it() -> None:
    parser = IvyParser(live=True)
    items = parser.feed(message() * 30)
    assert pressures(items) == []
    assert len(reasons(items)) == 1
    assert "121/75 mean 92 mmHg was there before" in reasons(items)[0]


def test_a_live_line_wants_a_change_said_twice_in_a_row() -> None:
    parser = IvyParser(live=True)
    parser.feed(message() * 5)
    assert pressures(parser.feed(message("NIBP=4;12;75;92;80;;") + message() * 5)) == []
    assert pressures(parser.feed(message(OTHER))) == []
    assert pressures(parser.feed(message(OTHER)))[0] == (Vital.SBP, 131.0)
    assert pressures(parser.feed(message(OTHER) * 100)) == []


@pytest.mark.parametrize(("blanks", "given"), [(1, []), (2, []), (3, RESULT), (40, RESULT)])
def test_equal_pressures_are_new_on_a_live_line_only_after_blanks(
    blanks: int, given: list[tuple[Vital, float]]
) -> None:
    parser = IvyParser(live=True)
    parser.feed(message() * 5)
    assert pressures(parser.feed(message(BLANK) * blanks + message() * 5)) == given


def test_after_blanks_at_the_connection_the_first_pressures_are_new() -> None:
    parser = IvyParser(live=True)
    parser.feed(message(BLANK) * 3)
    assert pressures(parser.feed(message() * 2)) == RESULT


@pytest.mark.parametrize(
    "line",
    [
        "NIBP=4;131;75;92;80;INFLATING;",
        "NIBP=4;131;;92;80;;",
        "NIBP=4;131;xx;92;80;;",
        "NIBP=3;131;75;92;80;;",
        "NIBP=4;131;75;92;80;",
    ],
)
def test_a_blood_pressure_line_that_is_not_understood_gives_nothing(line: str) -> None:
    assert pressures(IvyParser().feed(message(line) * 5)) == []


@pytest.mark.parametrize(
    ("line", "quality"),
    [
        ("NIBP=4;90;75;92;80;;", Quality.FAILED),
        ("NIBP=4;121;92;92;80;;", Quality.FAILED),
        ("NIBP=4;121;0;92;80;;", Quality.FAILED),
        ("NIBP=4;299;75;92;80;;", Quality.IMPLAUSIBLE),
    ],
)
def test_pressures_that_do_not_agree_are_none(line: str, quality: Quality) -> None:
    items = IvyParser().feed(message(line))
    for vital in PRESSURES:
        value, found, note = the(vital, items)
        assert (value, found) == (None, quality)
        assert note


def test_a_pressure_alarm_of_the_monitor_and_a_missing_pulse_are_said() -> None:
    items = IvyParser().feed(message("NIBP=4;181;95;120;;;HIGH"))
    assert the(Vital.SBP, items) == (181.0, Quality.LOW, "monitor's alarm: HIGH")
    (pulse,) = (i for i in items if isinstance(i, Measurement) and i.spot)
    assert (pulse.value, pulse.quality) == (None, Quality.MISSING)


# damage


def test_a_lost_or_doubled_byte_costs_one_message_at_most() -> None:
    one = message()
    data = one * 3
    for at in range(len(one), 2 * len(one)):
        for damaged in (data[:at] + data[at + 1 :], data[:at] + data[at : at + 1] + data[at:]):
            parser = IvyParser()
            parser.feed(damaged)
            parser.finish()
            assert parser.counts.frames >= 3 - SPEC.frames_lost_per_byte
            assert account(parser) == len(damaged)


def test_a_byte_lost_or_doubled_in_the_waves_gives_no_value() -> None:
    one = message()
    for at in range(len(wire.HEADER), wire.TEXT_START):
        for damaged in (one[:at] + one[at + 1 :], one[:at] + one[at : at + 1] + one[at:]):
            items = IvyParser().feed(damaged)
            assert not any(isinstance(item, Measurement) for item in items)


def test_a_message_cut_short_by_the_next_is_refused_and_the_next_is_read() -> None:
    one = message()
    for size in range(len(wire.HEADER), len(one), 7):
        parser = IvyParser()
        items = parser.feed(one[:size] + one)
        assert parser.counts.frames == 1
        assert parser.counts.rejected == 1
        assert len(of(Vital.HR, items)) == 1


def test_line_ends_in_the_waves_are_no_line_ends() -> None:
    waves = b"\r\nHR=1;20;ECG-II-DIAG;\r\n".ljust(wire.WAVES_SIZE, b"\r")
    lines = "".join(f"{line}\r" for line in LINES).encode()
    assert the(Vital.HR, IvyParser().feed(wire.message(waves, lines)))[0] == 80.0


def test_lines_without_their_header_are_passed_over() -> None:
    parser = IvyParser()
    assert parser.feed(message()[wire.TEXT_START :] * 20) + parser.finish() == []
    assert parser.counts.frames == 0


def test_endless_text_is_refused_and_not_kept() -> None:
    parser = IvyParser()
    parser.feed(wire.HEADER + bytes(400) + b"A" * 100_000)
    assert parser.counts.rejected == 1
    assert parser.counts.pending_bytes == 0


def test_a_last_message_without_its_end_byte_is_believed_and_half_a_line_is_not() -> None:
    whole, half = IvyParser(), IvyParser()
    assert whole.feed(message()[:-1]) == []
    assert len(of(Vital.HR, whole.finish())) == 1
    half.feed(message()[:-2])
    assert half.finish() == []
    assert half.counts.skipped_bytes == len(message()) - 2


def test_nothing_is_joined_across_a_lost_connection() -> None:
    parser = IvyParser()
    parser.feed(message()[:300])
    parser.forget()
    assert parser.feed(message()[300:]) == []
    assert parser.counts.skipped_bytes + parser.counts.pending_bytes == len(message())


STREAM = (
    message()[300:]
    + message()
    + message(OTHER)[:420]
    + b"\xff\xffANSAR-"
    + message("HR=1;70;ECG-I;", BLANK)
    + message()[:-1]
    + message("NIBP=4;;;;;X;")
    + b"\xff"
)


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12), live=st.booleans())
def test_items_and_counts_do_not_depend_on_the_cuts(cuts: list[int], live: bool) -> None:
    whole, cut = IvyParser(live=live), IvyParser(live=live)
    expected = whole.feed(STREAM)
    items: list[ParserItem] = []
    for start, end in pairwise([0, *sorted(cuts), len(STREAM)]):
        items += cut.feed(STREAM[start:end])
        assert account(cut) == end
    assert items == expected
    assert cut.counts == whole.counts


# what is encoded comes back


def _exact(vital: Vital) -> st.SearchStrategy[float | None]:
    low, high = VITALS[vital].plausible
    step = SPEC.resolution[vital]
    numbers = st.integers(max(1, round(low / step)), round(high / step))
    return st.none() | numbers.map(lambda n: round(n * step, 1))


@settings(max_examples=200)
@given(
    streamed=st.fixed_dictionaries(
        {v: _exact(v) for v in (Vital.HR, Vital.PR, Vital.SPO2, Vital.RR, Vital.TEMP)}
    ),
    cuff=st.none() | st.tuples(st.integers(30, 200), st.integers(5, 30), st.integers(5, 30)),
)
def test_any_record_comes_back_exactly(
    streamed: dict[Vital, float | None], cuff: tuple[int, int, int] | None
) -> None:
    parser = IvyParser()
    parser.feed(encode_vitals({Vital.TEMP: 36.0}, 0))
    record = dict(streamed)
    if cuff is not None:
        dia, above, more = cuff
        record |= {Vital.SBP: dia + above + more, Vital.DBP: dia, Vital.MAP: dia + above}
    items = parser.feed(encode_vitals(record, NS_PER_S))
    for vital, value in streamed.items():
        assert {i.value for i in of(vital, items)} == {value}
    found = dict(pressures(items))
    for vital in PRESSURES:
        assert found.get(vital) == record.get(vital)


@given(data=st.binary(max_size=600))
def test_noise_gives_no_measurement(data: bytes) -> None:
    parser = IvyParser()
    items = parser.feed(wire.HEADER + data + bytes((wire.END,))) + parser.finish()
    assert not any(isinstance(item, Measurement) for item in items)
