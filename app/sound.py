"""Alarm sound from a thread of its own, fed by the runtime and never by the GUI's event loop.

What must be heard follows from the alarms' states alone: the highest priority that is heard sounds
its burst, repeats it, and stops when no alarm is heard any more. A machine without an output, or
one whose output stops taking samples, is reported as a technical alarm; it is never just silent.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import Protocol

import miniaudio
import numpy as np
import numpy.typing as npt

from app.tones import BURSTS, RATE_HZ, synthesise_burst
from protocols.events import AlarmChanged, AlarmState, Event, Priority, SessionClosed

log = logging.getLogger(__name__)

RETRY_S = 10.0
"""How long after a failed output it is tried again."""

STALL_S = 2.0
"""An output that asked for no samples for this long has failed."""

Report = Callable[[bool, str], None]
"""Told whether sound works and, if not, why, in a sentence."""


class Output(Protocol):
    """Something that plays samples: `RATE_HZ`, one channel, 16 bits."""

    def play(self, samples: npt.NDArray[np.int16]) -> None:
        """Play `samples` now, in place of what is playing."""
        ...

    def silence(self) -> None:
        """Stop what is playing."""
        ...

    @property
    def stalled_s(self) -> float:
        """Seconds since the device last asked for samples."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


class MiniaudioOutput:
    """The machine's own output; its callback thread takes samples as it needs them."""

    def __init__(self, backends: Sequence[miniaudio.Backend] | None = None) -> None:
        """Open the default output; miniaudio.MiniaudioError when there is none.

        Args:
            backends: backends to try; None tries all that reach a loudspeaker (the null backend,
                which plays to nobody, must be asked for by name).
        """
        _quiet_alsa()
        audible = [b for b in miniaudio.Backend if b is not miniaudio.Backend.NULL]
        self._device = miniaudio.PlaybackDevice(
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=1,
            sample_rate=RATE_HZ,
            buffersize_msec=50,
            backends=list(backends or audible),
            app_name="Infusion Room",
        )
        self._pending = np.zeros(0, dtype=np.int16)
        self._asked_s = time.monotonic()
        stream = self._stream()
        next(stream)
        self._device.start(stream)

    def _stream(self) -> Generator[npt.NDArray[np.int16], int, None]:
        frames = yield np.zeros(0, dtype=np.int16)
        while True:
            self._asked_s = time.monotonic()
            pending = self._pending
            now, self._pending = pending[:frames], pending[frames:]
            block = np.zeros(frames, dtype=np.int16)
            block[: len(now)] = now
            frames = yield block.reshape(-1, 1)

    def play(self, samples: npt.NDArray[np.int16]) -> None:
        """Play `samples` now, in place of what is playing."""
        self._pending = samples

    def silence(self) -> None:
        """Stop what is playing."""
        self._pending = np.zeros(0, dtype=np.int16)

    @property
    def stalled_s(self) -> float:
        """Seconds since the device last asked for samples."""
        return time.monotonic() - self._asked_s

    def close(self) -> None:
        """Give the device back."""
        self._device.close()


class Sounder:
    """The thread that keeps the highest heard alarm sounding."""

    def __init__(
        self,
        report: Report,
        open_output: Callable[[], Output] = MiniaudioOutput,
        *,
        reminder_s: float | None = None,
    ) -> None:
        """Silent until `start`; `report` is told when sound begins to work or fails.

        An alarm whose burst does not repeat by itself sounds again every `reminder_s` seconds for
        as long as nobody acknowledges it.
        """
        self._reminder_s = reminder_s
        self._report = report
        self._open_output = open_output
        self._heard: dict[str, Priority] = {}
        self._fresh: set[str] = set()
        self._changed = threading.Condition()
        self._stopping = False
        self._output: Output | None = None
        self._working: bool | None = None
        self._retry_at_s = 0.0
        self._bursts = {p: synthesise_burst(burst) for p, burst in BURSTS.items()}
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)

    def start(self) -> None:
        """Open the output and begin."""
        self._thread.start()

    def stop(self) -> None:
        """Fall silent and give the output back."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def listen(self, events: Sequence[Event]) -> None:
        """Follow the alarms among `events`; returns at once (a runtime listener)."""
        told = [event for event in events if isinstance(event, AlarmChanged | SessionClosed)]
        if not told:
            return
        with self._changed:
            for event in told:
                if isinstance(event, AlarmChanged):
                    self._follow(event)
                else:  # a closed session says nothing more, so nothing of it may go on sounding
                    self._heard.clear()
                    self._fresh.clear()
            self._changed.notify()

    def _follow(self, alarm: AlarmChanged) -> None:
        if not alarm.state.is_heard:
            self._heard.pop(alarm.alarm, None)
            self._fresh.discard(alarm.alarm)
            return
        if alarm.alarm not in self._heard and alarm.state is AlarmState.SOUNDING:
            self._fresh.add(alarm.alarm)
        self._heard[alarm.alarm] = alarm.priority

    def _run(self) -> None:
        playing: Priority | None = None
        next_at_s = 0.0
        while True:
            with self._changed:
                if not self._stopping:
                    self._changed.wait(timeout=0.1)
                if self._stopping:
                    break
                loudest = max(self._heard.values(), key=lambda p: p.rank, default=None)
                fresh = any(self._heard[a] is loudest for a in self._fresh)
                self._fresh.clear()
            self._tend_output()
            if self._output is None:
                continue
            if loudest is None:
                if playing is not None:
                    self._output.silence()
                playing = None
                continue
            repeat_s = BURSTS[loudest].repeat_s or self._reminder_s
            repeats = repeat_s is not None and time.monotonic() >= next_at_s
            if fresh or playing is not loudest or repeats:
                samples = self._bursts[loudest]
                self._output.play(samples)
                playing = loudest
                next_at_s = time.monotonic() + len(samples) / RATE_HZ + (repeat_s or 0)
        if self._output is not None:
            self._output.close()

    def _tend_output(self) -> None:
        if self._output is not None and self._output.stalled_s > STALL_S:
            self._output.close()
            self._output = None
            self._say(working=False, detail="The sound output stopped. Check the loudspeaker.")
        if self._output is None and time.monotonic() >= self._retry_at_s:
            try:
                self._output = self._open_output()
            except miniaudio.MiniaudioError as error:
                log.info("No sound output: %s", error)
                self._retry_at_s = time.monotonic() + RETRY_S
                self._say(working=False, detail="No sound output found. Connect a loudspeaker.")
            else:
                self._say(working=True, detail="")

    def _say(self, *, working: bool, detail: str) -> None:
        if working != self._working:
            self._working = working
            self._report(working, detail)


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
