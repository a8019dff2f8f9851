"""Wire facts of BCI frames as Berry units send them; sources are in NOTES.md."""

from __future__ import annotations

from devices.five_byte_frames import Sign, StatusMap
from protocols.vitals import Quality

FRAMES_PER_S = 100

NO_SIGNAL = 0x10
UNPLUGGED = 0x20
NO_FINGER = 0x10
SEARCHING = 0x20
"""Status bits: the first two in byte 1, the others in byte 3."""

STATUS = StatusMap(
    signs={
        UNPLUGGED: Sign(quality=Quality.SENSOR_FAULT, note="probe unplugged"),
        NO_FINGER << 8: Sign(quality=Quality.SENSOR_OFF, note="no finger"),
        NO_SIGNAL: Sign(quality=Quality.SEARCHING, note="no signal"),
        SEARCHING << 8: Sign(quality=Quality.SEARCHING, note="looking for a pulse"),
    },
    notes={},
)
"""What the status bits mean, the gravest first."""
