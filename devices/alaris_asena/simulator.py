"""A simulated Alaris pump: it answers the questions of `wire.py` from a drive of its own."""

from __future__ import annotations

from dataclasses import dataclass

from devices.alaris_asena import wire
from devices.driver import PatientBody, PumpStatus
from devices.simulation.pump_drive import PumpDrive

_REPLY_NS = 20_000_000
_BYTE_NS = 260_417
_SERIAL = "8002-00001"
_TAIL = "17.91^mmHg^24+^EVENT^1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarisFaults:
    """What may be wrong with the simulated unit, its drive apart.

    Attributes:
        silent: nothing is answered.
        corrupt: answers have a bad checksum.
        other_firmware: INF is not answered.
    """

    silent: bool = False
    corrupt: bool = False
    other_firmware: bool = False


class AlarisSimulator:
    """One pump. Set `faults` at any time; it holds from then on."""

    def __init__(
        self, drive: PumpDrive | None = None, *, faults: AlarisFaults | None = None
    ) -> None:
        self.drive = drive or PumpDrive()
        self.faults = faults or AlarisFaults()
        self._heard = b""
        self._answers: list[tuple[int, bytes]] = []

    def advance(self, t_ns: int) -> bytes:
        """Every answer sent up to and including `t_ns`."""
        due = [data for at_ns, data in self._answers if at_ns <= t_ns]
        self._answers = [answer for answer in self._answers if answer[0] > t_ns]
        return b"".join(due)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Questions reached the pump at `t_ns`; anything else is left unanswered."""
        self._heard += data
        while b"\r" in self._heard:
            line, _, self._heard = self._heard.partition(b"\r")
            answer = self._answer(t_ns, line + b"\r")
            if answer and not self.faults.silent:
                self._say(t_ns, answer)
        self._heard = self._heard[-256:]

    @property
    def next_deadline_ns(self) -> int | None:
        """When the pump answers next, or None while it only waits."""
        return min((at_ns for at_ns, _ in self._answers), default=None)

    def _say(self, t_ns: int, answer: bytes) -> None:
        if self.faults.corrupt:
            answer = answer[:-2] + bytes((answer[-2] ^ 1, answer[-1]))
        self._answers.append((t_ns + _REPLY_NS + len(answer) * _BYTE_NS, answer))

    def _answer(self, t_ns: int, question: bytes) -> bytes:
        drive = self.drive
        if question == wire.STATUS:
            return b"" if self.faults.other_firmware else _status(self._now(t_ns))
        texts = {
            wire.VOLUME: f"INF_VI^{drive.volume_ml(t_ns):.3f}^ml",
            wire.RATE: f"INF_RATE^{drive.rate_ml_per_h:.2f}^ml/h",
            wire.LIMIT: "INF_VTBI^DEACT^^ml^STOP",
            wire.SERIAL: f"INST_SERIALNO^{_SERIAL}",
            wire.ALARM: _alarm(drive.alarm),
        }
        text = texts.get(question)
        return b"" if text is None else wire.message(text)

    def _now(self, t_ns: int) -> PumpStatus:
        return PumpStatus(
            rate_ml_per_h=self.drive.rate_ml_per_h,
            volume_ml=self.drive.volume_ml(t_ns),
            running=self.drive.running,
            alarm=self.drive.alarm,
            drug=self.drive.drug,
            unit=_SERIAL,
        )


def make_simulator(body: PatientBody, seed: int) -> AlarisSimulator:
    """A pump at rest."""
    return AlarisSimulator()


def encode_status(status: PumpStatus, t_ns: int) -> bytes:
    """The answers that say exactly `status`: the name of its alarm, if it has one, and INF.

    The alarm is one of the pump's codes. Rates have two decimals and volumes three.
    """
    named = wire.message(_alarm(status.alarm)) if status.alarm else b""
    return named + _status(status)


def _alarm(code: str) -> str:
    return f"ALARM^{code or wire.NO_ALARM_CODE}^ ^ "


def _status(status: PumpStatus) -> bytes:
    modes = {True: "SET", False: "HLD", None: ""}
    rate = "" if status.rate_ml_per_h is None else f"{status.rate_ml_per_h:.2f}"
    volume = "" if status.volume_ml is None else f"{status.volume_ml:.3f}"
    alarm = "A" if status.alarm else wire.NO_ALARM
    return wire.message(
        f"INF^{status.unit}^{alarm}^{modes[status.running]}^{rate}^ml/h^{status.drug}"
        f"^{volume}^ml^{_TAIL}"
    )
