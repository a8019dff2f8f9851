"""The standard limits, and situations to judge them on."""

from __future__ import annotations

from pathlib import Path

from protocols.conditions import Verdict
from protocols.events import BaselineFrozen, BaselineValue, Phase, Reading
from protocols.limits import parse_limits
from protocols.situation import Situation
from protocols.vitals import NS_PER_S, Quality, Vital

STANDARD = Path(__file__).resolve().parents[3] / "resources" / "limits" / "standard.toml"
PROFILE = parse_limits(STANDARD.read_text(encoding="utf-8"), "standard.toml")
S = NS_PER_S
MIN = 60 * S
VIOLATED, CLEARED, UNKNOWN = Verdict.VIOLATED, Verdict.CLEARED, Verdict.UNKNOWN
BASELINES = {Vital.SBP: 137.0, Vital.DBP: 84.0, Vital.MAP: 102.0, Vital.HR: 70.0}


def note(
    situation: Situation,
    vital: Vital,
    value: float | None,
    at_ns: int = 0,
    quality: Quality | None = None,
    *,
    spot: bool = False,
) -> None:
    given_quality = quality or (Quality.GOOD if value is not None else Quality.SEARCHING)
    situation.note_reading(
        Reading(
            t_ns=at_ns,
            vital=vital,
            value=value,
            quality=given_quality,
            source="m",
            measured_ns=at_ns,
            spot=spot,
        )
    )


def infusing(baselines: dict[Vital, float] | None = None, readings: int = 2) -> Situation:
    situation = Situation(PROFILE)
    situation.set_phase(Phase.INFUSING, 0)
    if baselines:
        values = tuple(
            BaselineValue(vital=vital, value=value, readings=readings)
            for vital, value in baselines.items()
        )
        situation.freeze(BaselineFrozen(t_ns=0, by="n", values=values, low_confidence=readings < 2))
    return situation


def note_cuff_pulse(
    situation: Situation, value: float | None, t_ns: int, quality: Quality = Quality.GOOD
) -> None:
    """A determination at `t_ns` that also gave the pulse."""
    note(situation, Vital.SBP, 120, t_ns)
    note(situation, Vital.PR, value, t_ns, quality, spot=True)
