"""Rules, a policy and judgements for tests of the alarm board."""

from __future__ import annotations

from protocols.alarm_rules import AlarmPolicy, AlarmRule, Comparison, Limit, RuleKind, Tier
from protocols.conditions import Judgement, Verdict
from protocols.events import AlarmState, Reading
from protocols.vitals import NS_PER_S, Quality, Vital

S = NS_PER_S
OFF, PENDING, HELD, SOUNDING, PAUSED, ACKED, LATCHED, LATCHED_PAUSED = AlarmState
POLICY = AlarmPolicy(
    audio_pause_max_s=120,
    realarm_high_s=120,
    realarm_medium_s=300,
    reminder_s=300,
    bp_interval_factor=1.5,
    bp_validity_s=900,
    score_validity_s=1800,
)


def a_rule(
    name: str,
    tier: Tier,
    *,
    vital: Vital | None = Vital.SBP,
    group: str = "",
    limit: float = 165,
    delay_s: float = 0,
    latch: bool = False,
    ends_pause: bool = False,
    hysteresis: float = 5,
) -> AlarmRule:
    return AlarmRule(
        id=name,
        kind=RuleKind.LIMIT if vital is not None else RuleKind.DEVICE_LOST,
        tier=tier,
        title=name,
        next_step="Do something.",
        icon="cardiac",
        group=group or name,
        vital=vital,
        comparison=Comparison.AT_LEAST,
        limit=Limit(value=limit, absolute=(0, 300), recommended=(0, 300)),
        delay_s=delay_s,
        hysteresis=hysteresis,
        latch=latch,
        realarm_s=POLICY.realarm_s(tier.priority),
        ends_pause=ends_pause,
    )


CRITICAL = a_rule("critical", Tier.CRITICAL, group="sbp-high", limit=180, latch=True)
ONCE = a_rule("once", Tier.CRITICAL, group="sbp-high", limit=200, latch=True)
WARNING = a_rule("warning", Tier.WARNING, group="sbp-high")
ADVISORY = a_rule("advisory", Tier.ADVISORY, group="sbp-high", limit=150)
DELAYED = a_rule("delayed", Tier.WARNING, vital=Vital.HR, limit=110, delay_s=10)
LATCHING_HR = a_rule("latching", Tier.CRITICAL, vital=Vital.HR, limit=140, delay_s=5, latch=True)
LOST = a_rule("lost", Tier.WARNING, vital=None, ends_pause=True)
RULES = (CRITICAL, ONCE, WARNING, ADVISORY, DELAYED, LATCHING_HR, LOST)
BY_NAME = {rule.id: rule for rule in RULES}


def said(name: str, verdict: Verdict, t_ns: int, value: float = 200, device: str = "") -> Judgement:
    alarm_rule = BY_NAME[name]
    reading = None
    if alarm_rule.vital is not None:
        reading = Reading(
            t_ns=t_ns,
            vital=alarm_rule.vital,
            value=value,
            quality=Quality.GOOD,
            source="m",
            measured_ns=t_ns,
        )
    limit = alarm_rule.limit.value if alarm_rule.limit else None
    return Judgement(rule=alarm_rule, verdict=verdict, reading=reading, limit=limit, device=device)
