"""What a staff station shows of its rooms, folded from what their bedsides tell. Pure.

Times are of the station's own monotonic clock. An alarm of a room whose link is lost is shown no
longer: nobody knows whether it is still so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.staff.messages import (
    AlarmGone,
    AlarmTold,
    Message,
    Note,
    Occurrence,
    SessionTold,
    Whole,
)
from app.staff.room_link import LinkTold, RoomLink
from protocols.events import AlarmState, Priority, StaffCall

EQUIPMENT = "equipment"
"""Icon of the station's own alarms."""

NOTE_S = 20.0
"""How long a sentence from the bedside stays."""

_OPEN = (StaffCall.CALLED, StaffCall.RECEIVED, StaffCall.UNREACHED)


SoundKey = tuple[int, str, int, int]
"""What a sound is for: the room's number, then what happened there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A sound that is wanted: what for, and which."""

    key: SoundKey
    priority: Priority
    icon: str
    urgency: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmShown:
    """One alarm as it was told at `told_s`, and what was answered here."""

    told: AlarmTold
    told_s: float
    speed: float
    refused_by: str = ""

    def age_s(self, now_s: float) -> float:
        """Since when its condition is true, session seconds."""
        return self.told.age_s + (now_s - self.told_s) * self.speed

    def sounds_in_s(self, now_s: float) -> float | None:
        """After how many seconds the bedside sounds if nothing more is done; None: no such time."""
        left_s = self.told.sounds_in_s
        return None if left_s is None else max(0.0, left_s / self.speed - (now_s - self.told_s))

    @property
    def is_open(self) -> bool:
        """Whether staff are called and nobody goes yet."""
        return self.told.staff in _OPEN and self.told.state.is_heard

    @property
    def is_answered(self) -> bool:
        """Whether somebody goes, or acknowledged it at the bedside."""
        return self.told.staff is StaffCall.ACCEPTED or self.told.state is AlarmState.ACKED


