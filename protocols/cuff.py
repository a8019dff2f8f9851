"""Blood-pressure determinations: asked for by a person, by the armed schedule, or aborted."""

from __future__ import annotations

from protocols.cross_checks import TIGHT
from protocols.events import (
    AbortBp,
    ArmBpSchedule,
    BpCommanded,
    BpScheduleArmed,
    BpState,
    BpStateChanged,
    Output,
    SameArmChanged,
    SetSameArm,
    TakeBp,
    TaskChanged,
    TaskState,
)
from protocols.visit import Visit, refuse
from protocols.vitals import NS_PER_S

BP_ITEM = "bp"
"""Item of the schedule that a blood pressure fulfils."""

RETRY_AFTER_S = 60
"""An automatic determination that failed is tried once more after this: the arm must rest."""


def take_bp(visit: Visit, command: TakeBp) -> list[Output]:
    """Start a determination unless one is in progress."""
    if visit.bp_state in TIGHT:
        return refuse(command, "A blood pressure is being taken.")
    return _start(visit, command.t_ns, by=command.by, automatic=False)


def abort_bp(visit: Visit, command: AbortBp) -> list[Output]:
    """Abort: always passed on, whatever the monitor is believed to be doing."""
    visit.bp_wanted_ns = None
    return [BpCommanded(t_ns=command.t_ns, abort=True, automatic=False, by=command.by)]


def arm_schedule(visit: Visit, command: ArmBpSchedule) -> list[Output]:
    """Let the schedule start determinations, or stop letting it."""
    visit.bp_armed = command.armed
    if not command.armed:
        visit.bp_wanted_ns = None
    return [BpScheduleArmed(t_ns=command.t_ns, armed=command.armed, by=command.by)]


def set_same_arm(visit: Visit, command: SetSameArm) -> list[Output]:
    """Remember whether the cuff is on the oximeter's arm."""
    if command.same and not visit.limits.policy.cuff_hold_cap_s:
        return refuse(command, "The limits in force hold no alarm while the cuff is tight.")
    return [SameArmChanged(t_ns=command.t_ns, same=command.same, by=command.by)]


def follow_task(visit: Visit, task: TaskChanged) -> list[Output]:
    """A blood pressure came due: start it, once, when the nurse armed the schedule.

    A task is told of again when it is carried into recovery or its end moves.
    """
    if task.item != BP_ITEM:
        return []
    _keep_interval(visit, task)
    if task.state is not TaskState.DUE or not visit.bp_armed or visit.bp_state in TIGHT:
        return []
    if visit.bp_started_for == task.task:
        return []
    visit.bp_started_for = task.task
    visit.bp_retried = False
    return _start(visit, task.t_ns, by="schedule", automatic=True)


def _keep_interval(visit: Visit, task: TaskChanged) -> None:
    """The interval in force is the time between the slots of two tasks in a row.

    A slot of the phase may lie close to one of a tightened interval; that interval then stands.
    """
    if task.state is TaskState.UPCOMING:
        before_ns = visit.phase_since_ns if visit.bp_due_ns is None else visit.bp_due_ns
        if task.due_ns > before_ns:
            gap_s = (task.due_ns - before_ns) / NS_PER_S
            visit.situation.set_bp_interval(max(gap_s, _tightened_s(visit)))
    else:
        visit.bp_due_ns = task.due_ns


def _tightened_s(visit: Visit) -> float:
    """The tightened interval between blood pressures, or 0 where it is not tightened."""
    rule = visit.definition.recheck_rule(BP_ITEM)
    if rule is None or not visit.schedule.is_tightened(BP_ITEM):
        return 0.0
    return float(rule.every_s)


def follow_state(visit: Visit, change: BpStateChanged) -> None:
    """Remember what the monitor does; want a second try when an automatic one failed."""
    was_busy = visit.bp_state in TIGHT
    visit.bp_state = change.state
    failed = was_busy and change.state is BpState.FAILED
    if failed and visit.bp_armed and visit.bp_automatic and not visit.bp_retried:
        visit.bp_wanted_ns = change.t_ns + RETRY_AFTER_S * NS_PER_S


def retry(visit: Visit, t_ns: int) -> list[Output]:
    """The time of the second try has come."""
    visit.bp_wanted_ns = None
    visit.bp_retried = True
    if not visit.bp_armed or visit.bp_state in TIGHT:
        return []
    return _start(visit, t_ns, by="schedule", automatic=True)


def _start(visit: Visit, t_ns: int, *, by: str, automatic: bool) -> list[Output]:
    visit.bp_wanted_ns = None
    visit.bp_automatic = automatic
    return [BpCommanded(t_ns=t_ns, abort=False, automatic=automatic, by=by)]
