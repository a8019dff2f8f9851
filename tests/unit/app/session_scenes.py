"""Sessions as scripts of inputs: what people do and what monitors say, in the bytes they say it in.

A `Scene` runs its inputs through the real pipeline as they are written and keeps the record in the
order in which the runtime records it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeVar

from app.opening import open_session
from app.pipeline import Pipeline
from app.places import read_protocol
from app.rehearsal.plain_scales import plain_entry
from app.state import ViewState, fold
from devices.nonin_oem.simulator import frames_of
from devices.suntech_advantage import wire
from protocols.definition import ProtocolDefinition, parse_protocol
from protocols.events import (
    AddVial,
    AdvancePhase,
    AlarmChanged,
    AlarmState,
    AnswerChecklist,
    AnswerDischarge,
    AnswerGate,
    CheckDose,
    ChunkReceived,
    Command,
    CommandRefused,
    DeviceSlot,
    DrawDrug,
    EnterBp,
    EnterPatient,
    EnterValue,
    EnterWeight,
    Event,
    FrameRejected,
    FreezeBaseline,
    Input,
    LinkChanged,
    LinkReported,
    LinkState,
    OverrideReason,
    Phase,
    ReconcileDrug,
    SessionOpened,
    StartInfusion,
    WaveReceived,
)
from protocols.scales import Moment
from protocols.vitals import Vital

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
PROTOCOL_TEXT = read_protocol("iv-0.5-40")[0].replace(
    "rest_enforced = true", "rest_enforced = false"
)
"""The shipped protocol; the rest before a baseline has tests of its own and would lengthen all."""
LIMITS_TEXT = (RESOURCES / "limits" / "standard.toml").read_text(encoding="utf-8")

NURSE = "N. Okafor"
SECOND = "B. Lind"
PRESCRIBER = "P. Reyes"

SLOTS = tuple(
    DeviceSlot(device=device, driver=driver, port=f"/dev/{device}", identity="", simulated=True)
    for device, driver in (("oximeter", "nonin"), ("bp", "suntech"))
)
BASELINE_SCORES = {Vital.RR: 15, Vital.MOAAS: 5, Vital.PAIN: 1, Vital.NAUSEA: 0, Vital.ANXIETY: 2}

E = TypeVar("E", bound=Event)


@cache
def definition() -> ProtocolDefinition:
    return parse_protocol(PROTOCOL_TEXT, "shipped")


def opening(slots: Sequence[DeviceSlot] = SLOTS, protocol_text: str = "") -> SessionOpened:
    return open_session(
        utc=datetime(2026, 3, 2, 9, tzinfo=UTC),
        room="Room 2",
        protocol_text=protocol_text or PROTOCOL_TEXT,
        limits_text=LIMITS_TEXT,
        devices=slots,
        session="20260302-090000-room2-0001",
    )


def record_of(inputs: Iterable[Input], pipeline: Pipeline | None = None) -> list[Event]:
    """Inputs and outputs in the order in which the runtime records them."""
    running = pipeline or Pipeline()
    record: list[Event] = []
    for event in inputs:
        if not isinstance(event, SessionOpened):
            record += running.advance(event.t_ns)
        record += [event, *running.step(event)]
    return record


def oximeter_packet(pr: int = 70, spo2: int = 98, *, status: int = 0) -> bytes:
    """A third of a second of a Nonin module; 511 and 127 are its missing values."""
    pleth = [100 + (number * 7) % 50 for number in range(25)]
    return frames_of(pleth, pr, spo2, status=status)


def bp_result(sbp: int, dbp: int, mean: int, *, error: int = 0, pulse: int = 70) -> bytes:
    """The SunTech module's whole answer to "read the result"."""
    return wire.reply(
        sbp.to_bytes(2, "little")
        + dbp.to_bytes(2, "little")
        + bytes((28, 0))
        + bytes(8)
        + pulse.to_bytes(2, "little")
        + mean.to_bytes(2, "little")
        + bytes((error, 0, 0))
    )


def bp_status(letter: wire.Status) -> bytes:
    return wire.reply(bytes((letter,)))


