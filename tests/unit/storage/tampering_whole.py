"""What may be done to a record as a whole: journals, tables and triggers, heads file."""

# ruff: noqa: S608 - the names in the statements are of these files

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from storage import sqlite
from storage.canonical import chain_next, chain_start
from storage.heads import heads_path
from storage.packing import canonical_run, encode_lines
from tests.unit.storage.sealed_record import AMENDED, EVERY_KIND, OPEN
from tests.unit.storage.tampering import Deed, Tampering, row_tamperings, set_columns


def all_tamperings(path: Path, *, flips: int) -> Iterator[Tampering]:
    """Every deed on the record at `path`; `flips` bits of each column of each kind of row."""
    yield from row_tamperings(path, flips=flips)
    with closing(sqlite.connect(path)) as raw:
        names = raw.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    yield from _on_schema(names)
    yield from _on_sessions()
    yield from _on_seals_and_sessions()
    yield from _on_other_journals()
    yield from _on_heads(heads_path(path).read_bytes().splitlines(), flips)


def _statements(*texts: str) -> Deed:
    def do(raw: sqlite.Connection, _rng: random.Random) -> None:
        for text in texts:
            raw.execute(text)

    return do


def _cut_tail(session: str, rows: int, raw: sqlite.Connection, _rng: random.Random) -> None:
    """Take away the last rows of a session, and make the list agree."""
    for _ in range(rows):
        raw.execute(
            "DELETE FROM journal WHERE rowid = (SELECT j.rowid FROM journal j JOIN session s"
            " ON s.id = j.session_id WHERE s.name = ? ORDER BY first_seq DESC LIMIT 1)",
            (session,),
        )


