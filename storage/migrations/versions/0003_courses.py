"""The journal of courses: entries between the sessions, append-only like the events in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SQLITE_TRIGGERS = (
    "CREATE TRIGGER course_entry_no_update BEFORE UPDATE ON course_entry"
    " BEGIN SELECT RAISE(ABORT, 'the journal of a course is append-only'); END",
    "CREATE TRIGGER course_entry_no_delete BEFORE DELETE ON course_entry"
    " BEGIN SELECT RAISE(ABORT, 'the journal of a course is append-only'); END",
    "CREATE TRIGGER course_entry_in_order BEFORE INSERT ON course_entry"
    " WHEN NEW.seq <> 1 + COALESCE((SELECT MAX(seq) FROM course_entry"
    " WHERE course = NEW.course), 0)"
    " BEGIN SELECT RAISE(ABORT, 'the journal of a course grows at its end only'); END",
)


def upgrade() -> None:
    op.create_table(
        "course_entry",
        sa.Column("course", sa.String(200), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("mrn", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("course", "seq"),
        sa.CheckConstraint("length(chain) = 32", name="ck_course_entry_chain"),
        sa.CheckConstraint("seq >= 1", name="ck_course_entry_seq"),
    )
    op.create_index("ix_course_entry_mrn", "course_entry", ["mrn"])
    if op.get_bind().dialect.name == "sqlite":
        for trigger in _SQLITE_TRIGGERS:
            op.execute(trigger)
