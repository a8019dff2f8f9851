"""Names in folders, brought to the disk: a new file without its name is lost at a power cut."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Bring what was made, renamed or removed in `folder` to the disk.

    Raises:
        OSError: the disk does not take it. Windows has no such call and needs none.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
