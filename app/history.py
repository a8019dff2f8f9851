"""The series of a session that grow: trends, waves, blood pressures, alarms, the list of events."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.amended import Amended, StruckValue
from app.latency_ledger import LatencyLedger
from protocols.events import (
    AddendumAdded,
    AlarmChanged,
    AlarmPresented,
    AlarmSignalled,
    AlarmTimed,
    ChecklistChanged,
    CommandRefused,
    ContainerChanged,
    DeliveryChanged,
    DoseGiven,
    EffectChanged,
    EntryCorrected,
    EpisodesAssessed,
    EpisodesFound,
    Event,
    FormFilled,
    GapFound,
    HoldEnded,
    IntegrationPlanned,
    LineMarked,
    ObservationRecorded,
    Phase,
    PhaseChanged,
    PresenceChanged,
    Reading,
    RecordSigned,
    ScaleFlagAnswered,
    ScaleRecorded,
    SessionOpened,
    SessionResumed,
    TaskChanged,
    WaveReceived,
)
from protocols.forms import SessionRecord
from protocols.record_entries import RecordEntries, is_correction
from protocols.vitals import PRESSURES, Quality, Vital, fresh_for_s

WAVE_KEPT_S = 30.0
"""How much of a waveform is kept for the sweep, seconds."""

_FIELDS = {Vital.SBP: "sbp_mmhg", Vital.DBP: "dbp_mmhg", Vital.MAP: "map_mmhg"}
_NUMERIC = (Vital.HR, Vital.PR, Vital.SPO2, Vital.PI, Vital.RR, Vital.TEMP)


class Series:
    """Points (time in seconds, value) that only grow; a missing value is NaN and leaves a gap."""

    def __init__(self) -> None:
        """Begin empty."""
        self._t = np.empty(1024)
        self._v = np.empty(1024)
        self._n = 0

    def append(self, t_s: float, value: float | None) -> None:
        """Add one point at session time `t_s`; None becomes a gap."""
        if self._n == len(self._t):
            self._t = np.concatenate((self._t, np.empty(self._n)))
            self._v = np.concatenate((self._v, np.empty(self._n)))
        self._t[self._n] = t_s
        self._v[self._n] = np.nan if value is None else value
        self._n += 1

    def extend(self, t_s: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Add points in order; NaN values are gaps."""
        times, found = np.asarray(t_s, dtype=np.float64), np.asarray(values, dtype=np.float64)
        end = self._n + len(times)
        if end > len(self._t):
            spare = np.empty(max(end, 2 * len(self._t)) - self._n)
            self._t = np.concatenate((self._t[: self._n], spare))
            self._v = np.concatenate((self._v[: self._n], spare))
        self._t[self._n : end] = times
        self._v[self._n : end] = found
        self._n = end

    def put(self, t_s: float, value: float | None) -> float | None:
        """Another value at a time that has one (None: a gap); the value that stood there."""
        found = np.flatnonzero(np.isclose(self.t_s, t_s, rtol=0, atol=1e-6))
        found = found[np.isfinite(self.values[found])]
        if not len(found):
            return None
        place = int(found[-1])
        before = float(self._v[place])
        self._v[place] = np.nan if value is None else value
        return before

    @property
    def t_s(self) -> npt.NDArray[np.float64]:
        """Times in seconds since the session began (a view; do not write)."""
        return self._t[: self._n]

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """Values in the vital's unit, NaN where missing (a view; do not write)."""
        return self._v[: self._n]

    def __len__(self) -> int:
        return self._n


