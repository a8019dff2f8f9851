"""What the desks of the review read from and write to, put together once by the command."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.importing.door import ForeignFiles
from app.importing.isolated import PlainFiles
from app.people.door import People
from app.printing.offered import Documents
from app.records.catalogue import Catalogue
from app.records.copies import Copies
from app.records.course_book import CourseBook
from app.records.many_sessions import ManySessions, ManyWriter
from app.records.origin import RecordCheck
from app.rejudging.asking import LimitsAsker
from app.reviewing.alarm_burden import BurdenReader
from app.reviewing.provenance import OriginSource
from app.reviewing.verifying import ResultWriter
from app.reviewing.wave_track import WaveSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that a desk may be given.

    Attributes:
        catalogue: the recorded sessions.
        place: where they are kept, for people.
        people: who may sign and amend; None where nobody is asked.
        courses: the courses of the record, to look at; None where there are none to be had.
        many: the sessions many at once, to compare and to count; None where they are not to be had.
        many_files: writes what was made of them; None where nothing is to be written.
        files: opens files from elsewhere.
        first_file: one of them that was named at the start.
        copies: makes copies to take away; None where none can be made.
        asker: judges sessions under other limits; None where it is not to be had.
        burden: counts alarms by room, rule and week; None likewise.
        waves, origins: waveforms, and where values came from; None where they are not to be had.
        documents: makes reports, forms and sheets; None where they are not to be had.
        verifier: verifies sessions and the record; None where it is not to be had.
        check: checks a record from elsewhere; None where the record is this machine's own.
    """

    catalogue: Catalogue
    place: str = ""
    people: People | None = None
    courses: CourseBook | None = None
    many: ManySessions | None = None
    many_files: ManyWriter | None = None
    files: ForeignFiles = field(default_factory=PlainFiles)
    first_file: Path | None = None
    copies: Copies | None = None
    documents: Documents | None = None
    asker: LimitsAsker | None = None
    burden: BurdenReader | None = None
    waves: WaveSource | None = None
    origins: OriginSource | None = None
    check: RecordCheck | None = None
    verifier: ResultWriter | None = None
