"""The events of a session by number, and those of them that people may correct.

The number of an event is its place in the record, from 1, inputs and outputs alike. What belongs
together is one entry: the pressures of one determination, an event and the score that it gave, a
side effect with all its changes. A correction, and the reading that it puts in place, stand for the
entry that they correct.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from protocols.events.amendments import AddendumAdded, EntryCorrected
from protocols.events.assessments import ScaleRecorded
from protocols.events.care import ChecklistChanged, EffectChanged, IntegrationPlanned
from protocols.events.outputs import (
    ObservationRecorded,
    PatientRecorded,
    Reading,
    WeightRecorded,
)
from protocols.events.terms import Event
from protocols.guardrails import plain_text
from protocols.vitals import PRESSURES, VITALS, Quality, Vital

CORRECTS = "corrects entry "
"""How the note of a reading begins that a correction puts in place of another."""

WITHDRAWS = "withdraws entry "
"""How the note of a reading without a value begins that takes another away."""

LATE = "late entry"
"""Note of a reading that was added late."""


def is_correction(reading: Reading) -> bool:
    """Whether `reading` stands in place of another of the same time and source."""
    return reading.quality is Quality.WITHDRAWN or reading.note.startswith(CORRECTS)


def is_no_observation(reading: Reading) -> bool:
    """Whether `reading` was entered afterwards, so that it observes nothing at its own time."""
    return is_correction(reading) or reading.note == LATE


def same_place(one: Reading, other: Reading) -> bool:
    """Whether two readings say something of the same vital, time and source."""
    return (one.vital, one.measured_ns, one.source, one.manual) == (
        other.vital,
        other.measured_ns,
        other.source,
        other.manual,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEntry:
    """What a person or a monitor entered, as one thing.

    Attributes:
        seq: number of its first event; `also` those of its further events.
        event: its first event; of a side effect the newest.
        readings: its values as they were entered, if it has any.
        standing: its values as they stand, after corrections; none where it was withdrawn.
        correction, correction_seq: the correction in force and its number, or None and 0.
    """

    seq: int
    event: Event
    also: tuple[int, ...] = ()
    readings: tuple[Reading, ...] = ()
    standing: tuple[Reading, ...] = ()
    correction: EntryCorrected | None = None
    correction_seq: int = 0

    @property
    def by_monitor(self) -> bool:
        """Whether a monitor gave it: its values can be withdrawn, never replaced."""
        return isinstance(self.event, Reading) and not self.event.manual

    @property
    def withdrawn(self) -> bool:
        """Whether the correction in force took it away."""
        return self.correction is not None and self.correction.withdrawn

    @property
    def by(self) -> str:
        """Who entered it; the slot of a monitor."""
        event: Any = self.event
        if isinstance(event, Reading):
            return event.source
        return str(event.entry.by if hasattr(event, "entry") else event.by)

    @property
    def subject(self) -> str:
        """What it is about, by its name in the record; empty where it has none."""
        return subject_of(self.event)

    @property
    def words(self) -> str:
        """What it said, in a line."""
        if self.readings and isinstance(self.event, Reading):
            return values_words(self.readings)
        return event_words(self.event)

    @property
    def standing_words(self) -> str:
        """What stands now, in a line."""
        if self.correction is None:
            return self.words
        return correction_words(self.correction)


def subject_of(event: Event) -> str:
    """What a correctable event is about: a vital, a side effect, a scale, a checklist's item."""
    match event:
        case Reading():
            return event.vital.value
        case EffectChanged():
            return event.effect
        case ScaleRecorded():
            return event.scale
        case ChecklistChanged():
            return f"{event.checklist}/{event.item}"
        case _:
            return ""


def correction_words(correction: EntryCorrected) -> str:
    """What a correction says is right."""
    if correction.withdrawn:
        return "withdrawn"
    values = ", ".join(_value_words(one.vital, one.value) for one in correction.values)
    return ": ".join(part for part in (values, correction.text) if part)


def values_words(readings: tuple[Reading, ...]) -> str:
    """Values measured together: ``BP 128/82 (97) mmHg, RR 16 /min``."""
    values = {one.vital: one.value for one in readings}
    parts = []
    sbp, dbp, mean = (values.get(vital) for vital in PRESSURES)
    if sbp is not None and dbp is not None:
        middle = "" if mean is None else f" ({mean:.0f})"
        parts.append(f"BP {sbp:.0f}/{dbp:.0f}{middle} mmHg")
    else:
        parts += [_value_words(v, values[v]) for v in PRESSURES if values.get(v) is not None]
    parts += [_value_words(v, value) for v, value in values.items() if v not in PRESSURES]
    return ", ".join(parts)


