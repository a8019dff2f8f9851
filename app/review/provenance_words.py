"""Where a value came from, in words: rows of a name and a text. What is not known is said so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.amended import corrected_words
from app.bedside.times import minutes_text
from app.latency_ledger import ms_text
from app.plots.bounds import limits_at
from app.records.catalogue import OpenedSession
from app.review.events_table import event_words
from app.review.rows import clock_text, span_text
from app.reviewing.provenance import Origin, RawBytes
from app.theme import PRIORITY_SIGNS
from protocols.events import (
    AlarmChanged,
    AlarmState,
    DeviceSlot,
    Event,
    FrameRejected,
    LinkReported,
    Reading,
    WaveReceived,
    kind_of,
)
from protocols.record_entries import LATE, is_correction
from protocols.vitals import NS_PER_S, VITALS, Vital

UNKNOWN = "not recorded"

Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """A card in words.

    Attributes:
        title: what it is of.
        rows: names and texts.
        raw: the bytes, or None where the event has none; `raw_words` says what they are.
    """

    title: str
    rows: tuple[Row, ...]
    raw: RawBytes | None = None
    raw_words: tuple[str, ...] = ()

    def as_text(self) -> str:
        """All of it as plain text, to copy."""
        lines = [self.title, *(f"{name}: {text}" for name, text in self.rows)]
        if self.raw is not None:
            lines += [*self.raw_words, *hex_lines(self.raw.data)]
        return "\n".join(lines) + "\n"


def hex_lines(data: bytes, width: int = 16) -> list[str]:
    """`data` as hexadecimal, `width` bytes a line, each line led by its place from 0."""
    return [f"{at:04x}  {data[at : at + width].hex(' ')}" for at in range(0, len(data), width)]


def provenance_of(opened: OpenedSession, origin: Origin) -> Provenance:
    """The card of one event of `opened`."""
    event = origin.event
    if isinstance(event, Reading):
        return _reading(opened, origin, event)
    if isinstance(event, AlarmChanged):
        rows = tuple(_alarm_rows(opened, origin.number, event))
        return Provenance(title=f"Alarm: {event.sentence}", rows=rows)
    if isinstance(event, FrameRejected):
        return _rejected(opened, origin, event)
    if isinstance(event, WaveReceived):
        return _wave(opened, origin, event)
    words = event_words(event)
    title = kind_of(event).replace("_", " ") if words is None else f"{words[0]}: {words[1]}"
    rows = (
        *_event_rows(opened, event),
        *_amended_rows(opened, origin.number),
        *_where(opened, origin),
    )
    return Provenance(title=title, rows=rows)


def moment_words(opened: OpenedSession, t_ns: int) -> str:
    """Local time, minute since the drug began where it did, and session time in seconds."""
    parts = [clock_text(opened, t_ns)]
    started = opened.state.infusion_started_ns
    if started is not None:
        sign = "−" if t_ns < started else ""
        parts.append(f"minute {sign}{minutes_text(abs(t_ns - started))}")
    parts.append(f"{t_ns / NS_PER_S:.3f} s of the session")
    return ", ".join(parts)


def _reading(opened: OpenedSession, origin: Origin, event: Reading) -> Provenance:
    spec = VITALS[event.vital]
    value = f"{spec.format(event.value)} {spec.unit_text}".strip()
    title = f"{spec.name[:1].upper()}{spec.name[1:]} {value if event.value is not None else 'none'}"
    by_person = event.manual or is_correction(event)
    rows: list[Row] = [
        ("Value", value if event.value is not None else f"none ({event.quality})"),
        ("Unit (UCUM)", spec.unit),
        ("Quality", str(event.quality)),
        ("Flags", ", ".join(_flags(event)) or "none"),
        ("Measured", moment_words(opened, event.measured_ns)),
        ("Entered" if by_person else "Received", _known(opened, event)),
        ("Note", event.note or "none"),
        *_amended_rows(opened, origin.number),
    ]
    if by_person:
        rows += [("Source", f"typed by {event.source}; no device and no bytes")]
        rows += _where(opened, origin)
        return Provenance(title=title, rows=tuple(rows))
    rows += _device_rows(opened, event.source, event.t_ns, origin.driver_title)
    rows += _where(opened, origin)
    for one in origin.rejected:
        rows.append(
            (
                "Refused before it",
                f"event {one.number}: {one.reason}, {one.data.hex(' ') or 'no bytes of its own'}",
            )
        )
    if not origin.rejected:
        rows.append(("Refused before it", "no frame since the reading before"))
    return Provenance(
        title=title, rows=tuple(rows), raw=origin.raw, raw_words=tuple(_raw_words(origin.raw))
    )


def _flags(event: Reading) -> Iterator[str]:
    if event.manual:
        yield "by hand"
    if event.spot:
        yield "single determination, no stream"
    if event.note == LATE:
        yield "late entry"
    if is_correction(event):
        yield "put in place by a correction"


def _known(opened: OpenedSession, event: Reading) -> str:
    late = event.t_ns - event.measured_ns
    after = f", {span_text(late)} after it was measured" if late >= NS_PER_S else ""
    return moment_words(opened, event.t_ns) + after


def _device_rows(opened: OpenedSession, device: str, t_ns: int, title: str) -> Iterator[Row]:
    slot = _slot(opened, device)
    yield ("Device slot", device)
    if slot is None:
        yield ("Driver", UNKNOWN)
    else:
        yield ("Driver", f"{slot.driver} ({title})" if title else f"{slot.driver} (unknown here)")
        yield ("Port as opened", slot.port or UNKNOWN)
        yield ("Unit", _identity(opened, slot, t_ns))
        yield ("Simulated", "yes" if slot.simulated else "no")
    program = "" if opened.state.opened is None else opened.state.opened.program
    yield ("Parser", f"of program {program or UNKNOWN}; a parser has no version of its own")


def _slot(opened: OpenedSession, device: str) -> DeviceSlot | None:
    slots = () if opened.state.opened is None else opened.state.opened.devices
    return next((slot for slot in slots if slot.device == device), None)


def _identity(opened: OpenedSession, slot: DeviceSlot, t_ns: int) -> str:
    """The unit found behind the port last before `t_ns`, else the one bound."""
    found = ""
    for event in opened.events:
        if isinstance(event, LinkReported) and event.device == slot.device and event.t_ns <= t_ns:
            found = event.identity or found
    if found and slot.identity and found != slot.identity:
        return f"{found} (bound: {slot.identity})"
    return found or slot.identity or f"{UNKNOWN}: the port tells no identity"


def _raw_words(raw: RawBytes) -> Iterator[str]:
    exact = "Proven: run again, the parser gives this very reading from them." if raw.exact else ""
    yield " ".join(part for part in (raw.words, exact) if part)
    for part in raw.parts:
        yield (
            f"Event {part.number}: bytes {part.first} to {part.last} of {part.size} of the chunk"
            f" received at {part.t_ns / NS_PER_S:.3f} s."
        )
    if raw.frame and raw.frame < len(raw.data):
        yield f"The frame that completed it: the last {raw.frame} bytes."


def _rejected(opened: OpenedSession, origin: Origin, event: FrameRejected) -> Provenance:
    rows = (
        ("Why", event.reason),
        ("Received", moment_words(opened, event.t_ns)),
        *_device_rows(opened, event.device, event.t_ns, origin.driver_title),
        *_where(opened, origin),
    )
    words = "The bytes that made no frame; no value came of them."
    if not event.data:
        words = "The bytes belong to frames that were good by themselves."
    return Provenance(
        title=f"Refused frame of {event.device}",
        rows=rows,
        raw=RawBytes(data=event.data, exact=False, words=words),
        raw_words=(words,),
    )


def _wave(opened: OpenedSession, origin: Origin, event: WaveReceived) -> Provenance:
    usable = "yes" if event.usable else "no: the monitor says that the signal is no pulse"
    counts = f"{min(event.values)} to {max(event.values)}" if event.values else "none"
    rows = (
        ("Samples", f"{len(event.values)}, counts {counts} of {event.full_scale}"),
        ("Usable", usable),
        ("Last sample received", moment_words(opened, event.t_ns)),
        ("Between samples", f"{event.interval_ns / 1e6:.3f} ms, nominal"),
        *_device_rows(opened, event.device, event.t_ns, origin.driver_title),
        *_where(opened, origin),
    )
    return Provenance(title=f"{VITALS[event.vital].label} of {event.device}", rows=rows)


def _alarm_rows(opened: OpenedSession, number: int, event: AlarmChanged) -> Iterator[Row]:
    sign = PRIORITY_SIGNS[event.priority]
    yield ("Priority", f"{sign.mark} {sign.word}, {'technical' if event.technical else 'patient'}")
    yield ("Condition since", moment_words(opened, event.since_ns))
    for changed, words in _history(opened, event):
        yield (words, moment_words(opened, changed.t_ns))
        if changed.by:
            yield ("By", f"{changed.by}{': ' + changed.action if changed.action else ''}")
    yield from _judged_rows(opened, event)
    yield ("What to do", event.next_step or UNKNOWN)
    yield from _speed_rows(opened, event)
    yield from _where_number(opened, number)


def _history(opened: OpenedSession, event: AlarmChanged) -> Iterator[tuple[AlarmChanged, str]]:
    """Every change of this occurrence, in order, with what it was."""
    names = {
        AlarmState.SOUNDING: "Raised",
        AlarmState.ACKED: "Acknowledged",
        AlarmState.LATCHED: "Over, held until seen",
        AlarmState.OFF: "Ended",
        AlarmState.HELD: "Held back",
    }
    for one in opened.history.listed:
        if not isinstance(one, AlarmChanged) or one.alarm != event.alarm:
            continue
        is_end = one.state is AlarmState.OFF and one.t_ns >= event.since_ns
        if one.state in names and (is_end or one.since_ns == event.since_ns):
            yield one, names[one.state]
        if is_end:
            return


def _judged_rows(opened: OpenedSession, event: AlarmChanged) -> Iterator[Row]:
    def said(value: float | None) -> str:
        if value is None:
            return "none"
        if event.vital is None:
            return f"{value:g}"
        spec = VITALS[event.vital]
        return f"{spec.format(value)} {spec.unit_text}".strip()

    if event.vital is not None:
        yield ("Judged on", VITALS[event.vital].name)
    yield (
        "Value, limit, baseline",
        f"{said(event.value)}, {said(event.limit)}, {said(event.baseline)}",
    )
    if event.vital is not None and (newest := _newest(opened, event.vital, event.t_ns)):
        yield ("Newest reading then", f"event {newest[0]}, known at {newest[1] / NS_PER_S:.3f} s")
    limits = limits_at(opened.state, event.t_ns / NS_PER_S)
    rule_id = event.alarm.partition("/")[0]
    rules = () if limits is None else limits.rules
    rule = next((one for one in rules if one.id == rule_id), None)
    yield (
        "Rule",
        f"{rule_id}: {rule.sentence()}" if rule else f"{rule_id}: {UNKNOWN} in the limits",
    )
    digest = "" if opened.state.opened is None else opened.state.opened.rules_digest
    yield ("Rules in force", f"SHA-256 {digest[:16]}…" if digest else UNKNOWN)


def _newest(opened: OpenedSession, vital: Vital, t_ns: int) -> tuple[int, int] | None:
    """Number and time of the newest reading of `vital` that was known at `t_ns`."""
    found: list[tuple[int, int]] = []
    stream = opened.streams.get(vital)
    if stream is not None:
        place = int(stream.t_ns.searchsorted(t_ns, side="right")) - 1
        if place >= 0:
            found.append((int(stream.t_ns[place]), int(stream.numbers[place])))
    for number, event in zip(opened.numbers, opened.events, strict=False):
        if isinstance(event, Reading) and event.vital is vital and event.t_ns <= t_ns:
            found.append((event.t_ns, number))
    if not found:
        return None
    known_ns, number = max(found)
    return number, known_ns


def _speed_rows(opened: OpenedSession, event: AlarmChanged) -> Iterator[Row]:
    for row in opened.history.latencies.rows:
        if row.alarm == event.alarm and row.since_ns == event.since_ns:
            if not row.timed or row.received_ns is None:
                break
            for name, at in (("decided", row.decided_ns), ("painted", row.painted_ns)):
                if at is not None:
                    yield (f"From bytes to {name}", ms_text(at - row.received_ns))
            return
    yield ("How fast", UNKNOWN)


def _event_rows(opened: OpenedSession, event: Event) -> Iterator[Row]:
    words = event_words(event)
    yield ("Recorded", moment_words(opened, event.t_ns))
    happened = getattr(event, "happened_ns", None)
    if happened is not None:
        yield ("Happened", moment_words(opened, happened))
    by = words[2] if words is not None and words[2] else getattr(event, "by", "")
    yield ("By", by or "the program's rules")
    yield ("Kind", kind_of(event))


def _amended_rows(opened: OpenedSession, number: int) -> Iterator[Row]:
    correction = opened.history.amended.of(number)
    if correction is not None:
        by_number = opened.history.amended.number_of(number)
        yield ("CORRECTED", f"{corrected_words(correction)}, event {by_number}")


def _where(opened: OpenedSession, origin: Origin) -> Iterator[Row]:
    yield from _where_number(opened, origin.number)


def _where_number(opened: OpenedSession, number: int) -> Iterator[Row]:
    whole = f" of {opened.count}" if opened.count else ""
    yield ("Event in the record", f"{number}{whole}, session {opened.line.session}")
