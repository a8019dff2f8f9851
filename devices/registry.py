"""Name to driver: every family of monitors and pumps that can be read.

A monitor or a pump is added by a folder in `devices/` and one line here.
"""

from __future__ import annotations

from devices.alaris_asena.spec import SPEC as ALARIS
from devices.bbraun_space.spec import SPEC as BBRAUN
from devices.berry_bci.spec import SPEC as BCI
from devices.contec_cms50.spec import SPEC as CONTEC
from devices.datex_s5.spec import SPEC as DATEX
from devices.driver_spec import DriverSpec
from devices.ge_dinamap.spec import SPEC as DINAMAP
from devices.ivy_450c.spec import SPEC as IVY
from devices.masimo_ascii1.spec import SPEC as MASIMO
from devices.nellcor_printout.spec import SPEC as NELLCOR
from devices.nonin_ascii.spec import SPEC as NONIN_ASCII
from devices.nonin_oem.spec import SPEC as NONIN
from devices.philips_intellivue.spec import SPEC as INTELLIVUE
from devices.suntech_advantage.spec import SPEC as SUNTECH

DRIVERS: dict[str, DriverSpec] = {
    spec.name: spec
    for spec in (
        NONIN,
        NONIN_ASCII,
        MASIMO,
        NELLCOR,
        CONTEC,
        BCI,
        DINAMAP,
        SUNTECH,
        INTELLIVUE,
        DATEX,
        IVY,
        ALARIS,
        BBRAUN,
    )
}
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
