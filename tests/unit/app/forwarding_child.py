"""Forwards a record until it is killed: ``python forwarding_child.py ADDRESS FILE``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from app.forwarding import Forwarder, Pace

if __name__ == "__main__":
    pace = Pace(look_s=0.001, first_wait_s=0.01, last_wait_s=0.05, patience_s=2)
    forwarder = Forwarder(sys.argv[1], Path(sys.argv[2]), pace=pace)
    forwarder.start()
    while True:
        time.sleep(1)
