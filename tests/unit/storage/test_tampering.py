"""Whatever is done to a record with another tool is found by both verifiers and named alike.

`bench/tamper.py` does all of it several times over and keeps the figures in docs/tamper.md.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.unit.storage.sealed_record import SealedRecord, make_sealed_record
from tests.unit.storage.tamper_judging import Outcome, ask_alone, ask_program, copy_record, judge
from tests.unit.storage.tampering import Tampering
from tests.unit.storage.tampering_whole import all_tamperings

SEED = 20261126
SHORT = 24
"""Deeds of the default run; each takes about a tenth of a second in both verifiers."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> SealedRecord:
    return make_sealed_record(tmp_path_factory.mktemp("sealed"))


def short_sample(record: SealedRecord) -> list[Tampering]:
    """One deed of each table and sort, in an order of chance, and of those the first few."""
    chance = random.Random(SEED)
    every = list(all_tamperings(record.path, flips=1))
    chance.shuffle(every)
    sorts = {(item.table, item.deed): item for item in every}
    tables = {item.table: item for item in every}
    first = list(tables.values())
    return [*first, *(item for item in sorts.values() if item not in first)][:SHORT]


def faults(outcomes: list[Outcome]) -> list[str]:
    return [
        f"{o.tampering.table}: {o.tampering.deed} ({o.tampering.what}):"
        f" program {o.program!r}, alone {o.alone!r}"
        for o in outcomes
        if not (o.found and o.found_alone and o.named and o.agree)
    ]


def test_an_untouched_record_is_found_whole_by_both(record: SealedRecord, tmp_path: Path) -> None:
    path = copy_record(record, tmp_path)
    before = path.read_bytes()
    key = str(record.public_key)
    assert (ask_program(path, key), ask_alone(path, "--key", key)) == ("", "")
    assert (ask_program(path), ask_alone(path)) == ("", "")
    assert path.read_bytes() == before


def test_a_sample_of_everything_that_may_be_done_is_found_and_named(
    record: SealedRecord, tmp_path: Path
) -> None:
    sample = short_sample(record)
    assert {item.table for item in sample} >= {"journal", "live", "session", "seal", "schema"}
    outcomes = [judge(record, t, tmp_path, f"{SEED} {n}") for n, t in enumerate(sample)]
    assert faults(outcomes) == []


@pytest.mark.campaign
def test_everything_that_may_be_done_is_found_and_named(
    record: SealedRecord, tmp_path: Path
) -> None:
    every = all_tamperings(record.path, flips=1)
    outcomes = [judge(record, t, tmp_path, f"{SEED} {n}") for n, t in enumerate(every)]
    assert len(outcomes) > 2000
    assert faults(outcomes) == []
