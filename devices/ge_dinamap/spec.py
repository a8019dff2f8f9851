"""The registry's entry for DINAMAP monitors."""

from __future__ import annotations

from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from devices.ge_dinamap.driver import DinamapDriver
from devices.ge_dinamap.parser import DinamapParser
from devices.ge_dinamap.wire import COMMANDS
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="dinamap",
    folder="ge_dinamap",
    title="DINAMAP / CARESCAPE V100 vital-signs monitor (ASCII host port)",
    maker="GE Healthcare / Critikon",
    models=("DINAMAP PRO 100-400", "ProCare", "Compact", "CARESCAPE V100"),
    vitals=(Vital.SBP, Vital.DBP, Vital.MAP, Vital.PR, Vital.SPO2),
    resolution={Vital.SBP: 1, Vital.DBP: 1, Vital.MAP: 1, Vital.PR: 1, Vital.SPO2: 1},
    quiet_limit_s=8.0,
    settings=PortSettings(baud=9600),
    certainty="requests as published; replies as two programs describe them; no capture of a unit",
    unsure=(
        "The checksum rule of replies is derived from that of requests; a reply that fails it is "
        "not shown.",
        "The meaning of the statuses and the unit of the time since the determination (seconds) "
        "come from a program's comments.",
        "How the monitor refuses a command is not known; what does not echo the command counts as "
        "refused.",
        "A pulse rate from a source other than oximeter or cuff is not shown.",
    ),
    speaks_unasked=False,
    has_checksum=True,
    frames_lost_per_byte=2,
    can_start_bp=True,
    may_send=COMMANDS.__contains__,
    make_driver=DinamapDriver,
    make_parser=DinamapParser,
)
