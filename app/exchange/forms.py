"""The formats a session can be copied in: what each holds, and what is lost in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CopyForm(StrEnum):
    """A format of a copy."""

    CSV = "csv"
    CSV_WIDE = "csv-wide"
    JSON = "json"
    FHIR = "fhir"
    EDF = "edf"
    WFDB = "wfdb"
    VITAL = "vital"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFacts:
    """What people are told of a format.

    Attributes:
        title: its name.
        ending: of the file; empty where the copy is a folder.
        holds: what is in it, in a sentence.
        loses: what is not, in a sentence.
        needs_extra: whether its library is installed only with the extra ``exchange``.
    """

    title: str
    ending: str
    holds: str
    loses: str
    needs_extra: bool = False


FORMS: dict[CopyForm, FormFacts] = {
    CopyForm.CSV: FormFacts(
        title="CSV, a row an event",
        ending=".csv",
        holds="Every reading, alarm, action and correction with its time, for a spreadsheet.",
        loses="Bytes of the monitors are left out, and so is the waveform unless it is asked for.",
    ),
    CopyForm.CSV_WIDE: FormFacts(
        title="CSV, a row a second",
        ending=".csv",
        holds="A column for each vital sign of each source; a cell is empty where nothing came.",
        loses="Of several readings in one second the last is kept; no events, no waveform.",
    ),
    CopyForm.JSON: FormFacts(
        title="JSON, complete",
        ending=".json",
        holds="Every event as it was recorded; chain and seals can be checked from the file alone.",
        loses="Nothing. De-identified it has no chain, for its events are not those recorded.",
    ),
    CopyForm.FHIR: FormFacts(
        title="FHIR R4 bundle",
        ending=".fhir.json",
        holds="Patient, visit, monitors, vital signs, drug, alarms, side effects, scales, origin.",
        loses="Streams come once a second; no waveform, no steps of the program, no checklists.",
    ),
    CopyForm.EDF: FormFacts(
        title="EDF+",
        ending=".edf",
        holds="Pulse wave at its own rate, numbers once a second, annotations of what happened.",
        loses="Numbers to the decimals of the vital; long sentences are cut; no table of the dose.",
    ),
    CopyForm.WFDB: FormFacts(
        title="WFDB record",
        ending="",
        holds="Pulse wave at its own rate, numbers once a second beside it, annotations.",
        loses="Numbers to the decimals of the vital; no table of the dose. A folder of files.",
        needs_extra=True,
    ),
    CopyForm.VITAL: FormFacts(
        title="VitalDB (.vital)",
        ending=".vital",
        holds="Every reading at its own time, pulse wave at its own rate, events as text.",
        loses="The format has no place for the patient or the visit; both stand in a text track.",
        needs_extra=True,
    ),
}
"""What is told of each format, in the order in which they are offered."""

NEEDS_EXTRA = "needs the extra exchange: uv sync --extra exchange"
"""Said where the library of a format is not installed."""


def file_name(session: str, form: CopyForm) -> str:
    """What a copy of `session` is called where nobody says otherwise."""
    return f"{session}{FORMS[form].ending}"
