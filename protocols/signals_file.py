"""Signal policies: parsing of a file, and what a file may not say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocols.events.terms import Priority
from protocols.problems import Complaint, RefusedFileError, problems_in, read_record
from protocols.signals import RoomSound, SignalPolicy, SignalRow

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=300)]


class SignalsError(RefusedFileError):
    """A signals file that cannot be used; `problems` lists every mistake, in order of lines."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _RowRecord(_Record):
    priority: Literal["high", "medium", "low"]
    room_sound: Literal["at-once", "unless-staff"]
    staff: bool
    receipt_s: Annotated[float, Field(ge=1, le=30)]
    accept_s: Annotated[float, Field(ge=5, le=600)]
    attend_s: Annotated[float, Field(ge=15, le=1200)]
    unattended_s: Annotated[float, Field(ge=15, le=1200)] | None = None
    unattended_again_s: Annotated[float, Field(ge=30, le=2400)] | None = None


class _SoundRecord(_Record):
    check_required: bool
    reminder_s: Annotated[float, Field(ge=30, le=900)]


class _SignalsFile(_Record):
    id: Identifier
    version: Text
    title: Text
    source: Annotated[str, Field(min_length=1, max_length=2000)]
    review_date: date
    approved_by: str = ""
    sound: _SoundRecord
    signal: Annotated[list[_RowRecord], Field(min_length=3, max_length=3)]


@lru_cache(maxsize=8)
def parse_signals(text: str, file: str) -> SignalPolicy:
    """Make a signal policy of TOML `text`; `file` is its name for messages.

    Raises:
        SignalsError: with every mistake found: file, line, field and what is allowed there.
    """
    record = read_record(text, file, _SignalsFile, SignalsError)
    complaints = list(_complaints(record))
    if complaints:
        raise SignalsError(problems_in(text, file, complaints))
    return SignalPolicy(
        id=record.id,
        version=record.version,
        title=record.title,
        source=record.source,
        review_date=record.review_date,
        approved_by=record.approved_by,
        rows=tuple(_row(row) for row in record.signal),
        sound_check_required=record.sound.check_required,
        reminder_s=record.sound.reminder_s,
    )


def _row(record: _RowRecord) -> SignalRow:
    return SignalRow(
        priority=Priority(record.priority),
        room_sound=RoomSound(record.room_sound),
        staff=record.staff,
        receipt_s=record.receipt_s,
        accept_s=record.accept_s,
        attend_s=record.attend_s,
        unattended_s=record.unattended_s,
        unattended_again_s=record.unattended_again_s,
    )


def _complaints(record: _SignalsFile) -> Iterator[Complaint]:
    priorities = [row.priority for row in record.signal]
    for index, row in enumerate(record.signal):
        where = ("signal", index)
        if priorities.index(row.priority) != index:
            yield (*where, "priority"), f"{row.priority} is there twice; each priority has one row"
        if row.priority == "high" and row.room_sound != "at-once":
            message = "high priority always sounds at the bedside: only at-once"
            yield (*where, "room_sound"), message
        if row.room_sound == "unless-staff" and not row.staff:
            message = "silent at the bedside needs staff = true: somebody must be told"
            yield (*where, "staff"), message
        if not row.receipt_s < row.accept_s < row.attend_s:
            message = "receipt_s, accept_s and attend_s must grow in this order"
            yield (*where, "accept_s"), message
        again = row.unattended_again_s
        if again is not None and (row.unattended_s is None or again <= row.unattended_s):
            yield (*where, "unattended_again_s"), "must come after unattended_s"
