"""The registry's entry for Philips IntelliVue monitors."""

from __future__ import annotations

from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from devices.philips_intellivue.driver import IntellivueDriver
from devices.philips_intellivue.parser import MOST_PARTS, IntellivueParser
from devices.philips_intellivue.wire import may_send
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="intellivue",
    folder="philips_intellivue",
    title="Philips IntelliVue monitor (MIB/RS-232 port)",
    maker="Philips",
    models=("IntelliVue MP20-MP90", "IntelliVue MX400-MX800", "IntelliVue X2", "IntelliVue X3"),
    vitals=(
        Vital.HR,
        Vital.PR,
        Vital.SPO2,
        Vital.PI,
        Vital.RR,
        Vital.TEMP,
        Vital.ETCO2,
        Vital.SBP,
        Vital.DBP,
        Vital.MAP,
    ),
    resolution={
        Vital.HR: 1,
        Vital.PR: 1,
        Vital.SPO2: 0.1,
        Vital.PI: 0.01,
        Vital.RR: 1,
        Vital.TEMP: 0.1,
        Vital.ETCO2: 1,
        Vital.SBP: 1,
        Vital.DBP: 1,
        Vital.MAP: 1,
    },
    quiet_limit_s=5.0,
    settings=PortSettings(baud=115200),
    other_settings=(PortSettings(baud=19200),),
    certainty=(
        "layout proven on 2887 captured frames, of which only the heart rate had a value; the "
        "other values and the conversation on constructed frames"
    ),
    unsure=(
        "The time stamp of a blood pressure is taken as the time of its end, by the monitor's "
        "clock; a pressure without one, or later than that clock, is not shown.",
        "A systolic pressure alone is waited upon until mean and diastolic come.",
        "Carbon dioxide is read by its published identifier and was never seen in a capture.",
        "Questionable values are shown with low confidence, questionable pressures not at all.",
    ),
    speaks_unasked=False,
    has_checksum=True,
    frames_lost_per_byte=MOST_PARTS,
    may_send=may_send,
    make_driver=IntellivueDriver,
    make_parser=IntellivueParser,
)
"""Philips IntelliVue: the host associates, then polls the numerics each second."""
