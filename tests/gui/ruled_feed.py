"""A session told so far, which goes on under the real rules with the rights of a record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.feed import Feed
from protocols.definition import parse_protocol
from protocols.events import Command, CommandRefused, Event, Input, SessionOpened
from protocols.limits import parse_limits
from protocols.people.rights_file import parse_rights
from protocols.session import Session
from protocols.vitals import NS_PER_S
from tests.gui.people_stories import RIGHTS_TEXT
from tests.gui.prepared_room import opening


class RuledFeed(Feed):
    """What windows hand over is stamped, judged and comes back as events; all of it is kept."""

    def __init__(
        self, opened: SessionOpened | None = None, *, rights_text: str = RIGHTS_TEXT
    ) -> None:
        super().__init__()
        opened = replace(opened or opening(), people_text=rights_text)
        self.clock_ns = NS_PER_S
        self.recorded: list[Event] = []
        self.beats = 0
        self._session = Session(
            parse_protocol(opened.protocol_text, "test"),
            parse_limits(opened.limits_text, "test"),
            None,
            parse_rights(rights_text, "test") if rights_text else None,
        )
        self.happen(opened)

    def now_ns(self) -> int:
        return self.clock_ns

    def submit(self, command: Command) -> None:
        self.happen(replace(command, t_ns=self.clock_ns))

    def tell(self, event: Input) -> None:
        self.happen(replace(event, t_ns=self.clock_ns))

    def heartbeat(self) -> None:
        self.beats += 1

    def happen(self, *events: Input) -> None:
        """Let `events` happen, as monitors and people make them."""
        for event in events:
            self._take([event, *self._session.handle(event)])
        self.advanced.emit()

    def pass_time(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.clock_ns += round(seconds * NS_PER_S)
        self._take(self._session.advance(self.clock_ns))
        self.advanced.emit()

    def _take(self, events: Iterable[Event]) -> None:
        known = list(events)
        self.recorded += known
        self.apply(known)

    def of_kind(self, *kinds: type[Event]) -> list[Event]:
        """What of these kinds was recorded, in order."""
        return [event for event in self.recorded if isinstance(event, kinds)]

    @property
    def refusals(self) -> list[str]:
        """Why commands were refused, in order."""
        return [event.reason for event in self.recorded if isinstance(event, CommandRefused)]
