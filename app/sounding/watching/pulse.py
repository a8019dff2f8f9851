"""PulseAudio, and PipeWire in its place: what `pactl` tells. The parsers are pure."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.sounding.watching.standing import OutputStanding
from app.sounding.watching.tool import TIMEOUT_S, ask, plain_environment

NOBODY: Final = "auto_null"
"""The sink that the server makes up while there is none: it plays to nobody."""

_HEAD = re.compile(r"^(?:Sink|Sink Input) #(\d+)\s*$")
_PERCENT = re.compile(r"/\s*(\d+)%")
_NEWS = re.compile(r"'(?:new|change|remove)' on (?:sink|sink-input|server|card)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """One output as `pactl list sinks` tells of it; `volume_percent` of its loudest channel."""

    index: int
    name: str
    title: str
    muted: bool
    volume_percent: float | None
    plugged: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What one program plays, as `pactl list sink-inputs` tells of it; `process` is its id."""

    sink: int
    process: int | None
    muted: bool
    volume_percent: float | None


def default_sink(info: str) -> str:
    """Name of the default output in what `pactl info` prints; empty where there is none."""
    found = re.search(r"^Default Sink: *(\S+)", info, re.MULTILINE)
    return found.group(1) if found else ""


def parse_sinks(text: str) -> tuple[Sink, ...]:
    """The outputs in what `pactl list sinks` prints."""
    return tuple(
        Sink(
            index=index,
            name=_field(block, "Name"),
            title=_field(block, "Description"),
            muted=_field(block, "Mute") == "yes",
            volume_percent=_volume(block),
            plugged=_plugged(block),
        )
        for index, block in _blocks(text)
    )


def parse_streams(text: str) -> tuple[Stream, ...]:
    """What plays, in what `pactl list sink-inputs` prints."""
    streams = []
    for index, block in _blocks(text):
        process = re.search(r'^\s*application\.process\.id = "(\d+)"', block, re.MULTILINE)
        sink = _field(block, "Sink")
        streams.append(
            Stream(
                sink=int(sink) if sink.isdecimal() else index,
                process=int(process.group(1)) if process else None,
                muted=_field(block, "Mute") == "yes",
                volume_percent=_volume(block),
            )
        )
    return tuple(streams)


def standing_of(
    default: str, sinks: tuple[Sink, ...], streams: tuple[Stream, ...], process: int
) -> OutputStanding:
    """How the output stands that the program with the id `process` plays to, else the default."""
    own = next((stream for stream in streams if stream.process == process), None)
    if own is not None:
        sink = next((sink for sink in sinks if sink.index == own.sink), None)
    else:
        sink = next((sink for sink in sinks if sink.name == default), None)
    if sink is None or sink.name == NOBODY:
        return OutputStanding(present=False, tells_changes=True)
    volume = sink.volume_percent
    if volume is not None and own is not None and own.volume_percent is not None:
        volume *= own.volume_percent / 100
    return OutputStanding(
        name=sink.name,
        title=sink.title,
        plugged=sink.plugged,
        muted=sink.muted,
        program_muted=None if own is None else own.muted,
        volume_percent=volume,
        tells_changes=True,
    )


def look() -> OutputStanding | None:
    """How the output stands; None where no such sound server answers."""
    info = ask("pactl", "info")
    sinks = None if info is None else ask("pactl", "list", "sinks")
    streams = None if sinks is None else ask("pactl", "list", "sink-inputs")
    if info is None or sinks is None or streams is None:
        return None
    return standing_of(default_sink(info), parse_sinks(sinks), parse_streams(streams), os.getpid())


class News:
    """Calls back at every change of an output, from a thread of its own (`pactl subscribe`)."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """Quiet until `start`; `changed` must return at once."""
        self._changed = changed
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, where the tool is installed."""
        self.stop()
        try:
            self._process = subprocess.Popen(
                [*_dying_with_us(), "pactl", "subscribe"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=plain_environment(),
            )
        except OSError:
            return
        self._thread = threading.Thread(target=self._run, name="sound-news", daemon=True)
        self._thread.start()

    @property
    def listening(self) -> bool:
        """Whether news still come."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Listen no longer."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait(TIMEOUT_S)
        if self._thread is not None:
            self._thread.join(TIMEOUT_S)
            self._thread = None
        if process.stdout is not None:
            process.stdout.close()

    def _run(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            if is_news(line.decode("utf-8", "replace")):
                self._changed()
        self._changed()  # the server is gone: that is news too


def _dying_with_us() -> tuple[str, ...]:
    """What lets a command end with the thread that started it, even where this program is killed.

    `pactl` does not notice that nobody reads it any more.
    """
    found = shutil.which("setpriv")
    if found is None or shutil.which("pactl") is None:
        return ()
    return (found, "--pdeathsig", "KILL")


def is_news(line: str) -> bool:
    """Whether a line of `pactl subscribe` tells of an output, and not of a program that asks."""
    return _NEWS.search(line) is not None


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Index and text of each item of a list."""
    index, lines = None, list[str]()
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head is None:
            lines.append(line)
            continue
        if index is not None:
            yield index, "\n".join(lines)
        index, lines = int(head.group(1)), []
    if index is not None:
        yield index, "\n".join(lines)


def _field(block: str, name: str) -> str:
    """The value of `name: value`, at the outermost level of a block."""
    found = re.search(rf"^(?:\t| {{2,8}}){name}: *(.*?)\s*$", block, re.MULTILINE)
    return found.group(1) if found else ""


def _volume(block: str) -> float | None:
    percents = [float(each) for each in _PERCENT.findall(_field(block, "Volume"))]
    return max(percents, default=None)


def _plugged(block: str) -> bool | None:
    """Whether something is plugged into the port in use, where the card can tell."""
    active = _field(block, "Active Port")
    if not active:
        return None
    for line in block.splitlines():
        told = line.strip()
        if told.startswith(f"{active}: ") and "(" in told:
            if told.endswith("not available)"):
                return False
            return True if told.endswith(", available)") else None
    return None
