"""Rights files: parsing of a file, and what a file may not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocols.events import EVENT_KINDS, Command
from protocols.events.terms import Meaning, Role
from protocols.people.rights import CommandRight, LockOut, Rights, Secrets
from protocols.problems import Complaint, RefusedFileError, problems_in, read_record

COMMAND_KINDS = {name: kind for name, kind in EVENT_KINDS.items() if issubclass(kind, Command)}
"""Every kind of command by its name in the record."""

PAGES = ("bedside", "review", "courses", "export", "settings", "people")
"""Pages that need a role."""

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
RoleName = Literal["nurse", "prescriber", "clinician", "qa", "administrator"]
Roles = Annotated[list[RoleName], Field(min_length=1)]


class RightsError(RefusedFileError):
    """A rights file that cannot be used; `problems` lists every mistake, in order of lines."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _SecretsRecord(_Record):
    password_length: Annotated[int, Field(ge=8, le=64)]
    pin_length: Annotated[int, Field(ge=4, le=12)]
    password_only: list[str]
    time_cost: Annotated[int, Field(ge=1, le=20)]
    memory_kib: Annotated[int, Field(ge=8192, le=1_048_576)]
    parallelism: Annotated[int, Field(ge=1, le=16)]


class _LockOutRecord(_Record):
    tries: Annotated[int, Field(ge=3, le=20)]
    first_min: Annotated[int, Field(ge=1, le=60)]
    longest_min: Annotated[int, Field(ge=1, le=1440)]


class _BedsideRecord(_Record):
    auto_lock_min: Annotated[int, Field(ge=1, le=60)]
    proof_counts_s: Annotated[int, Field(ge=10, le=600)]


class _CommandRecord(_Record):
    kinds: Annotated[list[str], Field(min_length=1)]
    roles: Roles | None = None
    always: bool = False
    proven: bool = False
    verbal_to: Roles | None = None
    second: str = ""
    second_roles: Roles | None = None
    second_verbal: bool = False


class _SignaturesRecord(_Record):
    performed: Roles
    witnessed: Roles
    reviewed: Roles
    approved: Roles


class _EpisodesRecord(_Record):
    close: Roles


class _PagesRecord(_Record):
    bedside: Roles
    review: Roles
    courses: Roles
    export: Roles
    settings: Roles
    people: Roles


class _RightsFile(_Record):
    id: Identifier
    version: Text
    title: Text
    source: Annotated[str, Field(min_length=1, max_length=2000)]
    review_date: date
    approved_by: str = ""
    secrets: _SecretsRecord
    lock_out: _LockOutRecord
    bedside: _BedsideRecord
    command: Annotated[list[_CommandRecord], Field(min_length=1)]
    signatures: _SignaturesRecord
    pages: _PagesRecord
    episodes: _EpisodesRecord | None = None


@lru_cache(maxsize=8)
def parse_rights(text: str, file: str) -> Rights:
    """Make rights of TOML `text`; `file` is its name for messages.

    Raises:
        RightsError: with every mistake found: file, line, field and what is allowed there.
    """
    record = read_record(text, file, _RightsFile, RightsError)
    complaints = list(_complaints(record))
    if complaints:
        raise RightsError(problems_in(text, file, complaints))
    secrets, lock_out = record.secrets, record.lock_out
    return Rights(
        id=record.id,
        version=record.version,
        title=record.title,
        source=record.source,
        review_date=record.review_date,
        approved_by=record.approved_by,
        secrets=Secrets(
            password_length=secrets.password_length,
            pin_length=secrets.pin_length,
            password_only=frozenset(secrets.password_only),
            time_cost=secrets.time_cost,
            memory_kib=secrets.memory_kib,
            parallelism=secrets.parallelism,
        ),
        lock_out=LockOut(
            tries=lock_out.tries, first_min=lock_out.first_min, longest_min=lock_out.longest_min
        ),
        auto_lock_min=record.bedside.auto_lock_min,
        proof_counts_s=record.bedside.proof_counts_s,
        commands=_commands(record),
        pages=MappingProxyType({page: _roles(getattr(record.pages, page)) for page in PAGES}),
        signatures=MappingProxyType(
            {one: _roles(getattr(record.signatures, one.value)) for one in Meaning}
        ),
        closing=_roles(
            record.signatures.approved if record.episodes is None else record.episodes.close
        ),
    )


_OF_REVIEW = ("find_episodes", "assess_episodes")


def _commands(record: _RightsFile) -> tuple[CommandRight, ...]:
    """The rows of the file; one that says nothing of a review leaves it to those who may sign it.

    So a session recorded before there were episodes can still be reviewed.
    """
    rows = tuple(_command(row) for row in record.command)
    named = {kind for row in rows for kind in row.kinds}
    left = tuple(kind for kind in _OF_REVIEW if kind not in named)
    if not left:
        return rows
    return (*rows, CommandRight(kinds=left, roles=_roles(record.signatures.reviewed)))


def unnamed_kinds(rights: Rights) -> tuple[str, ...]:
    """Kinds of command that this program knows and `rights` say nothing of: refused to all."""
    return tuple(kind for kind in COMMAND_KINDS if rights.of_command(kind) is None)


def _roles(names: list[RoleName] | None) -> frozenset[Role]:
    return frozenset(Role(name) for name in names or ())


def _command(record: _CommandRecord) -> CommandRight:
    return CommandRight(
        kinds=tuple(record.kinds),
        roles=_roles(record.roles),
        always=record.always,
        proven=record.proven,
        verbal_to=_roles(record.verbal_to),
        second=record.second,
        second_roles=_roles(record.second_roles),
        second_verbal=record.second_verbal,
    )


def _complaints(record: _RightsFile) -> Iterator[Complaint]:
    if record.lock_out.longest_min < record.lock_out.first_min:
        yield ("lock_out", "longest_min"), "must not be shorter than first_min"
    for index, purpose in enumerate(record.secrets.password_only):
        if purpose != "people" and purpose not in COMMAND_KINDS:
            message = f"{purpose}: no such command; people, or a kind of command"
            yield ("secrets", "password_only", index), message
    seen: set[str] = set()
    for index, row in enumerate(record.command):
        for place, kind in enumerate(row.kinds):
            where = ("command", index, "kinds", place)
            if kind not in COMMAND_KINDS:
                yield where, f"{kind}: no such command"
            elif kind in seen:
                yield where, f"{kind} is there twice; each command has one row"
            seen.add(kind)
        yield from _row_complaints(index, row)


def _row_complaints(index: int, row: _CommandRecord) -> Iterator[Complaint]:
    where = ("command", index)
    if row.always:
        limited = row.roles or row.proven or row.verbal_to or row.second
        if limited:
            yield (*where, "always"), "taken from anybody: no roles, proof or second person beside"
        return
    if not row.roles:
        yield (*where, "roles"), "needed, unless always = true"
    if row.proven and row.verbal_to:
        yield (*where, "verbal_to"), "who must prove it cannot be absent: not beside proven = true"
    if bool(row.second) is not bool(row.second_roles):
        yield (*where, "second_roles"), "second and second_roles belong together"
    if row.second_verbal and not row.second:
        yield (*where, "second_verbal"), "needs second: who may be named without being there"
    for kind in row.kinds:
        named = COMMAND_KINDS.get(kind)
        if row.second and named and row.second not in {field.name for field in fields(named)}:
            yield (*where, "second"), f"{kind} has no field {row.second}"
