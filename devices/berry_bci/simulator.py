"""A simulated Berry oximeter: a patient's pulse in, BCI frames out, 100 a second."""

from __future__ import annotations

from collections.abc import Mapping

from devices import five_byte_frames as frames
from devices.berry_bci import wire
from devices.driver import PatientBody
from devices.simulation.fingertip import (
    FingerState,
    FingertipFaults,
    FingertipFrame,
    FingertipStream,
)
from protocols.vitals import NS_PER_S, Vital

WAVE_LARGEST = 100
_STATUS = {
    FingerState.PULSE: (0, 0),
    FingerState.SEARCHING: (0, wire.SEARCHING),
    FingerState.NO_FINGER: (wire.NO_SIGNAL, wire.NO_FINGER),
    FingerState.PROBE_FAULT: (wire.UNPLUGGED | wire.NO_SIGNAL, wire.NO_FINGER),
}


class BciSimulator:
    """A unit that streams from time 0 on. `faults` may be set at any time."""

    def __init__(
        self, body: PatientBody, seed: int, *, faults: FingertipFaults | None = None
    ) -> None:
        self._stream = FingertipStream(
            body, seed, _encode, frames_per_s=wire.FRAMES_PER_S, faults=faults
        )

    @property
    def faults(self) -> FingertipFaults:
        """What is wrong with the unit at present."""
        return self._stream.faults

    @faults.setter
    def faults(self, faults: FingertipFaults) -> None:
        self._stream.faults = faults

    def advance(self, t_ns: int) -> bytes:
        """Every frame sent up to and including `t_ns`."""
        return self._stream.advance(t_ns)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Ignore `data`: these units take no command."""

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next frames leave."""
        return self._stream.next_deadline_ns


def make_simulator(body: PatientBody, seed: int) -> BciSimulator:
    """A unit that streams from time 0 on."""
    return BciSimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """One second of frames that say `record`: 100, for values are refreshed once a second.

    A rate above 254 and a saturation above 100 have no place in the format: missing.
    """
    rate, spo2 = record.get(Vital.PR), record.get(Vital.SPO2)
    said = FingertipFrame(
        state=FingerState.PULSE,
        strength=0.75,
        rate_bpm=None if rate is None else round(rate),
        spo2_percent=None if spo2 is None else round(spo2),
    )
    period = wire.FRAMES_PER_S
    start = t_ns * period // NS_PER_S
    waves = [abs(2 * ((start + i) % period) / period - 1) for i in range(period)]
    first, wave_byte, *rest = _encode(said)
    return b"".join(bytes((first, wave_byte + round(wave * WAVE_LARGEST), *rest)) for wave in waves)


def _encode(said: FingertipFrame) -> bytes:
    first, third = _STATUS[said.state]
    wave = round(said.wave * WAVE_LARGEST)
    return frames.encode_frame(
        first=first | (frames.BEEP if said.is_beep else 0) | round(said.strength * 8),
        wave=wave,
        third=third | wave * 15 // WAVE_LARGEST,
        rate_bpm=frames.rate_on_wire(said.rate_bpm),
        spo2_percent=frames.spo2_on_wire(said.spo2_percent),
    )
