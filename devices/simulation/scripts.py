"""The simulated patients by name: what each is, and what happens to each, when.

Three are drawn from a population that reproduces published mean changes of blood pressure and heart
rate under the reference infusion, 0.5 mg/kg over 40 minutes (`MILD`, `TYPICAL`, `STRONG`); the
others are teaching cases with a fixed story. All names and numbers are invented.

Times of a story are minutes after the infusion began (or after cannulation where it says so);
pressures mmHg, rates /min, saturation percent, scores 0 to 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from protocols.vitals import Vital

NOTE = "note"
"""Term of a symptom that is written down as a free note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientCard:
    """Who the simulated patient pretends to be. Fictitious, and recognisably so."""

    given_name: str
    mrn: str
    birth_date: str
    sex: str
    height_cm: int
    weight_kg: float = 70.0
    family_name: str = "DEMO"

    @property
    def full_name(self) -> str:
        """Family name first, as lists show it: ``DEMO, Alex``."""
        return f"{self.family_name}, {self.given_name}"

    def age_years(self, on: date) -> int:
        """Completed years of age on the day `on`."""
        born = date.fromisoformat(self.birth_date)
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How a population's circulation answers the reference infusion at its peak.

    Each pair is mean and standard deviation between sessions of the true change at 40 minutes.
    """

    sbp_mmhg: tuple[float, float]
    dbp_mmhg: tuple[float, float]
    hr_bpm: tuple[float, float]


MILD = Preset(sbp_mmhg=(3.3, 7.1), dbp_mmhg=(3.2, 4.9), hr_bpm=(1.0, 6.0))
"""Riva-Posse 2018: 66 patients, 684 infusions, +3.28/+3.17 mmHg."""

TYPICAL = Preset(sbp_mmhg=(12.6, 8.4), dbp_mmhg=(8.5, 5.7), hr_bpm=(4.1, 7.0))
"""Vankawala 2021, a meta-analysis of 2,252 treatments: +12.61/+8.49 mmHg, +4.09 /min."""

STRONG = Preset(sbp_mmhg=(16.0, 8.7), dbp_mmhg=(11.0, 6.3), hr_bpm=(5.0, 8.0))
"""Yale 2024: 138 patients, 2,342 infusions, +16.0 (SD 11.2)/+11.0 (SD 8.45) mmHg at 40 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedBody:
    """A teaching case's own numbers in place of the population's: at rest, and the peak change."""

    sbp_mmhg: float
    dbp_mmhg: float
    hr_bpm: float
    sbp_change_mmhg: float
    dbp_change_mmhg: float
    hr_change_bpm: float
    spo2_percent: float = 98.0
    rr_per_min: float = 15.0


