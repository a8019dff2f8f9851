"""The registry's entry for oximeters that stream BCI frames."""

from __future__ import annotations

from devices.berry_bci.driver import BciDriver
from devices.berry_bci.parser import BciParser
from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="bci",
    folder="berry_bci",
    title="BCI or Berry oximeter (5-byte stream)",
    maker="Berry",
    models=("BM1000 with USB", "Berry oximeter modules", "BCI oximeter boards"),
    vitals=(Vital.PR, Vital.SPO2, Vital.PLETH),
    resolution={Vital.PR: 1, Vital.SPO2: 1},
    quiet_limit_s=2.0,
    settings=PortSettings(baud=115200),
    other_settings=(PortSettings(baud=4800),),
    certainty="proven on constructed frames of the published layout; no capture of a real unit",
    unsure=(
        "speed of the line: 115200 on Berry units and 4800 on BCI boards are not from a document",
        "BCI boards are said to send 60 frames a second, not 100: their wave runs too fast here",
    ),
    look_alikes=("contec-cms50",),
    speaks_unasked=True,
    has_checksum=False,
    frames_lost_per_byte=2,
    stream_bytes_per_s=500.0,
    make_driver=BciDriver,
    make_parser=BciParser,
)
