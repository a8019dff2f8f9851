"""Recodes copies of two prepared records, each killed at another step, in forks of one process.

Run: ``python recoding_child.py FOLDER``. In FOLDER lie ``plain.db`` and ``secret.db`` with its key
file. For each step of each action a folder of its own is made in it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from storage.key_file import key_path, read_key_file
from storage.recoding import decrypt_record, encrypt_record, rekey_record
from tests.unit.storage.holders import AUTHOR, new_key, unlock


def act(action: str, path: Path, at_step: Callable[[str], None]) -> None:
    if action == "on":
        encrypt_record(path, *new_key(), AUTHOR, at_step=at_step)
        return
    unlock(path)
    if action == "off":
        decrypt_record(path, AUTHOR, at_step=at_step)
        return
    key_file = read_key_file(key_path(path))
    assert key_file is not None
    rekey_record(path, *new_key(key_file.record), AUTHOR, at_step=at_step)


def run(folder: Path, action: str, number: int) -> bool:
    """Kill the action at its step of that number; False when it has fewer steps."""
    place = folder / f"{action}-{number}"
    place.mkdir()
    source = folder / ("plain.db" if action == "on" else "secret.db")
    for name in (source, key_path(source)):
        if name.exists():
            shutil.copy(name, place / name.name.replace(source.name, "sessions.db"))
    child = os.fork()
    if child == 0:
        left = [number]

        def at_step(_step: str) -> None:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1

        act(action, place / "sessions.db", at_step)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main() -> None:
    folder = Path(sys.argv[1])
    for action in ("on", "off", "rekey"):
        number = 0
        while run(folder, action, number):
            number += 1
        print(action, number)


if __name__ == "__main__":
    main()
