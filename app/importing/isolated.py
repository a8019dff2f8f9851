"""Reading a foreign file in a process of its own: nothing in a file can stop or break the window.

The process gets the path and the choices, and gives the recording as plain arrays. It is ended when
it takes too long, when it is asked to stop, and its end without an answer is told in a sentence.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.importing.choices import Choices
from app.importing.foreign import ForeignFileError, ForeignRecording
from app.importing.parcel import choices_text, unpack_recording
from app.places import ROOT

_log = logging.getLogger(__name__)

LONGEST_S = 60.0
"""How long reading one file may take, s: the largest that is read takes a third of it [design]."""

_POLL_S = 0.05

COMMAND = (sys.executable, "-m", "app.importing.child")
"""The process; the path of the file follows."""


class PlainFiles:
    """Reads files from elsewhere, each in a process of its own; notes nothing."""

    def read(
        self, path: Path, choices: Choices, go_on: Callable[[float], bool]
    ) -> ForeignRecording | None:
        """As `read_apart`."""
        return read_apart(path, choices, go_on=go_on)


def read_apart(
    path: Path,
    choices: Choices | None = None,
    *,
    go_on: Callable[[float], bool] = lambda _share: True,
    longest_s: float = LONGEST_S,
    command: tuple[str, ...] = COMMAND,
) -> ForeignRecording | None:
    """Check and read the file at `path` in a process of its own.

    Args:
        path: the file; of a WFDB record its header.
        choices: what a person said of its channels.
        go_on: asked every twentieth of a second, with the share of `longest_s` that is used up.
        longest_s: ended after so long.
        command: what to run.

    Returns:
        The recording; None when `go_on` answered no.

    Raises:
        ForeignFileError: it is not shown; the text says why.
    """
    child = subprocess.Popen(
        [*command, str(path.absolute())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    said: list[bytes] = []
    listener = threading.Thread(
        target=_talk, args=(child, choices_text(choices or Choices()), said), name="import"
    )
    listener.start()
    began = time.monotonic()
    try:
        while listener.is_alive():
            used = (time.monotonic() - began) / longest_s
            if not go_on(min(1.0, used)):
                return None
            if used > 1:
                raise ForeignFileError(
                    f"Reading {path.name} took more than {longest_s:g} s and was ended; it is not "
                    "shown."
                )
            listener.join(_POLL_S)
    finally:
        if child.poll() is None and listener.is_alive():
            child.kill()
        listener.join()
    return _answer(path, said[0], said[1])


def _talk(child: subprocess.Popen[bytes], choices: str, said: list[bytes]) -> None:
    said += child.communicate(choices.encode())


def _answer(path: Path, answer: bytes, errors: bytes) -> ForeignRecording:
    kind, _, rest = answer.partition(b"\n")
    if kind == b"ok":
        return unpack_recording(rest)
    if kind == b"no":
        raise ForeignFileError(rest.decode("utf-8", "replace"))
    _log.error("reading %s ended without an answer: %s", path, errors.decode("utf-8", "replace"))
    raise ForeignFileError(
        f"Reading {path.name} ended without an answer; it is not shown. The log has the details."
    )
