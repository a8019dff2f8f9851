"""`courses list|show|due|open|book|decide|score|attach|verify`: courses of treatment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.clock import iso_utc
from app.commands.answers import EXIT_NO, BadInputError, print_json, print_table
from app.commands.course_chains import print_chains
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.own_record import forwarded, own_record_of
from app.commands.proof_of_name import proven_name
from app.commands.trail import on_trail
from app.commands.unlocking import unlock_to_use
from app.own_record import OwnRecord
from app.places import database as place_of_database
from app.reception.courses import Courses
from app.reception.shared_record import DirectServer
from app.records.course_book import CourseError, CoursePicture, NewCourse
from app.sealing import known_site_keys
from app.trail.courses import WatchedCourses
from protocols.courses.course import CourseView, VisitLine
from protocols.courses.entries import Choice, DecisionTaken, Entry, ScoreTaken, VisitBooked
from protocols.courses.standing import course_line, due_items
from protocols.guardrails import amount_text
from storage.verification import verify_courses

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
CourseArgument = Annotated[str, typer.Argument(help="Name of the course, see: courses list.")]
ByOption = Annotated[
    str, typer.Option("--by", help="Who makes the entry; where people have accounts, your user.")
]
BySecretOption = Annotated[
    Path | None,
    typer.Option("--by-secret-file", help="File with your password, where asked for; else typed."),
]
PrescriberOption = Annotated[str, typer.Option(help="The prescriber who decides.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_courses)
    group.command("show")(show)
    group.command("due")(due)
    group.command("templates")(list_templates)
    group.command("open")(open_course)
    group.command("book")(book)
    group.command("decide")(decide)
    group.command("score")(score)
    group.command("attach")(attach)
    group.command("verify")(verify)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except CourseError as error:
        raise BadInputError(str(error)) from error


@contextmanager
def _book(named: str | None) -> Iterator[Courses]:
    """The courses, to add to; where rooms share a server, what is added goes there too."""
    own = own_record_of(named)
    unlock_to_use(own.place)
    with _told(), forwarded(own):
        yield _shared(Courses(own.place), own)


def _book_to_read(named: str | None) -> Courses:
    own = own_record_of(named)
    if not own.address and not Path(own.place).is_file():
        raise BadInputError(f"{own.place}: no such database")
    unlock_to_use(own.place)
    return _shared(Courses(own.place), own)


def _shared(book: Courses, own: OwnRecord) -> Courses:
    if own.address:
        book.share(DirectServer(own.address))
    return book


@contextmanager
def _looking(named: str | None, command: str) -> Iterator[Courses]:
    """The courses of the record, each look at them noted; CourseError told."""
    with _told(), on_trail(f"courses {command}", named) as trail:
        book = WatchedCourses(_book_to_read(named).place, trail)
        yield _shared(book, own_record_of(named))
        if book.note:
            typer.echo(book.note, err=True)


def list_courses(database: DatabaseOption = None, json: JsonOption = False) -> None:
    """Every course as it stands now, and the clinic's own response rate."""
    with _looking(database, "list") as book:
        found = book.courses()
    rate = book.response_rate(found)
    if json:
        print_json([_summary(one) for one in found])
        return
    print_table(
        ("course", "patient", "MRN", "stands", "outcome", ""),
        [
            (
                one.course,
                one.opened.patient,
                one.opened.mrn,
                one.problem if one.view is None else course_line(one.view),
                "" if one.view is None else one.view.outcome.kind,
                _marks(one),
            )
            for one in found
        ],
    )
    typer.echo(rate.sentence)


def _marks(one: CoursePicture) -> str:
    damaged = "damaged: see show" if one.problem else ""
    return " ".join(m for m in ("simulated" if one.opened.simulated else "", damaged) if m)


def _summary(one: CoursePicture) -> dict[str, Any]:
    told: dict[str, Any] = {
        "course": one.course,
        "patient": one.opened.patient,
        "mrn": one.opened.mrn,
        "simulated": one.opened.simulated,
        "problem": one.problem,
    }
    view = one.view
    if view is None:
        return told
    return told | {
        "template": view.template.id,
        "open": view.is_open,
        "position": view.position,
        "planned": view.planned,
        "line": course_line(view),
        "outcome": view.outcome.kind,
        "decisions": [decision.id for decision in view.decisions],
        "doses": view.exposure.doses,
        "total_mg": view.exposure.total_mg,
    }