def _value_words(vital: Vital, value: float | None) -> str:
    spec = VITALS[vital]
    return f"{spec.label} {spec.format(value)} {spec.unit_text}".rstrip()


def event_words(event: Event) -> str:
    """What a correctable event says, in a line."""
    match event:
        case Reading():
            return _value_words(event.vital, event.value)
        case ObservationRecorded():
            severity = "" if event.severity is None else f" {event.severity}/10"
            text = f": {event.text}" if event.text and event.text != event.label else ""
            purpose = f" ({event.purpose})" if event.purpose else ""
            return f"{event.label}{severity}{text}{purpose}"
        case EffectChanged():
            told = f", {event.text}" if event.text else ""
            return f"{event.label}, {event.severity}, drug {event.action}{told}"
        case ScaleRecorded():
            total = event.skipped or event.band if event.total is None else str(event.total)
            return f"{event.name} {total}".rstrip()
        case ChecklistChanged():
            return f"{event.label} {event.answer}{f' ({event.text})' if event.text else ''}"
        case IntegrationPlanned():
            return f"integration {event.on}, {event.minutes} min, {event.modality}"
        case PatientRecorded():
            who = event.entry
            return f"{who.family_name.upper()}, {who.given_name}, MRN {who.mrn}, {who.birth_date}"
        case WeightRecorded():
            return f"weight {plain_text(event.entry.weight_kg)} kg"
        case AddendumAdded():
            values = ", ".join(_value_words(one.vital, one.value) for one in event.values)
            return ": ".join(part for part in ("addendum", values, event.text) if part)
        case _:
            return ""


_PLAIN: tuple[type[Event], ...] = (
    ObservationRecorded,
    ScaleRecorded,
    ChecklistChanged,
    IntegrationPlanned,
    PatientRecorded,
    WeightRecorded,
    AddendumAdded,
)
"""Kinds of event that are an entry each."""


