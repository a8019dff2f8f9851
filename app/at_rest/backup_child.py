"""The process of a backup that runs by itself: reads what to do from its input, and gives way."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from app.at_rest.backing_up import back_up, keep_last, lower_priority
from storage.encryption import adopt
from storage.faults import StorageError
from storage.key_file import DataKey


def main() -> int:
    """Make the backup; the exit status is 0 where one was made, whatever was found in it."""
    lower_priority()
    wish = json.loads(sys.stdin.buffer.read())
    adopt(
        [
            DataKey(
                record=key["record"],
                key=key["key"],
                secret=bytes.fromhex(key["secret"]),
                salt=bytes.fromhex(key["salt"]),
                page_bytes=key["page_bytes"],
            )
            for key in wish["keys"]
        ]
    )
    try:
        back_up(wish["place"], Path(wish["folder"]), by="program")
    except StorageError:
        return 1  # kept for the next start page
    except Exception as error:  # a bug of ours: said at the next start page
        keep_last(wish["place"], problem=f"a fault of the program ({type(error).__name__}).")
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
