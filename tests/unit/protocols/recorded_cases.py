"""For every standard rule that looks at more than one value: a case that fires, one that clears."""

from __future__ import annotations

from collections.abc import Callable

from protocols.events import (
    ClockAnchored,
    DrugAction,
    EffectChanged,
    LinkState,
    ObservationRecorded,
    Phase,
    Service,
    Severity,
    TaskChanged,
    TaskState,
)
from protocols.situation import Situation
from protocols.vitals import Quality, Vital
from tests.unit.protocols.judged_situations import MIN, S, note

Case = Callable[[Situation], int]


def event(term: str, t_ns: int = 0, severity: int | None = None) -> ObservationRecorded:
    """A quick event; without a protocol its label is its id."""
    return ObservationRecorded(t_ns=t_ns, kind="event", label=term, by="n", severity=severity)


def effect(
    term: str,
    severity: Severity = Severity.MILD,
    *,
    t_ns: int = 0,
    onset_ns: int = 0,
    ended_ns: int | None = None,
    name: str = "effect-1",
) -> EffectChanged:
    """A side effect as it is from `t_ns` on."""
    return EffectChanged(
        t_ns=t_ns,
        effect=name,
        term=term,
        label=term,
        onset_ns=onset_ns,
        severity=severity,
        action=DrugAction.NONE,
        by="n",
        ended_ns=ended_ns,
    )


def task(
    state: TaskState,
    *,
    item: str = "moaas",
    t_ns: int = 0,
    due_ns: int = 0,
    detail: str = "",
    minutes_to_next: int = 10,
) -> TaskChanged:
    """What the schedule says of an observation."""
    return TaskChanged(
        t_ns=t_ns,
        task=f"infusing/{item}/{due_ns // MIN}",
        item=item,
        label=item,
        state=state,
        due_ns=due_ns,
        closes_ns=due_ns + minutes_to_next * MIN,
        detail=detail,
    )


def recorded(*facts: ObservationRecorded | EffectChanged, at_ns: int = 0) -> Case:
    """Staff recorded these; judged at `at_ns`."""

    def prepare(situation: Situation) -> int:
        for fact in facts:
            if isinstance(fact, EffectChanged):
                situation.note_effect(fact)
            else:
                situation.note_observation(fact)
        return at_ns

    return prepare


def values(
    vital: Vital,
    *known: tuple[float, float],
    at_s: float | None = None,
    quality: Quality | None = None,
) -> Case:
    """Readings as pairs of second and value; judged at the last, or at `at_s`."""

    def prepare(situation: Situation) -> int:
        for t_s, value in known:
            note(situation, vital, value, round(t_s * S), quality)
        return round((known[-1][0] if at_s is None else at_s) * S)

    return prepare


def both(*cases: Case) -> Case:
    """One case after the other; judged at the time of the last."""

    def prepare(situation: Situation) -> int:
        return [case(situation) for case in cases][-1]

    return prepare


def tasks(*changes: TaskChanged, at_ns: int) -> Case:
    """The schedule said these; judged at `at_ns`."""

    def prepare(situation: Situation) -> int:
        for change in changes:
            situation.note_task(change)
        return at_ns

    return prepare


def in_phase(phase: Phase, case: Case) -> Case:
    """The case in another phase."""

    def prepare(situation: Situation) -> int:
        situation.set_phase(phase, 0)
        return case(situation)

    return prepare


def link(*states: LinkState) -> Case:
    """The link to one monitor was reported so."""

    def prepare(situation: Situation) -> int:
        for state in states:
            situation.note_link("oximeter", state, 0)
        return 0

    return prepare


def clock(jump_ms: int, at_ns: int = 0) -> Case:
    """The clock was read once, having jumped so far; judged at `at_ns`."""

    def prepare(situation: Situation) -> int:
        situation.note_anchor(
            ClockAnchored(t_ns=0, utc="2026-01-01T00:00:00.000Z", utc_offset_min=0, jump_ms=jump_ms)
        )
        return at_ns

    return prepare


def service(name: Service, *, working: bool) -> Case:
    """The last word on a part of the program."""

    def prepare(situation: Situation) -> int:
        situation.note_service(name, working, 0)
        return 0

    return prepare


def _once(term: str) -> tuple[Case, Case]:
    """A touch that stands for 5 min."""
    return recorded(event(term), at_ns=5 * MIN - 1), recorded(event(term), at_ns=5 * MIN)


_SEVERE = effect("headache", Severity.SEVERE)
_LATE = task(TaskState.LATE, t_ns=2 * MIN)
_DONE = task(TaskState.DONE, t_ns=3 * MIN)
_MISSED = task(TaskState.MISSED, t_ns=10 * MIN, detail="not done")

