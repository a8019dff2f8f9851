"""Random recordings for rejudging: streams made of stretches, and everything else that can happen.

Numbers lie near the limits, so that alarms come and go; every kind of rule has something to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from app.places import read_limits
from app.rejudging.recording import Fact, Recording, sorted_facts, split_streams
from protocols.alarm_rules import AlarmRule, LimitsProfile, RuleKind
from protocols.events import (
    Acknowledge,
    BaselineFrozen,
    BaselineValue,
    BpState,
    BpStateChanged,
    ClockAnchored,
    DeliveryChanged,
    EndAudioPause,
    Event,
    LinkChanged,
    LinkState,
    ObservationRecorded,
    PauseAudio,
    Phase,
    PhaseChanged,
    PumpReported,
    Reading,
    SameArmChanged,
    Service,
    ServiceReported,
    SoundChecked,
    TaskChanged,
    TaskState,
)
from protocols.limits import parse_limits
from protocols.vitals import NS_PER_S, Quality, Vital
from storage.numerics import columns_of

MS = 1_000_000
STANDARD: LimitsProfile = parse_limits(*read_limits("standard"))
ALARMS = tuple(rule.id for rule in STANDARD.rules if rule.vital in (Vital.HR, Vital.SPO2))
LEVELS = {
    Vital.HR: (39, 47, 54, 66, 70, 75, 80, 97, 109, 119, 139),
    Vital.PR: (39, 54, 66, 72, 80, 103, 119),
    Vital.SPO2: (88, 92, 94, 97, 97, 98, 98),
}
BAD = (Quality.SENSOR_OFF, Quality.SEARCHING, Quality.MISSING, Quality.IMPLAUSIBLE)


@st.composite
def stretches(draw: st.DrawFn, vital: Vital) -> list[Reading]:
    """A stream of some minutes in stretches of one kind each, with gaps between some."""
    t_ms = draw(st.integers(0, 4_000))
    found: list[Reading] = []
    for _ in range(draw(st.integers(1, 7))):
        kind = draw(
            st.sampled_from(("calm", "noisy", "noisy", "noisy", "ramp", "low", "bad", "gap"))
        )
        level = float(draw(st.sampled_from(LEVELS[vital])))
        count = draw(st.integers(1, 90))
        every_ms = draw(st.sampled_from((1_000, 1_000, 1_000, 1_003, 4_999, 5_000, 333, 0)))
        spread = draw(st.sampled_from((1, 2, 4)))
        noise = draw(st.lists(st.integers(-spread, spread), min_size=7, max_size=40))
        slope = draw(st.sampled_from((-1.0, -0.5, 0.5, 1.0)))
        source = draw(st.sampled_from(("oximeter", "oximeter", "monitor")))
        bad = draw(st.sampled_from(BAD))
        if kind == "gap":
            t_ms += draw(st.sampled_from((4_999, 5_000, 9_000, 10_000, 45_000)))
            continue
        for number in range(count):
            value = level
            if kind == "noisy":
                value += noise[number % len(noise)]
            elif kind == "ramp":
                value += slope * number
            quality = {"low": Quality.LOW, "bad": bad}.get(kind, Quality.GOOD)
            lag_ms = 2_000 if kind == "low" and number % 2 else 0
            found.append(
                Reading(
                    t_ns=t_ms * MS,
                    vital=vital,
                    value=value if quality.has_value else None,
                    quality=quality,
                    source=source,
                    measured_ns=(t_ms - lag_ms) * MS,
                    note="weak" if kind == "low" else "",
                )
            )
            t_ms += every_ms
    return found


def reading(t_ns: int, vital: Vital, value: float, **more: object) -> Reading:
    """One reading."""
    return replace(
        Reading(
            t_ns=t_ns,
            vital=vital,
            value=value,
            quality=Quality.GOOD,
            source="bp",
            measured_ns=t_ns,
        ),
        **more,  # type: ignore[arg-type]
    )


def baseline(t_ns: int, hr: float, sbp: float) -> BaselineFrozen:
    """A frozen baseline."""
    values = {Vital.HR: hr, Vital.SBP: sbp, Vital.DBP: 75.0, Vital.MAP: 92.0}
    return BaselineFrozen(
        t_ns=t_ns,
        by="nurse",
        values=tuple(BaselineValue(vital=v, value=x, readings=2) for v, x in values.items()),
        low_confidence=False,
    )


def _pressure(t_ns: int, number: int) -> list[Event]:
    sbp = 78.0 + number * 7
    return [
        reading(t_ns, Vital.SBP, sbp),
        reading(t_ns, Vital.DBP, sbp - 45),
        reading(t_ns, Vital.MAP, sbp - 30),
        reading(t_ns, Vital.PR, 60.0 + number * 3, spot=True),
    ]


def _events(kind: str, t_ns: int, number: int) -> list[Event]:
    return _MADE[kind](t_ns, number)


def _task(t_ns: int, number: int) -> list[Event]:
    states = tuple(TaskState)
    return [
        TaskChanged(
            t_ns=t_ns,
            task="infusing/rr/5",
            item="rr",
            label="respiration",
            state=states[number % len(states)],
            due_ns=t_ns,
            closes_ns=t_ns + NS_PER_S,
        )
    ]


def _pump(t_ns: int, number: int) -> list[Event]:
    return [
        DeliveryChanged(
            t_ns=t_ns,
            rate_mg_per_min=Decimal(1),
            delivered_mg=Decimal(number),
            percent=100,
            finished=False,
            cause="start",
        ),
        PumpReported(
            t_ns=t_ns,
            device="pump",
            rate_ml_per_h=float(number),
            volume_ml=float(number),
            running=bool(number % 2),
            alarm="occlusion" if number % 5 == 0 else "",
        ),
    ]


def _clock(t_ns: int, number: int) -> list[Event]:
    utc = "2026-03-02T09:00:00.000Z"
    return [ClockAnchored(t_ns=t_ns, utc=utc, utc_offset_min=0, jump_ms=number % 3 * 4_000)]


def _typed(t_ns: int, number: int) -> list[Event]:
    return [
        reading(t_ns, Vital.HR, 60.0 + number * 3, manual=True, spot=True, source="nurse"),
        reading(t_ns, Vital.RR, 6.0 + number, manual=True, source="nurse"),
    ]


def _phase(t_ns: int, number: int) -> list[Event]:
    phases = (Phase.BASELINE, Phase.INFUSING, Phase.PAUSED, Phase.RECOVERY)
    return [PhaseChanged(t_ns=t_ns, before=Phase.SETUP, after=phases[number % 4], by="nurse")]


def _link(t_ns: int, number: int) -> list[Event]:
    states = (LinkState.LIVE, LinkState.SILENT, LinkState.NOT_CONNECTED, LinkState.UNCONFIRMED)
    return [LinkChanged(t_ns=t_ns, device="oximeter", state=states[number % 4])]


def _cuff(t_ns: int, number: int) -> list[Event]:
    states = (BpState.REQUESTED, BpState.MEASURING, BpState.DONE, BpState.FAILED)
    return [BpStateChanged(t_ns=t_ns, device="bp", state=states[number % 4])]


def _event(t_ns: int, number: int) -> list[Event]:
    severity = number % 11
    return [
        ObservationRecorded(
            t_ns=t_ns, kind="event", label="dizziness", by="nurse", severity=severity
        )
    ]


def _acknowledge(t_ns: int, number: int) -> list[Event]:
    alarm = ALARMS[number % len(ALARMS)]
    return [Acknowledge(t_ns=t_ns, by="nurse", alarm=alarm, action="seen")]


_MADE: dict[str, Callable[[int, int], list[Event]]] = {
    "ack": _acknowledge,
    "pause": lambda t_ns, number: [PauseAudio(t_ns=t_ns, by="nurse")],
    "end pause": lambda t_ns, number: [EndAudioPause(t_ns=t_ns, by="nurse")],
    "pressure": _pressure,
    "baseline": lambda t_ns, number: [baseline(t_ns, 50.0 + number * 2, 100.0 + number)],
    "phase": _phase,
    "link": _link,
    "service": lambda t_ns, number: [
        ServiceReported(t_ns=t_ns, service=Service.SOUND, working=bool(number % 2))
    ],
    "task": _task,
    "typed": _typed,
    "event": _event,
    "cuff": _cuff,
    "arm": lambda t_ns, number: [SameArmChanged(t_ns=t_ns, same=bool(number % 2), by="nurse")],
    "clock": _clock,
    "sound": lambda t_ns, number: [SoundChecked(t_ns=t_ns, heard=bool(number % 2), by="nurse")],
    "pump": _pump,
}


KINDS = (
    *("ack", "ack", "pause", "end pause", "pressure", "pressure", "baseline", "phase", "link"),
    *("service", "task", "typed", "event", "cuff", "arm", "clock", "sound", "pump"),
)


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """A recording of a few minutes."""
    vitals = draw(st.sets(st.sampled_from((Vital.HR, Vital.PR, Vital.SPO2)), min_size=1))
    events: list[tuple[int, int, Event]] = []
    for vital in sorted(vitals):
        events += [(one.t_ns, 1, one) for one in draw(stretches(vital))]
    end_ns = max((t_ns for t_ns, _, _ in events), default=0)
    start = draw(st.sampled_from((Phase.BASELINE, Phase.INFUSING)))
    others: list[Event] = [PhaseChanged(t_ns=0, before=Phase.SETUP, after=start, by="nurse")]
    drawn = draw(
        st.lists(
            st.tuples(st.sampled_from(KINDS), st.integers(0, end_ns // MS), st.integers(0, 20)),
            max_size=draw(st.sampled_from((2, 6, 14))),
        )
    )
    for kind, t_ms, number in drawn:
        others += _events(kind, t_ms * MS, number)
    events += [(one.t_ns, 0, one) for one in others]
    events.sort(key=lambda one: one[:2])
    numbered = [(seq, event) for seq, (_, _, event) in enumerate(events, start=1)]
    packed = [(s, e) for s, e in numbered if isinstance(e, Reading) and e.vital in LEVELS]
    streams, single = split_streams(columns_of(packed))
    facts = [Fact(seq=s, event=e) for s, e in numbered if not _is_packed(e)]
    facts += [Fact(seq=seq, event=event) for seq, event in single]
    tail_ns = draw(st.sampled_from((0, 3, 12, 200))) * NS_PER_S
    return Recording(
        name="random",
        subject="random",
        facts=sorted_facts(facts),
        streams=streams,
        end_ns=end_ns + tail_ns,
        intervals=draw(st.sampled_from(({}, {}, {"monitor": 6.0}))),
        judged=True,
    )


def _is_packed(event: Event) -> bool:
    return isinstance(event, Reading) and event.vital in LEVELS


@st.composite
def limits(draw: st.DrawFn) -> LimitsProfile:
    """The standard rules with other numbers: delays, hysteresis, latches, rates, spans."""
    chosen = [draw(_rule(rule)) for rule in STANDARD.rules]
    kept = draw(st.sampled_from((1.0, 0.5)))
    if kept < 1:
        picks = draw(st.lists(st.booleans(), min_size=len(chosen), max_size=len(chosen)))
        chosen = [rule for rule, pick in zip(chosen, picks, strict=True) if pick] or chosen[:1]
    policy = replace(
        STANDARD.policy,
        pause_yields=draw(st.booleans()),
        realarm_high_s=float(draw(st.sampled_from((30, 120)))),
        typed_validity_s=float(draw(st.sampled_from((0, 30, 300)))),
    )
    return replace(STANDARD, rules=tuple(chosen), policy=policy)


def _rule(rule: AlarmRule) -> st.SearchStrategy[AlarmRule]:
    streamed = rule.vital in LEVELS
    if not streamed:
        return st.just(rule)
    if rule.kind is RuleKind.RATE and rule.change is not None:
        change = rule.change
        return st.builds(
            lambda by, span, delay: replace(
                rule, change=replace(change, value=by), window_s=span, delay_s=delay
            ),
            st.sampled_from((3.0, 4.0, 10.0, 30.0)),
            st.sampled_from((5.0, 20.0, 60.0)),
            st.sampled_from((0.0, 5.0, 10.0)),
        )
    return st.builds(
        lambda delay, hysteresis, latch: replace(
            rule,
            delay_s=delay,
            hysteresis=0.0 if rule.technical else hysteresis,
            latch=latch and not rule.technical,
        ),
        st.sampled_from((rule.delay_s, 0.0, 7.0, 15.0)),
        st.sampled_from((rule.hysteresis, 0.0, 2.0)),
        st.booleans(),
    )
