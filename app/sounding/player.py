"""A player of alarm sounds: keeps an output open and plays one sound at a time. Knows no session.

A process that only has to sound needs no more than this::

    with Player() as player:
        player.play(Priority.HIGH, "equipment", urgency=1)
        ...
        player.stop()
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import miniaudio

from app.sounding.icons import Icon
from app.sounding.output import MiniaudioOutput, Output
from app.sounding.tones import Tone, alarm_tone
from protocols.events import Priority

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
"""How long after a failed output it is tried again."""

STALL_S: Final = 2.0
"""An output that asked for no samples for this long has failed."""

LOOK_S: Final = 0.1
"""How often the output's life signs are looked at."""

PATIENCE_S: Final = 3.0
"""How long closing waits for an output that does not answer."""

STOPPED: Final = "The sound output stopped. Check the loudspeaker."
MISSING: Final = "No sound output found. Connect a loudspeaker."

Report = Callable[[bool, str], None]
"""Told whether sound works and, if not, why, in a sentence; called from the player's thread."""


class Player:
    """An output that is opened, watched and opened again by a thread of its own.

    `play` and `stop` return at once and may be called from any thread.
    """

    def __init__(
        self,
        report: Report | None = None,
        open_output: Callable[[], Output] = MiniaudioOutput,
    ) -> None:
        """Silent until `start`; `report` is told when the output begins to work or fails."""
        self._report = report
        self._open_output = open_output
        self._output: Output | None = None
        self._working: bool | None = None
        self._detail = ""
        self._retry_at_s = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound-output", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin to open the output, and go on trying for as long as there is none."""
        self._thread.start()

    def close(self) -> None:
        """Fall silent and give the output back."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)

    def play(self, priority: Priority, icon: str = Icon.GENERAL, urgency: int = 0) -> bool:
        """Play one burst, and the icon of its category, in place of what is playing.

        Args:
            priority: of the alarm.
            icon: its category, as limits files name it; one that is not known has no icon.
            urgency: 0 to 2, see `AlarmSignalled.urgency`.

        Returns:
            Whether an output took it; False while none works.
        """
        return self.play_tone(alarm_tone(priority, Icon.named(icon), max(0, min(urgency, 2))))

    def play_tone(self, tone: Tone) -> bool:
        """Play `tone` in place of what is playing; whether an output took it."""
        output = self._output
        if output is None:
            return False
        output.play(tone.samples)
        return True

    def stop(self) -> None:
        """Let what is playing fade at once."""
        output = self._output
        if output is not None:
            output.silence()

    @property
    def working(self) -> bool:
        """Whether an output is open and takes samples."""
        return bool(self._working)

    @property
    def detail(self) -> str:
        """Why sound does not work, in a sentence; empty while it does."""
        return self._detail

    @property
    def first_heard_ns(self) -> int | None:
        """`Output.first_heard_ns` of the last sound; None also without an output."""
        output = self._output
        return None if output is None else output.first_heard_ns

    def _run(self) -> None:
        while not self._closing.is_set():
            self._tend()
            self._closing.wait(LOOK_S)
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def _tend(self) -> None:
        output = self._output
        if output is not None and (output.stopped or output.stalled_s > STALL_S):
            self._output = None
            self._say(working=False, detail=STOPPED)
            output.close()
        if self._output is None and time.monotonic() >= self._retry_at_s:
            try:
                self._output = self._open_output()
            except miniaudio.MiniaudioError as error:
                log.info("No sound output: %s", error)
                self._retry_at_s = time.monotonic() + RETRY_S
                self._say(working=False, detail=MISSING)
            else:
                self._say(working=True, detail="")

    def _say(self, *, working: bool, detail: str) -> None:
        self._detail = detail
        if working != self._working:
            self._working = working
            if self._report is not None:
                self._report(working, detail)
