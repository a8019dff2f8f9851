"""The registry's entry for B. Braun Space pumps."""

from __future__ import annotations

from devices.bbraun_space.driver import BccDriver
from devices.bbraun_space.parser import BccParser
from devices.bbraun_space.wire import may_send
from devices.driver import PortSettings
from devices.driver_spec import DeviceKind, DriverSpec

SPEC = DriverSpec(
    name="bbraun-bcc",
    folder="bbraun_space",
    title="B. Braun Space pump at a SpaceStation or SpaceCom, read only",
    maker="B. Braun",
    models=("Perfusor Space", "Infusomat Space"),
    kind=DeviceKind.PUMP,
    vitals=(),
    resolution={},
    quiet_limit_s=12.0,
    settings=PortSettings(baud=9600),
    other_settings=tuple(PortSettings(baud=baud) for baud in (19200, 38400, 57600, 115200)),
    certainty="proven on blocks captured from a station by others; no capture of our own",
    unsure=(
        "Several pumps at one station: none is shown while more than one is switched on.",
        "The volume infused comes in tenths of a millilitre.",
        "Whether a station leaves out what did not change: what is left out is unknown here.",
    ),
    speaks_unasked=False,
    has_checksum=True,
    frames_lost_per_byte=1,
    may_send=may_send,
    make_driver=BccDriver,
    make_parser=BccParser,
)
