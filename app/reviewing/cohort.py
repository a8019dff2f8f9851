"""A site's own figures over many sessions, each with its numerator, its n and what it means.

What could not be told of a session (nothing measured, no baseline) is not counted as "no": it is
left out of the n, and how many that are is said. Nobody is named or ranked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from app.reviewing.cohort_rules import Bound, CohortRules
from app.reviewing.traces import (
    Curve,
    EffectSeen,
    SessionTrace,
    cut,
    stretches,
    value_near,
    worst_of,
)
from protocols.courses.outcome import Outcome
from protocols.events import Severity
from protocols.vitals import NS_PER_S, VITALS, Vital

CHANGED = (Vital.SBP, Vital.DBP, Vital.HR)
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSession:
    """One session, measured.

    Attributes:
        patient: record number, or empty; `simulated` with it says who it is.
        began: whether drug was given; nothing else is measured without.
        changes: change from the baseline at the minute of the rules, by vital; None: not known.
        peaks: the highest change since the start of drug; None: not known.
        peak_min: when SBP was highest, minutes after the start of drug; None: not measured.
        met: by id of the bound, whether it was met; None: not known.
        effects: side effects and events noted, the worst of each label.
        unread: rows of its record that cannot be read.
    """

    session: str
    patient: str
    simulated: bool
    began: bool
    changes: Mapping[Vital, float | None] = field(default_factory=dict)
    peaks: Mapping[Vital, float | None] = field(default_factory=dict)
    peak_min: float | None = None
    met: Mapping[str, bool | None] = field(default_factory=dict)
    slowed: bool = False
    paused: bool = False
    stopped: bool = False
    effects: tuple[EffectSeen, ...] = ()
    unread: int = 0


def measure(trace: SessionTrace, rules: CohortRules) -> CohortSession:
    """Measure one session by `rules`."""
    about = {
        "session": trace.session,
        "patient": trace.patient,
        "simulated": trace.simulated,
        "unread": trace.unread,
    }
    if trace.began_ns is None:
        return CohortSession(began=False, **about)  # type: ignore[arg-type]
    start_s = trace.began_ns / NS_PER_S
    after = {
        vital: _after(trace.curve(vital), start_s, rules, streamed=vital in (Vital.HR, Vital.SPO2))
        for vital in (*CHANGED, Vital.SPO2)
    }
    sbp = after[Vital.SBP]
    peak_min = (float(sbp.t_s[int(np.argmax(sbp.values))]) - start_s) / 60 if len(sbp) else None
    labels: dict[str, list[EffectSeen]] = {}
    for effect in trace.effects:
        labels.setdefault(effect.label, []).append(effect)
    return CohortSession(
        began=True,
        changes={vital: _change_at(trace, vital, start_s, rules) for vital in CHANGED},
        peaks={vital: _peak(after[vital], trace.baseline.get(vital)) for vital in CHANGED},
        peak_min=peak_min,
        met={bound.id: _met(bound, after, trace.baseline, start_s) for bound in rules.bounds},
        slowed=trace.slowed,
        paused=trace.paused,
        stopped=trace.stopped,
        effects=tuple(worst_of(found) for found in labels.values()),
        **about,  # type: ignore[arg-type]
    )


def _after(curve: Curve, start_s: float, rules: CohortRules, *, streamed: bool) -> Curve:
    """The values that make peaks: from the start of drug on, a stream in stretches."""
    kept = cut(curve, start_s, start_s + rules.until_min * 60)
    return stretches(kept, start_s, rules.stretch_s) if streamed else kept


def _change_at(
    trace: SessionTrace, vital: Vital, start_s: float, rules: CohortRules
) -> float | None:
    base = trace.baseline.get(vital)
    streamed = vital is Vital.HR
    within = rules.heart_within_min if streamed else rules.pressure_within_min
    at_s = start_s + rules.at_min * 60
    value = value_near(trace.curve(vital), at_s, within * 60, streamed=streamed)
    return None if base is None or value is None else value - base


def _peak(curve: Curve, base: float | None) -> float | None:
    return None if base is None or not len(curve) else float(np.max(curve.values)) - base


def _met(
    bound: Bound, after: Mapping[Vital, Curve], baseline: Mapping[Vital, float], start_s: float
) -> bool | None:
    """Whether any part of `bound` is met; None where a part that could be met was not measured."""
    sbp, dbp = after[Vital.SBP], after[Vital.DBP]
    sbp0, dbp0 = baseline.get(Vital.SBP), baseline.get(Vital.DBP)
    percent = bound.sbp_rise_percent_from
    rise = None if percent is None or sbp0 is None else percent * sbp0 / 100
    parts: tuple[tuple[float | None, Curve, float | None, Callable[[float, float], bool]], ...] = (
        (bound.sbp_from, sbp, 0.0, _from),
        (bound.dbp_from, dbp, 0.0, _from),
        (bound.sbp_above, sbp, 0.0, _above),
        (bound.dbp_above, dbp, 0.0, _above),
        (bound.hr_above, after[Vital.HR], 0.0, _above),
        (bound.spo2_below, after[Vital.SPO2], 0.0, _below),
        (bound.sbp_rise_from, sbp, sbp0, _from),
        (bound.dbp_rise_from, dbp, dbp0, _from),
        (None if percent is None else rise or math.inf, sbp, sbp0, _from),
    )
    until = None if bound.until_min is None else start_s + bound.until_min * 60
    answers = [
        _part(limit, curve if until is None else cut(curve, start_s, until), base, beyond)
        for limit, curve, base, beyond in parts
        if limit is not None
    ]
    if True in answers:
        return True
    return None if None in answers else False


def _part(
    limit: float, curve: Curve, base: float | None, beyond: Callable[[float, float], bool]
) -> bool | None:
    if base is None or not len(curve):
        return None
    return any(beyond(value - base, limit) for value in curve.values.tolist())


def _from(value: float, limit: float) -> bool:
    return value >= limit - _TOLERANCE


def _above(value: float, limit: float) -> bool:
    return value > limit + _TOLERANCE


def _below(value: float, limit: float) -> bool:
    return value < limit - _TOLERANCE


def wilson(hits: int, n: int, confidence: float) -> tuple[float, float]:
    """The score interval of a proportion, as shares from 0 to 1.

    Source: Wilson EB, J Am Stat Assoc 1927;22:209-212. With p = hits/n and z the quantile of the
    normal distribution: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). It holds for few
    sessions and for shares near 0 or 1, where p ± z sqrt(p(1-p)/n) does not.

    Raises:
        ValueError: `n` is below 1, or `hits` is not between 0 and `n`.
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no proportion")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p = hits / n
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if hits == 0 else max(0.0, (middle - reach) / scale)
    high = 1.0 if hits == n else min(1.0, (middle + reach) / scale)
    return low, high