def show(course: CourseArgument, database: DatabaseOption = None, json: JsonOption = False) -> None:
    """One course: visits, doses, ratings, outcome with its definitions, what is open."""
    with _looking(database, "show") as book:
        picture = book.course(course)
    if json:
        print_json(_summary(picture) | _detail(picture.view))
        return
    if picture.problem:
        typer.echo(f"Not to be relied on: {picture.problem}")
    view = picture.view
    if view is None:
        return
    typer.echo(f"{picture.opened.patient}, MRN {picture.opened.mrn}: {course_line(view)}")
    typer.echo(f"Opened {view.opened.at_utc} by {view.opened.by} for {view.opened.prescriber}.")
    for decision in view.decisions:
        typer.echo(f"Open decision {decision.id}: {decision.sentence}")
    headings = ("visit", "stands", "date", "dose", "given", "peak BP", "note")
    print_table(headings, map(_row, view.visits))
    for item in view.scores:
        result = item.band if item.total is None else f"{item.total} {item.band}".strip()
        typer.echo(f"{item.taken:%Y-%m-%d %H:%M} {item.scale}: {result}")
    typer.echo(view.outcome.sentence)
    typer.echo(view.outcome.definition)


def _row(line: VisitLine) -> tuple[str, ...]:
    given = None if line.fact is None else line.fact.delivered_mg
    notes = [f"missed: {reason}" for reason in line.missed]
    return (
        str(line.position),
        f"{line.standing}{', booked' if line.booked else ''}",
        "" if line.due is None else f"{line.due:%Y-%m-%d %H:%M}",
        line.dose,
        "" if given is None else f"{amount_text(given)} mg",
        _peak(line),
        "; ".join(notes),
    )


def _peak(line: VisitLine) -> str:
    """Highest SBP and highest DBP since the start of the dose, which need not be of one reading."""
    fact = line.fact
    if fact is None or fact.peak_sbp_mmhg is None or fact.peak_dbp_mmhg is None:
        return ""
    return f"{fact.peak_sbp_mmhg:.0f}/{fact.peak_dbp_mmhg:.0f}"


def _detail(view: CourseView | None) -> dict[str, Any]:
    if view is None:
        return {}
    return {
        "visits": [
            {
                "position": line.position,
                "stands": line.standing,
                "due": None if line.due is None else line.due.isoformat(),
                "booked": line.booked,
                "session": None if line.fact is None else line.fact.session,
                "delivered_mg": None if line.fact is None else line.fact.delivered_mg,
                "peak_sbp_mmhg": None if line.fact is None else line.fact.peak_sbp_mmhg,
                "peak_dbp_mmhg": None if line.fact is None else line.fact.peak_dbp_mmhg,
            }
            for line in view.visits
        ],
        "scores": [
            {"scale": s.scale, "taken": s.taken.isoformat(), "total": s.total, "band": s.band}
            for s in view.scores
        ],
        "outcome_sentence": view.outcome.sentence,
        "definition": view.outcome.definition,
        "bounds": dict(view.outcome.bounds),
    }


def due(
    database: DatabaseOption = None,
    simulated: Annotated[bool, typer.Option(help="Simulated patients instead.")] = False,
    json: JsonOption = False,
) -> None:
    """What waits for somebody: visits, decisions, ratings, questions; what is overdue first."""
    with _looking(database, "due") as book:
        found = book.courses()
    items = [
        (one, item)
        for one in found
        if one.view is not None and one.opened.simulated is simulated
        for item in due_items(one.view)
    ]
    items.sort(key=lambda pair: not pair[1].overdue)
    if json:
        print_json(
            [
                {
                    "course": one.course,
                    "patient": one.opened.patient,
                    "mrn": one.opened.mrn,
                    "kind": item.kind,
                    "due": None if item.due is None else item.due.isoformat(),
                    "overdue": item.overdue,
                    "sentence": item.sentence,
                }
                for one, item in items
            ]
        )
        return
    print_table(
        ("", "due", "patient", "course", "what"),
        [
            (
                "overdue" if item.overdue else "due",
                "" if item.due is None else f"{item.due:%Y-%m-%d %H:%M}",
                one.opened.patient,
                one.course,
                item.sentence,
            )
            for one, item in items
        ],
    )


def list_templates(json: JsonOption = False) -> None:
    """The course templates shipped with the program."""
    with _told():
        found = Courses(place_of_database(None)).templates()
    if json:
        print_json(
            [
                {
                    "id": t.id,
                    "version": t.version,
                    "title": t.title,
                    "variants": [variant.id for variant in t.variants],
                    "scales": t.scales,
                    "approved_by": t.approved_by,
                }
                for t in found
            ]
        )
        return
    print_table(
        ("id", "version", "title", "variants", "approved by"),
        [
            (
                t.id,
                t.version,
                t.title,
                " ".join(variant.id for variant in t.variants),
                t.approved_by or "not yet approved",
            )
            for t in found
        ],
    )


