"""A live session on a pseudo-terminal with its window and its sound, to follow alarms through it.

The oximeter is played by another process (`bench.latency`). The window is the bedside's own over
its own bridge; the sound is the session's own thread into miniaudio's null device, which takes
samples at their real rate and plays them to nobody.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path

import miniaudio
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.bedside.window import BedsideWindow
from app.bridge import Bridge
from app.latency_ledger import AlarmTimes, ledger_of
from app.live import LiveSession
from app.rules_files import Rules
from app.sounding.output import MiniaudioOutput
from app.sounding.sounder import Sounder
from bench._session import opening
from bench.latency import RULE, Oximeter
from protocols.events import AlarmChanged, AlarmTimed, DeviceSlot, Event

WARM_UP_S = 1.5
"""The window and the sound settle before the first byte."""


class AlarmPath:
    """One session from port to pixel and loudspeaker."""

    def __init__(
        self, place: Path, seconds: float, every: int = 2, without: Sequence[str] = ()
    ) -> None:
        """Begin; the oximeter plays for `seconds` once `begin` is called.

        Each `every`-th of its packets, of which there are three a second, raises an alarm. The
        rules `without` are left out of the limits.
        """
        self.application = QApplication.instance() or QApplication([])
        self.place = place
        self.oximeter = Oximeter(seconds, every)
        text = opening()
        slot = DeviceSlot(
            device="oximeter", driver="nonin", port=self.oximeter.port, identity="", simulated=True
        )
        self.live = LiveSession.begin(
            database=str(place),
            room="Bench",
            rules=Rules.from_texts(text.protocol_text, _from_the_first(text.limits_text, without)),
            slots=[slot],
            with_sound=False,
        )
        self.events: list[tuple[int, Event]] = []
        self.live.runtime.listen(self._listen)
        self.sounder = Sounder(
            lambda _working, _detail: None,
            lambda: MiniaudioOutput([miniaudio.Backend.NULL]),
            presented=self.live._tell_sounded,
        )
        self.live.runtime.listen(self.sounder.listen)
        self.feed = Bridge(self.live.runtime, self.live.clock)
        self.window = BedsideWindow(self.feed, "R. Example RN")
        self.window.resize(1920, 1080)

    def _listen(self, events: Sequence[Event]) -> None:
        now_ns = time.monotonic_ns()
        self.events += [(now_ns, event) for event in events]

    def begin(self, warm_up_s: float = WARM_UP_S) -> None:
        """Show the window, run everything, let the oximeter play."""
        self.window.show()
        self.live.start()
        self.sounder.start()
        self.feed.start()
        self.run_gui(warm_up_s)
        self.oximeter.begin()

    def run_gui(self, seconds: float) -> None:
        """Let the GUI thread do its usual work for a while."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def run_gui_until(self, true: Callable[[], bool], patience_s: float = 15.0) -> bool:
        """The same until `true`, looked at ten times a second; whether it came true."""
        give_up_s = time.monotonic() + patience_s
        while not true() and time.monotonic() < give_up_s:
            self.run_gui(0.1)
        return true()

    def end(self) -> None:
        """Stop everything in order."""
        self.feed.stop()
        self.sounder.stop()
        self.live.stop()
        self.window.close()
        self.window.deleteLater()

    @property
    def rows(self) -> tuple[AlarmTimes, ...]:
        """What the ledger makes of what happened so far."""
        return ledger_of([event for _, event in list(self.events)])

    def raised_since(self, monotonic_ns: int) -> list[AlarmTimed]:
        """Alarms timed since then."""
        told = list(self.events)
        return [e for at_ns, e in told if isinstance(e, AlarmTimed) and at_ns >= monotonic_ns]

    def from_last_byte_ms(self, whole_ns: Sequence[int]) -> dict[str, list[float]]:
        """By step, ms from the last byte of the packet that raised an alarm being written.

        `whole_ns` is when each such packet was whole, on the machine's monotonic clock.
        """
        offset_ns = time.monotonic_ns() - self.live.clock.exact_ns()
        found: dict[str, list[float]] = {"state": [], "pixel": [], "sound": []}
        for at_ns, event in self.events:
            if isinstance(event, AlarmChanged) and event.alarm == RULE and event.state.is_seen:
                place = bisect_right(whole_ns, at_ns) - 1
                if place >= 0:
                    found["state"].append((at_ns - whole_ns[place]) / 1e6)
        for row in self.rows:
            if row.alarm != RULE or row.decided_ns is None:
                continue
            place = bisect_right(whole_ns, row.decided_ns + offset_ns) - 1
            for name, at in (("pixel", row.painted_ns), ("sound", row.sounded_ns)):
                if at is not None and place >= 0:
                    found[name].append((at + offset_ns - whole_ns[place]) / 1e6)
        return found


def _from_the_first(limits: str, without: Sequence[str]) -> str:
    """The limits with the rule judged before any preparation, and each time a new alarm."""
    head, *rules = limits.split("\n[[rules]]\n")
    kept = [rule for rule in rules if not any(f'id = "{one}"\n' in rule for one in without)]
    for place, rule in enumerate(kept):
        if f'id = "{RULE}"\n' in rule:
            kept[place] = 'phases = ["setup"]\n' + rule.replace("latch = true", "latch = false")
    return "\n[[rules]]\n".join([head, *kept])
