"""The faults of a link, each thrown at one monitor of the hall, and what must follow from it."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from devices.simulation.room import PortKind
from protocols.events import LinkState
from tests.e2e.link_faults.disturbed import Disturbance
from tests.e2e.link_faults.hall import Hall, Stand

NS_PER_S = 1_000_000_000
ALARM_GRACE_S = 1.0
BACK_S = 2.0
INTERVAL_S = {"nellcor": 2.0, "datex-s5": 5.0, "bbraun-bcc": 5.0}
"""Monitors that say something so rarely that the first whole word after a fault may take longer."""
PATIENCE_S = 60.0
REST_NS = 100_000_000
"""For so long what was disturbed may still be on its way."""
PTY, TCP = PortKind.PTY, PortKind.TCP


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A kind of fault.

    Attributes:
        name: as the table has it.
        ports: kinds of port on which it can happen.
        lost: an alarm is due at once, because the port is gone.
        quiet: an alarm is due when the quiet limit is over.
        throw: makes it happen, lasting for the seconds given, and undoes it.
    """

    name: str
    ports: tuple[PortKind, ...] = (PTY, TCP)
    lost: bool = False
    quiet: bool = False
    throw: Callable[[Stand, float, random.Random], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What followed from one fault.

    Attributes:
        alarm_s: seconds from the fault to its technical alarm; None where there was none.
        alarm_limit_s: how many were allowed; None where no alarm is due.
        back_s: seconds from the first byte after the fault to a link that is well again.
        came_back: whether it came back at all.
    """

    device: str
    driver: str
    port: PortKind
    fault: str
    alarm_s: float | None
    alarm_limit_s: float | None
    back_s: float
    came_back: bool

    @property
    def alarmed_in_time(self) -> bool:
        if self.alarm_limit_s is None:
            return True
        return self.alarm_s is not None and self.alarm_s <= self.alarm_limit_s

    @property
    def is_good(self) -> bool:
        return self.alarmed_in_time and self.came_back and self.back_s <= self.back_limit_s

    @property
    def back_limit_s(self) -> float:
        """Two seconds, and the interval of a monitor that speaks rarely."""
        return BACK_S + INTERVAL_S.get(self.driver, 0.0)


def faults_for(stand: Stand) -> list[Fault]:
    """The kinds of fault that can be thrown at `stand`."""
    kinds = [fault for fault in FAULTS if stand.kind in fault.ports]
    if not stand.spec.has_checksum:
        kinds = [fault for fault in kinds if fault.name != "bit errors"]
    if stand.kind is PTY and not _can_deny(stand):
        kinds = [fault for fault in kinds if fault.name != "permission lost"]
    return kinds


def throw(hall: Hall, stand: Stand, fault: Fault, chance: random.Random) -> Outcome:
    """Throw one fault, wait for what follows, and leave the link well."""
    began_ns = hall.now_ns()
    fault.throw(stand, stand.quiet_s + ALARM_GRACE_S + 0.5, chance)
    over_ns = hall.now_ns()
    came_back = hall.wait_well(stand.device, PATIENCE_S)
    alarm_s, limit_s = _alarm(hall, stand, fault, began_ns)
    back_s = _back(hall, stand, over_ns) if came_back else float("inf")
    return Outcome(
        device=stand.device,
        driver=stand.spec.name,
        port=stand.kind,
        fault=fault.name,
        alarm_s=alarm_s,
        alarm_limit_s=limit_s,
        back_s=back_s,
        came_back=came_back,
    )


def _alarm(
    hall: Hall, stand: Stand, fault: Fault, began_ns: int
) -> tuple[float | None, float | None]:
    raised = [a.t_ns for a in hall.watch.alarms[stand.device] if a.t_ns >= began_ns]
    alarm_s = (raised[0] - began_ns) / NS_PER_S if raised else None
    due = fault.lost or (fault.quiet and stand.spec.quiet_limit_s is not None)
    return alarm_s, stand.quiet_s + ALARM_GRACE_S if due else None


def _back(hall: Hall, stand: Stand, over_ns: int) -> float:
    """From the first byte that came after the fault and its rest to the link that is well."""
    well = [
        change.t_ns
        for change in hall.watch.link_changes[stand.device]
        if change.state in (LinkState.LIVE, LinkState.READY) and change.t_ns >= over_ns
    ]
    if not well:
        return 0.0
    bytes_ns = [t_ns for t_ns, _ in hall.watch.chunks[stand.device] if t_ns >= over_ns + REST_NS]
    first_ns = min((t_ns for t_ns in bytes_ns if t_ns <= well[-1]), default=well[-1])
    return (well[-1] - first_ns) / NS_PER_S


# -- the kinds ------------------------------------------------------------------------------------


def _unplug(stand: Stand, seconds: float, chance: random.Random) -> None:
    stand.room.unplug(stand.device)
    time.sleep(chance.uniform(0.3, 2.5))
    stand.room.replug(stand.device)


def _flicker(stand: Stand, seconds: float, chance: random.Random) -> None:
    """A plug with a bad contact: out and in again several times."""
    for _ in range(4):
        stand.room.unplug(stand.device)
        time.sleep(chance.uniform(0.05, 0.3))
        stand.room.replug(stand.device)
        time.sleep(chance.uniform(0.05, 0.3))


def _disturb(disturbance: Disturbance) -> Callable[[Stand, float, random.Random], None]:
    def throw_it(stand: Stand, seconds: float, chance: random.Random) -> None:
        stand.unit.disturbance = disturbance
        time.sleep(seconds)
        stand.unit.disturbance = Disturbance.NONE

    return throw_it


def _noise(stand: Stand, seconds: float, chance: random.Random) -> None:
    for _ in range(10):
        stand.room.garbage(stand.device, chance.randbytes(chance.randrange(1, 60)))
        time.sleep(0.1)


def _flood(stand: Stand, seconds: float, chance: random.Random) -> None:
    """More than any line carries, for as long as the reader takes it."""
    ends_s = time.monotonic() + 2.0
    while time.monotonic() < ends_s:
        stand.room.garbage(stand.device, chance.randbytes(4_000))
        time.sleep(0.005)


def _rename(stand: Stand, seconds: float, chance: random.Random) -> None:
    """The adapter comes back as another port; its name under by-id follows it."""
    moved = Path(f"{stand.port}-moved")
    stand.room.unplug(stand.device)
    moved.unlink(missing_ok=True)
    time.sleep(0.3)
    stand.room.replug(stand.device)
    Path(stand.port).rename(moved)
    stand.by_id.unlink()
    stand.by_id.symlink_to(moved)
    time.sleep(3.0)
    stand.room.unplug(stand.device)
    moved.unlink(missing_ok=True)
    stand.by_id.unlink()
    stand.by_id.symlink_to(stand.port)
    stand.room.replug(stand.device)


def _deny(stand: Stand, seconds: float, chance: random.Random) -> None:
    """The port is there, but this user may not open it."""
    link = Path(stand.port)
    stand.room.unplug(stand.device)
    link.symlink_to(_forbidden_file(stand))
    time.sleep(1.5)
    link.unlink()
    stand.room.replug(stand.device)


def _second_reader(stand: Stand, seconds: float, chance: random.Random) -> None:
    """Another program reads the same port and takes some of the bytes."""
    descriptor = os.open(stand.port, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    ends_s = time.monotonic() + 2.0
    try:
        while time.monotonic() < ends_s:
            with suppress(BlockingIOError, OSError):
                os.read(descriptor, 64)
            time.sleep(0.01)
    finally:
        os.close(descriptor)


def _restart(stand: Stand, seconds: float, chance: random.Random) -> None:
    """A unit that starts anew when its port is opened (DTR): noise, then a second of nothing."""
    stand.room.unplug(stand.device)
    time.sleep(0.2)
    stand.unit.boot()
    stand.room.replug(stand.device)


FAULTS: tuple[Fault, ...] = (
    Fault(name="unplugged", lost=True, throw=_unplug),
    Fault(name="bad contact", lost=True, throw=_flicker),
    Fault(name="silent", quiet=True, throw=_disturb(Disturbance.SILENT)),
    Fault(name="garbage instead of data", quiet=True, throw=_disturb(Disturbance.GARBAGE)),
    Fault(name="noise between frames", throw=_noise),
    Fault(name="half frames", throw=_disturb(Disturbance.HALF_FRAMES)),
    Fault(name="bit errors", throw=_disturb(Disturbance.BIT_ERRORS)),
    Fault(name="pieces", throw=_disturb(Disturbance.DRIBBLE)),
    Fault(name="flood", lost=True, throw=_flood),
    Fault(name="renamed", ports=(PTY,), lost=True, throw=_rename),
    Fault(name="permission lost", ports=(PTY,), lost=True, throw=_deny),
    Fault(name="two programs", ports=(PTY,), throw=_second_reader),
    Fault(name="restarts when opened", lost=True, throw=_restart),
)


def _forbidden_file(stand: Stand) -> Path:
    """A file that nobody may open; a user who may open everything opens it all the same."""
    place = stand.by_id.parent.parent / f"forbidden-{stand.device}"
    if not place.exists():
        place.touch()
        place.chmod(0)
    return place


def _can_deny(stand: Stand) -> bool:
    """Whether this user can be denied anything: an administrator cannot."""
    try:
        _forbidden_file(stand).open("rb").close()
    except PermissionError:
        return True
    return False
