"""The observations that the schedule asked for: made in time, late, missed or skipped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.reviewing.evidence import Evidence
from protocols.events import SkipTask, TaskChanged, TaskState


class CheckStanding(StrEnum):
    """What became of a check."""

    ON_TIME = "on time"
    LATE = "late"
    MISSED = "missed"
    SKIPPED = "skipped"
    OPEN = "not yet made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One observation of the schedule.

    Attributes:
        task, item, label: which, by its names in the record and for people.
        standing: what became of it; ``open`` only where the record ends before its time ran out.
        due_ns: when it was due.
        ended_ns: when it was made, or was given up; None while open.
        late_ns: how long after `due_ns` it was made; 0 where it was made in its window or never.
        reason: why it was not made, where somebody or the schedule said so.
        events: numbers of the events that say so.
    """

    task: str
    item: str
    label: str
    standing: CheckStanding
    due_ns: int
    ended_ns: int | None = None
    late_ns: int = 0
    reason: str = ""
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFigures:
    """All checks of a session, and what of them were vital signs.

    Attributes:
        checks: every check that fell due or was made, in order of when it was due.
        due_vitals, vitals_on_time: how many checks of vital signs were to be made and ended, and
            how many of those were made in time.
    """

    checks: tuple[Check, ...]
    due_vitals: int
    vitals_on_time: int

    def count(self, standing: CheckStanding) -> int:
        """How many checks stand so."""
        return sum(check.standing is standing for check in self.checks)

    @property
    def share_on_time(self) -> float | None:
        """Share (0 to 1) of the vital signs that were made in time; None where none was due."""
        return self.vitals_on_time / self.due_vitals if self.due_vitals else None

    @property
    def worst(self) -> Check | None:
        """The check that was made latest after it was due; None where none was late."""
        late = [check for check in self.checks if check.standing is CheckStanding.LATE]
        return max(late, key=lambda check: check.late_ns, default=None)


def check_figures(evidence: Evidence) -> CheckFigures:
    """Every check of the session, as the record says it."""
    skipped = {command.task: command.reason for _, command in evidence.numbered(SkipTask)}
    found: dict[str, Check] = {}
    for number, change in evidence.numbered(TaskChanged):
        if change.state is TaskState.UPCOMING:
            continue
        before = found.get(change.task)
        events = (number,) if before is None else (*before.events, number)
        found[change.task] = _check(change, events, skipped.get(change.task, ""))
    checks = tuple(sorted(found.values(), key=lambda check: (check.due_ns, check.task)))
    vitals = _vital_items(evidence)
    ended = [c for c in checks if c.item in vitals and c.standing is not CheckStanding.OPEN]
    return CheckFigures(
        checks=checks,
        due_vitals=len(ended),
        vitals_on_time=sum(check.standing is CheckStanding.ON_TIME for check in ended),
    )


def _check(change: TaskChanged, events: tuple[int, ...], skipped: str) -> Check:
    standing, late_ns, reason = CheckStanding.OPEN, 0, ""
    if change.state is TaskState.DONE:
        late = change.detail == "late"
        standing = CheckStanding.LATE if late else CheckStanding.ON_TIME
        late_ns = max(0, change.t_ns - change.due_ns) if late else 0
    elif change.state is TaskState.MISSED:
        was_skipped = bool(skipped) and change.detail == skipped
        standing = CheckStanding.SKIPPED if was_skipped else CheckStanding.MISSED
        reason = change.detail
    ended = change.state in (TaskState.DONE, TaskState.MISSED)
    return Check(
        task=change.task,
        item=change.item,
        label=change.label,
        standing=standing,
        due_ns=change.due_ns,
        ended_ns=change.t_ns if ended else None,
        late_ns=late_ns,
        reason=reason,
        events=events,
    )


def _vital_items(evidence: Evidence) -> frozenset[str]:
    """The items of the schedule that are made by recording a vital."""
    definition = evidence.opened.state.definition
    if definition is None:
        return frozenset()
    return frozenset(item.item for item in definition.schedule if item.vitals)