class Scene:
    """A session under way. `now_s` is the time of whatever is done next."""

    def __init__(
        self, slots: Sequence[DeviceSlot] = SLOTS, *, protocol_text: str = "", links: bool = True
    ) -> None:
        self.pipeline = Pipeline()
        self.inputs: list[Input] = []
        self.record: list[Event] = []
        self.state = ViewState()
        self.now_s = 0.0
        self.feed(opening(slots, protocol_text))
        for slot in slots if links else ():
            self.link(slot.device, LinkState.WAITING)

    @property
    def definition(self) -> ProtocolDefinition:
        """The protocol of the session."""
        assert self.state.definition is not None
        return self.state.definition

    @property
    def now_ns(self) -> int:
        return round(self.now_s * 1000) * 1_000_000

    def feed(self, event: Input) -> list[Event]:
        """Take one input; gives what was recorded because of it, deadlines before it included."""
        before = [] if not self.inputs else self.pipeline.advance(event.t_ns)
        self.inputs.append(event)
        return self._keep([*before, event, *self.pipeline.step(event)])

    def _keep(self, events: Sequence[Event]) -> list[Event]:
        self.record += events
        for event in events:
            self.state = fold(self.state, event)
        return list(events)

    def wait(self, seconds: float) -> list[Event]:
        """Let time pass with nothing coming in."""
        self.now_s += seconds
        return self._keep(self.pipeline.advance(self.now_ns))

    def link(self, device: str, state: LinkState, detail: str = "") -> list[Event]:
        return self.feed(LinkReported(t_ns=self.now_ns, device=device, state=state, detail=detail))

    def bytes(self, device: str, data: bytes) -> list[Event]:
        return self.feed(ChunkReceived(t_ns=self.now_ns, device=device, data=data))

    def oximeter(
        self, seconds: float = 1.0, pr: int = 70, spo2: int = 98, *, every_s: float = 1.0
    ) -> list[Event]:
        """The oximeter speaks for so long; one packet every `every_s`."""
        made: list[Event] = []
        for _ in range(round(seconds / every_s)):
            self.now_s += every_s
            made += self.bytes("oximeter", oximeter_packet(pr, spo2))
        return made

    def cuff(
        self,
        sbp: int,
        dbp: int,
        mean: int,
        *,
        error: int = 0,
        seconds: int = 30,
        pr: int | None = 70,
        spo2: int = 98,
    ) -> list[Event]:
        """The monitor carries out a determination that was asked for; the oximeter goes on."""
        made: list[Event] = []
        self.now_s += 0.2
        made += self.bytes("bp", bp_status(wire.Status.RECEIVED))
        for second in range(seconds):
            self.now_s += 1
            made += self.bytes("bp", wire.reply((180 - 4 * second).to_bytes(2, "little")))
            if pr is not None:
                made += self.bytes("oximeter", oximeter_packet(pr, spo2))
        self.now_s += 0.2
        made += self.bytes("bp", bp_status(wire.Status.DONE))
        self.now_s += 0.2
        made += self.bytes("bp", bp_result(sbp, dbp, mean, error=error))
        return made

    def do(self, kind: type[Command], *, by: str = NURSE, **fields: object) -> list[Event]:
        """A person acts."""
        return self.feed(kind(t_ns=self.now_ns, by=by, **fields))

    def refusal(self, kind: type[Command], *, by: str = NURSE, **fields: object) -> str:
        """A person acts; why the rules refused it, or empty when they did not."""
        made = self.do(kind, by=by, **fields)
        return next((e.reason for e in made if isinstance(e, CommandRefused)), "")

    def enter(self, kind: type[Command], **fields: object) -> list[Event]:
        """A person types what is recorded; where the rules ask about it, the person confirms."""
        made = self.do(kind, **fields)
        if any(isinstance(e, CommandRefused) and e.confirmable for e in made):
            made = self.do(kind, confirmed=True, **fields)
        assert not any(isinstance(e, CommandRefused) for e in made)
        return made

    def all(self, kind: type[E]) -> list[E]:
        """Every event of a kind in the record so far."""
        return [event for event in self.record if isinstance(event, kind)]

    def raised(self, alarm: str) -> list[AlarmChanged]:
        """Every time that `alarm` began to sound."""
        return [
            change
            for change in self.all(AlarmChanged)
            if change.alarm == alarm and change.state is AlarmState.SOUNDING
        ]

    # -- the way through a visit ------------------------------------------------------------------

    def enter_patient(self) -> None:
        assert not self.refusal(
            EnterPatient,
            given_name="Ana",
            family_name="Example",
            mrn="MRN-7",
            birth_date="1980-02-03",
            sex="female",
            height_cm=Decimal(170),
        )

    def enter_weight(self, kg: str = "70") -> None:
        assert not self.refusal(EnterWeight, weight_kg=Decimal(kg), measured=True)

    def order(self) -> None:
        """The protocol's own dose, with a reason for what always asks for one."""
        reasons = tuple(
            OverrideReason(field=field, reason="as planned")
            for field in ("weight_basis", "earlier_doses")
        )
        order = self.definition.dose.usual_order(t_ns=self.now_ns, by=PRESCRIBER)
        made = self.feed(replace(order, reasons=reasons))
        assert not [event for event in made if isinstance(event, CommandRefused)]

    def check(self) -> None:
        assert self.state.dose is not None
        dose_mg = self.state.dose.dose_mg
        assert not self.refusal(CheckDose, by=SECOND, weight_kg=Decimal(70), dose_mg=dose_mg)

    def answer_gate(self, *, but: str = "") -> None:
        """Every gate item answered so that it passes, except the item named."""
        for item in self.definition.gate:
            if item.id == but:
                continue
            answer = next(a for a in item.passes)
            reason = "asked" if answer in item.needs_reason else ""
            assert not self.refusal(AnswerGate, item=item.id, answer=answer, reason=reason)

    def answer_checklists(self) -> None:
        """Every item of the required checklists, with a text where one is asked for."""
        for listed in self.definition.care.checklists:
            for item in listed.items if listed.required else ():
                assert not self.refusal(
                    AnswerChecklist,
                    checklist=listed.id,
                    item=item.id,
                    answer=item.answers[0],
                    text="seen",
                )

    def to_gate(self) -> Scene:
        self.enter_patient()
        self.enter_weight()
        self.order()
        self.check()
        assert not self.refusal(AdvancePhase, phase=Phase.GATE)
        return self

    def to_baseline(self) -> Scene:
        self.to_gate()
        self.answer_gate()
        self.answer_checklists()
        self.draw_dose()
        self.fill_scales()
        assert not self.refusal(AdvancePhase, phase=Phase.BASELINE)
        return self

    def fill_scales(self) -> None:
        """The scales required before the drug, as a patient without complaints has them."""
        dues = () if self.state.definition is None else self.state.definition.scales_due
        for due in dues:
            if due.required and due.moment is Moment.BEFORE:
                self.fill_scale(due.scale)

    def fill_scale(self, scale: str) -> None:
        """One scale without complaints."""
        assert self.state.definition is not None
        found = self.state.definition.scale(scale)
        assert found is not None
        made = self.feed(replace(plain_entry(found), t_ns=self.now_ns, by=NURSE))
        assert not [event for event in made if isinstance(event, CommandRefused)]

    def draw_dose(self) -> None:
        """The dose out of a vial of 500 mg in 10 mL, where the protocol keeps an account."""
        if self.definition.ledger is None or self.state.dose is None:
            return
        assert not self.refusal(
            AddVial,
            vial="A-12",
            lot="L77",
            expiry="2027-08-31",
            content_mg=Decimal(500),
            strength_mg_per_ml=Decimal(50),
        )
        assert not self.refusal(DrawDrug, vial="A-12", amount_mg=self.state.dose.dose_mg)

    def reconcile(self) -> None:
        """Close the account of a dose that was all given."""
        assert not self.refusal(ReconcileDrug)

    def type_scores(self) -> None:
        for vital, value in BASELINE_SCORES.items():
            assert not self.refusal(EnterValue, vital=vital, value=value)

    def to_frozen(self, sbp: int = 120, dbp: int = 78) -> Scene:
        """Baseline of two pressures by hand after the rest, 90 s apart."""
        self.to_baseline()
        if self.definition.holds.rest_enforced:
            self.wait(self.definition.baseline.rest_s)
        self.type_scores()
        assert not self.refusal(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)
        self.wait(85)
        self.oximeter(5)
        assert not self.refusal(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)
        assert not self.refusal(FreezeBaseline)
        return self

    def to_infusing(self, sbp: int = 120, dbp: int = 78) -> Scene:
        self.to_frozen(sbp, dbp)
        assert not self.refusal(StartInfusion, pump_rate_ml_per_h=Decimal("52.5"))
        return self

    def to_recovery(self) -> Scene:
        """The whole dose runs in, with nothing observed meanwhile."""
        self.to_infusing()
        self.wait(2400)
        assert self.state.phase is Phase.RECOVERY
        return self

    def meet_discharge(self) -> None:
        """Everything that a discharge asks for, from now on; takes 12 min of session time."""
        for wait_s in (11 * 60, 55):
            assert not self.refusal(EnterBp, sbp_mmhg=122, dbp_mmhg=80)
            self.wait(wait_s)
        self.oximeter(5)
        assert not self.refusal(EnterBp, sbp_mmhg=121, dbp_mmhg=79)
        self.type_scores()
        for criterion in self.definition.discharge:
            if criterion.answers:
                assert not self.refusal(
                    AnswerDischarge, item=criterion.id, answer=criterion.passes[0]
                )
            elif criterion.scale:
                self.fill_scale(criterion.scale)


