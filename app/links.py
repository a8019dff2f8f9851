"""The state of one monitor's link, worked out from the port's word and from what was decoded. Pure.

The reader knows whether the port is open; only decoded items prove that the right monitor speaks. A
streaming monitor that gives nothing for its quiet limit is silent, whatever bytes arrive.
"""

from __future__ import annotations

from protocols.events import LinkChanged, LinkReported, LinkState

WAITING_TEXT = "Port open. Waiting for the monitor: switch it on and check its cable."
READY_TEXT = "Port open. This monitor speaks only when a blood pressure is taken."
NOT_UNDERSTOOD_TEXT = "Bytes arrive, but not in this monitor's format. Check model and format."


class Link:
    """Follows one slot; every method gives the `LinkChanged` to record, or None."""

    def __init__(self, device: str, quiet_limit_ns: int | None) -> None:
        """A link not yet connected; `quiet_limit_ns` is None for a monitor that only answers."""
        self._device = device
        self._quiet_limit_ns = quiet_limit_ns
        self._state = LinkState.NOT_CONNECTED
        self._detail = ""
        self._last_item_ns: int | None = None
        self._opened_ns: int | None = None

    @property
    def state(self) -> LinkState:
        """The state as the tile shows it."""
        return self._state

    @property
    def is_open(self) -> bool:
        """Whether the port is open, so that bytes can be sent."""
        return self._state.is_open

    @property
    def next_deadline_ns(self) -> int | None:
        """When the link becomes silent unless something is decoded before."""
        if self._quiet_limit_ns is None:
            return None
        if self._state is LinkState.LIVE and self._last_item_ns is not None:
            return self._last_item_ns + self._quiet_limit_ns
        if self._state is LinkState.WAITING and self._opened_ns is not None:
            return self._opened_ns + self._quiet_limit_ns
        return None

    def report(self, event: LinkReported) -> LinkChanged | None:
        """The reader's word."""
        if event.state is LinkState.WAITING:
            self._opened_ns = event.t_ns
            if self._quiet_limit_ns is None:
                return self._change(event.t_ns, LinkState.READY, READY_TEXT)
            return self._change(event.t_ns, LinkState.WAITING, event.detail or WAITING_TEXT)
        return self._change(event.t_ns, event.state, event.detail)

    def heard(self, t_ns: int) -> LinkChanged | None:
        """Something was decoded at `t_ns`."""
        self._last_item_ns = t_ns
        return self._change(t_ns, LinkState.LIVE, "")

    def advance(self, t_ns: int, *, bytes_arrive: bool) -> LinkChanged | None:
        """The deadline `t_ns` was reached with nothing decoded."""
        detail = NOT_UNDERSTOOD_TEXT if bytes_arrive else WAITING_TEXT
        return self._change(t_ns, LinkState.SILENT, detail)

    def _change(self, t_ns: int, state: LinkState, detail: str) -> LinkChanged | None:
        if (state, detail) == (self._state, self._detail):
            return None
        self._state, self._detail = state, detail
        return LinkChanged(t_ns=t_ns, device=self._device, state=state, detail=detail)
