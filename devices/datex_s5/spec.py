"""The registry's entry for GE/Datex-Ohmeda monitors with the Datex-Ohmeda Record Interface."""

from __future__ import annotations

from devices.datex_s5 import wire
from devices.datex_s5.driver import DatexDriver
from devices.datex_s5.parser import DatexParser
from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="datex-s5",
    folder="datex_s5",
    title="GE/Datex-Ohmeda S/5 or CARESCAPE monitor (computer interface)",
    maker="GE Healthcare / Datex-Ohmeda",
    models=("S/5", "AS/3", "CS/3", "Cardiocap/5", "CARESCAPE B450/B650/B850", "B20-B125"),
    vitals=(
        Vital.HR,
        Vital.PR,
        Vital.SPO2,
        Vital.SBP,
        Vital.DBP,
        Vital.MAP,
        Vital.RR,
        Vital.TEMP,
    ),
    resolution={
        Vital.HR: 1,
        Vital.PR: 1,
        Vital.SPO2: 0.01,
        Vital.SBP: 0.01,
        Vital.DBP: 0.01,
        Vital.MAP: 0.01,
        Vital.RR: 1,
        Vital.TEMP: 0.01,
    },
    interval_s=5.0,
    quiet_limit_s=12.0,
    settings=PortSettings(baud=19200, parity="E"),
    other_settings=(PortSettings(baud=115200, parity="E"),),
    certainty=(
        "framing, heart rate, breaths and missing values proven on a capture; "
        "blood pressure and saturation on the maker's document alone"
    ),
    unsure=(
        "the monitor sends values every 5 s at most: they are up to 6 s old on the screen",
        "a blood pressure taken before the connection is not shown: its time is not sent",
        "heart rate that the monitor does not take from the ECG is not shown",
        "plethysmogram amplitude is not shown as perfusion index",
    ),
    speaks_unasked=False,
    has_checksum=True,
    frames_lost_per_byte=1,
    may_send=wire.COMMANDS.__contains__,
    make_driver=DatexDriver,
    make_parser=DatexParser,
)
