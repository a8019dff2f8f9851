"""Sessions of numerics for the bench of rejudging: what monitors show, without bytes and waves.

Heart rate, saturation and perfusion index once a second, a blood pressure and scores whenever the
protocol's schedule asks, a wall clock each minute. The bodies are those of `devices.simulation`,
asked each 10 s, with a monitor's wandering and whole numbers in between. A session is a function of
its seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.rejudging.journal import recording_of
from app.rejudging.judging import judge_recording
from bench._session import START, opening
from devices.simulation.patient import SimulatedPatient
from protocols.definition import parse_protocol
from protocols.events import (
    BaselineFrozen,
    BaselineValue,
    ClockAnchored,
    CloseSession,
    Event,
    LinkChanged,
    LinkState,
    Phase,
    PhaseChanged,
    Reading,
    SessionClosed,
    TaskChanged,
    TaskState,
)
from protocols.limits import parse_limits
from protocols.schedule import Schedule
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital
from storage import sqlite
from storage.database import open_database
from storage.journal import Journal
from storage.numerics import Numerics, columns_of

PATIENTS = ("typical", "mild", "strong", "hypertensive", "desaturation", "distress", "panic")
STEP_S = 10
PHASES_S = ((Phase.GATE, 60), (Phase.BASELINE, 300), (Phase.INFUSING, 900), (Phase.RECOVERY, 3300))
LATE_S = 25
MS = 1_000_000


def make_numerics(seed: int, hours: float = 2.0) -> list[Event]:
    """The events of a session in order, with the alarms that its own limits give."""
    body = SimulatedPatient(PATIENTS[seed % len(PATIENTS)], seed=seed, weight_kg=70.0)
    end_s = round(hours * 3600)
    opened = replace(opening(), session=f"bench-{seed:04}")
    events: list[Event] = [opened]
    for device in ("oximeter", "bp"):
        events.append(LinkChanged(t_ns=0, device=device, state=LinkState.LIVE))
    body.set_rate(900 * NS_PER_S, 35 / 40)
    body.set_rate(3300 * NS_PER_S, 0.0)
    streams = list(_streams(body, seed, end_s))
    single = list(_visit(body, opened.protocol_text, end_s))
    events += sorted([*streams, *single], key=lambda event: event.t_ns)
    return _with_alarms(events, opened.limits_text)


def _streams(body: SimulatedPatient, seed: int, end_s: int) -> Iterator[Reading]:
    rng = np.random.default_rng(seed)
    knots = np.arange(0, end_s + STEP_S, STEP_S)
    seconds = np.arange(1, end_s)
    asked = {
        Vital.PR: (body.pulse_rate_bpm, 1.2, 0),
        Vital.SPO2: (body.spo2_percent, 0.35, 0),
        Vital.PI: (body.perfusion_percent, 0.3, 1),
    }
    for vital, (ask, spread, decimals) in asked.items():
        level = np.interp(seconds, knots, [ask(int(s) * NS_PER_S) for s in knots])
        shown = np.round(level + _wander(rng, len(seconds), spread), decimals)
        top = 100.0 if vital is Vital.SPO2 else np.inf
        for second, value in zip(seconds.tolist(), np.clip(shown, 0.1, top).tolist(), strict=True):
            t_ns = second * NS_PER_S + (second * 7 % 5) * MS
            yield Reading(
                t_ns=t_ns,
                vital=vital,
                value=value,
                quality=Quality.GOOD,
                source="oximeter",
                measured_ns=t_ns,
            )


def _wander(rng: np.random.Generator, count: int, spread: float) -> npt.NDArray[np.float64]:
    """Noise of a monitor that averages over some beats."""
    noise = rng.normal(size=count + 8)
    smooth: npt.NDArray[np.float64] = (
        spread * np.convolve(noise, np.ones(8) / np.sqrt(8), mode="valid")[:count]
    )
    return smooth


def _visit(body: SimulatedPatient, protocol_text: str, end_s: int) -> Iterator[Event]:
    """Phases, baseline, clock, observations when they are due, and the close."""
    definition = parse_protocol(protocol_text, "bench")
    schedule = Schedule(definition.schedule)
    before = Phase.SETUP
    phases = {at_s: phase for phase, at_s in PHASES_S}
    waiting: dict[int, list[str]] = {}
    vitals = {(one.phase, one.item): one.vitals for one in definition.schedule}
    for second in range(1, end_s):
        t_ns = second * NS_PER_S + 500 * MS
        changes: list[TaskChanged] = []
        if second in phases:
            after = phases[second]
            if after is Phase.INFUSING:
                yield _frozen(body, t_ns)
            yield PhaseChanged(t_ns=t_ns, before=before, after=after, by="bench")
            before = after
            changes += schedule.enter_phase(t_ns, after)
        if second % 60 == 0:
            utc = (START + timedelta(seconds=second)).isoformat(timespec="milliseconds")
            yield ClockAnchored(t_ns=t_ns, utc=utc.replace("+00:00", "Z"), utc_offset_min=0)
        changes += schedule.advance(t_ns)
        for item in waiting.pop(second, ()):
            for vital in vitals.get((before, item), ()):
                yield _observed(body, vital, t_ns)
                changes += schedule.record(t_ns, vital)
        for change in changes:
            yield change
            if change.state is TaskState.DUE:
                waiting.setdefault(second + LATE_S, []).append(change.item)
    end_ns = end_s * NS_PER_S
    yield CloseSession(t_ns=end_ns, by="bench", reason="end")
    yield SessionClosed(t_ns=end_ns, by="bench", reason="end", delivered_mg=Decimal(35))


def _observed(body: SimulatedPatient, vital: Vital, t_ns: int) -> Reading:
    typed = vital not in PRESSURES
    if typed:
        value = float(round(body.observe(vital, t_ns)))
    else:
        pressures = body.blood_pressure_mmhg(t_ns)
        value = float(round(pressures[PRESSURES.index(vital)]))
    return Reading(
        t_ns=t_ns,
        vital=vital,
        value=value,
        quality=Quality.GOOD,
        source="bench nurse" if typed else "bp",
        measured_ns=t_ns,
        manual=typed,
    )


def _frozen(body: SimulatedPatient, t_ns: int) -> BaselineFrozen:
    sbp, dbp, mean = body.blood_pressure_mmhg(t_ns)
    values = {
        Vital.SBP: sbp,
        Vital.DBP: dbp,
        Vital.MAP: mean,
        Vital.PR: body.pulse_rate_bpm(t_ns),
        Vital.SPO2: body.spo2_percent(t_ns),
    }
    return BaselineFrozen(
        t_ns=t_ns,
        by="bench",
        values=tuple(
            BaselineValue(vital=vital, value=round(value, 1), readings=2)
            for vital, value in values.items()
        ),
        low_confidence=False,
    )


def _with_alarms(events: list[Event], limits_text: str) -> list[Event]:
    """`events` with what their own limits say of them."""
    numbered = list(enumerate(events, start=1))
    packed = [(s, e) for s, e in numbered if isinstance(e, Reading) and e.vital not in PRESSURES]
    apart = [(s, e) for s, e in numbered if not isinstance(e, Reading) or e.vital in PRESSURES]
    numerics = Numerics(
        session="bench",
        events=tuple(apart),
        inputs=(),
        readings=columns_of(packed),
        last_t_ns=events[-1].t_ns,
    )
    limits = parse_limits(limits_text, "limits of this session")
    made = judge_recording(recording_of(numerics), limits).outputs
    return sorted([*events, *made], key=lambda event: event.t_ns)


def store(place: Path, distinct: int, sessions: int, hours: float) -> None:
    """Write `sessions` sessions to a new database at `place`, `distinct` of them different.

    The others are the same rows under other names.
    """
    with open_database(place) as database:
        journal = Journal(database)
        for seed in range(distinct):
            events = make_numerics(seed, hours)
            name = f"bench-{seed:04}"
            for first in range(0, len(events), 4000):
                journal.append(name, events[first : first + 4000])
            journal.seal(name)
    with sqlite.connect(place) as raw:
        triggers = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:  # this copy is for a bench: nothing in it is evidence
            raw.execute(f"DROP TRIGGER {name}")
        columns = [row[1] for row in raw.execute("PRAGMA table_info(session)")]
        rest = [name for name in columns if name not in ("id", "name")]
        for number in range(distinct, sessions):
            source = number % distinct + 1
            raw.execute(
                f"INSERT INTO session (name, {', '.join(rest)}) "  # noqa: S608
                f"SELECT 'bench-' || ?, {', '.join(rest)} FROM session WHERE id = ?",
                (f"{number:04}", source),
            )
            target = raw.execute("SELECT max(id) FROM session").fetchone()[0]
            raw.execute(
                "INSERT INTO journal SELECT ?, first_seq, last_seq, first_t_ns, last_t_ns, kind, "
                "body, chain FROM journal WHERE session_id = ?",
                (target, source),
            )