@dataclass(slots=True)
class RoomShown:
    """One room.

    Attributes:
        number: place of the room at this station.
        name: as the bedside calls itself, else as it was asked for, else its address.
        link, why: the link, with a sentence where it is not live; `link_s` since when.
        seen_live: it was live since the program started.
        session: the last word on the session, or None before there is one.
        was_running, lost_alarms: what was known when the link was lost.
        left: what was wrong when the bedside program was closed, or empty.
        understood: a person here has seen that the link is lost, or that there is trouble.
        note, note_s: a sentence from the bedside for `note_by`, and when it came.
    """

    number: int
    name: str
    link: RoomLink = RoomLink.CONNECTING
    why: str = ""
    link_s: float = 0.0
    seen_live: bool = False
    session: SessionTold | None = None
    understood: bool = False
    was_running: bool = False
    left: str = ""
    lost_alarms: int = 0
    note: str = ""
    note_by: str = ""
    note_s: float = 0.0
    _alarms: dict[Occurrence, AlarmShown] = field(default_factory=dict)
    _coming: dict[Occurrence, AlarmShown] | None = None

    def take(self, item: LinkTold | Message, now_s: float) -> None:
        """Follow one thing that was told."""
        if isinstance(item, LinkTold):
            self._take_link(item, now_s)
        elif isinstance(item, SessionTold):
            if self.session is None or item.trouble != self.session.trouble:
                self.understood = False
            self.session = item
            self._coming = {}
        elif isinstance(item, AlarmTold):
            self._take_alarm(item, now_s)
        elif isinstance(item, AlarmGone):
            self._alarms.pop((item.alarm, item.raised_ns), None)
        elif isinstance(item, Whole) and self._coming is not None:
            self._alarms, self._coming = self._coming, None
        elif isinstance(item, Note):
            self.note, self.note_by, self.note_s = item.text, item.by, now_s

    def _take_link(self, told: LinkTold, now_s: float) -> None:
        left = self.left
        if told.link is RoomLink.CLOSED and self.session is not None:
            left = self.session.trouble
        if told.link is not self.link:
            self.link_s = now_s
            self.understood = self.understood and bool(left)
        self.left = "" if told.link is RoomLink.LIVE else left
        if told.link is not RoomLink.LIVE and self.link is RoomLink.LIVE:
            self.was_running = self.session is not None and self.session.running
            self.lost_alarms = len(self._alarms)
        self.link, self.why = told.link, told.why
        if told.link is RoomLink.LIVE:
            self.name, self.seen_live = told.room, True
            return
        self._alarms, self._coming, self.session, self.note = {}, None, None, ""

    def _take_alarm(self, told: AlarmTold, now_s: float) -> None:
        place = self._alarms if self._coming is None else self._coming
        known = self._alarms.get(told.occurrence)
        place[told.occurrence] = AlarmShown(
            told=told,
            told_s=now_s,
            speed=1.0 if self.session is None else self.session.speed,
            refused_by="" if known is None or known.told.call != told.call else known.refused_by,
        )

    def refuse(self, occurrence: Occurrence, by: str) -> None:
        """Somebody here cannot go: it sounds here no longer."""
        known = self._alarms.get(occurrence)
        if known is not None:
            self._alarms[occurrence] = AlarmShown(
                told=known.told, told_s=known.told_s, speed=known.speed, refused_by=by
            )

    @property
    def alarms(self) -> tuple[AlarmShown, ...]:
        """What is shown: calls that nobody answered first, then by priority, then the oldest."""
        return tuple(
            sorted(
                self._alarms.values(),
                key=lambda a: (
                    a.is_answered,
                    a.told.staff is StaffCall.NONE,
                    -a.told.priority.rank,
                    -a.told.urgency,
                    a.told.raised_ns,
                    a.told.alarm,
                ),
            )
        )

    def alarm(self, occurrence: Occurrence) -> AlarmShown | None:
        """That occurrence, or None when it is shown no longer."""
        return self._alarms.get(occurrence)

    @property
    def title(self) -> str:
        """The room of the session, where there is one."""
        return self.name if self.session is None else self.session.room or self.name

    @property
    def trouble(self) -> str:
        """What is wrong with the room's link or program, in a sentence; empty: nothing."""
        if self.link is RoomLink.LOST:
            count = self.lost_alarms
            shown = "1 alarm was shown. " if count == 1 else f"{count} alarms were shown. "
            go = "Go to the room. " if self.was_running else ""
            return f"Link lost. {shown if count else ''}{go}{self.why}"
        if self.link in (RoomLink.REFUSED, RoomLink.FOREIGN):
            return self.why
        if self.link is RoomLink.CLOSED:
            return self.left
        return "" if self.session is None else self.session.trouble

    def note_at(self, now_s: float) -> str:
        """The sentence from the bedside, while it is news."""
        return self.note if self.note and now_s - self.note_s < NOTE_S else ""

    def wanted(self) -> list[Wanted]:
        """The sounds that are wanted for this room."""
        sounds = [
            Wanted(
                key=(self.number, *shown.told.calling),
                priority=shown.told.priority,
                icon=shown.told.icon,
                urgency=shown.told.urgency,
            )
            for shown in self._alarms.values()
            if shown.is_open and not shown.refused_by
        ]
        if self.trouble and not self.understood:
            sounds.append(
                Wanted(
                    key=(self.number, self.trouble, round(self.link_s * 1000), 0),
                    priority=self._trouble_priority(),
                    icon=EQUIPMENT,
                )
            )
        return sounds

    def _trouble_priority(self) -> Priority:
        """A room in which nothing runs is no hurry."""
        if self.link in (RoomLink.LIVE, RoomLink.CLOSED):
            return Priority.HIGH
        return Priority.MEDIUM if self.was_running else Priority.LOW
