"""Find the row that covers a live row by its place, not by reading the session from its start.

The trigger says the same as before: rows of the journal do not overlap, so the one that covers a
live row is the last that begins at or before it.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TRIGGER = (
    "CREATE TRIGGER live_only_packed_leave BEFORE DELETE ON live"
    " WHEN NOT EXISTS (SELECT 1 FROM (SELECT kind, last_seq FROM journal"
    " WHERE session_id = OLD.session_id AND first_seq <= OLD.first_seq"
    " ORDER BY first_seq DESC LIMIT 1) WHERE kind = 'pack' AND last_seq >= OLD.last_seq)"
    " BEGIN SELECT RAISE(ABORT, 'only packed rows leave'); END"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER live_only_packed_leave")
        op.execute(_TRIGGER)
