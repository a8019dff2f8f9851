"""Writes what was made of many sessions: a cohort, a comparison; as CSV, PDF or HTML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.people.actor import actor
from app.printing.cohort_result import cohort_document
from app.printing.comparison_result import comparison_document
from app.printing.documents import DocumentError
from app.printing.making import Making
from app.printing.result_document import DocumentOffice, ResultDocument
from app.records.catalogue import CatalogueError
from app.records.making_now import making_now
from app.records.many_sessions import CohortAnswer
from app.reviewing.alignment import Comparison
from app.reviewing.cohort_csv import cohort_csv
from app.reviewing.cohort_rules import CohortRules
from app.reviewing.comparison_csv import comparison_csv
from app.reviewing.published import Published
from app.trail.noting import SESSIONS, Trail, subject_of
from storage.server import shown_place


class ManyFiles:
    """A `ManyWriter` for one record; every file written is noted on the trail."""

    def __init__(
        self, office: DocumentOffice, trail: Trail, named: str, *, who: Callable[[], str] = actor
    ) -> None:
        """Documents are written by `office`, as made by `who`, of the record as it was `named`."""
        self._office, self._trail, self._named, self._who = office, trail, named, who

    def write_cohort(
        self, answer: CohortAnswer, rules: CohortRules, published: Published, path: Path
    ) -> str:
        """Write `answer` as the ending of `path` says, beside what is `published`.

        Returns:
            What was written, in a sentence.

        Raises:
            CatalogueError: it cannot be written.
        """
        if path.suffix.lower() == ".csv":
            text = cohort_csv(answer.cohort, published, answer.search.words)
            return self._write_csv(text, path, "csv, cohort", [SESSIONS])
        document = cohort_document(answer, rules, published, self._making())
        return self._write(document, path, SESSIONS)

    def write_comparison(self, comparison: Comparison, path: Path) -> str:
        """Write `comparison` as the ending of `path` says.

        Returns:
            What was written, in a sentence.

        Raises:
            CatalogueError: it cannot be written.
        """
        if path.suffix.lower() == ".csv":
            subjects = [subject_of(one.trace.session) for one in comparison.sessions]
            return self._write_csv(comparison_csv(comparison), path, "csv, comparison", subjects)
        return self._write(comparison_document(comparison, self._making()), path, SESSIONS)

    def _making(self) -> Making:
        return making_now(self._who(), shown_place(self._named))

    def _write(self, document: ResultDocument, path: Path, subject: str) -> str:
        try:
            return self._office.write_result(document, path, subject=subject).words
        except DocumentError as error:
            raise CatalogueError(str(error)) from error

    def _write_csv(self, text: str, path: Path, form: str, subjects: list[str]) -> str:
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise CatalogueError(f"{path} cannot be written: {error.strerror}.") from error
        for subject in subjects:
            self._trail.exported(subject, form, path)
        return f"{path}: written."
