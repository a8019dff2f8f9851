"""Alaris answers to pump facts. Pure.

Line: ``!NAME^field^field|CRC4`` CR. What carries no field is a question (ours, echoed) and says
nothing; what fails its checksum is refused.
"""

from __future__ import annotations

import re

from devices.alaris_asena import wire
from devices.driver import ParserItem, PumpStatus
from devices.lines import UNKNOWN_LINE, Line, LineParser

_NUMBER = re.compile(r"\d{1,5}(\.\d{1,3})?").fullmatch
_CHECKED = re.compile(r"!([^!|\x1b]*)\|([0-9A-F]{4})").fullmatch
_OPEN = re.compile(r"![A-Z_]{3,}\b").match

ALARM_UNNAMED = "alarm: see the pump's display"
_MOST_RATE_ML_PER_H = 1200.0
_MOST_VOLUME_ML = 9999.0


class AlarisParser(LineParser):
    """Gives one `PumpStatus` for each answer with numbers.

    The answer to INF says everything at once. The single answers INF_VI and INF_RATE stand alone,
    or together with the other where that came right before.
    """

    def __init__(self) -> None:
        super().__init__(limit=256)
        self._states = 0
        self._alarm = ""
        self._unit = ""
        self._before: tuple[str, float | None] | None = None

    def forget(self) -> None:
        """Pass over the half message of a connection that was lost, and what the pump had said."""
        super().forget()
        self._alarm = self._unit = ""
        self._before = None

    @property
    def has_alarm(self) -> bool:
        """Whether the pump last said that it has an alarm, which it names when it is asked."""
        return self._alarm != ""

    @property
    def states(self) -> int:
        """How many answers to INF were read."""
        return self._states

    def read_line(self, text: str) -> Line:
        """What one message says."""
        body = text.rpartition(wire.ESCAPE)[2]
        found = _CHECKED(body)
        if found is None:
            known = _OPEN(body) is not None
            return Line(refused="not a whole message") if known else UNKNOWN_LINE
        said, check = found.groups()
        if int(check, 16) != wire.crc(said.encode("utf-8", "replace")):
            return Line(refused="the checksum does not match")
        name, *fields = said.split(wire.FIELD)
        if not fields:
            return UNKNOWN_LINE
        before, self._before = self._before, None
        if name == "INF":
            return self._status(fields)
        if name in ("INF_VI", "INF_RATE"):
            return self._single(name, fields, before)
        if name == "ALARM":
            code = fields[0].strip()
            self._alarm = "" if code in ("", wire.NO_ALARM_CODE) else wire.alarm_text(code)
        elif name == "INST_SERIALNO":
            self._unit = fields[0].strip()
        return Line()

    def _status(self, fields: list[str]) -> Line:
        if len(fields) + 1 < wire.STATUS_FIELDS:
            return Line(refused="an answer to INF with too few fields")
        serial, alarm, mode, rate, rate_unit, drug, volume, volume_unit = (
            field.strip() for field in fields[: wire.STATUS_FIELDS - 1]
        )
        self._states += 1
        self._unit = serial
        if alarm in ("", wire.NO_ALARM):
            self._alarm = ""
        elif not self._alarm:
            self._alarm = ALARM_UNNAMED
        notes: list[str] = []
        rate_ml_per_h = _quantity("rate", rate, rate_unit, ("ml/h", _MOST_RATE_ML_PER_H), notes)
        running = wire.MODES.get(mode)
        if running is None:
            notes.append(f"mode {mode or 'not given'}: it does not say whether it pumps")
        elif running:
            running = None if rate_ml_per_h is None else rate_ml_per_h > 0
        item = PumpStatus(
            rate_ml_per_h=rate_ml_per_h,
            volume_ml=_quantity("volume", volume, volume_unit, ("ml", _MOST_VOLUME_ML), notes),
            running=running,
            alarm=self._alarm,
            drug=drug,
            unit=serial,
            note="; ".join(notes),
        )
        return Line(items=(item,))

    def _single(
        self, name: str, fields: list[str], before: tuple[str, float | None] | None
    ) -> Line:
        notes = ["it does not say whether it pumps"]
        unit = fields[1].strip() if len(fields) > 1 else ""
        is_rate = name == "INF_RATE"
        kind, expected = (
            ("rate", ("ml/h", _MOST_RATE_ML_PER_H))
            if is_rate
            else ("volume", ("ml", _MOST_VOLUME_ML))
        )
        value = _quantity(kind, fields[0].strip(), unit, expected, notes)
        self._before = (name, value)
        other = before[1] if before is not None and before[0] != name else None
        items: list[ParserItem] = [
            PumpStatus(
                rate_ml_per_h=value if is_rate else other,
                volume_ml=other if is_rate else value,
                running=None,
                alarm=self._alarm,
                unit=self._unit,
                note="; ".join(notes),
            )
        ]
        return Line(items=items)


def _quantity(
    name: str, text: str, unit: str, expected: tuple[str, float], notes: list[str]
) -> float | None:
    """The number of `text`, None with a note where it is none in the unit and range expected."""
    wanted, most = expected
    if not text:
        notes.append(f"it gives no {name}")
    elif unit.lower() != wanted:
        notes.append(f"{name} in {unit or 'no unit'}, not in {wanted}")
    elif not _NUMBER(text) or float(text) > most:
        notes.append(f"{name} {text} is not plausible")
    else:
        return float(text)
    return None
