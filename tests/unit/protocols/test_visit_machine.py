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

from app.places import read_limits, read_protocol, read_signals
from app.rehearsal.plain_scales import plain_entry
from protocols.definition import ProtocolDefinition, parse_protocol
from protocols.events import (
    AddVial,
    AdvancePhase,
    AnswerChecklist,
    AnswerGate,
    AnswerScaleFlag,
    AnswerSoundCheck,
    BaselineFrozen,
    CheckDose,
    CheckSound,
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
    GiveDose,
    ItemAnswer,
    LedgerEntered,
    OverrideReason,
    Phase,
    PhaseChanged,
    Reading,
    RecordScale,
    ScaleRecorded,
    Service,
    ServiceReported,
    SessionOpened,
    SoundChecked,
    StartInfusion,
    WeightBasis,
    WeightRecorded,
)
from protocols.limits import parse_limits
from protocols.session import Session
from protocols.signals_file import parse_signals
from protocols.vitals import Quality, Vital
from tests.unit.protocols.visit_oracle import unguarded

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
        signals = parse_signals(read_signals("bedside")[0], "signals")
        self.session = Session(self.definition, limits, signals)
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
        self.do(RecordScale(t_ns=0, by=NURSE, scale=scale.id, answers=answers, skipped="no time"))

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

    @rule(heard=st.booleans(), reason=REASONS, play=st.booleans())
    def listen(self, heard: bool, reason: str, play: bool) -> None:
        if play:
            self.do(CheckSound(t_ns=0, by=NURSE))
        self.do(AnswerSoundCheck(t_ns=0, by=NURSE, heard=heard, reason=reason))

    @rule(working=st.booleans())
    def report_sound(self, working: bool) -> None:
        self.t_ns += NS
        self.happen(ServiceReported(t_ns=self.t_ns, service=Service.SOUND, working=working))

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

    @rule()
    def exactly_by_the_book(self) -> None:
        """The whole way to a start, after whatever was done before."""
        self.by_the_book("", "", 120)

    @rule(
        left_out=st.sampled_from(["", "", "check", "gate", "baseline", "scales", "vial", "sound"]),
        spoilt=st.sampled_from(["", "answer", "suicide item", "order", "weight", "sound"]),
        sbp=st.sampled_from([120, 120, 170]),
    )
    def by_the_book(self, left_out: str, spoilt: str = "", sbp: int = 120) -> None:
        """The whole way, but for one step, or undone in one thing before the drug is started."""
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
        if left_out != "sound":
            self.report_sound(True)
            self.listen(True, "", True)
        self.scores()
        self.pressure(sbp)
        self.pressure(sbp)
        self.oximeter(97.0)
        if left_out != "baseline":
            self.freeze("as planned", "")
        self.spoil(spoilt)
        self.start("1")
        self.give()

    def spoil(self, what: str) -> None:
        """Undo one thing that was done."""
        if what == "answer":
            item = self.definition.gate[0]
            refused = next(one for one in item.answers if one not in item.passes)
            self.do(AnswerGate(t_ns=0, by=NURSE, item=item.id, answer=refused))
        elif what == "suicide item":
            self.positive_suicide_item()
        elif what == "order":
            self.order(PRESCRIBER, 1, WeightBasis.TOTAL, "planned")
        elif what == "weight":
            self.weight("70", True, "weighed")
        elif what == "sound":
            self.report_sound(False)

    # -- what the record says of it ---------------------------------------------------------------

    @invariant()
    def no_drug_begins_unguarded(self) -> None:
        for index in range(self.judged, len(self.record)):
            event = self.record[index]
            if isinstance(event, PhaseChanged) and event.after is Phase.INFUSING:
                type(self).started += 1
                before = self.record[:index]
                assert unguarded(self.definition, before) == []
        self.judged = len(self.record)

    def _last(self, kind: type[Event]) -> Event | None:
        return next((one for one in reversed(self.record) if isinstance(one, kind)), None)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_path_begins_the_drug_without_gate_two_identities_and_baseline(protocol: str) -> None:
    machine = type(_visit_of(protocol))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=80,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert machine.started > 0, "the walk never came to a start: it proves nothing"


@pytest.mark.parametrize("left_out", ["check", "gate", "baseline", "scales", "vial", "sound"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_step_left_out_keeps_the_drug_from_beginning(protocol: str, left_out: str) -> None:
    visit = _visit_of(protocol)
    visit.by_the_book(left_out)
    assert not _began(visit)


@pytest.mark.parametrize("spoilt", ["answer", "suicide item", "order", "weight", "sound"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_thing_undone_at_the_last_moment_keeps_the_drug_from_beginning(
    protocol: str, spoilt: str
) -> None:
    visit = _visit_of(protocol)
    visit.by_the_book("", spoilt)
    assert not _began(visit)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_whole_way_begins_the_drug_and_a_high_pressure_holds_it(protocol: str) -> None:
    visit = _visit_of(protocol)
    visit.by_the_book("")
    assert _began(visit)
    high = _visit_of(protocol)
    high.by_the_book("", sbp=170)
    assert not _began(high)


def _visit_of(protocol: str) -> Visit:
    kind: type[Visit] = type("VisitOf", (Visit,), {"protocol": protocol, "started": 0})
    return kind()


def _began(visit: Visit) -> bool:
    return any(
        isinstance(one, PhaseChanged) and one.after is Phase.INFUSING for one in visit.record
    )


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
    assert unguarded(visit.definition, whole) == []
    kinds = (DoseConfirmed, BaselineFrozen, ScaleRecorded, LedgerEntered, WeightRecorded)
    for kind in (*kinds, SoundChecked):
        less = [one for one in whole if not isinstance(one, kind)]
        assert unguarded(visit.definition, less), kind
    for item in visit.definition.gate:
        less = [one for one in whole if getattr(one, "item", "") != item.id]
        assert unguarded(visit.definition, less) == [f"gate: {item.id}"]


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
