"""A simulated patient: a body whose circulation answers the drug it is given.

Blood pressure and heart rate rise in proportion to an effect-site level (Domino's compartments with
an illustrative ke0), scaled so that the reference infusion, 0.5 mg/kg over 40 minutes, reaches the
drawn change at its end. Dissociation follows the plasma level of Clements and Nimmo linearly
between 50 and 200 ng/mL (Bowdle 1998). Every answer is a function of the seed, the time asked for
and the rates told before that time; asking has no effect on any later answer, except that the one
cuff artefact of a script is used up by the first determination that meets it.

The reading noise of pressures wanders over tens of seconds, so that several questions within one
cuff determination agree and two determinations minutes apart do not.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt

from devices.simulation.drug_levels import (
    CLEMENTS_250,
    DOMINO,
    Concentration,
    Uptake,
    illustrative_effect_site_ng_per_ml,
)
from devices.simulation.pulse import PulseWave, Wander
from devices.simulation.scripts import PATIENTS, Anchor, Episode, PatientCard, PatientScript
from protocols.dosing.pharmacokinetics import NS_PER_MIN, constant_infusion
from protocols.vitals import NS_PER_S, SCORES, VITALS, Vital

DEFAULT_CANNULATION_NS = 2 * NS_PER_MIN
"""When the cannula goes in, if nobody says so."""

_SPIKE_LASTS_NS = 45 * NS_PER_S
_VISIT_SHARE = 0.4
_SBP_DBP_CORRELATION = 0.7
_LEAST_PULSE_PRESSURE = 12.0
_DISSOCIATION_NG_PER_ML = (50.0, 200.0)
_OBSERVABLE = (*SCORES, Vital.RR, Vital.TEMP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circulation:
    """Pressures in mmHg and heart rate in /min, without any reading noise."""

    sbp_mmhg: float
    dbp_mmhg: float
    hr_bpm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One symptom of the script at its time in the session."""

    t_ns: int
    term: str
    severity: int | None
    text: str


@cache
def illustrative_reference_ng_per_ml() -> float:
    """Effect-site level at the end of the reference infusion, any weight."""
    end_ns = 40 * NS_PER_MIN
    return illustrative_effect_site_ng_per_ml(DOMINO, 1.0, constant_infusion(0.5, 40), [end_ns])[0]


@dataclass(frozen=True, slots=True)
class _Constitution:
    """What was drawn for this person and this visit."""

    rest: Circulation
    change: Circulation
    spo2_percent: float
    rr_per_min: float
    perfusion_percent: float
    sensitivity: float
    queasiness: float
    worry: float


def _clip(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))


def _draw(script: PatientScript, person: random.Random, visit: random.Random) -> _Constitution:
    """The body of one visit: the person's part is the same at every visit.

    Distributions at rest: SBP N(123, 14) within 90..139; DBP 77 + 0.386 (SBP - 123) + N(0, 7.2)
    within 50..89, which is what an entry hold lets through; HR N(75, 11) within 48..110.
    """
    sbp = _clip(person.gauss(123, 14), 90, 139)
    dbp = _clip(77 + 0.386 * (sbp - 123) + person.gauss(0, 7.2), 50, 89)
    rest = Circulation(sbp_mmhg=sbp, dbp_mmhg=dbp, hr_bpm=_clip(person.gauss(75, 11), 48, 110))
    own, today = sqrt(1 - _VISIT_SHARE), sqrt(_VISIT_SHARE)
    z_sbp, z_free, z_hr = (own * person.gauss(0, 1) + today * visit.gauss(0, 1) for _ in range(3))
    z_dbp = _SBP_DBP_CORRELATION * z_sbp + sqrt(1 - _SBP_DBP_CORRELATION**2) * z_free
    preset = script.preset
    change = Circulation(
        sbp_mmhg=preset.sbp_mmhg[0] + preset.sbp_mmhg[1] * z_sbp,
        dbp_mmhg=preset.dbp_mmhg[0] + preset.dbp_mmhg[1] * z_dbp,
        hr_bpm=preset.hr_bpm[0] + preset.hr_bpm[1] * z_hr,
    )
    spo2_percent = _clip(person.gauss(97.8, 0.7), 96.2, 99.3)
    rr_per_min = _clip(person.gauss(15, 1.5), 12.5, 19)
    if script.body is not None:
        fixed = script.body
        rest = Circulation(sbp_mmhg=fixed.sbp_mmhg, dbp_mmhg=fixed.dbp_mmhg, hr_bpm=fixed.hr_bpm)
        change = Circulation(
            sbp_mmhg=fixed.sbp_change_mmhg,
            dbp_mmhg=fixed.dbp_change_mmhg,
            hr_bpm=fixed.hr_change_bpm,
        )
        spo2_percent, rr_per_min = fixed.spo2_percent, fixed.rr_per_min
    return _Constitution(
        rest=rest,
        change=change,
        spo2_percent=spo2_percent,
        rr_per_min=rr_per_min,
        perfusion_percent=_clip(person.gauss(3.2, 0.9), 1.5, 6.0),
        sensitivity=person.uniform(0.35, 0.95),
        queasiness=visit.uniform(0.0, 2.5),
        worry=visit.uniform(0.5, 2.5),
    )