def normalised(record: Iterable[Event]) -> list[object]:
    """A record in which it does not show how chunks were cut.

    Samples come per device in a row, and so do refused bytes: where they stand among the readings
    of the same instant depends on the cut. Of what a link was called within one instant the last
    counts, and nothing where that is what it was called before: a probe that is off may be told in
    a later piece than the first frame.
    """
    kept: list[object] = []
    links: dict[tuple[str, int], LinkChanged] = {}
    refused: list[object] = []
    waves: dict[tuple[str, Vital, int, bool], list[int]] = {}
    for event in record:
        if isinstance(event, WaveReceived):
            key = (event.device, event.vital, event.t_ns, event.usable)
            waves.setdefault(key, []).extend(event.values)
        elif isinstance(event, FrameRejected):
            refused.append(event)
        elif isinstance(event, LinkChanged):
            links[event.device, event.t_ns] = event
        elif not isinstance(event, ChunkReceived):
            kept.append(event)
    called: dict[str, LinkChanged] = {}
    changed: list[object] = []
    for (device, _), link in links.items():
        before = called.get(device)
        if before is None or (before.state, before.detail) != (link.state, link.detail):
            changed.append(link)
        called[device] = link
    waved = ((key, tuple(values)) for key, values in waves.items())
    return [*kept, *changed, *refused, *waved]
