"""A country that writes 1,5 for one and a half changes no number that is read or written."""

from __future__ import annotations

import json
import locale
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "devices", "protocols", "storage")
LOCALE_AWARE = {
    "the locale module": re.compile(r"^\s*(import locale\b|from locale import)", re.MULTILINE),
    "the number format 'n'": re.compile(
        r"\{[^{}\n]*:[^{}\s]*n\}|format\([^)]*[\"'][^\"']*n[\"']\)"
    ),
    "Qt's system locale": re.compile(r"QLocale\.system\("),
}


def test_the_locale_of_the_test_has_a_comma(comma_locale: str) -> None:
    assert locale.localeconv()["decimal_point"] == ","
    assert f"{1.5} {Decimal('1.5')} {json.dumps(1.5)}" == "1.5 1.5 1.5"


@pytest.mark.parametrize("what", LOCALE_AWARE)
def test_the_program_asks_no_locale_for_numbers(what: str) -> None:
    found = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if LOCALE_AWARE[what].search(path.read_text(encoding="utf-8"))
    ]
    assert found == [], f"{what} is used in {found}"


def test_a_dose_is_the_same_in_every_country(comma_environment: dict[str, str]) -> None:
    command = [sys.executable, "main.py", "dose", "--protocol", "iv-0.5-40"]
    command += ["--weight-kg", "72.5", "--json"]
    answers = [
        subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | extra,
            capture_output=True,
            text=True,
            check=True,
            timeout=50,
        ).stdout
        for extra in ({"LC_ALL": "C.UTF-8"}, comma_environment)
    ]
    assert answers[0] == answers[1]
    assert float(json.loads(answers[1])["dose_mg"]) == 36.25
