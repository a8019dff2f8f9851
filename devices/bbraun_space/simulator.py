"""A simulated station with one pump: it answers the two requests from a drive of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from devices.bbraun_space import wire
from devices.driver import PatientBody, PumpStatus
from devices.simulation.pump_drive import PumpDrive

_REPLY_NS = 30_000_000
_BYTE_NS = 1_041_667
_NS_PER_S = 1_000_000_000
_BED = "SpaceSystem"
_STATION, _PUMP = "50100", "50111"
_SERIAL = "40864"
_ALARMS = {words: name for name, words in wire.ALARM_WORDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class BccFaults:
    """What may be wrong with the simulated unit, its drive apart.

    Attributes:
        silent: nothing is answered.
        corrupt: blocks have a bad checksum.
        stuffed: the station is set to the alphabet without D and d.
        off: the pump is switched off.
        second_pump: another pump at the station is switched on.
    """

    silent: bool = False
    corrupt: bool = False
    stuffed: bool = False
    off: bool = False
    second_pump: bool = False


class BccSimulator:
    """One station. Set `faults` at any time; it holds from then on."""

    def __init__(self, drive: PumpDrive | None = None, *, faults: BccFaults | None = None) -> None:
        self.drive = drive or PumpDrive()
        self.faults = faults or BccFaults()
        self._heard = b""
        self._answers: list[tuple[int, bytes]] = []
        self._waiting: list[bytes] = []
        self._sent = b""

    def advance(self, t_ns: int) -> bytes:
        """Every block sent up to and including `t_ns`."""
        due = [data for at_ns, data in self._answers if at_ns <= t_ns]
        self._answers = [answer for answer in self._answers if answer[0] > t_ns]
        return b"".join(due)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Requests and receipts reached the station at `t_ns`; the rest is left unanswered."""
        for byte in data:
            piece = bytes((byte,))
            if not self._heard and piece == wire.ACK:
                self._say(t_ns, self._waiting.pop(0) if self._waiting else b"")
            elif not self._heard and piece == wire.NAK:
                self._say(t_ns, self._sent)
            elif byte == wire.SOH or self._heard:
                self._heard = piece if byte == wire.SOH else (self._heard + piece)[-256:]
                if byte == wire.EOT:
                    self._obey(t_ns, self._heard)
                    self._heard = b""

    @property
    def next_deadline_ns(self) -> int | None:
        """When the station sends next, or None while it only waits."""
        return min((at_ns for at_ns, _ in self._answers), default=None)

    def _obey(self, t_ns: int, frame: bytes) -> None:
        request = wire.unstuff(frame) if self.faults.stuffed else frame
        second = t_ns // _NS_PER_S
        if request == wire.alive():
            self._waiting = []
            self._say(t_ns, _block([f"{second},{_STATION},GNACK,0"]))
        elif request == wire.get_all(_BED):
            blocks = list(self._blocks(t_ns))
            self._waiting = blocks[1:]
            self._say(t_ns, blocks[0])

    def _blocks(self, t_ns: int) -> Iterable[bytes]:
        """A message as a station cuts it: itself, then a block for each pump."""
        second = t_ns // _NS_PER_S
        yield _block([f"{second},{_STATION},FMNOR,1", f"{second},{_STATION},FMSTAT,00051"], False)
        if self.faults.second_pump:
            other = PumpStatus(rate_ml_per_h=2.0, volume_ml=10.0, running=True, unit="1815")
            yield _block(_records(other, second, address="50112"), False)
        drive = self.drive
        status = PumpStatus(
            rate_ml_per_h=drive.rate_ml_per_h,
            volume_ml=drive.volume_ml(t_ns),
            running=drive.running,
            alarm=drive.alarm,
            drug=drive.drug,
            unit=_SERIAL,
        )
        yield _block(_records(status, second, off=self.faults.off))

    def _say(self, t_ns: int, block: bytes) -> None:
        self._sent = block
        if self.faults.silent or not block:
            return
        sent = wire.stuff(block) if self.faults.stuffed else block
        if self.faults.corrupt:
            sent = sent[:-2] + bytes((sent[-2] ^ 1, sent[-1]))
        self._answers.append((t_ns + _REPLY_NS + len(sent) * _BYTE_NS, sent))


def make_simulator(body: PatientBody, seed: int) -> BccSimulator:
    """A station with a pump at rest."""
    return BccSimulator()


def encode_status(status: PumpStatus, t_ns: int) -> bytes:
    """One block that says exactly `status` of the only pump.

    The alarm is one of the words of `wire.ALARM_WORDS`. Rates have two decimals, volumes one.
    """
    return _block(_records(status, t_ns // _NS_PER_S))


def _records(
    status: PumpStatus, second: int, *, address: str = _PUMP, off: bool = False
) -> list[str]:
    rate, volume = status.rate_ml_per_h, status.volume_ml
    running = {True: "1", False: "0", None: "_NV"}[status.running]
    values = {
        "INRT": "_NV" if rate is None else f"{rate:.2f}",
        "INSOL": status.drug or "_NV",
        "INVI": "_NV" if volume is None else f"{volume:.1f}",
        "INSERNUM": status.unit or "_NV",
        "DSSTATUS": wire.PUMP_OFF if off else wire.PUMP_ON,
        "INM2": "0",
        "INM3": running,
        "INM6": "0",
        "INM10": "0",
    }
    values |= {name: "1" if _ALARMS.get(status.alarm) == name else "0" for name in wire.ALARM_WORDS}
    return [f"{second},{address},{name},{value}" for name, value in values.items()]


def _block(records: Iterable[str], last: bool = True) -> bytes:
    return wire.block(_BED, chr(wire.RS).join(records).encode("utf-8"), last=last)
