"""Sessions told as events, and a feed that shows them: for tests of windows and for screenshots.

Every story is built of the program's own events, so what a window shows of it is what it would show
of a real session in that state.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from app.feed import Feed
from app.places import read_protocol
from protocols.events import (
    AlarmChanged,
    AlarmState,
    BaselineFrozen,
    BaselineValue,
    BpScheduleArmed,
    BpState,
    BpStateChanged,
    Command,
    DeliveryChanged,
    DeviceSlot,
    DoseConfirmed,
    DosePlanned,
    EnterPatient,
    EnterWeight,
    Event,
    LinkChanged,
    LinkState,
    ObservationRecorded,
    PatientRecorded,
    Phase,
    PhaseChanged,
    Priority,
    Reading,
    SessionOpened,
    TaskChanged,
    TaskState,
    WaveReceived,
    WeightRecorded,
)
from protocols.vitals import NS_PER_S, Quality, Vital

ROOT = Path(__file__).resolve().parents[2]
NURSE = "N. Okafor RN"
START_S = 14 * 60
"""When the drug begins in every story, seconds since the session began."""
PLETH_INTERVAL_NS = NS_PER_S // 75


class StoryFeed(Feed):
    """A feed whose clock is set by hand and that keeps what people did."""

    def __init__(self, events: Iterable[Event], now_s: float) -> None:
        super().__init__()
        self.clock_ns = round(now_s * NS_PER_S)
        self.submitted: list[Command] = []
        self.beats = 0
        self.alive = True
        self.apply(sorted(events, key=lambda event: event.t_ns))

    def now_ns(self) -> int:
        return self.clock_ns

    @property
    def core_alive(self) -> bool:
        return self.alive

    def submit(self, command: Command) -> None:
        self.submitted.append(command)

    def heartbeat(self) -> None:
        self.beats += 1

    def tell(self, *events: Event) -> None:
        """Let `events` happen and tell the windows."""
        self.apply(events)
        self.clock_ns = max(self.clock_ns, self.state.t_ns)
        self.advanced.emit()


def ns(seconds: float) -> int:
    """Session time in nanoseconds."""
    return round(seconds * NS_PER_S)


def opened(*, monitors: bool = True, simulated: bool = True) -> SessionOpened:
    """The opening with the reference protocol and its limits."""
    slots = (
        DeviceSlot(
            device="oximeter", driver="nonin", port="/dev/ttyUSB0", identity="", simulated=simulated
        ),
        DeviceSlot(
            device="bp", driver="suntech", port="/dev/ttyUSB1", identity="", simulated=simulated
        ),
    )
    return SessionOpened(
        t_ns=0,
        session="20261121-140000-room3-ab12",
        schema=1,
        program="0.1.0",
        utc="2026-11-21T13:45:40.000Z",
        utc_offset_min=60,
        room="Room 3",
        simulated=simulated and monitors,
        protocol_text=read_protocol("iv-0.5-40")[0],
        limits_text=(ROOT / "resources/limits/standard.toml").read_text(encoding="utf-8"),
        rules_digest="0" * 64,
        devices=slots if monitors else (),
        vitals=(),
    )


def preparation(*, monitors: bool = True) -> list[Event]:
    """Patient, weight, dose, baseline and the start of the drug."""
    patient = EnterPatient(
        t_ns=0,
        by=NURSE,
        given_name="Jane",
        family_name="Doe",
        mrn="004711",
        birth_date="1985-03-02",
        sex="female",
        visit=3,
        visits_planned=6,
    )
    weight = EnterWeight(t_ns=0, by=NURSE, weight_kg=Decimal("70.0"), measured=True)
    values = {Vital.SBP: 137.0, Vital.DBP: 84.0, Vital.MAP: 102.0, Vital.PR: 74.0, Vital.SPO2: 98.0}
    baseline = tuple(
        BaselineValue(vital=vital, value=value, readings=2) for vital, value in values.items()
    )
    phases = [
        (60, Phase.SETUP, Phase.GATE),
        (240, Phase.GATE, Phase.BASELINE),
        (START_S, Phase.BASELINE, Phase.INFUSING),
    ]
    return [
        opened(monitors=monitors),
        ObservationRecorded(t_ns=ns(1), kind="hand-over", label="observer", by=NURSE, text=NURSE),
        PatientRecorded(t_ns=ns(20), entry=patient),
        WeightRecorded(t_ns=ns(40), entry=weight),
        plan(ns(50)),
        DoseConfirmed(t_ns=ns(55), checked_by="A. Lund RN"),
        *(
            PhaseChanged(t_ns=ns(t_s), before=before, after=after, by=NURSE)
            for t_s, before, after in phases
        ),
        BaselineFrozen(t_ns=ns(START_S - 60), by=NURSE, values=baseline, low_confidence=False),
        delivery(START_S, "0.875", "0", 100, "start"),
    ]


def plan(t_ns: int) -> DosePlanned:
    """0.5 mg/kg for 70 kg over 40 minutes."""
    return DosePlanned(
        t_ns=t_ns,
        weight_kg=Decimal("70.0"),
        dose_mg_per_kg=Decimal("0.5"),
        dose_mg=Decimal("35.0"),
        volume_ml=Decimal("35.0"),
        rate_ml_per_h=Decimal("52.5"),
        rate_mg_per_min=Decimal("0.875"),
        duration_min=Decimal("40"),
        concentration_mg_per_ml=Decimal("1"),
        ordered_by="Dr. Sato",
    )


def delivery(
    t_s: float, rate: str, given: str, percent: int, cause: str, *, finished: bool = False
) -> DeliveryChanged:
    """A change of the pump's rate."""
    return DeliveryChanged(
        t_ns=ns(t_s),
        rate_mg_per_min=Decimal(rate),
        delivered_mg=Decimal(given),
        percent=percent,
        finished=finished,
        cause=cause,
    )


