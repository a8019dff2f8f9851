"""A closed record that is added to: the same journal and chain, signatures bound to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.amending import AmendingError, amend_record, record_end
from app.sealing import known_site_keys
from app.verification import compare
from protocols.events import (
    AddAddendum,
    AssessEpisodes,
    CloseSession,
    Command,
    CorrectEntry,
    EnterBp,
    EntryCorrected,
    Episode,
    EpisodeKind,
    EpisodeOutcome,
    EpisodesAssessed,
    FindEpisodes,
    PersonIdentified,
    Reading,
    RecordSigned,
    SessionClosed,
    SignRecord,
    StopInfusion,
    TypedValue,
)
from protocols.events.terms import Meaning, Proof, Role
from protocols.vitals import Vital
from storage import sqlite
from storage.canonical import canonical
from storage.database import open_database
from storage.faults import Fault, StorageError
from storage.journal import Journal
from storage.sessions import find_summary
from storage.signatures import check_signatures
from storage.verification import verify_chain
from tests.unit.app.session_scenes import NURSE, Scene

NOW = datetime(2026, 3, 4, 8, 30, tzinfo=UTC)
RIGHT = (
    TypedValue(vital=Vital.SBP, value=128),
    TypedValue(vital=Vital.DBP, value=82),
)


@pytest.fixture
def record(tmp_path: Path) -> tuple[str, str, int]:
    """A closed session in a file: its place, its name, and the number of a wrong pressure."""
    scene = Scene().to_infusing()
    scene.oximeter(5)
    scene.enter(EnterBp, sbp_mmhg=182, dbp_mmhg=92)
    scene.do(StopInfusion, reason="test")
    assert not scene.refusal(CloseSession, reason="test")
    wrong = next(
        at
        for at, event in enumerate(scene.record, 1)
        if isinstance(event, Reading) and event.value == 182
    )
    session = scene.inputs[0].session
    place = tmp_path / "record.db"
    with open_database(place) as database:
        journal = Journal(database)
        journal.append(session, scene.record)
        journal.seal(session)
    return str(place), session, wrong


def correction(wrong: int, **fields: object) -> CorrectEntry:
    given = {"values": RIGHT, "reason": "digits swapped", **fields}
    return CorrectEntry(t_ns=0, by=NURSE, target_seq=wrong, original="BP 182/92 mmHg", **given)


def signature(place: str, session: str) -> SignRecord:
    with open_database(place, read_only=True) as database:
        end = record_end(database, session)
    return SignRecord(
        t_ns=0,
        by=NURSE,
        meaning=Meaning.PERFORMED,
        signed_seq=end.seq,
        signed_chain=end.chain.hex(),
        statement="I performed this session.",
    )


def test_what_is_added_follows_the_close_in_the_same_chain(record: tuple[str, str, int]) -> None:
    place, session, wrong = record
    with open_database(place, read_only=True) as database:
        before = [canonical(event) for event in Journal(database).read(session)]
        closed = record_end(database, session)
        summary = find_summary(database, session)
    made = amend_record(place, session, (correction(wrong),), now=NOW)
    with open_database(place, read_only=True) as database:
        events = list(Journal(database).read(session))
        report = verify_chain(database, session, known=known_site_keys())
        after = find_summary(database, session)
    assert [canonical(event) for event in events][: len(before)] == before
    assert report.ok, report.first_problem
    assert report.head == made.head
    assert made.head.seq == closed.seq + 4  # the command, the correction, two readings
    assert after == summary
    close = next(event for event in events if isinstance(event, SessionClosed))
    assert {event.t_ns for event in events[len(before) :]} == {close.t_ns}
    corrected = next(event for event in events if isinstance(event, EntryCorrected))
    assert corrected.at_utc == "2026-03-04T08:30:00.000Z"
    assert compare(events, closed=True).identical


def test_the_end_that_was_noted_before_an_amendment_still_verifies(
    record: tuple[str, str, int],
) -> None:
    place, session, wrong = record
    late = AddAddendum(t_ns=0, by=NURSE, text="rang: well", reason="follow-up")
    for command in (correction(wrong), late):
        amend_record(place, session, (command,), now=NOW)
        with open_database(place, read_only=True) as database:
            report = verify_chain(database, session, known=known_site_keys())
        assert report.ok, report.first_problem
        assert report.head_confirmed


def test_a_signature_fits_what_it_signs_and_not_what_was_changed(
    record: tuple[str, str, int],
) -> None:
    place, session, wrong = record
    amend_record(place, session, (signature(place, session),), now=NOW)
    amend_record(place, session, (correction(wrong),), now=NOW)
    with open_database(place, read_only=True) as database:
        (report,) = check_signatures(database, session)
    assert (report.problem, report.signed.by) == ("", NURSE)
    assert report.after == 4  # the command, the correction, two readings
    forged = RecordSigned(
        t_ns=0,
        meaning=Meaning.APPROVED,
        user="",
        by="P. Reyes",
        roles=(),
        proof=report.signed.proof,
        signed_seq=5,
        signed_chain="ab" * 32,
        statement="I approve.",
    )
    with open_database(place) as database:
        Journal(database).append(session, [forged])
        reports = check_signatures(database, session)
    assert [bool(one.problem) for one in reports] == [False, True]
    assert "is not what was signed" in reports[1].problem


def test_of_two_who_amend_at_once_the_second_is_told_to_look_again(
    record: tuple[str, str, int],
) -> None:
    place, session, wrong = record
    with open_database(place, read_only=True) as database:
        seen = record_end(database, session).seq
    amend_record(place, session, (correction(wrong),), after=seen, now=NOW)
    with pytest.raises(AmendingError, match="Look at it again"):
        amend_record(
            place,
            session,
            (AddAddendum(t_ns=0, by=NURSE, text="x", reason="x"),),
            after=seen,
            now=NOW,
        )


def test_the_journal_itself_appends_only_after_the_event_named(
    record: tuple[str, str, int],
) -> None:
    place, session, _ = record
    with open_database(place) as database:
        journal = Journal(database)
        head = journal.head(session)
        assert head is not None
        last = list(journal.read(session))[-1:]
        with pytest.raises(StorageError) as raised:
            journal.append(session, last, after=head.seq - 1)
        assert raised.value.fault is Fault.MOVED_ON
        assert journal.head(session) == head


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            CorrectEntry(t_ns=0, by=NURSE, target_seq=1, original="", reason="x", text="y"),
            "Event 1",
        ),
        (AddAddendum(t_ns=0, by=NURSE, text="", reason="x"), "is empty"),
        (AddAddendum(t_ns=0, by=NURSE, text="x", reason=""), "Give the reason"),
    ],
)
def test_what_the_rules_refuse_is_not_added(
    record: tuple[str, str, int], command: Command, words: str
) -> None:
    place, session, _ = record
    with open_database(place, read_only=True) as database:
        before = record_end(database, session)
    with pytest.raises(AmendingError, match=words):
        amend_record(place, session, (command,), now=NOW)
    with open_database(place, read_only=True) as database:
        assert record_end(database, session) == before


def test_an_unusual_value_is_asked_about_first(record: tuple[str, str, int]) -> None:
    place, session, wrong = record
    odd = (TypedValue(vital=Vital.SBP, value=251), TypedValue(vital=Vital.DBP, value=82))
    with pytest.raises(AmendingError) as raised:
        amend_record(place, session, (correction(wrong, values=odd),), now=NOW)
    assert raised.value.confirmable
    amend_record(place, session, (correction(wrong, values=odd, confirmed=True),), now=NOW)


def test_an_open_session_is_not_amended_from_outside(tmp_path: Path) -> None:
    scene = Scene().to_infusing()
    session = scene.inputs[0].session
    place = tmp_path / "open.db"
    with open_database(place) as database:
        Journal(database).append(session, scene.record)
    with pytest.raises(AmendingError, match="is not closed"):
        amend_record(
            str(place), session, (AddAddendum(t_ns=0, by=NURSE, text="x", reason="x"),), now=NOW
        )


def test_a_record_that_does_not_replay_is_not_added_to(record: tuple[str, str, int]) -> None:
    place, session, wrong = record
    copy = Path(place).with_name("other.db")
    with open_database(place, read_only=True) as database:
        events = list(Journal(database).read(session))
    with open_database(copy) as database:
        Journal(database).append(session, [*events[: wrong + 3], *events[wrong + 4 :]])
    with pytest.raises(AmendingError, match="does not replay"):
        amend_record(str(copy), session, (correction(wrong),), now=NOW)


def test_a_correction_of_a_streamed_value_has_a_row_of_its_own(
    record: tuple[str, str, int],
) -> None:
    place, session, _ = record
    with open_database(place, read_only=True) as database:
        streamed = next(
            at
            for at, event in enumerate(Journal(database).read(session), 1)
            if isinstance(event, Reading) and event.vital is Vital.SPO2 and event.value
        )
    command = CorrectEntry(
        t_ns=0, by=NURSE, target_seq=streamed, original="", reason="artefact", withdrawn=True
    )
    amend_record(place, session, (command,), now=NOW)
    with sqlite.connect(place) as connection:
        kinds = [
            kind for (kind,) in connection.execute("select kind from journal order by first_seq")
        ]
    assert kinds[-3:] == ["correct_entry", "entry_corrected", "reading"]


@pytest.mark.parametrize("meaning", [Meaning.REVIEWED, Meaning.APPROVED])
def test_a_signature_of_the_review_minds_episodes_whether_it_says_so_or_not(
    meaning: Meaning, record: tuple[str, str, int]
) -> None:
    place, session, wrong = record
    bare = replace(signature(place, session), meaning=meaning)
    assert not bare.episodes_closed
    with pytest.raises(AmendingError, match="not looked for yet"):
        amend_record(place, session, (bare,), now=NOW)
    count = bare.signed_seq
    finding = FindEpisodes(t_ns=0, by=NURSE, criteria_text="x", found=(), counted_seq=count)
    with pytest.raises(AmendingError, match="Find them again"):
        amend_record(place, session, (correction(wrong), finding, bare), now=NOW)
    amend_record(place, session, (correction(wrong),), now=NOW)
    with pytest.raises(AmendingError, match=f"events 1 to {count} alone"):
        amend_record(place, session, (finding,), now=NOW)


def test_several_commands_are_added_in_one_run_or_none(record: tuple[str, str, int]) -> None:
    place, session, _ = record
    with open_database(place, read_only=True) as database:
        before = record_end(database, session)
    finding = FindEpisodes(
        t_ns=0,
        by=NURSE,
        criteria_text="x",
        found=(
            Episode(
                key="rise/sbp/1",
                kind=EpisodeKind.RISE,
                since_ns=1,
                until_ns=1,
                subject="sbp",
            ),
        ),
        counted_seq=before.seq,
    )
    closing = AssessEpisodes(
        t_ns=0,
        by=NURSE,
        episodes=("rise/sbp/1",),
        comment="seen",
        outcome=EpisodeOutcome.EXPECTED,
    )
    with pytest.raises(AmendingError, match="closed already"):
        amend_record(place, session, (finding, closing, closing), now=NOW)
    with open_database(place, read_only=True) as database:
        assert record_end(database, session) == before
    made = amend_record(place, session, (finding, closing), now=NOW)
    assert made.head.seq == before.seq + 4
    with open_database(place, read_only=True) as database:
        events = list(Journal(database).read(session))
    assert compare(events, closed=True).identical
    assert isinstance(events[-1], EpisodesAssessed)
    assert events[-1].at_utc == "2026-03-04T08:30:00.000Z"


def test_each_command_has_its_proof_before_it(record: tuple[str, str, int]) -> None:
    place, session, _ = record
    proof = PersonIdentified(
        t_ns=0,
        user="okafor",
        name=NURSE,
        roles=(Role.NURSE,),
        proof=Proof.PASSWORD,
        purpose="add_addendum",
    )
    notes = [AddAddendum(t_ns=0, by=NURSE, text=text, reason="x") for text in ("one", "two")]
    made = amend_record(place, session, notes, identified=(proof,), now=NOW)
    kinds = [type(event).__name__ for event in made.added]
    assert kinds == ["PersonIdentified", "AddAddendum", "AddendumAdded"] * 2


def test_running_again_tells_how_far_it_is_and_can_be_stopped(
    record: tuple[str, str, int],
) -> None:
    place, session, wrong = record
    with open_database(place, read_only=True) as database:
        before = record_end(database, session)
    shares: list[float] = []

    def stop(share: float) -> bool:
        shares.append(share)
        return False

    with pytest.raises(AmendingError, match="nothing was added"):
        amend_record(place, session, (correction(wrong),), now=NOW, progress=stop)
    assert shares == [0.0]
    with open_database(place, read_only=True) as database:
        assert record_end(database, session) == before
