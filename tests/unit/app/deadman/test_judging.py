"""The watcher's judge: who is silent is said, who answers is left in peace."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deadman.judging import (
    HUSHED_S,
    NOT_ANSWERING,
    NOT_DRAWN,
    NOT_RECORDING,
    PROGRAM,
    REPEAT_S,
    STOPPED,
    TOLD_S,
    URGENT_S,
    WELL_S,
    Judge,
    Picture,
)
from app.deadman.messages import BEAT_S, LIMIT_S, Beat, Part
from app.deadman.words import CLOSE_TEXT, SILENCE_TEXT, Tone, page_of
from protocols.events import Priority

LOOK_S = 0.125


class Bench:
    """A judge whose time is told, fed a beat each quarter of a second while the program runs."""

    def __init__(self) -> None:
        self.judge = Judge(0.0)
        self.now_s = 0.0
        self.silent: dict[Part, float] = {}
        self.beating = True

    def beat(self) -> None:
        self.judge.take(self.now_s, Beat(silent_s=dict(self.silent), standing="Room 2, infusing"))

    def run(self, seconds: float) -> list[Picture]:
        pictures = []
        for _ in range(round(seconds / LOOK_S)):
            self.now_s += LOOK_S
            for part in self.silent:
                self.silent[part] += LOOK_S
            if self.beating and (self.now_s / BEAT_S).is_integer():
                self.beat()
            pictures.append(self.judge.look(self.now_s))
        return pictures


def test_a_program_that_answers_is_left_in_peace() -> None:
    assert set(Bench().run(30)) == {Picture()}


def test_a_program_that_stands_still_is_noticed_without_its_help() -> None:
    bench = Bench()
    bench.run(5)
    bench.beating = False
    pictures = bench.run(4)
    first = next(p for p in pictures if p.trouble is not None)
    assert first.trouble is not None
    assert first.trouble.headline == NOT_ANSWERING
    assert first.trouble.silent == ((PROGRAM, LIMIT_S),)
    assert first.trouble.standing == "Room 2, infusing"
    assert first.sound is not None
    assert first.sound.priority is Priority.HIGH
    assert pictures.index(first) == round(LIMIT_S / LOOK_S) - 1


@pytest.mark.parametrize(
    ("parts", "headline", "priority"),
    [
        ((Part.EVALUATOR,), NOT_ANSWERING, Priority.HIGH),
        ((Part.SCREEN,), NOT_DRAWN, Priority.HIGH),
        ((Part.RECORDER,), NOT_RECORDING, Priority.MEDIUM),
        ((Part.SCREEN, Part.RECORDER), NOT_DRAWN, Priority.HIGH),
        (tuple(Part), NOT_ANSWERING, Priority.HIGH),
    ],
)
def test_a_part_that_is_silent_is_named(
    parts: tuple[Part, ...], headline: str, priority: Priority
) -> None:
    bench = Bench()
    bench.run(1)
    bench.silent = dict.fromkeys(parts, 0.0)
    trouble = bench.run(3)[-1].trouble
    assert trouble is not None
    assert trouble.headline == headline
    assert trouble.priority is priority
    assert [name.lower() for name, _ in trouble.silent] == [part.value for part in parts]
    assert all(seconds == 3.0 for _, seconds in trouble.silent)


def test_it_goes_away_by_itself_and_says_how_long_it_lasted() -> None:
    bench = Bench()
    bench.run(1)
    bench.silent = {Part.EVALUATOR: 0.0}
    bench.run(5)
    bench.silent = {}
    pictures = bench.run(WELL_S + TOLD_S + 2)
    (ended,) = [p.ended for p in pictures if p.just_ended]
    assert ended is not None
    assert ended.names == ("Evaluator",)
    assert (ended.since_s, ended.until_s) == (1.0, 6.25)
    assert not any(p.sound for p in pictures)
    page = page_of(next(p for p in pictures if p.just_ended), lambda s: f"<{s:.2f}>")
    assert page is not None
    assert page.tone is Tone.CALM
    assert page.lines == ("The evaluator was silent for 5 s, from <1.00> to <6.25>.",)
    assert pictures[-1] == Picture()


def test_one_beat_in_between_does_not_end_it() -> None:
    bench = Bench()
    bench.beating = False
    bench.run(3)
    bench.beat()
    pictures = bench.run(3)
    assert all(p.trouble is not None for p in pictures)
    assert not any(p.just_ended for p in pictures)


def test_it_sounds_again_until_somebody_silences_it_and_then_after_two_minutes() -> None:
    bench = Bench()
    bench.judge.lose()
    sounded = [n for n, p in enumerate(bench.run(33)) if p.sound]
    repeat = round(REPEAT_S[Priority.HIGH] / LOOK_S)
    assert sounded == [0, repeat, 2 * repeat, 3 * repeat, 4 * repeat]
    bench.judge.hush(bench.now_s)
    pictures = bench.run(HUSHED_S + 1)
    assert all(p.trouble for p in pictures)
    sounded = [n for n, p in enumerate(pictures) if p.sound]
    assert sounded[0] == round(HUSHED_S / LOOK_S) - 1
    assert all(p.hushed for p in pictures[: sounded[0]])


def test_left_alone_it_becomes_more_urgent() -> None:
    bench = Bench()
    bench.judge.lose()
    sounds = [(bench.now_s, p.sound) for p in bench.run(URGENT_S[1] + 20) if p.sound]
    assert [s.urgency for _, s in sounds if s] == sorted(s.urgency for _, s in sounds if s)
    assert {s.urgency for _, s in sounds if s} == {0, 1, 2}


def test_another_part_that_falls_silent_is_heard_through_a_silenced_trouble() -> None:
    bench = Bench()
    bench.silent = {Part.RECORDER: 0.0}
    bench.run(3)
    bench.judge.hush(bench.now_s)
    assert not any(p.sound for p in bench.run(3))
    bench.silent[Part.EVALUATOR] = 0.0
    assert any(p.sound and p.sound.priority is Priority.HIGH for p in bench.run(3))


def test_a_program_that_died_is_shown_at_once_until_a_person_dismisses_it() -> None:
    bench = Bench()
    bench.run(1)
    bench.judge.lose()
    (picture,) = bench.run(LOOK_S)
    assert picture.trouble is not None
    assert picture.trouble.headline == STOPPED
    page = page_of(picture, str)
    assert page is not None
    assert page.button == SILENCE_TEXT
    bench.judge.hush(bench.now_s)
    (picture,) = bench.run(LOOK_S)
    page = page_of(picture, str)
    assert page is not None
    assert page.button == CLOSE_TEXT
    bench.judge.hush(bench.now_s)
    assert bench.run(LOOK_S) == [Picture(leave=True)]


def test_a_program_that_is_only_silent_cannot_be_dismissed() -> None:
    bench = Bench()
    bench.beating = False
    bench.run(3)
    bench.judge.hush(bench.now_s)
    bench.judge.hush(bench.now_s)
    assert bench.run(1)[-1].trouble is not None


def test_an_orderly_goodbye_is_no_trouble() -> None:
    bench = Bench()
    bench.run(1)
    bench.judge.part()
    bench.judge.lose()  # the pipe closes right after
    assert set(bench.run(5)) == {Picture(leave=True)}


def test_a_machine_that_slept_wakes_without_an_alarm() -> None:
    bench = Bench()
    bench.run(5)
    bench.now_s += 3600.0
    assert set(bench.run(5)) == {Picture()}


def test_a_program_that_does_not_wake_with_its_machine_is_noticed() -> None:
    bench = Bench()
    bench.run(5)
    bench.now_s += 3600.0
    bench.beating = False
    assert any(p.trouble for p in bench.run(3))


silences = st.fixed_dictionaries({part: st.floats(0.0, 6.0) for part in Part})


@given(st.lists(st.tuples(silences, st.floats(0.05, 0.4)), min_size=1, max_size=80))
def test_trouble_is_shown_exactly_while_a_part_is_silent_or_just_was(
    beats: list[tuple[Mapping[Part, float], float]],
) -> None:
    """An oracle that knows nothing of the judge: which parts are out, and since when none is."""
    judge, now_s, out, well_since_s = Judge(0.0), 0.0, set[Part](), 0.0
    for silent_s, span_s in beats:
        now_s += span_s
        judge.take(now_s, Beat(silent_s=silent_s))
        picture = judge.look(now_s)
        late = {part for part, s in silent_s.items() if s >= (WELL_S if part in out else LIMIT_S)}
        if late:
            out, well_since_s = out | late, float("inf")
        elif out:
            well_since_s = min(well_since_s, now_s)
            if now_s - well_since_s >= WELL_S:
                out = set()
        assert (picture.trouble is not None) is bool(out)
        assert picture.sound is None or out
        assert not picture.leave


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=60))
def test_whatever_the_looks_a_silent_program_is_shown_once_they_cover_the_limit(
    spans: list[float],
) -> None:
    judge, now_s, counted = Judge(0.0), 0.0, 0.0
    judge.look(0.0)
    for span_s in spans:
        now_s += span_s
        counted += min(span_s, 0.5)
        shown = judge.look(now_s).trouble is not None
        if abs(counted - LIMIT_S) > 1e-6:
            assert shown is (counted >= LIMIT_S)
