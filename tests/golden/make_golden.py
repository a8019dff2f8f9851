"""Makes the golden record of the present version, and the table of schemas in the verifier.

    python tests/golden/make_golden.py            both
    python tests/golden/make_golden.py --schema   only the table in resources/verifier

The records of earlier versions were made in the same way by the program of their time and are never
made again: they stand for what clinics have on their disks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from storage import sqlite  # noqa: E402
from storage.schema import OLDEST_READABLE, SCHEMA_VERSION  # noqa: E402
from storage.verification.tables import schema_of  # noqa: E402

VERIFIER = ROOT / "resources" / "verifier" / "verify_record.py"
GOLDEN = HERE / f"version-{SCHEMA_VERSION}.db"
PUBLIC_KEY = HERE / f"version-{SCHEMA_VERSION}.public.pem"

SHORTER = (
    (r"^duration_min = 40 .*", "duration_min = 6"),
    (
        r"^duration_min = \{.*",
        "duration_min = { hard_low = 3, soft_low = 4, soft_high = 100, hard_high = 120 }",
    ),
    (
        r"^rate_mg_per_kg_per_h = .*",
        "rate_mg_per_kg_per_h = { soft_low = 0.15, soft_high = 9, hard_high = 15 }",
    ),
    (
        r"^rate_ml_per_h = .*",
        "rate_ml_per_h = { hard_low = 5, soft_low = 15, soft_high = 900, hard_high = 1200 }",
    ),
    (r"^minimum_min = 60", "minimum_min = 8"),
    (r"^soft_minimum_min = 30", "soft_minimum_min = 6"),
    (r"^rest_min = 5", "rest_min = 1"),
    (r"^spacing_min = 10", "spacing_min = 4"),
    (r'^id = "iv-0.5-40"', 'id = "golden"'),
    (r"every_min = 15, until_min = 60", "every_min = 5, until_min = 60"),
    (r"at_min = \[40\]", "at_min = [5]"),
    (r"at_min = \[0, 40\]", "at_min = [0, 6]"),
    (r"at_min = \[20, 55\]", "at_min = [5, 8]"),
    (r"every_min = 15", "every_min = 5"),
    (r"window_min = 5", "window_min = 3"),
    (r"^reading_max_age_min = 20", "reading_max_age_min = 10"),
)
"""Makes a visit of half an hour of the reference protocol."""


def schema_tables() -> dict[int, dict[str, str]]:
    """What each version declares beside what the version before did, as digests."""
    tables: dict[int, dict[str, str]] = {}
    before: dict[str, str] = {}
    for version in range(OLDEST_READABLE, SCHEMA_VERSION + 1):
        digests = {
            f"{sort} {name}": hashlib.sha256(text.encode()).hexdigest()[:16]
            for (sort, name), text in sorted(schema_of(version).items())
        }
        gone = before.keys() - digests.keys()
        if gone:
            raise SystemExit(f"version {version} drops {gone}: the verifier cannot say that yet")
        tables[version] = {k: v for k, v in digests.items() if before.get(k) != v}
        before = digests
    return tables


def schema_words() -> str:
    """The table as it stands in the verifier."""
    lines = ["SCHEMA = {"]
    for version, digests in schema_tables().items():
        lines.append(f"    {version}: {{")
        lines += [f'        "{name}": "{digest}",' for name, digest in digests.items()]
        lines.append("    },")
    return "\n".join([*lines, "}"])


def write_schema() -> None:
    """Put the table into the verifier."""
    text = VERIFIER.read_text(encoding="utf-8")
    start, end = "# schema begins\n", "\n# schema ends"
    before, rest = text.split(start)
    _, after = rest.split(end)
    VERIFIER.write_text(before + start + schema_words() + end + after, encoding="utf-8")


ADD_LATE = """
import sys
from app.amending import amend_record
from protocols.events import AddAddendum
addendum = AddAddendum(t_ns=0, by="N. Golden", text="Slept well.", reason="written down late")
amend_record(sys.argv[1], sys.argv[2], (addendum,))
"""
"""Adds something to a closed session."""


def write_short_protocol(folder: Path) -> Path:
    """The reference protocol, made short, with its parts; its file."""
    shipped = ROOT / "resources" / "protocols"
    shutil.copytree(shipped / "parts", folder / "parts")
    shutil.copy(shipped / "iv-0.5-40.toml", folder / "golden.toml")
    for path in folder.rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        for found, put in SHORTER:
            text = re.sub(found, put, text, flags=re.MULTILINE)
        path.write_text(text, encoding="utf-8")
    return folder / "golden.toml"


def run(environment: dict[str, str], *arguments: str) -> str:
    """What a command of the program prints; it must succeed."""
    return run_python(environment, str(ROOT / "main.py"), *arguments)


def run_python(environment: dict[str, str], *arguments: str) -> str:
    """What Python prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def make_golden() -> None:
    """A short simulated visit, amended, and a course, sealed with a key of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            **os.environ,
            "HOME": name,
            "XDG_CONFIG_HOME": f"{name}/config",
            "XDG_DATA_HOME": f"{name}/data",
            "XDG_STATE_HOME": f"{name}/state",
            "QT_QPA_PLATFORM": "offscreen",
        }
        record = folder / "record.db"
        where = ("--database", str(record))
        protocol = str(write_short_protocol(folder / "protocols"))
        told = run(environment, "simulate", "--protocol", protocol, "--seed", "3", "--json", *where)
        session = str(json.loads(told)["session"])
        mrn, patient = _patient(record)
        opened = run(
            *(environment, "courses", "open", "four-visit", "--mrn", mrn, "--patient", patient),
            *("--first", "2026-11-26", "--prescriber", "Dr A. Golden", "--scale", "phq-9"),
            *("--by", "N. Golden", "--simulated", *where),
        )
        course = opened.split()[-1].rstrip(".")
        run(
            *(environment, "courses", "book", course, "2", "2026-12-03T09:00"),
            *("--by", "N. Golden", *where),
        )
        run_python(environment, "-c", ADD_LATE, str(record), session)
        run(environment, "verify", session, *where)
        with sqlite.connect(record) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        shutil.copy(record, GOLDEN)
        shutil.copy(f"{record}.heads", f"{GOLDEN}.heads")
        (public,) = (folder / "config").rglob("*.public.pem")
        shutil.copy(public, PUBLIC_KEY)


def _patient(record: Path) -> tuple[str, str]:
    with sqlite.connect(record) as raw:
        found = raw.execute("SELECT mrn, patient FROM session").fetchone()
    raw.close()
    return str(found[0]), str(found[1])


def main() -> None:
    """Make what is asked for."""
    parser = argparse.ArgumentParser(description="Make the golden record of this version")
    parser.add_argument("--schema", action="store_true", help="only the table in the verifier")
    only_schema = parser.parse_args().schema
    write_schema()
    if not only_schema:
        make_golden()


if __name__ == "__main__":
    main()
