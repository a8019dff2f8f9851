"""The registry's entry for Ivy monitors with ANSAR-B output."""

from __future__ import annotations

from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from devices.ivy_450c.driver import IvyDriver
from devices.ivy_450c.parser import IvyParser
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="ivy-450c",
    folder="ivy_450c",
    title="Ivy 450C monitor (ANSAR-B output)",
    maker="Ivy Biomedical",
    models=("450C",),
    vitals=(
        Vital.HR,
        Vital.PR,
        Vital.SPO2,
        Vital.SBP,
        Vital.DBP,
        Vital.MAP,
        Vital.RR,
        Vital.TEMP,
        Vital.PLETH,
    ),
    resolution={
        Vital.HR: 1,
        Vital.PR: 1,
        Vital.SPO2: 1,
        Vital.SBP: 1,
        Vital.DBP: 1,
        Vital.MAP: 1,
        Vital.RR: 1,
        Vital.TEMP: 0.1,
    },
    quiet_limit_s=3.0,
    settings=PortSettings(baud=9600),
    certainty="proven on a capture of a monitor in demo mode; other words than its are not shown",
    unsure=(
        "a blood pressure equal to the one before is not seen as new, unless blanks were between",
        "the blood pressure found when connecting is not shown: its time is not sent",
        "values beside words that were never seen are not shown, except the monitor's alarms",
        "a temperature in Fahrenheit is refused as not plausible",
    ),
    speaks_unasked=True,
    has_checksum=False,
    frames_lost_per_byte=1,
    stream_bytes_per_s=562.0,
    make_driver=IvyDriver,
    make_parser=IvyParser,
)
