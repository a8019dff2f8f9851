"""What forms need of a session, gathered event by event and kept small.

Streams are kept as one value each five seconds in flat arrays: a field asks for the reading nearest
to a minute, never for every second.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from protocols.definition import DefinitionError, ProtocolDefinition, parse_protocol
from protocols.events import (
    AddVial,
    BaselineFrozen,
    ChecklistChanged,
    ClockAnchored,
    DeliveryChanged,
    DischargeItemChanged,
    DoseConfirmed,
    DoseGiven,
    DosePlanned,
    EffectChanged,
    EntryCorrected,
    Event,
    FormFilled,
    GateItemChanged,
    IntegrationPlanned,
    LedgerEntered,
    LedgerStep,
    ObservationRecorded,
    PatientRecorded,
    Phase,
    PhaseChanged,
    Reading,
    ScaleRecorded,
    SessionClosed,
    SessionOpened,
    WeightRecorded,
)
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S, Vital
from protocols.wall_clock import WallClock

THINNED_NS = 5 * NS_PER_S
"""Of a stream one value is kept in so long."""

_STREAMED = frozenset((Vital.HR, Vital.PR, Vital.SPO2, Vital.RR, Vital.TEMP))
_LEFT_OUT = frozenset((Vital.SBP, Vital.DBP, Vital.MAP, Vital.CUFF, Vital.PLETH, Vital.PI))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """One whole determination, mmHg, and who or what made it; `corrected` says from what."""

    measured_ns: int
    source: str
    manual: bool
    sbp_mmhg: float
    dbp_mmhg: float
    map_mmhg: float | None = None
    corrected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of a vital; `source` is empty where only the value was kept.

    `corrected` says what stood before it was corrected, who did that, and why.
    """

    measured_ns: int
    value: float
    source: str
    manual: bool
    corrected: str = ""


class Points:
    """The values of one vital in order of measurement."""

    def __init__(self) -> None:
        """Begin empty."""
        self._times = array("q")
        self._values = array("d")
        self._sources: list[tuple[str, bool, str]] = []
        self._known: dict[tuple[str, bool, str], tuple[str, bool, str]] = {}

    def add(self, point: Point, *, thinned: bool) -> None:
        """Take one value; of a stream only when enough time has passed since the one before."""
        at = bisect_right(self._times, point.measured_ns)
        if thinned and at and point.measured_ns - self._times[at - 1] < THINNED_NS:
            return
        key = (point.source, point.manual, point.corrected)
        self._times.insert(at, point.measured_ns)
        self._values.insert(at, point.value)
        self._sources.insert(at, self._known.setdefault(key, key))

    def __len__(self) -> int:
        return len(self._times)

    def remove(self, measured_ns: int, source: str) -> None:
        """Take the value of that time away, of `source` where the source was kept."""
        low, high = bisect_left(self._times, measured_ns), bisect_right(self._times, measured_ns)
        for at in range(high - 1, low - 1, -1):
            if self._sources[at][0] in (source, ""):
                del self._times[at], self._values[at], self._sources[at]
                return

    def between(self, first_ns: int, last_ns: int) -> list[Point]:
        """The values measured from `first_ns` to `last_ns`, both included."""
        low, high = bisect_left(self._times, first_ns), bisect_right(self._times, last_ns)
        return [
            Point(
                measured_ns=self._times[at],
                value=self._values[at],
                source=self._sources[at][0],
                manual=self._sources[at][1],
                corrected=self._sources[at][2],
            )
            for at in range(low, high)
        ]


