"""`import`: what a file of another monitor or program holds, checked before it is shown."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.answers import BadInputError, print_json, print_table
from app.commands.trail import on_trail
from app.importing.choices import Choices, choices_of, choose_pairs
from app.importing.foreign import ForeignFileError, ForeignRecording
from app.importing.statistics import VitalStatistics, statistics_of
from app.importing.words import (
    STATISTICS_HEADINGS,
    about_words,
    heading_words,
    since_words,
    source_lines,
    statistics_cells,
    zero_words,
)
from app.rejudging.table_map import TableMapError, read_table_map
from app.trail.foreign_files import WatchedFiles


class _TimeUnit(StrEnum):
    MS = "ms"
    S = "s"
    MIN = "min"
    H = "h"


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, WFDB (.hea), EDF, EDF+ or .vital file.")],
    channels: Annotated[
        str, typer.Option("--map", help="What channels are: spo2=NAME,pr=NAME.")
    ] = "",
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="A mapping file, as rejudge takes it.")
    ] = None,
    missing: Annotated[
        str, typer.Option(help="Numbers or texts that mean no value in them: 0,127.")
    ] = "",
    time: Annotated[str, typer.Option(help="Table: column of the time.")] = "",
    unit: Annotated[_TimeUnit, typer.Option(help="Table: unit of the time.")] = _TimeUnit.S,
    rate: Annotated[float, typer.Option(help="Table without a time: rows a second.")] = 0.0,
    zero: Annotated[
        bool | None,
        typer.Option("--zero-missing/--zero-kept", help="Whether 0 means no value."),
    ] = None,
    day_first: Annotated[
        bool | None,
        typer.Option("--day-first/--month-first", help="How dates as 03/04/2026 are meant."),
    ] = None,
    last_repeated: Annotated[
        bool, typer.Option("--last-repeated", help="Only a change of a pressure is a new one.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Check a file from elsewhere and say what would be shown; nothing of it is kept."""
    try:
        base = Choices() if mapping is None else choices_of(read_table_map(mapping))
        named = choose_pairs(channels, [one for one in missing.split(",") if one.strip()])
    except (TableMapError, ValueError) as error:
        raise BadInputError(str(error)) from error
    choices = Choices(
        vitals={**base.vitals, **named},
        time=time or base.time,
        time_unit=unit.value if time else base.time_unit,
        rate_hz=rate,
        zero_is_missing=zero,
        last_repeated=last_repeated or base.last_repeated,
        day_first=day_first,
    )
    try:
        with on_trail("import", None) as trail:
            recording = WatchedFiles(trail).read(file, choices, lambda _share: True)
    except ForeignFileError as error:
        raise BadInputError(str(error)) from error
    if recording is None:
        raise BadInputError("Reading was stopped.")
    found = statistics_of(recording)
    if json:
        print_json(_plain(recording, found))
    else:
        _print(recording, found)


def _plain(recording: ForeignRecording, found: tuple[VitalStatistics, ...]) -> dict[str, Any]:
    """What is shown, without the values themselves."""
    return {
        "heading": heading_words(recording),
        "simulated": recording.simulated,
        "name": recording.name,
        "kind": recording.kind,
        "sources": recording.sources,
        "start": None if recording.start is None else recording.start.isoformat(),
        "start_words": recording.start_words,
        "length_s": recording.length_s,
        "streams": [
            {"mapped": one.mapped, "unit": one.unit, "statistics": numbers}
            for one, numbers in zip(recording.streams, found, strict=True)
        ],
        "waves": [
            {
                "channel": one.channel,
                "label": one.label,
                "unit": one.unit,
                "rate_hz": one.rate_hz,
                "samples": one.samples,
                "pieces": len(one.pieces),
            }
            for one in recording.waves
        ],
        "marks": recording.marks,
        "not_shown": recording.unknown,
        "zeros": recording.zeros,
        "zero_is_missing": recording.zero_is_missing,
        "checked": recording.checked,
        "notes": recording.notes,
        "missing": recording.missing,
    }


def _print(recording: ForeignRecording, found: tuple[VitalStatistics, ...]) -> None:
    typer.echo(f"{heading_words(recording)}\n{recording.name}: {about_words(recording)}")
    for line in source_lines(recording):
        typer.echo(line)
    for title, lines in (
        ("Checked", recording.checked),
        ("Missing", recording.missing),
        ("Assumed", (*recording.notes, *filter(None, [zero_words(recording)]))),
        ("Mapped", tuple(f"{one.channel}: {one.mapped}" for one in recording.streams)),
    ):
        for line in lines:
            typer.echo(f"{title}: {line}")
    typer.echo()
    print_table(STATISTICS_HEADINGS, [statistics_cells(one) for one in found])
    for wave in recording.waves:
        typer.echo(
            f"Waveform {wave.channel} ({wave.label}): {wave.samples} samples, "
            f"{wave.rate_hz:g} a second, {len(wave.pieces)} pieces"
        )
    if recording.marks:
        typer.echo()
        print_table(("Mark at", "Text"), [(since_words(m.t_s), m.text) for m in recording.marks])
    if recording.unknown:
        typer.echo()
        print_table(
            ("Not shown", "Unit", "Holds", "Why"),
            [(one.name, one.unit or "--", one.holds, one.why) for one in recording.unknown],
        )


__all__ = ["import_file"]
