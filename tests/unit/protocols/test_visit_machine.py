"""Whatever is done in whatever order: no drug begins around the gate, the check or the baseline.

The oracle reads the record alone: it knows nothing of guards, phases or facts.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.places import read_limits, read_protocol
from app.rehearsal.plain_scales import plain_entry
from protocols.definition import GateItem, HoldKind, ProtocolDefinition, parse_protocol
from protocols.events import (
    AddVial,
    AdvancePhase,
    AnswerChecklist,
    AnswerGate,
    AnswerScaleFlag,
    BaselineFrozen,
    CheckDose,
    Command,
    DoseConfirmed,
    DosePlanned,
    DrawDrug,
    EnterBp,
    EnterPatient,
    EnterValue,
    EnterWeight,
    Event,
    FreezeBaseline,
    GateItemChanged,
    GiveDose,
    ItemAnswer,
    LedgerEntered,
    LedgerStep,
    OverrideReason,
    PatientRecorded,
    Phase,
    PhaseChanged,
    Reading,
    RecordScale,
    ScaleFlagAnswered,
    ScaleRecorded,
    SessionOpened,
    StartInfusion,
    WeightBasis,
    WeightRecorded,
)
from protocols.limits import parse_limits
from protocols.scales import Moment
from protocols.session import Session
from protocols.vitals import Quality, Vital

NURSE, SECOND, PRESCRIBER = "N. Okafor RN", "M. Berg RN", "P. Weber MD"
NS = 1_000_000_000
D = Decimal

PEOPLE = st.sampled_from([NURSE, SECOND, PRESCRIBER, "", f" {PRESCRIBER.lower()} "])
REASONS = st.sampled_from(["", "", "seen, proceed", "  "])
PROTOCOLS = ("iv-0.5-40", "spravato-56", "im-0.5")


@cache
def definition_of(protocol: str) -> ProtocolDefinition:
    text, path = read_protocol(protocol)
    return parse_protocol(text, path)


def opened(protocol: str) -> SessionOpened:
    return SessionOpened(
        t_ns=0,
        session="s",
        schema=1,
        program="0",
        utc="2026-11-21T13:00:00.000Z",
        utc_offset_min=60,
        room="Room 3",
        simulated=True,
        protocol_text=read_protocol(protocol)[0],
        limits_text="",
        rules_digest="",
        devices=(),
        vitals=(),
    )


class Visit(RuleBasedStateMachine):
    """Random people at one bedside; `protocol` is that of the subclass."""

    protocol = "iv-0.5-40"
    started = 0

    def __init__(self) -> None:
        super().__init__()
        self.definition = definition_of(self.protocol)
        limits = parse_limits(read_limits(self.definition.limits_profile)[0], "limits")
        self.session = Session(self.definition, limits)
        self.t_ns = 0
        self.record: list[Event] = []
        self.judged = 0
        self.happen(opened(self.protocol))

    def happen(self, event: Event) -> None:
        while (due := self.session.next_deadline_ns) is not None and due <= event.t_ns:
            self.record += self.session.advance(due)
        self.record += [event, *self.session.handle(event)]

    def do(self, command: Command) -> None:
        self.t_ns += NS
        self.happen(replace(command, t_ns=self.t_ns))

    # -- what people do ---------------------------------------------------------------------------

    @rule(
        birth=st.sampled_from(["1985-03-02", "2015-01-01", "soon"]), height=st.sampled_from([170])
    )
    def patient(self, birth: str, height: int) -> None:
        self.do(
            EnterPatient(
                t_ns=0,
                by=NURSE,
                given_name="Jane",
                family_name="Doe",
                mrn="1",
                birth_date=birth,
                sex="female",
                height_cm=D(height),
            )
        )

    @rule(kg=st.sampled_from(["70", "70", "700", "20"]), measured=st.booleans(), reason=REASONS)
    def weight(self, kg: str, measured: bool, reason: str) -> None:
        self.do(EnterWeight(t_ns=0, by=NURSE, weight_kg=D(kg), measured=measured, reason=reason))

    @rule(
        by=PEOPLE,
        factor=st.sampled_from([1, 1, 1, 10, 2]),
        basis=st.sampled_from(list(WeightBasis)),
        reason=REASONS,
    )
    def order(self, by: str, factor: int, basis: WeightBasis, reason: str) -> None:
        usual = self.definition.dose.usual_order(by=by)
        changes: dict[str, object] = {"weight_basis": basis}
        if usual.dose_mg_per_kg is not None:
            changes["dose_mg_per_kg"] = usual.dose_mg_per_kg * factor
        elif usual.dose_mg is not None:
            changes["dose_mg"] = usual.dose_mg * factor
        fields = ("weight_basis", "dose_mg_per_kg", "dose_mg", "earlier_doses", "rate_ml_per_h")
        reasons = tuple(OverrideReason(field=one, reason=reason) for one in fields)
        self.do(replace(usual, **changes, reasons=reasons))

    @rule(by=PEOPLE, right=st.booleans())
    def check(self, by: str, right: bool) -> None:
        planned = self._last(DosePlanned)
        dose_mg = D(35) if planned is None else planned.dose_mg
        weight = D(70) if planned is None else planned.weight_kg
        wrong = D(0) if right else D(1)
        self.do(CheckDose(t_ns=0, by=by, weight_kg=weight, dose_mg=dose_mg + wrong))

    @rule(data=st.data(), reason=REASONS, prescriber=PEOPLE, confirmed=st.booleans())
    def gate_answer(
        self, data: st.DataObject, reason: str, prescriber: str, confirmed: bool
    ) -> None:
        item = data.draw(st.sampled_from(self.definition.gate))
        self.do(
            AnswerGate(
                t_ns=0,
                by=NURSE,
                item=item.id,
                answer=data.draw(st.sampled_from([*item.answers, "perhaps"])),
                reason=reason,
                prescriber=prescriber,
                confirmed=confirmed,
            )
        )

    @rule(but=st.integers(0, 200))
    def gate_answers(self, but: int) -> None:
        """Everything answered as it passes; one item may be left out."""
        for number, item in enumerate(self.definition.gate):
            if number != but:
                self.do(
                    AnswerGate(t_ns=0, by=NURSE, item=item.id, answer=item.passes[0], reason="yes")
                )

    @rule(but=st.integers(0, 60))
    def checklists(self, but: int) -> None:
        items = [(one, item) for one in self.definition.care.checklists for item in one.items]
        for number, (listed, item) in enumerate(items):
            if number != but:
                self.do(
                    AnswerChecklist(
                        t_ns=0,
                        by=NURSE,
                        checklist=listed.id,
                        item=item.id,
                        answer=item.answers[0],
                        text="seen",
                    )
                )

    @rule(but=st.integers(0, 12))
    def scales(self, but: int) -> None:
        for number, scale in enumerate(self.definition.scales):
            if number != but:
                self.do(replace(plain_entry(scale), by=NURSE))

    @rule()
    def positive_suicide_item(self) -> None:
        scale = self.definition.scale("phq-9")
        if scale is None:
            return
        plain = plain_entry(scale)
        answers = tuple(
            ItemAnswer(item=one.item, score=2 if one.item == scale.items[8].id else one.score)
            for one in plain.answers
        )
        self.do(RecordScale(t_ns=0, by=NURSE, scale=scale.id, answers=answers))

    @rule(action=REASONS)
    def flags(self, action: str) -> None:
        recorded = [one for one in self.record if isinstance(one, ScaleRecorded)]
        for one in recorded:
            for flag in one.flags:
                self.do(
                    AnswerScaleFlag(
                        t_ns=0, by=NURSE, scale=one.scale, item=flag.item, action=action
                    )
                )

    @rule(
        drawn=st.sampled_from(["60", "10", "0"]),
        expiry=st.sampled_from(["2027-08-31", "2020-01-31"]),
    )
    def vial(self, drawn: str, expiry: str) -> None:
        vial = f"V{self.t_ns}"
        self.do(
            AddVial(
                t_ns=0,
                by=NURSE,
                vial=vial,
                lot="L7",
                expiry=expiry,
                content_mg=D(500),
                strength_mg_per_ml=D(50),
            )
        )
        self.do(DrawDrug(t_ns=0, by=NURSE, vial=vial, amount_mg=D(drawn), checked_by=SECOND))

    @rule(phase=st.sampled_from(list(Phase)), reason=REASONS)
    def move(self, phase: Phase, reason: str) -> None:
        self.do(AdvancePhase(t_ns=0, by=NURSE, phase=phase, reason=reason))

    @rule(sbp=st.sampled_from([120, 120, 170, 0]))
    def pressure(self, sbp: int) -> None:
        self.t_ns += 70 * NS
        self.do(EnterBp(t_ns=0, by=NURSE, sbp_mmhg=sbp, dbp_mmhg=80, confirmed=True))

    @rule(value=st.sampled_from([97.0, 97.0, 88.0, None]))
    def oximeter(self, value: float | None) -> None:
        for vital, number in ((Vital.SPO2, value), (Vital.PR, 72.0)):
            self.happen(
                Reading(
                    t_ns=self.t_ns,
                    vital=vital,
                    value=number,
                    quality=Quality.GOOD if number is not None else Quality.SENSOR_OFF,
                    source="oximeter",
                    measured_ns=self.t_ns,
                )
            )

    @rule()
    def scores(self) -> None:
        for vital, value in ((Vital.RR, 14.0), (Vital.MOAAS, 5.0), (Vital.PAIN, 0.0)):
            self.do(EnterValue(t_ns=0, by=NURSE, vital=vital, value=value))
        for vital in (Vital.NAUSEA, Vital.ANXIETY, Vital.DISTRESS):
            self.do(EnterValue(t_ns=0, by=NURSE, vital=vital, value=0.0))

    @rule(reason=REASONS, rest=REASONS)
    def freeze(self, reason: str, rest: str) -> None:
        self.do(FreezeBaseline(t_ns=0, by=NURSE, reason=reason, rest_reason=rest))

    @rule(vital=st.sampled_from(["sbp", "spo2"]), reason=REASONS, who=PEOPLE, sure=st.booleans())
    def start_override(self, vital: str, reason: str, who: str, sure: bool) -> None:
        self.do(
            AnswerGate(
                t_ns=0,
                by=NURSE,
                item=f"start-limit/{vital}",
                answer="override",
                reason=reason,
                prescriber=who,
                confirmed=sure,
            )
        )

    @rule(factor=st.sampled_from(["1", "1", "10", "1.02"]))
    def start(self, factor: str) -> None:
        planned = self._last(DosePlanned)
        rate = D(50) if planned is None else planned.rate_ml_per_h
        self.do(StartInfusion(t_ns=0, by=NURSE, pump_rate_ml_per_h=rate * D(factor)))

    @rule()
    def give(self) -> None:
        planned = self._last(DosePlanned)
        amount = D(28) if planned is None else planned.unit_mg or planned.dose_mg
        self.do(GiveDose(t_ns=0, by=NURSE, amount_mg=amount, lot="L1"))

    @rule(left_out=st.sampled_from(["", "", "check", "gate", "baseline", "scales", "vial"]))
    def by_the_book(self, left_out: str) -> None:
        """The whole way, but for one step; the drug is started at its end."""
        self.patient("1985-03-02", 170)
        self.weight("70", True, "weighed")
        self.order(PRESCRIBER, 1, WeightBasis.TOTAL, "planned")
        if left_out != "check":
            self.check(SECOND, True)
        self.gate_answers(0 if left_out == "gate" else 999)
        self.checklists(999)
        if left_out != "scales":
            self.scales(999)
        if left_out != "vial":
            self.vial("60", "2027-08-31")
        self.move(Phase.GATE, "")
        self.move(Phase.BASELINE, "")
        self.t_ns += 310 * NS
        self.scores()
        self.pressure(120)
        self.pressure(120)
        self.oximeter(97.0)
        if left_out != "baseline":
            self.freeze("as planned", "")
        self.start("1")
        self.give()

    # -- what the record says of it ---------------------------------------------------------------

    @invariant()
    def no_drug_begins_unguarded(self) -> None:
        for index in range(self.judged, len(self.record)):
            event = self.record[index]
            if isinstance(event, PhaseChanged) and event.after is Phase.INFUSING:
                type(self).started += 1
                before = self.record[:index]
                assert unguarded(self.definition, before, event.t_ns) == []
        self.judged = len(self.record)

    def _last(self, kind: type[Event]) -> Event | None:
        return next((one for one in reversed(self.record) if isinstance(one, kind)), None)


def unguarded(definition: ProtocolDefinition, record: list[Event], t_ns: int) -> list[str]:
    """Everything that should have kept the drug from beginning after `record`."""
    wrong: list[str] = []
    place = {kind: _last_place(record, kind) for kind in (PatientRecorded, WeightRecorded)}
    planned_at, checked_at = _last_place(record, DosePlanned), _last_place(record, DoseConfirmed)
    if place[PatientRecorded] < 0 or place[WeightRecorded] < 0:
        wrong.append("nobody was entered")
    if planned_at < place[WeightRecorded]:
        wrong.append("no order of this weight")
    if checked_at < planned_at:
        wrong.append("no check of this order")
    elif planned_at >= 0:
        planned, checked = record[planned_at], record[checked_at]
        assert isinstance(planned, DosePlanned)
        assert isinstance(checked, DoseConfirmed)
        names = {planned.ordered_by.strip().casefold(), checked.checked_by.strip().casefold()}
        if len(names) != 2 or not checked.checked_by.strip():
            wrong.append("not two identities")
    if _last_place(record, BaselineFrozen) < 0:
        wrong.append("no baseline")
    wrong += [f"gate: {item.id}" for item in definition.gate if not _passed(item, record)]
    wrong += _open_flags(record) + _unrecorded_scales(definition, record)
    wrong += _beyond_limits(definition, record) + _no_drug(definition, record, planned_at)
    return wrong


def _last_place(record: list[Event], kind: type[Event]) -> int:
    return max((at for at, one in enumerate(record) if isinstance(one, kind)), default=-1)


def _passed(item: GateItem, record: list[Event]) -> bool:
    answers = [one for one in record if isinstance(one, GateItemChanged) and one.item == item.id]
    if not answers:
        return False
    last = answers[-1]
    if last.answer in item.passes:
        return last.state == "done"
    if item.hold in (HoldKind.STOP, HoldKind.HARD):
        return False
    return last.state == "overridden" and bool(last.detail.strip()) and bool(last.prescriber)


def _open_flags(record: list[Event]) -> list[str]:
    still: set[tuple[str, str]] = set()
    for one in record:
        if isinstance(one, ScaleRecorded):
            still |= {(one.scale, flag.item) for flag in one.flags}
        elif isinstance(one, ScaleFlagAnswered) and one.action.strip():
            still.discard((one.scale, one.item))
    return [f"flag {key}" for key in sorted(still)]


def _unrecorded_scales(definition: ProtocolDefinition, record: list[Event]) -> list[str]:
    known = {one.scale for one in record if isinstance(one, ScaleRecorded)}
    return [
        f"scale {due.scale}"
        for due in definition.scales_due
        if due.required and due.moment is Moment.BEFORE and due.scale not in known
    ]


def _beyond_limits(definition: ProtocolDefinition, record: list[Event]) -> list[str]:
    at = _last_place(record, BaselineFrozen)
    if at < 0:
        return []
    baseline = record[at]
    assert isinstance(baseline, BaselineFrozen)
    passed = {
        one.item.removeprefix("start-limit/")
        for one in record[at:]
        if isinstance(one, GateItemChanged) and one.state == "overridden" and one.prescriber
    }
    limits = {limit.vital: limit for limit in definition.start_limits}
    return [
        f"{value.vital} {value.value} is beyond its start limit"
        for value in baseline.values
        if value.vital in limits
        and not limits[value.vital].go[0] <= round(value.value) <= limits[value.vital].go[1]
        and str(value.vital) not in passed
    ]


def _no_drug(definition: ProtocolDefinition, record: list[Event], planned_at: int) -> list[str]:
    if definition.ledger is None or planned_at < 0:
        return []
    entries = [one for one in record if isinstance(one, LedgerEntered)]
    drawn = sum((one.amount_mg for one in entries if one.step is LedgerStep.DRAWN), D(0))
    planned = record[planned_at]
    assert isinstance(planned, DosePlanned)
    enough = drawn + max(D("0.5"), planned.dose_mg * D("0.02")) >= planned.dose_mg
    return [] if enough else [f"{drawn} mg were drawn for {planned.dose_mg} mg"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_path_begins_the_drug_without_gate_two_identities_and_baseline(protocol: str) -> None:
    machine = type("VisitOf", (Visit,), {"protocol": protocol, "started": 0})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert machine.started > 0, "the walk never came to a start: it proves nothing"


def test_the_oracle_finds_each_thing_that_is_left_out() -> None:
    visit = Visit()
    visit.by_the_book("")
    assert visit.started == 0
    visit.no_drug_begins_unguarded()
    (start,) = [
        at
        for at, one in enumerate(visit.record)
        if isinstance(one, PhaseChanged) and one.after is Phase.INFUSING
    ]
    whole = visit.record[:start]
    t_ns = visit.record[start].t_ns
    assert unguarded(visit.definition, whole, t_ns) == []
    for kind in (DoseConfirmed, BaselineFrozen, ScaleRecorded, LedgerEntered, WeightRecorded):
        less = [one for one in whole if not isinstance(one, kind)]
        assert unguarded(visit.definition, less, t_ns), kind
    for item in visit.definition.gate:
        less = [one for one in whole if getattr(one, "item", "") != item.id]
        assert unguarded(visit.definition, less, t_ns) == [f"gate: {item.id}"]


def test_an_order_of_another_amount_needs_another_check() -> None:
    visit = Visit()
    visit.by_the_book("baseline")
    visit.order(PRESCRIBER, 1, WeightBasis.TOTAL, "planned")
    visit.oximeter(97.0)
    visit.freeze("as planned", "")
    visit.start("1")
    assert not any(
        isinstance(one, PhaseChanged) and one.after is Phase.INFUSING for one in visit.record
    )