class SessionRecord:
    """What forms need of one session; grown with `note`, read by `protocols.forms.facts`.

    Attributes:
        effects: every change of each side effect, by its name within the session.
        typed: what was typed into forms last, by form and field.
        criteria_met_ns: since when every discharge criterion is met, or None.
        vial_lots: lot by vial, of the vials that the account accepted.
        pressures: whole determinations, in the order in which they were known.
        clocks: the wall clock as it was read, in order.
        half_pressure: the readings of the determination that is coming in, by vital.
        vial_in_hand: the vial that was entered last.
        correction: the correction that came last.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.opened: SessionOpened | None = None
        self.patient: PatientRecorded | None = None
        self.weight: WeightRecorded | None = None
        self.plan: DosePlanned | None = None
        self.check: DoseConfirmed | None = None
        self.gate: dict[str, GateItemChanged] = {}
        self.baseline: BaselineFrozen | None = None
        self.phases: list[PhaseChanged] = []
        self.doses: list[DoseGiven] = []
        self.delivery: DeliveryChanged | None = None
        self.vial_lots: dict[str, str] = {}
        self.ledger: LedgerEntered | None = None
        self.discharge: dict[str, DischargeItemChanged] = {}
        self.criteria_met_ns: int | None = None
        self.effects: dict[str, list[EffectChanged]] = {}
        self.checklists: dict[tuple[str, str], ChecklistChanged] = {}
        self.scales: dict[str, ScaleRecorded] = {}
        self.integration: IntegrationPlanned | None = None
        self.observer: ObservationRecorded | None = None
        self.closed: SessionClosed | None = None
        self.typed: dict[tuple[str, str], FormFilled] = {}
        self.pressures: list[Pressure] = []
        self.points: dict[Vital, Points] = {}
        self.clocks: list[WallClock] = []
        self.half_pressure: dict[Vital, Reading] = {}
        self.vial_in_hand: AddVial | None = None
        self.correction: EntryCorrected | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> SessionRecord:
        """What forms need of the session that `events` tell, in their order."""
        record = cls()
        for event in events:
            record.note(event)
        return record

    def note(self, event: Event) -> None:
        """Take one event; kinds that no form reads are passed over."""
        take = _TAKERS.get(type(event))
        if take is not None:
            take(self, event)

    def note_stream(
        self, vital: Vital, measured_ns: Iterable[int], values: Iterable[float]
    ) -> None:
        """Take streamed values of `vital` in order of time; NaN where there was none."""
        if vital in _LEFT_OUT:
            return
        points = self.points.setdefault(vital, Points())
        last_ns = -THINNED_NS
        for at_ns, value in zip(measured_ns, values, strict=True):
            if value == value and at_ns - last_ns >= THINNED_NS:
                last_ns = at_ns
                point = Point(measured_ns=at_ns, value=value, source="", manual=False)
                points.add(point, thinned=True)

    @cached_property
    def definition(self) -> ProtocolDefinition | None:
        """The protocol in force, or None where it cannot be read by this version."""
        if self.opened is None:
            return None
        try:
            return parse_protocol(self.opened.protocol_text, "protocol of this session")
        except DefinitionError:
            return None

    @property
    def first_dose_ns(self) -> int | None:
        """When drug first went to the patient, or None."""
        if self.doses:
            return self.doses[0].t_ns
        return self._phase_ns(Phase.INFUSING)

    @property
    def ended_ns(self) -> int | None:
        """When monitoring ended with the discharge, or None."""
        return self._phase_ns(Phase.DISCHARGED)

    def local(self, t_ns: int) -> datetime | None:
        """Local date and time of `t_ns`, by the clock as it was read last before; None without."""
        clock = self._clock_at(t_ns)
        return None if clock is None else clock.local(t_ns)

    def offset_min(self, t_ns: int) -> int | None:
        """Local time minus UTC at `t_ns`, minutes; None where it was the same all the while."""
        clock = self._clock_at(t_ns)
        changed = len({one.utc_offset_min for one in self.clocks}) > 1
        return clock.utc_offset_min if clock is not None and changed else None

    def _clock_at(self, t_ns: int) -> WallClock | None:
        known = [clock for clock in self.clocks if clock.t_ns <= t_ns] or self.clocks[:1]
        return known[-1] if known else None

    def _phase_ns(self, phase: Phase) -> int | None:
        return next((change.t_ns for change in self.phases if change.after is phase), None)


def _open(record: SessionRecord, event: SessionOpened) -> None:
    record.opened = event
    vars(record).pop("definition", None)
    _anchor(record, event)


def _anchor(record: SessionRecord, event: SessionOpened | ClockAnchored) -> None:
    clock = WallClock(t_ns=event.t_ns, utc=event.utc, utc_offset_min=event.utc_offset_min)
    record.clocks.append(clock)


def _read(record: SessionRecord, event: Reading) -> None:
    if is_correction(event):
        _stand(record, event)
    elif event.value is None:
        return
    elif event.vital in (Vital.SBP, Vital.DBP, Vital.MAP):
        _read_pressure(record, event)
    elif event.vital not in _LEFT_OUT:
        aside = event.manual or event.spot
        point = Point(
            measured_ns=event.measured_ns,
            value=event.value,
            source=event.source,
            manual=event.manual,
        )
        thinned = event.vital in _STREAMED and not aside
        record.points.setdefault(event.vital, Points()).add(point, thinned=thinned)


def _stand(record: SessionRecord, event: Reading) -> None:
    """A corrected reading stands in place of the other, a withdrawn one is gone."""
    was = "" if record.correction is None else corrected_from(record.correction)
    if event.vital in (Vital.SBP, Vital.DBP, Vital.MAP):
        _stand_pressure(record, event, was)
        return
    points = record.points.get(event.vital)
    if points is None:
        return
    points.remove(event.measured_ns, event.source)
    if event.value is not None:
        point = Point(
            measured_ns=event.measured_ns,
            value=event.value,
            source=event.source,
            manual=event.manual,
            corrected=was,
        )
        points.add(point, thinned=False)


def _stand_pressure(record: SessionRecord, event: Reading, was: str) -> None:
    key = (event.measured_ns, event.source)
    for at, one in enumerate(record.pressures):
        if (one.measured_ns, one.source) != key:
            continue
        if event.vital is Vital.MAP:
            record.pressures[at] = replace(one, map_mmhg=event.value)
        elif event.value is None:
            del record.pressures[at]
        elif event.vital is Vital.SBP:
            record.pressures[at] = replace(one, sbp_mmhg=event.value, corrected=was)
        else:
            record.pressures[at] = replace(one, dbp_mmhg=event.value, corrected=was)
        return


def corrected_from(correction: EntryCorrected) -> str:
    """What stood before a correction, who corrected it, and why."""
    return f"corrected from {correction.original} by {correction.by}: {correction.reason}"


def _correct(record: SessionRecord, event: EntryCorrected) -> None:
    record.correction = event
    if event.withdrawn and event.target_kind == "effect_changed":
        record.effects.pop(event.subject, None)
    elif event.withdrawn and event.target_kind == "scale_recorded":
        scale = record.scales.get(event.subject)
        if scale is not None and scale.t_ns == event.target_t_ns:
            del record.scales[event.subject]


def _read_pressure(record: SessionRecord, event: Reading) -> None:
    """Systolic and diastolic pressure of one moment and source are one determination."""
    key = (event.measured_ns, event.source)
    record.half_pressure = {
        vital: one
        for vital, one in record.half_pressure.items()
        if (one.measured_ns, one.source) == key
    }
    record.half_pressure[event.vital] = event
    values = {vital: one.value for vital, one in record.half_pressure.items()}
    sbp, dbp = values.get(Vital.SBP), values.get(Vital.DBP)
    if sbp is None or dbp is None:
        return
    whole = Pressure(
        measured_ns=event.measured_ns,
        source=event.source,
        manual=event.manual,
        sbp_mmhg=sbp,
        dbp_mmhg=dbp,
        map_mmhg=values.get(Vital.MAP),
    )
    if record.pressures and (record.pressures[-1].measured_ns, record.pressures[-1].source) == key:
        record.pressures[-1] = whole
    else:
        record.pressures.append(whole)


def _judge(record: SessionRecord, event: DischargeItemChanged) -> None:
    record.discharge[event.item] = event
    asked = () if record.definition is None else record.definition.discharge
    met = bool(asked) and all(
        (one := record.discharge.get(criterion.id)) is not None and one.met is True
        for criterion in asked
    )
    if not met:
        record.criteria_met_ns = None
    elif record.criteria_met_ns is None:
        record.criteria_met_ns = event.t_ns


def _begin_vial(record: SessionRecord, event: AddVial) -> None:
    record.vial_in_hand = event


def _enter(record: SessionRecord, event: LedgerEntered) -> None:
    record.ledger = event
    vial = record.vial_in_hand
    if event.step is LedgerStep.VIAL and vial is not None and vial.vial == event.vial:
        record.vial_lots[vial.vial] = vial.lot


def _observe(record: SessionRecord, event: ObservationRecorded) -> None:
    if event.kind == "hand-over":
        record.observer = event


def _weigh(record: SessionRecord, event: WeightRecorded) -> None:
    """Another weight takes the dose that rested on the one before away."""
    record.weight, record.plan, record.check = event, None, None


def _plan(record: SessionRecord, event: DosePlanned) -> None:
    record.plan, record.check = event, None


def _put(name: str) -> Callable[[SessionRecord, Any], None]:
    """Keeps the newest event of a kind."""

    def put(record: SessionRecord, event: Event) -> None:
        setattr(record, name, event)

    return put


_TAKERS: dict[type[Event], Callable[[SessionRecord, Any], None]] = {
    SessionOpened: _open,
    ClockAnchored: _anchor,
    Reading: _read,
    PatientRecorded: _put("patient"),
    WeightRecorded: _weigh,
    DosePlanned: _plan,
    DoseConfirmed: _put("check"),
    GateItemChanged: lambda r, e: r.gate.update({e.item: e}),
    BaselineFrozen: _put("baseline"),
    PhaseChanged: lambda r, e: r.phases.append(e),
    DoseGiven: lambda r, e: r.doses.append(e),
    DeliveryChanged: _put("delivery"),
    AddVial: _begin_vial,
    LedgerEntered: _enter,
    DischargeItemChanged: _judge,
    EntryCorrected: _correct,
    EffectChanged: lambda r, e: r.effects.setdefault(e.effect, []).append(e),
    ChecklistChanged: lambda r, e: r.checklists.update({(e.checklist, e.item): e}),
    ScaleRecorded: lambda r, e: r.scales.update({e.scale: e}),
    IntegrationPlanned: _put("integration"),
    ObservationRecorded: _observe,
    SessionClosed: _put("closed"),
    FormFilled: lambda r, e: r.typed.update({(e.form, e.field): e}),
}
