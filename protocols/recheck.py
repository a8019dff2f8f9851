"""After an alarm the item that raised it is observed again soon, until it is calm again.

The intervals are the protocol's (`RecheckRule`): every few minutes until some observations in a row
were in range, then a little less often to the end of the phase.
"""

from __future__ import annotations

from protocols.events import AlarmChanged, AlarmState, Output, Reading
from protocols.visit import Visit
from protocols.vitals import Vital

_HELD = (AlarmState.LATCHED, AlarmState.LATCHED_PAUSED)


def _items_of(visit: Visit, vital: Vital) -> tuple[str, ...]:
    """Items of the schedule that `vital` belongs to, in file order, each once."""
    found = (item.item for item in visit.definition.schedule if vital in item.vitals)
    return tuple(dict.fromkeys(found))


def _vitals_of(visit: Visit, item: str) -> tuple[Vital, ...]:
    scheduled = (one.vitals for one in visit.definition.schedule if one.item == item)
    return next(scheduled, ())


def follow_alarm(visit: Visit, alarm: AlarmChanged) -> list[Output]:
    """An alarm of a scheduled vital sounds: observe its item more often from here on."""
    if alarm.vital is None or alarm.state is not AlarmState.SOUNDING or alarm.technical:
        return []
    outputs: list[Output] = []
    for item in _items_of(visit, alarm.vital):
        rule = visit.definition.recheck_rule(item)
        if rule is not None:
            visit.in_range[item] = 0
            outputs += visit.schedule.tighten(alarm.t_ns, item, rule.every_s)
    return outputs


def follow_value(visit: Visit, reading: Reading) -> list[Output]:
    """A scheduled item was observed whole: count those in range, relax when they suffice.

    To be called once the alarms were judged on `reading`.
    """
    outputs: list[Output] = []
    for item in _items_of(visit, reading.vital):
        rule = visit.definition.recheck_rule(item)
        if rule is None or not visit.schedule.is_tightened(item):
            continue
        vitals = _vitals_of(visit, item)
        if reading.vital is not vitals[-1]:
            continue
        calm = not any(a.vital in vitals and a.state not in _HELD for a in visit.board.active)
        visit.in_range[item] = visit.in_range.get(item, 0) + 1 if calm else 0
        if visit.in_range[item] >= rule.in_range:
            outputs += visit.schedule.tighten(reading.t_ns, item, rule.then_every_s)
    return outputs
