"""The text of a fitted forecast model, as its file has it."""

from __future__ import annotations

from bench._cohort import MIX
from protocols.forecast.model import ForecastModel
from protocols.forecast.model_file import MEASURES

TEMPLATE = '''\
# How probable it is that a pressure or the heart rate meets its warning limit within some minutes.
#
# Written by `python -m bench._forecast_fit`: the numbers were fitted on simulated sessions, not on
# patients, and say nothing about any patient. To be reviewed and signed by the organisation before
# anybody relies on them. What each number means: protocols/forecast/model.py and docs/forecast.md.

id = "{m.id}"
version = "{m.version}"
title = "{m.title}"
source = """
A kinetic-pharmacodynamic model: the effect follows what was delivered, without any level of \\
the drug; each person has an own rest and an own change. The structure is a design choice; the \\
numbers are fitted."""
cohort = """
{count} simulated sessions of 0.5 mg/kg over 40 min, seeds 1 to {count}, one in five of them \\
paused or slowed once: {mix}. Not validated \\
on patients."""
review_date = {m.review_date}
approved_by = ""
horizon_min = {m.horizon_min}

[validity] # anything else has no forecast
protocols = {protocols}
minimum_age_years = {m.validity.ages_years[0]}
maximum_age_years = {m.validity.ages_years[1]} # [design]
phases = ["infusing", "paused", "stopped", "recovery"]

[needs] # [design] with less there is no forecast
pressures = {m.needs.pressures}
pressure_age_min = {m.needs.pressure_age_min}
heart_minutes = {m.needs.heart_minutes} # of the last ten

[response] # 1 at the end of the reference dose
reference_mg_per_kg = {m.response.reference_mg_per_kg}
reference_min = {m.response.reference_min}
onset_per_min = {m.response.onset_per_min}
{waning}

[heart]
wander_sd = {m.heart.wander_sd}
wander_s = {m.heart.wander_s}
beat_sd = {m.heart.beat_sd}
looks_per_min = {m.heart.looks_per_min}
sustained = {m.heart.sustained}
{vitals}
'''


def text_of(model: ForecastModel, count: int) -> str:
    waning = "\n".join(
        f"\n[[response.waning]]\nshare = {share:.6g}\nrate_per_min = {rate}"
        for share, rate in zip(model.response.shares, model.response.rates_per_min, strict=True)
    )
    vitals = "".join(
        f'\n[[vital]]\nvital = "{vital}"\nrest_mean = {one.rest[0]}\nrest_sd = {one.rest[1]}\n'
        f"change_mean = {one.change[0]}\nchange_sd = {one.change[1]}\nnoise_sd = {one.noise_sd}\n"
        f"drift_sd = {one.drift_sd}\n"
        f"high = {{ offset = {one.high.offset}, slope = {one.high.slope} }}\n"
        f"low = {{ offset = {one.low.offset}, slope = {one.low.slope} }}\n"
        for vital, one in model.vitals.items()
    )
    rows = "".join(f"    {[round(one, 3) for one in row]},\n" for row in model.correlation)
    head = f"# {', '.join(MEASURES)}\ncorrelation = [\n{rows}]\n"
    text = TEMPLATE.format(
        m=model,
        count=count,
        protocols=str(sorted(model.validity.protocols)).replace("'", '"'),
        mix=", ".join(f"{100 * share:.0f} % {name}" for name, share in MIX.items()),
        waning=waning,
        vitals=vitals.rstrip("\n"),
    )
    return text.replace("\n[validity]", f"\n{head}\n[validity]")
