"""The journal, its live rows and the index of sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _run_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("session_id", sa.Integer(), sa.ForeignKey("session.id"), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("first_t_ns", sa.BigInteger(), nullable=False),
        sa.Column("last_t_ns", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
    ]


def _run_table(name: str) -> None:
    op.create_table(
        name,
        *_run_columns(),
        sa.PrimaryKeyConstraint("session_id", "first_seq"),
        sa.CheckConstraint("length(chain) = 32", name=f"ck_{name}_chain"),
        sa.CheckConstraint("last_seq >= first_seq AND first_seq >= 1", name=f"ck_{name}_seq"),
    )


_IN_ORDER = (
    "NEW.first_seq = 1 + MAX("
    "COALESCE((SELECT last_seq FROM journal WHERE session_id = NEW.session_id"
    " ORDER BY first_seq DESC LIMIT 1), 0), "
    "COALESCE((SELECT last_seq FROM live WHERE session_id = NEW.session_id"
    " ORDER BY first_seq DESC LIMIT 1), 0))"
)

_SQLITE_TRIGGERS = (
    "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER journal_in_order BEFORE INSERT ON journal"
    f" WHEN NEW.kind <> 'pack' AND NOT ({_IN_ORDER})"
    " BEGIN SELECT RAISE(ABORT, 'the journal grows at its end only'); END",
    "CREATE TRIGGER journal_pack_covers BEFORE INSERT ON journal"
    " WHEN NEW.kind = 'pack' AND NOT ("
    " EXISTS (SELECT 1 FROM live WHERE session_id = NEW.session_id"
    " AND first_seq = NEW.first_seq)"
    " AND EXISTS (SELECT 1 FROM live WHERE session_id = NEW.session_id"
    " AND last_seq = NEW.last_seq AND chain = NEW.chain))"
    " BEGIN SELECT RAISE(ABORT, 'a pack must cover live rows and keep their chain'); END",
    "CREATE TRIGGER live_no_update BEFORE UPDATE ON live"
    " BEGIN SELECT RAISE(ABORT, 'live rows are never changed'); END",
    "CREATE TRIGGER live_in_order BEFORE INSERT ON live"
    f" WHEN NOT ({_IN_ORDER})"
    " BEGIN SELECT RAISE(ABORT, 'the journal grows at its end only'); END",
    "CREATE TRIGGER live_only_packed_leave BEFORE DELETE ON live"
    " WHEN NOT EXISTS (SELECT 1 FROM journal WHERE session_id = OLD.session_id"
    " AND kind = 'pack' AND first_seq <= OLD.first_seq AND last_seq >= OLD.last_seq)"
    " BEGIN SELECT RAISE(ABORT, 'only packed rows leave'); END",
    "CREATE TRIGGER session_no_delete BEFORE DELETE ON session"
    " BEGIN SELECT RAISE(ABORT, 'no session is ever deleted'); END",
    "CREATE TRIGGER session_keeps_name BEFORE UPDATE OF id, name ON session"
    " WHEN NEW.id <> OLD.id OR NEW.name <> OLD.name"
    " BEGIN SELECT RAISE(ABORT, 'a session keeps its name'); END",
)


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("started_utc", sa.String(40), nullable=False),
        sa.Column("room", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(200), nullable=False),
        sa.Column("program", sa.String(80), nullable=False),
        sa.Column("patient", sa.String(400), nullable=False),
        sa.Column("mrn", sa.String(200), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("phase", sa.String(40), nullable=False),
        sa.Column("delivered_mg", sa.String(40), nullable=False),
        sa.Column("alarms", sa.Integer(), nullable=False),
        sa.Column("technical_alarms", sa.Integer(), nullable=False),
        sa.Column("last_t_ns", sa.BigInteger(), nullable=False),
        sa.Column("anchor_t_ns", sa.BigInteger(), nullable=False),
        sa.Column("anchor_utc", sa.String(40), nullable=False),
        sa.Column("committed_utc", sa.String(40), nullable=False),
    )
    op.create_index("ix_session_started_utc", "session", ["started_utc"])
    op.create_index("ix_session_mrn", "session", ["mrn"])
    _run_table("journal")
    _run_table("live")
    if op.get_bind().dialect.name == "sqlite":
        for trigger in _SQLITE_TRIGGERS:
            op.execute(trigger)
