"""The faults of a PostgreSQL server, sorted by its five-character codes, each with a sentence."""

from __future__ import annotations

from storage.faults import Fault, StorageError

_AWAY = "The server of the record is not reached. Check network and server."
_SHUT = "The server of the record is being shut down or started. It is tried again."

_BY_STATE: dict[str, tuple[Fault, str]] = {
    "53100": (Fault.FULL, "The disk of the server is full. Free some space on it."),
    "53200": (Fault.AWAY, "The server of the record is out of memory. It is tried again."),
    "53300": (Fault.AWAY, "The server of the record has too many connections already."),
    "25006": (Fault.READ_ONLY, "The server of the record takes nothing: it is read-only now."),
    "42501": (
        Fault.READ_ONLY,
        "The server does not allow this to the account in use. Check its rights.",
    ),
    "3D000": (Fault.MISSING, "The server has no database of this name. Check the address."),
    "42P01": (Fault.UNSUITABLE, "The server's database has other tables than its version says."),
    "42703": (Fault.UNSUITABLE, "The server's database has other tables than its version says."),
    "55P03": (Fault.LOCKED, "Another program holds the record on the server. It is tried again."),
    "57014": (Fault.AWAY, "The server of the record took too long. It is tried again."),
    "57P01": (Fault.AWAY, _SHUT),
    "57P02": (Fault.AWAY, _SHUT),
    "57P03": (Fault.AWAY, _SHUT),
    "57P05": (Fault.AWAY, _SHUT),
    "XX001": (Fault.CORRUPT, "The server says that its data are damaged. Tell who looks after it."),
    "XX002": (Fault.CORRUPT, "The server says that its data are damaged. Tell who looks after it."),
}
"""By the whole code (postgresql.org/docs/15/errcodes-appendix.html)."""

_BY_CLASS: dict[str, tuple[Fault, str]] = {
    "08": (Fault.AWAY, _AWAY),
    "28": (
        Fault.REFUSED,
        "The server does not accept this account. Check user name, password and pg_hba.conf.",
    ),
    "40": (Fault.LOCKED, "Another program was faster on the server. It is tried again."),
    "53": (Fault.AWAY, "The server of the record is short of something. It is tried again."),
    "58": (Fault.IO, "The disk of the server does not answer as it should. Check the server."),
}
"""By the first two characters."""

_BY_WORDS: tuple[tuple[tuple[str, ...], tuple[Fault, str]], ...] = (
    (("password", "authentication", "pg_hba.conf"), _BY_CLASS["28"]),
    (
        ("certificate", "ssl"),
        (
            Fault.REFUSED,
            "No safe connection to the server: its certificate is not accepted, or it has none.",
        ),
    ),
    (("does not exist",), _BY_STATE["3D000"]),
    (("starting up", "shutting down"), (Fault.AWAY, _SHUT)),
    (
        ("translate host name", "resolve host", "name or service"),
        (Fault.AWAY, "The network knows no server of this name. Check address and network."),
    ),
    (
        ("connection refused",),
        (Fault.AWAY, "The server's machine answers, but its database does not run. Start it."),
    ),
)
"""Words of a failed connection, which has no code, and what they mean."""


def is_server_error(error: BaseException) -> bool:
    """Whether `error` is one of the driver of PostgreSQL."""
    return type(error).__module__.partition(".")[0] in ("psycopg", "psycopg_binary")


def sort_server_error(error: BaseException) -> StorageError | None:
    """The fault that an error of the driver stands for, or None when it is a bug of ours."""
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        found = _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
        return None if found is None else StorageError(*found)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "OperationalError" not in kinds:
        return None
    text = str(error).lower()
    for words, found in _BY_WORDS:
        if any(word in text for word in words):
            return StorageError(*found)
    return StorageError(Fault.AWAY, _AWAY)
