"""The thread that forwards a room's own record to the server, for as long as the program runs.

The recorder never waits for it: it only reads the room's file. Whatever fails at the server, the
connection is let go of and tried again, after a wait that grows and that chance spreads, so that
rooms do not come all at once when the server is back.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.sent_note import level_ago_s, write_note
from app.server_words import ServerStanding, service_detail
from storage.database import Database, open_server
from storage.faults import StorageError
from storage.own_rows import Dirty, OwnRows
from storage.sending import BATCH_PATIENCE_S, Sender, Sent, ask_server, send_all
from storage.server import cut_connections, shown_place

log = logging.getLogger(__name__)

END_S = 1.0
"""How long the end of the program waits beyond the time for sending before it cuts."""

NOTE_EVERY_S = 60.0
"""How often it is noted beside the record that the server has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the forwarder looks and how long it waits, s."""

    look_s: float = 0.5
    ask_s: float = 5.0
    survey_s: float = 300.0
    first_wait_s: float = 1.0
    last_wait_s: float = 30.0
    patience_s: float = BATCH_PATIENCE_S


OnState = Callable[[bool, str], None]
"""Called in the thread with False and a sentence when people should know, with True when over."""


class _EnoughError(Exception):
    """The program ends and has no more time for sending."""


class Forwarder:
    """Forwards the record at `path`, and once what others of this machine left."""

    def __init__(
        self,
        address: str,
        path: Path,
        *,
        others: Sequence[Path] = (),
        pace: Pace | None = None,
        chance: random.Random | None = None,
    ) -> None:
        """Prepare; nothing is connected before `start`.

        `others` are further records of this machine that belong to the same server, for example of
        a room that had another name.
        """
        self.address = address
        self.path = path
        self._others = tuple(others)
        self._pace = pace or Pace()
        self._chance = chance or random.Random()  # noqa: S311 - spreads the tries of many rooms
        self._listeners: list[OnState] = []
        self._own: OwnRows | None = None
        self._inode = 0
        self._server: Database | None = None
        self._dirty = Dirty()
        self._stuck: dict[str, str] = {}
        self._have: dict[str, int] = {}
        self._standing = ServerStanding()
        self._level_s = time.monotonic() - level_ago_s(path)
        self._noted_s = 0.0
        self._surveyed = False
        self._contact_s: float | None = None
        self._survey_s = 0.0
        self._wait_s = self._pace.first_wait_s
        self._told = ""
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._give_up_s = 0.0
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)

    def listen(self, listener: OnState) -> None:
        """Tell `listener` from now on when the server is far behind and when it no longer is."""
        self._listeners.append(listener)
        if self._told:
            self._call(listener, False, self._told)

    def forget(self, listener: OnState) -> None:
        """Tell `listener` no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def start(self) -> None:
        """Begin to forward."""
        log.info("forwarding %s to %s", self.path, shown_place(self.address))
        self._thread.start()

    def nudge(self) -> None:
        """Look at once: something was recorded."""
        self._wake.set()

    def stop(self, drain_s: float = 0.0) -> bool:
        """End the thread, after at most `drain_s` of sending what is left.

        Returns:
            Whether the server has all that the room had.
        """
        self._give_up_s = time.monotonic() + drain_s
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(drain_s + END_S)
            server = self._server
            if self._thread.is_alive() and server is not None:
                cut_connections(server.engine)
            self._thread.join()
        return self._standing.reached and not self._dirty and not self._stuck

    @property
    def standing(self) -> ServerStanding:
        """How the room stands with the server now."""
        now = time.monotonic()
        standing = self._standing
        waiting = bool(standing.waiting)
        return replace(
            standing,
            behind_s=now - self._level_s if waiting else 0.0,
            contact_s=None if self._contact_s is None else now - self._contact_s,
        )

    @property
    def told(self) -> str:
        """What people were told last and is not over yet, or empty."""
        return self._told

    @property
    def has_others(self) -> bool:
        """Whether other records of this machine still wait."""
        return bool(self._others)

    # The thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while True:
                ending = self._stopping.is_set()
                self._wake.clear()
                wait_s = self._turn()
                if ending:
                    return
                self._wake.wait(wait_s)
        finally:
            self._let_go()
            self._note_level(at_end=True)
            if self._own is not None:
                self._own.close()

    def _turn(self) -> float:
        """Send what there is; gives how long to wait before the next look."""
        try:
            self._look()
            self._send()
        except _EnoughError:
            return 0.0
        except StorageError as error:
            return self._fail(error.user_text)
        except Exception:
            log.exception("the forwarder failed by a fault of the program")
            return self._fail("A fault of the program; see the log.")
        self._wait_s = self._pace.first_wait_s
        self._standing = replace(self._standing, reached=True, problem="")
        self._tell()
        return self._pace.look_s

    def _fail(self, problem: str) -> float:
        if self._standing.problem != problem:
            log.info("the server is not reached: %s", problem)
        self._let_go()
        self._standing = replace(self._standing, reached=False, problem=problem)
        self._tell()
        wait_s = self._wait_s * self._chance.uniform(0.5, 1.0)
        self._wait_s = min(2 * self._wait_s, self._pace.last_wait_s)
        return wait_s

    def _let_go(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _look(self) -> None:
        """Find out what is new in the room's record, whether or not the server is there."""
        self._open_own()
        if self._own is not None:
            self._take(self._own.news())
        self._count()

    def _open_own(self) -> None:
        """Open the room's record where there is one; a new file in its place is opened anew."""
        try:
            inode = os.stat(self.path).st_ino
        except OSError:
            return
        if self._own is not None and inode != self._inode:
            self._own.close()
            self._own = None
        if self._own is None:
            self._own = OwnRows(self.path)
            self._inode = inode
            self._own.mark()
            self._survey_s = 0.0

    def _take(self, found: Dirty) -> None:
        self._dirty.add(found)
        for names in (self._dirty.sessions, self._dirty.courses, self._dirty.logbooks):
            names.difference_update(self._stuck)

    def _count(self) -> None:
        """How many events wait, as far as is known without the server."""
        waiting = len(self._dirty.courses) + len(self._dirty.logbooks) + len(self._dirty.seals)
        if self._own is not None:
            for name in self._dirty.sessions:
                waiting += self._own.waiting(name, self._have.get(name, 0))
        self._standing = replace(self._standing, waiting=waiting)
        if not waiting and self._surveyed:
            self._level_s = time.monotonic()

    def _send(self) -> None:
        if self._server is None:
            patience_s = self._pace.patience_s
            self._server = open_server(self.address, patience_s=patience_s, ping=False)
            self._survey_s = 0.0
        now = time.monotonic()
        if self._own is None:
            ask_server(self._server)
        elif now >= self._survey_s:
            sender = Sender(self._server, self._own)
            self._stuck.clear()
            self._take(sender.survey())
            self._surveyed = True
            self._send_dirty(sender)
            self._survey_s = now + self._pace.survey_s
            self._send_others(self._server)
        elif self._dirty:
            self._send_dirty(Sender(self._server, self._own))
        elif self._contact_s is None or now - self._contact_s >= self._pace.ask_s:
            ask_server(self._server)
        self._contact_s = time.monotonic()
        self._count()
        self._standing = replace(self._standing, conflicts=tuple(self._stuck.values()))
        self._note_level()

    def _note_level(self, *, at_end: bool = False) -> None:
        """Leave for the next start when the server last had all."""
        now = time.monotonic()
        if self._own is None or self._contact_s is None or self._level_s < self._noted_s:
            return
        if at_end or now - self._noted_s >= NOTE_EVERY_S:
            self._noted_s = now
            write_note(self.path, datetime.now(UTC) - timedelta(seconds=now - self._level_s))

    def _send_dirty(self, sender: Sender) -> None:
        self._stuck |= send_all(sender, self._dirty, self._note)

    def _note(self, name: str, sent: Sent) -> None:
        self._have[name] = sent.seq
        self._contact_s = time.monotonic()
        if self._stopping.is_set() and self._contact_s > self._give_up_s:
            raise _EnoughError

    def _send_others(self, server: Database) -> None:
        """Send what other records of this machine have, once."""
        while self._others:
            path = self._others[0]
            try:
                own = OwnRows(path)
            except StorageError as error:
                log.warning("%s is not forwarded: %s", path, error)
                self._others = self._others[1:]
                continue
            try:
                sender = Sender(server, own)
                for sentence in send_all(sender, sender.survey(), self._note).values():
                    log.warning("%s: %s", path, sentence)
            finally:
                own.close()
            self._others = self._others[1:]

    def _tell(self) -> None:
        detail = service_detail(self.standing)
        if detail == self._told:
            return
        self._told = detail
        log.info("%s", detail or "the server has all")
        for listener in tuple(self._listeners):
            self._call(listener, not detail, detail)

    def _call(self, listener: OnState, working: bool, detail: str) -> None:
        try:
            listener(working, detail)
        except Exception:
            log.exception("the listener to the forwarder failed")
