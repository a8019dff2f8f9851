"""What the tests of whole programs share: a command run in this process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from app.commands.registration import run

Call = Callable[..., tuple[int, str, str]]
"""Runs a command: exit status, standard output, standard error."""


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Runs one command in this process, and leaves logging as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    yield call
    for handler in [h for h in root.handlers if h not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
