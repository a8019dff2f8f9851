"""`amend`: correct, add to, review or sign a closed record; alone it lists entries to correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.amending import AmendingError, amend_record, record_end, sentence_of
from app.clock import iso_utc
from app.commands.amend_episodes import (
    AllOption,
    CommentOption,
    EpisodeOption,
    EpisodeWish,
    FindOption,
    OutcomeOption,
    ReopenOption,
    episode_commands,
)
from app.commands.answers import BadInputError, print_table
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.own_record import own_place_of
from app.commands.session_figures import CriteriaOption, criteria_named
from app.commands.trail import on_trail
from app.commands.unlocking import ask_secret, read_secret, unlock_to_use
from app.people.actor import actor
from app.people.door import Refused, identify
from app.people.house import House
from app.reception.settings import load_settings
from app.records.archive import Archive
from app.records.catalogue import CatalogueError, OpenedSession
from app.review.rows import clock_text
from app.signing import RecordEnd, statement_of
from app.trail.noting import subject_of
from protocols.episode_book import counted
from protocols.episodes import MINDED
from protocols.events import (
    AddAddendum,
    AssessEpisodes,
    Command,
    CorrectEntry,
    FindEpisodes,
    PersonIdentified,
    SignRecord,
    TypedValue,
    kind_of,
)
from protocols.events.terms import Meaning, Proof, Role
from protocols.people.authority import closes
from protocols.people.rights import Rights
from protocols.people.sentences import lacks_role
from protocols.vitals import Vital
from storage.faults import StorageError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What was asked for at the command line."""

    correct: int | None
    addendum: str | None
    sign: Meaning | None
    values: tuple[TypedValue, ...]
    text: str
    withdraw: bool
    reason: str
    happened: str
    confirm: bool
    episodes: EpisodeWish

    @property
    def kinds(self) -> int:
        """How many of correction, addendum, signature and review were asked for."""
        late = self.addendum is not None
        return sum((self.correct is not None, late, self.sign is not None, self.episodes.asked))


_Correct = Annotated[
    int | None, typer.Option("--correct", help="Number of the wrong event, as listed.")
]
_Addendum = Annotated[
    str | None, typer.Option("--addendum", help="What is added late; may be empty.")
]
_Values = Annotated[
    list[str] | None, typer.Option("--value", help="Right or late value: sbp=128; repeat.")
]
_Withdraw = Annotated[
    bool, typer.Option("--withdraw", help="It should not be there, or is an artefact.")
]
_Happened = Annotated[
    str, typer.Option(help="When what is added happened: 2026-11-26T14:05, local or with zone.")
]
_By = Annotated[
    str | None, typer.Option("--by", help="Your name; where people have accounts, your user.")
]
_SecretFile = Annotated[
    Path | None, typer.Option("--by-secret-file", help="File with your password; else asked.")
]


def amend(
    session: Annotated[str, typer.Argument(help="Name of a closed session.")],
    correct: _Correct = None,
    addendum: _Addendum = None,
    sign: Annotated[Meaning | None, typer.Option("--sign", help="Sign all up to now.")] = None,
    value: _Values = None,
    text: Annotated[str, typer.Option(help="Right wording of what is no reading.")] = "",
    withdraw: _Withdraw = False,
    reason: Annotated[str, typer.Option(help="Why; stands in the record.")] = "",
    happened: _Happened = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="An unusual value is right.")] = False,
    find_episodes: FindOption = False,
    episode: EpisodeOption = None,
    every_open: AllOption = False,
    comment: CommentOption = "",
    outcome: OutcomeOption = None,
    reopen: ReopenOption = False,
    criteria: CriteriaOption = "standard",
    by: _By = None,
    by_secret_file: _SecretFile = None,
    database: DatabaseOption = None,
) -> None:
    """Correct, add to, review or sign a closed session; alone, list what can be corrected."""
    wish = _Wish(
        correct=correct,
        addendum=addendum,
        sign=sign,
        values=tuple(_value(one) for one in value or ()),
        text=text,
        withdraw=withdraw,
        reason=reason,
        happened=_utc(happened),
        confirm=confirm,
        episodes=EpisodeWish(
            find=find_episodes,
            keys=tuple(episode or ()),
            every_open=every_open,
            comment=comment,
            outcome=outcome,
            reopen=reopen,
        ),
    )
    opened, end = _look(session, database)
    if not wish.kinds:
        _list_entries(opened)
        return
    if wish.kinds > 1:
        raise BadInputError(
            "One at a time: --correct, --addendum, --sign, or --find-episodes with --episode."
        )
    if wish.episodes.asked:
        commands = episode_commands(wish.episodes, opened, criteria_named(criteria))
    else:
        commands = (_command(wish, end, opened),)
    name, identified = _who(commands, by, by_secret_file, database)
    named = tuple(replace(command, by=name) for command in commands)
    _add(session, named, identified, end.seq, database)


