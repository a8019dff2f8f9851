"""Observations of the schedule: due, late, done, missed.

Each item (blood pressure, respiratory rate ...) has one task at a time. It is announced as
UPCOMING, comes DUE at its slot, grows LATE when its window ends, and is MISSED when the next slot
of the same item comes: what was not observed is never filled in. An observation within the early
window fulfils the upcoming task; an earlier one fulfils nothing. An UPCOMING task is a forecast:
another slot of the same item may replace it, and the end of a phase withdraws it without a word.

Every change carries the time at which it was due to happen, however late `advance` is called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from protocols.events import Phase, TaskChanged, TaskState
from protocols.vitals import NS_PER_S, Vital

NOT_DONE = "not done"
PHASE_ENDED = "phase ended"

_GROUPS = {Phase.PAUSED: Phase.INFUSING, Phase.STOPPED: Phase.RECOVERY}
"""A pause keeps the infusion's tasks; recovery counts from the end of the drug, also a stop."""

_OPEN = (TaskState.DUE, TaskState.LATE)


def observation_phase(phase: Phase) -> Phase:
    """The phase whose slots are asked for in `phase`."""
    return _GROUPS.get(phase, phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Slots every `every_s` seconds, up to and including `until_s` of the phase (None: its end)."""

    every_s: int
    until_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledItem:
    """When one item is observed in one phase.

    Attributes:
        phase: ``baseline``, ``infusing`` (from the start of the drug, pauses included) or
            ``recovery`` (from its end).
        item: name of the item.
        label: for people.
        vitals: what must be recorded for it to count as observed.
        every: intervals, each from the end of the one before.
        at_s: slots besides, in seconds of the phase; they stay when the interval is tightened.
        window_s: how long before and after its slot an observation is in time.
        from_first_dose: its minutes count from the first dose of the visit, not from the start of
            the phase; slots before the phase are left out.
    """

    phase: Phase
    item: str
    label: str
    vitals: tuple[Vital, ...]
    every: tuple[Interval, ...]
    at_s: tuple[int, ...]
    window_s: int
    from_first_dose: bool = False

    def next_fixed_ns(self, after_ns: int) -> int | None:
        """The first of the `at_s` slots later than `after_ns` of the phase."""
        return min(
            (at_s * NS_PER_S for at_s in self.at_s if at_s * NS_PER_S > after_ns), default=None
        )

    def next_slot_ns(self, after_ns: int) -> int | None:
        """The first slot later than `after_ns` of the phase, or None."""
        slots = [self.next_fixed_ns(after_ns)]
        base_ns = 0
        for interval in self.every:
            every_ns = interval.every_s * NS_PER_S
            slot_ns = base_ns + max(1, (after_ns - base_ns) // every_ns + 1) * every_ns
            if interval.until_s is None or slot_ns <= interval.until_s * NS_PER_S:
                slots.append(slot_ns)
                break
            base_ns = interval.until_s * NS_PER_S
        return min((slot for slot in slots if slot is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One observation asked for.

    Attributes:
        task: unique name, for example ``infusing/bp/10`` (minutes of the phase) or
            ``infusing/bp/recheck-2``.
        item: item it belongs to.
        label: for people.
        state: where it stands.
        opens_ns: from when an observation fulfils it.
        due_ns: when it is due.
        late_ns: when its window ends.
        closes_ns: when it counts as missed if still open.
        recheck: asked for by a tightened interval, not by a slot of the phase.
    """

    task: str
    item: str
    label: str
    state: TaskState
    opens_ns: int
    due_ns: int
    late_ns: int
    closes_ns: int
    recheck: bool

    @property
    def deadline_ns(self) -> int:
        """When its state changes if nothing is observed."""
        if self.state is TaskState.UPCOMING:
            return self.due_ns
        return min(self.late_ns, self.closes_ns) if self.state is TaskState.DUE else self.closes_ns


@dataclass(slots=True, kw_only=True)
class _Line:
    """The tasks of one item in the present phase; `floor_ns`: no slot at or before it counts."""

    rule: ScheduledItem
    name: str
    anchor_ns: int
    floor_ns: int
    current: Task | None = None
    observed_ns: int | None = None
    tight_from_ns: int = 0
    tight_every_ns: int = 0

    def next_slot(self, after_ns: int) -> tuple[int, str] | None:
        """Time and name of the first slot after `after_ns`; an empty name for a recheck."""
        after_ns = max(after_ns, self.floor_ns)
        offset_ns = after_ns - self.anchor_ns
        if not self.tight_every_ns:
            slot_ns = self.rule.next_slot_ns(offset_ns)
            return None if slot_ns is None else (self.anchor_ns + slot_ns, _minutes_text(slot_ns))
        steps = max(1, (after_ns - self.tight_from_ns) // self.tight_every_ns + 1)
        recheck_ns = self.tight_from_ns + steps * self.tight_every_ns
        fixed_ns = self.rule.next_fixed_ns(offset_ns)
        if fixed_ns is not None and self.anchor_ns + fixed_ns <= recheck_ns:
            return self.anchor_ns + fixed_ns, _minutes_text(fixed_ns)
        return recheck_ns, ""

    def closes_ns(self, due_ns: int) -> int:
        """When a task due at `due_ns` is missed: at the next slot, else two windows later."""
        following = self.next_slot(due_ns)
        return due_ns + 2 * self.rule.window_s * NS_PER_S if following is None else following[0]


@dataclass(slots=True)
class Schedule:
    """The observations of a session, driven by events that carry their time.

    Attributes:
        items: what a protocol schedules.
    """

    items: tuple[ScheduledItem, ...]
    _phase: Phase | None = field(default=None, init=False)
    _lines: dict[str, _Line] = field(default_factory=dict, init=False)
    _seen_ns: dict[Vital, int] = field(default_factory=dict, init=False)
    _entries: dict[Phase, int] = field(default_factory=dict, init=False)
    _rechecks: int = field(default=0, init=False)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The present task of every item, the next due first."""
        present = (line.current for line in self._lines.values())
        return tuple(sorted((t for t in present if t is not None), key=lambda task: task.due_ns))

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """Tasks that are due or late, the oldest first."""
        return tuple(task for task in self.tasks if task.state in _OPEN)

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next change happens by itself, or None."""
        present = (line.current for line in self._lines.values())
        return min((task.deadline_ns for task in present if task is not None), default=None)

    def next_due(self, item: str) -> int | None:
        """When the present task of `item` is, or was, due; None where there is none."""
        line = self._lines.get(item)
        return None if line is None or line.current is None else line.current.due_ns

    def is_tightened(self, item: str) -> bool:
        """Whether `item` is observed at an interval of `tighten`."""
        line = self._lines.get(item)
        return line is not None and line.tight_every_ns > 0

    def advance(self, t_ns: int) -> list[TaskChanged]:
        """Every change due until `t_ns`, in order and at its own time."""
        changes: list[TaskChanged] = []
        while True:
            due = [
                (line.current.deadline_ns, order, line)
                for order, line in enumerate(self._lines.values())
                if line.current is not None and line.current.deadline_ns <= t_ns
            ]
            if not due:
                return changes
            deadline_ns, _, line = min(due, key=lambda one: one[:2])
            changes += self._fire(line, deadline_ns)

    def enter_phase(
        self, t_ns: int, phase: Phase, first_dose_ns: int | None = None
    ) -> list[TaskChanged]:
        """The visit enters `phase`, which closes the tasks of the phase before.

        `first_dose_ns` is when the drug began, for items whose minutes count from there.

        A task within its window goes on in the next phase where that observes the same item, so
        that the observation due at the end of the drug is still asked for; any other open task is
        missed. A slot at the very start of a phase is left out when its item is carried over or
        was observed within the window before.
        """
        changes = self.advance(t_ns)
        group = observation_phase(phase)
        if group is self._phase:
            return changes
        before, self._lines, self._phase = self._lines, {}, group
        self._entries[group] = self._entries.get(group, 0) + 1
        rules = {rule.item: rule for rule in self.items if rule.phase is group}
        for item, line in before.items():
            if not (item in rules and self._is_carried(line)):
                changes += _end(line, t_ns, TaskState.MISSED, PHASE_ENDED)
        for item, rule in rules.items():
            counts_ns = first_dose_ns if rule.from_first_dose else None
            anchor_ns = t_ns if counts_ns is None else counts_ns
            changes += self._begin(rule, before.get(item), t_ns, anchor_ns)
        return changes + self.advance(t_ns)

    def observe(self, t_ns: int, item: str) -> list[TaskChanged]:
        """`item` was observed: its task is done if it is open or within its early window."""
        changes = self.advance(t_ns)
        line = self._lines.get(item)
        if line is None:
            return changes
        line.observed_ns = t_ns
        task = line.current
        if task is None or t_ns < task.opens_ns:
            return changes
        detail = "late" if task.state is TaskState.LATE else ""
        return [
            *changes,
            _change(task, t_ns, TaskState.DONE, detail),
            *self._follow(line, task, t_ns),
        ]

    def record(self, t_ns: int, vital: Vital, measured_ns: int | None = None) -> list[TaskChanged]:
        """`vital` was recorded: its item is observed once all of its vitals were.

        They must have been recorded since the last observation and within two windows. What was
        measured (at `measured_ns`, else now) before an observation opened is none of it.
        """
        changes = self.advance(t_ns)
        asked = [line for line in self._lines.values() if vital in line.rule.vitals]
        if any(_is_of_before(line, t_ns, measured_ns) for line in asked):
            return changes
        self._seen_ns[vital] = t_ns
        for item, line in list(self._lines.items()):
            if vital not in line.rule.vitals:
                continue
            since_ns = t_ns - 2 * line.rule.window_s * NS_PER_S
            if line.observed_ns is not None:
                since_ns = max(since_ns, line.observed_ns + 1)
            if all(
                one in self._seen_ns and self._seen_ns[one] >= since_ns for one in line.rule.vitals
            ):
                changes += self.observe(t_ns, item)
        return changes

    def skip_refusal(self, task: str, reason: str) -> str | None:
        """Why `task` cannot be skipped with `reason`, in a sentence, or None."""
        if not any(one.task == task for one in self.tasks):
            return f"{task} is not an observation that is due or coming."
        return None if reason.strip() else "Say why the observation is not made."

    def skip(self, t_ns: int, task: str, reason: str) -> list[TaskChanged]:
        """`task` will not be done: it is missed, for `reason`.

        Raises:
            ValueError: the task is not there or there is no reason (see `skip_refusal`).
        """
        changes = self.advance(t_ns)
        refusal = self.skip_refusal(task, reason)
        if refusal is not None:
            raise ValueError(refusal)
        for line in self._lines.values():
            if line.current is not None and line.current.task == task:
                skipped = line.current
                changes.append(_change(skipped, t_ns, TaskState.MISSED, reason.strip()))
                changes += self._follow(line, skipped, t_ns)
        return changes

    def tighten(self, t_ns: int, item: str, interval_s: int) -> list[TaskChanged]:
        """From `t_ns` on `item` is observed every `interval_s` seconds, until relaxed.

        The same interval again changes nothing. Slots of the phase given by time stay.

        Raises:
            ValueError: the interval is below 1 s.
        """
        if interval_s < 1:
            raise ValueError(f"interval_s must be at least 1, got {interval_s}")
        changes = self.advance(t_ns)
        line = self._lines.get(item)
        every_ns = interval_s * NS_PER_S
        if line is None or line.tight_every_ns == every_ns:
            return changes
        line.tight_from_ns, line.tight_every_ns = t_ns, every_ns
        return changes + self._replan(line, t_ns)

    def relax(self, t_ns: int, item: str) -> list[TaskChanged]:
        """`item` is observed at the intervals of the phase again."""
        changes = self.advance(t_ns)
        line = self._lines.get(item)
        if line is None or not line.tight_every_ns:
            return changes
        line.tight_every_ns = 0
        return changes + self._replan(line, t_ns)

    def _fire(self, line: _Line, t_ns: int) -> list[TaskChanged]:
        task = line.current
        if task is None:
            return []
        if task.state is TaskState.UPCOMING:
            return self._move(line, task, t_ns, TaskState.DUE)
        if task.state is TaskState.DUE and task.late_ns < task.closes_ns:
            return self._move(line, task, t_ns, TaskState.LATE)
        missed = _change(task, t_ns, TaskState.MISSED, NOT_DONE)
        return [missed, *self._follow(line, task, t_ns)]

    def _move(self, line: _Line, task: Task, t_ns: int, state: TaskState) -> list[TaskChanged]:
        line.current = replace(task, state=state)
        return [_change(line.current, t_ns, state)]

    def _follow(self, line: _Line, ended: Task, t_ns: int) -> list[TaskChanged]:
        """Announce the task after `ended`."""
        return self._announce(line, ended.due_ns, t_ns)

    def _announce(self, line: _Line, after_ns: int, t_ns: int) -> list[TaskChanged]:
        slot = line.next_slot(after_ns)
        if slot is None:
            line.current = None
            return []
        due_ns, name = slot
        is_recheck = not name
        if is_recheck:
            self._rechecks += 1
            name = f"recheck-{self._rechecks}"
        rule = line.rule
        window_ns = rule.window_s * NS_PER_S
        gap_ns = due_ns - max(after_ns, line.floor_ns)
        line.current = Task(
            task=f"{line.name}/{rule.item}/{name}",
            item=rule.item,
            label=rule.label,
            state=TaskState.UPCOMING,
            opens_ns=due_ns - min(window_ns, gap_ns // 2),
            due_ns=due_ns,
            late_ns=due_ns + window_ns,
            closes_ns=line.closes_ns(due_ns),
            recheck=is_recheck,
        )
        return [_change(line.current, t_ns, TaskState.UPCOMING)]

    def _replan(self, line: _Line, t_ns: int) -> list[TaskChanged]:
        """Fit the present task of `line` to slots that changed at `t_ns`."""
        line.floor_ns = t_ns
        task = line.current
        slot = line.next_slot(t_ns)
        if task is None or (task.state is TaskState.UPCOMING and not _stays(task, line, slot)):
            return self._announce(line, t_ns, t_ns)
        closes_ns = line.closes_ns(task.due_ns)
        if closes_ns == task.closes_ns:
            return []
        line.current = replace(task, closes_ns=closes_ns)
        return [_change(line.current, t_ns, task.state)]

    def _is_carried(self, line: _Line) -> bool:
        return line.current is not None and line.current.state is TaskState.DUE

    def _begin(
        self, rule: ScheduledItem, before: _Line | None, t_ns: int, anchor_ns: int
    ) -> list[TaskChanged]:
        entry = self._entries[rule.phase]
        line = _Line(
            rule=rule,
            name=str(rule.phase) if entry == 1 else f"{rule.phase}-{entry}",
            anchor_ns=anchor_ns,
            floor_ns=t_ns - 1,
        )
        self._lines[rule.item] = line
        if before is None:
            return self._announce(line, line.floor_ns, t_ns)
        line.observed_ns = before.observed_ns
        line.tight_from_ns, line.tight_every_ns = before.tight_from_ns, before.tight_every_ns
        carried = self._is_carried(before)
        window_ns = rule.window_s * NS_PER_S
        if carried or (line.observed_ns is not None and t_ns - line.observed_ns <= window_ns):
            line.floor_ns = t_ns
        if not carried or before.current is None:
            return self._announce(line, line.floor_ns, t_ns)
        closes_ns = line.closes_ns(t_ns)
        line.current = replace(before.current, closes_ns=closes_ns)
        return [_change(line.current, t_ns, TaskState.DUE)]


def _stays(task: Task, line: _Line, slot: tuple[int, str] | None) -> bool:
    """Whether an upcoming task is kept: a tightened item keeps the phase's slot that is sooner."""
    if slot is None:
        return False
    is_sooner = line.tight_every_ns > 0 and not task.recheck and task.due_ns < slot[0]
    return is_sooner or task.due_ns == slot[0]


def _end(line: _Line, t_ns: int, state: TaskState, detail: str) -> Iterable[TaskChanged]:
    if line.current is None or line.current.state not in _OPEN:
        return []
    return [_change(line.current, t_ns, state, detail)]


def _is_of_before(line: _Line, t_ns: int, measured_ns: int | None) -> bool:
    """Whether a value known at `t_ns` was measured before the open observation of `line` opened."""
    task = line.current
    if task is None or measured_ns is None:
        return False
    return measured_ns < task.opens_ns <= t_ns


def _change(task: Task, t_ns: int, state: TaskState, detail: str = "") -> TaskChanged:
    return TaskChanged(
        t_ns=t_ns,
        task=task.task,
        item=task.item,
        label=task.label,
        state=state,
        due_ns=task.due_ns,
        closes_ns=task.closes_ns,
        detail=detail,
    )


def _minutes_text(offset_ns: int) -> str:
    seconds = offset_ns // NS_PER_S
    return str(seconds // 60) if seconds % 60 == 0 else f"{seconds}s"
