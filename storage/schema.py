"""The tables of the record; the first migration adds the triggers that keep it append-only.

``journal`` holds what is final: one row for each rare event and one for each packed run of frequent
ones. ``live`` holds the frequent events of the last minute or so, a row for each commit, until they
are packed. A row of ``live`` may leave only when a row of ``journal`` covers its events and ends
in the same chain value as the last row it covers. ``session`` is a derived index for lists.
``course_entry`` holds what is entered into courses between the sessions, ``log_entry`` what happens
around them (people, looks, exports, backups), a row for each entry. ``seal`` holds signed ends of
chains: of sessions, courses and logbooks.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = 4
"""Version of the tables, kept in the file's ``user_version``."""

OLDEST_READABLE = 1
"""Oldest version whose tables can be read as they are, without being brought to this one."""

APPLICATION_ID = 0x49524D31
"""What the file's ``application_id`` says: "IRM1"."""


class Base(DeclarativeBase):
    """Root of the tables."""


class SessionRow(Base):
    """One session: its name and number, and what lists show of it, derived from its journal."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    started_utc: Mapped[str] = mapped_column(String(40), default="")
    room: Mapped[str] = mapped_column(String(200), default="")
    protocol: Mapped[str] = mapped_column(String(200), default="")
    program: Mapped[str] = mapped_column(String(80), default="")
    patient: Mapped[str] = mapped_column(String(400), default="")
    mrn: Mapped[str] = mapped_column(String(200), default="")
    simulated: Mapped[bool] = mapped_column(default=False)
    closed: Mapped[bool] = mapped_column(default=False)
    phase: Mapped[str] = mapped_column(String(40), default="")
    delivered_mg: Mapped[str] = mapped_column(String(40), default="0")
    alarms: Mapped[int] = mapped_column(default=0)
    technical_alarms: Mapped[int] = mapped_column(default=0)
    last_t_ns: Mapped[int] = mapped_column(BigInteger, default=0)
    anchor_t_ns: Mapped[int] = mapped_column(BigInteger, default=0)
    anchor_utc: Mapped[str] = mapped_column(String(40), default="")
    committed_utc: Mapped[str] = mapped_column(String(40), default="")

    __table_args__ = (
        Index("ix_session_started_utc", "started_utc"),
        Index("ix_session_mrn", "mrn"),
    )


class _Run:
    """Columns of a row that holds the events `first_seq` to `last_seq` of one session."""

    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), primary_key=True)
    first_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    first_t_ns: Mapped[int] = mapped_column(BigInteger)
    last_t_ns: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))


class JournalRow(_Run, Base):
    """Final rows: one rare event, or a packed run of frequent ones (kind ``pack``)."""

    __tablename__ = "journal"
    __table_args__ = (
        CheckConstraint("length(chain) = 32", name="ck_journal_chain"),
        CheckConstraint("last_seq >= first_seq AND first_seq >= 1", name="ck_journal_seq"),
    )


class LiveRow(_Run, Base):
    """Rows of frequent events (kind ``batch``) that wait to be packed."""

    __tablename__ = "live"
    __table_args__ = (
        CheckConstraint("length(chain) = 32", name="ck_live_chain"),
        CheckConstraint("last_seq >= first_seq AND first_seq >= 1", name="ck_live_seq"),
    )


class CourseRow(Base):
    """One entry of a course's own journal; `chain` runs over the entries of its course."""

    __tablename__ = "course_entry"

    course: Mapped[str] = mapped_column(String(200), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mrn: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (
        CheckConstraint("length(chain) = 32", name="ck_course_entry_chain"),
        CheckConstraint("seq >= 1", name="ck_course_entry_seq"),
        Index("ix_course_entry_mrn", "mrn"),
    )


class LogRow(Base):
    """One entry of a logbook; `chain` runs over the entries of its logbook."""

    __tablename__ = "log_entry"

    logbook: Mapped[str] = mapped_column(String(200), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (
        CheckConstraint("length(chain) = 32", name="ck_log_entry_chain"),
        CheckConstraint("seq >= 1", name="ck_log_entry_seq"),
    )


class SealRow(Base):
    """The signed end of a chain.

    `subject` is ``session NAME``, ``course NAME`` or ``logbook NAME``; `signature` is Ed25519 over
    what docs/file-format.md says, and `key` names the key.
    """

    __tablename__ = "seal"

    subject: Mapped[str] = mapped_column(String(240), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))
    at_utc: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))

    __table_args__ = (
        CheckConstraint("length(chain) = 32", name="ck_seal_chain"),
        CheckConstraint("length(signature) = 64", name="ck_seal_signature"),
    )


PACK = "pack"
"""Kind of a journal row that packs many frequent events."""

BATCH = "batch"
"""Kind of a live row."""
