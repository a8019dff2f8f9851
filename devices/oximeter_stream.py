"""Parsers of oximeters that stream short frames without a checksum: lock, resync, readings. Pure.

Frames are found and compared by the run, not one by one: a pattern finds how far good frames
reach, and readings are made only where what they say changes, or once a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from devices.driver import Counts, Measurement, ParserItem, Samples
from devices.framing import Account
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

GROUP_LIMIT = 64
"""Longest stretch without the start of a frame that is refused in one piece, in bytes."""

UNLOCK_GROUPS = 5
"""So many stretches in a row that are no frames end the lock."""

STEADY_FRAMES = 3
"""Frames in a row that must say the same before a live value is believed: 30 to 50 ms."""

Said = tuple[Vital, float | None, Quality, str]
"""Vital, value, quality and note of one reading."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the status and the numbers of one frame say.

    `is_usable` is False while the monitor says that there is no pulse to measure.
    """

    values: tuple[Said, ...]
    is_usable: bool


def say(vital: Vital, raw: int, missing: Iterable[int], note: str = "", scale: int = 1) -> Said:
    """The reading of the number `raw` on the wire, which is `scale` times the value."""
    spec = VITALS[vital]
    value = raw / scale
    if raw in missing:
        return vital, None, Quality.MISSING, ", ".join(filter(None, ("no value", note)))
    if not spec.is_plausible(value):
        said = f"{value:g} {spec.unit_text} is not plausible"
        return vital, None, Quality.IMPLAUSIBLE, said
    return vital, value, Quality.GOOD, note


def no_values(vitals: Iterable[Vital], quality: Quality, note: str) -> Reading:
    """All `vitals` without a value for the one reason."""
    return Reading(tuple((vital, None, quality, note) for vital in vitals), False)


class FrameFormat:
    """One format of frames, as byte patterns (regular expressions) and functions.

    A frame counts only when what follows it may start another one: a doubled byte would otherwise
    shift values to the wrong place.
    """

    def __init__(
        self,
        *,
        name: str,
        size: int,
        starts: bytes,
        frame: bytes,
        trusted: bytes,
        lock_frames: int,
        frames_per_s: int,
        full_scale: int,
        key_size: int,
        keys: Callable[[bytes], bytes],
        wave: Callable[[bytes], bytes],
        read: Callable[[bytes], Reading],
        also_locks: bytes = rb"(?!)",
        control: bytes = rb"(?!)",
        read_control: Callable[[bytes], tuple[Reading | None, str]] = lambda package: (None, ""),
    ) -> None:
        """Describe the format.

        Args:
            name: name for `OximeterParser.format_name`.
            size: bytes of a frame.
            starts: class of bytes with which frames start, and no frame continues.
            frame: pattern of a well-formed frame.
            trusted: pattern of a frame that also has plausible content.
            lock_frames: trusted frames in a row that begin the trust in a stream.
            frames_per_s: nominal rate.
            full_scale: largest count of the pulse wave.
            key_size: bytes that `keys` gives for each frame.
            keys: of whole frames, for each frame the bits that its reading depends on.
            wave: of whole frames, the samples of the pulse wave.
            read: the reading of one key.
            also_locks: pattern of as many frames in a row that begin the trust in another way.
            control: pattern of packages of fixed length that carry no live values.
            read_control: what such a package says: values that end by it, and words of refusal.
        """
        self.name = name
        self.size = size
        self.lock_size = size * lock_frames
        self.frames_per_s = frames_per_s
        self.full_scale = full_scale
        self.interval_ns = NS_PER_S // frames_per_s
        self.key_size = key_size
        self.keys = keys
        self.wave = wave
        self.read = read
        self.read_control = read_control
        self.start = re.compile(b"[" + starts + b"]")
        self.run = re.compile(b"(?:" + frame + b")++")
        self.control = re.compile(control)
        self.whole = re.compile(b"(?:" + frame + b"|" + control + b")++")
        self.lock = re.compile(
            b"(?:(?:%b){%d}|%b)(?=[%b])" % (trusted, lock_frames, also_locks, starts)
        )
        self.key_runs = re.compile(rb"(?s)(.{%d})\1*+" % key_size)


class OximeterParser:
    """Parser of a stream in whichever of its formats locks first."""

    def __init__(self, formats: tuple[FrameFormat, ...], *, steady_frames: int = 1) -> None:
        """Look for `formats`; give a value once `steady_frames` frames in a row say it.

        With 1 every frame is taken at its word, as a capture should be. That there is no value is
        always given at once.
        """
        self._formats = formats
        self._steady = steady_frames
        self._keep = max(each.lock_size for each in formats)
        self._account = Account()
        self._pending = b""
        self._format: FrameFormat | None = None
        self._last_format = formats[0]
        self._is_untouched = True
        self._bad_groups = 0
        self._given: Reading | None = None
        self._since = 0
        self._waiting: Reading | None = None
        self._streak = 0
        self._samples = bytearray()
        self._samples_end = 0
        self._is_usable = True

    @property
    def format_name(self) -> str:
        """Name of the format that is locked, or empty."""
        return self._format.name if self._format else ""

    @property
    def bytes_per_s(self) -> float | None:
        """Nominal speed of the stream in the format found last."""
        return self._last_format.size * self._last_format.frames_per_s

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._account.counts(len(self._pending))

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        buffer = self._pending + data if self._pending else bytes(data)
        at = 0
        while True:
            if self._format is None:
                at = self._search(buffer, at)
                if self._format is None:
                    break
            after = self._follow(self._format, buffer, at, items)
            if after == at:
                break
            at = after
        self._flush_samples(items)
        self._pending = buffer[at:]
        return items

    def finish(self) -> list[ParserItem]:
        """Believe a last whole frame, and a short capture that is whole frames from end to end."""
        items: list[ParserItem] = []
        rest, self._pending = self._pending, b""
        formats = self._formats if self._is_untouched else ()
        for each in (self._format,) if self._format else formats:
            if each.whole.fullmatch(rest):
                self._format = self._last_format = each
                self._take_whole(each, rest, items)
                rest = b""
        self._pending = rest
        self.forget()
        return items

    def forget(self) -> None:
        """Pass over what was kept; the next connection must earn its own trust."""
        self._account.skip(len(self._pending))
        self._pending = b""
        self._format = None
        self._is_untouched = True
        self._bad_groups = 0
        self._given = self._waiting = None
        self._since = self._streak = 0

    def _search(self, buffer: bytes, at: int) -> int:
        """Where from `at` on a format locks, or from where on one still may."""
        found = [
            (match.end(), match.start(), each)
            for each in self._formats
            if (match := each.lock.search(buffer, at))
        ]
        if found:
            _, start, self._format = min(found, key=lambda lock: lock[0])
            self._last_format = self._format
            self._bad_groups = 0
            self._is_untouched = False
        else:
            start = max(at, len(buffer) - self._keep)
            self._is_untouched = self._is_untouched and start == 0
        self._account.skip(start - at)
        return start

    def _follow(self, form: FrameFormat, buffer: bytes, at: int, items: list[ParserItem]) -> int:
        """Decide what stands at `at`; where the undecided begins, `at` itself to wait for more."""
        run = form.run.match(buffer, at)
        if run:
            end = run.end()
            if not form.start.match(buffer, end):
                end -= form.size
            if end > at:
                self._bad_groups = 0
                self._take(form, buffer[at:end], items)
                return end
        control = form.control.match(buffer, at)
        if control:
            self._take_control(form, control[0], items)
            return control.end()
        start = form.start.search(buffer, at + 1, at + 1 + GROUP_LIMIT)
        if start is None and len(buffer) - at <= GROUP_LIMIT:
            return at
        end = start.start() if start else at + GROUP_LIMIT
        self._flush_samples(items)
        size = end - at
        reason = "frame cut short" if size < form.size else "no frame, or bytes too many"
        items.append(self._account.reject(reason, buffer[at:end]))
        self._waiting = None
        self._bad_groups += 1
        if self._bad_groups >= UNLOCK_GROUPS:
            self._format = None
        return end

    def _take_whole(self, form: FrameFormat, rest: bytes, items: list[ParserItem]) -> None:
        """Take all of `rest`, which is frames and packages from end to end."""
        at = 0
        while at < len(rest):
            run = form.run.match(rest, at)
            if run:
                self._take(form, run[0], items)
                at = run.end()
            else:
                control = form.control.match(rest, at)
                package = control[0] if control else rest[at:]
                self._take_control(form, package, items)
                at += len(package)
        self._flush_samples(items)

    def _take_control(self, form: FrameFormat, package: bytes, items: list[ParserItem]) -> None:
        self._account.accept(1, len(package))
        reading, refusal = form.read_control(package)
        if reading:
            self._flush_samples(items)
            self._given, self._waiting = reading, None
            self._since = 0
            self._give(reading, self._account.decided_bytes, items)
        if refusal:
            items.append(self._account.reject(refusal, b""))

    def _take(self, form: FrameFormat, run: bytes, items: list[ParserItem]) -> None:
        """Accept the whole frames of `run`."""
        size, width, read = form.size, form.key_size, form.read
        origin = self._account.decided_bytes
        self._account.accept(len(run) // size, len(run))
        wave = form.wave(run)
        for same in form.key_runs.finditer(form.keys(run)):
            begin, end = same.start() // width, same.end() // width
            reading = read(same[1])
            if reading.is_usable is not self._is_usable:
                self._flush_samples(items)
                self._is_usable = reading.is_usable
            self._samples += wave[begin:end]
            self._samples_end = origin + end * size
            due = self._due(reading, end - begin, form.frames_per_s, items)
            while due <= end - begin:
                self._give(reading, origin + (begin + due) * size, items)
                self._since = end - begin - due
                due += form.frames_per_s

    def _due(self, reading: Reading, frames: int, period: int, items: list[ParserItem]) -> int:
        """Which of `frames` frames, from 1, gives `reading`; more than `frames` if none does."""
        since = self._since
        self._since += frames
        if reading == self._given:
            self._refuse_waiting(items)
            return max(1, period - since)
        if reading != self._waiting:
            self._refuse_waiting(items)
            self._waiting = reading
            self._streak = 0
        needed = self._steady if reading.is_usable else 1
        due = max(1, needed - self._streak)
        self._streak += frames
        if due <= frames:
            self._given, self._waiting = reading, None
        return due

    def _refuse_waiting(self, items: list[ParserItem]) -> None:
        if self._waiting is not None:
            self._waiting = None
            reason = f"values that fewer than {self._steady} frames in a row said"
            items.append(self._account.reject(reason, b""))

    def _give(self, reading: Reading, end_byte: int, items: list[ParserItem]) -> None:
        for vital, value, quality, note in reading.values:
            items.append(
                Measurement(vital=vital, value=value, quality=quality, note=note, end_byte=end_byte)
            )

    def _flush_samples(self, items: list[ParserItem]) -> None:
        if self._samples:
            items.append(
                Samples(
                    vital=Vital.PLETH,
                    interval_ns=self._last_format.interval_ns,
                    full_scale=self._last_format.full_scale,
                    values=tuple(self._samples),
                    usable=self._is_usable,
                    end_byte=self._samples_end,
                )
            )
            self._samples.clear()
