"""Keeps the machine awake while a session runs, and reports what may interrupt it. No Qt.

The system itself lets go when the process ends, however it ends: the request hangs on its
connection (D-Bus), its thread (Windows) or a child that ends with it (macOS).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from app.wakefulness.machine import look_here
from app.wakefulness.standing import MachineStanding, unknown_of, warnings_of
from protocols.events import Event, SessionClosed

log = logging.getLogger(__name__)

Report = Callable[[bool, str], None]
"""Told whether nothing may interrupt the session, and what may, in sentences."""

Hold = Callable[[], AbstractContextManager[str]]
"""Keeps the machine awake while it is entered; gives what of that failed, or an empty text."""

LOOK_S: Final = 30.0
"""How often power and waiting restarts are looked at."""

MAY_SLEEP: Final = (
    "This machine may go to sleep during the session: nothing here could be asked to keep it awake."
    " Switch sleep off in its settings."
)
MAY_GO_DARK: Final = "The screen may be switched off by the system during the session."
FAILED: Final = "The watch over sleep and power failed. See the log."


@contextmanager
def hold_awake() -> Iterator[str]:
    """Keep the machine awake and its screen lit; where only the first can be had, say so."""
    from wakepy import keep  # loads what speaks to the desktop, and few commands need it

    with keep.presenting(on_fail="pass") as lit:
        if lit.active:
            yield ""
            return
    with keep.running(on_fail="pass") as running:
        yield MAY_GO_DARK if running.active else MAY_SLEEP


class Wakefulness:
    """One thread that holds the machine awake from `start` to the close or `stop`."""

    def __init__(
        self,
        report: Report,
        *,
        look: Callable[[], MachineStanding] = look_here,
        hold: Hold = hold_awake,
        look_s: float = LOOK_S,
    ) -> None:
        """Quiet until `start`; `report` is called from this thread, once and at every change."""
        self._report = report
        self._look = look
        self._hold = hold
        self._look_s = look_s
        self._over = threading.Event()
        self._said: tuple[bool, str] | None = None
        self._thread = threading.Thread(target=self._run, name="wakefulness", daemon=True)

    def start(self) -> None:
        """Keep the machine awake from now on."""
        self._thread.start()

    def listen(self, events: Sequence[Event]) -> None:
        """Let the machine sleep once the session is closed (a runtime listener)."""
        if any(isinstance(event, SessionClosed) for event in events):
            self._over.set()

    def stop(self) -> None:
        """Let the machine sleep again."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            with self._hold() as problem:
                while not self._over.is_set():
                    self._say(problem, self._look())
                    self._over.wait(self._look_s)
        except Exception:  # a bug of ours must not end unseen: log it whole and say so
            log.exception("The watch over sleep and power failed")
            self._report(False, FAILED)

    def _say(self, problem: str, standing: MachineStanding) -> None:
        wrong = [said for said in (problem, *warnings_of(standing)) if said]
        said = (not wrong, " ".join(wrong or unknown_of(standing)))
        if said != self._said:
            self._said = said
            self._report(*said)
