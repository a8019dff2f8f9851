"""Changes of alarms of which only name, priority and state matter."""

from __future__ import annotations

from protocols.events import AlarmChanged, AlarmState, Priority


def alarm(name: str, priority: Priority, state: AlarmState, t_ns: int = 0) -> AlarmChanged:
    return AlarmChanged(
        t_ns=t_ns,
        alarm=name,
        state=state,
        priority=priority,
        technical=False,
        vital=None,
        value=None,
        limit=None,
        baseline=None,
        since_ns=0,
        sentence="",
    )
