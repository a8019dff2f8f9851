"""A room under a signal policy, in the words of its stories: tools of the tests of signals."""

from __future__ import annotations

from typing import TypeVar

from app.pipeline import Pipeline
from protocols.events import (
    AcceptAlarm,
    Acknowledge,
    AlarmDelivered,
    AlarmSignalled,
    AlarmState,
    CommandRefused,
    Event,
    Output,
    PauseAudio,
    RejectAlarm,
    Service,
    ServiceReported,
    StaffCall,
)
from protocols.vitals import Vital
from tests.unit.protocols.signal_rooms import (
    COLLEAGUE,
    NURSE,
    SIGNALS_TEXTS,
    STATION,
    S,
    happen,
    opened,
    read,
)

E = TypeVar("E", bound=Event)
Told = tuple[float, bool, StaffCall, int]

NONE, CALLED, RECEIVED, ACCEPTED, UNREACHED = StaffCall
WARNING, CRITICAL, ADVISORY = "sbp-warning", "sbp-critical", "sbp-advisory"


class Room:
    """A room under a policy; every word takes the second at which it is said."""

    def __init__(self, policy: str = "quiet-room", *, staffed: bool = True, text: str = "") -> None:
        self.pipeline = Pipeline()
        self.said: list[Output] = []
        self.say(opened(text or SIGNALS_TEXTS.get(policy, "")))
        if staffed:
            self.station(0, working=True)

    def say(self, event: Event) -> list[Output]:
        outputs = happen(self.pipeline, event)
        self.said += outputs
        return outputs

    def at(self, at_s: float) -> None:
        self.said += self.pipeline.advance(round(at_s * S))

    def station(self, at_s: float, *, working: bool) -> None:
        t_ns = round(at_s * S)
        self.say(ServiceReported(t_ns=t_ns, service=Service.STAFF, working=working))

    def pressure(self, at_s: float, sbp: float) -> None:
        self.say(read(round(at_s * S), Vital.SBP, sbp))

    def receipt(self, at_s: float, alarm: str, raised_s: float) -> list[Output]:
        t_ns, raised_ns = round(at_s * S), round(raised_s * S)
        return self.say(
            AlarmDelivered(t_ns=t_ns, alarm=alarm, raised_ns=raised_ns, station=STATION)
        )

    def accept(self, at_s: float, alarm: str, raised_s: float, by: str = COLLEAGUE) -> list[Output]:
        t_ns, raised_ns = round(at_s * S), round(raised_s * S)
        return self.say(
            AcceptAlarm(t_ns=t_ns, by=by, alarm=alarm, raised_ns=raised_ns, station=STATION)
        )

    def reject(self, at_s: float, alarm: str, raised_s: float, by: str = COLLEAGUE) -> list[Output]:
        return self.say(
            RejectAlarm(
                t_ns=round(at_s * S),
                by=by,
                alarm=alarm,
                raised_ns=round(raised_s * S),
                station=STATION,
                reason="with another patient",
            )
        )

    def ack(self, at_s: float, alarm: str) -> list[Output]:
        return self.say(Acknowledge(t_ns=round(at_s * S), by=NURSE, alarm=alarm, action="seen"))

    def pause(self, at_s: float) -> None:
        self.say(PauseAudio(t_ns=round(at_s * S), by=NURSE))

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.said if isinstance(event, kind)]

    def signals(self, alarm: str = WARNING) -> list[Told]:
        return [
            (one.t_ns / S, one.room_sound, one.staff, one.urgency)
            for one in self.of(AlarmSignalled)
            if one.alarm == alarm
        ]

    def state(self, alarm: str) -> AlarmState:
        return self.pipeline.session.visit.board.state_of(alarm)


def raised(policy: str = "quiet-room", *, staffed: bool = True, sbp: float = 170) -> Room:
    """A room with a warning raised at 10 s."""
    room = Room(policy, staffed=staffed)
    room.pressure(10, sbp)
    return room


def refused(outputs: list[Output]) -> str:
    [answer] = [one for one in outputs if isinstance(one, CommandRefused)]
    return answer.reason
