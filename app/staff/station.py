"""A staff station without its window: links, rooms, sound, receipts. No Qt.

A receipt is sent for an alarm once the window says that it was painted and, at a station with
sound, once a sound for it has started. Everything is called from one thread.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from app.sounding.pointers import interval_s
from app.staff.address import StaffAddress
from app.staff.messages import Accept, Answer, Calling, Occurrence, Received, Reject
from app.staff.room_link import LinkTold, RoomLink
from app.staff.rooms_shown import RoomShown, SoundKey, Wanted
from app.staff.station_link import StationLink
from protocols.events import Priority

BURST_S = 3.0
"""Longest a burst with its icon takes: until then nothing of the same or lower rank begins."""

SOUND_AGAIN_S = 1.0
"""How long after a failure a sound is tried again."""


class Sounds(Protocol):
    """What plays sounds (`app.sounding.player.Player`)."""

    @property
    def working(self) -> bool:
        """Whether an output takes samples."""
        ...

    @property
    def detail(self) -> str:
        """Why not, in a sentence."""
        ...

    def play(self, priority: Priority, icon: str = ..., urgency: int = ...) -> bool:
        """Play one burst; whether an output took it."""
        ...

    def stop(self) -> None:
        """Fall silent."""
        ...


class StationSound:
    """Keeps the most urgent wanted sound going, as often as the table of sounds says."""

    def __init__(self, sounds: Sounds | None) -> None:
        """Play on `sounds`; None: a station without sound, where nothing waits for it."""
        self._sounds = sounds
        self._started: set[SoundKey] = set()
        self._playing: Wanted | None = None
        self._ends_s = 0.0
        self._next_s: float | None = None

    def has_started(self, key: SoundKey) -> bool:
        """Whether a sound for `key`, or a more urgent one beside it, was played."""
        return self._sounds is None or key in self._started

    def tick(self, wanted: Sequence[Wanted], now_s: float) -> None:
        """Play what is due."""
        if self._sounds is None:
            return
        self._started &= {sound.key for sound in wanted}
        if not wanted:
            if self._playing is not None:
                self._sounds.stop()
            self._playing, self._next_s, self._ends_s = None, None, 0.0
            return
        top = max(wanted, key=lambda w: (w.priority.rank, w.urgency, w.key not in self._started))
        fresh = any(sound.key not in self._started for sound in wanted)
        louder = self._playing is None or top.priority.rank > self._playing.priority.rank
        repeats = self._next_s is not None and now_s >= self._next_s
        if louder or repeats or (fresh and now_s >= self._ends_s):
            self._play(top, wanted, now_s)

    def _play(self, top: Wanted, wanted: Sequence[Wanted], now_s: float) -> None:
        if self._sounds is None:
            return
        if not self._sounds.play(top.priority, top.icon, top.urgency):
            self._playing, self._ends_s, self._next_s = None, now_s + SOUND_AGAIN_S, None
            return
        self._started |= {sound.key for sound in wanted}
        self._playing, self._ends_s = top, now_s + BURST_S
        again_s = interval_s(top.priority, top.urgency)
        self._next_s = None if again_s is None else self._ends_s + again_s


class Station:
    """The rooms of one station.

    Attributes:
        name: of the station.
        rooms: what it shows, in the order in which the rooms were named.
    """

    def __init__(
        self,
        name: str,
        places: Sequence[tuple[StaffAddress, str]],
        secret: bytes,
        sounds: Sounds | None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare links to `places`: where each bedside listens, and its room's name or empty."""
        self.name = name
        self._now_s = now_s
        self._sounds = sounds
        self._sound = StationSound(sounds)
        self._drawn_s = now_s()
        instance = secrets.token_hex(32)
        self.rooms = [
            RoomShown(number=number, name=room or str(address), link_s=now_s())
            for number, (address, room) in enumerate(places)
        ]
        self._links = [
            StationLink(
                address,
                secret,
                name,
                instance=instance,
                room=room,
                display_silent_s=self._display_silent_s,
            )
            for address, room in places
        ]
        self._confirmed: list[set[Calling]] = [set() for _ in places]
        self._painted: list[set[Calling]] = [set() for _ in places]

    def start(self) -> None:
        """Begin to connect."""
        self._drawn_s = self._now_s()
        for link in self._links:
            link.start()

    def stop(self) -> None:
        """Take leave of every room."""
        for link in self._links:
            link.stop()

    def now_s(self) -> float:
        """The station's clock."""
        return self._now_s()

    def tick(self) -> None:
        """Take in what came, sound what is due, confirm what was painted and sounded."""
        now_s = self._now_s()
        for room, link in zip(self.rooms, self._links, strict=True):
            for item in link.take():
                if isinstance(item, LinkTold):
                    self._confirmed[room.number].clear()
                    self._painted[room.number].clear()
                room.take(item, now_s)
        self._sound.tick([sound for room in self.rooms for sound in room.wanted()], now_s)
        for room in self.rooms:
            self._confirm(room)

    def note_drawn(self) -> None:
        """The screen was drawn."""
        self._drawn_s = self._now_s()

    def note_painted(self, number: int, callings: Iterable[Calling]) -> None:
        """Those calls about alarms of the room `number` were painted on the screen."""
        self._painted[number].update(callings)

    def accept(self, number: int, occurrence: Occurrence, by: str) -> None:
        """`by` goes to the patient; shown once the bedside says so."""
        alarm, raised_ns = occurrence
        self._send(number, Accept(alarm=alarm, raised_ns=raised_ns, by=by))

    def reject(self, number: int, occurrence: Occurrence, by: str) -> None:
        """`by` cannot go to the patient."""
        alarm, raised_ns = occurrence
        self._send(number, Reject(alarm=alarm, raised_ns=raised_ns, by=by))
        self.rooms[number].refuse(occurrence, by)

    def understand(self, number: int) -> None:
        """Somebody saw that something is wrong with the room's link: it sounds no longer."""
        self.rooms[number].understood = True

    @property
    def sound_trouble(self) -> str:
        """Why nothing sounds here, in a sentence; empty where it does."""
        if self._sounds is None:
            return "This station has no sound: alarms are only seen here."
        if self._sounds.working:
            return ""
        detail = self._sounds.detail or "The sound output is being opened."
        return f"{detail} Calls are not confirmed: the bedside sounds."

    def _display_silent_s(self) -> float:
        return self._now_s() - self._drawn_s

    def _send(self, number: int, answer: Answer) -> None:
        self._links[number].send(answer)

    def _confirm(self, room: RoomShown) -> None:
        if room.link is not RoomLink.LIVE:
            return
        confirmed, painted = self._confirmed[room.number], self._painted[room.number]
        shown_now = {shown.told.calling for shown in room.alarms}
        confirmed &= shown_now
        painted &= shown_now
        for shown in room.alarms:
            told = shown.told
            calling = told.calling
            if not told.call or calling in confirmed or calling not in painted:
                continue
            if shown.is_open and not self._sound.has_started((room.number, *calling)):
                continue
            confirmed.add(calling)
            alarm, raised_ns, call = calling
            self._send(room.number, Received(alarm=alarm, raised_ns=raised_ns, call=call))
