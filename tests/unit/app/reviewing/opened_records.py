"""Sessions opened from hand-made events: what is worked out from them can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from app.history import History
from app.records.catalogue import OpenedSession, SessionLine, Standing
from app.records.streamed import QUALITIES, StreamedReadings
from app.state import ViewState, fold
from protocols.events import (
    BaselineFrozen,
    BaselineValue,
    Event,
    Phase,
    PhaseChanged,
    Reading,
)
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital
from tests.unit.app.session_scenes import opening

MIN = 60 * NS_PER_S
BASELINE = {Vital.SBP: 120.0, Vital.DBP: 80.0, Vital.PR: 70.0}


class Clock:
    """A room whose clock stood at nine when the session began."""

    changes_offset = False

    def local(self, t_ns: int) -> datetime | None:
        return datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(microseconds=t_ns // 1000)


def phase(t_ns: int, before: Phase, after: Phase) -> PhaseChanged:
    return PhaseChanged(t_ns=t_ns, before=before, after=after, by="N. Okafor")


def begun(start_min: float = 10, **baseline: float) -> list[Event]:
    """An opening, a baseline frozen at 5 min, and the drug from `start_min` on."""
    values = {Vital(name): value for name, value in baseline.items()} or BASELINE
    return [
        opening(),
        phase(0, Phase.SETUP, Phase.BASELINE),
        BaselineFrozen(
            t_ns=5 * MIN,
            by="N. Okafor",
            values=tuple(
                BaselineValue(vital=vital, value=value, readings=2)
                for vital, value in values.items()
            ),
            low_confidence=False,
        ),
        phase(round(start_min * MIN), Phase.BASELINE, Phase.INFUSING),
    ]


def reading(
    t_ns: int,
    vital: Vital,
    value: float | None,
    quality: Quality = Quality.GOOD,
    source: str = "",
) -> Reading:
    streams = VITALS[vital].quiet_limit_s is not None
    return Reading(
        t_ns=t_ns,
        vital=vital,
        value=value,
        quality=Quality.MISSING if value is None and quality is Quality.GOOD else quality,
        source=source or ("oximeter" if streams else "bp"),
        measured_ns=t_ns,
    )


def pressure(t_ns: int, sbp: float, dbp: float = 80) -> list[Event]:
    return [reading(t_ns, Vital.SBP, sbp), reading(t_ns, Vital.DBP, dbp)]


def stream(vital: Vital, first_s: int, values: Sequence[float | None]) -> list[Event]:
    """One reading a second from `first_s` on."""
    return [
        reading((first_s + second) * NS_PER_S, vital, value) for second, value in enumerate(values)
    ]


def opened_of(
    events: Iterable[Event], end_ns: int, standing: Standing = Standing.CLOSED
) -> OpenedSession:
    """The session of `events`, in order of their times, its record ending at `end_ns`."""
    ordered = sorted(events, key=lambda event: event.t_ns)
    state, history = ViewState(), History()
    for number, event in enumerate(ordered, 1):
        if not isinstance(event, Reading):  # streamed readings are in the history alone
            state = fold(state, event)
        history.add(event, number)
    return OpenedSession(
        line=SessionLine(
            session="made-by-hand",
            started_at=None,
            room="Room 2",
            protocol="iv-0.5-40",
            patient="EXAMPLE, Ana",
            mrn="MRN-7",
            standing=standing,
            phase="recovery",
            simulated=True,
            delivered_mg="0",
            alarms=0,
            technical_alarms=0,
            duration_s=end_ns / NS_PER_S,
        ),
        state=state,
        history=history,
        events=tuple(ordered),
        end_ns=end_ns,
        clock=Clock(),
        numbers=tuple(range(1, len(ordered) + 1)),
        count=len(ordered),
        chain="ab" * 32,
        streams=_streams(ordered),
    )


def _streams(events: Sequence[Event]) -> dict[Vital, StreamedReadings]:
    found: dict[Vital, list[tuple[int, Reading]]] = {}
    for number, event in enumerate(events, 1):
        if not isinstance(event, Reading) or event.manual:
            continue
        if VITALS[event.vital].quiet_limit_s and event.quality is not Quality.WITHDRAWN:
            found.setdefault(event.vital, []).append((number, event))
    return {vital: _columns(members) for vital, members in found.items()}


def _columns(members: Sequence[tuple[int, Reading]]) -> StreamedReadings:
    names = tuple(dict.fromkeys(one.source for _, one in members))
    return StreamedReadings(
        t_ns=np.array([one.t_ns for _, one in members], dtype=np.int64),
        numbers=np.array([number for number, _ in members], dtype=np.int64),
        values=np.array(
            [np.nan if one.value is None else one.value for _, one in members], dtype=np.float64
        ),
        qualities=np.array([QUALITIES.index(one.quality) for _, one in members], dtype=np.int8),
        sources=np.array([names.index(one.source) for _, one in members], dtype=np.int8),
        names=names,
    )
