"""`accept`: runs the library of scripted sessions on this machine and gives a sealed result."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.acceptance.library import read_library, read_scenario
from app.acceptance.result import Place, acceptance_document, summary_words
from app.acceptance.running import Progress, Ran, StoppedError, run_scenario
from app.acceptance.scenario import Scenario
from app.acceptance.scenario_file import ScenarioError
from app.clock import utc_now
from app.commands.answers import EXIT_NO, BadInputError, print_json, print_table
from app.commands.long_work import LongWork, long_work
from app.commands.trail import on_trail
from app.people.actor import actor
from app.places import NoSuchResourceError, data_folder, program_version, seal_key_path
from app.printing.documents import DocumentError
from app.printing.office import Office, ready_key
from app.printing.result_document import Fact
from app.reception.settings import load_settings
from app.review_criteria import load_criteria
from app.sealing import ready_sealing
from app.time_zone import zone_name
from app.trail.noting import own_place
from protocols.review_criteria import CriteriaError, ReviewCriteria


def accept(
    scenario: Annotated[
        list[str] | None, typer.Argument(help="Names or files of scenarios; else the library.")
    ] = None,
    shows: Annotated[
        bool, typer.Option("--list", help="Only list the library, with what each teaches.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder for the sessions and the result; else beside the record."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a scenario.")] = False,
) -> int:
    """Run scripted sessions as the acceptance of this installation; exit status 1 if one fails."""
    wanted = _wanted(scenario or [])
    if shows:
        _list(wanted, as_json=json)
        return 0
    criteria = _criteria()
    began = utc_now()
    place = _folder(folder, began)
    record = str(place / "sessions.db")
    ran = _run_all(wanted, record, began, criteria, as_json=json)
    if problem := ready_sealing(record):
        typer.echo(problem, err=True)
    good = len(ran) == len(wanted) and all(one.met for one in ran)
    if not json:
        typer.echo(summary_words(ran, len(wanted)))
    _write(ran, len(wanted), place, record, began, as_json=json)
    return 0 if good else EXIT_NO


def _wanted(named: Sequence[str]) -> tuple[Scenario, ...]:
    try:
        return tuple(read_scenario(name) for name in named) if named else read_library()
    except (NoSuchResourceError, ScenarioError) as error:
        raise BadInputError("; ".join(str(error).splitlines())) from error


def _list(wanted: Sequence[Scenario], *, as_json: bool) -> None:
    if as_json:
        for one in wanted:
            print_json(
                {
                    "id": one.id,
                    "version": one.version,
                    "title": one.title,
                    "story": one.story,
                    "teaches": one.teaches,
                    "protocol": one.protocol,
                    "patient": one.patient,
                    "expected": len(one.expected),
                    "review_date": one.review_date.isoformat(),
                    "approved_by": one.approved_by,
                }
            )
        return
    print_table(("scenario", "what happens"), [(one.id, one.title) for one in wanted])
    typer.echo("")
    for one in wanted:
        typer.echo(f"{one.id}: {one.story}\n  To learn: {one.teaches}")


def _folder(named: Path | None, began: datetime) -> Path:
    """Where sessions and result go: never into the record of patients."""
    stamp = f"acceptance {began:%Y-%m-%d %H%M%S}"
    place = (data_folder() / "acceptance" / stamp) if named is None else named
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"{place} cannot be made: {error.strerror or error}.") from error
    if (place / "sessions.db").exists():
        raise BadInputError(f"{place} has a run in it already: name another folder.")
    return place


def _criteria() -> ReviewCriteria:
    try:
        found = load_criteria()
    except (NoSuchResourceError, CriteriaError) as error:
        raise BadInputError("; ".join(str(error).splitlines())) from error
    if found.problem:
        typer.echo(found.problem, err=True)
    return found.criteria


def _run_all(
    wanted: Sequence[Scenario],
    record: str,
    began: datetime,
    criteria: ReviewCriteria,
    *,
    as_json: bool,
) -> list[Ran]:
    ran: list[Ran] = []
    with long_work("scripted sessions") as work:
        for number, one in enumerate(wanted):
            work.name(one.id)
            try:
                go_on = _share_of(work, number, len(wanted))
                found = run_scenario(one, record, began, criteria, go_on)
            except StoppedError:
                break
            ran.append(found)
            with work.aside():
                _print(found, as_json=as_json)
    return ran


def _share_of(work: LongWork, number: int, whole: int) -> Progress:
    def go_on(share: float) -> bool:
        return work.go_on((number + share) / whole)

    return go_on


def _print(ran: Ran, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "scenario": ran.scenario.id,
                "version": ran.scenario.version,
                "met": ran.met,
                "session": ran.session,
                "problem": ran.problem,
                "judged": ran.judged,
                "chain": ran.head,
            }
        )
        return
    typer.echo(f"{'pass' if ran.met else 'FAIL'}  {ran.scenario.id}: {ran.scenario.title}")
    if ran.problem:
        typer.echo(f"      {ran.problem}")
    for one in ran.judged:
        if not one.met:
            typer.echo(f"      not as expected: {one.text}. Found: {one.found}")


def _write(
    ran: Sequence[Ran],
    wanted: int,
    folder: Path,
    record: str,
    began: datetime,
    *,
    as_json: bool,
) -> None:
    """Write the result as PDF and HTML, sealed with the site's key, and say where."""
    settings, _ = load_settings()
    document = acceptance_document(
        ran,
        wanted,
        Place(
            site=settings.site.name,
            facts=_machine(),
            program=program_version(),
            made_at=began.astimezone().isoformat(timespec="seconds"),
            made_by=actor(),
            record=record,
        ),
    )
    with on_trail("accept", own_place()) as trail:
        office = Office(trail, ready_key(seal_key_path()), paper=settings.site.paper)
        for ending in ("pdf", "html"):
            try:
                written = office.write_result(
                    document, folder / f"acceptance.{ending}", subject="acceptance"
                )
            except DocumentError as error:
                raise BadInputError(str(error)) from error
            typer.echo(written.words, err=as_json)


def _machine() -> tuple[Fact, ...]:
    """What the machine says of itself."""
    return (
        Fact(
            name="System", value=f"{platform.system()} {platform.release()}, {platform.machine()}"
        ),
        Fact(name="Python", value=platform.python_version()),
        Fact(name="Time zone", value=zone_name() or "not told by the system"),
    )
