"""The watcher's process: beats come in on its standard input, its window and sound are its own.

It shares nothing with the bedside program but the two pipes between them, and has its window, its
font and its sound ready before it is needed: a machine in trouble may not be able to load them.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication

from app.deadman.judging import Judge, Picture
from app.deadman.messages import Beat, Goodbye, Heard, Message, Over, decode, encode
from app.deadman.window import UNSEEN, TroubleWindow
from app.deadman.words import Page, ended_words, page_of
from app.places import RESOURCES
from app.sounding.player import Player

_log = logging.getLogger(__name__)

LOOK_MS = 100
"""How often it looks."""

LOOK_AT_LOCK_S = 1.0
"""How often it looks whether another program took the place of one that is gone."""

UNSEEN_S = 60.0
"""How long it stays where there is no display, so that nobody could dismiss it."""

INPUT, OUTPUT = 0, 1

ICON = "equipment"
"""Category of its sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one watcher runs.

    Attributes:
        quiet: without sound.
        lock: file that names the process which holds the record, or empty.
        holder: number of the process that is watched.
    """

    quiet: bool = False
    lock: str = ""
    holder: int = 0


class Watcher:
    """Window, sound and judge of one bedside program."""

    def __init__(self, options: Options) -> None:
        """Silent and hidden; a Qt application must be there."""
        self._options = options
        self._judge = Judge(time.monotonic())
        self._inbox: queue.SimpleQueue[tuple[float, Message | None]] = queue.SimpleQueue()
        self._player = None if options.quiet else Player()
        self._window = TroubleWindow(self._press)
        self._shown = ""
        self._looked_at_lock_s = 0.0
        self._gone_s: float | None = None
        self._timer = QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._turn)
        threading.Thread(target=self._read, name="beats", daemon=True).start()

    def start(self) -> None:
        """Begin, and say so."""
        if self._player is not None:
            self._player.start()
        self._timer.start()
        _log.info("watching process %d", self._options.holder)
        _send(Heard())

    def stop(self) -> None:
        """Give the sound back."""
        self._timer.stop()
        if self._player is not None:
            self._player.close()

    def _read(self) -> None:
        """Stamp every line as it comes; an end of the pipe is None."""
        rest = b""
        while True:
            with suppress(OSError):
                data = os.read(INPUT, 4096)
                if data:
                    *lines, rest = (rest + data).split(b"\n")
                    now_s = time.monotonic()
                    for line in lines:
                        self._inbox.put((now_s, decode(line)))
                    continue
            self._inbox.put((time.monotonic(), None))
            return

    def _turn(self) -> None:
        while not self._inbox.empty():
            at_s, message = self._inbox.get()
            if isinstance(message, Beat):
                self._judge.take(at_s, message)
                _send(Heard())
            elif isinstance(message, Goodbye):
                self._judge.part()
            elif message is None:
                self._gone_s = at_s
                self._judge.lose()
        now_s = time.monotonic()
        if self._gone_s is not None:
            self._look_for_end(now_s, now_s - self._gone_s)
        self._present(self._judge.look(now_s))

    def _present(self, picture: Picture) -> None:
        self._show(page_of(picture, clock_text))
        if picture.sound is not None:
            played = self._player is not None and self._player.play(
                picture.sound.priority, ICON, picture.sound.urgency
            )
            _log.info("sound: %s, played: %s", picture.sound, played)
        if picture.just_ended and picture.ended is not None:
            if self._player is not None:
                self._player.stop()
            words = ended_words(picture.ended, clock_text)
            _log.info("over: %s", words)
            _send(Over(words=words))
        if picture.leave:
            _log.info("left")
            self._window.show_page(None)
            self._timer.stop()
            QGuiApplication.quit()

    def _show(self, page: Page | None) -> None:
        self._window.show_page(page)
        headline = "" if page is None else page.headline
        if headline != self._shown:
            self._shown = headline
            _log.info("shown: %s", page)

    def _press(self) -> None:
        self._judge.hush(time.monotonic())
        if self._player is not None:
            self._player.stop()

    def _look_for_end(self, now_s: float, gone_s: float) -> None:
        """Leave what a program that is gone left behind, where that serves nobody any more."""
        if self._is_replaced(now_s):
            _log.info("another program took over")
            self._judge.part()
        elif gone_s > UNSEEN_S and QGuiApplication.platformName() in UNSEEN:
            _log.info("nobody can see it")
            self._judge.part()

    def _is_replaced(self, now_s: float) -> bool:
        """Whether the record has another holder by now."""
        if not self._options.lock or now_s - self._looked_at_lock_s < LOOK_AT_LOCK_S:
            return False
        self._looked_at_lock_s = now_s
        with suppress(OSError, ValueError):
            holder = int(Path(self._options.lock).read_bytes()[:20])
            return holder != self._options.holder
        return False


def clock_text(at_s: float) -> str:
    """Local time of day, with its seconds, of a time of this process's monotonic clock."""
    then = datetime.now() - timedelta(seconds=time.monotonic() - at_s)
    return f"{then:%H:%M:%S}"


def _send(message: Message) -> None:
    with suppress(OSError):  # who is gone hears nothing; that is noticed by its silence
        os.write(OUTPUT, encode(message))


def run(options: Options, arguments: Sequence[str]) -> int:
    """Watch until the program says goodbye, or a person dismisses what is shown of its end."""
    application = QGuiApplication(list(arguments))
    application.setQuitOnLastWindowClosed(False)
    for path in sorted((RESOURCES / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))
    watcher = Watcher(options)
    watcher.start()
    application.exec()
    watcher.stop()
    return 0