def remake(session: str, raw: sqlite.Connection, _rng: random.Random) -> None:
    """Change a word in an event and make every chain value after it anew, as the program would."""
    (number,) = raw.execute("SELECT id FROM session WHERE name = ?", (session,)).fetchone()
    rows = raw.execute(
        "SELECT rowid, kind, body FROM journal WHERE session_id = ? ORDER BY first_seq", (number,)
    ).fetchall()
    chain = chain_start(session)
    changed = False
    for rowid, kind, body in rows:
        bodies = [body] if body[:1] == b"[" else canonical_run(body)
        if not changed and kind not in ("pack", "session_opened") and b'"by":' in bodies[0]:
            name, fields = json.loads(bodies[0])
            fields["by"] = "Somebody Else"
            text = json.dumps(
                [name, fields], sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            bodies, changed = [text.encode()], True
            body = bodies[0] if body[:1] == b"[" else encode_lines(bodies, final=True)
        for event in bodies:
            chain = chain_next(chain, event)
        set_columns(raw, "journal", rowid, body=body, chain=chain)
    assert changed


def _remake_and_seal(how: str, raw: sqlite.Connection, rng: random.Random) -> None:
    """Make a session anew, and do to its seal what can be done without the key."""
    remake(EVERY_KIND, raw, rng)
    subject = f"session {EVERY_KIND}"
    if how == "removed":
        raw.execute("DELETE FROM seal WHERE subject = ?", (subject,))
        return
    raw.execute(
        "UPDATE seal SET chain = (SELECT chain FROM journal j JOIN session s ON s.id = session_id"
        " WHERE s.name = ? ORDER BY first_seq DESC LIMIT 1) WHERE subject = ?",
        (EVERY_KIND, subject),
    )


def _without(*words: bytes) -> Callable[[list[bytes], random.Random], list[bytes]]:
    return lambda lines, _rng: [line for line in lines if not any(word in line for word in words)]


def _on_sessions() -> Iterator[Tampering]:
    make = partial(Tampering, table="whole journals", near=None)
    for session in (EVERY_KIND, AMENDED):
        for rows in (1, 2, 5):
            yield make(
                what="session",
                deed=f"cut tail of {rows}",
                names=(session,),
                do=partial(_cut_tail, session, rows),
            )
        yield make(
            what="session",
            deed="remove",
            names=(session,),
            do=_statements(
                "DELETE FROM journal WHERE session_id ="
                f" (SELECT id FROM session WHERE name = '{session}')",
                f"DELETE FROM session WHERE name = '{session}'",
            ),
        )
        yield make(what="session", deed="make anew", names=(session,), do=partial(remake, session))


def _on_seals_and_sessions() -> Iterator[Tampering]:
    make = partial(Tampering, table="whole journals", near=None)
    for how in ("changed", "removed"):
        yield make(
            what="session",
            deed=f"make anew, seal {how}",
            names=(EVERY_KIND,),
            do=partial(_remake_and_seal, how),
        )
    yield make(
        what="session",
        deed="make anew, seal and heads removed",
        names=(EVERY_KIND,),
        do=partial(_remake_and_seal, "removed"),
        edit_heads=_without(EVERY_KIND.encode()),
    )
    for session in (EVERY_KIND, AMENDED):
        yield make(
            what="session",
            deed="remove with seals and heads, renumber",
            names=(session,),
            do=partial(remove_whole, session),
            edit_heads=_without(f'"session {session}"'.encode()),
        )
    yield make(
        what="course",
        deed="remove with seals and heads",
        names=("course-a",),
        do=_statements(
            "DELETE FROM course_entry WHERE course = 'course-a'",
            "DELETE FROM seal WHERE subject = 'course course-a'",
        ),
        edit_heads=_without(b'"course course-a"'),
    )
    yield make(
        what="session",
        deed="cut tail of an open one",
        names=(OPEN,),
        do=_statements("DELETE FROM live WHERE rowid = (SELECT max(rowid) FROM live)"),
    )
    yield make(
        what="sessions",
        deed="swap names",
        names=(EVERY_KIND, AMENDED),
        do=_statements(
            "UPDATE session SET name = 'x' WHERE id = 1",
            f"UPDATE session SET name = '{EVERY_KIND}' WHERE id = 2",
            f"UPDATE session SET name = '{AMENDED}' WHERE id = 1",
        ),
    )


def remove_whole(session: str, raw: sqlite.Connection, _rng: random.Random) -> None:
    """Take a session out with its rows and seals, and give those after it the numbers before."""
    (number,) = raw.execute("SELECT id FROM session WHERE name = ?", (session,)).fetchone()
    raw.execute("DELETE FROM seal WHERE subject = ?", (f"session {session}",))
    raw.execute("DELETE FROM session WHERE id = ?", (number,))
    for table in ("journal", "live"):
        raw.execute(f"DELETE FROM {table} WHERE session_id = ?", (number,))
        raw.execute(
            f"UPDATE {table} SET session_id = session_id - 1 WHERE session_id > ?", (number,)
        )
    later = raw.execute("SELECT id FROM session WHERE id > ? ORDER BY id", (number,)).fetchall()
    for (old,) in later:
        raw.execute("UPDATE session SET id = id - 1 WHERE id = ?", (old,))


def _on_other_journals() -> Iterator[Tampering]:
    make = partial(Tampering, table="whole journals", near=None)
    for table, column in (("course_entry", "course"), ("log_entry", "logbook")):
        last = f"(SELECT max({column}) FROM {table})"
        yield make(
            what=column,
            deed="remove",
            names=(column,),
            do=_statements(f"DELETE FROM {table} WHERE {column} = {last}"),
        )
        yield make(
            what=column,
            deed="cut tail",
            names=(column.title(),),
            do=_statements(
                f"DELETE FROM {table} WHERE {column} = {last} AND seq ="
                f" (SELECT max(seq) FROM {table} WHERE {column} = {last})"
            ),
        )
    yield make(what="seals", deed="remove all", names=("seal",), do=_statements("DELETE FROM seal"))


def _on_schema(found: list[tuple[str, str, str, str]]) -> Iterator[Tampering]:
    make = partial(Tampering, table="schema", near=None)
    guards = [(name, table, text) for sort, name, table, text in found if sort == "trigger"]
    for gone, _, _ in guards:
        kept = [text for name, _, text in guards if name != gone]
        yield make(what="trigger", deed="drop", names=(gone,), do=_statements(*kept))
    for changed, table, _ in guards:
        kept = [text for name, _, text in guards if name != changed]
        harmless = f"CREATE TRIGGER {changed} BEFORE DELETE ON {table} BEGIN SELECT 1; END"
        yield make(
            what="trigger", deed="replace", names=(changed,), do=_statements(*kept, harmless)
        )
    every = [text for _, _, text in guards]
    yield make(
        what="trigger",
        deed="add",
        names=("backdoor",),
        do=_statements(
            *every, "CREATE TRIGGER backdoor AFTER INSERT ON journal BEGIN SELECT 1; END"
        ),
    )
    yield make(
        what="table", deed="add", names=("mine",), do=_statements(*every, "CREATE TABLE mine (a)")
    )
    yield make(
        what="column",
        deed="add",
        names=("session",),
        do=_statements(*every, "ALTER TABLE session ADD COLUMN mine TEXT"),
    )
    for sort, name, _, text in found:
        if sort == "index" and text:
            yield make(
                what="index",
                deed="drop",
                names=(name,),
                do=_statements(*every, f"DROP INDEX {name}"),
            )
    for table in ("seal", "course_entry", "log_entry", "live"):
        yield make(
            what="table",
            deed="drop",
            names=(table, "session", "course", "logbook"),
            do=_statements(f"DROP TABLE {table}"),
        )
    yield make(
        what="version",
        deed="lower",
        names=("log_entry", "seal", "trigger", "committed_utc"),
        do=_statements(*every, "PRAGMA user_version=3"),
    )
    yield make(
        what="alembic_version",
        deed="bit",
        names=("0005",),
        do=_statements(*every, "UPDATE alembic_version SET version_num = '0005'"),
    )


# ------------------------------------------------------------------ deeds on the heads file


def _flip_line(number: int, lines: list[bytes], rng: random.Random) -> list[bytes]:
    data = bytearray(lines[number])
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return [*lines[:number], bytes(data), *lines[number + 1 :]]


def _forge_line(number: int, lines: list[bytes], _rng: random.Random) -> list[bytes]:
    """A line without a signature for an end that never was."""
    item = json.loads(lines[number])
    item = {name: item[name] for name in ("at_utc", "chain", "seq", "subject")}
    item["seq"] += 1
    line = json.dumps(item, sort_keys=True, separators=(",", ":")).encode()
    return [*lines, line]


def _swap_chains(number: int, lines: list[bytes], _rng: random.Random) -> list[bytes]:
    """Exchange the chain values of a line and its neighbour."""
    other = (number + 1) % len(lines)
    a, b = json.loads(lines[number]), json.loads(lines[other])
    a["chain"], b["chain"] = b["chain"], a["chain"]
    changed = list(lines)
    for place, item in ((number, a), (other, b)):
        changed[place] = json.dumps(item, sort_keys=True, separators=(",", ":")).encode()
    return changed


def _on_heads(lines: list[bytes], flips: int) -> Iterator[Tampering]:
    make = partial(Tampering, table="heads file", near=None)
    for number, line in enumerate(lines):
        subject = str(json.loads(line)["subject"])
        names = (subject.split()[1], f"Line {number + 1} ")
        sort = subject.split()[0]
        for _ in range(flips):
            # a subject that reads otherwise names something that is not there
            yield make(
                what=f"line of a {sort}",
                deed="bit",
                names=(*names, "seal of"),
                edit_heads=partial(_flip_line, number),
            )
        yield make(
            what=f"line of a {sort}",
            deed="delete",
            names=names,
            edit_heads=partial(_drop_line, number),
        )
        yield make(
            what=f"line of a {sort}",
            deed="duplicate",
            names=names,
            edit_heads=partial(_double_line, number),
        )
        yield make(
            what=f"line of a {sort}",
            deed="insert",
            names=names,
            edit_heads=partial(_forge_line, number),
        )
        other = str(json.loads(lines[(number + 1) % len(lines)])["subject"]).split()[1]
        yield make(
            what=f"line of a {sort}",
            deed="swap",
            names=(*names, other),
            edit_heads=partial(_swap_chains, number),
        )
        yield make(
            what=f"line of a {sort}",
            deed="cut short",
            names=names,
            edit_heads=partial(_cut_line, number),
        )


def _drop_line(number: int, lines: list[bytes], _rng: random.Random) -> list[bytes]:
    return [*lines[:number], *lines[number + 1 :]]


def _double_line(number: int, lines: list[bytes], _rng: random.Random) -> list[bytes]:
    return [*lines, lines[number]]


def _cut_line(number: int, lines: list[bytes], rng: random.Random) -> list[bytes]:
    line = lines[number]
    return [*lines[:number], line[: rng.randrange(1, len(line) - 1)], *lines[number + 1 :]]
