"""Vital signs: the one enumeration, the one table, and the quality of a value.

Units are UCUM codes; LOINC and ISO/IEC 11073-10101 (MDC) codes are those that HL7 FHIR vital-sign
profiles and the RTMMS nomenclature publish. A code that could not be confirmed is ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NS_PER_S = 1_000_000_000
"""Nanoseconds in a second: every time in the program is an integer of these."""


class Vital(StrEnum):
    """A quantity that a monitor or a person reports about the patient."""

    HR = "hr"
    PR = "pr"
    SPO2 = "spo2"
    PI = "pi"
    PLETH = "pleth"
    SBP = "sbp"
    DBP = "dbp"
    MAP = "map"
    RR = "rr"
    TEMP = "temp"
    ETCO2 = "etco2"
    MOAAS = "moaas"
    CUFF = "cuff"
    DISTRESS = "distress"
    NAUSEA = "nausea"
    PAIN = "pain"
    ANXIETY = "anxiety"
    DISSOCIATION = "dissociation"


class Quality(StrEnum):
    """How far a value may be believed, or why it is missing.

    The first two carry a value; all others mean that there is none.
    """

    GOOD = "good"
    LOW = "low-confidence"
    SENSOR_OFF = "sensor-off"
    SENSOR_FAULT = "sensor-fault"
    SEARCHING = "searching"
    HELD = "held"
    FAILED = "failed"
    IMPLAUSIBLE = "implausible"
    MISSING = "missing"
    UNCONFIRMED = "unconfirmed"
    WITHDRAWN = "withdrawn"

    @property
    def has_value(self) -> bool:
        """Whether a value of this quality is a measurement that may be shown and judged."""
        return self in (Quality.GOOD, Quality.LOW)


class ColourRole(StrEnum):
    """The name of a colour in the theme; the theme alone knows its value."""

    HR = "hr"
    SPO2 = "spo2"
    BP = "bp"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSpec:
    """What is true of a vital sign wherever it appears.

    Attributes:
        name: full name in plain words.
        label: short label for a tile or an axis.
        unit: UCUM unit code.
        unit_text: the unit as people write it.
        decimals: digits shown after the decimal point.
        plausible: lowest and highest value that can be a measurement of a person.
        quiet_limit_s: age in seconds after which a value is stale; None where the observation
            schedule, not a stream, decides (cuff pressures and scores typed by a person).
        loinc: LOINC code, or None.
        mdc: ISO/IEC 11073-10101 32-bit code, or None.
        colour: role of its colour in the theme.
    """

    name: str
    label: str
    unit: str
    unit_text: str
    decimals: int
    plausible: tuple[float, float]
    quiet_limit_s: float | None
    loinc: str | None
    mdc: int | None
    colour: ColourRole

    def is_plausible(self, value: float) -> bool:
        """Whether `value`, in this vital's unit, can be a measurement of a person."""
        low, high = self.plausible
        return low <= value <= high

    def format(self, value: float | None) -> str:
        """The value with its decimals and a decimal point in every locale; ``--`` when missing."""
        return "--" if value is None else f"{value:.{self.decimals}f}"


def _score(name: str, label: str) -> VitalSpec:
    return VitalSpec(
        name=name,
        label=label,
        unit="{score}",
        unit_text="/10",
        decimals=0,
        plausible=(0, 10),
        quiet_limit_s=None,
        loinc=None,
        mdc=None,
        colour=ColourRole.OTHER,
    )


def _stream(
    name: str,
    label: str,
    units: tuple[str, str],
    plausible: tuple[float, float],
    colour: ColourRole,
    *,
    decimals: int = 0,
    loinc: str | None = None,
    mdc: int | None = None,
    quiet_limit_s: float | None = 5.0,
) -> VitalSpec:
    return VitalSpec(
        name=name,
        label=label,
        unit=units[0],
        unit_text=units[1],
        decimals=decimals,
        plausible=plausible,
        quiet_limit_s=quiet_limit_s,
        loinc=loinc,
        mdc=mdc,
        colour=colour,
    )


_MMHG = ("mm[Hg]", "mmHg")
_PER_MIN = ("/min", "/min")
_PERCENT = ("%", "%")

