"""The monitors before start: what each link does, what to do next, and what it measures."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from app.bedside.fields import show_text, wrapped_label
from app.bedside.pump_line import PUMP, pump_values
from app.bedside.section import Section, Standing
from app.bedside.times import age_text
from app.bedside.wording import LINK_WORDS, REASONS, device_name
from app.history import History
from app.state import ViewState
from app.state_pressures import BloodPressure
from app.theme import style
from protocols.events import DeviceSlot, LinkState, Service
from protocols.vitals import VITALS, Quality, Vital

NEXT_STEPS = {
    LinkState.NOT_CONNECTED: "Plug in its cable and switch it on; it connects by itself.",
    LinkState.OPENING: "Nothing to do: the port is being opened.",
    LinkState.WAITING: "Switch the monitor on and check its cable.",
    LinkState.READY: "",
    LinkState.LIVE: "",
    LinkState.PROBE_OFF: "Put the probe back on a warm finger.",
    LinkState.SILENT: "Check that it is on and its cable is seated.",
    LinkState.WRONG_DEVICE: "Check that this cable leads to this monitor, and its output format.",
    LinkState.UNCONFIRMED: "Look which patient it is on, then confirm it below.",
}
"""What to do in each state where the link itself does not say."""

NO_MONITOR = (
    "No monitor is connected. Without an oximeter the infusion cannot be started: connect one "
    "from the first page. Blood pressure and scores may be typed by hand below."
)

_HELD_BACK = (
    LinkState.NOT_CONNECTED,
    LinkState.SILENT,
    LinkState.WRONG_DEVICE,
    LinkState.UNCONFIRMED,
)

_STREAMED = (Vital.HR, Vital.PR, Vital.SPO2, Vital.PI, Vital.TEMP)


def quality_words(quality: Quality) -> str:
    """What to say beside a value of this quality; empty when it is good."""
    return "low signal quality" if quality is Quality.LOW else REASONS.get(quality, "")


def pressure_text(pressure: BloodPressure) -> str:
    """A determination as ``137/84 mmHg (102)``, or why there is none."""
    if pressure.sbp_mmhg is None or pressure.dbp_mmhg is None:
        return f"-- ({pressure.note or 'no pressure found'})"
    mean = "" if pressure.map_mmhg is None else f" ({pressure.map_mmhg:.0f})"
    return f"{pressure.sbp_mmhg:.0f}/{pressure.dbp_mmhg:.0f} mmHg{mean}"


def live_text(state: ViewState, device: str, now_ns: int) -> str:
    """What the monitor `device` measures at the moment, with units and what is wrong with it."""
    if device == PUMP:
        return pump_values(state, now_ns)
    parts = []
    for vital in _STREAMED:
        reading = state.readings.get(vital)
        if reading is None or reading.source != device:
            continue
        spec = VITALS[vital]
        quality = quality_words(reading.quality)
        age_ns = now_ns - reading.measured_ns
        limit_ns = state.fresh_for_ns(reading)
        old = limit_ns is not None and age_ns > limit_ns
        value = "--" if old else spec.format(reading.value)
        why = f"last heard {age_text(age_ns)}" if old else quality
        parts.append(f"{spec.label} {value} {spec.unit_text}" + (f" ({why})" if why else ""))
    pressure = state.blood_pressure
    if pressure is not None and pressure.source == device:
        age = age_text(now_ns - pressure.measured_ns)
        parts.append(f"BP {pressure_text(pressure)}, {age}")
    return "    ".join(parts)


class MonitorCard(QFrame):
    """One monitor: its name, its link in words, what to do, and its live values."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.setAccessibleName(f"monitor {name}")
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(16)
        self.name_label = QLabel(name)
        style(self.name_label, strong=True)
        self.state_label = QLabel()
        self.simulated_label = QLabel("SIMULATED")
        style(self.simulated_label, strong=True, tone="attention")
        self.value_label = wrapped_label(name="live values")
        style(self.value_label, role="title")
        self.step_label = wrapped_label(name="what to do next")
        style(self.step_label, role="small", tone="dim")
        grid.addWidget(self.name_label, 0, 0)
        grid.addWidget(self.state_label, 0, 1)
        grid.addWidget(self.simulated_label, 0, 2)
        grid.addWidget(self.value_label, 1, 0, 1, 3)
        grid.addWidget(self.step_label, 2, 0, 1, 3)
        grid.setColumnStretch(1, 1)

    def show_link(
        self, state: ViewState, device: str, slot: DeviceSlot | None, now_ns: int
    ) -> None:
        """Show the link of `device` as it is in `state`."""
        link = state.links.get(device)
        word = link.state if link is not None else LinkState.NOT_CONNECTED
        where = f"  ·  {slot.driver} on {slot.port}" if slot is not None else ""
        mark = "●" if word.is_well else "○"
        show_text(self.state_label, f"{mark} {LINK_WORDS[word]}{where}")
        self.simulated_label.setVisible(slot is not None and slot.simulated)
        detail = link.detail if link is not None else ""
        show_text(self.step_label, detail or NEXT_STEPS[word])
        values = live_text(state, device, now_ns)
        if not values and word is LinkState.LIVE:
            values = "no value yet"
        show_text(self.value_label, values)


class MonitorsSection(Section):
    """A card for each monitor of the session; one sentence where there is none."""

    title = "Monitors"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: dict[str, MonitorCard] = {}
        self.none_label = wrapped_label(NO_MONITOR, name="no monitor")
        self.machine_label = wrapped_label(name="about this machine")
        style(self.machine_label, tone="attention", strong=True)
        self.body.addWidget(self.machine_label)
        self.body.addWidget(self.none_label)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show every slot of the session and every other link that was reported."""
        slots = {slot.device: slot for slot in state.opened.devices} if state.opened else {}
        devices = [*slots, *(device for device in state.links if device not in slots)]
        for device in devices:
            if device not in self.cards:
                self.cards[device] = MonitorCard(device_name(device))
                self.body.addWidget(self.cards[device])
            self.cards[device].show_link(state, device, slots.get(device), now_ns)
        self.none_label.setVisible(not devices)
        show_text(self.machine_label, state.services.get(Service.SLEEP, ""))

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Done while every monitor is live; held while one is gone or silent."""
        devices = [slot.device for slot in state.opened.devices] if state.opened else []
        if not devices:
            return Standing.OPEN, "No monitor is connected."
        open_ones = []
        for device in devices:
            link = state.links.get(device)
            word = link.state if link is not None else LinkState.NOT_CONNECTED
            sentence = f"{device_name(device)}: {LINK_WORDS[word]}."
            if word in _HELD_BACK:
                return Standing.HELD, sentence
            if not word.is_well:
                open_ones.append(sentence)
        if open_ones:
            return Standing.OPEN, open_ones[0]
        return Standing.DONE, ""
