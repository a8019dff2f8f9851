"""Pictures of the bedside at chosen moments of a recorded session, without a display.

The recorded events are folded up to a moment into a feed that stands still, and the real bedside
window is painted on it: a picture shows what was on the screen then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QApplication, QWidget

from app.bedside.window import BedsideWindow
from app.feed import Feed
from app.theme import load_fonts
from protocols.events import (
    AlarmChanged,
    AlarmState,
    BaselineFrozen,
    Command,
    Event,
    Phase,
    PhaseChanged,
    SessionClosed,
)
from protocols.vitals import NS_PER_S

FULL_HD = QSize(1920, 1080)

ALARM_SEEN_NS = 6 * NS_PER_S
"""A picture of an alarm is taken this long after it began: before anybody acknowledged it."""


def make_application() -> QCoreApplication:
    """The application that windows need, made when there is none; keep it while painting."""
    return QApplication.instance() or QApplication([])


class StillFeed(Feed):
    """A feed whose clock stands where it is put."""

    def __init__(self) -> None:
        """Stand at the beginning."""
        super().__init__()
        self._t_ns = 0

    def now_ns(self) -> int:
        """Session time, ns."""
        return max(self._t_ns, self.state.t_ns)

    def stand_at(self, t_ns: int) -> None:
        """Let it be `t_ns`."""
        self._t_ns = t_ns

    def submit(self, command: Command) -> None:
        """Do nothing: a picture takes no actions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment to picture; `prepare` opens what else should be seen in the window."""

    name: str
    t_ns: int
    prepare: Callable[[BedsideWindow], None] | None = None


def choose_moments(events: Iterable[Event]) -> list[Moment]:
    """Preparation, run, the worst alarm of the patient, recovery, summary: what happened of it."""
    begun: dict[Phase, int] = {}
    frozen_ns: int | None = None
    alarms: list[AlarmChanged] = []
    end_ns = 0
    for event in events:
        end_ns = max(end_ns, event.t_ns)
        if isinstance(event, PhaseChanged):
            begun.setdefault(event.after, event.t_ns)
        elif isinstance(event, BaselineFrozen):
            frozen_ns = event.t_ns
        elif isinstance(event, SessionClosed):
            end_ns = event.t_ns
        elif isinstance(event, AlarmChanged) and Phase.INFUSING in begun and _sounds(event):
            alarms.append(event)
    start_ns, recovery_ns = begun.get(Phase.INFUSING), begun.get(Phase.RECOVERY)
    loudest = max(alarms, key=lambda alarm: (alarm.priority.rank, -alarm.t_ns), default=None)
    chosen = {
        "preparation": frozen_ns,
        "run": None if start_ns is None else start_ns + 18 * 60 * NS_PER_S,
        "alarm": None if loudest is None else loudest.t_ns + ALARM_SEEN_NS,
        "recovery": None if recovery_ns is None else recovery_ns + 20 * 60 * NS_PER_S,
        "summary": end_ns,
    }
    moments = [
        Moment(name=name, t_ns=t, prepare=show_baseline if name == "preparation" else None)
        for name, t in chosen.items()
        if t is not None
    ]
    return sorted(moments, key=lambda moment: moment.t_ns)


def show_baseline(window: BedsideWindow) -> None:
    """Scroll the preparation to its baseline."""
    window.preparation.navigation.buttons["Baseline"].click()


def _sounds(alarm: AlarmChanged) -> bool:
    """Whether an alarm of the patient begins to sound."""
    return alarm.state is AlarmState.SOUNDING and not alarm.technical


def picture_session(
    events: Sequence[Event], moments: Sequence[Moment], folder: Path, size: QSize = FULL_HD
) -> list[Path]:
    """Paint the bedside at `moments` (in order of time) into PNG files in `folder`.

    Raises:
        OSError: a file cannot be written.
    """
    load_fonts()
    feed = StillFeed()
    taken = 0
    paths = []
    for number, moment in enumerate(moments, start=1):
        upto = taken
        while upto < len(events) and events[upto].t_ns <= moment.t_ns:
            upto += 1
        feed.apply(events[taken:upto])
        taken = upto
        feed.stand_at(moment.t_ns)
        window = BedsideWindow(feed, "")
        window.resize(size)
        window.show()
        _settle(window)
        if moment.prepare is not None:
            moment.prepare(window)
            _settle(window)
        path = folder / f"{number}-{moment.name}.png"
        save_picture(window, path)
        paths.append(path)
        window.close()
        window.deleteLater()
    return paths


def _settle(window: BedsideWindow) -> None:
    """Let the layout find its sizes, and draw what depends on them."""
    for _ in range(3):
        QApplication.processEvents()
        window.refresh()


def save_picture(window: QWidget, path: Path) -> None:
    """Write what `window` shows as PNG.

    Raises:
        OSError: the file cannot be written.
    """
    QApplication.processEvents()
    if not window.grab().toImage().save(str(path), "PNG", 0):  # type: ignore[call-overload]
        raise OSError(f"{path} cannot be written")
