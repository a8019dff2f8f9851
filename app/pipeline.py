"""Bytes and actions in, record out: the parsers and the session behind one `step`.

Pure: the live room, the replay, the headless run and the tests all run this same object. Deadlines
(of drivers, of links and of the session) fire at their own time, before the event that follows
them; how often `advance` is called between events therefore cannot change the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from app.links import Link
from app.pump_reports import PumpReports
from devices.driver import (
    BpProgress,
    DeviceCommand,
    Driver,
    DriverItem,
    Measurement,
    PumpStatus,
    Rejected,
    Samples,
    Send,
)
from devices.registry import DRIVERS
from protocols.definition import parse_protocol
from protocols.events import (
    AlarmPresented,
    AlarmTimed,
    BpCommanded,
    BpState,
    BpStateChanged,
    BytesSent,
    ChunkReceived,
    ConfirmMonitor,
    DeviceSlot,
    Event,
    FrameRejected,
    Input,
    LinkReported,
    LinkState,
    Output,
    Reading,
    ScreenShown,
    SessionOpened,
    WaveReceived,
)
from protocols.limits import parse_limits
from protocols.missing import without_false_numbers
from protocols.people.rights_file import parse_rights
from protocols.session import Session
from protocols.signals_file import parse_signals
from protocols.visit import refuse
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

OXIMETER = "oximeter"
"""The slot whose word on saturation, pulse and perfusion goes before that of every other."""

BP = "bp"
"""The slot whose monitor is told to take a pressure where there are several."""

UNCONFIRMED_NOTE = "monitor not confirmed for this patient"
NO_BP_MONITOR_TEXT = "No blood-pressure monitor is connected. Take the pressure by hand."


_OFF = (Quality.SENSOR_OFF, Quality.SENSOR_FAULT)

_ONLY_KEPT = (AlarmTimed, AlarmPresented, ScreenShown)
"""How long alarms took, what the window showed: kept in the record, and nothing follows."""


class NotOpenedError(Exception):
    """The first event of a session was not `SessionOpened`."""


class Port:
    """One monitor of the session: its driver and its link."""

    def __init__(self, slot: DeviceSlot, room: str) -> None:
        """A monitor bound by `slot` in `room`; KeyError when no such driver is registered."""
        spec = DRIVERS[slot.driver]
        self.slot = slot
        self.can_start_bp = spec.can_start_bp
        self.streams = {v for v in spec.vitals if VITALS[v].quiet_limit_s is not None}
        self.beside: frozenset[Vital] = frozenset()
        self.driver: Driver = spec.make_driver()
        quiet = spec.quiet_limit_s
        quiet_ns = None if quiet is None else round(quiet * NS_PER_S)
        self.link = Link(slot, quiet_ns, room)
        self.bp_automatic = False
        self.pump = PumpReports(slot.device)
        self._frames: int | None = 0

    def has_spoken(self, items: Sequence[DriverItem]) -> bool:
        """Whether the monitor was understood in what gave `items`, even if it had nothing to say.

        What a driver says of its own accord (a request made, no answer) proves no monitor.
        """
        if any(not isinstance(item, Send | Rejected) for item in items):
            self._frames = None  # counting costs more than asking, so it waits until it is needed
            return True
        before, self._frames = self._frames, self.driver.counts.frames
        return before is not None and self._frames > before


class Pipeline:
    """The whole of a session's rules. Feed it inputs in order; it gives the outputs."""

    def __init__(self) -> None:
        """Wait for the `SessionOpened` that says which rules and monitors are in force."""
        self._session: Session | None = None
        self._ports: dict[str, Port] = {}
        self._t_ns = 0
        self._deadline_ns: int | None = None
        self._deadline_known = False
        self._note_decoded: Callable[[], None] = _note_nothing

    def watch_decoding(self, note: Callable[[], None]) -> None:
        """Call `note` whenever a driver has understood a chunk: for measuring, nothing follows."""
        self._note_decoded = note

    @property
    def session(self) -> Session:
        """The session's rules; NotOpenedError before the first event."""
        if self._session is None:
            raise NotOpenedError("a session begins with its opening event")
        return self._session

    @property
    def t_ns(self) -> int:
        """Session time up to which everything is settled."""
        return self._t_ns

    @property
    def next_deadline_ns(self) -> int | None:
        """When something will happen by itself, or None."""
        if self._is_closed:
            return None
        if not self._deadline_known:
            soonest = None if self._session is None else self._session.next_deadline_ns
            for deadline, _ in self._deadlines():
                if soonest is None or deadline < soonest:
                    soonest = deadline
            self._deadline_ns, self._deadline_known = soonest, True
        return self._deadline_ns

    def step(self, event: Input) -> list[Output]:
        """Everything that follows from `event`, in order, deadlines before it included.

        Once the session was closed only what amends the record is answered, whatever the monitors
        still say. `event.t_ns` must not lie before the time already settled; the runtime sees to
        that.
        """
        before = self.advance(event.t_ns)
        outputs = self._tell(event) if self._is_closed else self._judge(event)
        self._number((event, *outputs))
        return [*before, *outputs, *self.advance(event.t_ns)]

    def _number(self, events: Sequence[Event]) -> None:
        """`events` come next in the record."""
        if events and self._session is not None:
            self._session.note_recorded(events)

    def _judge(self, event: Input) -> list[Output]:
        """What follows from `event` itself while the session runs."""
        outputs: list[Output] = []
        self._deadline_known = False
        if isinstance(event, ChunkReceived):
            outputs += self._receive(event)
        elif isinstance(event, SessionOpened):
            self._open(event)
            outputs += self._tell(event)
        elif isinstance(event, LinkReported):
            outputs += self._report(event)
        elif isinstance(event, ConfirmMonitor):
            outputs += self._confirm(event)
        elif not isinstance(event, _ONLY_KEPT):
            outputs += self._tell(event)
        return outputs

    def advance(self, t_ns: int) -> list[Output]:
        """Let every deadline up to and including `t_ns` fire, each at its own time."""
        outputs: list[Output] = []
        while (deadline := self.next_deadline_ns) is not None and deadline <= t_ns:
            outputs += self._fire(deadline)
        self._number(outputs)
        self._t_ns = max(self._t_ns, t_ns)
        return outputs

    @property
    def _is_closed(self) -> bool:
        return self._session is not None and self._session.visit.closed

    def _open(self, event: SessionOpened) -> None:
        definition = parse_protocol(event.protocol_text, "protocol of this session")
        limits = parse_limits(event.limits_text, "limits of this session")
        signals = None
        if event.signals_text:
            signals = parse_signals(event.signals_text, "signals of this session")
        rights = None
        if event.people_text:
            rights = parse_rights(event.people_text, "rights of this session")
        self._session = Session(definition, limits, signals, rights)
        self._ports = {slot.device: Port(slot, event.room) for slot in event.devices}
        _share_streams(list(self._ports.values()))

    def _deadlines(self) -> Iterable[tuple[int, Port]]:
        for port in self._ports.values():
            for deadline in (port.driver.next_deadline_ns, port.link.next_deadline_ns):
                if deadline is not None:
                    yield deadline, port

    def _fire(self, t_ns: int) -> list[Output]:
        self._deadline_known = False
        outputs: list[Output] = []
        for deadline, port in list(self._deadlines()):
            if deadline != t_ns:
                continue
            if port.driver.next_deadline_ns == t_ns:
                outputs += self._take(t_ns, port, port.driver.advance(t_ns))
            if port.link.next_deadline_ns == t_ns:
                changed = port.link.advance(t_ns)
                outputs += self._emit([changed] if changed is not None else [])
        if self._session is not None and self._session.next_deadline_ns == t_ns:
            outputs += self._follow(self._session.advance(t_ns))
        return outputs

    def _receive(self, event: ChunkReceived) -> list[Output]:
        port = self._ports.get(event.device)
        if port is None:
            return []
        port.link.arrived(event.t_ns)
        items = port.driver.receive(event.t_ns, event.data)
        self._note_decoded()
        outputs: list[Output] = []
        if port.has_spoken(items):
            changed = port.link.heard(event.t_ns, _probe_off(items))
            outputs += self._emit([changed] if changed is not None else [])
        return outputs + self._take(event.t_ns, port, items)

    def _report(self, event: LinkReported) -> list[Output]:
        port = self._ports.get(event.device)
        if port is None:
            return []
        outputs: list[Output] = []
        if event.state is LinkState.WAITING:
            port.pump.connect()
            outputs += self._take(event.t_ns, port, port.driver.connect(event.t_ns))
        changed = port.link.report(event)
        return outputs + self._emit([changed] if changed is not None else [])

    def _confirm(self, event: ConfirmMonitor) -> list[Output]:
        port = self._ports.get(event.device)
        held = self.session.visit.people.refusal(event)
        if not held and (port is None or not port.link.doubt):
            held = f"No monitor waits to be confirmed at {event.device}."
        if held or port is None:
            return refuse(event, held)
        changed = port.link.confirm(event.t_ns, event.by)
        return self._emit([changed] if changed is not None else [])

    def _take(self, t_ns: int, port: Port, items: Sequence[DriverItem]) -> list[Output]:
        outputs: list[Output] = []
        device = port.slot.device
        for item in items:
            if isinstance(item, Samples) and item.vital in port.beside:
                continue  # its bytes are in the record; the first source's wave is the one shown
            if isinstance(item, Send):
                outputs.append(
                    BytesSent(t_ns=t_ns, device=device, data=item.data, purpose=item.purpose)
                )
                continue
            if isinstance(item, Rejected):
                outputs.append(
                    FrameRejected(t_ns=t_ns, device=device, reason=item.reason, data=item.data)
                )
                continue
            if isinstance(item, Samples):
                outputs.append(_wave(t_ns, port, item))
            elif isinstance(item, Measurement):
                outputs += self._emit([without_false_numbers(_reading(t_ns, port, item))])
            elif isinstance(item, PumpStatus):
                report = port.pump.take(t_ns, item, port.link.doubt)
                outputs += self._emit([report] if report is not None else [])
            else:
                outputs += self._emit([_progress(t_ns, port, item)])
        return outputs

    def _emit(self, facts: Sequence[Output]) -> list[Output]:
        """Outputs of the parsers go into the record and, as facts, to the session."""
        outputs: list[Output] = []
        for fact in facts:
            outputs.append(fact)
            outputs += self._tell(fact)
        return outputs

    def _tell(self, event: Event) -> list[Output]:
        return self._follow(self.session.handle(event))

    def _follow(self, outputs: Sequence[Output]) -> list[Output]:
        """What the session decided, and what the monitors are told because of it."""
        followed: list[Output] = []
        for output in outputs:
            followed.append(output)
            if isinstance(output, BpCommanded):
                followed += self._command(output)
        return followed

    def _command(self, wanted: BpCommanded) -> list[Output]:
        command = DeviceCommand.ABORT_BP if wanted.abort else DeviceCommand.START_BP
        able = [port for port in self._ports.values() if port.can_start_bp]
        reached = [port for port in able if port.link.is_open]
        doubt = next((port.link.doubt for port in reached if port.link.doubt), "")
        if not wanted.abort:
            # one cuff at a time: that of the slot for blood pressure, else the first there is
            trusted = [port for port in reached if not port.link.doubt]
            reached = sorted(trusted, key=lambda port: port.slot.device != BP)[:1]
        outputs: list[Output] = []
        for port in reached:
            if not wanted.abort:
                port.bp_automatic = wanted.automatic
            items = port.driver.command(wanted.t_ns, command)
            outputs += self._take(wanted.t_ns, port, items)
        if not reached and not wanted.abort:
            device = able[0].slot.device if able else ""
            failed = BpStateChanged(
                t_ns=wanted.t_ns,
                device=device,
                state=BpState.FAILED,
                text=doubt or NO_BP_MONITOR_TEXT,
                automatic=wanted.automatic,
            )
            outputs += self._emit([failed])
        return outputs


