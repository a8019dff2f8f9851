"""No code names a drug: which drug is given, and what else may be, is data of a protocol."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("protocols", "app", "storage", "devices")
DRUGS = (
    "ketamine", "esketamine", "arketamine", "norketamine", "spravato", "ketalar",
    "midazolam", "lorazepam", "diazepam", "labetalol", "metoprolol", "esmolol", "hydralazine",
    "nicardipine", "clonidine", "ondansetron", "metoclopramide", "promethazine", "droperidol",
    "naloxone", "flumazenil", "propofol", "glycopyrrolate", "atropine", "adrenaline", "epinephrine",
    "ephedrine", "lamotrigine", "naltrexone", "magnesium", "iron", "sucrose", "ferinject",
    "acetaminophen", "paracetamol", "ketorolac", "psilocybin", "lidocaine",
)  # fmt: skip
NAMED = re.compile(rf"\b({'|'.join(DRUGS)})\b", re.IGNORECASE)


def names_in(text: str) -> list[str]:
    return [found.group().lower() for found in NAMED.finditer(text)]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_code_names_a_drug(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for name in names_in(line)
    ]
    assert found == [], "name it in resources/"


def test_names_are_found_in_any_case_and_only_as_whole_words() -> None:
    assert names_in("Ketamine, ONDANSETRON; environment irons drugs_ketamine") == [
        "ketamine",
        "ondansetron",
    ]
