"""One open sound output: takes samples, says when they are heard, and whether it is alive."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Generator, Sequence
from typing import Any, Final, Protocol

import miniaudio
import numpy as np

from app.sounding.synthesis import RATE_HZ, Samples, count_of

PERIOD_MS: Final = 100
"""Samples that the device asks for at once, in milliseconds. Long enough that bursts stay whole
while six threads of the program compute at once on two busy cores; at 50 ms they did not."""

PERIODS: Final = 2
"""How many of these it keeps."""

_PERIODS_AHEAD: Final = {"PulseAudio": 1}
"""Backends that keep fewer periods than asked for; measured at the monitor of a sink."""

START_S: Final = 3.0
"""How much longer than later the device may take to ask for its first samples: it may be asleep."""

FADE_S: Final = 0.012
"""What is cut short fades over this: no click."""

APP_NAME: Final = "Infusion Room"
"""How the program is named where a mixer lists what plays."""


class Output(Protocol):
    """Something that plays samples: `RATE_HZ`, one channel, 16 bits."""

    def play(self, samples: Samples) -> None:
        """Play `samples` now, in place of what is playing."""
        ...

    def silence(self) -> None:
        """Stop what is playing."""
        ...

    @property
    def first_heard_ns(self) -> int | None:
        """Monotonic time at which the first sample of the last `play` is heard.

        None while the device has not taken it.
        """
        ...

    @property
    def stalled_s(self) -> float:
        """Seconds since the device last asked for samples."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether the device said by itself that it stopped."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


class _Device(miniaudio.PlaybackDevice):  # type: ignore[misc]  # the binding has no types
    """miniaudio's device, with what its binding leaves inside."""

    _context: Any = None

    def __init__(self, backends: Sequence[miniaudio.Backend]) -> None:
        try:
            super().__init__(
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=RATE_HZ,
                buffersize_msec=PERIOD_MS,
                callback_periods=PERIODS,
                backends=list(backends),
                app_name=APP_NAME,
            )
        except miniaudio.MiniaudioError:
            self._give_context_back()
            raise

    def give_back(self) -> None:
        """Close the device and the connection to the sound system that was made for it."""
        self.close()
        self._give_context_back()

    def _give_context_back(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            miniaudio.lib.ma_context_uninit(context)


class MiniaudioOutput:
    """The machine's default output; its callback thread takes samples as it needs them."""

    def __init__(self, backends: Sequence[miniaudio.Backend] | None = None) -> None:
        """Open the default output; miniaudio.MiniaudioError when there is none.

        Args:
            backends: backends to try; None tries all that reach a loudspeaker (the null backend,
                which plays to nobody, must be asked for by name).
        """
        _quiet_alsa()
        audible = [b for b in miniaudio.Backend if b is not miniaudio.Backend.NULL]
        self._device = _Device(backends or audible)
        self._lock = threading.Lock()
        self._pending: Samples = np.zeros(0, dtype=np.int16)
        self._waits = False
        self._first_heard_ns: int | None = None
        periods = _PERIODS_AHEAD.get(self._device.backend, PERIODS)
        self._buffered_ns = periods * PERIOD_MS * 1_000_000
        self._asked_s = time.monotonic() + START_S
        self._stopped = threading.Event()
        self._device.stop_callback = self._stopped.set
        stream = self._stream()
        next(stream)
        try:
            self._device.start(stream)
        except miniaudio.MiniaudioError:
            self.close()
            raise

    def _stream(self) -> Generator[Samples, int, None]:
        frames = yield np.zeros(0, dtype=np.int16)
        while True:
            self._asked_s = time.monotonic()
            block = np.zeros(frames, dtype=np.int16)
            with self._lock:
                now, self._pending = self._pending[:frames], self._pending[frames:]
                if self._waits:
                    # behind a full buffer: the latest that its first sample can leave the device
                    self._first_heard_ns = time.monotonic_ns() + self._buffered_ns
                    self._waits = False
            block[: len(now)] = now
            frames = yield block.reshape(-1, 1)

    def play(self, samples: Samples) -> None:
        """Play `samples` now, in place of what is playing, which fades."""
        with self._lock:
            self._pending = over(fading(self._pending), samples)
            self._first_heard_ns, self._waits = None, True

    def silence(self) -> None:
        """Let what is playing fade."""
        with self._lock:
            self._pending = fading(self._pending)

    @property
    def first_heard_ns(self) -> int | None:
        """Monotonic time at which the first sample of the last `play` is heard, or None.

        When the device took it, plus its whole buffer as it was asked for. What lies behind it (the
        queue of a sound server, a radio link) is not known here.
        """
        return self._first_heard_ns

    @property
    def stalled_s(self) -> float:
        """Seconds since the device last asked for samples."""
        return max(0.0, time.monotonic() - self._asked_s)

    @property
    def stopped(self) -> bool:
        """Whether the device said by itself that it stopped; not every system lets it."""
        return self._stopped.is_set()

    def close(self) -> None:
        """Give the device back."""
        self._device.stop_callback = None
        self._device.give_back()


def fading(samples: Samples) -> Samples:
    """The next moment of `samples`, falling to silence."""
    tail = samples[: count_of(FADE_S)]
    ramp = np.cos(np.linspace(0, np.pi / 2, len(tail))) ** 2
    return np.asarray(tail * ramp, dtype=np.int16)


def over(tail: Samples, samples: Samples) -> Samples:
    """`samples` with the fading `tail` of others laid over their beginning."""
    if not len(tail):
        return samples
    mixed = np.zeros(max(len(samples), len(tail)), dtype=np.int32)
    mixed[: len(samples)] = samples
    mixed[: len(tail)] += tail
    return np.asarray(np.clip(mixed, -32767, 32767), dtype=np.int16)


_ALSA_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
# kept for the life of the process: the library calls it at any time
_ignore = _ALSA_HANDLER(lambda _file, _line, _function: None)


def _quiet_alsa() -> None:
    """Keep ALSA's own library from printing to stderr each time no card is found."""
    try:
        alsa = ctypes.CDLL("libasound.so.2")
    except OSError:
        return
    alsa.snd_lib_error_set_handler(_ignore)
