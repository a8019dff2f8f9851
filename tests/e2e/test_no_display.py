"""Without a display a window is refused in one line, not by Qt's abort."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.commands.answers import BadInputError
from app.commands.display import need_display
from storage.database import open_database

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="there the desktop is always there"
)


@pytest.mark.parametrize("words", [("review",), ("bedside",)])
def test_a_window_without_a_display_is_one_line_and_status_2(words, tmp_path) -> None:
    database = tmp_path / "empty.db"
    open_database(database).close()
    told = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words, "--database", str(database)],
        env={name: value for name, value in os.environ.items() if name not in NAMES},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("no display: ")
    assert len(told.stderr.splitlines()) == 1


def test_a_display_is_named_by_the_environment(monkeypatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BadInputError, match="the replay window needs one"):
        need_display("replay", "export runs without")
    for name in NAMES:
        with monkeypatch.context() as patch:
            patch.setenv(name, "offscreen")
            need_display("replay", "export runs without")
