"""Answers what other limits would have changed, from the record and from files of numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from app.importing.as_recording import as_recording
from app.importing.choices import Choices
from app.importing.door import ForeignFiles
from app.importing.foreign import ForeignFileError, ForeignRecording
from app.importing.isolated import PlainFiles
from app.people.actor import actor
from app.places import (
    NoSuchResourceError,
    names_of,
    read_limits,
    seal_key_path,
)
from app.printing.office import Office, ready_key
from app.printing.result_document import DocumentOffice
from app.records.catalogue import CatalogueError
from app.records.limits_files import is_shipped, save_limits, write_answer
from app.records.rare_events import read_rare
from app.rejudging.asking import Answer, Asked, GoOn, NumbersFile, Question
from app.rejudging.batch import Task, Unread, judge_sessions
from app.rejudging.draft import Origin
from app.rejudging.journal import read_recording
from app.rejudging.recording import Recording
from app.rejudging.results import Result, summarise
from app.rejudging.table_map import TableMapError, read_table_map
from app.rejudging.tables import TableError, read_table
from app.rejudging.what_if import WhatIf
from app.trail.noting import SESSIONS, Trail, subject_of
from protocols.events import SessionOpened
from protocols.limits import LimitsError, LimitsProfile, parse_limits
from storage.database import Database
from storage.export import leaves_protection
from storage.faults import StorageError
from storage.server import shown_place

_Found = Generator[Result | Unread | None, None, None]
"""What judging gives one after another; None where it was stopped."""

MOST_NAMED = 20
"""So many sessions are noted on the trail by name; more are noted as a number."""


class RecordAsker:
    """Judges sessions of one record, and files of numbers, under any limits."""

    def __init__(
        self,
        database: Database,
        place: str,
        trail: Trail | None = None,
        *,
        office: DocumentOffice | None = None,
        named: str = "",
        files: ForeignFiles | None = None,
        who: Callable[[], str] = actor,
    ) -> None:
        """Read `database`, which is at `place`; looks and copies are noted on `trail`.

        Documents are written by `office`, as made by `who`, of the record as it was `named`;
        `files` opens those from elsewhere.
        """
        self._database = database
        self._place = place
        self._shown = shown_place(named or place)
        self._trail = trail
        self._office = office or Office(
            trail, ready_key(seal_key_path()), unprotected=leaves_protection(database)
        )
        self._files = files or PlainFiles()
        self._who = who
        self._lock = threading.Lock()
        self._kept: Recording | None = None

    def offered(self) -> Sequence[Origin]:
        """The limits files of the program, then those of the site.

        Raises:
            CatalogueError: one of them cannot be read.
        """
        found = [self._named(name) for name in names_of("limits")]
        return sorted(found, key=lambda origin: (not origin.shipped, origin.name))

    def file(self, path: Path) -> Origin:
        """The limits in a file.

        Raises:
            CatalogueError: it cannot be read.
        """
        return self._named(str(path))

    def _named(self, name: str) -> Origin:
        try:
            text, path = read_limits(name)
        except NoSuchResourceError as error:
            raise CatalogueError(str(error)) from error
        shipped = is_shipped(Path(path))
        return Origin(
            name=Path(path).stem if shipped else Path(path).name, text=text, shipped=shipped
        )

    def recorded(self, session: str) -> Origin:
        """The limits that a session was recorded under.

        Raises:
            CatalogueError: it cannot be read, or names none.
        """
        with _told():
            opened = read_rare(self._database, session, (SessionOpened,))
        texts = [event.limits_text for event in opened if isinstance(event, SessionOpened)]
        if not texts or not texts[0]:
            raise CatalogueError(f"{session} was recorded without limits that can be read.")
        return Origin(name=f"recorded in {session}", text=texts[0])

    def ask(self, question: Question, go_on: GoOn) -> Answer | None:
        """Judge every recording; None when `go_on` stopped it.

        Raises:
            CatalogueError: the limits or a file cannot be used, or nothing could be judged.
        """
        limits = _parsed(question.limits_text)
        against = _parsed(question.against_text) if question.against_text else None
        what_if = WhatIf(limits, against)
        total = len(question.sessions) + len(question.files)
        results: list[Result] = []
        unread: dict[str, str] = {}
        with closing(self._judge(question, what_if, go_on)) as judged:
            for found in judged:
                if found is None:
                    return None
                if isinstance(found, Unread):
                    unread[found.name] = found.why
                else:
                    results.append(found)
                done = len(results) + len(unread)
                if not go_on(min(1.0, done / total)):
                    return None
        if not results:
            raise CatalogueError(next(iter(unread.values()), "There is nothing to judge."))
        self._note(question)
        return Answer(
            question=question,
            results=tuple(results),
            summary=summarise(results, limits, against, unread),
            simulated=frozenset(one.name for one in results if one.simulated),
        )

    def _judge(self, question: Question, what_if: WhatIf, go_on: GoOn) -> _Found:
        task = Task(
            database=self._place,
            sessions=question.sessions,
            limits_text=question.limits_text,
            against_text=question.against_text,
        )
        with _told(), closing(judge_sessions(task)) as judged:
            yield from judged if question.sessions else ()
        for file in question.files:
            if file.mapping is not None:
                for recording in read_numbers(file.path, file.mapping):
                    yield what_if.judge(recording)
                continue
            foreign = file.recording or self._read_foreign(file, go_on)
            yield None if foreign is None else what_if.judge(as_recording(foreign))

    def _read_foreign(self, file: NumbersFile, go_on: GoOn) -> ForeignRecording | None:
        try:
            return self._files.read(file.path, Choices(), lambda _share: go_on(0.0))
        except ForeignFileError as error:
            raise CatalogueError(str(error)) from error

    def _note(self, question: Question) -> None:
        if self._trail is None or not question.sessions:
            return
        if len(question.sessions) > MOST_NAMED:
            self._trail.looked(SESSIONS, f"{len(question.sessions)} judged under other limits")
            return
        for session in question.sessions:
            self._trail.looked(subject_of(session), "judged under other limits")

    def ask_one(self, session: str, limits_text: str, against_text: str) -> Result:
        """Judge one session, which is kept read for the next time.

        Raises:
            CatalogueError: it or the limits cannot be read.
        """
        with _told(), self._lock:
            if self._kept is None or self._kept.name != session:
                self._kept = read_recording(self._database, session)
                if self._trail is not None:
                    self._trail.looked(subject_of(session), "judged under other limits")
            recording = self._kept
        against = _parsed(against_text) if against_text else None
        return WhatIf(_parsed(limits_text), against).judge(recording)

    def save(self, text: str, path: Path) -> str:
        """Write new limits to a file that is not there yet.

        Raises:
            CatalogueError: it is there, it is one of the program's own, or it cannot be written.
        """
        save_limits(text, path)
        if self._trail is not None:
            self._trail.exported("limits asked about", "toml", path)
        return f"Written: {path}. Nobody has approved it; no session uses it until it is chosen."

    def write(self, asked: Asked, answer: Answer, path: Path) -> str:
        """Write the document of `answer`, as PDF or HTML by the ending, and its limits beside it.

        Raises:
            CatalogueError: one of them cannot be written, or other limits are there by that name.
        """
        by, record = self._who(), self._shown
        return write_answer(self._office, asked, answer, path, by=by, record=record)


def read_numbers(path: Path, mapping: Path) -> list[Recording]:
    """The recordings in a CSV file of numbers.

    Raises:
        CatalogueError: it cannot be read as the file `mapping` says.
    """
    try:
        return read_table(path, read_table_map(mapping))
    except (TableError, TableMapError) as error:
        raise CatalogueError(str(error)) from error


def _parsed(text: str) -> LimitsProfile:
    try:
        return parse_limits(text, "limits")
    except LimitsError as error:
        raise CatalogueError(str(error.problems[0])) from error


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise CatalogueError(error.user_text) from error
    except LimitsError as error:
        raise CatalogueError(f"Its own limits cannot be read: {error.problems[0]}") from error
