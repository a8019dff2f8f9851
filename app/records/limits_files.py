"""Writes limits that were asked about, and the document of what came of it."""

from __future__ import annotations

from pathlib import Path

from app.places import RESOURCES
from app.printing.documents import DocumentError
from app.printing.limits_result import limits_document
from app.printing.result_document import DocumentOffice
from app.records.catalogue import CatalogueError
from app.records.making_now import making_now
from app.rejudging.asking import Answer, Asked
from app.trail.noting import SESSIONS, subject_of


def is_shipped(path: Path) -> bool:
    """Whether a file is one of those that came with the program."""
    return path.resolve().is_relative_to(RESOURCES.resolve())


def save_limits(text: str, path: Path) -> None:
    """Write a limits file where there is none yet, never among the program's own.

    Raises:
        CatalogueError: it cannot be done; the text says why and what to do.
    """
    if is_shipped(path):
        raise CatalogueError(
            f"{path} lies among the files of the program, which stay as they were shipped. "
            "Choose another folder."
        )
    if (RESOURCES / "limits" / f"{path.stem}.toml").is_file():
        raise CatalogueError(
            f"The program has limits of its own by the name {path.stem}. Choose another name."
        )
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise CatalogueError(
            f"{path} is there already and is not written over. Choose another name."
        ) from error
    except OSError as error:
        raise CatalogueError(f"{path} cannot be written: {error.strerror}.") from error


def write_answer(
    office: DocumentOffice, asked: Asked, answer: Answer, path: Path, *, by: str, record: str
) -> str:
    """Write the document of `answer`, as PDF or HTML by the ending, and its limits beside it.

    `by` has it made, from the sessions of `record`.

    Returns:
        What was written, in sentences.

    Raises:
        CatalogueError: one of them cannot be written, or other limits are there by that name.
    """
    text = answer.question.limits_text
    beside = path.with_suffix(".toml")
    if not _holds(beside, text):
        save_limits(text, beside)
    making = making_now(by, record)
    document = limits_document(asked, answer, making, limits_file=beside.name)
    try:
        written = office.write_result(document, path, subject=_subject(answer))
    except DocumentError as error:
        raise CatalogueError(str(error)) from error
    return f"{written.words} The limits asked about: {beside}."


def _subject(answer: Answer) -> str:
    sessions = answer.question.sessions
    return subject_of(sessions[0]) if len(sessions) == 1 else SESSIONS


def _holds(path: Path, text: str) -> bool:
    """Whether a file holds just that text already."""
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
