"""The vitals of a session at the times of its schedule, each value with the event that says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.records.streamed import QUALITIES
from app.reviewing.cited import NOTHING, Cited, CitedSession, CitedTable, number_text, said
from app.reviewing.evidence import Evidence
from protocols.events import Reading, TaskChanged, TaskState
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S, VITALS, Vital

_BP = "bp"
"""The schedule's name of a blood pressure."""

_TOGETHER_NS = 30 * NS_PER_S
"""Observations that are due within this of each other share a row."""

_CAME_DUE = (TaskState.DUE, TaskState.LATE, TaskState.DONE, TaskState.MISSED)


@dataclass(slots=True)
class _Slot:
    """What was due at one time, each item as its task ended or stands."""

    due_ns: int
    tasks: dict[str, tuple[int, TaskChanged]] = field(default_factory=dict)


class VitalsAtTimes:
    """Makes the table of vitals of one session."""

    def __init__(self, cited: CitedSession, evidence: Evidence) -> None:
        """Read `cited` with the readings that `evidence` finds."""
        self._cited = cited
        self._evidence = evidence
        self._known: dict[Vital, list[tuple[int, Reading]]] = {}
        for number, reading in cited.all_of(Reading):
            if not is_correction(reading):
                self._known.setdefault(reading.vital, []).append((number, reading))

    def table(self) -> CitedTable:
        """A row for each time at which something was due, in order."""
        slots = self._slots()
        items = sorted({item for slot in slots for item in slot.tasks} - {_BP})
        heart = self._evidence.heart_vital()
        headings = (
            "Due",
            "Minute",
            "BP, mmHg",
            f"{VITALS[heart].label}, /min",
            "SpO2, %",
            *(_heading(item) for item in items),
        )
        return CitedTable(
            heading="Vitals at the times of the schedule",
            headings=headings,
            rows=tuple(self._row(slot, items, heart) for slot in slots),
            shares=(1.5, 0.8, 1.9, 1.3, 1.3, *(1.2 for _ in items)),
            empty="Nothing came due.",
            keeps=8,
        )

    def _slots(self) -> list[_Slot]:
        last: dict[str, tuple[int, TaskChanged]] = {}
        for number, task in self._cited.all_of(TaskChanged):
            if task.state in _CAME_DUE:
                last[task.task] = (number, task)
            else:
                last.setdefault(task.task, (number, task))
        slots: list[_Slot] = []
        came = [one for one in last.values() if one[1].state in _CAME_DUE]
        for number, task in sorted(came, key=lambda one: (one[1].due_ns, one[0])):
            if (
                not slots
                or task.due_ns - slots[-1].due_ns > _TOGETHER_NS
                or (task.item in slots[-1].tasks)
            ):
                slots.append(_Slot(due_ns=task.due_ns))
            slots[-1].tasks[task.item] = (number, task)
        return slots

    def _row(self, slot: _Slot, items: Sequence[str], heart: Vital) -> tuple[Cited, ...]:
        number, first = next(iter(slot.tasks.values()))
        done = [t.t_ns for _, t in slot.tasks.values() if t.state is TaskState.DONE]
        at_ns = max(done, default=first.due_ns)
        return (
            said(self._cited.time(first.due_ns), number),
            self._cited.drug_minute(first.due_ns),
            self._item(slot, _BP),
            self._streamed(heart, at_ns),
            self._streamed(Vital.SPO2, at_ns),
            *(self._item(slot, item) for item in items),
        )

    def _item(self, slot: _Slot, item: str) -> Cited:
        if item not in slot.tasks:
            return NOTHING
        number, task = slot.tasks[item]
        if task.state is TaskState.MISSED:
            return said("MISSED", number, strong=True)
        if task.state is not TaskState.DONE:
            return said("not done", number, strong=True)
        vitals = (Vital.SBP, Vital.DBP) if item == _BP else _vitals_of(item)
        found = [self._standing(vital, task.t_ns) for vital in vitals]
        if not found or all(one is None for one in found):
            return said("done", number)
        texts = ["--" if one is None else one.text for one in found]
        events = tuple(n for one in found if one is not None for n in one.events)
        return said("/".join(texts), *events)

    def _standing(self, vital: Vital, t_ns: int) -> Cited | None:
        """The value known last at `t_ns`, as it stands now."""
        known = [one for one in self._known.get(vital, ()) if one[1].t_ns <= t_ns]
        if not known:
            return None
        numbers = self._evidence.reading(vital, known[-1][1].measured_ns)
        number = numbers[0] if numbers else known[-1][0]
        reading = self._cited.events.get(number, known[-1][1])
        if not isinstance(reading, Reading) or reading.value is None:
            return said("--", number)
        return said(number_text(reading.value), number)

    def _streamed(self, vital: Vital, t_ns: int) -> Cited:
        """The streamed value that stood at `t_ns`, or why there was none."""
        streams = self._cited.opened.streams.get(vital)
        spec = VITALS[vital]
        if streams is None or not len(streams.t_ns):
            return said("--")
        place = int(np.searchsorted(streams.t_ns, t_ns, side="right")) - 1
        fresh_ns = round((spec.quiet_limit_s or 5.0) * NS_PER_S)
        if place < 0 or t_ns - int(streams.t_ns[place]) > fresh_ns:
            return said("-- silent")
        number = int(streams.numbers[place])
        value = float(streams.values[place])
        if value != value:
            return said(f"-- {QUALITIES[int(streams.qualities[place])]}", number)
        return said(number_text(value), number)


def _vitals_of(item: str) -> Iterator[Vital]:
    if item in set(Vital):
        yield Vital(item)


def _heading(item: str) -> str:
    return VITALS[Vital(item)].label if item in set(Vital) else item.replace("-", " ")