class SimulatedPatient:
    """A `PatientBody` with a name, a card and a story."""

    def __init__(
        self,
        patient: str | PatientScript,
        *,
        seed: int,
        weight_kg: float | None = None,
        visit: int = 1,
    ) -> None:
        """Draw the patient for `seed` and `visit`; the weight defaults to that of the card.

        Raises:
            ValueError: if the name is unknown or the weight is not positive.
        """
        script = find_script(patient) if isinstance(patient, str) else patient
        self._script = script
        self.weight_kg = script.card.weight_kg if weight_kg is None else weight_kg
        self._effect = Concentration.illustrative_effect_site(DOMINO, self.weight_kg)
        self._plasma = Concentration.plasma(CLEMENTS_250, self.weight_kg)
        person = random.Random(f"{script.name} {seed}")
        today = random.Random(f"{script.name} {seed} {visit}")
        self._body = _draw(script, person, today)
        self._noise_sbp = Wander(today, 5.0, (40, 240))
        self._noise_dbp = Wander(today, 4.0, (40, 240))
        self._noise_hr = Wander(today, 2.7, (50, 400))
        self._sway_hr = Wander(today, 1.3, (4, 12), waves=4)
        self._noise_spo2 = Wander(today, 0.3, (30, 300))
        self._noise_rr = Wander(today, 0.8, (60, 600))
        self._delivered: tuple[tuple[int, float, float], ...] = ((0, 0.0, 0.0),)
        self._infusion_start_ns: int | None = None
        self._cannulation_ns = DEFAULT_CANNULATION_NS
        self._spike_ns: int | None = None
        self._pulse = PulseWave(
            today,
            rate_bpm=self.pulse_rate_bpm,
            amplitude=self._wave_amplitude,
            breaths_per_min=self._body.rr_per_min,
        )

    @property
    def name(self) -> str:
        """What commands call the patient."""
        return self._script.name

    @property
    def summary(self) -> str:
        """One line that says what happens when."""
        return self._script.summary

    @property
    def card(self) -> PatientCard:
        """Who the patient pretends to be."""
        return self._script.card

    @property
    def infusion_start_ns(self) -> int | None:
        """When the first drug was delivered or given, or None before that."""
        return self._infusion_start_ns

    def cannulate(self, t_ns: int) -> None:
        """The cannula goes in at `t_ns`; without this, two minutes after the session began."""
        self._cannulation_ns = t_ns

    def set_rate(self, t_ns: int, mg_per_min: float) -> None:
        """From `t_ns` on the pump shows `mg_per_min`; 0 is a pause or the end.

        Raises:
            ValueError: if the rate is negative or `t_ns` lies before the last change.
        """
        rate = mg_per_min * self._script.pump_factor
        self._effect.set_rate(t_ns, rate)
        self._plasma.set_rate(t_ns, rate)
        self._delivered = (*self._delivered, (t_ns, rate, self.delivered_mg(t_ns)))
        if rate > 0 and self._infusion_start_ns is None:
            self._infusion_start_ns = t_ns

    def give(self, t_ns: int, amount_mg: float, uptake: Uptake) -> None:
        """At `t_ns` one dose is given at once: an injection, a spray, a lozenge.

        Raises:
            ValueError: if the amount is negative.
        """
        self._effect.give(t_ns, amount_mg, uptake)
        self._plasma.give(t_ns, amount_mg, uptake)
        if amount_mg > 0 and self._infusion_start_ns is None:
            self._infusion_start_ns = t_ns

    def delivered_mg(self, t_ns: int) -> float:
        """What the pump has really brought to the patient by `t_ns`, mg."""
        for start_ns, rate, before_mg in reversed(self._delivered):
            if start_ns <= t_ns:
                return before_mg + rate * (t_ns - start_ns) / NS_PER_MIN
        return 0.0

    def plasma_ng_per_ml(self, t_ns: int) -> float:
        """Plasma level after Clements and Nimmo, ng/mL."""
        return self._plasma.ng_per_ml(t_ns)

    def illustrative_effect(self, t_ns: int) -> float:
        """Effect-site level as a share of the reference infusion's end. Illustrative."""
        return self._effect.ng_per_ml(t_ns) / illustrative_reference_ng_per_ml()

    def circulation(self, t_ns: int) -> Circulation:
        """Pressures and heart rate at `t_ns` without reading noise."""
        rest, change, effect = self._body.rest, self._body.change, self.illustrative_effect(t_ns)
        sbp = rest.sbp_mmhg + change.sbp_mmhg * effect
        dbp = rest.dbp_mmhg + change.dbp_mmhg * effect
        hr = rest.hr_bpm + change.hr_bpm * effect
        for episode, strength in self._episodes(t_ns):
            sbp += episode.sbp_mmhg * strength
            dbp += episode.dbp_mmhg * strength
            hr += episode.hr_bpm * strength
        return Circulation(
            sbp_mmhg=_clip(sbp, 50, 270), dbp_mmhg=_clip(dbp, 30, 190), hr_bpm=_clip(hr, 30, 220)
        )

    def pulse_rate_bpm(self, t_ns: int) -> float:
        """Pulse rate, /min: heart rate with its slow wandering and its sway with breathing."""
        steady = self.circulation(t_ns).hr_bpm
        return _clip(steady + self._noise_hr.at(t_ns) + self._sway_hr.at(t_ns), 25, 240)

    def spo2_percent(self, t_ns: int) -> float:
        """Arterial oxygen saturation, %. The drug itself does not change it."""
        value = self._body.spo2_percent + self._noise_spo2.at(t_ns)
        for episode, strength in self._episodes(t_ns):
            value += episode.spo2_percent * strength
        return _clip(value, 50, 100)

    def perfusion_percent(self, t_ns: int) -> float:
        """Perfusion index, %; it falls a little while the drug tightens the vessels."""
        tightened = 0.25 * _clip(self.illustrative_effect(t_ns), 0, 2)
        value = self._body.perfusion_percent * (1 - tightened)
        for episode, strength in self._episodes(t_ns):
            value *= 1 + (episode.perfusion_factor - 1) * strength
        return _clip(value, 0.05, 20)

    def respiratory_rate_per_min(self, t_ns: int) -> float:
        """Breaths per minute, as a monitor would count them."""
        return self._unrounded(Vital.RR, t_ns)

    def pleth(self, t_ns: Sequence[int]) -> list[float]:
        """The pulse wave at each of the ascending times, 0 to 1; flat while the probe is off."""
        wave = self._pulse.samples(t_ns)
        if not any(episode.probe_off for episode in self._script.episodes):
            return wave
        return [
            value if self.probe_on(t) else max(0.0, self._pulse.dither(t))
            for t, value in zip(t_ns, wave, strict=True)
        ]

    def probe_on(self, t_ns: int) -> bool:
        """Whether the oximeter's probe is on the finger."""
        return not any(e.probe_off and self._within(e, t_ns) for e in self._script.episodes)

    def blood_pressure_mmhg(self, t_ns: int) -> tuple[float, float, float]:
        """Systolic, diastolic and mean arterial pressure as a cuff would find them now."""
        if self._spike(t_ns):
            sbp, dbp = self._script.cuff_spike_mmhg
        else:
            true = self.circulation(t_ns)
            sbp = true.sbp_mmhg + self._noise_sbp.at(t_ns)
            dbp = true.dbp_mmhg + self._noise_dbp.at(t_ns)
            dbp = min(dbp, sbp - _LEAST_PULSE_PRESSURE)
        return sbp, dbp, dbp + (sbp - dbp) / 3

    def cuff_disturbed(self, t_ns: int) -> bool:
        """Whether the patient moves so that a determination now would fail."""
        return any(e.cuff_disturbed and self._within(e, t_ns) for e in self._script.episodes)

    def observe(self, vital: Vital, t_ns: int) -> float:
        """What a nurse would write down for a score, the respiratory rate or the temperature.

        Scores and the respiratory rate are whole numbers.

        Raises:
            ValueError: if `vital` is one that a monitor measures.
        """
        if vital not in _OBSERVABLE:
            raise ValueError(f"{vital} is measured by a monitor, not asked or counted")
        value = self._unrounded(vital, t_ns)
        for episode, strength in self._episodes(t_ns):
            level = episode.scores.get(vital)
            if level is None:
                continue
            is_worse = level < value if vital is Vital.MOAAS else level > value
            if is_worse:
                value += strength * (level - value)
        low, high = VITALS[vital].plausible
        return round(_clip(value, low, high), VITALS[vital].decimals)

    def symptoms_between(self, after_ns: int, until_ns: int) -> list[Observed]:
        """Symptoms of the script with ``after_ns < t <= until_ns``; none before the infusion."""
        start_ns = self._infusion_start_ns
        if start_ns is None:
            return []
        return [one for one in self._timeline(start_ns) if after_ns < one.t_ns <= until_ns]

    def _timeline(self, start_ns: int) -> Iterable[Observed]:
        for symptom in self._script.symptoms:
            yield Observed(
                t_ns=start_ns + round(symptom.at_min * NS_PER_MIN),
                term=symptom.term,
                severity=symptom.severity,
                text=symptom.text,
            )

    def _unrounded(self, vital: Vital, t_ns: int) -> float:
        body = self._body
        low, high = _DISSOCIATION_NG_PER_ML
        share = _clip((self.plasma_ng_per_ml(t_ns) - low) / (high - low), 0, 1.2)
        match vital:
            case Vital.MOAAS:
                return 5.0
            case Vital.DISSOCIATION:
                return 10 * share * body.sensitivity
            case Vital.NAUSEA:
                return body.queasiness * share
            case Vital.ANXIETY:
                return body.worry + share
            case Vital.DISTRESS:
                return 0.5 * body.worry + share
            case Vital.RR:
                breaths = body.rr_per_min + self._noise_rr.at(t_ns)
                return breaths + sum(e.rr_per_min * s for e, s in self._episodes(t_ns))
            case Vital.TEMP:
                return 36.6
            case _:
                return 0.4 * body.worry

    def _wave_amplitude(self, t_ns: int) -> float:
        return _clip(0.06 + 0.22 * self.perfusion_percent(t_ns), 0.06, 0.74)

    def _anchor_ns(self, episode: Episode) -> int | None:
        if episode.anchor is Anchor.CANNULATION:
            return self._cannulation_ns
        return self._infusion_start_ns

    def _within(self, episode: Episode, t_ns: int) -> bool:
        anchor_ns = self._anchor_ns(episode)
        if anchor_ns is None:
            return False
        minutes = (t_ns - anchor_ns) / NS_PER_MIN
        return episode.start_min <= minutes < episode.end_min

    def _episodes(self, t_ns: int) -> list[tuple[Episode, float]]:
        """The episodes under way and how far each is grown, 0 to 1."""
        active = []
        for episode in self._script.episodes:
            anchor_ns = self._anchor_ns(episode)
            if anchor_ns is None:
                continue
            past_s = (t_ns - anchor_ns) / NS_PER_S - episode.start_min * 60
            left_s = episode.end_min * 60 + episode.offset_s - (t_ns - anchor_ns) / NS_PER_S
            if past_s > 0 and left_s > 0:
                active.append(
                    (episode, min(1.0, past_s / episode.onset_s, left_s / episode.offset_s))
                )
        return active

    def _spike(self, t_ns: int) -> bool:
        """Whether a determination now meets the script's artefact; the first one uses it up."""
        after_min, start_ns = self._script.cuff_spike_after_min, self._infusion_start_ns
        if after_min is None or start_ns is None:
            return False
        if self._spike_ns is None and t_ns >= start_ns + after_min * NS_PER_MIN:
            self._spike_ns = t_ns
        return self._spike_ns is not None and 0 <= t_ns - self._spike_ns < _SPIKE_LASTS_NS


def find_script(name: str) -> PatientScript:
    """The script of the simulated patient called `name`.

    Raises:
        ValueError: naming the patients there are, if there is none of that name.
    """
    script = PATIENTS.get(name)
    if script is None:
        raise ValueError(f"no simulated patient '{name}'; there are: {', '.join(PATIENTS)}")
    return script