class Counted(StrEnum):
    """What the n of a figure counts."""

    SESSIONS = "sessions"
    PATIENTS = "patients"
    COURSES = "courses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the site.

    Attributes:
        id: by which published figures name it.
        group: heading it stands under.
        what: what it is; `measured` says exactly how.
        n: of how many; `of` says of what.
        unknown: how many more there are of which it could not be told.
        hits: how many of `n`; None where it is no rate.
        rate, low, high: the share and its interval, 0 to 1; None where it is no rate, or the n is
            too small for one.
        mean, sd: None where it is no mean; `sd` also where n is below 2.
        more: what else there is to say, or empty.
    """

    id: str
    group: str
    what: str
    measured: str
    of: Counted
    n: int
    unknown: int = 0
    hits: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    sd: float | None = None
    unit: str = ""
    more: str = ""

    @property
    def value(self) -> str:
        """The figure in words, never without its n."""
        if self.hits is not None:
            counts = f"{self.hits} of {self.n}"
            if self.rate is None or self.low is None or self.high is None:
                return counts if self.n == 0 else f"{counts} (too few for a rate)"
            interval = f"{100 * self.low:.1f} to {100 * self.high:.1f}"
            return f"{counts} · {100 * self.rate:.1f} % ({interval})"
        if self.mean is None:
            return f"-- (n {self.n})"
        signed = self.id.startswith(("change", "peak-sbp", "peak-dbp", "peak-hr"))
        mean = f"{self.mean:+.1f}" if signed else f"{self.mean:.1f}"
        spread = "" if self.sd is None else f" (SD {self.sd:.1f})"
        return f"{mean.replace('-', '−')} {self.unit}{spread}, n {self.n}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The figures of a selection.

    Attributes:
        sessions: with drug, of which figures are made.
        patients: different record numbers among them; `nameless` sessions have none.
        without_drug: sessions of the selection in which no drug was given: not counted.
        unread: sessions parts of which could not be read.
        mixed: simulated and real ones are among them.
    """

    sessions: int
    patients: int
    nameless: int
    without_drug: int
    unread: int
    mixed: bool
    figures: tuple[Figure, ...]


