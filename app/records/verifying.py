"""Verifies sessions and the record around them: chain, seals, outputs, speed, completeness.

A session is read once, event by event: what is kept of it does not grow with its length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.differences import Comparison
from app.latency_ledger import KINDS, LatencyLedger
from app.records.archive import Archive
from app.records.catalogue import CatalogueError
from app.review_criteria import load_criteria
from app.reviewing.completeness import Completeness, completeness_of
from app.reviewing.evidence import Evidence
from app.reviewing.verifying import (
    GoOn,
    JournalCheck,
    PresentShare,
    SessionCheck,
    WholeCheck,
)
from app.verification import Rerun
from protocols.events import Event, SessionClosed, SessionOpened
from protocols.review_criteria import CriteriaError
from protocols.vitals import VITALS, Vital
from storage.database import Database
from storage.faults import StorageError
from storage.journal import Journal
from storage.sealing import KnownKeys
from storage.server import shown_place
from storage.sessions import list_sessions
from storage.signatures import check_signatures
from storage.verification import (
    ChainReport,
    JournalChain,
    RecordReport,
    verify_chain,
    verify_record,
)

CHECK_EVERY = 500
"""Progress is told, and a stop is heard, each so many events."""

_TOLD = (Vital.SPO2, Vital.PR)

Verified = Callable[[str, str], None]
"""Told the session that was verified (empty: the record) and the first thing wrong, or empty."""


class Verifier:
    """Verifies what one database holds; the files are read and never changed.

    Attributes:
        report: what the check of the whole record found; None before it.
    """

    def __init__(
        self,
        database: Database,
        known: KnownKeys,
        place: str = "",
        verified: Verified | None = None,
    ) -> None:
        """Verify `database`, known to people as `place`; each verdict is told to `verified`."""
        self._database = database
        self._known = known
        self._place = place
        self._verified = verified or _unheard
        self._chains: dict[str, ChainReport] = {}
        self.report: RecordReport | None = None

    @property
    def place(self) -> str:
        """The record, as people know it."""
        return shown_place(self._place)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the keys that are trusted."""
        return tuple(sorted({*self._known.public, *self._known.names}))

    def names(self) -> Sequence[str]:
        """Every session of the record, oldest first.

        Raises:
            CatalogueError: the record cannot be read.
        """
        try:
            return [one.session for one in list_sessions(self._database)][::-1]
        except StorageError as error:
            raise CatalogueError(error.user_text) from error

    def check_record(self, go_on: GoOn) -> WholeCheck | None:
        """Verify rows, ends, lists, tables, courses and logbook of the whole record.

        Raises:
            CatalogueError: the record cannot be opened.
        """
        if not go_on(0.0):
            return None
        try:
            report = verify_record(self._database, self._known)
        except StorageError as error:
            raise CatalogueError(error.user_text) from error
        self.report = report
        self._chains = {chain.session: chain for chain in report.sessions}
        self._verified("", report.first_problem)
        journals = [_journal("course", one) for one in report.courses]
        journals += [_journal("logbook", one) for one in report.logbooks]
        return WholeCheck(
            version=report.version,
            sessions=tuple(self._chains),
            journals=tuple(journals),
            problems=tuple(report.problems),
            has_heads=report.has_heads,
        )

    def check_session(self, session: str, go_on: GoOn) -> SessionCheck | None:
        """Verify one session; chains that the check of the record followed are taken from it.

        Raises:
            CatalogueError: there is no such session, or the file cannot be opened.
        """
        if not go_on(0.0):
            return None
        chain = self.chain(session)
        run = _Run(chain.events, go_on)
        if not run.through(self._database, session):
            return None
        present, missing = self._present(session)
        check = SessionCheck(
            session=session,
            program=run.program,
            events=chain.events,
            head=chain.head.chain.hex(),
            chain_problem=chain.first_problem,
            seal=_seal_words(chain),
            replay=run.comparison,
            unreadable=run.unreadable,
            signatures=self._unfit(session),
            alarms=run.ledger.rows,
            present=present,
            missing=missing,
            simulated=run.simulated,
        )
        self._verified(session, check.problem)
        return check

    def chain(self, session: str) -> ChainReport:
        """The verdict on rows, ends and list of one session, followed once.

        Raises:
            CatalogueError: there is no such session, or the file cannot be opened.
        """
        try:
            known = self._chains.get(session)
            found = known or verify_chain(self._database, session, known=self._known)
        except StorageError as error:
            raise CatalogueError(error.user_text) from error
        return self._chains.setdefault(session, found)

    def _unfit(self, session: str) -> tuple[str, ...]:
        """A sentence for each signature that does not fit what it signs."""
        try:
            found = check_signatures(self._database, session)
        except StorageError:
            return ()  # the rows cannot be read, which the check of the chain says
        return tuple(
            f"The signature of {one.signed.by} (event {one.seq}) does not fit. {one.problem}"
            for one in found
            if one.problem
        )

    def _present(self, session: str) -> tuple[tuple[PresentShare, ...], tuple[str, ...]]:
        """How complete pulse and saturation are, and what of the session could not be read."""
        try:
            numbers = load_criteria().criteria.figures
            opened = Archive(self._database).open_session(session)
        except (CatalogueError, CriteriaError, OSError) as error:
            return (), (str(error),)
        parts = completeness_of(Evidence(opened), numbers)
        return tuple(_share(vital, parts) for vital in _TOLD), opened.missing


