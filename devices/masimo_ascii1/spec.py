"""The registry's entry for Masimo monitors in ASCII 1."""

from __future__ import annotations

from devices.driver import PortSettings
from devices.driver_spec import DriverSpec
from devices.masimo_ascii1.driver import MasimoDriver
from devices.masimo_ascii1.parser import MasimoParser
from protocols.vitals import Vital

SPEC = DriverSpec(
    name="masimo",
    folder="masimo_ascii1",
    title="Masimo oximeter (serial output ASCII 1)",
    maker="Masimo",
    models=("Rad-5", "Rad-7", "Rad-8", "Rad-87", "Radical-7", "Root"),
    vitals=(Vital.PR, Vital.SPO2, Vital.PI, Vital.SBP, Vital.DBP, Vital.MAP),
    resolution={
        Vital.PR: 1,
        Vital.SPO2: 1,
        Vital.PI: 0.01,
        Vital.SBP: 1,
        Vital.DBP: 1,
        Vital.MAP: 1,
    },
    quiet_limit_s=3.5,
    settings=PortSettings(baud=9600),
    certainty="proven on captured lines of Rad-7 and Rad-8; a Root's blood pressure on none",
    unsure=(
        "a Root's blood pressure keys are known by name alone: a determination is shown only with "
        "a time of measurement that tells its age",
        "the bits of ALARM are from a header of another Masimo format: they are notes alone",
        "the mode ASCII 2 is not read: set the serial output to ASCII 1",
    ),
    speaks_unasked=True,
    has_checksum=False,
    frames_lost_per_byte=1,
    make_driver=MasimoDriver,
    make_parser=MasimoParser,
)
