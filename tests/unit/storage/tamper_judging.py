"""Both verifiers on a record that somebody tampered with."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from storage.database import open_database
from storage.faults import StorageError
from storage.heads import heads_path
from storage.sealing import read_known_keys
from storage.verification import verify_record
from tests.unit.storage.sealed_record import SealedRecord
from tests.unit.storage.tampering import Tampering, tamper

VERIFIER = Path(__file__).resolve().parents[3] / "resources" / "verifier" / "verify_record.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the program and the stand-alone verifier said; an empty text: nothing is wrong."""

    tampering: Tampering
    program: str
    alone: str

    @property
    def found(self) -> bool:
        """Whether the program found it."""
        return bool(self.program)

    @property
    def found_alone(self) -> bool:
        """Whether the stand-alone verifier found it."""
        return bool(self.alone)

    @property
    def named(self) -> bool:
        """Whether the program's first sentence says where it was done."""
        return self.tampering.is_named(self.program)

    @property
    def agree(self) -> bool:
        """Whether both say the same sentence."""
        return self.program == self.alone


def copy_record(record: SealedRecord, folder: Path) -> Path:
    """A copy of the record and its heads file in `folder`, in place of what was there."""
    for stale in folder.glob("copy.db*"):
        stale.unlink()
    path = folder / "copy.db"
    shutil.copy(record.path, path)
    shutil.copy(heads_path(record.path), heads_path(path))
    return path


def judge(record: SealedRecord, tampering: Tampering, folder: Path, seed: str) -> Outcome:
    """Do it to a copy of `record` in `folder` and verify that with the site's key."""
    path = copy_record(record, folder)
    tamper(path, tampering, random.Random(seed))
    key = str(record.public_key)
    return Outcome(
        tampering=tampering, program=ask_program(path, key), alone=ask_alone(path, "--key", key)
    )


def ask_program(path: Path, *keys: str) -> str:
    """The first thing that the program finds wrong; a file that it refuses is wrong too."""
    try:
        with open_database(path, read_only=True) as database:
            return verify_record(database, read_known_keys(keys)).first_problem
    except StorageError as error:
        return f"refused: {error.user_text}"


def ask_alone(path: Path, *options: str) -> str:
    """The first thing that the stand-alone verifier finds wrong, in an environment of its own."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(path), "--json", *options],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    if done.returncode == 2:
        return f"refused: {done.stderr.strip()}"
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["ok"] else 1), done.stderr
    return str(answer["first_problem"])
