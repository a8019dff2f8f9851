"""Whether the watcher itself runs: when it is started, given up and started again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.deadman.messages import LIMIT_S
from app.silence import Silence

START_S = 15.0
"""How long a watcher may take from its start to its first word: a cold disk is slow."""

FIRST_WAIT_S, LAST_WAIT_S = 0.5, 60.0
"""Wait before a watcher is started again; each wait is twice the one before, to the longest."""

STEADY_S = 60.0
"""A watcher that ran for so long is started again after the first wait only."""

LOST = "The second watch over this program does not run. It is started again by itself."
SILENT = "The second watch over this program does not answer. It is started again by itself."


class Step(StrEnum):
    """What is to be done with the watcher's process."""

    NONE = "none"
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one look gives: what to do, and what to report, if anything is new.

    `report` is None where nothing is new, empty where the watcher works, else what is wrong.
    """

    step: Step = Step.NONE
    report: str | None = None


class Companion:
    """Follows one watcher after the other."""

    def __init__(self) -> None:
        """None runs; the first look asks for one."""
        self._start_at_s: float | None = float("-inf")
        self._started_s = 0.0
        self._heard_s: float | None = None
        self._wait_s = FIRST_WAIT_S
        self._silence = Silence()
        self._reported = ""
        self._news: str | None = None

    @property
    def answers(self) -> bool:
        """Whether a watcher said its first word: beats are sent from then on."""
        return self._heard_s is not None

    def hear(self, now_s: float) -> None:
        """The watcher said something."""
        if self._start_at_s is not None:
            return  # the last word of one that is gone
        if self._heard_s is None:
            self._started_s = now_s
            self._silence = Silence()
        self._heard_s = now_s
        self._tell("")

    def lose(self, now_s: float) -> None:
        """The process ended, or could not be started."""
        if self._start_at_s is None:
            self._give_up(now_s, LOST)

    def look(self, now_s: float) -> Verdict:
        """What is to be done at `now_s`; what is new is told once."""
        step = Step.NONE
        if self._start_at_s is not None:
            if now_s >= self._start_at_s:
                self._start_at_s = None
                self._started_s = now_s
                self._silence = Silence()
                step = Step.START
        else:
            since_s = self._started_s if self._heard_s is None else self._heard_s
            limit_s = START_S if self._heard_s is None else LIMIT_S
            if self._silence.look(now_s, now_s - since_s) >= limit_s:
                self._give_up(now_s, SILENT)
                step = Step.END
        news, self._news = self._news, None
        return Verdict(step=step, report=news)

    def _give_up(self, now_s: float, sentence: str) -> None:
        if self._heard_s is not None and now_s - self._started_s >= STEADY_S:
            self._wait_s = FIRST_WAIT_S
        self._start_at_s = now_s + self._wait_s
        self._wait_s = min(2 * self._wait_s, LAST_WAIT_S)
        self._heard_s = None
        self._tell(sentence)

    def _tell(self, sentence: str) -> None:
        """Note `sentence` where it is new; it is new when working turns to failing or back."""
        if bool(sentence) != bool(self._reported):
            self._news = sentence
        self._reported = sentence
