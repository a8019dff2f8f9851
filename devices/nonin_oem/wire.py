"""Wire facts of Nonin data formats 1, 2, 7, 8 and 13; sources are in NOTES.md."""

from __future__ import annotations

from typing import Literal

DataFormat = Literal["auto", 1, 2, 7, 8, 13]
"""A data format by Nonin's number, or whichever is recognised first."""

# formats 2 and 7

FRAME_SIZE = 5
FRAMES_PER_PACKET = 25
FRAMES_PER_S = 75
SAMPLE_INTERVAL_NS = 1_000_000_000 // FRAMES_PER_S

START = 0x01
"""First byte of every frame of format 2; format 7 has no such byte."""

ALWAYS = 0x80
SENSOR_DISCONNECTED = 0x40
ARTIFACT = 0x20
OUT_OF_TRACK = 0x10
SENSOR_ALARM = 0x08
RED = 0x04
GREEN = 0x02
YELLOW = RED | GREEN
SYNC = 0x01
"""Bits of the status byte."""

UNUSABLE = SENSOR_DISCONNECTED | OUT_OF_TRACK | SENSOR_ALARM
"""Status bits under which no value and no pulse wave may be believed."""

RATE_MISSING = 511
SPO2_MISSING = 127
LOW_BATTERY = 0x01
SMARTPOINT = 0x20
"""Bits of STAT2, documented for the 9560 and the 3150."""

RATE_MSB, RATE_LSB, SPO2, FIRMWARE = 0, 1, 2, 3
TIMER_MSB, TIMER_LSB, STAT2, SPO2_DISPLAY, SPO2_FAST, SPO2_BEAT = 5, 6, 7, 8, 9, 10
SLOW_RATE_MSB, SLOW_RATE_LSB, SLOW_SPO2, SLOW_SPO2_DISPLAY = 13, 14, 15, 16
RATE_DISPLAY_MSB, RATE_DISPLAY_LSB, SLOW_RATE_DISPLAY_MSB, SLOW_RATE_DISPLAY_LSB = 19, 20, 21, 22
"""Places in a packet's 25 value bytes, from 0: one less than the manual's frame numbers."""

FULL_SCALE = {2: 255, 7: 65535}
"""Largest pulse-wave count of each format."""

# formats 1 and 8

SECOND_SIZE = {1: 3, 8: 4}
"""Bytes of a frame; one frame a second."""

SECOND_DISCONNECTED = 0x40
SECOND_OUT_OF_TRACK = 0x20
SECOND_LOW_PERFUSION = 0x10
SECOND_MARGINAL_PERFUSION = 0x08
SECOND_ARTIFACT = 0x04
"""Bits of the first byte, whose lowest two are the highest of the rate."""

SPOT_CHECK_MODE = 0x04
CRITICAL_BATTERY = 0x02
"""Bits of format 8's last byte on the 3150, beside SENSOR_ALARM, SMARTPOINT and LOW_BATTERY."""

SECOND_RESERVED = 0x50
"""Bits of format 8's last byte that no document gives a meaning."""

# format 13

SPOT_HEADER = bytes.fromhex("00 02 00 0D 00")
"""Null, STX, type 13, and the high byte of the length of the data."""

SPOT_DATA_SIZE = 14
SPOT_DATA_LIMIT = 64
"""Shortest and longest data that is believed; the document lets it grow."""

SPOT_FRAMING_SIZE = 8
"""Header, checksum and end."""

SPOT_END = 0x03
SPOT_SMARTPOINT = 0x02
SPOT_NO_MEASUREMENT = 0x01
"""Bits of the high status byte."""

SPOT_FROM_MEMORY = 0x10
"""Bit of the low status byte, beside LOW_BATTERY."""

BYTES_PER_S: dict[int, float | None] = {
    1: 3.0,
    2: 375.0,
    7: 375.0,
    8: 4.0,
    13: None,
}
"""Nominal speed of each format's stream; format 13 speaks once a measurement."""
