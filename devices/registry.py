"""Name to driver: what each family of monitors gives, on which line, and how sure that is.

A monitor is added by a folder in `devices/` and one entry here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from devices.driver import Driver, MonitorSimulator, Parser, PatientBody, PortSettings
from devices.nonin_oem.driver import NoninDriver
from devices.nonin_oem.parser import NoninParser
from devices.suntech_advantage.driver import SuntechDriver
from devices.suntech_advantage.parser import SuntechParser
from protocols.vitals import Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSpec:
    """What is true of a driver wherever it is used.

    Attributes:
        name: the name that commands and files use.
        folder: its folder in `devices/`, with NOTES.md.
        title: for people.
        maker: maker of the monitors.
        models: models it is meant for.
        vitals: vitals it gives.
        quiet_limit_s: seconds without a byte after which the link counts as silent; None where the
            monitor only answers.
        settings: line settings.
        certainty: what its decoding was proven on.
        can_start_bp: whether it starts and aborts blood-pressure determinations.
        stream_bytes_per_s: nominal byte rate of a monitor that streams, else None.
        make_driver: a new driver.
        make_parser: a new parser.
    """

    name: str
    folder: str
    title: str
    maker: str
    models: tuple[str, ...]
    vitals: tuple[Vital, ...]
    quiet_limit_s: float | None
    settings: PortSettings
    certainty: str
    can_start_bp: bool
    stream_bytes_per_s: float | None
    make_driver: Callable[[], Driver]
    make_parser: Callable[[], Parser]

    def make_simulator(self, body: PatientBody, seed: int) -> MonitorSimulator:
        """A new simulated monitor on `body`, by `make_simulator` of the folder's simulator module.

        The module is loaded only here: a room with real monitors never loads a simulated one.
        """
        module = import_module(f"devices.{self.folder}.simulator")
        simulator: MonitorSimulator = module.make_simulator(body, seed)
        return simulator


_SPECS = (
    DriverSpec(
        name="nonin",
        folder="nonin_oem",
        title="Nonin oximeter module (binary data format 2 or 7)",
        maker="Nonin",
        models=("Xpod 3011/3012", "OEM III", "WristOx2 3150", "Onyx II 9560"),
        vitals=(Vital.PR, Vital.SPO2, Vital.PLETH),
        quiet_limit_s=2.0,
        settings=PortSettings(baud=9600),
        certainty="format 2 proven on captured bytes; format 7 and missing values on constructed",
        can_start_bp=False,
        stream_bytes_per_s=375.0,
        make_driver=NoninDriver,
        make_parser=NoninParser,
    ),
    DriverSpec(
        name="suntech",
        folder="suntech_advantage",
        title="SunTech Advantage blood-pressure module",
        maker="SunTech Medical",
        models=("Advantage OEM", "Advantage A+"),
        vitals=(Vital.SBP, Vital.DBP, Vital.MAP, Vital.PR, Vital.CUFF),
        quiet_limit_s=None,
        settings=PortSettings(baud=9600),
        certainty="proven on published frames; no capture of a real unit",
        can_start_bp=True,
        stream_bytes_per_s=None,
        make_driver=SuntechDriver,
        make_parser=SuntechParser,
    ),
)

DRIVERS: dict[str, DriverSpec] = {spec.name: spec for spec in _SPECS}
"""Every driver by its name."""


def find_driver(name: str) -> DriverSpec:
    """The driver called `name`.

    Raises:
        ValueError: if there is none; the message names those there are.
    """
    try:
        return DRIVERS[name]
    except KeyError:
        known = ", ".join(DRIVERS)
        raise ValueError(f"no driver is called {name!r}; known: {known}") from None
