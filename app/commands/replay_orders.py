"""The command lines that open replays, and the files of limits that they read."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from app.places import ROOT
from app.review.replay_order import ReplayOrder
from protocols.vitals import NS_PER_S


class ReplayOrders:
    """Commands of replays over one record; limits that no file holds are in one until `close`."""

    def __init__(self, named: str | None) -> None:
        """`named` is the record as a replay is to be told; None: as it finds it itself."""
        self._named = named
        self._folder: TemporaryDirectory[str] | None = None
        self._files: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def command(self, order: ReplayOrder) -> list[str]:
        """The program and arguments that open the replay of `order`.

        Raises:
            OSError: its limits cannot be written to a file.
        """
        words = [sys.executable, str(ROOT / "main.py"), "replay", order.session]
        if order.t_ns is not None:
            words += ["--at", f"{order.t_ns / NS_PER_S:.3f}"]
        if order.limits_text:
            words += ["--limits", str(self._file(order.limits_text))]
        return words + (["--database", self._named] if self._named else [])

    def _file(self, text: str) -> Path:
        """A file that holds the limits `text`: the same text has the same file."""
        if text not in self._files:
            if self._folder is None:
                self._folder = TemporaryDirectory(prefix="limits-", ignore_cleanup_errors=True)
            path = Path(self._folder.name) / f"draft-{len(self._files) + 1}.toml"
            path.write_text(text, encoding="utf-8", newline="\n")
            self._files[text] = path
        return self._files[text]

    def close(self) -> None:
        """Remove the files; a replay has read its own as soon as its window is there."""
        self._files.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
