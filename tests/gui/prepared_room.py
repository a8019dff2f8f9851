"""A view in front of the real rules: what a person does goes through `Session` and comes back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from app.feed import Feed
from app.places import read_protocol
from app.rehearsal.plain_scales import plain_entry
from app.theme import DARK, apply, sizes_for
from protocols.definition import parse_protocol
from protocols.events import (
    AddVial,
    AdvancePhase,
    AnswerChecklist,
    AnswerGate,
    CheckDose,
    Command,
    CommandRefused,
    DeviceSlot,
    DrawDrug,
    EnterPatient,
    EnterWeight,
    Event,
    FreezeBaseline,
    LinkChanged,
    LinkState,
    Phase,
    Reading,
    SessionOpened,
    StartInfusion,
)
from protocols.limits import parse_limits
from protocols.people.rights_file import parse_rights
from protocols.scales import Moment
from protocols.session import Session
from protocols.signals_file import parse_signals
from protocols.vitals import NS_PER_S, Quality, Vital

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
NURSE = "N. Okafor"

SLOTS = tuple(
    DeviceSlot(device=device, driver=driver, port=f"/dev/{device}", identity="", simulated=True)
    for device, driver in (("oximeter", "nonin"), ("bp", "suntech"))
)


def opening(slots: tuple[DeviceSlot, ...] = SLOTS) -> SessionOpened:
    """A session of the 40-minute protocol that opened at 14:00 local time."""
    return SessionOpened(
        t_ns=0,
        session="20261121-130000-room3-0001",
        schema=1,
        program="0.1.0",
        utc="2026-11-21T13:00:00.000Z",
        utc_offset_min=60,
        room="Room 3",
        simulated=any(slot.simulated for slot in slots),
        protocol_text=read_protocol("iv-0.5-40")[0],
        limits_text=(RESOURCES / "limits" / "standard.toml").read_text(),
        rules_digest="",
        devices=slots,
        vitals=(),
    )


class PreparedRoom:
    """The rules, a feed and one view; `now_s` is the session time of everything that is done."""

    def __init__(
        self,
        qtbot: Any,
        view: Any,
        slots: tuple[DeviceSlot, ...] = SLOTS,
        *,
        protocol_text: str = "",
        signals_text: str = "",
        rights_text: str = "",
        feed: Feed | None = None,
    ) -> None:
        opened = replace(opening(slots), signals_text=signals_text, people_text=rights_text)
        if protocol_text:
            opened = replace(opened, protocol_text=protocol_text)
        self.qtbot, self.view, self.now_s = qtbot, view, 0.0
        self.feed = feed or Feed()
        self.commands: list[Command] = []
        self.session = Session(
            parse_protocol(opened.protocol_text, "test"),
            parse_limits(opened.limits_text, "test"),
            parse_signals(signals_text, "test") if signals_text else None,
            parse_rights(rights_text, "test") if rights_text else None,
        )
        self.window = QWidget()  # without a layout: it asks the platform for no size of its own
        self.window.resize(1366, 768)
        qtbot.addWidget(self.window)
        view.setParent(self.window)
        view.resize(1366, 768)
        view.intended.connect(self.submit)
        apply(self.window, DARK, sizes_for(1366, 768))
        self.window.show()
        self.happen(opened)

    @property
    def state(self) -> Any:
        return self.feed.state

    @property
    def refused(self) -> CommandRefused | None:
        return self.state.refusals[-1] if self.state.refusals else None

    def submit(self, command: Command) -> None:
        """What the window does: fill in time and, where it is empty, the current user."""
        self.commands.append(command)
        stamped = replace(command, t_ns=self._now_ns(), by=command.by or NURSE)
        self.happen(stamped)

    def happen(self, *events: Event) -> None:
        for event in events:
            made = [event, *self.session.handle(event)]
            self.session.note_recorded(made)
            self.feed.apply(made)
        self.render()

    def render(self) -> None:
        self.view.render(self.feed.state, self.feed.history, self._now_ns())
        QApplication.processEvents()

    def read(self, source: str = "oximeter", **values: float | None) -> None:
        """`source`, a slot or a person, gives the `values`, keyed by the vitals' names."""
        now = self._now_ns()
        self.happen(
            *(
                Reading(
                    t_ns=now,
                    vital=Vital(name),
                    value=value,
                    quality=Quality.GOOD if value is not None else Quality.SENSOR_OFF,
                    source=source,
                    measured_ns=now,
                    manual=source not in {slot.device for slot in SLOTS},
                )
                for name, value in values.items()
            )
        )

    def link(self, device: str, state: LinkState, detail: str = "") -> None:
        self.happen(LinkChanged(t_ns=self._now_ns(), device=device, state=state, detail=detail))

    def reach_baseline(self) -> None:
        """Bring the visit into the baseline phase, by commands that no view of the test sends."""
        commands: list[Command] = [
            EnterPatient(
                t_ns=0,
                by=NURSE,
                given_name="Jane",
                family_name="Doe",
                mrn="004711",
                birth_date="1985-03-02",
                sex="female",
                visit=3,
                visits_planned=6,
            ),
            EnterWeight(t_ns=0, by=NURSE, weight_kg=Decimal("70.0"), measured=True),
            self.state.definition.dose.usual_order(by=NURSE),
            CheckDose(t_ns=0, by="M. Berg", weight_kg=Decimal("70.0"), dose_mg=self._dose_mg()),
            AddVial(
                t_ns=0,
                by=NURSE,
                vial="A-12",
                lot="L77",
                expiry="2028-08",
                content_mg=Decimal(500),
                strength_mg_per_ml=Decimal(50),
            ),
            DrawDrug(t_ns=0, by=NURSE, vial="A-12", amount_mg=self._drawn_mg()),
            *self._answers(),
            AdvancePhase(t_ns=0, by=NURSE, phase=Phase.GATE),
            AdvancePhase(t_ns=0, by=NURSE, phase=Phase.BASELINE),
        ]
        self.happen(*(replace(command, t_ns=self._now_ns()) for command in commands))
        assert self.state.phase is Phase.BASELINE

    def _answers(self) -> list[Command]:
        """Gate, required checklists and required scales, answered so that nothing holds."""
        definition = self.state.definition
        return [
            *(
                AnswerGate(
                    t_ns=0,
                    by=NURSE,
                    item=item.id,
                    answer=item.passes[0],
                    reason="asked" if item.passes[0] in item.needs_reason else "",
                )
                for item in definition.gate
            ),
            *(
                AnswerChecklist(
                    t_ns=0,
                    by=NURSE,
                    checklist=listed.id,
                    item=item.id,
                    answer=item.answers[0],
                    text="seen",
                )
                for listed in definition.care.checklists
                if listed.required
                for item in listed.items
            ),
            *(
                replace(plain_entry(scale), by=NURSE)
                for scale in definition.scales
                if scale.id in self._required_scales()
            ),
        ]

    def _dose_mg(self) -> Decimal:
        """The protocol's usual dose at 70 kg."""
        rule = self.state.definition.dose
        return rule.dose_mg if rule.dose_mg is not None else rule.dose_mg_per_kg * 70

    def _drawn_mg(self) -> Decimal:
        """What is drawn up: the dose, and 50 mg at least."""
        return max(self._dose_mg(), Decimal(50))

    def _required_scales(self) -> set[str]:
        """Ids of the scales without which no drug is begun."""
        return {
            due.scale
            for due in self.state.definition.scales_due
            if due.required and due.moment is Moment.BEFORE
        }

    def reach_infusion(self) -> None:
        """Freeze a baseline and start the infusion."""
        self.reach_frozen()
        rate = Decimal("52.5")
        self.happen(StartInfusion(t_ns=self._now_ns(), by=NURSE, pump_rate_ml_per_h=rate))
        assert self.state.phase is Phase.INFUSING

    def reach_frozen(self) -> None:
        """Freeze a baseline of 120/80, 72 /min and 97 %."""
        self.reach_baseline()
        for at_s in (400, 470):
            self.now_s = at_s
            self.read("bp", sbp=120.0, dbp=80.0, map=93.0)
        self.read(NURSE, rr=14.0, moaas=5.0, pain=0.0, nausea=0.0, anxiety=1.0, distress=1.0)
        self.read(pr=72.0, spo2=97.0)
        self.happen(FreezeBaseline(t_ns=self._now_ns(), by=NURSE))
        assert self.state.baseline

    def pass_time(self, until_s: float) -> None:
        """Let the rules' own deadlines come, up to `until_s`."""
        until_ns = round(until_s * NS_PER_S)
        while (due := self.session.next_deadline_ns) is not None and due <= until_ns:
            self.feed.apply(self.session.advance(due))
        self.now_s = until_s
        self.render()

    def write(self, field: QLineEdit, text: str) -> None:
        """Type `text` over what the field holds, as a person does."""
        field.selectAll()
        self.qtbot.keyClick(field, Qt.Key.Key_Delete)
        self.qtbot.keyClicks(field, text)
        self.render()

    def press(self, button: QPushButton) -> None:
        assert button.isEnabled(), f"{button.text()!r} cannot be pressed"
        assert button.isVisibleTo(self.view), f"{button.text()!r} is not on the screen"
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.render()

    def sees(self, widget: QWidget) -> bool:
        return widget.isVisibleTo(self.view)

    def _now_ns(self) -> int:
        return round(self.now_s * NS_PER_S)