class TrendSeries(Series):
    """A trend at one point a second: repeats within the same second are thinned.

    A point is added when at least a second passed since the last, when the value appears or goes,
    or when more than `gap_s` passed without any (then a NaN point first, so that no line is drawn
    across what was not measured).
    """

    def __init__(self, gap_s: float | None) -> None:
        """`gap_s`: silence in seconds that breaks the line, or None where points stand alone."""
        super().__init__()
        self._gap_s = gap_s

    def add(self, t_s: float, value: float | None) -> None:
        """Offer a reading at session time `t_s`."""
        if len(self):
            last_t = float(self.t_s[-1])
            was_missing = bool(np.isnan(self.values[-1]))
            if self._gap_s is not None and t_s - last_t > self._gap_s and not was_missing:
                self.append(last_t + self._gap_s, None)
            elif t_s - last_t < 1.0 and was_missing == (value is None):
                return
        self.append(t_s, value)

    def add_many(self, t_s: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Offer readings in order of time, NaN where missing: the same as `add` one by one."""
        times: list[float] = np.asarray(t_s, dtype=np.float64).tolist()
        offered: list[float] = np.asarray(values, dtype=np.float64).tolist()
        kept_t: list[float] = []
        kept_v: list[float] = []
        gap_s = math.inf if self._gap_s is None else self._gap_s
        last_t, last_v = (
            (float(self.t_s[-1]), float(self.values[-1])) if len(self) else (-math.inf, math.nan)
        )
        for time, value in zip(times, offered, strict=True):
            was_missing = last_v != last_v
            if time - last_t > gap_s and not was_missing:
                kept_t.append(last_t + gap_s)
                kept_v.append(math.nan)
            elif time - last_t < 1.0 and was_missing == (value != value):
                continue
            kept_t.append(time)
            kept_v.append(value)
            last_t, last_v = time, value
        self.extend(kept_t, kept_v)

    def first(self, count: int) -> TrendSeries:
        """A copy of the first `count` points, which can grow on its own."""
        series = TrendSeries(self._gap_s)
        series.extend(self.t_s[:count], self.values[:count])
        return series


class WaveRing:
    """The newest samples of one waveform for a sweep: a ring written in step with time.

    Attributes:
        counts: `size` samples scaled 0..1, NaN where nothing was received or the signal was no
            pulse.
        position: index that the next sample will take.
        total: samples taken since the beginning.
    """

    def __init__(self, interval_ns: int, kept_s: float = WAVE_KEPT_S) -> None:
        """A ring for samples `interval_ns` apart that holds `kept_s` seconds."""
        self.interval_ns = interval_ns
        self.size = max(2, round(kept_s * 1e9 / interval_ns))
        self.counts: npt.NDArray[np.float64] = np.full(self.size, np.nan)
        self.position = 0
        self.total = 0
        self.last_t_ns = -1

    def add(self, wave: WaveReceived) -> None:
        """Take the samples; time that passed without any leaves NaN."""
        if self.last_t_ns >= 0:
            silent = (wave.t_ns - self.last_t_ns) // self.interval_ns - len(wave.values)
            if silent > round(0.5e9 / self.interval_ns):
                self._write(np.full(min(int(silent), self.size), np.nan))
        scale = 1.0 / wave.full_scale
        samples = np.asarray(wave.values, dtype=np.float64) * scale
        self._write(samples if wave.usable else np.full(len(samples), np.nan))
        self.last_t_ns = wave.t_ns

    def _write(self, samples: npt.NDArray[np.float64]) -> None:
        samples = samples[-self.size :]
        first = min(len(samples), self.size - self.position)
        self.counts[self.position : self.position + first] = samples[:first]
        self.counts[: len(samples) - first] = samples[first:]
        self.position = (self.position + len(samples)) % self.size
        self.total += len(samples)


@dataclass(slots=True)
class BpPoint:
    """One cuff determination on the trend; NaN pressures where it failed.

    `source` is who or what made it.
    """

    t_s: float
    sbp_mmhg: float = float("nan")
    dbp_mmhg: float = float("nan")
    map_mmhg: float = float("nan")
    manual: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpan:
    """A phase from `start_s` to `end_s` (None while it lasts)."""

    phase: Phase
    start_s: float
    end_s: float | None = None


LISTED = (
    PhaseChanged,
    ObservationRecorded,
    AlarmChanged,
    DeliveryChanged,
    DoseGiven,
    HoldEnded,
    LineMarked,
    ContainerChanged,
    TaskChanged,
    SessionResumed,
    GapFound,
    CommandRefused,
    FormFilled,
    ChecklistChanged,
    EffectChanged,
    PresenceChanged,
    IntegrationPlanned,
    ScaleRecorded,
    ScaleFlagAnswered,
    EntryCorrected,
    AddendumAdded,
    RecordSigned,
    EpisodesFound,
    EpisodesAssessed,
)
"""Kinds of event that the events table lists."""


class History:
    """Series of one session, grown event by event with `add`.

    What was corrected stands in the series as it is right; what stood before is kept beside it.

    Attributes:
        listed: the events of the events table; `numbers` are their numbers in the record.
        corrected: the readings that corrections put in place, in order.
        struck_pressures, struck: what stood in the series before it was corrected or withdrawn.
        entries: what people may correct.
        amended: corrections, addenda and signatures.
        record: what forms are filled from.
        latencies: how long each alarm took.
    """

    def __init__(self, *, as_entered: bool = False) -> None:
        """Begin empty; with `as_entered` the series stay as they were before any correction."""
        self.trends: dict[Vital, TrendSeries] = {}
        self.waves: dict[Vital, WaveRing] = {}
        self.blood_pressures: list[BpPoint] = []
        self.phases: list[PhaseSpan] = []
        self.gaps_s: list[tuple[float, float]] = []
        self.listed: list[Event] = []
        self.numbers: list[int] = []
        self.corrected: list[Reading] = []
        self.struck_pressures: list[BpPoint] = []
        self.struck: list[StruckValue] = []
        self.entries = RecordEntries(streams=False)
        self.amended = Amended()
        self.record = SessionRecord()
        self.latencies = LatencyLedger()
        self.version = 0
        self._as_entered = as_entered
        self._striking = (math.nan, "", 0)
        self._interval_s = 0.0

    def add(self, event: Event, number: int | None = None) -> None:
        """Take one event; kinds that make no series are passed over.

        `number` is its place in the record, where not every event before it was handed over.
        """
        if number is not None:
            self.entries.skip_to(number - 1)
        seq = self.entries.note(event)
        self.record.note(event)
        if isinstance(event, WaveReceived):
            self._add_wave(event)
        elif isinstance(event, Reading):
            self._add_reading(event)
        elif isinstance(event, AlarmTimed | AlarmPresented | AlarmSignalled):
            self.latencies.add(event)
            self.version += 1
        elif isinstance(event, LISTED):
            self._list(event, seq)
        elif isinstance(event, SessionOpened):
            self._interval_s = max((slot.interval_s for slot in event.devices), default=0.0)

    def _list(self, event: Event, seq: int) -> None:
        if isinstance(event, AlarmChanged):
            self.latencies.add(event)
        self.listed.append(event)
        self.numbers.append(seq)
        self.amended.note(seq, event)
        if isinstance(event, PhaseChanged):
            self._add_phase(event)
        elif isinstance(event, SessionResumed | GapFound):
            self.gaps_s.append((event.gap_start_ns / 1e9, event.t_ns / 1e9))
        self.version += 1

    def add_stream(self, vital: Vital, t_s: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Take streamed readings of `vital` at once, in order of time; NaN where missing."""
        if vital in _NUMERIC:
            series = self.trends.get(vital)
            if series is None:
                series = self.trends[vital] = self._series(vital)
            series.add_many(t_s, values)
        times: npt.NDArray[np.float64] = np.asarray(t_s, dtype=np.float64) * 1e9
        offered: npt.NDArray[np.float64] = np.asarray(values, dtype=np.float64)
        self.record.note_stream(vital, np.rint(times).astype(np.int64).tolist(), offered.tolist())

    def _series(self, vital: Vital) -> TrendSeries:
        """An empty trend that breaks where a value of `vital` no longer stands."""
        return TrendSeries(fresh_for_s(vital, self._interval_s, manual=True))

    def struck_of(self, vital: Vital) -> list[StruckValue]:
        """The values of a trend that were corrected or withdrawn."""
        return [one for one in self.struck if one.vital == vital]

    def heart_rate(self) -> TrendSeries | None:
        """The trend to draw as heart rate: an ECG's where there is one, else the pulse rate."""
        return self.trends.get(Vital.HR) or self.trends.get(Vital.PR)

    def _add_wave(self, wave: WaveReceived) -> None:
        ring = self.waves.get(wave.vital)
        if ring is None or ring.interval_ns != wave.interval_ns:
            ring = self.waves[wave.vital] = WaveRing(wave.interval_ns)
        ring.add(wave)

    def _add_reading(self, reading: Reading) -> None:
        t_s = reading.measured_ns / 1e9
        if is_correction(reading):
            self.corrected.append(reading)
            if not self._as_entered:
                self.stand(reading)
        elif reading.vital in PRESSURES:
            self._add_pressure(t_s, reading)
        elif reading.vital in _NUMERIC and not reading.spot:
            series = self.trends.get(reading.vital)
            if series is None:
                series = self.trends[reading.vital] = self._series(reading.vital)
            series.add(t_s, reading.value)
        elif reading.vital not in (Vital.CUFF, Vital.PLETH) and not reading.spot:
            series = self.trends.setdefault(reading.vital, TrendSeries(None))
            series.append(t_s, reading.value)

    def _add_pressure(self, t_s: float, reading: Reading) -> None:
        points = self.blood_pressures
        if not points or points[-1].t_s != t_s:
            points.append(BpPoint(t_s, manual=reading.manual, source=reading.source))
        value = float("nan") if reading.value is None else reading.value
        setattr(points[-1], _FIELDS[reading.vital], value)
        self.version += 1

    def stand(self, reading: Reading) -> None:
        """Let a correction stand in place of what it corrects, which is struck out."""
        t_s = reading.measured_ns / 1e9
        self.version += 1
        if reading.vital in PRESSURES:
            self._stand_pressure(t_s, reading)
            return
        series = self.trends.get(reading.vital)
        before = None if series is None else series.put(t_s, reading.value)
        if before is not None:
            self.struck.append(StruckValue(vital=reading.vital, t_s=t_s, value=before))

    def _stand_pressure(self, t_s: float, reading: Reading) -> None:
        place = next(
            (
                index
                for index, point in reversed(list(enumerate(self.blood_pressures)))
                if point.t_s == t_s and point.source == reading.source
            ),
            None,
        )
        if place is None:
            return
        point = self.blood_pressures[place]
        if (t_s, reading.source, reading.t_ns) != self._striking:
            self._striking = (t_s, reading.source, reading.t_ns)
            self.struck_pressures.append(replace(point))
        if reading.quality is Quality.WITHDRAWN and reading.vital is not Vital.MAP:
            del self.blood_pressures[place]
            return
        value = float("nan") if reading.value is None else reading.value
        setattr(point, _FIELDS[reading.vital], value)

    def _add_phase(self, event: PhaseChanged) -> None:
        t_s = event.t_ns / 1e9
        if self.phases:
            last = self.phases[-1]
            self.phases[-1] = PhaseSpan(phase=last.phase, start_s=last.start_s, end_s=t_s)
        else:
            self.phases.append(PhaseSpan(phase=event.before, start_s=0.0, end_s=t_s))
        self.phases.append(PhaseSpan(phase=event.after, start_s=t_s))
