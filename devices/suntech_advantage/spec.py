"""The registry's entry for SunTech Advantage modules."""

from __future__ import annotations

from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from devices.suntech_advantage.driver import SuntechDriver
from devices.suntech_advantage.parser import SuntechParser
from devices.suntech_advantage.wire import COMMANDS
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="suntech",
    folder="suntech_advantage",
    title="SunTech Advantage blood-pressure module",
    maker="SunTech Medical",
    models=("Advantage OEM", "Advantage A+"),
    vitals=(Vital.SBP, Vital.DBP, Vital.MAP, Vital.PR, Vital.CUFF),
    resolution={Vital.SBP: 1, Vital.DBP: 1, Vital.MAP: 1, Vital.PR: 1, Vital.CUFF: 1},
    quiet_limit_s=None,
    settings=PortSettings(baud=9600),
    certainty="proven on published frames; no capture of a real unit",
    unsure=(
        "Status byte and test codes of a result are not read.",
        "One program reads the rate from two bytes; where the second is not 0 the rate is missing.",
    ),
    speaks_unasked=False,
    has_checksum=True,
    frames_lost_per_byte=2,
    can_start_bp=True,
    may_send=COMMANDS.__contains__,
    make_driver=SuntechDriver,
    make_parser=SuntechParser,
)
