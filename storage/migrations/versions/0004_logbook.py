"""The logbook of a record, and the signed ends of chains; both append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.server_triggers import server_triggers

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQLITE_TRIGGERS = (
    "CREATE TRIGGER log_entry_no_update BEFORE UPDATE ON log_entry"
    " BEGIN SELECT RAISE(ABORT, 'a logbook is append-only'); END",
    "CREATE TRIGGER log_entry_no_delete BEFORE DELETE ON log_entry"
    " BEGIN SELECT RAISE(ABORT, 'a logbook is append-only'); END",
    "CREATE TRIGGER log_entry_in_order BEFORE INSERT ON log_entry"
    " WHEN NEW.seq <> 1 + COALESCE((SELECT MAX(seq) FROM log_entry"
    " WHERE logbook = NEW.logbook), 0)"
    " BEGIN SELECT RAISE(ABORT, 'a logbook grows at its end only'); END",
    "CREATE TRIGGER seal_no_update BEFORE UPDATE ON seal"
    " BEGIN SELECT RAISE(ABORT, 'a seal is never changed'); END",
    "CREATE TRIGGER seal_no_delete BEFORE DELETE ON seal"
    " BEGIN SELECT RAISE(ABORT, 'a seal is never removed'); END",
)


def upgrade() -> None:
    op.create_table(
        "log_entry",
        sa.Column("logbook", sa.String(200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("logbook", "seq"),
        sa.CheckConstraint("length(chain) = 32", name="ck_log_entry_chain"),
        sa.CheckConstraint("seq >= 1", name="ck_log_entry_seq"),
    )
    op.create_table(
        "seal",
        sa.Column("subject", sa.String(240), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.Column("at_utc", sa.String(40), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.PrimaryKeyConstraint("subject", "seq"),
        sa.CheckConstraint("length(chain) = 32", name="ck_seal_chain"),
        sa.CheckConstraint("length(signature) = 64", name="ck_seal_signature"),
    )
    op.execute("UPDATE session SET committed_utc = '' WHERE closed")  # nobody waits for those
    if op.get_bind().dialect.name == "sqlite":
        for trigger in _SQLITE_TRIGGERS:
            op.execute(trigger)
    elif op.get_bind().dialect.name == "postgresql":
        schema = op.get_bind().exec_driver_sql("SELECT current_schema()").scalar_one()
        for statement in server_triggers(schema):
            op.execute(statement)
