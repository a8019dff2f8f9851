"""A recorded capture: the bytes exactly as they came, and beside them when they came.

``FILE`` holds the bytes and nothing else, so that any program can read it. ``FILE.times`` holds one
JSON object a line: first where and when it was recorded, then each piece with its milliseconds
since the start and its size in bytes, and each change of the link.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from pathlib import Path
from types import TracebackType
from typing import Self

from protocols.events import ChunkReceived, Input, LinkReported

VERSION = 1
_MS = 1_000_000


class CaptureError(Exception):
    """The times of a capture cannot be used; the text says which file and why."""


def times_path(path: Path) -> Path:
    """Where the times of the capture `path` stand."""
    return path.with_name(f"{path.name}.times")


class CaptureWriter:
    """Writes one capture; close it, or use it as a context manager. Nothing is overwritten."""

    def __init__(self, path: Path, *, port: str, line: str, started_utc: str) -> None:
        """Create both files.

        Raises:
            FileExistsError: one of them is there already.
            OSError: one of them cannot be made.
        """
        self.size = 0
        self._data = path.open("xb")
        try:
            self._times = times_path(path).open("x", encoding="utf-8")
        except OSError:
            self._data.close()
            path.unlink()
            raise
        self._write({"capture": VERSION, "port": port, "line": line, "started_utc": started_utc})

    def put(self, event: Input) -> None:
        """Write a piece or a change of the link; it is in the hands of the system on return.

        Raises:
            OSError: the disk is full or fails.
        """
        t_ms = event.t_ns // _MS
        if isinstance(event, ChunkReceived):
            self._data.write(event.data)
            self._data.flush()
            self.size += len(event.data)
            self._write({"t_ms": t_ms, "bytes": len(event.data)})
        elif isinstance(event, LinkReported):
            self._write({"t_ms": t_ms, "link": event.state.value, "detail": event.detail})

    def close(self) -> None:
        """Close both files."""
        self._data.close()
        self._times.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, row: dict[str, object]) -> None:
        self._times.write(json.dumps(row) + "\n")
        self._times.flush()


class CaptureTimes:
    """When each byte of a capture had arrived."""

    def __init__(self, ends: list[int], seconds: list[float]) -> None:
        """Piece i ends with byte number ``ends[i]`` and arrived at ``seconds[i]``."""
        self._ends = ends
        self._seconds = seconds

    def time_of(self, end_byte: int) -> float | None:
        """Seconds from the start until byte number `end_byte` (from 1) was there.

        None for a byte that the times do not know.
        """
        piece = bisect_left(self._ends, end_byte)
        return self._seconds[piece] if piece < len(self._seconds) else None


def read_times(path: Path) -> CaptureTimes | None:
    """The times of the capture `path`; None where it came without any.

    Raises:
        CaptureError: there are times, but they cannot be read.
    """
    place = times_path(path)
    ends: list[int] = []
    seconds: list[float] = []
    end = 0
    try:
        rows = place.read_text(encoding="utf-8").splitlines()
        for row in map(json.loads, rows):
            if "bytes" in row:
                end += int(row["bytes"])
                ends.append(end)
                seconds.append(int(row["t_ms"]) / 1000)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise CaptureError(f"{place}: not the times of a capture ({error})") from error
    return CaptureTimes(ends, seconds)
