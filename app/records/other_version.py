"""Another installation of the program, started as a child process to digest the same sessions.

The child is told the record and nothing else of this machine: what it notes of its look goes into a
folder that is thrown away, so that another version never writes into the logbook kept here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app.digests import Made
from app.records.catalogue import CatalogueError
from app.records.digesting import SavedDigests, parse_outputs, read_digests

COMMAND = ("versions", "digest")

_NEW = ("No such command", "No such option", "no such option")
_PLACES = ("bin/python", "Scripts/python.exe")
STOP_S = 10.0
"""How long a child may take to end when it is asked to."""


class OtherVersion:
    """An installation in a folder: `main.py`, and its own interpreter in `.venv` or one named."""

    def __init__(self, folder: Path, scratch: Path, python: Path | None = None) -> None:
        """Use the program in `folder`; files of the child lie in `scratch`.

        Raises:
            CatalogueError: there is no program, or no interpreter for it.
        """
        self.folder = folder.resolve()
        self._main = self.folder / "main.py"
        if not self._main.is_file():
            raise CatalogueError(f"{folder}: no installation of this program, it has no main.py.")
        found = python or next(
            (one for place in _PLACES if (one := self.folder / ".venv" / place).exists()), None
        )
        if found is None:
            raise CatalogueError(
                f"{folder}: it has no interpreter of its own in .venv; name one with --python."
            )
        # not resolved: the interpreter of an environment is known by the path it is called by
        self._python = str(found.absolute())
        self._scratch = scratch
        self._running: subprocess.Popen[str] | None = None

    def begin(self, place: str, sessions: Sequence[str] = ()) -> Path:
        """Let it digest the record at `place` beside this program; gives the file it writes."""
        output = self._scratch / "other.jsonl"
        named = [part for session in sessions for part in ("--session", session)]
        self._running = subprocess.Popen(
            self._arguments(place, "--output", str(output), *named),
            env=self._environment(),
            cwd=self._scratch,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        return output

    def wait(self, seconds: float) -> bool:
        """Wait for it so long; whether it is done.

        Raises:
            CatalogueError: it failed, in a sentence.
        """
        child = self._running
        if child is None:
            return True
        try:
            _, said = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        self._running = None
        self._judge(child.returncode, said)
        return True

    def read(self, output: Path) -> SavedDigests:
        """What it wrote.

        Raises:
            CatalogueError: it cannot be read.
        """
        return read_digests(output)

    def outputs(self, place: str, session: str, first: int, last: int) -> list[Made]:
        """Outputs number `first` to `last` (not included) of a session, as it makes them.

        Raises:
            CatalogueError: it failed.
        """
        asked = ("--session", session, "--outputs", f"{first}:{last}")
        done = subprocess.run(
            self._arguments(place, *asked),
            env=self._environment(),
            cwd=self._scratch,
            capture_output=True,
            text=True,
            check=False,
        )
        self._judge(done.returncode, done.stderr)
        return parse_outputs(done.stdout.strip())

    def stop(self) -> None:
        """End the child, if it runs."""
        child, self._running = self._running, None
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()

    def _arguments(self, place: str, *more: str) -> list[str]:
        return [self._python, str(self._main), *COMMAND, place, *more]

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        }
        return {
            **kept,
            "INFUSION_ROOM_DATABASE": str(self._scratch / "own.db"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
        }

    def _judge(self, status: int, said: str) -> None:
        if status == 0:
            return
        last = said.strip().splitlines()[-1] if said.strip() else f"it ended with {status}"
        if any(new in said for new in _NEW):
            raise CatalogueError(
                f"{self.folder} is of a version without the command “versions digest”, so it "
                "cannot be compared this way."
            )
        raise CatalogueError(f"{self.folder}: {last}")


def this_python() -> Path:
    """The interpreter that runs this program."""
    return Path(sys.executable)
