"""The triggers of the record on PostgreSQL, with the meaning that those of SQLite have.

Two things differ. A row that packs events may also come at the end of a session, where no live row
is of its events: so the packed rows of a room arrive. And the live rows that it covers leave by the
trigger's own hand, with the rights of the tables' owner, so that a room needs no right to remove
anything. One transaction at a time adds to a session. ``TRUNCATE`` is refused too.
"""

from __future__ import annotations

from collections.abc import Iterator

_REFUSE = """
CREATE FUNCTION record_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

_END = (
    "GREATEST("
    "COALESCE((SELECT last_seq FROM journal WHERE session_id = NEW.session_id"
    " ORDER BY first_seq DESC LIMIT 1), 0), "
    "COALESCE((SELECT last_seq FROM live WHERE session_id = NEW.session_id"
    " ORDER BY first_seq DESC LIMIT 1), 0))"
)

_RUN_IN_ORDER = f"""
CREATE FUNCTION run_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(x'49524D31'::int, NEW.session_id);
  IF NEW.first_seq = 1 + {_END} THEN
    RETURN NEW;
  END IF;
  IF NEW.kind <> 'pack' OR TG_TABLE_NAME <> 'journal' THEN
    RAISE EXCEPTION 'the journal grows at its end only'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM live WHERE session_id = NEW.session_id
                 AND first_seq = NEW.first_seq)
     OR NOT EXISTS (SELECT 1 FROM live WHERE session_id = NEW.session_id
                    AND last_seq = NEW.last_seq AND chain = NEW.chain) THEN
    RAISE EXCEPTION 'a pack must cover live rows and keep their chain'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""  # noqa: S608 - nothing of it comes from outside

_ONLY_PACKED_LEAVE = """
CREATE FUNCTION live_only_packed_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM (SELECT kind, last_seq FROM journal
             WHERE session_id = OLD.session_id AND first_seq <= OLD.first_seq
             ORDER BY first_seq DESC LIMIT 1) AS before
             WHERE kind = 'pack' AND last_seq >= OLD.last_seq) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'only packed rows leave' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

_PACKED_LEAVE = """
CREATE FUNCTION live_packed_leave() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  DELETE FROM live WHERE session_id = NEW.session_id
    AND first_seq >= NEW.first_seq AND last_seq <= NEW.last_seq;
  RETURN NULL;
END $$
"""

_ENTRY_IN_ORDER = """
CREATE FUNCTION {table}_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> 1 + COALESCE((SELECT max(seq) FROM {table} WHERE {key} = NEW.{key}), 0) THEN
    RAISE EXCEPTION '{words} grows at its end only'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""

_KEEPS_NAME = """
CREATE FUNCTION session_keeps_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.name <> OLD.name THEN
    RAISE EXCEPTION 'a session keeps its name' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""

_REFUSED = (
    ("journal", "UPDATE", "the journal is append-only"),
    ("journal", "DELETE", "the journal is append-only"),
    ("live", "UPDATE", "live rows are never changed"),
    ("session", "DELETE", "no session is ever deleted"),
    ("course_entry", "UPDATE", "the journal of a course is append-only"),
    ("course_entry", "DELETE", "the journal of a course is append-only"),
    ("log_entry", "UPDATE", "a logbook is append-only"),
    ("log_entry", "DELETE", "a logbook is append-only"),
    ("seal", "UPDATE", "a seal is never changed"),
    ("seal", "DELETE", "a seal is never removed"),
)

_TABLES = ("session", "journal", "live", "course_entry", "log_entry", "seal")


def server_triggers(schema: str) -> Iterator[str]:
    """The statements that make every function and trigger in `schema`, in order."""
    quoted = '"' + schema.replace('"', '""') + '"'
    yield _REFUSE
    yield _RUN_IN_ORDER
    yield _ONLY_PACKED_LEAVE
    yield _PACKED_LEAVE.format(schema=quoted)
    yield _KEEPS_NAME
    for table, key, words in (
        ("course_entry", "course", "the journal of a course"),
        ("log_entry", "logbook", "a logbook"),
    ):
        yield _ENTRY_IN_ORDER.format(table=table, key=key, words=words)
        yield _before(table, "INSERT", f"{table}_in_order", f"{table}_in_order()")
    for table, action, words in _REFUSED:
        name = f"{table}_no_{action.lower()}"
        yield _before(table, action, name, f"record_refuse('{words}')")
    for table in _TABLES:
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION record_refuse('the record is never emptied')"
        )
    for table in ("journal", "live"):
        yield _before(table, "INSERT", f"{table}_in_order", "run_in_order()")
    yield _before("live", "DELETE", "live_only_packed_leave", "live_only_packed_leave()")
    yield _before("session", "UPDATE", "session_keeps_name", "session_keeps_name()")
    yield (
        "CREATE TRIGGER journal_packed_leave AFTER INSERT ON journal FOR EACH ROW"
        " WHEN (NEW.kind = 'pack') EXECUTE FUNCTION live_packed_leave()"
    )


def _before(table: str, action: str, name: str, call: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {call}"
