"""All sound of one session: the thread that sounds its alarms, and the watch on the output."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.sounding.output import MiniaudioOutput, Output
from app.sounding.sounder import Presented, Sounder
from app.sounding.watching.watch import Look, Report, SoundWatch, look_here
from protocols.events import Event


class SessionSound:
    """Sounds the alarms of a session and says whether they can be heard."""

    def __init__(
        self,
        report: Report,
        *,
        icon_of: Callable[[str], str],
        presented: Presented,
        reminder_s: float | None,
        past: Sequence[Event] = (),
        open_output: Callable[[], Output] = MiniaudioOutput,
        look: Look = look_here,
    ) -> None:
        """Silent until `start`.

        Args:
            report: told at each change whether alarms can be heard, and why not.
            icon_of: category of sound of an alarm, by the alarm's name.
            presented: told when an alarm was first heard.
            reminder_s: how often a burst sounds again that does not repeat by itself.
            past: what a session that is resumed recorded before.
            open_output: opens the machine's output.
            look: asks the system how that output stands.
        """
        self._watch = SoundWatch(report, look=look, silent_s=self._silent_s)
        self._sounder = Sounder(
            self._watch.take,
            open_output,
            icon_of=icon_of,
            presented=presented,
            reminder_s=reminder_s,
        )
        self._sounder.recall(past)

    def start(self) -> None:
        """Open the output and begin."""
        self._sounder.start()
        self._watch.start()

    def stop(self) -> None:
        """Fall silent, give the output back and watch no longer."""
        self._sounder.stop()
        self._watch.stop()

    def listen(self, events: Sequence[Event]) -> None:
        """Follow the session's events; returns at once (a runtime listener)."""
        self._sounder.listen(events)

    def _silent_s(self) -> float:
        return self._sounder.silent_s()
