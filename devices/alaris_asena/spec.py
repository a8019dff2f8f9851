"""The registry's entry for Alaris syringe pumps."""

from __future__ import annotations

from devices.alaris_asena.driver import AlarisDriver
from devices.alaris_asena.parser import AlarisParser
from devices.alaris_asena.wire import QUESTIONS
from devices.driver import PortSettings
from devices.driver_spec import DeviceKind, DriverSpec

SPEC = DriverSpec(
    name="alaris-ash",
    folder="alaris_asena",
    title="Alaris GH, CC, TIVA or Asena syringe pump, read only",
    maker="BD (CareFusion, Alaris)",
    models=("Alaris GH", "Alaris CC", "Alaris TIVA", "Asena GH", "Asena CC", "Asena TIVA"),
    kind=DeviceKind.PUMP,
    vitals=(),
    resolution={},
    quiet_limit_s=5.0,
    settings=PortSettings(baud=38400),
    certainty="proven on published answers of a unit; no capture of our own",
    unsure=(
        "Only the modes SET and HLD are known: in any other it is unknown whether the pump runs.",
        "Alarms are told by their code; the words beside it are read from the code.",
        "Answers of other firmware: a pump that leaves INF unanswered gives volume and rate alone.",
    ),
    speaks_unasked=False,
    has_checksum=True,
    frames_lost_per_byte=2,
    may_send=QUESTIONS.__contains__,
    make_driver=AlarisDriver,
    make_parser=AlarisParser,
)
