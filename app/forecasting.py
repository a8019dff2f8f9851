"""The forecast of a session as screens show it: the facts of a moment from what they already have.

It is worked out from state and history alone, at most once in `EVERY_NS` or when something happened
that it rests on; it depends on nothing else, so a replay shows the same at the same time. It is not
recorded and nothing that decides reads it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from math import isnan

import numpy as np

from app.age import age_years
from app.history import History
from app.places import NoSuchResourceError, names_of, read_forecast
from app.plots.predicted_course import doses_at_once, rates_at_patient
from app.state import ViewState
from protocols.dosing.pharmacokinetics import NS_PER_MIN
from protocols.events import Phase, TaskChanged
from protocols.forecast.forecast import (
    Facts,
    HeartMinute,
    Limits,
    Pressure,
    VitalForecast,
    forecast,
)
from protocols.forecast.model import FORECAST_VITALS, ForecastModel
from protocols.forecast.model_file import ForecastError, parse_forecast
from protocols.forecast.planned import Leg, NextTask, planned_ns
from protocols.forecast.warning_limits import warning_limits
from protocols.limits import RuleKind
from protocols.vitals import NS_PER_S, Vital, fresh_for_s

EVERY_NS = 10 * NS_PER_S
"""A forecast stands for this long, unless something happens that it rests on."""

HEART_SETTLES_NS = 3 * NS_PER_S
"""A heart rate counts this long after it was measured: by then the slowest monitor has sent it."""

BP_ITEM = "bp"
"""The observation of the schedule that gives pressures."""

_IN_DOUBT = (
    RuleKind.PUMP_VOLUME,
    RuleKind.PUMP_RATE,
    RuleKind.PUMP_STANDS,
    RuleKind.PUMP_RUNS,
)
_RECHECK = "/recheck-"
_HALF_A_MINUTE = 30

_log = logging.getLogger(__name__)


@cache
def known_models() -> tuple[ForecastModel, ...]:
    """Every forecast model of this machine; one with mistakes is left out, and logged whole."""
    models = []
    for name in names_of("forecast"):
        try:
            models.append(parse_forecast(*read_forecast(name)))
        except (ForecastError, NoSuchResourceError) as error:
            _log.warning("no forecast by %s: %s", name, error)
    return tuple(models)


class Forecaster:
    """The forecast of one session at a moment, kept while nothing changes it."""

    def __init__(self, models: Sequence[ForecastModel] | None = None) -> None:
        """Forecast with the first of `models` for the protocol; the machine's by default."""
        self._models = known_models() if models is None else tuple(models)
        self._history: History | None = None
        self._key: tuple[object, ...] = ()
        self._found: Mapping[Vital, VitalForecast] = {}

    def model(self, state: ViewState) -> ForecastModel | None:
        """The model for the protocol of the session, or None."""
        protocol = "" if state.definition is None else state.definition.id
        fitting = (one for one in self._models if protocol in one.validity.protocols)
        return next(fitting, None)

    def at(self, state: ViewState, history: History, now_ns: int) -> Mapping[Vital, VitalForecast]:
        """The forecast of each vital at `now_ns`."""
        slot = now_ns // EVERY_NS
        doubtful = is_dose_doubtful(state)
        key = (
            slot,
            history.version,
            state.phase,
            state.limits,
            state.baseline_event,
            state.patient,
            state.weight,
            state.dose,
            state.tasks.get(BP_ITEM),
            doubtful,
        )
        if history is not self._history or key != self._key:
            model = self.model(state)
            self._found = forecast(model, facts_at(state, history, slot * EVERY_NS))
            self._history, self._key = history, key
        return self._found


