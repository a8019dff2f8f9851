"""How alarms are signalled: limits changed for this patient, calls to staff, the check of sound."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.commands import Command
from protocols.events.terms import Input, LimitPart, Output, Presentation, StaffCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLimit(Command):
    """Set one number of an alarm rule for this patient until the session ends.

    Attributes:
        rule: id of the rule.
        part: which of its numbers.
        value: the new one, in the unit of that number.
        reason: why; always needed.
        prescriber: who ordered it, where the change needs an order.
        confirmed: the same change was asked for a second time, where the rules ask about it.
    """

    rule: str
    part: LimitPart
    value: float
    reason: str
    prescriber: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreLimit(Command):
    """Let a rule apply again as the limits file has it: its numbers, and switched on."""

    rule: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRuleOff(Command):
    """Do not judge a rule for this patient until the session ends; never a critical one."""

    rule: str
    reason: str
    prescriber: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSound(Command):
    """Play the sounds of the alarms, so that somebody can say whether they are heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSoundCheck(Command):
    """Whether the sounds were heard at the bedside; where not, what is done instead."""

    heard: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAlarm(Command):
    """`by`, at a staff station, goes to the patient because of an alarm.

    `raised_ns` says which occurrence of it (`t_ns` of the `AlarmChanged` that raised it).
    """

    alarm: str
    raised_ns: int
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectAlarm(Command):
    """`by`, at a staff station, cannot go to the patient: the call has not reached staff.

    `raised_ns` as in `AcceptAlarm`; `reason` why, where somebody said so.
    """

    alarm: str
    raised_ns: int
    station: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmDelivered(Input):
    """A staff station confirmed that it shows an occurrence of an alarm."""

    alarm: str
    raised_ns: int
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTimed(Input):
    """How long the program needed to raise an alarm; measured, so an input.

    Times are nanoseconds of the session clock, not rounded to milliseconds.

    Attributes:
        alarm, raised_ns: the occurrence (`t_ns` of the `AlarmChanged` that raised it).
        received_ns: when the bytes, or the action, that made it true had arrived; None where it was
            raised by a deadline.
        decoded_ns: when they were understood; None likewise.
        decided_ns: when the rules had raised it.
    """

    alarm: str
    raised_ns: int
    received_ns: int | None
    decoded_ns: int | None
    decided_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPresented(Input):
    """An occurrence of an alarm was first painted, sounded or shown to staff, at `at_ns`."""

    alarm: str
    raised_ns: int
    where: Presentation
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChanged(Output):
    """One number of a rule as it applies to this patient from now on, or the rule switched off.

    Attributes:
        rule, part: which number; `part` is None where the whole rule is switched or restored.
        before, value: the number before and now, in its unit; None with `part`.
        off: the rule is not judged.
        restored: it applies again as the limits file has it.
        by, prescriber, reason: who entered it, who ordered it, why.
    """

    rule: str
    part: LimitPart | None
    before: float | None
    value: float | None
    off: bool
    restored: bool
    by: str
    prescriber: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSignalled(Output):
    """How an alarm that is on is signalled from now on; each change is told.

    Attributes:
        alarm, raised_ns: the occurrence (`t_ns` of the `AlarmChanged` that raised it).
        room_sound: whether it sounds at the bedside, as far as its state lets it be heard.
        staff: how far staff elsewhere were reached.
        urgency: 0; 1 and 2 once it was left unattended for as long as the policy allows.
        reason: why, in plain words.
        by: who accepted it at a staff station, else empty.
    """

    alarm: str
    raised_ns: int
    room_sound: bool
    staff: StaffCall
    urgency: int
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderGiven(Output):
    """The reminding tone: something is off or silent by a person's decision, as `text` says."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCheckStarted(Output):
    """The sounds of the alarms are played once, from the gentlest to the most urgent."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundChecked(Output):
    """What came of the check of sound.

    Attributes:
        heard: somebody heard the sounds at the bedside; False: nobody did; None: no longer known,
            because the output changed since.
        by, reason: who said so, and what is done where nothing is heard.
    """

    heard: bool | None
    by: str
    reason: str = ""