def _note_nothing() -> None:
    """Nobody measures."""


def _share_streams(ports: Sequence[Port]) -> None:
    """Let each streaming vital come from one monitor: the oximeter's slot first, then in order.

    What another monitor says of it is kept beside as a spot reading and never taken for the stream.
    """
    taken: set[Vital] = set()
    for port in sorted(ports, key=lambda one: one.slot.device != OXIMETER):
        port.beside = frozenset(port.streams & taken)
        taken |= port.streams


def _probe_off(items: Sequence[DriverItem]) -> str | None:
    """What the newest word on saturation says of the probe; None when there is none."""
    for item in reversed(items):
        if isinstance(item, Measurement) and item.vital is Vital.SPO2 and not item.spot:
            return item.note or item.quality.value if item.quality in _OFF else ""
    return None


def _wave(t_ns: int, port: Port, item: Samples) -> WaveReceived:
    return WaveReceived(
        t_ns=t_ns,
        device=port.slot.device,
        vital=item.vital,
        interval_ns=item.interval_ns,
        full_scale=item.full_scale,
        usable=item.usable and not port.link.doubt,
        values=item.values,
    )


def _reading(t_ns: int, port: Port, item: Measurement) -> Reading:
    counts = item.value is None or not port.link.doubt
    return Reading(
        t_ns=t_ns,
        vital=item.vital,
        value=item.value if counts else None,
        quality=item.quality if counts else Quality.UNCONFIRMED,
        source=port.slot.device,
        measured_ns=t_ns - item.age_ns,
        spot=item.spot or item.vital in port.beside,
        note=item.note if counts else UNCONFIRMED_NOTE,
    )


def _progress(t_ns: int, port: Port, item: BpProgress) -> BpStateChanged:
    return BpStateChanged(
        t_ns=t_ns,
        device=port.slot.device,
        state=item.state,
        text=item.text,
        automatic=port.bp_automatic,
    )
