"""Alarm tones keep within the ranges that the parameters claim, measured on the samples."""

from __future__ import annotations

import numpy as np
import pytest

from app.tones import BURSTS, RATE_HZ, synthesise_burst, synthesise_pulse
from protocols.events import Priority


@pytest.mark.parametrize(
    ("priority", "pulses"), [(Priority.HIGH, 10), (Priority.MEDIUM, 3), (Priority.LOW, 1)]
)
def test_burst_has_the_pulses_of_its_priority(priority: Priority, pulses: int) -> None:
    samples = np.abs(synthesise_burst(BURSTS[priority]).astype(float))
    window = RATE_HZ // 100
    loud = np.convolve(samples, np.ones(window) / window, mode="same") > 100
    starts = np.count_nonzero(np.diff(loud.astype(int)) == 1) + int(loud[0])
    assert starts == pulses


@pytest.mark.parametrize("priority", list(Priority))
def test_each_note_has_four_harmonics_within_15_db(priority: Priority) -> None:
    burst = BURSTS[priority]
    for note_hz in set(burst.notes_hz):
        assert 150 <= note_hz <= 1000
        pulse = synthesise_pulse(note_hz, 1.0, 1.0)
        spectrum = np.abs(np.fft.rfft(pulse))
        hz = np.fft.rfftfreq(len(pulse), 1 / RATE_HZ)
        peaks = [spectrum[np.argmin(np.abs(hz - note_hz * k))] for k in range(1, 6)]
        within = [
            peak
            for k, peak in enumerate(peaks, start=1)
            if 300 <= note_hz * k <= 4000 and 20 * np.log10(peaks[0] / peak) <= 15
        ]
        assert len(within) >= 4


def test_louder_for_higher_priority_and_never_clipped() -> None:
    peaks = [np.max(np.abs(synthesise_burst(BURSTS[p]).astype(int))) for p in Priority]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] < 32767


@pytest.mark.parametrize("priority", list(Priority))
def test_pulse_and_gap_times_lie_in_the_published_ranges(priority: Priority) -> None:
    burst = BURSTS[priority]
    low, high = (0.075, 0.200) if priority is Priority.HIGH else (0.125, 0.250)
    assert low <= burst.pulse_s <= high
    if priority is Priority.HIGH:
        assert burst.gaps_s[2] == pytest.approx(2 * burst.gaps_s[0] + burst.pulse_s)
        assert 0.35 <= burst.gaps_s[4] <= 1.30
        assert burst.repeat_s is not None
        assert 2.5 <= burst.repeat_s <= 15
