"""Alarm sounds keep within the published ranges and are told apart, measured on their samples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from app.sounding.icons import Icon
from app.sounding.pointers import (
    CLOSEST_S,
    FUNDAMENTAL_HZ,
    HARMONIC_HZ,
    HARMONIC_SPREAD_DB,
    LEAST_HARMONICS,
    PULSE_SPREAD_DB,
    RANGES,
    RISE_SHARE,
    URGENCIES,
    interval_s,
)
from app.sounding.synthesis import RATE_HZ, Samples, to_samples
from app.sounding.tones import Tone, alarm_tone, check_tone, reminder_tone
from protocols.events import Priority
from tests.unit.app.burst_measures import (
    Pulse,
    Signal,
    distance,
    find_pulses,
    full_scale,
    loudness,
    picture,
    spacings_s,
)

MEASURED_S = 0.002
"""How exactly times are measured: the envelope is a mean over one period of the tone."""

ALL = [(priority, urgency) for priority in Priority for urgency in URGENCIES]


def pointer(priority: Priority, urgency: int = 0) -> Samples:
    return alarm_tone(priority, Icon.GENERAL, urgency).samples


@cache
def pulses_of(priority: Priority, urgency: int = 0) -> list[Pulse]:
    return find_pulses(full_scale(pointer(priority, urgency)), RATE_HZ)


def every_tone() -> Iterator[Tone]:
    for priority, urgency in ALL:
        for icon in Icon:
            yield alarm_tone(priority, icon, urgency)
    yield reminder_tone()
    yield check_tone()


@pytest.mark.parametrize(("priority", "urgency"), ALL)
def test_a_burst_has_the_pulses_of_its_priority(priority: Priority, urgency: int) -> None:
    allowed = RANGES[priority].pulses
    assert allowed.holds(len(pulses_of(priority, urgency)))
    assert {Priority.HIGH: 10, Priority.MEDIUM: 3, Priority.LOW: 1}[priority] == len(
        pulses_of(priority, urgency)
    )


@pytest.mark.parametrize(("priority", "urgency"), ALL)
def test_pulses_last_rise_and_fall_within_the_ranges(priority: Priority, urgency: int) -> None:
    found = pulses_of(priority, urgency)
    room_s = [*spacings_s(found), float("inf")]
    next_rise_s = [*(pulse.rise_s for pulse in found[1:]), 0.0]
    for pulse, spacing_s, rise_s in zip(found, room_s, next_rise_s, strict=True):
        assert RANGES[priority].pulse_s.holds(pulse.duration_s)
        assert RISE_SHARE.holds(pulse.rise_s / pulse.duration_s)
        assert pulse.fall_s <= spacing_s - rise_s


@pytest.mark.parametrize(("priority", "urgency"), ALL)
def test_pulses_are_spaced_as_their_priority_asks(priority: Priority, urgency: int) -> None:
    found, ranges = pulses_of(priority, urgency), RANGES[priority]
    gaps = dict(enumerate(spacings_s(found), start=1))
    if priority is Priority.HIGH:
        assert ranges.half_gap_s is not None
        assert ranges.half_gap_s.holds(gaps.pop(5))
        expected = 2 * gaps[1] + found[0].duration_s
        assert gaps.pop(3) == pytest.approx(expected, abs=3 * MEASURED_S)
        assert gaps.pop(8) == pytest.approx(expected, abs=3 * MEASURED_S)
    for gap_s in gaps.values():
        assert ranges.spacing_s.holds(gap_s)
        assert gap_s == pytest.approx(gaps[1], abs=MEASURED_S)


@pytest.mark.parametrize(("priority", "urgency"), ALL)
def test_each_pulse_has_four_components_within_15_db_in_the_band(
    priority: Priority, urgency: int
) -> None:
    for pulse in pulses_of(priority, urgency):
        assert FUNDAMENTAL_HZ.holds(pulse.fundamental_hz)
        near = [
            hz
            for hz, level_db in pulse.components_db.items()
            if HARMONIC_HZ.holds(hz) and abs(level_db) <= HARMONIC_SPREAD_DB
        ]
        assert len(near) >= LEAST_HARMONICS
        for hz in near:
            order = hz / pulse.fundamental_hz
            assert order == pytest.approx(round(order), abs=0.03)


@pytest.mark.parametrize(("priority", "urgency"), ALL)
def test_the_pulses_of_a_burst_are_about_as_loud_and_none_startles(
    priority: Priority, urgency: int
) -> None:
    levels_db = [20 * np.log10(pulse.loudness) for pulse in pulses_of(priority, urgency)]
    assert max(levels_db) - min(levels_db) <= PULSE_SPREAD_DB
    assert levels_db[0] <= min(levels_db[1:], default=levels_db[0]) + 0.5


def test_low_and_medium_pulses_rise_more_gently_than_high_ones() -> None:
    slopes = {p: pulses_of(p)[0].loudness / pulses_of(p)[0].rise_s for p in Priority}
    assert slopes[Priority.LOW] < slopes[Priority.MEDIUM] < slopes[Priority.HIGH] / 2


def test_a_medium_pulse_takes_no_less_time_than_a_high_one() -> None:
    high, medium = pulses_of(Priority.HIGH), pulses_of(Priority.MEDIUM)
    high_s = high[0].duration_s + spacings_s(high)[0]
    assert medium[0].duration_s + spacings_s(medium)[0] >= high_s


def test_a_higher_priority_is_louder_and_the_most_urgent_medium_as_loud_as_a_high() -> None:
    def loudest(priority: Priority, urgency: int) -> float:
        return max(pulse.loudness for pulse in pulses_of(priority, urgency))

    for urgency in URGENCIES:
        levels = [loudest(priority, urgency) for priority in Priority]
        assert levels == sorted(levels, reverse=True)
    assert loudest(Priority.MEDIUM, 1) < loudest(Priority.MEDIUM, 2)
    ratio = loudest(Priority.MEDIUM, 2) / loudest(Priority.HIGH, 0)
    assert 20 * np.log10(ratio) == pytest.approx(0, abs=2)


def test_what_is_no_alarm_is_softer_than_every_alarm() -> None:
    softest = min(np.max(np.abs(full_scale(pointer(priority)))) for priority in Priority)
    assert np.max(np.abs(full_scale(reminder_tone().samples))) < softest


def test_no_sound_is_clipped_or_begins_or_ends_with_a_step() -> None:
    for tone in every_tone():
        signal = full_scale(tone.samples)
        assert np.max(np.abs(signal)) < 0.95
        assert abs(signal[0]) < 1e-3
        assert abs(signal[-1]) < 1e-3


def test_a_wave_that_would_be_clipped_is_refused() -> None:
    with pytest.raises(ValueError, match="clipped"):
        to_samples(np.array([0.0, 1.2, 0.0]))


@pytest.mark.parametrize("priority", list(Priority))
def test_an_alarm_left_unattended_repeats_sooner_within_the_range(priority: Priority) -> None:
    allowed = RANGES[priority].interval_s
    intervals = [interval_s(priority, urgency) for urgency in URGENCIES]
    known = [each for each in intervals if each is not None]
    assert known == sorted(known, reverse=True)
    assert len(set(known)) == len(known) >= 2
    for each in known:
        assert allowed.holds(each)
        assert each >= CLOSEST_S


@pytest.mark.parametrize("priority", list(Priority))
def test_the_icon_follows_the_whole_pointer_after_a_silence_and_is_no_louder(
    priority: Priority,
) -> None:
    alone = full_scale(pointer(priority))
    for icon in Icon:
        signal = full_scale(alarm_tone(priority, icon, 0).samples)
        assert np.array_equal(signal[: len(alone)], alone)
        rest = signal[len(alone) :]
        if icon is Icon.GENERAL:
            assert not len(rest)
            continue
        silent = int(np.argmax(np.abs(rest) > 0.001)) / RATE_HZ
        assert 0.25 <= silent <= 0.5
        assert np.max(np.abs(rest)) <= np.max(np.abs(alone))
        assert -12 < 20 * np.log10(loudest(rest) / loudest(alone)) < 0
        assert len(rest) / RATE_HZ <= 2.0


def loudest(signal: Signal) -> float:
    """Root mean square of its loudest tenth of a second."""
    span = RATE_HZ // 10
    return max(loudness(signal[at : at + span]) for at in range(0, len(signal) - span, span // 10))


def test_every_source_of_a_range_is_named() -> None:
    for ranges in RANGES.values():
        for allowed in (ranges.pulses, ranges.pulse_s, ranges.spacing_s, ranges.interval_s):
            assert allowed.source
            assert allowed.low <= allowed.high


def icon_alone(icon: Icon) -> Signal:
    after = len(pointer(Priority.HIGH))
    return full_scale(alarm_tone(Priority.HIGH, icon, 0).samples[after:])


def beats_s(signal: Signal, over_ms: int = 30) -> list[float]:
    """When a sound swells anew: its envelope passes a third of its peak upwards."""
    width = RATE_HZ * over_ms // 1000
    envelope = np.sqrt(np.convolve(signal**2, np.ones(width) / width, mode="same"))
    above = envelope > np.max(envelope) / 3
    return [float(at / RATE_HZ) for at in np.flatnonzero(np.diff(above.astype(int)) == 1)]


def centre_hz(signal: Signal) -> float:
    power = np.abs(np.fft.rfft(signal)) ** 2
    hz = np.fft.rfftfreq(len(signal), 1 / RATE_HZ)
    return float(np.sum(hz * power) / np.sum(power))


def test_the_heart_beats_twice_two_beats_low() -> None:
    signal = icon_alone(Icon.CARDIAC)
    first, dup, second, again = beats_s(signal)
    assert dup - first == pytest.approx(again - second, abs=0.03)
    assert dup - first < 0.6 * (second - dup)
    assert centre_hz(signal) < 450


def test_drips_fall_at_irregular_times() -> None:
    signal = icon_alone(Icon.OXYGENATION)
    between = np.diff(beats_s(signal))
    assert len(between) >= 3
    assert np.std(between) > 0.25 * np.mean(between)
    assert 900 < centre_hz(signal) < 3000


def test_breath_goes_in_rising_and_out_falling() -> None:
    signal = icon_alone(Icon.VENTILATION)
    sound = signal[int(np.argmax(np.abs(signal) > 0.001)) :]
    inhale, exhale = sound[: round(0.55 * RATE_HZ)], sound[round(0.70 * RATE_HZ) :]
    for part, rising in ((inhale, True), (exhale, False)):
        half = len(part) // 2
        assert (centre_hz(part[:half]) < centre_hz(part[half:])) is rising
    assert len(beats_s(signal, over_ms=200)) == 2


def test_pills_rattle_in_quick_even_shakes_of_bright_noise() -> None:
    signal = icon_alone(Icon.DRUG)
    assert centre_hz(signal) > 3000
    assert len(beats_s(signal)) >= 4


def test_the_motor_climbs_and_dies() -> None:
    signal = icon_alone(Icon.EQUIPMENT)
    sound = signal[int(np.argmax(np.abs(signal) > 0.001)) :]
    third = len(sound) // 3
    pitches = [_pitch_hz(sound[k * third + third // 4 :][: third // 2]) for k in range(3)]
    assert pitches[0] < pitches[1] > pitches[2]
    assert loudness(sound[-third // 3 :]) < 0.25 * loudness(sound[third : 2 * third])


def _pitch_hz(part: Signal) -> float:
    echo = np.fft.irfft(np.abs(np.fft.rfft(part, 2 * len(part))) ** 2)
    shortest, longest = RATE_HZ // 250, RATE_HZ // 40
    return RATE_HZ / (shortest + int(np.argmax(echo[shortest:longest])))


def heard_at_a_distance(signal: Signal, seed: int) -> Signal:
    """As from a small loudspeaker across a room with a fan: late, soft, thin, in noise."""
    chance = np.random.default_rng(seed)
    late = np.zeros(int(chance.uniform(0, 0.25) * RATE_HZ))
    far = np.concatenate([late, signal, np.zeros(RATE_HZ // 4)]) * 0.05
    spectrum = np.fft.rfft(far)
    hz = np.fft.rfftfreq(len(far), 1 / RATE_HZ)
    thin = np.fft.irfft(spectrum * (hz**2 / (hz**2 + 250.0**2)) * (hz < 9000), len(far))
    noise = chance.standard_normal(len(far))
    return np.asarray(thin + noise * loudness(thin) * 10 ** (-9 / 20))


def test_each_priority_and_category_is_recognised_in_noise_at_a_distance() -> None:
    sounds = {
        (priority.value, icon.value): full_scale(alarm_tone(priority, icon, 0).samples)
        for priority in Priority
        for icon in Icon
    }
    sounds["no alarm", "reminder"] = full_scale(reminder_tone().samples)
    templates = {name: picture(signal, RATE_HZ) for name, signal in sounds.items()}
    for seed, (name, signal) in enumerate(sounds.items()):
        heard = picture(heard_at_a_distance(signal, seed), RATE_HZ)
        nearest = min(templates, key=lambda other: distance(templates[other], heard))
        assert nearest == name
