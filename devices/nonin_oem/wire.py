"""Wire facts of Nonin data formats 2 and 7; sources are in NOTES.md."""

from __future__ import annotations

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
"""Bit of STAT2, documented for the 9560 and the 3150."""

RATE_MSB, RATE_LSB, SPO2, FIRMWARE = 0, 1, 2, 3
TIMER_MSB, TIMER_LSB, STAT2, SPO2_DISPLAY, SPO2_FAST, SPO2_BEAT = 5, 6, 7, 8, 9, 10
SLOW_RATE_MSB, SLOW_RATE_LSB, SLOW_SPO2, SLOW_SPO2_DISPLAY = 13, 14, 15, 16
RATE_DISPLAY_MSB, RATE_DISPLAY_LSB, SLOW_RATE_DISPLAY_MSB, SLOW_RATE_DISPLAY_LSB = 19, 20, 21, 22
"""Places in a packet's 25 value bytes, from 0: one less than the manual's frame numbers."""

FULL_SCALE = {2: 255, 7: 65535}
"""Largest pulse-wave count of each format."""
