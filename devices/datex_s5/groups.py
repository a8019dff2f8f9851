"""The groups of an S/5 record's basic class: status, label and numbers to readings. Pure."""

from __future__ import annotations

from devices.datex_s5 import wire
from devices.datex_s5.wire import Co2Status, EcgStatus, Site
from devices.driver import Measurement
from protocols.vitals import VITALS, Quality, Vital

_WORDS = {
    wire.INVALID: (Quality.MISSING, "no valid value"),
    wire.NOT_UPDATED: (Quality.MISSING, "not updated"),
    wire.UNDER_RANGE: (Quality.MISSING, "under the monitor's range"),
    wire.OVER_RANGE: (Quality.MISSING, "over the monitor's range"),
    wire.NOT_CALIBRATED: (Quality.SENSOR_FAULT, "not calibrated"),
}
_ECG_DOUBTS = {
    EcgStatus.ASYSTOLE: "monitor's alarm: asystole",
    EcgStatus.NOISE: "ECG noise",
    EcgStatus.ARTIFACT: "ECG artifact",
    EcgStatus.LEARNING: "the monitor is learning the ECG",
}
_CO2_STOPS = {
    Co2Status.CALIBRATING: (Quality.SEARCHING, "the CO2 sensor is being calibrated"),
    Co2Status.ZEROING: (Quality.SEARCHING, "the CO2 sensor is being zeroed"),
    Co2Status.OCCLUSION: (Quality.SENSOR_FAULT, "the CO2 sampling line is occluded"),
}
_SITES = {
    Site.ESOPHAGUS: "esophagus",
    Site.NASOPHARYNX: "nasopharynx",
    Site.TYMPANUM: "ear drum",
    Site.RECTUM: "rectum",
    Site.BLADDER: "bladder",
    Site.AXILLA: "axilla",
    Site.SKIN: "skin",
    Site.MUSCLE: "muscle",
    Site.CORE: "core",
    Site.SURFACE: "surface",
}


class GroupReader:
    """Reads the basic class of one connection.

    A group that was never active in it says nothing: the monitor has no such module, or nobody
    uses it. One that was active and no longer is, is missing.
    """

    def __init__(self) -> None:
        self._used: set[int] = set()

    def forget(self) -> None:
        """Another connection begins."""
        self._used.clear()

    def read(self, basic: bytes, end_byte: int) -> list[Measurement]:
        """Heart rate, saturation, pulse rate, breaths and temperature that `basic` holds."""
        return [
            *self._heart(basic, end_byte),
            *self._oximeter(basic, end_byte),
            *self._breaths(basic, end_byte),
            *self._temperature(basic, end_byte),
        ]

    def _is_active(self, basic: bytes, group: int) -> bool | None:
        """Whether `group` measures; None while it never did."""
        status, _ = wire.GROUP.unpack_from(basic, group)
        if status & wire.EXISTS and status & wire.ACTIVE:
            self._used.add(group)
            return True
        return False if group in self._used else None

    def _heart(self, basic: bytes, end_byte: int) -> list[Measurement]:
        active = self._is_active(basic, wire.ECG)
        if active is None:
            return []
        if not active:
            return [_off(Vital.HR, "ECG", end_byte)]
        status, _ = wire.GROUP.unpack_from(basic, wire.ECG)
        raw = _int16(basic, wire.ECG + wire.ECG_HR)
        source = status >> wire.SOURCE_SHIFT & wire.SOURCE_MASK
        doubts = [text for bit, text in _ECG_DOUBTS.items() if status & bit]
        if raw < wire.MEASURED_FROM:
            if status & wire.ALL_CHANNELS_OFF == wire.ALL_CHANNELS_OFF:
                return [_none(Vital.HR, Quality.SENSOR_OFF, "ECG leads off", end_byte)]
            if status & EcgStatus.LEARNING:
                return [_none(Vital.HR, Quality.SEARCHING, ", ".join(doubts), end_byte)]
        elif source not in (wire.NO_SOURCE, *wire.ECG_SOURCES):
            name = wire.SOURCE_NAMES.get(source, f"source {source}")
            note = f"the monitor takes its heart rate from {name}, not from the ECG"
            return [_none(Vital.HR, Quality.MISSING, note, end_byte)]
        elif source == wire.NO_SOURCE:
            doubts.append("the monitor does not name the source")
        note = ", ".join([*doubts, "pacer on"] if status & EcgStatus.PACER else doubts)
        return [_measure(Vital.HR, raw, 1, end_byte, note=note, is_doubtful=bool(doubts))]

    def _oximeter(self, basic: bytes, end_byte: int) -> list[Measurement]:
        active = self._is_active(basic, wire.SPO2)
        if active is None:
            return []
        if not active:
            return [_off(vital, "SpO2", end_byte) for vital in (Vital.SPO2, Vital.PR)]
        saturation, rate = wire.SPO2_VALUES.unpack_from(basic, wire.SPO2 + wire.GROUP.size)
        return [
            _measure(Vital.SPO2, saturation, 100, end_byte),
            _measure(Vital.PR, rate, 1, end_byte),
        ]

    def _breaths(self, basic: bytes, end_byte: int) -> list[Measurement]:
        """From CO2 where it measures, else from the impedance of the ECG electrodes."""
        found: list[Measurement] = []
        if self._is_active(basic, wire.CO2):
            found.append(_breaths_from_co2(basic, end_byte))
        if self._is_active(basic, wire.ECG):
            raw = _int16(basic, wire.ECG + wire.ECG_RR)
            found.append(_measure(Vital.RR, raw, 1, end_byte, note="from impedance"))
        for reading in found:
            if reading.value is not None:
                return [reading]
        if found:
            return found[:1]
        was_used = self._used & {wire.CO2, wire.ECG}
        return [_off(Vital.RR, "respiration", end_byte)] if was_used else []

    def _temperature(self, basic: bytes, end_byte: int) -> list[Measurement]:
        """The first active channel with a value, of those that measure the body."""
        first: list[Measurement] = []
        for group in wire.TEMPERATURES:
            _, site = wire.GROUP.unpack_from(basic, group)
            if site in wire.NOT_THE_BODY or not self._is_active(basic, group):
                continue
            raw = _int16(basic, group + wire.GROUP.size)
            note = _SITES.get(site, "")
            reading = _measure(Vital.TEMP, raw, 100, end_byte, note=note)
            if reading.value is not None:
                return [reading]
            first = first or [reading]
        if not first and self._used.intersection(wire.TEMPERATURES):
            return [_off(Vital.TEMP, "temperature", end_byte)]
        return first


