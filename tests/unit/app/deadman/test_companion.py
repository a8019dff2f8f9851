"""The watch over the watcher: started, given up, started again, and told of once."""

from __future__ import annotations

from app.deadman.companion import (
    FIRST_WAIT_S,
    LAST_WAIT_S,
    LOST,
    SILENT,
    START_S,
    STEADY_S,
    Companion,
    Step,
    Verdict,
)
from app.deadman.messages import BEAT_S, LIMIT_S

NOTHING = Verdict()


def begun(now_s: float = 0.0) -> Companion:
    companion = Companion()
    assert companion.look(now_s) == Verdict(step=Step.START)
    return companion


def run(companion: Companion, since_s: float, seconds: float, *, answers: bool) -> list[Verdict]:
    verdicts = []
    for turn in range(1, round(seconds / BEAT_S) + 1):
        if answers:
            companion.hear(since_s + turn * BEAT_S)
        verdicts.append(companion.look(since_s + turn * BEAT_S))
    return verdicts


def test_the_first_look_starts_one_and_an_answering_one_is_left_alone() -> None:
    companion = begun()
    assert not companion.answers
    assert set(run(companion, 0.0, 30, answers=True)) == {NOTHING}
    assert companion.answers


def test_one_that_does_not_come_up_is_ended_after_its_time() -> None:
    companion = begun()
    verdicts = run(companion, 0.0, START_S + 0.25, answers=False)
    assert [v for v in verdicts if v != NOTHING] == [Verdict(step=Step.END, report=SILENT)]


def test_one_that_falls_silent_is_ended_reported_once_and_started_again() -> None:
    companion = begun()
    run(companion, 0.0, 5, answers=True)
    verdicts = run(companion, 5.0, LIMIT_S + 1, answers=False)
    assert [v.step for v in verdicts if v.step is not Step.NONE] == [Step.END, Step.START]
    assert [v.report for v in verdicts if v.report is not None] == [SILENT]
    assert [v.report for v in run(companion, 8.0, 3, answers=True) if v.report is not None] == [""]


def test_one_that_ended_is_reported_and_started_again_ever_more_seldom() -> None:
    companion = begun()
    now_s, waits = 0.0, []
    for _ in range(12):
        companion.hear(now_s)
        companion.lose(now_s)
        lost_s = now_s
        while companion.look(now_s).step is not Step.START:
            now_s += BEAT_S
        waits.append(now_s - lost_s)
    assert waits[0] == FIRST_WAIT_S
    assert waits == sorted(waits)
    assert waits[-1] == LAST_WAIT_S


def test_one_that_ran_steadily_is_started_again_soon() -> None:
    companion = begun()
    for _ in range(3):
        companion.lose(0.0)
        companion.look(100.0)
    run(companion, 100.0, STEADY_S + 1, answers=True)
    companion.lose(161.0)
    assert companion.look(161.0 + FIRST_WAIT_S).step is Step.START


def test_a_watcher_that_cannot_be_started_at_all_is_reported() -> None:
    companion = begun()
    companion.lose(0.0)
    assert companion.look(0.0) == Verdict(report=LOST)


def test_a_machine_that_slept_does_not_end_its_watcher() -> None:
    companion = begun()
    run(companion, 0.0, 5, answers=True)
    assert companion.look(3605.0) == NOTHING
    assert set(run(companion, 3605.0, 5, answers=True)) == {NOTHING}


def test_the_last_words_of_one_that_was_given_up_count_for_nothing() -> None:
    companion = begun()
    companion.hear(1.0)
    companion.lose(1.0)
    companion.hear(1.0)
    assert not companion.answers
    assert companion.look(1.0) == Verdict(report=LOST)