def summarise(
    measured: Iterable[CohortSession], outcomes: Sequence[Outcome], rules: CohortRules
) -> Cohort:
    """The figures of the sessions `measured`, and of the courses they belong to.

    Args:
        measured: the sessions of a selection.
        outcomes: of each course with a visit among them, by the course's own definitions.
        rules: what is counted.
    """
    found = list(measured)
    began = [one for one in found if one.began]
    patients: dict[tuple[str, bool], list[CohortSession]] = {}
    for one in began:
        if one.patient:
            patients.setdefault((one.patient, one.simulated), []).append(one)
    figures = [
        *_means(began, rules),
        *_bounds(began, list(patients.values()), rules),
        *_deliveries(began, rules),
        *_effects(began, rules),
        *_outcomes(outcomes, rules),
    ]
    return Cohort(
        sessions=len(began),
        patients=len(patients),
        nameless=sum(1 for one in began if not one.patient),
        without_drug=len(found) - len(began),
        unread=sum(1 for one in began if one.unread),
        mixed=len({one.simulated for one in began}) > 1,
        figures=tuple(figures),
    )


def _means(began: Sequence[CohortSession], rules: CohortRules) -> Iterable[Figure]:
    at = f"{rules.at_min:g} min"
    for vital in CHANGED:
        spec = VITALS[vital]
        how = (
            f"median within ±{rules.heart_within_min:g} min of it"
            if vital is Vital.HR
            else f"reading nearest to it, within ±{rules.pressure_within_min:g} min"
        )
        yield _mean(
            [one.changes.get(vital) for one in began],
            id=f"change-{vital}",
            group=f"Change from baseline at {at}",
            what=f"{spec.label} at {at}",
            measured=f"mean at a time: change from the frozen baseline; {how}",
            unit=spec.unit_text,
        )
    for vital in CHANGED:
        spec = VITALS[vital]
        how = f"; highest median of {rules.stretch_s:g} s" if vital is Vital.HR else ""
        yield _mean(
            [one.peaks.get(vital) for one in began],
            id=f"peak-{vital}",
            group="Peak of each session",
            what=f"{spec.label}, peak",
            measured="mean of each session's own highest change from its baseline, within "
            f"{rules.until_min:g} min of the start of drug{how}",
            unit=spec.unit_text,
        )
    yield _mean(
        [one.peak_min for one in began],
        id="peak-minute",
        group="Peak of each session",
        what="Time of the SBP peak",
        measured="mean of each session's own time of highest SBP, from the start of drug",
        unit="min",
    )


def _mean(values: Sequence[float | None], **about: str) -> Figure:
    known = [value for value in values if value is not None]
    return Figure(
        **about,  # type: ignore[arg-type]
        of=Counted.SESSIONS,
        n=len(known),
        unknown=len(values) - len(known),
        mean=float(np.mean(known)) if known else None,
        sd=float(np.std(known, ddof=1)) if len(known) > 1 else None,
    )