VITALS: dict[Vital, VitalSpec] = {
    Vital.HR: _stream(
        "heart rate", "HR", _PER_MIN, (18, 321), ColourRole.HR, loinc="8867-4", mdc=147842
    ),
    Vital.PR: _stream(
        "pulse rate", "PR", _PER_MIN, (18, 321), ColourRole.HR, loinc="8889-8", mdc=149530
    ),
    Vital.SPO2: _stream(
        "oxygen saturation",
        "SpO2",
        _PERCENT,
        (1, 100),
        ColourRole.SPO2,
        loinc="59408-5",
        mdc=150456,
    ),
    Vital.PI: _stream(
        "perfusion index",
        "PI",
        _PERCENT,
        (0, 30),
        ColourRole.SPO2,
        decimals=1,
        loinc="61006-3",
        mdc=150488,
    ),
    Vital.PLETH: _stream(
        "plethysmogram", "pleth", ("{count}", ""), (0, 65535), ColourRole.SPO2, quiet_limit_s=2.0
    ),
    Vital.SBP: _stream(
        "systolic pressure",
        "SBP",
        _MMHG,
        (40, 280),
        ColourRole.BP,
        loinc="8480-6",
        mdc=150021,
        quiet_limit_s=None,
    ),
    Vital.DBP: _stream(
        "diastolic pressure",
        "DBP",
        _MMHG,
        (10, 220),
        ColourRole.BP,
        loinc="8462-4",
        mdc=150022,
        quiet_limit_s=None,
    ),
    Vital.MAP: _stream(
        "mean pressure",
        "MAP",
        _MMHG,
        (20, 240),
        ColourRole.BP,
        loinc="8478-0",
        mdc=150023,
        quiet_limit_s=None,
    ),
    Vital.RR: _stream(
        "respiratory rate",
        "RR",
        _PER_MIN,
        (0, 80),
        ColourRole.OTHER,
        loinc="9279-1",
        mdc=151562,
        quiet_limit_s=None,
    ),
    Vital.TEMP: _stream(
        "temperature",
        "Temp",
        ("Cel", "°C"),
        (25, 45),
        ColourRole.OTHER,
        decimals=1,
        loinc="8310-5",
        mdc=150344,
        quiet_limit_s=None,
    ),
    Vital.ETCO2: _stream(
        "end-tidal carbon dioxide",
        "EtCO2",
        _MMHG,
        (1, 150),
        ColourRole.OTHER,
        loinc="19889-5",
        mdc=151708,
    ),
    Vital.MOAAS: VitalSpec(
        name="alertness (MOAA/S)",
        label="MOAA/S",
        unit="{score}",
        unit_text="/5",
        decimals=0,
        plausible=(0, 5),
        quiet_limit_s=None,
        loinc=None,
        mdc=None,
        colour=ColourRole.OTHER,
    ),
    Vital.CUFF: _stream(
        "cuff pressure", "cuff", _MMHG, (-20, 320), ColourRole.BP, quiet_limit_s=2.0
    ),
    Vital.DISTRESS: _score("distress", "distress"),
    Vital.NAUSEA: _score("nausea", "nausea"),
    Vital.PAIN: _score("pain", "pain"),
    Vital.ANXIETY: _score("anxiety", "anxiety"),
    Vital.DISSOCIATION: _score("dissociation", "dissociation"),
}
"""Every vital's specification. Plausible ranges are those of measurement, not of health."""


COUNTED_BY_PEOPLE: dict[Vital, float] = {Vital.RR: 15.0, Vital.TEMP: 60.0}
"""Vitals that people count or take, and how long what a monitor says of them stands, s."""


def fresh_for_s(vital: Vital, interval_s: float = 0.0, *, manual: bool = False) -> float | None:
    """How long a streamed value stands for the present, s; None where the schedule decides.

    The vital's own limit, or a second more than `interval_s` for a monitor that speaks more rarely.
    What a person counted (`manual`) stands as long as the schedule lets it.
    """
    limit_s = VITALS[vital].quiet_limit_s
    if limit_s is None and not manual:
        limit_s = COUNTED_BY_PEOPLE.get(vital)
    return None if limit_s is None else max(limit_s, interval_s + 1 if interval_s else 0)


SCORES = (
    Vital.MOAAS,
    Vital.DISTRESS,
    Vital.NAUSEA,
    Vital.PAIN,
    Vital.ANXIETY,
    Vital.DISSOCIATION,
)
"""Vitals that only a person scores."""

PRESSURES = (Vital.SBP, Vital.DBP, Vital.MAP)
"""Vitals that one cuff determination gives together."""
