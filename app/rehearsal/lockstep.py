"""One whole simulated session at full speed: real ports, real readers, real parsers, no window.

Session time stands still while bytes travel: the room writes what is due, the reader threads read
it from their ports and stamp it, the pipeline judges it, and only then does time move on. With the
same seed the same session comes out.
"""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.anchors import AnchorKeeper
from app.clock import MS, LockstepClock, iso_utc, utc_offset_min
from app.pipeline import Pipeline
from app.rehearsal.body_steps import DrugTold
from app.rehearsal.fault_hand import Awaited, FaultHand
from app.rehearsal.pump_hand import PumpHand
from app.rehearsal.scripted_nurse import ScriptedNurse
from app.runtime import SWITCH_S, Recording
from app.state import ViewState, fold_all
from devices.reader import Reader
from devices.registry import DRIVERS
from devices.simulation.patient import SimulatedPatient
from devices.simulation.pump_drive import DriveFaults
from devices.simulation.room import SimulatedRoom
from protocols.events import (
    BpState,
    BytesSent,
    ChunkReceived,
    CommandRefused,
    Event,
    Input,
    LinkReported,
    LinkState,
    Reading,
    SessionOpened,
)
from protocols.vitals import NS_PER_S, Vital

STEP_NS = 200 * MS
"""How far session time moves at once while the cuff rests."""

CUFF_STEP_NS = 40 * MS
"""How far it moves at once while the cuff measures, so that polls are answered in time."""

LONGEST_NS = 6 * 3600 * NS_PER_S
"""A scripted session that has not ended by then is given up."""

_WAIT_S = 15.0


class LockstepError(Exception):
    """The run could not go on; the text says why in a sentence."""


@dataclass(slots=True)
class Peaks:
    """Highest value of each vital while it was measured, for the summary."""

    values: dict[str, float] = field(default_factory=dict)

    def add(self, reading: Reading) -> None:
        """Take a reading; the pulse rate also counts as heart rate where no ECG gives one."""
        if reading.value is None:
            return
        names = [str(reading.vital)]
        if reading.vital is Vital.PR and not reading.spot:
            names.append(str(Vital.HR))
        for name in names:
            self.values[name] = max(self.values.get(name, reading.value), reading.value)