def links(t_s: float = 2.0, state: LinkState = LinkState.LIVE) -> list[Event]:
    """Both monitors in `state`."""
    return [LinkChanged(t_ns=ns(t_s), device=device, state=state) for device in ("oximeter", "bp")]


def reading(
    vital: Vital, value: float | None, t_s: float, quality: Quality = Quality.GOOD
) -> Reading:
    """A reading of a monitor."""
    source = "bp" if vital in (Vital.SBP, Vital.DBP, Vital.MAP, Vital.CUFF) else "oximeter"
    return Reading(
        t_ns=ns(t_s), vital=vital, value=value, quality=quality, source=source, measured_ns=ns(t_s)
    )


def typed(vital: Vital, value: float, t_s: float) -> Reading:
    """A value that the nurse typed."""
    return Reading(
        t_ns=ns(t_s),
        vital=vital,
        value=value,
        quality=Quality.GOOD,
        source=NURSE,
        measured_ns=ns(t_s),
        manual=True,
    )


def cuff(t_s: float, sbp: float, dbp: float) -> list[Event]:
    """One determination of the cuff."""
    mean = round(dbp + (sbp - dbp) / 3)
    return [
        reading(Vital.SBP, sbp, t_s),
        reading(Vital.DBP, dbp, t_s),
        reading(Vital.MAP, mean, t_s),
    ]


def streams(from_s: float, until_s: float) -> list[Event]:
    """Pulse, saturation and perfusion once a second, rising while the drug runs."""
    events: list[Event] = []
    for second in range(int(from_s), int(until_s)):
        drug_min = max(0.0, (second - START_S) / 60)
        wander = math.sin(second / 37) + 0.6 * math.sin(second / 11)
        rise = 14 * (1 - math.exp(-drug_min / 9))
        events.append(reading(Vital.PR, round(74 + rise + 1.6 * wander), second))
        events.append(reading(Vital.SPO2, round(97.6 - 0.5 * wander), second))
        events.append(reading(Vital.PI, round(3.6 + 0.3 * wander, 1), second))
    return events


