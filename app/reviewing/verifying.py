"""What a verification found of sessions and of the record around them. Pure: facts and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.differences import Comparison, difference_words
from app.latency_ledger import AlarmTimes, summary_text

GoOn = Callable[[float], bool]
"""Told the share done (0 to 1) of what was begun; answers whether to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentShare:
    """How much of the visit a vital had a value; `why` names what most of the rest was lost to."""

    vital: str
    share: float | None
    why: str = ""

    @property
    def short_words(self) -> str:
        """``SpO2 97.1 %``; ``--`` where there was nothing to count."""
        told = "--" if self.share is None else f"{100 * self.share:.1f} %"
        return f"{self.vital} {told}"

    @property
    def words(self) -> str:
        """``SpO2 97.1 % (probe off)``; ``--`` where there was nothing to count."""
        return f"{self.short_words} ({self.why})" if self.why else self.short_words


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCheck:
    """One session, verified.

    Attributes:
        session: its name.
        program: version of the program that recorded it; empty where that cannot be read.
        events, head: how many events, and the chain's value at the last, hexadecimal.
        chain_problem: the first thing wrong with rows, chain, end or list; empty: whole.
        seal: how its end is sealed, in words.
        replay: what the replay gave; None where it could not be run, and `unreadable` says why.
        signatures: each signature that does not fit, in a sentence.
        alarms: how long each alarm took.
        present: how complete pulse and saturation are.
        missing: what could not be read for these, in sentences.
        simulated: whether any monitor was simulated.
    """

    session: str
    events: int
    head: str
    chain_problem: str
    seal: str
    replay: Comparison | None
    program: str = ""
    unreadable: str = ""
    signatures: tuple[str, ...] = ()
    alarms: tuple[AlarmTimes, ...] = ()
    present: tuple[PresentShare, ...] = ()
    missing: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def identical(self) -> bool:
        """Whether every recorded output was made again."""
        return self.replay is not None and self.replay.identical

    @property
    def good(self) -> bool:
        """Whether nothing is wrong; speed and completeness are told and judge nothing."""
        return not self.problem

    @property
    def problem(self) -> str:
        """The first thing wrong, in a sentence; empty where nothing is."""
        if self.chain_problem:
            return self.chain_problem
        if self.replay is None:
            return f"It cannot be replayed: {self.unreadable}"
        if self.replay.difference is not None:
            return f"Replayed, it differs first at {self.replay_words[0]}"
        return next(iter(self.signatures), "")

    @property
    def place_words(self) -> str:
        """Where the replay differs first, or what else is wrong; empty where nothing is."""
        differs = self.replay is not None and self.replay.difference is not None
        return self.replay_words[0] if differs and not self.chain_problem else self.problem

    @property
    def replay_words(self) -> tuple[str, ...]:
        """What the replay gave, in sentences; at a difference where first, then field by field."""
        if self.replay is None:
            return (f"not possible: {self.unreadable}",)
        if self.replay.difference is not None:
            return difference_words(self.replay.difference)
        cut = self.replay.unrecorded
        told = (
            f"identical: {self.replay.inputs} inputs gave the same {self.replay.outputs} outputs",
        )
        return (*told, f"{cut} outputs were cut off at the end") if cut else told

    @property
    def latency_words(self) -> str:
        """How long alarms took, in a line."""
        return summary_text(self.alarms)

    @property
    def present_words(self) -> str:
        """How complete pulse and saturation are, in a line."""
        return ", ".join(one.words for one in self.present) or "not worked out"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCheck:
    """A course or the logbook, verified: what it is, how many entries, and what is wrong."""

    kind: str
    name: str
    entries: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCheck:
    """The record around its sessions, verified.

    Attributes:
        version: of its tables.
        sessions: names of all it holds.
        journals: courses and logbooks.
        problems: everything wrong in the whole record, in sentences, the worst first.
        has_heads: whether a heads file lies beside it; without, a session taken out may not show.
    """

    version: int
    sessions: tuple[str, ...]
    journals: tuple[JournalCheck, ...]
    problems: tuple[str, ...]
    has_heads: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Everything that one verification found.

    Attributes:
        place: the record, as people know it.
        wanted: the sessions that were to be verified.
        checks: those that were, in that order.
        record: the record around them; None where only sessions were asked for, or where it was
            stopped before that.
        keys: the keys that were trusted.
    """

    place: str
    wanted: tuple[str, ...]
    checks: tuple[SessionCheck, ...]
    record: WholeCheck | None = None
    keys: tuple[str, ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether it was stopped before everything was verified."""
        return len(self.checks) < len(self.wanted)

    @property
    def good(self) -> bool:
        """Whether nothing that was verified is wrong."""
        whole = self.record is None or not self.record.problems
        return whole and all(check.good for check in self.checks)

    @property
    def words(self) -> str:
        """The outcome in a sentence."""
        count, wanted = len(self.checks), len(self.wanted)
        bad = sum(not check.good for check in self.checks)
        said = f"{count} of {wanted} sessions verified" if self.stopped else _sessions(count)
        if self.stopped:
            said = f"Stopped: {said}"
        if not count:
            return f"{said}." if self.stopped or self.record is None else _of_record(self.record)
        judged = f"{bad} with a difference" if bad else "no difference found"
        around = "" if self.record is None else f" {_of_record(self.record)}"
        return f"{said}, {judged}.{around}"


