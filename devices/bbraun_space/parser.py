"""What a station's message says of its pumps. Pure."""

from __future__ import annotations

import re

from devices.bbraun_space import wire
from devices.bbraun_space.reader import BccReader, Gathering, Values
from devices.driver import Counts, ParserItem, PumpStatus, Rejected

_NUMBER = re.compile(r"\d{1,5}(\.\d{1,3})?").fullmatch
_MOST_RATE_ML_PER_H = 1999.9
_MOST_VOLUME_ML = 99999.0


class BccParser:
    """Gives one `PumpStatus` for each pump of each message, in the order of their places."""

    def __init__(self) -> None:
        self._reader = BccReader()
        self._gathering = Gathering()
        self._end_byte = 0

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the blocks kept. Never raises."""
        items: list[ParserItem] = []
        for found in self._reader.read(data):
            if isinstance(found, Rejected):
                items.append(found)
                continue
            self._end_byte = found.end_byte
            pumps = self._gathering.add(found)
            if pumps is not None:
                items += statuses(pumps, found.end_byte)
        return items

    def finish(self) -> list[ParserItem]:
        """A message whose last block is missing is told as far as it came."""
        self._reader.forget()
        return [*statuses(self._gathering.close(), self._end_byte)]

    def forget(self) -> None:
        """Pass over the half message of a connection that was lost."""
        self._reader.forget()
        self._gathering.close()

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._reader.counts


def statuses(pumps: dict[str, Values], end_byte: int) -> list[PumpStatus]:
    """What is said of each pump, by place."""
    return [status_of(address, pumps[address], end_byte) for address in sorted(pumps)]


def is_off(values: Values) -> bool:
    """Whether the pump says that it is switched off."""
    return values.get("DSSTATUS") == wire.PUMP_OFF


def status_of(address: str, values: Values, end_byte: int) -> PumpStatus:
    """What `values` say of the pump at `address`; the numbers of one that is off do not count."""
    unit = values.get("INSERNUM", address)
    if is_off(values):
        return PumpStatus(
            rate_ml_per_h=None,
            volume_ml=None,
            running=False,
            unit=unit,
            note="the pump is switched off",
            end_byte=end_byte,
        )
    notes: list[str] = []
    if "GNERR" in values:
        notes.append(f"the station reports error {values['GNERR']} for this pump")
    status = PumpStatus(
        rate_ml_per_h=_number("rate", values.get("INRT"), _MOST_RATE_ML_PER_H, notes),
        volume_ml=_number("volume", values.get("INVI"), _MOST_VOLUME_ML, notes),
        running={"1": True, "0": False}.get(values.get("INM3", "")),
        alarm=", ".join(
            words for name, words in wire.ALARM_WORDS.items() if values.get(name) == "1"
        ),
        drug=values.get("INSOL", ""),
        unit=unit,
        note="; ".join(
            notes + [words for name, words in wire.DOING_WORDS.items() if values.get(name) == "1"]
        ),
        end_byte=end_byte,
    )
    return status


def _number(name: str, text: str | None, most: float, notes: list[str]) -> float | None:
    if text is None:
        notes.append(f"it gives no {name}")
    elif not _NUMBER(text) or float(text) > most:
        notes.append(f"{name} {text} is not plausible")
    else:
        return float(text)
    return None
