"""Digests say whether two runs made the same, and outputs where first they did not."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import recorded_sessions as recorded

from app.digests import BLOCK, Digester, Made, SessionDigest, encoded, form_of
from app.records.catalogue import CatalogueError
from app.records.digesting import (
    digest_session,
    header_line,
    outputs_between,
    outputs_line,
    parse_outputs,
    read_digests,
    session_line,
)
from app.reviewing.versions import SessionCompared, VersionsCompared, compare_digests
from protocols.events import Event, Input, Output, Reading
from protocols.vitals import Quality, Vital
from storage.database import open_database

EVENTS = recorded.visit()


@cache
def digest(events: tuple[Event, ...] = EVENTS, session: str = "s") -> SessionDigest:
    digester = Digester(session)
    for event in events:
        digester.take(event)
    return digester.finish()


def outputs_of(events: tuple[Event, ...]) -> list[Made]:
    """The recorded outputs with their numbers in the record."""
    return [
        Made(number=number, t_ns=event.t_ns, form=form_of(event))
        for number, event in enumerate(events, 1)
        if isinstance(event, Output)
    ]


def without_one_input(kind: str) -> tuple[Event, ...]:
    """The visit without its first input of a kind."""
    place = next(n for n, e in enumerate(EVENTS) if type(e).__name__ == kind)
    return (*EVENTS[:place], *EVENTS[place + 1 :])


def test_the_run_makes_the_outputs_of_the_record_with_their_numbers() -> None:
    made = digest()
    inputs = sum(isinstance(event, Input) for event in EVENTS)
    assert (made.inputs, made.inputs + made.outputs) == (inputs, len(EVENTS))
    assert sum(made.counts.values()) == made.outputs
    assert len(made.blocks) == -(-made.outputs // BLOCK)
    numbered = {one.number: one for one in outputs_of(EVENTS)}
    assert all(numbered[one.number] == one for one in made.telling)
    assert any("172" in alarm.sentence for alarm in made.alarms)


def test_a_run_gives_the_same_digest_again_and_another_with_other_inputs() -> None:
    assert digest() == digest()
    assert digest(without_one_input("EnterBp")).digest != digest().digest


def test_a_field_that_a_later_version_adds_changes_nothing_at_its_default() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Later(Reading):
        added: str = ""

    before = Reading(
        t_ns=1, vital=Vital.SPO2, value=97.0, quality=Quality.GOOD, source="x", measured_ns=1
    )
    later = Later(
        t_ns=1, vital=Vital.SPO2, value=97.0, quality=Quality.GOOD, source="x", measured_ns=1
    )
    from app import digests

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digests, "kind_of", lambda _event: "reading")
        assert encoded(before) == encoded(later)
        assert encoded(replace(later, added="new")) != encoded(before)


def compared(here: SessionDigest, there: SessionDigest | None, *, saved: bool) -> SessionCompared:
    made = {"here": outputs_of(EVENTS), "there": outputs_of(OTHER)}

    def read(side: str, _session: str, first: int, last: int) -> list[Made]:
        return made[side][first:last]

    return compare_digests(
        here,
        there,
        lambda *asked: read("here", *asked),
        lambda *asked: None if saved else read("there", *asked),
    )


def _with_a_higher_alarm() -> tuple[Event, ...]:
    """The same visit in which an output that is no stream reads otherwise."""
    place = next(n for n, e in enumerate(EVENTS) if type(e).__name__ == "AlarmChanged")
    changed = replace(EVENTS[place], sentence="otherwise")  # type: ignore[call-arg]
    return (*EVENTS[:place], changed, *EVENTS[place + 1 :])


OTHER = _with_a_higher_alarm()


def _digest_of_outputs(events: tuple[Event, ...]) -> SessionDigest:
    """The digest as if a version made exactly these outputs."""
    import hashlib

    outputs = [event for event in events if isinstance(event, Output)]
    blocks = [
        hashlib.blake2b(b"".join(map(encoded, outputs[n : n + BLOCK])), digest_size=16)
        for n in range(0, len(outputs), BLOCK)
    ]
    whole = hashlib.blake2b(b"".join(one.digest() for one in blocks), digest_size=16)
    telling = tuple(one for one in outputs_of(events) if one.form["event"] != "wave_received")
    return replace(
        digest(),
        digest=whole.hexdigest(),
        blocks=tuple(one.hexdigest() for one in blocks),
        telling=tuple(one for one in telling if one.number in TOLD),
    )


TOLD = {one.number for one in digest().telling}


def test_the_digest_is_that_of_the_outputs() -> None:
    assert _digest_of_outputs(EVENTS).digest == digest().digest
    assert _digest_of_outputs(EVENTS).blocks == digest().blocks


@pytest.mark.parametrize("saved", [False, True], ids=["installed", "saved file"])
def test_the_first_output_that_differs_is_named_with_both_sides(saved: bool) -> None:
    found = compared(digest(), _digest_of_outputs(OTHER), saved=saved)
    assert found.difference is not None
    place = next(n for n, (a, b) in enumerate(zip(EVENTS, OTHER, strict=True), 1) if a != b)
    assert found.difference.position == place
    (field,) = found.difference.fields
    assert (field.field, field.replayed) == ("sentence", "“otherwise”")
    assert f"event {place}, " in found.words[0]
    assert ("kept as digests" in found.note) is saved


def test_alike_is_alike_and_what_cannot_be_compared_says_why() -> None:
    assert compared(digest(), digest(), saved=True).identical
    assert "does not know it" in compared(digest(), None, saved=True).words[0]
    bad = replace(digest(), problem="it cannot be read.")
    assert "there, it cannot be read." in compared(digest(), bad, saved=True).words[0]


def test_alarms_that_only_one_version_raises_are_gained_and_lost() -> None:
    here = digest()
    extra = replace(here.alarms[0], alarm="new-rule")
    there = replace(here, digest="0", blocks=("0",), alarms=(*here.alarms[1:], extra))
    found = compared(here, there, saved=True)
    assert (found.gained, found.lost) == ((extra,), (here.alarms[0],))


def test_the_outcome_counts_sessions_alarms_and_what_was_left() -> None:
    alike = SessionCompared(session="a")
    unread = SessionCompared(session="b", problem="cannot be read.")
    found = VersionsCompared(here="1", there="2", places=("x",), wanted=3, sessions=(alike, unread))
    assert found.words == "1 of 3 sessions identical, 1 not compared, stopped after 2."
    assert not found.alike
    assert VersionsCompared(here="1", there="2", places=("x",), wanted=1, sessions=(alike,)).alike


def test_a_file_of_digests_gives_back_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(f"{header_line('9.9', 1)}\n{session_line(digest())}\n", encoding="utf-8")
    kept = read_digests(path)
    assert (kept.program, kept.sessions) == ("9.9", {"s": digest()})
    some = outputs_of(EVENTS)[:5]
    assert parse_outputs(outputs_line(some)) == some


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a file of digests"),
        ("{}", "not a file of digests"),
        (header_line("9", 2) + "\n", "only 0 of its 2 sessions"),
        (json.dumps({**json.loads(header_line("9", 0)), "form": 7}), "digests of form 7"),
        (header_line("9", 1) + "\n{bad", "not a file of digests"),
    ],
)
def test_a_file_that_is_no_whole_file_of_digests_is_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=says):
        read_digests(path)


def test_sessions_of_a_record_are_digested_and_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    recorded.write(path, recorded.CLOSED, EVENTS)
    with open_database(path, read_only=True) as database:
        found = digest_session(database, recorded.CLOSED, lambda _share: True)
        assert found == digest(session=recorded.CLOSED)
        assert digest_session(database, recorded.CLOSED, lambda _share: False) is None
        assert outputs_between(database, recorded.CLOSED, 3, 9) == outputs_of(EVENTS)[3:9]
        with pytest.raises(CatalogueError, match="nobody"):
            digest_session(database, "nobody", lambda _share: True)