class LockstepRun:
    """Runs one session from its opening to its end."""

    def __init__(
        self,
        opened: SessionOpened,
        room: SimulatedRoom,
        patient: SimulatedPatient,
        nurse: ScriptedNurse,
        recording: Recording,
        start_utc: datetime,
        *,
        speed: float | None = None,
        pump_faults: DriveFaults | None = None,
    ) -> None:
        """Prepare the readers of `room`; nothing runs before `run`.

        With a `speed` the run waits so as to be no faster than so many times real time. A pump
        of the room has `pump_faults`.
        """
        self._speed = speed
        self._opened = opened
        self._room = room
        self._drug = DrugTold(patient)
        self._hand = PumpHand(room, pump_faults)
        self._nurse = nurse
        self._recording = recording
        self._clock = LockstepClock()
        self._anchors = AnchorKeeper(0, start_utc, opened.utc_offset_min, opened.zone)
        self._pipeline = Pipeline()
        self._arrived: queue.SimpleQueue[Input] = queue.SimpleQueue()
        self._readers = {
            slot.device: Reader(
                slot, DRIVERS[slot.driver].settings, self._clock.now_ns, self._arrived.put
            )
            for slot in opened.devices
        }
        self.state = ViewState()
        self.peaks = Peaks()
        self.refused: list[CommandRefused] = []
        self.listeners: list[Callable[[Sequence[Event]], None]] = []
        self.fault_hand: FaultHand | None = None

    def run(self, progress: Callable[[ViewState], None] | None = None) -> ViewState:
        """Run to the end of the session and give the last state.

        Raises:
            LockstepError: the session did not end, or a port gave no answer.
        """
        sys.setswitchinterval(SWITCH_S)
        began_s = time.monotonic()
        for reader in self._readers.values():
            reader.start()
        try:
            self._step(self._opened)
            self._await_ports()
            while self.state.closed is None:
                if self._clock.now_ns() > LONGEST_NS:
                    raise LockstepError("The scripted session did not come to its end.")
                self._turn()
                self._keep_pace(began_s)
                if progress is not None:
                    progress(self.state)
        finally:
            for reader in self._readers.values():
                reader.stop()
        return self.state

    def _keep_pace(self, began_s: float) -> None:
        if self._speed is None:
            return
        ahead_s = self._clock.now_ns() / 1e9 / self._speed - (time.monotonic() - began_s)
        if ahead_s > 0:
            time.sleep(ahead_s)

    def _turn(self) -> None:
        measuring = self.state.bp_state in (BpState.REQUESTED, BpState.MEASURING)
        t_ns = self._clock.now_ns() + (CUFF_STEP_NS if measuring else STEP_NS)
        self._clock.move_to(t_ns)
        if self.fault_hand is not None:
            self._await_faults(self.fault_hand.act(self.state, t_ns))
        written = self._room.advance(t_ns)
        for event in self._collect(written):
            self._step(event)
        self._publish(self._pipeline.advance(t_ns))
        if self._anchors.is_due(t_ns):
            utc = self._anchors.expected_utc(t_ns)
            offset_min, zone = utc_offset_min(utc), self._opened.zone
            anchor = self._anchors.check(t_ns, utc, offset_min, iso_utc(utc), zone)
            if anchor is not None:
                self._step(anchor)
        for command in self._nurse.act(self.state, t_ns):
            self._step(command)

    def _step(self, event: Input) -> None:
        before = self._pipeline.advance(event.t_ns) if self.state.opened is not None else []
        self._publish([*before, event, *self._pipeline.step(event)])

    def _await_ports(self) -> None:
        """Wait until every reader has opened its port, so that no byte goes unheard."""
        waiting = set(self._readers)
        while waiting:
            event = self._next_arrival("A simulated port did not open.")
            self._step(event)
            if isinstance(event, LinkReported) and event.state is LinkState.WAITING:
                waiting.discard(event.device)

    def _await_faults(self, awaited: Sequence[Awaited]) -> None:
        """Let session time stand until the readers have met the faults that were thrown."""
        for one in awaited:
            if one.count:
                for event in self._collect({one.device: one.count}):
                    self._step(event)
            met = one.link is None
            while not met:
                event = self._next_arrival(f"{one.device} did not come to be {one.link}.")
                self._step(event)
                met = isinstance(event, LinkReported) and (event.device, event.state) == (
                    one.device,
                    one.link,
                )

    def _collect(self, written: dict[str, int]) -> list[Input]:
        """What the readers read of the bytes written, as one chunk a device, in slot order."""
        parts: dict[str, list[bytes]] = {device: [] for device in self._readers}
        missing = {device: count for device, count in written.items() if count > 0}
        others: list[Input] = []
        while missing:
            event = self._next_arrival("Bytes written to a simulated port did not arrive.")
            if not isinstance(event, ChunkReceived):
                others.append(event)
                continue
            parts[event.device].append(event.data)
            missing[event.device] -= len(event.data)
            if missing[event.device] <= 0:
                del missing[event.device]
        now_ns = self._clock.now_ns()
        chunks = [
            ChunkReceived(t_ns=now_ns, device=device, data=b"".join(pieces))
            for device, pieces in parts.items()
            if pieces
        ]
        return [*others, *chunks]

    def _next_arrival(self, otherwise: str) -> Input:
        try:
            return self._arrived.get(timeout=_WAIT_S)
        except queue.Empty:
            raise LockstepError(otherwise) from None

    def _publish(self, events: Sequence[Event]) -> None:
        if not events:
            return
        self._recording.put(self._opened.session, events)
        self.state = fold_all(self.state, events)
        for event in events:
            self._drug.follow(event)
            self._hand.follow(event)
            if isinstance(event, BytesSent):
                self._send(event)
            elif isinstance(event, Reading):
                self.peaks.add(event)
            elif isinstance(event, CommandRefused):
                self.refused.append(event)
        for listener in self.listeners:
            listener(events)

    def _send(self, event: BytesSent) -> None:
        if self._readers[event.device].send(event.data):
            self._room.collect(event.device, len(event.data), self._clock.now_ns())
