"""The registry's entry for Contec CMS50 oximeters with a serial port."""

from __future__ import annotations

from devices.contec_cms50.driver import ContecDriver
from devices.contec_cms50.parser import ContecParser
from devices.contec_cms50.wire import COMMANDS
from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="contec-cms50",
    folder="contec_cms50",
    title="Contec CMS50 oximeter (5-byte or 9-byte stream)",
    maker="Contec",
    models=("CMS50D+", "CMS50E", "CMS50F", "CMS50I", "CMS-P", "CMS60C"),
    vitals=(Vital.PR, Vital.SPO2, Vital.PI, Vital.PLETH),
    resolution={Vital.PR: 1, Vital.SPO2: 1, Vital.PI: 0.01},
    quiet_limit_s=3.0,
    settings=PortSettings(baud=115200),
    other_settings=(
        PortSettings(baud=19200, parity="O"),
        PortSettings(baud=19200),
        PortSettings(baud=4800, parity="O"),
    ),
    certainty="9-byte frames proven on captured bytes, both formats on recorded values",
    unsure=(
        "parity and speed of old units differ between sources: try each of the settings",
        "which number an old unit sends for a missing value: 0 and 255, 0 and 127 count as missing",
        "units that appear as a USB HID device (28E9:028A) have no serial port: not supported",
    ),
    look_alikes=("bci",),
    speaks_unasked=True,
    has_checksum=False,
    frames_lost_per_byte=2,
    stream_bytes_per_s=540.0,
    may_send=COMMANDS.__contains__,
    make_driver=ContecDriver,
    make_parser=ContecParser,
)