def _sessions(count: int) -> str:
    return "1 session verified" if count == 1 else f"{count} sessions verified"


def _of_record(record: WholeCheck) -> str:
    if record.problems:
        return f"The record is not whole: {record.problems[0]}"
    return "The record around them is whole."


class RecordVerifier(Protocol):
    """Verifies sessions and the record; every method may be slow. Nothing is changed."""

    @property
    def place(self) -> str:
        """The record, as people know it."""
        ...

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the keys that are trusted."""
        ...

    def names(self) -> Sequence[str]:
        """Every session of the record; CatalogueError."""
        ...

    def check_session(self, session: str, go_on: GoOn) -> SessionCheck | None:
        """Verify one session, None where `go_on` said no; CatalogueError."""
        ...

    def check_record(self, go_on: GoOn) -> WholeCheck | None:
        """Verify the record around its sessions, None where `go_on` said no; CatalogueError."""
        ...


class ResultWriter(RecordVerifier, Protocol):
    """Verifies, and writes what was found as a document."""

    def write(self, found: Verification, path: Path) -> str:
        """Write `found` as the ending of `path` says; what is to be said of it. CatalogueError."""
        ...


def verify_all(
    verifier: RecordVerifier, sessions: Sequence[str] | None, go_on: GoOn
) -> Verification:
    """Verify `sessions`; without any named, all of the record and the record around them.

    Stopped, it gives what was done so far.

    Raises:
        CatalogueError: the record cannot be opened, or there is no such session.
    """
    record: WholeCheck | None = None
    begun = 0.0
    if sessions is None:
        record = verifier.check_record(go_on)
        sessions, begun = (verifier.names(), 0.0) if record is None else (record.sessions, _AROUND)
        if record is None:
            return _found(verifier, sessions, [], None)
    checks: list[SessionCheck] = []
    for done, session in enumerate(sessions):
        check = verifier.check_session(session, _within(go_on, begun, done, len(sessions)))
        if check is None:
            break
        checks.append(check)
    return _found(verifier, sessions, checks, record)


_AROUND = 0.1
"""Share of the progress that the check of the record around its sessions takes."""


def _found(
    verifier: RecordVerifier,
    wanted: Sequence[str],
    checks: Sequence[SessionCheck],
    record: WholeCheck | None,
) -> Verification:
    return Verification(
        place=verifier.place,
        wanted=tuple(wanted),
        checks=tuple(checks),
        record=record,
        keys=verifier.keys,
    )


def _within(go_on: GoOn, begun: float, done: int, parts: int) -> GoOn:
    """Progress within one part of several."""
    return lambda share: go_on(begun + (1 - begun) * (done + share) / parts)
