"""Wire facts of the DINAMAP ASCII host communications; sources are in NOTES.md."""

from __future__ import annotations

LINE_END = b"\r"

NIBP = "NA"
SATURATION = "OA"
RATE = "RA"
RATE_PRO = "RC"
START = "NC"
CANCEL = "ND"
ECHOES = (NIBP, SATURATION, RATE, RATE_PRO, START, CANCEL)
"""Commands whose echo begins a reply, after the unit's identifier, a space."""


def checksum(body: bytes) -> bytes:
    """Two characters: 6 bits each of the sum of (code - 31) over `body`, space at its front."""
    total = sum(body) - 31 * len(body)
    return bytes((0x20 + (total >> 6 & 0x3F), 0x20 + (total & 0x3F)))


def message(body: bytes) -> bytes:
    """`body` (leading space included) with its checksum and the carriage return."""
    return body + checksum(body) + LINE_END


CLEAR_LINE = LINE_END
READ_NIBP = message(b" NA")
READ_SATURATION = message(b" OA")
READ_RATE = message(b" RA")
READ_RATE_PRO = message(b" RC")
START_DETERMINATION = message(b" NC0")
CANCEL_DETERMINATION = message(b" ND")
READS = (READ_NIBP, READ_SATURATION, READ_RATE, READ_RATE_PRO)
COMMANDS = (CLEAR_LINE, *READS, START_DETERMINATION, CANCEL_DETERMINATION)
"""Everything that a host of this program may ever send."""

NIBP_BUSY = 0
NIBP_DONE = 1
NIBP_UNUSED = 2

NIBP_ERRORS = {
    3: "the determination failed: check the cuff, keep the arm still and repeat",
    4: "the cuff did not fill in time: leak or loose cuff, check cuff and hose",
    6: "the measurement took too long: keep the arm still and repeat",
    7: "the cuff stayed at one pressure too long: keep the arm still and repeat",
    8: "overpressure, or too much air in the cuff: check the cuff and the hose",
    9: "the monitor does not know how its determination ended: repeat",
}
"""What a determination status above 2 means, and what to do."""

NO_RECENT_S = 9999
"""The time since the last determination when there is no recent one."""

SATURATION_OK = 1
SATURATION_OFF = 6
SATURATION_TEXTS = {
    0: "the oximeter is in standby",
    3: "the oximeter has no data: sensor off, or searching",
    6: "the sensor is unplugged or off the finger",
}

RATE_OF_OXIMETER = 2
RATE_OF_CUFF = 3


def nibp_error_text(status: int) -> str:
    """The sentence for a status above 2; those not documented are named by their number."""
    return NIBP_ERRORS.get(status, f"unknown status {status} of the monitor: measure by hand")


def saturation_text(status: int) -> str:
    """Why there is no saturation; statuses not documented are named by their number."""
    return SATURATION_TEXTS.get(status, f"the oximeter says status {status}, which is not known")
