"""Alarms of every priority, state and kind on a short session: for tests of what is seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import session_stories as stories

from app.places import read_signals
from protocols.events import (
    AlarmChanged,
    AlarmSignalled,
    AlarmState,
    Event,
    Priority,
    Service,
    ServiceReported,
    SessionOpened,
    SoundChecked,
    StaffCall,
)
from protocols.vitals import Vital

NOW_S = stories.START_S + 600.0
RAISED_S = NOW_S - 95.0
NURSE = stories.NURSE

SEEN = (
    AlarmState.SOUNDING,
    AlarmState.PAUSED,
    AlarmState.ACKED,
    AlarmState.LATCHED,
    AlarmState.LATCHED_PAUSED,
)
UNSEEN = (AlarmState.OFF, AlarmState.PENDING, AlarmState.HELD)


def alarm(
    priority: Priority = Priority.HIGH,
    state: AlarmState = AlarmState.SOUNDING,
    *,
    technical: bool = False,
    name: str = "",
    **more: Any,
) -> AlarmChanged:
    """An alarm raised 95 s ago, in `state` since then."""
    told: dict[str, Any] = {
        "vital": None if technical else Vital.SPO2,
        "value": None if technical else 84.0,
        "limit": None if technical else 85.0,
        "next_step": "check that it is on and its cable is seated"
        if technical
        else "rouse the patient, open the airway, give oxygen",
    }
    if state is AlarmState.ACKED:
        told |= {"by": NURSE, "action": "seen, watching", "ends_ns": stories.ns(NOW_S + 65)}
    if state in (AlarmState.PAUSED, AlarmState.LATCHED_PAUSED):
        told |= {"ends_ns": stories.ns(NOW_S + 92)}
    if state is AlarmState.HELD:
        told |= {"ends_ns": stories.ns(NOW_S + 20)}
    told |= more
    sentence = "Oximeter silent for 30 s" if technical else "SpO2 84 %, limit 85"
    given = told.pop("sentence", sentence)
    return stories.alarm(
        name or ("device-lost/oximeter" if technical else "spo2-low-critical"),
        priority,
        RAISED_S,
        given,
        state=state,
        technical=technical,
        **told,
    )


def signalled(
    changed: AlarmChanged,
    staff: StaffCall = StaffCall.NONE,
    *,
    urgency: int = 0,
    room_sound: bool = True,
    by: str = "",
) -> AlarmSignalled:
    """How `changed` is signalled."""
    return AlarmSignalled(
        t_ns=changed.t_ns,
        alarm=changed.alarm,
        raised_ns=changed.t_ns,
        room_sound=room_sound,
        staff=staff,
        urgency=urgency,
        reason="told by the policy",
        by=by,
    )


def sound(*, working: bool, detail: str = "") -> ServiceReported:
    """What the sounder says of itself."""
    t_ns = stories.ns(NOW_S - 1)
    return ServiceReported(t_ns=t_ns, service=Service.SOUND, working=working, detail=detail)


def station(*, working: bool = True) -> ServiceReported:
    """What is known of the link to staff stations."""
    t_ns = stories.ns(NOW_S - 90)
    return ServiceReported(t_ns=t_ns, service=Service.STAFF, working=working, detail="")


def heard(heard: bool | None, reason: str = "") -> SoundChecked:
    """What came of the check of sound."""
    by = "" if heard is None else NURSE
    return SoundChecked(t_ns=stories.ns(NOW_S - 2), heard=heard, by=by, reason=reason)


def with_policy(opened: SessionOpened, name: str = "bedside") -> SessionOpened:
    """The same opening with the policy of signals `name`."""
    return replace(opened, signals_text=read_signals(name)[0])


class TellingFeed(stories.StoryFeed):
    """A feed that keeps what it was told to stand on the screen."""

    def __init__(self, events: Iterable[Event], now_s: float) -> None:
        super().__init__(events, now_s)
        self.told: list[tuple[str, ...]] = []

    def painted(self, alarms: Iterable[str]) -> None:
        self.told.append(tuple(alarms))


def story(*events: Event, policy: str = "") -> TellingFeed:
    """A running infusion with a few readings, then `events`."""
    told: list[Event] = list(stories.preparation())
    if policy:
        told = [with_policy(e, policy) if isinstance(e, SessionOpened) else e for e in told]
    told += stories.links()
    for vital, value in ((Vital.PR, 82.0), (Vital.SPO2, 84.0), (Vital.PI, 3.1)):
        told.append(stories.reading(vital, value, NOW_S - 0.5))
    told += stories.cuff(NOW_S - 70, 148, 90)
    return TellingFeed([*told, *events], NOW_S)