def pleth(from_s: float, until_s: float) -> list[Event]:
    """Packets of 25 samples, three a second, as an oximeter of 75 Hz sends them."""
    events: list[Event] = []
    sample = 0
    packets = int((until_s - from_s) * 3)
    for packet in range(1, packets + 1):
        values = []
        for _ in range(25):
            beat = (sample / 75 * 88 / 60) % 1.0
            wave = math.exp(-(((beat - 0.2) / 0.1) ** 2)) + 0.4 * math.exp(
                -(((beat - 0.5) / 0.12) ** 2)
            )
            values.append(round(40 + 180 * wave / 1.05))
            sample += 1
        events.append(
            WaveReceived(
                t_ns=ns(from_s + packet / 3),
                device="oximeter",
                vital=Vital.PLETH,
                interval_ns=PLETH_INTERVAL_NS,
                full_scale=255,
                usable=True,
                values=tuple(values),
            )
        )
    return events


def alarm(name: str, priority: Priority, t_s: float, sentence: str, **more: object) -> AlarmChanged:
    """An alarm about systolic pressure unless `more` says otherwise."""
    told: dict[str, object] = {
        "state": AlarmState.SOUNDING,
        "technical": False,
        "vital": Vital.SBP,
        "value": None,
        "limit": None,
        "baseline": None,
        "next_step": "",
    }
    told.update(more)
    return AlarmChanged(
        t_ns=ns(t_s),
        alarm=name,
        priority=priority,
        since_ns=ns(t_s),
        sentence=sentence,
        **told,  # type: ignore[arg-type]
    )


def task(item: str, label: str, due_s: float, state: TaskState = TaskState.UPCOMING) -> TaskChanged:
    """One observation of the schedule, announced when the drug began."""
    return TaskChanged(
        t_ns=ns(START_S),
        task=f"infusing/{item}/{due_s:g}",
        item=item,
        label=label,
        state=state,
        due_ns=ns(due_s),
        closes_ns=ns(due_s + 120),
    )


def observed(t_s: float, label: str, severity: int | None = None) -> ObservationRecorded:
    """An event that the nurse recorded."""
    return ObservationRecorded(t_ns=ns(t_s), kind="event", label=label, by=NURSE, severity=severity)


def calm(minutes: float = 23.7) -> StoryFeed:
    """A session `minutes` into the drug with everything in order."""
    now_s = START_S + 60 * minutes
    events = [*preparation(), *links(), *streams(250, now_s), *pleth(now_s - 25, now_s)]
    for t_min, sbp, dbp in (
        (-9, 138, 85),
        (-3, 136, 83),
        (5, 144, 88),
        (10, 149, 90),
        (15, 151, 92),
    ):
        events += cuff(START_S + 60 * t_min, sbp, dbp)
    events += cuff(now_s - 65, 148, 90)
    events += [
        BpScheduleArmed(t_ns=ns(START_S + 5), armed=True, by=NURSE),
        observed(START_S + 130, "Eyeshade on"),
        observed(START_S + 760, "Nausea", 3),
        typed(Vital.RR, 14, now_s - 430),
        typed(Vital.MOAAS, 5, now_s - 400),
        typed(Vital.DISTRESS, 2, now_s - 390),
        task("bp", "Blood pressure", now_s + 70),
        task("moaas", "Alertness (MOAA/S)", now_s + 370),
        task("rr", "Respiratory rate", now_s + 370),
        task("scores", "Distress", now_s + 370),
    ]
    return StoryFeed(events, now_s)


