"""The registry's entry for Nonin's bedside oximeters with text output."""

from __future__ import annotations

from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from devices.nonin_ascii import wire
from devices.nonin_ascii.driver import NoninAsciiDriver
from devices.nonin_ascii.parser import NoninAsciiParser
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="nonin-ascii",
    folder="nonin_ascii",
    title="Nonin bedside oximeter (real-time text output)",
    maker="Nonin",
    models=("8500", "8600V", "9847", "Avant 9600", "Avant 4000/4100", "7500", "BT4000"),
    vitals=(Vital.PR, Vital.SPO2),
    resolution={Vital.PR: 1, Vital.SPO2: 1},
    quiet_limit_s=4.0,
    settings=PortSettings(baud=9600),
    other_settings=(PortSettings(baud=9600, stop_bits=2),),
    certainty="line formats from seven manuals; no capture of a real unit",
    unsure=(
        "The text of the header at power-up is not known; it is passed over.",
        "Whether values stay in the lines after the finger is gone is not documented; the lines "
        "carry no sensor status.",
    ),
    speaks_unasked=True,
    has_checksum=False,
    frames_lost_per_byte=1,
    stream_bytes_per_s=float(wire.LINE_SIZE),
    make_driver=NoninAsciiDriver,
    make_parser=NoninAsciiParser,
)