class Anchor(StrEnum):
    """What an episode's minutes are counted from."""

    INFUSION = "infusion"
    CANNULATION = "cannulation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Something that happens to the patient for a while, beside the effect of the drug.

    It grows over `onset_s` from `start_min`, holds, and is gone `offset_s` after `end_min`.
    Changes add to what the body does anyway; a score is raised to its level, alertness lowered.

    Attributes:
        probe_off: the oximeter's probe is off the finger from `start_min` to `end_min`.
        cuff_disturbed: movement would spoil a cuff determination from `start_min` to `end_min`.
        perfusion_factor: what the perfusion index is multiplied with.
    """

    start_min: float
    end_min: float
    onset_s: float = 45.0
    offset_s: float = 90.0
    anchor: Anchor = Anchor.INFUSION
    sbp_mmhg: float = 0.0
    dbp_mmhg: float = 0.0
    hr_bpm: float = 0.0
    spo2_percent: float = 0.0
    rr_per_min: float = 0.0
    perfusion_factor: float = 1.0
    probe_off: bool = False
    cuff_disturbed: bool = False
    scores: Mapping[Vital, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """What the scripted nurse hears or sees, `at_min` after the infusion began, and writes down.

    `term` is one of the protocol's quick events, or `NOTE` for a free note.
    """

    at_min: float
    term: str
    severity: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientScript:
    """One simulated patient.

    Attributes:
        name: what commands call the patient.
        summary: one line that says what happens when.
        card: demographic card.
        preset: population whose body is drawn, where `body` is None.
        body: fixed numbers of a teaching case.
        episodes: what happens beside the drug's effect.
        symptoms: what a nurse would record, in order of time.
        pump_factor: what the pump delivers of the rate it shows.
        cuff_spike_after_min: the first cuff determination after this minute is an artefact.
        cuff_spike_mmhg: systolic and diastolic pressure that the artefact reads.
    """

    name: str
    summary: str
    card: PatientCard
    preset: Preset = TYPICAL
    body: FixedBody | None = None
    episodes: tuple[Episode, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    pump_factor: float = 1.0
    cuff_spike_after_min: float | None = None
    cuff_spike_mmhg: tuple[float, float] = (210.0, 140.0)


def _body(
    rest: tuple[float, float, float],
    change: tuple[float, float, float] = (12.0, 8.0, 4.0),
    spo2_percent: float = 98.0,
) -> FixedBody:
    """A fixed body from (SBP, DBP, HR) at rest and at the peak of the reference infusion."""
    return FixedBody(
        sbp_mmhg=rest[0],
        dbp_mmhg=rest[1],
        hr_bpm=rest[2],
        sbp_change_mmhg=change[0],
        dbp_change_mmhg=change[1],
        hr_change_bpm=change[2],
        spo2_percent=spo2_percent,
    )


def _card(number: int, given_name: str, birth_date: str, sex: str, height_cm: int) -> PatientCard:
    return PatientCard(
        given_name=given_name,
        mrn=f"DEMO-{number:04d}",
        birth_date=birth_date,
        sex=sex,
        height_cm=height_cm,
    )


_FLOATING = Symptom(at_min=18, term="dissociation", severity=4, text="Feels as if floating.")

_ALL = (
    PatientScript(
        name="normotensive",
        summary="118/76, HR 68; pressure and pulse stay flat for the whole session.",
        card=_card(1, "Alex", "1984-03-02", "other", 174),
        body=_body((118, 76, 68), (0, 0, 0)),
    ),
    PatientScript(
        name="mild",
        summary="Drawn from the mild population: about +3/+3 mmHg at 40 min.",
        card=_card(2, "Billie", "1968-11-19", "female", 165),
        preset=MILD,
        symptoms=(Symptom(at_min=22, term="dissociation", severity=2, text="Music sounds far."),),
    ),
    PatientScript(
        name="typical",
        summary="Drawn from the typical population: about +13/+8 mmHg, +4 /min at 40 min.",
        card=_card(3, "Casey", "1979-06-30", "male", 181),
        symptoms=(_FLOATING, Symptom(at_min=31, term="dizzy", severity=2)),
    ),
    PatientScript(
        name="strong",
        summary="Drawn from the strong population: about +16/+11 mmHg, +5 /min at 40 min.",
        card=_card(4, "Devon", "1971-01-15", "male", 178),
        preset=STRONG,
        symptoms=(
            _FLOATING,
            Symptom(at_min=28, term="nausea", severity=3),
            Symptom(at_min=36, term="dissociation", severity=7, text="Cannot feel own arms."),
        ),
    ),
    PatientScript(
        name="hypertensive",
        summary="Controlled hypertension, 136/86: +28/+15 mmHg at 40 min, about 164/101.",
        card=_card(5, "Evelyn", "1959-09-08", "female", 162),
        body=_body((136, 86, 74), (28, 15, 4), 97),
        symptoms=(_FLOATING, Symptom(at_min=35, term="headache", severity=2, text="Mild.")),
    ),
    PatientScript(
        name="panic",
        summary="Panic from 15 to 23 min: HR +40 while the pressure stays flat.",
        card=_card(6, "Frankie", "1993-04-22", "female", 169),
        body=_body((118, 74, 72), (1, 1, 2)),
        episodes=(
            Episode(
                start_min=15,
                end_min=23,
                hr_bpm=40,
                rr_per_min=7,
                scores={Vital.ANXIETY: 9, Vital.DISTRESS: 7},
            ),
        ),
        symptoms=(
            Symptom(at_min=15.5, term="anxious", severity=8, text="Fears losing control."),
            Symptom(at_min=17, term="palpitations", text="Heart is racing."),
        ),
    ),
    PatientScript(
        name="vasovagal",
        summary="At cannulation SBP 80 and HR 45 for 3 min, then as before; infusion uneventful.",
        card=_card(7, "Gray", "1998-12-05", "male", 186),
        body=_body((116, 72, 70)),
        episodes=(
            Episode(
                anchor=Anchor.CANNULATION,
                start_min=0,
                end_min=3,
                onset_s=20,
                offset_s=60,
                sbp_mmhg=-36,
                dbp_mmhg=-24,
                hr_bpm=-25,
                perfusion_factor=0.15,
                scores={Vital.NAUSEA: 5},
            ),
        ),
    ),
    PatientScript(
        name="sedated",
        summary="Took a benzodiazepine: from 20 to 55 min SpO2 91, MOAA/S 3, RR 11.",
        card=_card(8, "Harper", "1975-02-27", "female", 158),
        body=_body((121, 77, 66), (9, 6, 2), 97),
        episodes=(
            Episode(
                start_min=20,
                end_min=55,
                onset_s=240,
                offset_s=480,
                spo2_percent=-6,
                rr_per_min=-4,
                scores={Vital.MOAAS: 3},
            ),
        ),
        symptoms=(Symptom(at_min=26, term="asleep", text="Answers to a loud voice only."),),
    ),
    PatientScript(
        name="desaturation",
        summary="At 22 min SpO2 falls to 86 for 90 s, then recovers when stimulated.",
        card=_card(9, "Indigo", "1966-07-14", "male", 176),
        body=_body((124, 79, 71), spo2_percent=96),
        episodes=(
            Episode(
                start_min=22,
                end_min=24,
                onset_s=30,
                offset_s=60,
                spo2_percent=-10,
                rr_per_min=-6,
                hr_bpm=8,
                scores={Vital.MOAAS: 4},
            ),
        ),
        symptoms=(Symptom(at_min=23, term=NOTE, text="Snoring; chin lifted."),),
    ),
    PatientScript(
        name="cuff-artefact",
        summary="The first cuff reading after 22 min is a spike of 210/140; the repeat is normal.",
        card=_card(10, "Jamie", "1987-10-11", "female", 171),
        body=_body((119, 75, 70)),
        cuff_spike_after_min=22,
    ),
    PatientScript(
        name="probe-off",
        summary="The oximeter's probe is off the finger from 12 to 14 min and at 33 min for 30 s.",
        card=_card(11, "Kit", "1990-05-03", "male", 183),
        body=_body((122, 78, 73)),
        episodes=(
            Episode(start_min=12, end_min=14, probe_off=True),
            Episode(start_min=33, end_min=33.5, probe_off=True),
        ),
        symptoms=(Symptom(at_min=13.5, term=NOTE, text="Probe slipped off, put back."),),
    ),
    PatientScript(
        name="slow-pump",
        summary="The pump gives 70 % of the rate it shows: at 40 min 30 % of the dose is left.",
        card=_card(12, "Lou", "1982-08-25", "other", 168),
        body=_body((120, 76, 69)),
        pump_factor=0.7,
        symptoms=(Symptom(at_min=30, term=NOTE, text="Syringe is fuller than the timer says."),),
    ),
    PatientScript(
        name="distress",
        summary="Dissociative distress from 25 to 33 min: distress 8, HR +18, +14/+9 mmHg, moving.",
        card=_card(13, "Morgan", "1995-03-17", "female", 173),
        body=_body((120, 76, 76), (14, 9, 6)),
        episodes=(
            Episode(
                start_min=25,
                end_min=33,
                hr_bpm=18,
                sbp_mmhg=14,
                dbp_mmhg=9,
                rr_per_min=5,
                scores={Vital.DISTRESS: 8, Vital.ANXIETY: 8, Vital.DISSOCIATION: 9},
            ),
            Episode(start_min=25, end_min=26.5, cuff_disturbed=True),
        ),
        symptoms=(
            Symptom(at_min=25.5, term="discomfort", severity=8, text="Calls out, wants to get up."),
            Symptom(at_min=26, term="dissociation", severity=9, text="Does not know the room."),
        ),
    ),
    PatientScript(
        name="vomiting",
        summary="Nausea grows from 36 min; vomits at 45 min, moving the arm for a minute.",
        card=_card(14, "Noel", "1977-12-29", "male", 180),
        body=_body((117, 74, 72)),
        episodes=(
            Episode(start_min=36, end_min=46, onset_s=480, offset_s=900, scores={Vital.NAUSEA: 8}),
            Episode(start_min=45, end_min=46, onset_s=15, hr_bpm=14, cuff_disturbed=True),
        ),
        symptoms=(
            Symptom(at_min=38, term="nausea", severity=5),
            Symptom(at_min=45, term="vomiting", text="Once, about 150 mL."),
        ),
    ),
    PatientScript(
        name="emergency",
        summary="Hypertensive emergency: above 180/110 from 20 min, 204/122 at 40, headache at 30.",
        card=_card(15, "Oakley", "1956-01-31", "male", 175),
        body=_body((138, 86, 80), (66, 36, 16), 97),
        symptoms=(
            Symptom(at_min=22, term="headache", severity=4),
            Symptom(at_min=30, term="neurological", text="Severe sudden headache, vision blurred."),
        ),
    ),
)

PATIENTS: Mapping[str, PatientScript] = {script.name: script for script in _ALL}
"""Every simulated patient by name."""