def open_course(
    template: Annotated[str, typer.Argument(help="Template, see: courses templates.")],
    mrn: Annotated[str, typer.Option(help="Record number of the patient.")],
    patient: Annotated[str, typer.Option(help="Name as people read it: Doe, Jane.")],
    first_date: Annotated[str, typer.Option("--first", help="First visit, YYYY-MM-DD.")],
    prescriber: PrescriberOption,
    scale: Annotated[str, typer.Option(help="Primary scale: outcome is judged on it.")],
    by: ByOption,
    variant: Annotated[str, typer.Option(help="Needed where the template has several.")] = "",
    indication: Annotated[str, typer.Option(help="What is treated.")] = "",
    bipolar: Annotated[
        bool | None, typer.Option("--bipolar/--no-bipolar", help="Left out: not asked.")
    ] = None,
    simulated: Annotated[bool, typer.Option(help="Of a simulated patient, for ever.")] = False,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Open a course and print its name."""
    by = _proven(by, by_secret_file, database)
    with _book(database) as book:
        chosen, _ = book.template(template)
        only = chosen.variants[0].id if len(chosen.variants) == 1 else ""
        name = book.open_course(
            NewCourse(
                mrn=mrn,
                patient=patient,
                template=template,
                variant=variant or only,
                first_date=first_date,
                prescriber=prescriber,
                scale=scale,
                indication=indication,
                bipolar=bipolar,
                simulated=simulated,
            ),
            by,
        )
    typer.echo(name)


def book(
    course: CourseArgument,
    visit: Annotated[int, typer.Argument(help="Number of the visit.")],
    when: Annotated[str, typer.Argument(help="Local date and time: 2026-11-05T09:00.")],
    by: ByOption,
    reason: Annotated[str, typer.Option(help="Needed to move an appointment.")] = "",
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Book a visit, or move its appointment."""
    by = _proven(by, by_secret_file, database)
    entry = VisitBooked(
        by=by, at_utc="", position=visit, planned_utc=_utc(when), reason=reason.strip()
    )
    _add(database, course, entry)


def decide(
    course: CourseArgument,
    decision: Annotated[str, typer.Argument(help="Id of the decision, see: courses show.")],
    choice: Annotated[Choice, typer.Argument(help="What was decided.")],
    prescriber: PrescriberOption,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: ByOption,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Record what a prescriber decided."""
    by = _proven(by, by_secret_file, database)
    entry = DecisionTaken(
        by=by, at_utc="", decision=decision, choice=choice, prescriber=prescriber, reason=reason
    )
    _add(database, course, entry)


def score(
    course: CourseArgument,
    scale: Annotated[str, typer.Argument(help="Id of the scale, for example phq-9.")],
    total: Annotated[int, typer.Argument(help="Total.")],
    by: ByOption,
    taken: Annotated[str, typer.Option(help="Local date and time: 2026-11-05T09:00.")],
    positive: Annotated[
        bool | None,
        typer.Option(
            "--positive/--negative",
            help="Whether an item on death or self-harm was positive; left out: not known.",
        ),
    ] = None,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Record a rating taken outside a session."""
    by = _proven(by, by_secret_file, database)
    entry = ScoreTaken(
        by=by, at_utc="", scale=scale, total=total, taken_utc=_utc(taken), positive=positive
    )
    _add(database, course, entry)


def attach(
    session: Annotated[str, typer.Argument(help="Name of the session, see: sessions list.")],
    course: CourseArgument,
    visit: Annotated[int, typer.Option(help="Number of the visit that it was.")],
    reason: Annotated[str, typer.Option(help="Why it is attached afterwards.")],
    by: ByOption,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a session with a dose a visit of a course, where the session names none."""
    by = _proven(by, by_secret_file, database)
    with _told():
        _book_to_read(database).attach(session, course, position=visit, reason=reason, by=by)


def verify(
    course: Annotated[str | None, typer.Argument(help="A course; left out: every course.")] = None,
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a course.")] = False,
) -> int:
    """Check the chain of courses; exit status 1 names the first wrong entry of each."""
    with opened_to_read(database) as record, on_trail("courses verify", database) as trail:
        chains = verify_courses(record, course, known=known_site_keys())
        for chain in chains:
            trail.verified(f"course {chain.name}", chain.problem)
    if course is not None and not chains:
        raise BadInputError(f"There is no course {course}.")
    if not chains and not json:
        typer.echo("No course in this record.")
    return 0 if print_chains("course", chains, as_json=json) else EXIT_NO


def _proven(by: str, secret_file: Path | None, database: str | None) -> str:
    return proven_name(by, secret_file, database, page="courses", command="courses")


def _add(database: str | None, course: str, entry: Entry) -> None:
    with _book(database) as book:
        book.add(course, entry)


def _utc(text: str) -> str:
    try:
        return iso_utc(datetime.fromisoformat(text).astimezone())
    except ValueError:
        raise BadInputError(f"{text}: write date and time as 2026-11-05T09:00") from None
