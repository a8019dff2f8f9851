"""The registry's entry for Nonin modules with binary data formats."""

from __future__ import annotations

from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from devices.nonin_oem.driver import NoninDriver
from devices.nonin_oem.parser import NoninParser
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="nonin",
    folder="nonin_oem",
    title="Nonin oximeter module (binary data format 1, 2, 7, 8 or 13)",
    maker="Nonin",
    models=("Xpod 3011/3012", "OEM III", "WristOx2 3150", "Onyx II 9560"),
    vitals=(Vital.PR, Vital.SPO2, Vital.PLETH),
    resolution={Vital.PR: 1, Vital.SPO2: 1},
    quiet_limit_s=2.0,
    settings=PortSettings(baud=9600),
    certainty="format 2 proven on captured bytes; the others and missing values on constructed",
    unsure=(
        "Formats 1 and 8 have no checksum: a value is shown once the one before confirms it.",
        "Format 1 has no bit of its own for a removed finger.",
        "Format 13: measurements from the unit's memory are not shown; no acknowledgement is sent, "
        "which a 3150 may wait for.",
    ),
    speaks_unasked=True,
    has_checksum=True,
    frames_lost_per_byte=50,
    stream_bytes_per_s=375.0,
    make_driver=NoninDriver,
    make_parser=NoninParser,
)
