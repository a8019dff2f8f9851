"""The process that reads one foreign file: ``python -m app.importing.child FILE``.

Choices come on the standard input as JSON; the answer goes to the standard output: a line ``ok``
and the recording as bytes, or a line ``no`` and a sentence. Memory is bounded where the system can.
"""

from __future__ import annotations

import sys
from pathlib import Path

MOST_MEMORY_BYTES = 4 << 30
"""Address space of the process: the largest file that is read, unpacked and as numbers [design]."""


def main() -> int:
    """Read the file named by the first argument; 0 when it was answered."""
    _bound_memory()
    from app.importing.foreign import ForeignFileError
    from app.importing.parcel import pack_recording, parse_choices
    from app.importing.reading import read_foreign

    answer = sys.stdout.buffer
    try:
        choices = parse_choices(sys.stdin.buffer.read().decode())
        parcel = pack_recording(read_foreign(Path(sys.argv[1]), choices))
    except ForeignFileError as error:
        answer.write(b"no\n" + str(error).encode())
        return 0
    except MemoryError:
        answer.write(b"no\nThe file needs more memory than is given to reading it.")
        return 0
    answer.write(b"ok\n" + parcel)
    return 0


def _bound_memory() -> None:
    """Bound the address space; a system that cannot (Windows) is left to the bounds of sizes."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = MOST_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MOST_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))


if __name__ == "__main__":
    raise SystemExit(main())
