"""Peak, mean rise, completeness and alarm episodes, from hand-made histories."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from app.history import History
from app.session_numbers import alarm_episodes, completeness, rises, tasks_done
from app.state import ViewState
from protocols.events import AlarmChanged, AlarmState, Priority, Reading, TaskChanged, TaskState
from protocols.vitals import NS_PER_S, Quality, Vital


def reading(t_s, vital, value):
    return Reading(
        t_ns=t_s * NS_PER_S,
        vital=vital,
        value=value,
        quality=Quality.GOOD if value is not None else Quality.MISSING,
        source="bp",
        measured_ns=t_s * NS_PER_S,
    )


def history_of(*events):
    made = History()
    for event in events:
        made.add(event)
    return made


def state_of(started_s, **baseline):
    values = {Vital(name): value for name, value in baseline.items()}
    started_ns = None if started_s is None else started_s * NS_PER_S
    return ViewState(infusion_started_ns=started_ns, baseline=MappingProxyType(values))


def alarm(t_s, state, since_s, **more):
    return AlarmChanged(
        t_ns=t_s * NS_PER_S,
        alarm="sbp-warning",
        state=state,
        priority=Priority.MEDIUM,
        technical=False,
        vital=Vital.SBP,
        value=170.0,
        limit=165.0,
        baseline=120.0,
        since_ns=since_s * NS_PER_S,
        sentence="BP 170/95 above 165.",
        **more,
    )


def test_only_what_was_measured_after_drug_began_counts():
    made = history_of(
        *(
            reading(t, v, x)
            for t, s, d in ((5, 200.0, 120.0), (20, 130.0, 85.0), (30, 150.0, 81.0))
            for v, x in ((Vital.SBP, s), (Vital.DBP, d))
        )
    )
    sbp, dbp, hr = rises(state_of(10, sbp=120.0, dbp=80.0), made)
    assert (sbp.peak, sbp.peak_ns, sbp.peak_rise) == (150.0, 30 * NS_PER_S, 30.0)
    assert (sbp.mean_rise, sbp.readings) == (20.0, 2)
    assert (dbp.peak, dbp.mean_rise) == (85.0, 3.0)
    assert (hr.peak, hr.baseline, hr.readings) == (None, None, 0)


def test_without_a_baseline_there_is_no_rise():
    made = history_of(reading(20, Vital.SBP, 130.0), reading(20, Vital.DBP, 85.0))
    sbp, _, _ = rises(state_of(10), made)
    assert (sbp.peak, sbp.peak_rise, sbp.mean_rise) == (130.0, None, None)


def test_a_pulse_rate_stands_in_for_the_heart_rate():
    made = history_of(reading(20, Vital.PR, 90.0))
    assert rises(state_of(10, pr=72.0), made)[2].peak_rise == 18.0


def test_before_drug_there_is_no_completeness():
    assert completeness(state_of(None), History(), 60 * NS_PER_S, Vital.SPO2) is None


@given(st.sets(st.integers(0, 99)), st.sets(st.integers(0, 99)))
def test_completeness_is_the_share_of_seconds_with_a_value(present, missing):
    made = history_of(
        *(
            reading(1000 + second, Vital.SPO2, 97.0 if second in present else None)
            for second in sorted(present | missing)
        )
    )
    share = completeness(state_of(1000), made, 1100 * NS_PER_S, Vital.SPO2)
    assert share == len(present) / 100


def test_completeness_is_counted_to_the_end_of_drug():
    made = history_of(*(reading(1000 + second, Vital.SPO2, 97.0) for second in range(50)))
    state = replace(state_of(1000), infusion_ended_ns=1100 * NS_PER_S)
    assert completeness(state, made, 1090 * NS_PER_S, Vital.SPO2) == 50 / 90
    assert completeness(state, made, 5000 * NS_PER_S, Vital.SPO2) == 0.5


def test_one_occurrence_is_one_episode_from_beginning_to_end():
    made = history_of(
        alarm(100, AlarmState.PENDING, 100),
        alarm(110, AlarmState.SOUNDING, 100),
        alarm(150, AlarmState.ACKED, 100, by="N. Okafor", action="arm repositioned"),
        alarm(300, AlarmState.OFF, 100),
        alarm(400, AlarmState.SOUNDING, 400),
    )
    first, second = alarm_episodes(made)
    assert (first.since_ns, first.acknowledged_ns) == (100 * NS_PER_S, 150 * NS_PER_S)
    assert (first.by, first.action, first.ended_ns) == (
        "N. Okafor",
        "arm repositioned",
        300 * NS_PER_S,
    )
    assert (second.acknowledged_ns, second.ended_ns) == (None, None)


def test_a_condition_that_passed_before_its_delay_is_no_episode():
    made = history_of(alarm(100, AlarmState.PENDING, 100), alarm(105, AlarmState.OFF, 100))
    assert alarm_episodes(made) == ()


def test_done_and_missed_observations_are_counted():
    made = history_of(
        *(
            TaskChanged(
                t_ns=0, task=f"t/{n}", item="bp", label="BP", state=state, due_ns=0, closes_ns=0
            )
            for n, state in enumerate((TaskState.DUE, TaskState.DONE, TaskState.MISSED))
        )
    )
    assert tasks_done(made) == (1, 1)