def pressure_alarm() -> StoryFeed:
    """The drawn screen: 168/96 against 165, with a second alarm acknowledged below it."""
    feed = calm()
    now_s = feed.clock_ns / NS_PER_S
    feed.apply(
        [
            *cuff(now_s - 62, 168, 96),
            alarm(
                "sbp-high-warning",
                Priority.MEDIUM,
                now_s - 62,
                "Systolic pressure 168 mmHg, limit 165, baseline 137 (+31)",
                value=168.0,
                limit=165.0,
                baseline=137.0,
                next_step="repeat within 3 min, tell the prescriber, consider slowing to 50 %",
            ),
            alarm(
                "dbp-high-advisory",
                Priority.LOW,
                now_s - 61,
                "Diastolic pressure 96 mmHg, limit 95, baseline 84 (+12)",
                vital=Vital.DBP,
                state=AlarmState.ACKED,
                by=NURSE,
                action="seen, watching",
            ),
        ]
    )
    return feed


def emergency() -> StoryFeed:
    """A critical pressure, the cuff inflating again, an observation late."""
    feed = pressure_alarm()
    now_s = feed.clock_ns / NS_PER_S
    feed.apply(
        [
            *cuff(now_s - 31, 204, 121),
            alarm(
                "sbp-high-once",
                Priority.HIGH,
                now_s - 31,
                "Systolic pressure 204 mmHg, limit 200, baseline 137 (+67)",
                next_step="pause the infusion, prescriber to the bedside",
            ),
            BpStateChanged(t_ns=ns(now_s - 5), device="bp", state=BpState.MEASURING),
            reading(Vital.CUFF, 142, now_s),
            task("rr", "Respiratory rate", now_s - 40, TaskState.LATE),
        ]
    )
    return feed


def without_monitors() -> StoryFeed:
    """Nothing is connected: the nurse types."""
    now_s = START_S + 8 * 60
    events: list[Event] = [*preparation(monitors=False)]
    events += [
        typed(Vital.SBP, 142, START_S + 300),
        typed(Vital.DBP, 88, START_S + 300),
        typed(Vital.RR, 16, START_S + 310),
        task("bp", "Blood pressure", START_S + 600),
    ]
    return StoryFeed(events, now_s)


def stale() -> StoryFeed:
    """The oximeter fell silent, the probe was off before, the last cuff reading is too old."""
    feed = calm()
    began_s = feed.clock_ns / NS_PER_S
    feed.apply(
        [
            reading(Vital.SPO2, None, began_s + 1, Quality.SENSOR_OFF),
            LinkChanged(t_ns=ns(began_s + 30), device="oximeter", state=LinkState.SILENT),
            alarm(
                "device-lost/oximeter",
                Priority.MEDIUM,
                began_s + 30,
                "Oximeter silent for 30 s",
                vital=None,
                technical=True,
                next_step="check that it is on and its cable is seated",
            ),
            BpStateChanged(t_ns=ns(began_s + 200), device="bp", state=BpState.FAILED),
            Reading(
                t_ns=ns(began_s + 200),
                vital=Vital.SBP,
                value=None,
                quality=Quality.FAILED,
                source="bp",
                measured_ns=ns(began_s + 200),
                note="air leak",
            ),
        ]
    )
    feed.clock_ns = ns(began_s + 880)
    return feed


def recovery() -> StoryFeed:
    """Twenty minutes after the drug ended."""
    feed = calm(40.0)
    end_s = START_S + 2400
    now_s = end_s + 1200
    feed.apply(
        [
            delivery(end_s, "0", "35.0", 0, "dose given", finished=True),
            PhaseChanged(t_ns=ns(end_s), before=Phase.INFUSING, after=Phase.RECOVERY, by=NURSE),
            *streams(end_s, now_s),
            *cuff(now_s - 100, 132, 82),
            *pleth(now_s - 25, now_s),
        ]
    )
    feed.clock_ns = ns(now_s)
    return feed


STORIES = {
    "calm": calm,
    "pressure-alarm": pressure_alarm,
    "emergency": emergency,
    "without-monitors": without_monitors,
    "stale": stale,
    "recovery": recovery,
}
"""Every story by name."""
