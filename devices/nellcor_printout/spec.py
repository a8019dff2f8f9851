"""The registry's entry for Nellcor oximeters that print."""

from __future__ import annotations

from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from devices.nellcor_printout.driver import NellcorDriver
from devices.nellcor_printout.parser import NellcorParser
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="nellcor",
    folder="nellcor_printout",
    title="Nellcor oximeter (real-time printout)",
    maker="Nellcor",
    models=("N-560", "N-595", "N-600x", "PM100N", "NPB-290", "NPB-295"),
    vitals=(Vital.PR, Vital.SPO2),
    resolution={Vital.PR: 1, Vital.SPO2: 1},
    quiet_limit_s=5.0,
    settings=PortSettings(baud=9600),
    other_settings=(PortSettings(baud=19200),),
    certainty="proven on captured lines of an N-560; the same columns are assumed of the others",
    unsure=(
        "the columns of the N-595, PM100N and NPB-290 were not seen: in others, lines are refused",
        "stored values printed without the word TREND are told by their pace alone",
        "the pulse amplitude (PA) is not a perfusion index and is not shown",
    ),
    speaks_unasked=True,
    has_checksum=False,
    frames_lost_per_byte=1,
    make_driver=NellcorDriver,
    make_parser=NellcorParser,
)
