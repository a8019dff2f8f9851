"""The episodes of a closed session: found, assessed, and what a signature of the review needs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verification import compare
from protocols.episode_book import EpisodeBook
from protocols.events import (
    AddAddendum,
    AssessEpisodes,
    CloseSession,
    CorrectEntry,
    EnterBp,
    Episode,
    EpisodeKind,
    EpisodeOutcome,
    EpisodesAssessed,
    EpisodesFound,
    FindEpisodes,
    Meaning,
    Reading,
    RecordSigned,
    SignRecord,
    StopInfusion,
)
from protocols.events.terms import Role
from protocols.people.authority import Authority
from protocols.people.rights_file import parse_rights
from protocols.vitals import NS_PER_S
from tests.unit.app.session_scenes import PRESCRIBER, RESOURCES, Scene
from tests.unit.protocols.amended_scene import values
from tests.unit.protocols.people_cases import ANNA, PIA, QUINN, identified, standard_text

CRITERIA = (RESOURCES / "review" / "standard.toml").read_text(encoding="utf-8")


def episode(number: int, **more: object) -> Episode:
    at_ns = number * 60 * NS_PER_S
    return replace(
        Episode(
            key=f"rise/sbp/{number}",
            kind=EpisodeKind.RISE,
            since_ns=at_ns,
            until_ns=at_ns,
            subject="sbp",
            words=f"rise {number}",
        ),
        **more,  # type: ignore[arg-type]
    )


def closed() -> Scene:
    scene = Scene().to_infusing()
    scene.enter(EnterBp, sbp_mmhg=182, dbp_mmhg=92)
    scene.do(StopInfusion, reason="test")
    assert not scene.refusal(CloseSession, reason="test")
    return scene


def find(scene: Scene, *found: Episode) -> str:
    return scene.refusal(
        FindEpisodes,
        by=PRESCRIBER,
        criteria_text=CRITERIA,
        found=found,
        counted_seq=len(scene.record),
    )


def assess(scene: Scene, *keys: str, comment: str = "seen", **more: object) -> str:
    return scene.refusal(AssessEpisodes, by=PRESCRIBER, episodes=keys, comment=comment, **more)


def close(scene: Scene, *keys: str) -> str:
    return assess(scene, *keys, outcome=EpisodeOutcome.EXPECTED)


def sign(scene: Scene, meaning: Meaning = Meaning.REVIEWED, *, minds: bool = True) -> str:
    return scene.refusal(
        SignRecord,
        by=PRESCRIBER,
        meaning=meaning,
        signed_seq=len(scene.record),
        signed_chain="ab" * 32,
        statement="I reviewed this record.",
        episodes_closed=minds,
    )


def test_a_review_is_signed_once_every_episode_is_closed() -> None:
    scene = closed()
    assert "not looked for yet" in sign(scene)
    assert not find(scene, episode(1), episode(2))
    assert sign(scene).startswith("2 of 2 episodes are open: close each in the review")
    assert not close(scene, "rise/sbp/1")
    assert sign(scene).startswith("1 of 2 episodes is open")
    assert not close(scene, "rise/sbp/2")
    assert not sign(scene)
    assert not sign(scene, Meaning.APPROVED)
    assert [one.meaning for one in scene.all(RecordSigned)] == [Meaning.REVIEWED, Meaning.APPROVED]


def test_a_session_without_episodes_is_signed_after_they_were_looked_for() -> None:
    scene = closed()
    assert not find(scene)
    assert not sign(scene)


@pytest.mark.parametrize("meaning", [Meaning.PERFORMED, Meaning.WITNESSED])
def test_who_performed_or_witnessed_signs_without_a_review(meaning: Meaning) -> None:
    assert not sign(closed(), meaning)


def test_a_signature_of_before_there_were_episodes_is_taken_as_it_was() -> None:
    assert not sign(closed(), Meaning.APPROVED, minds=False)


def test_values_that_change_afterwards_ask_for_another_finding() -> None:
    scene = closed()
    assert not find(scene, episode(1))
    assert not close(scene, "rise/sbp/1")
    wrong = next(
        number
        for number, event in enumerate(scene.record, 1)
        if isinstance(event, Reading) and event.value == 182
    )
    assert not scene.refusal(
        CorrectEntry,
        target_seq=wrong,
        original="BP 182/92 mmHg",
        reason="digits swapped",
        values=values(sbp=128, dbp=82),
    )
    assert "find them again" in sign(scene)
    assert not find(scene, episode(1))
    assert not sign(scene)


def test_a_note_changes_no_episode() -> None:
    scene = closed()
    assert not find(scene)
    assert not scene.refusal(AddAddendum, text="rang the patient: well", reason="follow-up")
    assert not sign(scene)


def test_found_again_an_episode_stays_closed_only_if_it_is_the_same() -> None:
    scene = closed()
    assert not find(scene, episode(1), episode(2))
    assert not close(scene, "rise/sbp/1", "rise/sbp/2")
    assert not find(scene, episode(1, words="said otherwise"), episode(2, extreme=190.0))
    assert sign(scene).startswith("1 of 2 episodes is open")
    book = EpisodeBook()
    for event in scene.record:
        book.note(event)
    first, second = book.standings
    assert (first.is_open, second.is_open) == (False, True)
    assert [remark.comment for remark in second.remarks] == ["seen"]


@pytest.mark.parametrize(
    ("keys", "more", "words"),
    [
        (("rise/sbp/9",), {}, "There is no episode rise/sbp/9"),
        ((), {}, "Choose an episode"),
        (("rise/sbp/1", "rise/sbp/1"), {}, "named twice"),
        (("rise/sbp/1",), {"comment": " "}, "Write the comment"),
        (("rise/sbp/1",), {"comment": "", "outcome": EpisodeOutcome.ARTEFACT}, "Say why you close"),
        (("rise/sbp/1",), {"reopened": True}, "“rise 1” is open"),
        (
            ("rise/sbp/1",),
            {"outcome": EpisodeOutcome.EXPECTED, "reopened": True},
            "Closed or opened again, not both",
        ),
        (("rise/sbp/2",), {"outcome": EpisodeOutcome.EXPECTED}, "“rise 2” is closed already"),
        (("rise/sbp/2",), {"reopened": True, "comment": ""}, "Say why you open"),
    ],
)
def test_what_cannot_be_said_of_episodes_is_refused_whole(
    keys: tuple[str, ...], more: dict[str, object], words: str
) -> None:
    scene = closed()
    assert not find(scene, episode(1), episode(2))
    assert not close(scene, "rise/sbp/2")
    before = len(scene.all(EpisodesAssessed))
    assert words in assess(scene, *keys, **more)  # type: ignore[arg-type]
    assert len(scene.all(EpisodesAssessed)) == before


def test_nothing_is_said_of_episodes_before_they_were_found() -> None:
    assert "begin the review first" in assess(closed(), "rise/sbp/1")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"by": " "}, "Say who reviews"),
        ({"criteria_text": ""}, "by criteria"),
        ({"counted_seq": 0}, "cannot have been looked at"),
        ({"counted_seq": 10**6}, "cannot have been looked at"),
        ({"found": (episode(1), episode(1))}, "a name of its own"),
    ],
)
def test_a_finding_that_cannot_be_is_refused(fields: dict[str, object], words: str) -> None:
    scene = closed()
    given: dict[str, object] = {
        "by": PRESCRIBER,
        "criteria_text": CRITERIA,
        "found": (),
        "counted_seq": 1,
    }
    assert words in scene.refusal(FindEpisodes, **{**given, **fields})  # type: ignore[arg-type]
    assert not scene.all(EpisodesFound)


def test_episodes_wait_until_the_session_is_closed() -> None:
    scene = Scene().to_infusing()
    assert find(scene, episode(1)) == "Episodes are found once the session is closed."
    assert assess(scene, "rise/sbp/1") == "Episodes are found once the session is closed."


def test_a_reviewed_record_replays_identically() -> None:
    scene = closed()
    find(scene, episode(1), episode(2))
    close(scene, "rise/sbp/1")
    assess(scene, "rise/sbp/1", reopened=True)
    sign(scene)
    assert compare(scene.record, closed=True).identical


# -- who may --------------------------------------------------------------------------------------

COMMENT = AssessEpisodes(t_ns=0, by=ANNA[1], episodes=("rise/sbp/1",), comment="seen")
CLOSING = replace(COMMENT, outcome=EpisodeOutcome.EXPECTED)
REOPENING = replace(COMMENT, reopened=True)


def refusal(text: str, person: tuple[str, str, tuple[Role, ...]], given: AssessEpisodes) -> str:
    authority = Authority(parse_rights(text, "rights"))
    authority.note(identified(person, purpose="assess_episodes"))
    return authority.refusal(replace(given, by=person[1]))


def older_text() -> str:
    """The shipped rights as they were before there were episodes."""
    rows = standard_text().split("\n\n")
    return "\n\n".join(
        row for row in rows if "find_episodes" not in row and "[episodes]" not in row
    )


@pytest.mark.parametrize("text", [standard_text(), older_text()], ids=["shipped", "older"])
def test_a_nurse_comments_and_who_may_approve_closes(text: str) -> None:
    assert ("find_episodes" in text) is (text == standard_text())
    assert refusal(text, ANNA, COMMENT) == ""
    for closing in (CLOSING, REOPENING):
        assert "prescriber" in refusal(text, ANNA, closing)
        assert refusal(text, QUINN, closing) == ""
        assert refusal(text, PIA, closing) == ""


def test_an_answer_is_proven_for_itself() -> None:
    authority = Authority(parse_rights(standard_text(), "rights"))
    authority.note(identified(PIA, purpose="find_episodes"))
    assert authority.refusal(replace(COMMENT, by=PIA[1]))


OUTCOMES = st.sampled_from([None, *EpisodeOutcome])


@given(
    st.lists(
        st.tuples(st.lists(st.integers(1, 4), min_size=1, unique=True), OUTCOMES, st.booleans()),
        max_size=12,
    )
)
def test_the_book_counts_open_what_was_not_closed_last(
    said: list[tuple[list[int], EpisodeOutcome | None, bool]],
) -> None:
    book = EpisodeBook()
    book.note(
        EpisodesFound(
            t_ns=0,
            by="x",
            criteria_text="x",
            found=tuple(episode(number) for number in range(1, 5)),
            counted_seq=1,
        )
    )
    is_open = dict.fromkeys(range(1, 5), True)
    for numbers, outcome, reopened in said:
        given_outcome = None if reopened else outcome
        book.note(
            EpisodesAssessed(
                t_ns=0,
                episodes=tuple(f"rise/sbp/{number}" for number in numbers),
                by="x",
                comment="x",
                outcome=given_outcome,
                reopened=reopened,
            )
        )
        for number in numbers:
            is_open[number] = reopened or (is_open[number] and given_outcome is None)
    assert [one.is_open for one in book.standings] == list(is_open.values())
    assert book.open_count == sum(is_open.values())
    assert bool(book.signing_problem()) == any(is_open.values())
