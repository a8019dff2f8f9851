"""What a screen shows of alarm signals: calls to staff, the check of sound, limits changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from protocols.events import (
    AlarmChanged,
    AlarmSignalled,
    AlarmState,
    LimitChanged,
    ReminderGiven,
    ServiceReported,
    SoundChecked,
    SoundCheckStarted,
)
from protocols.signals import SignalPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsShown:
    """How alarms are signalled at one moment.

    Attributes:
        policy: the policy in force, or None where every alarm just sounds at the bedside.
        alarms: the last word on each alarm that is seen, by its name.
        check_started: the play of the sounds of which nobody said yet whether they were heard.
        checked: what came of it, or None while nobody said.
        reminder: the last reminding tone, or None.
        open_since_ns: when each alarm that nobody acknowledged since was raised or sounded again.
        staff: the last word on the link to staff stations, or None where none was ever there.
        sound: the last word on the output of sound, or None before the first.
        limits: every change of a limit for this patient, oldest first.
    """

    policy: SignalPolicy | None = None
    alarms: Mapping[str, AlarmSignalled] = field(default_factory=lambda: MappingProxyType({}))
    check_started: SoundCheckStarted | None = None
    checked: SoundChecked | None = None
    reminder: ReminderGiven | None = None
    open_since_ns: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    staff: ServiceReported | None = None
    sound: ServiceReported | None = None
    limits: tuple[LimitChanged, ...] = ()

    def with_signal(self, event: AlarmSignalled) -> SignalsShown:
        """After `event`."""
        return replace(self, alarms=MappingProxyType({**self.alarms, event.alarm: event}))

    def with_alarm(self, event: AlarmChanged) -> SignalsShown:
        """After `event`: an alarm that is no longer seen is signalled no longer."""
        since = dict(self.open_since_ns)
        if event.state.is_seen and event.state is not AlarmState.ACKED:
            since.setdefault(event.alarm, event.t_ns)
        else:
            since.pop(event.alarm, None)
        shown = replace(self, open_since_ns=MappingProxyType(since))
        if event.state.is_seen or event.alarm not in self.alarms:
            return shown
        left = {name: kept for name, kept in self.alarms.items() if name != event.alarm}
        return replace(shown, alarms=MappingProxyType(left))

    def with_check_started(self, event: SoundCheckStarted) -> SignalsShown:
        """After `event`: what was said of an earlier play stands until the next answer."""
        return replace(self, check_started=event)

    def with_check(self, event: SoundChecked) -> SignalsShown:
        """After `event`."""
        return replace(self, checked=event, check_started=None)

    def with_limit(self, event: LimitChanged) -> SignalsShown:
        """After `event`."""
        return replace(self, limits=(*self.limits, event))

    def urgency(self, alarm: str) -> int:
        """How urgent the alarm of that name became by being left unattended: 0, 1 or 2."""
        signal = self.alarms.get(alarm)
        return 0 if signal is None else signal.urgency