def facts_at(state: ViewState, history: History, now_ns: int) -> Facts:
    """What a forecast rests on at `now_ns`, from what is shown.

    Pressures and doses count as soon as they are known, the heart rate `HEART_SETTLES_NS` later.
    """
    definition, weight = state.definition, state.weight
    born, opened = state.patient, state.opened
    age = None if born is None or opened is None else age_years(born.birth_date, opened.utc)
    pressures = tuple(
        sorted(
            (
                Pressure(
                    t_ns=round(one.t_s * NS_PER_S), sbp_mmhg=one.sbp_mmhg, dbp_mmhg=one.dbp_mmhg
                )
                for one in history.blood_pressures
                if not (isnan(one.sbp_mmhg) or isnan(one.dbp_mmhg))
            ),
            key=lambda one: one.t_ns,
        )
    )
    minutes, now_bpm = _heart(state, history, now_ns - HEART_SETTLES_NS)
    return Facts(
        now_ns=now_ns,
        protocol="" if definition is None else definition.id,
        phase=state.phase,
        age_years=age,
        weight_kg=None if weight is None else float(weight.weight_kg),
        segments=tuple(rates_at_patient(state, history)),
        lumps=tuple(doses_at_once(history)),
        doubtful=is_dose_doubtful(state),
        pressures=pressures,
        heart=minutes,
        heart_bpm=now_bpm,
        limits={vital: _limits(state, vital) for vital in FORECAST_VITALS},
        planned_ns=_planned(state, history, now_ns),
    )


def is_dose_doubtful(state: ViewState) -> bool:
    """Whether an alarm says that the pump and the timer disagree."""
    if state.limits is None or not state.alarms:
        return False
    rules = {rule.id for rule in state.limits.rules if rule.kind in _IN_DOUBT}
    return any(alarm.partition("/")[0] in rules for alarm in state.alarms)


def _limits(state: ViewState, vital: Vital) -> Limits:
    if state.limits is None:
        return Limits(high=None, low=None)
    high, low = warning_limits(state.limits, vital, state.phase, state.baseline)
    return Limits(high=high, low=low)


def _heart(
    state: ViewState, history: History, now_ns: int
) -> tuple[tuple[HeartMinute, ...], float | None]:
    """The minutes up to `now_ns` of which half was measured, and the heart rate then."""
    series = history.heart_rate()
    devices = () if state.opened is None else state.opened.devices
    interval_s = max([1.0, *(slot.interval_s for slot in devices)])
    now_s = now_ns / NS_PER_S
    if series is None:
        return (), None
    count = int(np.searchsorted(series.t_s, now_s, side="right"))
    times, values = series.t_s[:count], series.values[:count]
    if not count:
        return (), None
    known = ~np.isnan(values)
    minute = (times[known] // 60).astype(np.int64)
    sums, numbers = np.bincount(minute, values[known]), np.bincount(minute)
    least = max(1, _HALF_A_MINUTE / interval_s)
    whole = [n for n in range(int(now_s // 60)) if n < len(numbers) and numbers[n] >= least]
    minutes = tuple(
        HeartMinute(end_ns=(n + 1) * NS_PER_MIN, mean_bpm=float(sums[n] / numbers[n]))
        for n in whole
    )
    fresh_s = fresh_for_s(Vital.PR, interval_s if interval_s > 1 else 0.0) or 0.0
    stands = now_s - float(times[-1]) <= fresh_s and bool(known[-1])
    return minutes, float(values[-1]) if stands else None


def _planned(state: ViewState, history: History, now_ns: int) -> tuple[int, ...]:
    """When the schedule's next pressures come, if all goes on as it does."""
    definition, started_ns = state.definition, state.infusion_started_ns
    task = state.tasks.get(BP_ITEM)
    if definition is None or started_ns is None or task is None:
        return ()
    segments = rates_at_patient(state, history)
    ends_ns = state.infusion_ended_ns
    if ends_ns is None and segments and not segments[-1].rate_mg_per_min:
        ends_ns = segments[-1].start_ns if state.phase is Phase.INFUSING else None
    legs = [Leg(phase=Phase.INFUSING, anchor_ns=started_ns, until_ns=ends_ns)]
    if ends_ns is not None:
        legs.append(Leg(phase=Phase.RECOVERY, anchor_ns=ends_ns, until_ns=None))
    return planned_ns(
        definition.schedule,
        BP_ITEM,
        legs,
        NextTask(due_ns=task.due_ns, every_ns=_every_ns(state, task)),
        now_ns,
        now_ns + 30 * NS_PER_MIN,
        first_dose_ns=started_ns,
    )


def _every_ns(state: ViewState, task: TaskChanged) -> int:
    """The interval of a recheck; 0 for a slot of the phase."""
    rule = None if state.definition is None else state.definition.recheck_rule(BP_ITEM)
    if rule is None or _RECHECK not in task.task:
        return 0
    return rule.every_s * NS_PER_S
