"""The state of one monitor's link, worked out from the port's word and from what was decoded. Pure.

The reader knows whether the port is open; only decoded items prove that the right monitor speaks.
A monitor that gives nothing for its quiet limit is silent, whatever bytes arrive; one whose bytes
were never understood since the port was opened is the wrong one. The numbers of a monitor that a
person must confirm first do not count, however well it is understood.
"""

from __future__ import annotations

from protocols.events import DeviceSlot, LinkChanged, LinkReported, LinkState

WAITING_TEXT = "Port open. Waiting for the monitor: switch it on and check its cable."
READY_TEXT = "Port open. This monitor speaks only when a blood pressure is taken."
NOT_UNDERSTOOD_TEXT = "Bytes arrive, but not in this monitor's format. Check model and format."
PROBE_OFF_TEXT = "The probe is off the finger: put it back on a warm finger."

_SPEAKING = (LinkState.LIVE, LinkState.PROBE_OFF, LinkState.UNCONFIRMED)


class Link:
    """Follows one slot; every method gives the `LinkChanged` to record, or None.

    A monitor that was last used in another room than `room`, and a unit that is not the one bound
    to the slot, count only after `confirm`.
    """

    def __init__(self, slot: DeviceSlot, quiet_limit_ns: int | None, room: str = "") -> None:
        """A link not yet connected; `quiet_limit_ns` is None for a monitor that only answers."""
        self._device = slot.device
        self._bound = slot.identity
        self._present = ""
        self._quiet_limit_ns = quiet_limit_ns
        self._state = LinkState.NOT_CONNECTED
        self._detail = ""
        self._room_doubt = _foreign(slot.last_room, room)
        self._unit_doubt = ""
        self._probe_off = ""
        self._was_heard = False
        self._last_item_ns: int | None = None
        self._opened_ns: int | None = None
        self._bytes_ns: int | None = None
        self._noise_ns: int | None = None

    @property
    def state(self) -> LinkState:
        """The state as the tile shows it."""
        return self._state

    @property
    def is_open(self) -> bool:
        """Whether the port is open, so that bytes can be sent."""
        return self._state.is_open

    @property
    def doubt(self) -> str:
        """Why the monitor's numbers do not count yet, a sentence; empty when they do."""
        return self._unit_doubt or self._room_doubt

    @property
    def next_deadline_ns(self) -> int | None:
        """When the state changes by itself unless something is decoded before."""
        quiet_ns = self._quiet_limit_ns
        if quiet_ns is None:
            return None
        since_ns = None
        if self._state in _SPEAKING:
            since_ns = self._last_item_ns
        elif self._state is LinkState.WAITING:
            since_ns = self._opened_ns
        elif self._state is LinkState.SILENT:
            since_ns = self._noise_ns
        elif self._state is LinkState.WRONG_DEVICE:
            since_ns = self._bytes_ns
        return None if since_ns is None else since_ns + quiet_ns

    def report(self, event: LinkReported) -> LinkChanged | None:
        """The reader's word."""
        if event.state is not LinkState.WAITING:
            return self._change(event.t_ns, event.state, event.detail)
        self._opened_ns = event.t_ns
        self._was_heard = False
        self._noise_ns = None
        self._probe_off = ""
        self._present = event.identity
        if self._bound and event.identity:
            self._unit_doubt = _swapped(event.identity, self._bound)
        if self._quiet_limit_ns is None:
            return self._ready(event.t_ns)
        return self._change(event.t_ns, LinkState.WAITING, event.detail or WAITING_TEXT)

    def arrived(self, t_ns: int) -> None:
        """Bytes arrived at `t_ns`, understood or not."""
        self._bytes_ns = t_ns
        if self._noise_ns is None:
            self._noise_ns = t_ns

    def heard(self, t_ns: int, probe_off: str | None = None) -> LinkChanged | None:
        """Something was decoded at `t_ns`.

        `probe_off` is what the monitor says of a probe that is off, empty when it is on, None when
        it said nothing of it.
        """
        self._last_item_ns = t_ns
        self._noise_ns = None
        self._was_heard = True
        if probe_off is not None:
            self._probe_off = probe_off
        return self._speak(t_ns)

    def confirm(self, t_ns: int, by: str) -> LinkChanged | None:
        """A person said that the monitor is on this patient: from now on its numbers count."""
        self._room_doubt = self._unit_doubt = ""
        if self._present:
            self._bound = self._present
        if self._state is not LinkState.UNCONFIRMED:
            return None
        if self._quiet_limit_ns is None and not self._was_heard:
            return self._ready(t_ns)
        return self._change(t_ns, LinkState.LIVE, f"Confirmed by {by}.")

    def advance(self, t_ns: int) -> LinkChanged | None:
        """The deadline `t_ns` was reached with nothing decoded."""
        quiet_ns = self._quiet_limit_ns or 0
        is_noisy = self._bytes_ns is not None and 2 * (t_ns - self._bytes_ns) <= quiet_ns
        self._noise_ns = None
        if not is_noisy:
            return self._change(t_ns, LinkState.SILENT, WAITING_TEXT)
        state = LinkState.SILENT if self._was_heard else LinkState.WRONG_DEVICE
        return self._change(t_ns, state, NOT_UNDERSTOOD_TEXT)

    def _ready(self, t_ns: int) -> LinkChanged | None:
        if self.doubt:
            return self._change(t_ns, LinkState.UNCONFIRMED, self.doubt)
        return self._change(t_ns, LinkState.READY, READY_TEXT)

    def _speak(self, t_ns: int) -> LinkChanged | None:
        if self.doubt:
            return self._change(t_ns, LinkState.UNCONFIRMED, self.doubt)
        if self._probe_off:
            return self._change(t_ns, LinkState.PROBE_OFF, PROBE_OFF_TEXT)
        if self._state is LinkState.LIVE:
            return None
        return self._change(t_ns, LinkState.LIVE, "")

    def _change(self, t_ns: int, state: LinkState, detail: str) -> LinkChanged | None:
        if (state, detail) == (self._state, self._detail):
            return None
        self._state, self._detail = state, detail
        return LinkChanged(t_ns=t_ns, device=self._device, state=state, detail=detail)


def _foreign(last_room: str, room: str) -> str:
    if not last_room or last_room == room:
        return ""
    return f"This monitor was last used in {last_room}. Confirm that it is on this patient."


def _swapped(present: str, bound: str) -> str:
    if present == bound:
        return ""
    return (
        f"Another monitor is on this port: {present} instead of {bound}. "
        "Confirm that it is on this patient."
    )