class RecordEntries:
    """Counts the events of a session in the order of the record and keeps the correctable ones."""

    def __init__(self, *, streams: bool = True) -> None:
        """Begin before the first event; without `streams` no single value of a stream is kept."""
        self.count = 0
        self._keeps_streams = streams
        self._entries: dict[int, RecordEntry] = {}
        self._alias: dict[int, int] = {}
        self._effects: dict[str, int] = {}
        self._streams = _Streams()
        self._last = 0
        self._takers: dict[type[Event], Callable[[Any], None]] = {
            Reading: self._take_reading,
            EffectChanged: self._take_effect,
            EntryCorrected: self._take_correction,
            **dict.fromkeys(_PLAIN, self._take_plain),
        }

    def note(self, event: Event) -> int:
        """Take the next event of the record; gives its number."""
        self.count += 1
        take = self._takers.get(type(event))
        if take is not None:
            take(event)
        return self.count

    def skip_to(self, count: int) -> None:
        """So many events of the record came by now, whatever was not handed over."""
        self.count = count

    def find(self, seq: int) -> RecordEntry | None:
        """The entry that the event of that number belongs to; None where it cannot be corrected."""
        first = self._alias.get(seq, seq)
        kept = self._entries.get(first)
        return self._streams.find(seq) if kept is None else kept

    def has_later(self, entry: RecordEntry, reading: Reading) -> bool:
        """Whether an entry after `entry` says something of `reading`'s vital, time and source."""
        return any(
            same_place(one, reading)
            for other in self._entries.values()
            if other.seq > entry.seq and not other.withdrawn
            for one in other.readings
        )

    def all(self) -> Iterator[RecordEntry]:
        """Every entry but single values of streams, oldest first."""
        return iter(sorted(self._entries.values(), key=lambda entry: entry.seq))

    # -- taking events --------------------------------------------------------------------------

    def _put(self, entry: RecordEntry) -> None:
        self._entries[entry.seq] = entry
        for seq in entry.also:
            self._alias[seq] = entry.seq

    def _take_plain(self, event: Event) -> None:
        self._last = self.count
        self._put(RecordEntry(seq=self.count, event=event))

    def _take_effect(self, event: EffectChanged) -> None:
        first = self._effects.setdefault(event.effect, self.count)
        known = self._entries.get(first)
        if known is None:
            self._put(RecordEntry(seq=first, event=event))
        else:
            self._put(replace(known, event=event, also=(*known.also, self.count)))

    def _take_reading(self, event: Reading) -> None:
        single = not event.manual and event.vital not in PRESSURES
        if single and event.quality is not Quality.WITHDRAWN:  # nearly all of them
            if self._keeps_streams and event.value is not None:
                self._streams.add(self.count, event)
            return
        if is_correction(event):
            self._stand(event)
            return
        if event.value is None:
            return
        last = self._entries.get(self._last)
        if last is not None and self._belongs(last, event):
            self._put(
                replace(
                    last,
                    also=(*last.also, self.count),
                    readings=(*last.readings, event),
                    standing=(*last.standing, event),
                )
            )
            return
        self._last = self.count
        self._put(RecordEntry(seq=self.count, event=event, readings=(event,), standing=(event,)))

    def _belongs(self, last: RecordEntry, event: Reading) -> bool:
        """Whether `event` is part of the entry before: a pressure, a score, a late reading."""
        first = last.event
        if isinstance(first, AddendumAdded):
            return event.note == LATE and (first.t_ns, first.by) == (event.t_ns, event.source)
        if isinstance(first, Reading):
            return (
                event.vital in PRESSURES
                and all(one.vital in PRESSURES for one in last.readings)
                and all(one.vital is not event.vital for one in last.readings)
                and (first.t_ns, first.measured_ns, first.source, first.manual)
                == (event.t_ns, event.measured_ns, event.source, event.manual)
            )
        return (
            isinstance(first, ObservationRecorded)
            and self.count == last.seq + 1
            and event.manual
            and (first.t_ns, first.by, first.severity) == (event.t_ns, event.source, event.value)
        )

    def _stand(self, event: Reading) -> None:
        """A correction's reading: it stands in place of one of its entry's."""
        seq = _named_seq(event.note)
        entry = None if seq is None else self.find(seq)
        if entry is None:
            return
        self._alias[self.count] = entry.seq
        left = tuple(one for one in entry.standing if one.vital is not event.vital)
        new = () if event.value is None else (event,)
        self._put(replace(entry, standing=(*left, *new)))

    def _take_correction(self, event: EntryCorrected) -> None:
        entry = self.find(event.target_seq)
        if entry is None:
            return
        self._alias[self.count] = entry.seq
        self._put(replace(entry, correction=event, correction_seq=self.count))


def _named_seq(note: str) -> int | None:
    """The number of the entry that the note of a correction's reading names."""
    for start in (CORRECTS, WITHDRAWS):
        digits = note.removeprefix(start).split(";")[0]
        if note.startswith(start) and digits.isdecimal():
            return int(digits)
    return None


class _Streams:
    """Numbers, times and values of what monitors stream, in flat arrays: there are many."""

    def __init__(self) -> None:
        self._seqs = array("q")
        self._times = array("q")
        self._known = array("q")
        self._values = array("d")
        self._kinds = array("h")
        self._names: dict[tuple[Vital, str, bool], int] = {}
        self._by_number: list[tuple[Vital, str, bool]] = []

    def add(self, seq: int, event: Reading) -> None:
        key = (event.vital, event.source, event.spot)
        kind = self._names.get(key)
        if kind is None:
            kind = self._names[key] = len(self._by_number)
            self._by_number.append(key)
        self._seqs.append(seq)
        self._times.append(event.measured_ns)
        self._known.append(event.t_ns)
        self._values.append(event.value or 0.0)
        self._kinds.append(kind)

    def find(self, seq: int) -> RecordEntry | None:
        at = bisect_left(self._seqs, seq)
        if at == len(self._seqs) or self._seqs[at] != seq:
            return None
        vital, source, spot = self._by_number[self._kinds[at]]
        reading = Reading(
            t_ns=self._known[at],
            vital=vital,
            value=self._values[at],
            quality=Quality.GOOD,
            source=source,
            measured_ns=self._times[at],
            spot=spot,
        )
        return RecordEntry(seq=seq, event=reading, readings=(reading,), standing=(reading,))