def _bounds(
    began: Sequence[CohortSession], patients: Sequence[list[CohortSession]], rules: CohortRules
) -> Iterable[Figure]:
    for bound in rules.bounds:
        until = rules.until_min if bound.until_min is None else bound.until_min
        since = f"within {until:g} min of the start of drug"
        yield _rate(
            [one.met.get(bound.id) for one in began],
            rules,
            of=Counted.SESSIONS,
            id=f"sessions-{bound.id}",
            group="Sessions with",
            what=bound.words,
            measured=f"share of sessions with at least one such reading {since}",
        )
    for bound in rules.bounds:
        yield _rate(
            [_any(one.met.get(bound.id) for one in mine) for mine in patients],
            rules,
            of=Counted.PATIENTS,
            id=f"patients-{bound.id}",
            group="Patients with, in any session of the selection",
            what=bound.words,
            measured="share of patients with at least one such session; grows with the number of "
            "sessions a patient has",
        )


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    if True in found:
        return True
    return None if None in found else False


def _deliveries(began: Sequence[CohortSession], rules: CohortRules) -> Iterable[Figure]:
    for name, words in (("slowed", "Slowed"), ("paused", "Paused"), ("stopped", "Stopped")):
        early = " before the whole dose was given" if name == "stopped" else " at least once"
        yield _rate(
            [bool(getattr(one, name)) for one in began],
            rules,
            of=Counted.SESSIONS,
            id=name,
            group="Dose",
            what=words,
            measured=f"share of sessions in which a person {name} the dose{early}",
        )


def _effects(began: Sequence[CohortSession], rules: CohortRules) -> Iterable[Figure]:
    group = "Side effects and events noted"
    yield _rate(
        [bool(one.effects) for one in began],
        rules,
        of=Counted.SESSIONS,
        id="effects",
        group=group,
        what="Any",
        measured="share of sessions with an entry; what nobody entered is not counted",
    )
    counts = Counter(effect.label for one in began for effect in one.effects)
    for label, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        worst = [effect for one in began for effect in one.effects if effect.label == label]
        severe = sum(1 for effect in worst if effect.severity is Severity.SEVERE)
        yield _rate(
            [any(effect.label == label for effect in one.effects) for one in began],
            rules,
            of=Counted.SESSIONS,
            id=f"effect-{label}",
            group=group,
            what=label,
            measured="share of sessions with an entry of that name",
            more=f"severe in {severe}" if severe else "",
        )


def _outcomes(outcomes: Sequence[Outcome], rules: CohortRules) -> Iterable[Figure]:
    texts = {outcome.definition for outcome in outcomes}
    definition = texts.pop() if len(texts) == 1 else "each by the definitions stored with it"
    if not outcomes:
        definition = "courses with a visit in the selection; there are none"
    how = f"newest rating of each course, by the course's own definitions: {definition}"
    yield _rate(
        [outcome.responded for outcome in outcomes],
        rules,
        of=Counted.COURSES,
        id="response",
        group="Courses with a visit in the selection",
        what="Response",
        measured=how,
    )
    yield _rate(
        [outcome.in_remission for outcome in outcomes],
        rules,
        of=Counted.COURSES,
        id="remission",
        group="Courses with a visit in the selection",
        what="Remission",
        measured=how,
    )


def _rate(
    answers: Sequence[bool | None], rules: CohortRules, *, of: Counted, **about: str
) -> Figure:
    known = [answer for answer in answers if answer is not None]
    hits, n = known.count(True), len(known)
    enough = n >= rules.least
    low, high = wilson(hits, n, rules.confidence) if enough else (None, None)
    return Figure(
        **about,  # type: ignore[arg-type]
        of=of,
        n=n,
        unknown=len(answers) - n,
        hits=hits,
        rate=hits / n if enough else None,
        low=low,
        high=high,
    )
