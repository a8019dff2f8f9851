"""`report session|course`: the report of a session or a course as a PDF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from app.places import database as place_of_database
from app.printing.document_maker import DocumentMaker
from app.printing.documents import DocumentError, Site
from app.printing.offered import Sort
from app.printing.record_documents import documents_of
from app.printing.result_document import WrittenDocument
from app.reception.settings import load_settings
from app.records.catalogue import CatalogueError
from app.trail.archive import WatchedArchive
from app.trail.courses import WatchedCourses


class Paper(StrEnum):
    """Sizes of paper."""

    A4 = "A4"
    LETTER = "letter"


OutputOption = Annotated[Path, typer.Option("--output", help="PDF file to write.")]
PaperOption = Annotated[
    Paper | None, typer.Option("--paper", help="A4 or letter; else as the site is set up.")
]


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("session")(report_session)
    group.command("course")(report_course)


def report_session(
    session: Annotated[str, typer.Argument(help="Name of the session.")],
    output: OutputOption,
    paper: PaperOption = None,
    database: DatabaseOption = None,
) -> None:
    """Page one with numbers, trends, episodes and signatures; then every table."""
    with _maker(database, paper, "report session") as (maker, archive):
        opened = archive.open_session(session)
        offer = next(one for one in maker.offers(opened) if one.sort is Sort.REPORT)
        for sentence in maker.lacks(opened, offer):
            typer.echo(f"missing: {sentence}")
        _say(maker.write(opened, offer, output, _go_on))


def report_course(
    course: Annotated[str, typer.Argument(help="Name of the course, see: courses list.")],
    output: OutputOption,
    paper: PaperOption = None,
    database: DatabaseOption = None,
) -> None:
    """Doses, peaks, ratings with the bounds of outcomes, side effects, decisions."""
    with _maker(database, paper, "report course") as (maker, _):
        _say(maker.write_course(course, output, _go_on))


@contextmanager
def _maker(
    named: str | None, paper: Paper | None, command: str
) -> Iterator[tuple[DocumentMaker, WatchedArchive]]:
    """What makes documents of the record, each look and copy noted; faults told in a sentence."""
    with opened_to_read(named) as record, on_trail(command, named) as trail:
        archive = WatchedArchive(record, trail)
        site = _site(paper)
        courses = WatchedCourses(place_of_database(named), trail)
        maker = documents_of(
            record,
            trail,
            lambda: site,
            open_session=archive.open_session,
            courses=courses,
        )
        try:
            yield maker, archive
        except (DocumentError, CatalogueError) as error:
            raise BadInputError(str(error)) from error


def _site(paper: Paper | None) -> Site:
    settings, notice = load_settings()
    if notice:
        typer.echo(notice, err=True)
    size = settings.site.paper if paper is None else paper.value
    return Site(card=settings.site.lines(), paper=size)


def _say(written: WrittenDocument | None) -> None:
    if written is not None:
        typer.echo(written.words)


def _go_on(_share: float) -> bool:
    return True
