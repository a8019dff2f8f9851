"""A session that is amended while it runs, after its close in the same program, and later."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from app.live import LiveSession
from app.places import database as place_of_database
from app.rules_files import Rules
from app.signing import statement_of
from app.state import ViewState, fold
from protocols.events import (
    CloseSession,
    CorrectEntry,
    EnterValue,
    Event,
    Reading,
    RecordSigned,
    SignRecord,
    TypedValue,
    WriteNote,
)
from protocols.events.terms import Meaning
from protocols.vitals import Vital
from storage.database import open_database
from storage.journal import Journal
from tests.unit.app.session_scenes import LIMITS_TEXT, NURSE, PROTOCOL_TEXT

PATIENCE_S = 15.0


class Told:
    """The events of a live session as they are told, in order."""

    def __init__(self, live: LiveSession) -> None:
        self.live = live
        self.events: list[Event] = []
        self.state = ViewState()
        live.runtime.listen(self._take)

    def _take(self, events: object) -> None:
        for event in list(events):  # type: ignore[call-overload]
            self.state = fold(self.state, event)
            self.events.append(event)

    def wait_for(self, kind: type[Event], count: int = 1) -> None:
        give_up_s = time.monotonic() + PATIENCE_S
        while sum(isinstance(event, kind) for event in tuple(self.events)) < count:
            assert time.monotonic() < give_up_s, f"did not come: {kind.__name__}"
            time.sleep(0.01)

    def number_of(self, kind: type[Event]) -> int:
        numbered = enumerate(tuple(self.events), 1)
        return next(seq for seq, event in numbered if isinstance(event, kind))


def sign(live: LiveSession, meaning: Meaning, by: str) -> None:
    end = live.record_end()
    live.runtime.submit(
        SignRecord(
            t_ns=0,
            by=by,
            meaning=meaning,
            signed_seq=end.seq,
            signed_chain=end.chain,
            statement=statement_of(meaning, end),
        )
    )


def run_amended(place: str) -> str:
    """A session with a correction before its close and signatures before and after it."""
    live = LiveSession.begin(
        database=place,
        room="Room 2",
        rules=Rules.from_texts(PROTOCOL_TEXT, LIMITS_TEXT),
        slots=(),
        with_sound=False,
    )
    told = Told(live)
    live.start(reading=False)
    try:
        live.runtime.submit(EnterValue(t_ns=0, by=NURSE, vital=Vital.RR, value=41, confirmed=False))
        live.runtime.submit(EnterValue(t_ns=0, by=NURSE, vital=Vital.RR, value=41, confirmed=True))
        told.wait_for(Reading)
        wrong = told.number_of(Reading)
        live.runtime.submit(
            CorrectEntry(
                t_ns=0,
                by=NURSE,
                target_seq=wrong,
                original="RR 41 /min",
                reason="digits swapped",
                values=(TypedValue(vital=Vital.RR, value=14),),
            )
        )
        told.wait_for(Reading, 2)
        assert told.state.readings[Vital.RR].value == 14
        sign(live, Meaning.APPROVED, "P. Reyes MD")
        told.wait_for(RecordSigned)
        live.runtime.submit(CloseSession(t_ns=0, by=NURSE, reason="test"))
        assert live.runtime.closed.wait(PATIENCE_S)
        live.runtime.submit(WriteNote(t_ns=0, by=NURSE, text="too late"))
        sign(live, Meaning.PERFORMED, NURSE)
        told.wait_for(RecordSigned, 2)
    finally:
        assert live.stop()
    with open_database(place, read_only=True) as database:
        assert list(Journal(database).read(live.session)) == told.events
    return live.session


def test_it_verifies_and_its_originals_and_signatures_are_told(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    place = place_of_database(str(tmp_path / "record.db"))
    session = run_amended(place)
    status, out, _ = command("verify", session, "--database", place)
    assert status == 0, out
    assert "replay   identical" in out
    assert "signed   approved by P. Reyes MD: fits events 1 to " in out
    assert f"signed   performed by {NURSE}: fits events 1 to " in out

    status, out, _ = command("amend", session, "--database", place)
    assert status == 0
    line = next(line for line in out.splitlines() if "RR 41 /min" in line)
    assert line.rstrip().endswith("RR 14 /min")
    number = line.split()[0]

    status, _, err = command(
        "amend", session, "--correct", number, "--value", "rr=15", "--database", place
    )
    assert (status, err.split(":")[0]) == (2, "Give the reason")
    again = ("amend", session, "--correct", number, "--value", "rr=15", "--by", "QA Person")
    status, out, err = command(*again, "--reason", "video seen", "--database", place)
    assert status == 0, err
    late = ("amend", session, "--addendum", "rang: well", "--reason", "follow-up", "--by", "QA")
    assert command(*late, "--database", place)[0] == 0
    sign = ("amend", session, "--sign", "reviewed", "--database", place)
    status, _, err = command(*sign)
    assert (status, "not looked for yet" in err) == (2, True)
    review = (*("--all", "--comment", "looked at", "--outcome", "expected"), "--by", "QA Person")
    status, out, err = command("amend", session, "--find-episodes", *review, "--database", place)
    assert status == 0, err
    assert out.startswith("review begun by QA Person: ")
    assert command(*sign)[0] == 0

    status, out, _ = command("verify", place)
    assert status == 0, out
    status, out, _ = command("sessions", "amendments", session, "--database", place)
    assert status == 0
    assert out.count("“RR 41 /min”: right is RR") == 2
    assert "superseded by event" in out
    assert "not covered: event" in out
    status, out, _ = command("sessions", "amendments", session, "--json", "--database", place)
    facts = json.loads(out)
    assert [one["problem"] for one in facts["signatures"]] == ["", "", ""]
    assert facts["corrections"][0]["said"]["original"] == "RR 41 /min"
    assert facts["corrections"][1]["said"]["at_utc"]

    path = tmp_path / "copy.csv"
    assert command("export", session, "--output", str(path), "--database", place)[0] == 0
    rows = path.read_text(encoding="utf-8").splitlines()
    original = next(row for row in rows if row.endswith(f",{number}"))
    assert ",41," in original
    assert "corrected by event" in original


def test_bad_wishes_are_told_in_one_line(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    place = place_of_database(str(tmp_path / "record.db"))
    session = run_amended(place)
    for wish, words in (
        (("--correct", "1", "--addendum", "x"), "One at a time"),
        (("--correct", "1", "--value", "rr"), "write it as sbp=128"),
        (("--addendum", "x", "--happened", "noon"), "write it as 2026"),
        (("--correct", "1", "--reason", "x", "--text", "y"), "is not corrected here"),
    ):
        status, _, err = command("amend", session, *wish, "--database", place)
        assert status == 2
        assert words in err
    assert command("amend", "nothing", "--database", place)[0] == 2