CASES: dict[str, tuple[Case, Case]] = {
    "sbp-low-symptoms": (
        both(recorded(event("dizzy")), values(Vital.SBP, (0, 89))),
        both(recorded(event("calm")), values(Vital.SBP, (0, 89))),
    ),
    "hr-low-symptoms": (
        both(recorded(effect("faint")), values(Vital.HR, (0, 49))),
        both(recorded(effect("faint", ended_ns=0)), values(Vital.HR, (0, 49))),
    ),
    "sbp-rising-fast": (
        values(Vital.SBP, (0, 120), (900, 150)),
        values(Vital.SBP, (0, 120), (900, 149)),
    ),
    "hr-rising-fast": (
        values(Vital.HR, (0, 70), (60, 100)),
        values(Vital.HR, (0, 70), (60.001, 100)),
    ),
    "hr-falling-fast": (
        values(Vital.HR, (0, 100), (30, 95), (60, 70)),
        values(Vital.HR, (0, 100), (30, 95), (60, 71)),
    ),
    "spo2-falling-fast": (
        values(Vital.SPO2, (0, 98), (60, 94)),
        values(Vital.SPO2, (0, 98), (60, 95)),
    ),
    "headache-mild": (
        recorded(event("headache", severity=1)),
        recorded(event("headache"), at_ns=10 * MIN),
    ),
    "dizziness": (recorded(effect("dizziness")), recorded(effect("dizziness", ended_ns=0))),
    "palpitations": (
        recorded(event("palpitations")),
        recorded(event("palpitations"), at_ns=10 * MIN),
    ),
    "vomiting-again": (
        recorded(event("vomiting"), event("vomiting", 20 * MIN), at_ns=60 * MIN - 1),
        recorded(event("vomiting"), event("vomiting", 20 * MIN), at_ns=60 * MIN),
    ),
    "headache-severe": (recorded(_SEVERE), recorded(event("headache", severity=6))),
    "neurological": _once("neurological"),
    "chest-pain": _once("chest-pain"),
    "breathless": _once("breathless"),
    "seizure": (recorded(effect("seizure")), recorded(effect("seizure", ended_ns=0))),
    "laryngospasm": (
        recorded(effect("laryngospasm")),
        recorded(effect("laryngospasm", ended_ns=0)),
    ),
    "apnoea": _once("apnoea"),
    "asks-to-stop": _once("asks-to-stop"),
    "unsafe": (recorded(event("unsafe")), recorded(effect("agitation", Severity.MODERATE))),
    "etco2-no-data": (
        values(Vital.ETCO2, (0, 40), at_s=20),
        values(Vital.ETCO2, (0, 40), at_s=19.9),
    ),
    "etco2-no-data-recovery": (
        in_phase(Phase.RECOVERY, values(Vital.ETCO2, (0, 40), at_s=30)),
        in_phase(Phase.RECOVERY, values(Vital.ETCO2, (0, 40), at_s=29.9)),
    ),
    "rr-stale": (values(Vital.RR, (0, 14), at_s=15), values(Vital.RR, (0, 14), at_s=14.9)),
    "spo2-low-signal": (
        values(Vital.SPO2, (0, 97), quality=Quality.LOW),
        values(Vital.SPO2, (0, 97)),
    ),
    "monitor-unconfirmed": (
        link(LinkState.UNCONFIRMED),
        link(LinkState.UNCONFIRMED, LinkState.LIVE),
    ),
    "bp-overdue-long": (
        values(Vital.SBP, (0, 120), at_s=1800),
        values(Vital.SBP, (0, 120), at_s=1799.9),
    ),
    "observation-late": (
        tasks(task(TaskState.LATE, item="rr"), at_ns=0),
        tasks(task(TaskState.DUE, item="rr"), at_ns=30 * MIN),
    ),
    "observation-overdue": (
        tasks(task(TaskState.DUE, item="rr"), at_ns=10 * MIN),
        tasks(task(TaskState.DUE, item="rr"), at_ns=10 * MIN - 1),
    ),
    "alertness-overdue": (
        tasks(_LATE, _MISSED, at_ns=20 * MIN),
        tasks(_LATE, _DONE, at_ns=20 * MIN),
    ),
    "staff-lost": (
        service(Service.STAFF, working=False),
        service(Service.STAFF, working=True),
    ),
    "server-behind": (
        service(Service.SERVER, working=False),
        service(Service.SERVER, working=True),
    ),
    "clock-jumped": (clock(-2000, 5 * MIN - 1), clock(-2000, 5 * MIN)),
}
"""Id of the rule to its two cases, in a situation that has just begun to infuse."""
