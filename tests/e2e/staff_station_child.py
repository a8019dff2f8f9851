"""A child process for tests of staff stations: a station without a window that "paints" at once.

It runs until it is killed or stopped: ``staff_station_child.py HOST:PORT NAME SECRET_FILE``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from app.staff.address import parse_address
from app.staff.secret import read_secret
from app.staff.station import Station


def main(address: str, name: str, secret_file: str) -> None:
    secret = read_secret(Path(secret_file))
    station = Station(name, [(parse_address(address), "")], secret, None)
    station.start()
    while True:
        station.note_drawn()
        for room in station.rooms:
            station.note_painted(room.number, [shown.told.calling for shown in room.alarms])
        station.tick()
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
