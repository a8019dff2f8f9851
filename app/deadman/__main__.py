"""``python -m app.deadman``: the watcher's process. The bedside program starts it by itself."""

from __future__ import annotations

import argparse
import logging
import logging.handlers
import os
import signal
import sys

from app.places import log_folder


def _log_to_file() -> None:
    """What it showed and sounded goes to a log of its own: two files of 200 kB at most."""
    try:
        handler = logging.handlers.RotatingFileHandler(
            log_folder() / "watch.log", maxBytes=200_000, backupCount=1, encoding="utf-8"
        )
    except OSError:
        return  # a folder that cannot be written is no reason not to watch
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("app.deadman").setLevel(logging.INFO)


def main() -> int:
    """Read the options and watch."""
    parser = argparse.ArgumentParser(prog="app.deadman", description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="without sound")
    parser.add_argument("--lock", default="", help="file that names the holder of the record")
    parser.add_argument("--holder", type=int, default=0, help="process that is watched")
    options = parser.parse_args()
    _log_to_file()
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    from app.deadman.watcher import Options, run  # Qt only in the process that shows a window

    return run(Options(quiet=options.quiet, lock=options.lock, holder=options.holder), sys.argv[:1])


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    os._exit(status)  # a thread still waits at the pipe: nothing is left to be put in order
