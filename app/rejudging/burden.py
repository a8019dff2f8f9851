"""What alarms cost: how many, how often, how short, how long, and how many people have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from app.rejudging.occurrence import Occurrence
from protocols.vitals import NS_PER_S

SHORT_S = 10.0
"""An alarm whose condition lasted less than this long is counted as short."""

_NS_PER_H = 3600 * NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """The burden of some alarms over some recordings.

    Attributes:
        count: occurrences.
        per_hour: of monitored time.
        short_share: share of them that lasted less than `SHORT_S`, 0 to 1.
        median_s: median of how long they lasted.
        minutes: how long they lasted together.
        recordings, subjects: in how many recordings, and of how many patients, there is one.
        recordings_share, subjects_share: the same as shares of all, 0 to 1.
    """

    count: int
    per_hour: float
    short_share: float
    median_s: float
    minutes: float
    recordings: int
    subjects: int
    recordings_share: float
    subjects_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The recordings that alarms are counted over.

    Attributes:
        subjects: name of each recording, and whom it is of.
        watched_ns: monitored time of all together.
    """

    subjects: Mapping[str, str]
    watched_ns: int

    @property
    def hours(self) -> float:
        """Monitored time in hours."""
        return self.watched_ns / _NS_PER_H


def burden(cohort: Cohort, alarms: Iterable[tuple[str, Occurrence]]) -> Burden:
    """The burden of `alarms`, each with the name of its recording, over `cohort`."""
    found = list(alarms)
    lasted = [one.lasted_s for _, one in found]
    recordings = {name for name, _ in found}
    subjects = {cohort.subjects[name] for name in recordings}
    return Burden(
        count=len(found),
        per_hour=len(found) / cohort.hours if cohort.watched_ns else 0.0,
        short_share=_share(sum(one < SHORT_S for one in lasted), len(lasted)),
        median_s=median(lasted) if lasted else 0.0,
        minutes=sum(lasted) / 60,
        recordings=len(recordings),
        subjects=len(subjects),
        recordings_share=_share(len(recordings), len(cohort.subjects)),
        subjects_share=_share(len(subjects), len(set(cohort.subjects.values()))),
    )


def by_rule(
    cohort: Cohort, alarms: Sequence[tuple[str, Occurrence]], rules: Iterable[str]
) -> dict[str, Burden]:
    """The burden of each of `rules`, also of those without an alarm."""
    kept: dict[str, list[tuple[str, Occurrence]]] = {rule: [] for rule in rules}
    for name, one in alarms:
        kept.setdefault(one.rule, []).append((name, one))
    return {rule: burden(cohort, found) for rule, found in kept.items()}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
