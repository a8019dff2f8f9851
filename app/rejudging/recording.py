"""A recording as alarm rules see it: facts in their order, and streams of numbers.

Made from a session of the journal (`app.rejudging.journal`) or from a file of another monitor
(`app.rejudging.tables`); judging does not know which. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from protocols.definition import ProtocolDefinition
from protocols.events import (
    AlarmChanged,
    BaselineFrozen,
    Event,
    Phase,
    PhaseChanged,
    Reading,
)
from protocols.vitals import VITALS, Vital
from storage.numerics import ReadingColumns

WATCHED = frozenset((Phase.BASELINE, Phase.INFUSING, Phase.PAUSED, Phase.STOPPED, Phase.RECOVERY))
"""Phases that count as monitored time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event of a recording.

    Attributes:
        seq: its number in the recording; that of readings in streams counts on the same line.
        event: the event.
        follows: it came of the same cause as the fact before, so both are known before rules are
            judged.
        by_itself: its time had come, and nothing else made it: what grows old at that very time is
            judged with it.
    """

    seq: int
    event: Event
    follows: bool = False
    by_itself: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was measured and done, without what was made of it.

    Attributes:
        name: of the session, or of the file and its part.
        subject: whom it is of, so that several recordings of one patient count as one.
        facts: in order; recorded changes of alarms are among them and are not judged.
        streams: readings of vitals that monitors stream, one source each.
        end_ns: time of its last event.
        definition: the protocol it was made under, or None.
        limits_text: the limits it was judged by when it was made, or empty.
        intervals: per source, seconds between its values where it speaks more rarely than vitals
            ask for.
        judged: whether alarms were recorded with it; else it is a file of numbers, which says
            nothing of equipment.
        notes: what was assumed in reading it, in sentences.
        simulated: whether the session was simulated.
    """

    name: str
    subject: str
    facts: tuple[Fact, ...] = field(repr=False)
    streams: Mapping[Vital, ReadingColumns] = field(repr=False)
    end_ns: int
    definition: ProtocolDefinition | None = None
    limits_text: str = field(default="", repr=False)
    intervals: Mapping[str, float] = field(default_factory=dict)
    judged: bool = False
    notes: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def alarms(self) -> tuple[AlarmChanged, ...]:
        """The changes of alarms as they were recorded."""
        found = (fact.event for fact in self.facts)
        return tuple(event for event in found if isinstance(event, AlarmChanged))

    @property
    def baseline(self) -> frozenset[Vital]:
        """The vitals that a baseline was frozen of, so that rises and falls can be judged."""
        frozen = [fact.event for fact in self.facts if isinstance(fact.event, BaselineFrozen)]
        found = {value.vital for one in frozen for value in one.values}
        return frozenset(found | ({Vital.HR} if Vital.PR in found else set()))

    @property
    def vitals(self) -> frozenset[Vital]:
        """The vitals that it has a value of."""
        found = {
            vital for vital, kept in self.streams.items() if not bool(np.isnan(kept.value).all())
        }
        for fact in self.facts:
            if isinstance(fact.event, Reading) and fact.event.value is not None:
                found.add(fact.event.vital)
        return frozenset(found)

    def phase_spans(self) -> Iterator[tuple[Phase, int, int]]:
        """Each phase with its begin and end, ns."""
        phase, since_ns = Phase.SETUP, 0
        for fact in self.facts:
            if isinstance(fact.event, PhaseChanged):
                yield phase, since_ns, fact.event.t_ns
                phase, since_ns = fact.event.after, fact.event.t_ns
        yield phase, since_ns, max(since_ns, self.end_ns)

    @property
    def watched_ns(self) -> int:
        """Monitored time: that spent in the phases of `WATCHED`."""
        return sum(end - begin for phase, begin, end in self.phase_spans() if phase in WATCHED)


def split_streams(
    readings: Mapping[Vital, ReadingColumns],
) -> tuple[dict[Vital, ReadingColumns], list[tuple[int, Reading]]]:
    """Streams, and with their numbers the readings that belong to none.

    A spot determination, what a person typed, and vitals that do not stream are single readings.
    """
    streams: dict[Vital, ReadingColumns] = {}
    single: list[tuple[int, Reading]] = []
    for vital, columns in readings.items():
        streaming = VITALS[vital].quiet_limit_s is not None
        aside = np.array([one.spot or one.manual or not streaming for one in columns.kinds])
        apart = aside[columns.kind]
        single += [(int(columns.seq[i]), columns.reading(int(i))) for i in np.flatnonzero(apart)]
        if not bool(apart.all()):
            streams[vital] = columns.pick(~apart)
    return streams, single


def sorted_facts(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """`facts` by their number."""
    return tuple(sorted(facts, key=lambda fact: fact.seq))