class _Run:
    """One pass over the events of a session."""

    def __init__(self, whole: int, go_on: GoOn) -> None:
        self._whole = max(1, whole)
        self._go_on = go_on
        self.ledger = LatencyLedger()
        self.program = ""
        self.simulated = False
        self.comparison: Comparison | None = None
        self.unreadable = ""

    def through(self, database: Database, session: str) -> bool:
        """Read, replay and compare; False where it was stopped."""
        rerun, closed = Rerun(), False
        try:
            for number, event in enumerate(_events(database, session)):
                if number % CHECK_EVERY == 0 and not self._go_on(min(1.0, number / self._whole)):
                    return False
                closed = closed or isinstance(event, SessionClosed)
                self._note(event)
                rerun.take(event)
            self.comparison = rerun.finish(closed=closed)
        except StorageError as error:
            self.unreadable = error.user_text
        except ValueError as error:
            reason = str(error).partition("\n")[0]
            self.unreadable = f"what was in force cannot be read: {reason}"
        return self._go_on(1.0) or self.comparison is not None

    def _note(self, event: Event) -> None:
        if isinstance(event, KINDS):
            self.ledger.add(event)
        elif isinstance(event, SessionOpened):
            self.program, self.simulated = event.program, event.simulated


def _events(database: Database, session: str) -> Iterator[Event]:
    return Journal(database).read(session)


def _journal(kind: str, chain: JournalChain) -> JournalCheck:
    return JournalCheck(kind=kind, name=chain.name, entries=chain.entries, problem=chain.problem)


def _seal_words(chain: ChainReport) -> str:
    seal = chain.seal
    if seal is None:
        return "not sealed"
    words = f"by key {seal.key} on {seal.at_utc}"
    return f"{words}; {chain.ends.later} events since" if chain.ends.later else words


def _share(vital: Vital, parts: Sequence[Completeness]) -> PresentShare:
    """The share over all parts of the visit, and the reason that cost most."""
    own = [part for part in parts if part.vital is vital]
    whole_ns = sum(part.whole_ns for part in own)
    lost: dict[str, int] = {}
    for part in own:
        for one in part.missing:
            lost[one.reason.value] = lost.get(one.reason.value, 0) + one.missing_ns
    return PresentShare(
        vital=VITALS[vital].label,
        share=sum(part.present_ns for part in own) / whole_ns if whole_ns else None,
        why=max(lost, key=lambda reason: lost[reason], default=""),
    )


def _unheard(_session: str, _problem: str) -> None:
    """Nobody asked to be told."""
