"""Whatever happens in whatever order: no alarm is missed, and nothing is silent for ever.

The checks read the record alone. They know the limits, the policy and what was done, not the board
and not the annunciator. A second room is woken at random moments in between and must say the same;
so must a third that is fed the same inputs afterwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from app.pipeline import Pipeline
from protocols.events import (
    AcceptAlarm,
    Acknowledge,
    AlarmChanged,
    AlarmDelivered,
    AlarmSignalled,
    AlarmState,
    AnswerSoundCheck,
    AudioPauseChanged,
    ChangeLimit,
    CheckSound,
    ClockAnchored,
    CommandRefused,
    EndAudioPause,
    Event,
    LimitChanged,
    LimitPart,
    LinkReported,
    LinkState,
    Output,
    PauseAudio,
    Reading,
    RejectAlarm,
    RestoreLimit,
    Service,
    ServiceReported,
    SwitchRuleOff,
)
from protocols.vitals import Vital
from tests.unit.protocols.signal_record import (
    SILENT,
    Record,
)
from tests.unit.protocols.signal_rooms import (
    COLLEAGUE,
    LIMITS,
    NURSE,
    PRESCRIBER,
    SIGNALS_TEXTS,
    STATION,
    S,
    at,
    happen,
    opened,
    policy_of,
    read,
)

SERVICE_ALARMS = {Service.STAFF: "staff-lost", Service.RECORDER: "not-recording"}
PRESSURE_RULES = {"sbp-advisory": 150.0, "sbp-warning": 165.0, "sbp-critical": 180.0}
HR_RULES = {"hr-warning": 110.0, "hr-critical": 140.0}
JUDGED = (*PRESSURE_RULES, *HR_RULES)
DELAYS_S = {"hr-warning": 10, "hr-critical": 5}
RANKS = {rule.id: rule.priority.rank for rule in LIMITS.rules}
ALARMS = st.sampled_from([*JUDGED, "device-lost/oximeter", "staff-lost", "not-recording"])
PRESSURES = st.sampled_from([100, 155, 170, 172, 190])
"""Each lies further than the hysteresis from every limit that is ever in force."""
FALSE_NUMBERS = st.sampled_from([math.nan, math.inf, -math.inf, None])
WAITS = st.sampled_from([0, 0, 1, 4, 5, 9, 10, 20, 30, 60, 119, 120, 121, 300]) | st.integers(
    0, 400
)
WAKES = st.lists(st.floats(0, 1), max_size=3)


@dataclass(slots=True)
class Truth:
    """What is so of each rule, by the numbers that were read: violated since when, or cleared."""

    limits: dict[str, float] = field(default_factory=lambda: {**PRESSURE_RULES, **HR_RULES})
    off: set[str] = field(default_factory=set)
    violated_ns: dict[str, int | None] = field(default_factory=dict)
    fresh: tuple[float, int] | None = None
    services: dict[str, bool] = field(default_factory=dict)

    def read(self, rules: dict[str, float], value: float, t_ns: int) -> None:
        """A finite number was read of the vital of `rules`."""
        for name in rules:
            if name not in self.off:
                self._judge(name, value, t_ns)
        if rules is PRESSURE_RULES:
            self.fresh = (value, t_ns)

    def _judge(self, name: str, value: float, t_ns: int) -> None:
        if value < self.limits[name]:
            self.violated_ns[name] = None
        elif self.violated_ns.get(name) is None:
            self.violated_ns[name] = t_ns

    def change(self, change: LimitChanged) -> None:
        """A rule changed; it is judged anew on what is still fresh."""
        name = change.rule
        if change.off:
            self.off.add(name)
            self.violated_ns.pop(name, None)
            return
        self.off.discard(name)
        self.limits[name] = PRESSURE_RULES[name] if change.value is None else change.value
        if self.fresh is not None and change.t_ns < self.fresh[1] + 900 * S:
            self._judge(name, self.fresh[0], change.t_ns)


class SignalledRoom(RuleBasedStateMachine):
    """The same random events in two rooms; one is also woken at random moments in between."""

    def __init__(self) -> None:
        super().__init__()
        self.plain, self.woken = Pipeline(), Pipeline()
        self.now_ns = 0
        self.inputs: list[Event] = []
        self.said: list[Output] = []
        self.said_woken: list[Output] = []
        self.truth = Truth()
        self.record = Record(rows={})

    @initialize(policy=st.sampled_from(sorted(SIGNALS_TEXTS)), staffed=st.booleans())
    def begin(self, policy: str, staffed: bool) -> None:
        self.record.rows = {row.priority: row for row in policy_of(policy).rows}
        self.happen(opened(SIGNALS_TEXTS[policy]))
        if staffed:
            self.happen(ServiceReported(t_ns=0, service=Service.STAFF, working=True))

    def happen(self, event: Event) -> list[Output]:
        """Let `event` happen now, in both rooms; what follows from it."""
        event = at(event, self.now_ns)
        self.inputs.append(event)
        self.record.take(event)
        outputs = happen(self.plain, event)
        self.said_woken += happen(self.woken, event)
        self._hear(outputs)
        return outputs

    def _hear(self, outputs: list[Output]) -> None:
        self.said += outputs
        for output in outputs:
            self.record.take(output)
            if isinstance(output, LimitChanged):
                self.truth.change(output)

    def _wait(self, seconds: int, wakes: list[float]) -> None:
        start_ns, self.now_ns = self.now_ns, self.now_ns + seconds * S
        for part in sorted(wakes):
            self.said_woken += self.woken.advance(start_ns + round(part * seconds * S))
        self.said_woken += self.woken.advance(self.now_ns)
        outputs = self.plain.advance(self.now_ns)
        elders = [seen for seen in self.record.seen.values() if seen.acked_ns is not None]
        self._hear(outputs)
        _ends_nothing(outputs, acknowledged=bool(elders))

    # -- time -----------------------------------------------------------------------------------

    @rule(seconds=WAITS, wakes=WAKES)
    def wait(self, seconds: int, wakes: list[float]) -> None:
        self._wait(seconds, wakes)

    @rule(hours=st.integers(1, 8))
    def suspend_the_machine(self, hours: int) -> None:
        self._wait(hours * 3600, [])

    @rule(jump_ms=st.sampled_from([-7_200_000, -1000, 1000, 3_600_000]))
    def jump_the_wall_clock(self, jump_ms: int) -> None:
        utc = "2026-11-21T12:00:00.000Z"
        self.happen(ClockAnchored(t_ns=0, utc=utc, utc_offset_min=60, jump_ms=jump_ms))

    # -- what monitors say ----------------------------------------------------------------------

    @rule(value=PRESSURES)
    def read_pressure(self, value: int) -> None:
        self.truth.read(PRESSURE_RULES, value, self.now_ns)
        self.happen(read(0, Vital.SBP, value) if not self.now_ns else self._read(Vital.SBP, value))

    @rule(value=st.sampled_from([70, 125, 160]))
    def read_heart_rate(self, value: int) -> None:
        self.truth.read(HR_RULES, value, self.now_ns)
        self.happen(self._read(Vital.HR, value))

    @rule(vital=st.sampled_from([Vital.SBP, Vital.HR, Vital.SPO2]), value=FALSE_NUMBERS)
    def read_no_number(self, vital: Vital, value: float | None) -> None:
        before = {alarm: seen.state for alarm, seen in self.record.seen.items()}
        _ends_nothing(self.happen(self._read(vital, value)))
        assert {alarm: seen.state for alarm, seen in self.record.seen.items()} == before
        if vital is Vital.SBP:
            self.truth.fresh = None

    def _read(self, vital: Vital, value: float | None) -> Event:
        return replace(read(0, vital, value), measured_ns=self.now_ns)

    @rule(state=st.sampled_from([LinkState.WAITING, LinkState.NOT_CONNECTED, LinkState.OPENING]))
    def change_a_link(self, state: LinkState) -> None:
        self.happen(LinkReported(t_ns=0, device="oximeter", state=state))

    @rule(
        service=st.sampled_from([Service.STAFF, Service.SOUND, Service.RECORDER]), up=st.booleans()
    )
    def report_a_service(self, service: Service, up: bool) -> None:
        self.happen(ServiceReported(t_ns=0, service=service, working=up, detail="Said so."))
        if service in SERVICE_ALARMS:
            self.truth.services[SERVICE_ALARMS[service]] = up

    # -- what people do -------------------------------------------------------------------------

    @rule(
        alarm=ALARMS,
        by=st.sampled_from([NURSE, NURSE, NURSE, " "]),
        action=st.sampled_from(["seen", "seen", "seen", ""]),
    )
    def acknowledge(self, alarm: str, by: str, action: str) -> None:
        said = Acknowledge(t_ns=0, by=by, alarm=alarm, action=action)
        for _ in range(2):
            outputs = self.happen(said)
        assert not any(isinstance(output, AlarmChanged) for output in outputs)

    @rule(times=st.integers(1, 4))
    def pause(self, times: int) -> None:
        for _ in range(times):
            outputs = self.happen(PauseAudio(t_ns=0, by=NURSE))
        if times > 1:
            assert not any(isinstance(output, AudioPauseChanged) for output in outputs)

    @rule()
    def end_pause(self) -> None:
        self.happen(EndAudioPause(t_ns=0, by=NURSE))

    @rule(heard=st.booleans(), reason=st.sampled_from(["", "deaf loudspeaker"]))
    def check_sound(self, heard: bool, reason: str) -> None:
        self.happen(CheckSound(t_ns=0, by=NURSE))
        self.happen(AnswerSoundCheck(t_ns=0, by=NURSE, heard=heard, reason=reason))

    @rule(
        alarm=ALARMS,
        what=st.sampled_from(["deliver", "deliver", "accept", "accept", "reject"]),
        off_ns=st.sampled_from([0, 0, 0, -S]),
        by=st.sampled_from([COLLEAGUE, NURSE]),
    )
    def answer_at_a_station(self, alarm: str, what: str, off_ns: int, by: str) -> None:
        """For what is there mostly, and for what is not."""
        seen = self.record.seen.get(alarm)
        raised_ns = (0 if seen is None else seen.raised_ns) + off_ns
        if what == "deliver":
            self.happen(AlarmDelivered(t_ns=0, alarm=alarm, raised_ns=raised_ns, station=STATION))
            return
        kind = AcceptAlarm if what == "accept" else RejectAlarm
        self.happen(kind(t_ns=0, by=by, alarm=alarm, raised_ns=raised_ns, station=STATION))

    @rule(value=st.sampled_from([161, 165, 177.5]))
    def set_the_limit(self, value: float) -> None:
        self.happen(
            ChangeLimit(
                t_ns=0,
                by=NURSE,
                rule="sbp-warning",
                part=LimitPart.LIMIT,
                value=value,
                reason="known hypertension",
                prescriber=PRESCRIBER,
            )
        )

    @rule(name=st.sampled_from(["sbp-advisory", "sbp-warning", "sbp-critical"]))
    def switch_off(self, name: str) -> None:
        off = SwitchRuleOff(t_ns=0, by=NURSE, rule=name, reason="known", prescriber=PRESCRIBER)
        outputs = self.happen(off)
        if name == "sbp-critical":
            assert any(isinstance(output, CommandRefused) for output in outputs)

    @rule(name=st.sampled_from(["sbp-advisory", "sbp-warning"]))
    def restore(self, name: str) -> None:
        self.happen(RestoreLimit(t_ns=0, by=NURSE, rule=name))

    @rule(times=st.integers(1, 20))
    def say_the_last_again(self, times: int) -> None:
        """A burst of the same event, as a key that sticks or a driver that stutters gives it."""
        last = self.inputs[-1]
        if isinstance(
            last, ServiceReported | LinkReported | AlarmDelivered | AcceptAlarm | Reading
        ):
            self.happen(last)
            for _ in range(times):
                outputs = self.happen(last)
                assert not any(isinstance(one, AlarmChanged | AlarmSignalled) for one in outputs)

    # -- what must hold -------------------------------------------------------------------------

    @invariant()
    def waking_changes_nothing(self) -> None:
        assert self.said == self.said_woken

    @invariant()
    def time_runs_forward(self) -> None:
        times = [output.t_ns for output in self.said]
        assert times == sorted(times)

    @invariant()
    def what_is_seen_is_told(self) -> None:
        self.record.check(self.now_ns)

    @invariant()
    def what_is_so_is_seen(self) -> None:
        for name in JUDGED:
            since_ns = self.truth.violated_ns.get(name)
            seen = self.record.seen.get(name)
            if name in self.truth.off:
                assert seen is None, f"{name}: switched off and seen"
            elif since_ns is not None and self.now_ns >= since_ns + DELAYS_S.get(name, 0) * S:
                assert seen is not None, f"{name}: violated and not seen"
                assert seen.state not in (AlarmState.LATCHED, AlarmState.LATCHED_PAUSED)
            elif since_ns is None and seen is not None and name in self.truth.violated_ns:
                assert seen.state in (AlarmState.LATCHED, AlarmState.LATCHED_PAUSED)

    @invariant()
    def a_part_of_the_program_that_fails_is_seen_until_it_works(self) -> None:
        for name, works in self.truth.services.items():
            assert (name in self.record.seen) is not works, name

    def teardown(self) -> None:
        if not self.inputs:
            return
        again = Pipeline()
        said: list[Output] = []
        for event in self.inputs:
            said += happen(again, event)
        said += again.advance(self.now_ns)
        assert said == self.said, "the same inputs gave other outputs"


def _ends_nothing(outputs: list[Output], *, acknowledged: bool = False) -> None:
    """Missing data and time end no alarm about the patient.

    None is acknowledged by them, but a milder one in whose group somebody `acknowledged` another.
    """
    allowed = (AlarmState.SOUNDING, AlarmState.LATCHED, *SILENT)
    allowed += (AlarmState.ACKED,) if acknowledged else ()
    for output in outputs:
        if isinstance(output, AlarmChanged) and not output.technical:
            assert output.state in allowed, output


TestSignalledRoom = SignalledRoom.TestCase
TestSignalledRoom.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


@pytest.mark.campaign
def test_many_signalled_rooms() -> None:
    run_state_machine_as_test(
        SignalledRoom,
        settings=settings(
            max_examples=3000,
            stateful_step_count=80,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