def _breaths_from_co2(basic: bytes, end_byte: int) -> Measurement:
    status, _ = wire.GROUP.unpack_from(basic, wire.CO2)
    raw = _int16(basic, wire.CO2 + wire.CO2_RR)
    for bit, (quality, note) in _CO2_STOPS.items():
        if status & bit:
            return _none(Vital.RR, quality, note, end_byte)
    if raw == 0 and status & Co2Status.APNEA_OFF:
        return _none(Vital.RR, Quality.SEARCHING, "the monitor has found no breath yet", end_byte)
    notes = ["from CO2"]
    if status & (Co2Status.APNEA | Co2Status.APNEA_RESPIRATION):
        notes.append("monitor's alarm: apnea")
    leaks = bool(status & Co2Status.AIR_LEAK)
    if leaks:
        notes.append("air leak")
    return _measure(Vital.RR, raw, 1, end_byte, note=", ".join(notes), is_doubtful=leaks)


def _measure(
    vital: Vital,
    raw: int,
    steps: int,
    end_byte: int,
    *,
    note: str = "",
    is_doubtful: bool = False,
) -> Measurement:
    """`raw` steps, `steps` of them in the vital's unit, as a reading."""
    if raw < wire.MEASURED_FROM:
        quality, word = _WORDS.get(raw, (Quality.MISSING, f"no value (code {raw})"))
        return _none(vital, quality, ", ".join(filter(None, (word, note))), end_byte)
    spec = VITALS[vital]
    value = raw / steps
    if value == 0 and vital is not Vital.RR:
        return _none(vital, Quality.MISSING, ", ".join(filter(None, ("no value", note))), end_byte)
    if not spec.is_plausible(value):
        word = f"{value:g} {spec.unit_text} is not plausible"
        return _none(vital, Quality.IMPLAUSIBLE, word, end_byte)
    quality = Quality.LOW if is_doubtful else Quality.GOOD
    return Measurement(vital=vital, value=value, quality=quality, note=note, end_byte=end_byte)


def _none(vital: Vital, quality: Quality, note: str, end_byte: int) -> Measurement:
    return Measurement(vital=vital, value=None, quality=quality, note=note, end_byte=end_byte)


def _off(vital: Vital, name: str, end_byte: int) -> Measurement:
    return _none(vital, Quality.MISSING, f"{name} is no longer measured", end_byte)


def _int16(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 2], "little", signed=True)