def _look(session: str, database: str | None) -> tuple[OpenedSession, RecordEnd]:
    """The session as it stands, and where its record ends."""
    with opened_to_read(database) as record, on_trail("amend", database) as trail:
        try:
            opened = Archive(record).open_session(session)
            end = record_end(record, session)
        except (CatalogueError, StorageError) as error:
            raise BadInputError(str(error)) from error
        trail.looked(subject_of(session))
    return opened, RecordEnd(seq=end.seq, chain=end.chain.hex())


def _add(
    session: str,
    commands: Sequence[Command],
    identified: Sequence[PersonIdentified],
    after: int,
    database: str | None,
) -> None:
    place = own_place_of(database)
    try:
        made = amend_record(place, session, commands, identified=identified, after=after)
    except AmendingError as error:
        more = " Give --confirm if it is right." if error.confirmable else ""
        raise BadInputError(f"{error}{more}") from error
    except StorageError as error:
        raise BadInputError(sentence_of(error)) from error
    for command in commands:
        if isinstance(command, SignRecord):
            typer.echo(f"{command.meaning} by {command.by}: {command.statement}")
        elif isinstance(command, FindEpisodes):
            typer.echo(f"review begun by {command.by}: {counted(len(command.found))}")
        elif isinstance(command, AssessEpisodes):
            typer.echo(f"{counted(len(command.episodes))}: {command.comment}")
    typer.echo(f"{session}: {len(made.added)} events added, {made.head.seq} in all")


def _command(wish: _Wish, end: RecordEnd, opened: OpenedSession) -> Command:
    """The command without who gives it."""
    if wish.correct is not None:
        entry = opened.history.entries.find(wish.correct)
        return CorrectEntry(
            t_ns=0,
            by="",
            target_seq=wish.correct,
            original="" if entry is None else entry.words,
            reason=wish.reason,
            values=wish.values,
            text=wish.text,
            withdrawn=wish.withdraw,
            confirmed=wish.confirm,
        )
    if wish.sign is not None:
        return SignRecord(
            t_ns=0,
            by="",
            meaning=wish.sign,
            signed_seq=end.seq,
            signed_chain=end.chain,
            statement=statement_of(wish.sign, end),
            episodes_closed=wish.sign in MINDED,
        )
    return AddAddendum(
        t_ns=0,
        by="",
        text=wish.addendum or "",
        reason=wish.reason,
        values=wish.values,
        happened_utc=wish.happened,
        confirmed=wish.confirm,
    )


def _who(
    commands: Sequence[Command], by: str | None, secret_file: Path | None, database: str | None
) -> tuple[str, tuple[PersonIdentified, ...]]:
    """The name that stands in the record, and its proof where people have accounts.

    One proof stands for each of `commands` by itself.
    """
    place = own_place_of(database)
    unlock_to_use(place)
    settings, _ = load_settings()
    house = House(place, where=lambda: "command amend", rights=settings.rights)
    try:
        if not house.has_accounts:
            return by or actor(), ()
        user = by or str(typer.prompt("User", err=True))
        prompt = f"Password of {user}"
        password = ask_secret(prompt) if secret_file is None else read_secret(secret_file)
        kinds = tuple(dict.fromkeys(kind_of(command) for command in commands))
        proven = house.proving.prove(user, password, Proof.PASSWORD, kinds[0])
        if isinstance(proven, Refused):
            raise BadInputError(proven.sentence)
        for command in commands:
            needed = _needed(command, house.policy)
            if needed.isdisjoint(proven.account.roles):
                raise BadInputError(lacks_role(proven.account.name, needed))
        identified = tuple(replace(identify(proven), purpose=kind) for kind in kinds)
        return proven.account.name, identified
    finally:
        house.close()


def _needed(command: Command, rights: Rights) -> frozenset[Role]:
    """Roles of which one is needed for `command`."""
    meaning = command.meaning if isinstance(command, SignRecord) else None
    roles = rights.roles_for(kind_of(command), meaning)
    decides = isinstance(command, AssessEpisodes) and closes(command)
    return roles & rights.closing if decides else roles


def _list_entries(opened: OpenedSession) -> None:
    rows = []
    for entry in opened.history.entries.all():
        event: Any = entry.event
        at = clock_text(opened, getattr(event, "measured_ns", event.t_ns))
        stands = "" if entry.correction is None else entry.standing_words
        rows.append((entry.seq, at, entry.words, entry.by, stands))
    print_table(("event", "time", "entry", "by", "stands as"), rows)


def _value(text: str) -> TypedValue:
    name, _, number = text.partition("=")
    try:
        return TypedValue(vital=Vital(name.strip().lower()), value=float(number))
    except ValueError:
        known = ", ".join(sorted(vital.value for vital in Vital))
        raise BadInputError(f"--value {text}: write it as sbp=128; known are {known}") from None


def _utc(text: str) -> str:
    if not text:
        return ""
    try:
        return iso_utc(datetime.fromisoformat(text).astimezone(UTC))
    except ValueError:
        raise BadInputError(f"--happened {text}: write it as 2026-11-26T14:05") from None
