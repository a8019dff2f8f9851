"""Sessions and the record around them are verified, and what was found is said and kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import recorded_sessions as recorded

from app.printing.result_document import Outcome
from app.printing.result_html import result_html
from app.printing.verification_result import verification_document
from app.records.catalogue import CatalogueError
from app.records.verifying import Verifier
from app.reviewing.verifying import Verification, verify_all
from storage.database import open_database
from storage.sealing import KnownKeys


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.db"
    recorded.make_record(path)
    return path


def verified(place: Path, *sessions: str, most: int = 10_000) -> tuple[Verification, list[float]]:
    """What is found of `sessions`, or of everything; stopped after `most` words of progress."""
    told: list[float] = []

    def go_on(share: float) -> bool:
        told.append(share)
        return len(told) < most

    with open_database(place, read_only=True) as database:
        verifier = Verifier(database, KnownKeys(), str(place))
        return verify_all(verifier, list(sessions) or None, go_on), told


def test_a_whole_record_is_found_whole_with_speed_and_completeness_told(place: Path) -> None:
    found, told = verified(place)
    assert found.good
    assert not found.stopped
    assert found.words == (
        "2 sessions verified, no difference found. The record around them is whole."
    )
    assert told == sorted(told)
    assert [check.session for check in found.checks] == [recorded.CLOSED, recorded.CUT]
    closed = found.checks[0]
    assert closed.identical
    assert closed.latency_words.startswith("not measured (")
    shares = {one.vital: one.share for one in closed.present}
    assert set(shares) == {"SpO2", "PR"}
    assert all(share is not None and 0 < share < 1 for share in shares.values())
    assert closed.present[0].why


def test_a_changed_row_is_named_and_the_document_says_fail(place: Path) -> None:
    recorded.damage(place, "UPDATE journal SET first_t_ns = first_t_ns + 1 WHERE first_seq = 1")
    found, _ = verified(place)
    assert not found.good
    assert "1 with a difference" in found.words or "2 with a difference" in found.words
    document = verification_document(found, program="9", made_at="now", made_by="QA")
    assert document.outcome is Outcome.FAIL
    text = result_html(document).decode()
    assert "FAIL" in text
    assert next(check.problem for check in found.checks if not check.good) in text


def test_sessions_that_are_named_are_verified_without_the_record_around_them(place: Path) -> None:
    found, _ = verified(place, recorded.CUT)
    assert found.record is None
    assert [check.session for check in found.checks] == [recorded.CUT]
    document = verification_document(found, program="9", made_at="now", made_by="QA")
    assert (document.subject, document.outcome) == (recorded.CUT, Outcome.PASS)
    assert any(recorded.CUT in one for one in document.rests_on)


def test_stopped_it_says_what_was_done_so_far_and_decides_nothing(place: Path) -> None:
    _, told = verified(place)
    found, _ = verified(place, most=len(told) - 1)
    assert found.stopped
    assert len(found.checks) == 1
    assert found.words.startswith("Stopped: 1 of 2 sessions verified, no difference found.")
    document = verification_document(found, program="9", made_at="now", made_by="QA")
    assert document.outcome is Outcome.OPEN
    assert recorded.CUT in result_html(document).decode()
    nothing, _ = verified(place, most=1)
    assert (nothing.stopped, nothing.checks) == (True, ())


def test_a_session_that_is_not_there_is_said(place: Path) -> None:
    with pytest.raises(CatalogueError, match="nobody"):
        verified(place, "nobody")


def test_each_verdict_is_told_with_the_first_thing_wrong(place: Path) -> None:
    told: list[tuple[str, str]] = []
    with open_database(place, read_only=True) as database:
        verifier = Verifier(
            database, KnownKeys(), str(place), lambda session, why: told.append((session, why))
        )
        verify_all(verifier, [recorded.CLOSED], lambda _share: True)
        verify_all(verifier, None, lambda _share: True)
    assert told == [(recorded.CLOSED, ""), ("", ""), (recorded.CLOSED, ""), (recorded.CUT, "")]
