"""The thread that sounds a session's alarms, fed by the runtime and never by the GUI's event loop.

It waits for nothing but its own clock: not for the screen, the disk or the rules. What to play
comes from `turns`, the output from `player`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from app.sounding.icons import Icon
from app.sounding.output import MiniaudioOutput, Output
from app.sounding.player import Player, Report
from app.sounding.pointers import URGENCIES
from app.sounding.tones import Tone, alarm_tone, check_tone, reminder_tone
from app.sounding.turns import Burst, Chime, Order, Turns
from protocols.events import Event, Priority

log = logging.getLogger(__name__)

LOOK_S: Final = 0.1
"""Longest the thread sleeps: repetitions are due this exactly."""

LISTEN_S: Final = 0.01
"""The same while it waits for a first sample to be heard."""

Presented = Callable[[str, int, int], None]
"""Told once for each occurrence that sounds: alarm, its `raised_ns`, and the monotonic time (ns, as
`time.monotonic_ns`) at which its first sample left the device's buffer at the latest. That time is
past when it is told."""


def _of_no_category(_alarm: str) -> str:
    return Icon.GENERAL


class Sounder:
    """Keeps the alarms of one session sounding, from a thread of its own."""

    def __init__(
        self,
        report: Report,
        open_output: Callable[[], Output] = MiniaudioOutput,
        *,
        icon_of: Callable[[str], str] = _of_no_category,
        presented: Presented | None = None,
        reminder_s: float | None = None,
    ) -> None:
        """Silent until `start`.

        Args:
            report: told when an output begins to work or fails.
            open_output: opens the machine's output.
            icon_of: category of sound of an alarm, by the alarm's name.
            presented: told when an alarm was first heard; called from the sounder's thread.
            reminder_s: an alarm whose burst does not repeat by itself sounds again this often for
                as long as nobody acknowledges it; None never.
        """
        self._report = report
        self._presented = presented
        self._turns = Turns(icon_of=icon_of, reminder_s=reminder_s)
        self._player = Player(self._take_report, open_output)
        self._changed = threading.Condition()
        self._news = False
        self._renewed = False
        self._stopping = False
        self._alive_s = time.monotonic()
        self._told: set[tuple[str, int]] = set()
        self._awaited: list[tuple[str, int]] = []
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)

    def start(self) -> None:
        """Make the tones, open the output and begin."""
        for priority in Priority:
            for icon in Icon:
                for urgency in URGENCIES:
                    alarm_tone(priority, icon, urgency)
        self._alive_s = time.monotonic()
        self._player.start()
        self._thread.start()

    def stop(self) -> None:
        """Fall silent and give the output back."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()
        self._player.close()

    def silent_s(self) -> float:
        """Seconds since the thread last gave a sign of life."""
        return time.monotonic() - self._alive_s

    def recall(self, past: Sequence[Event]) -> None:
        """Take in what a resumed session recorded before: its alarms sound on; before `start`.

        Sounds that are no alarm (reminders, checks) are not made up for, and alarms that sounded
        before the cut are not told of as presented again.
        """
        with self._changed:
            for event in past:
                self._turns.follow(event, float("-inf"))
            self._told.update(self._turns.occurrences)
            self._news = True

    def listen(self, events: Sequence[Event]) -> None:
        """Follow the alarms among `events`; returns at once (a runtime listener)."""
        now_s = time.monotonic()
        with self._changed:
            for event in events:
                self._news = self._turns.follow(event, now_s) or self._news
            if self._news:
                self._changed.notify()

    def _take_report(self, working: bool, detail: str) -> None:
        with self._changed:
            self._renewed = self._renewed or working
            self._changed.notify()
        self._report(working, detail)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._look()
                self._alive_s = time.monotonic()
            except Exception:  # a bug of ours must not end the sound: log it whole, begin anew
                log.exception("The thread that sounds failed")
                with self._changed:
                    self._awaited.clear()
                    self._renewed = True
                time.sleep(LOOK_S)

    def _look(self) -> None:
        self._tell_presented()
        with self._changed:
            if not (self._stopping or self._news or self._renewed):
                self._changed.wait(timeout=LISTEN_S if self._awaited else LOOK_S)
            if self._stopping:
                return
            self._news = False
            if self._renewed:
                self._renewed = False
                self._turns.restart()
            order = self._turns.next_order(time.monotonic()) if self._player.working else None
        if order is not None:
            self._carry_out(order)

    def _carry_out(self, order: Order) -> None:
        self._awaited.clear()
        if isinstance(order, Burst):
            self._player.play_tone(alarm_tone(order.priority, order.icon, order.urgency))
            self._awaited.extend((voice.alarm, voice.raised_ns) for voice in order.first_of)
        elif isinstance(order, Chime):
            self._player.play_tone(_chime(order))
        else:
            self._player.stop()

    def _tell_presented(self) -> None:
        """Tell of the alarms whose first sample is out by now."""
        heard_ns = self._player.first_heard_ns if self._awaited else None
        if heard_ns is None or time.monotonic_ns() < heard_ns:
            return
        for occurrence in self._awaited:
            if occurrence not in self._told:
                self._told.add(occurrence)
                if self._presented is not None:
                    self._presented(*occurrence, heard_ns)
        self._awaited.clear()


def _chime(order: Chime) -> Tone:
    return check_tone() if order.check else reminder_tone()
