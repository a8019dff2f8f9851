"""Limits, policies and events of a small room whose alarms are signalled, for tests of signals."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from app.opening import describe_vitals
from app.pipeline import Pipeline
from app.places import read_protocol, read_signals
from protocols.events import DeviceSlot, Event, Input, Output, Reading, SessionOpened
from protocols.limits import LimitsProfile, parse_limits
from protocols.signals import SignalPolicy
from protocols.signals_file import parse_signals
from protocols.vitals import NS_PER_S, Quality, Vital

S = NS_PER_S
NURSE, COLLEAGUE, PRESCRIBER = "N. Okafor RN", "M. Berg RN", "P. Weber MD"
STATION = "corridor"

_HEAD = """
id = "small"
version = "1"
title = "A small room"
source = "tests"
review_date = 2027-01-01

[policy]
audio_pause_max_s = 120
realarm_high_s = 120
realarm_medium_s = 300
reminder_s = 300
bp_interval_factor = 1.5
bp_validity_s = 900
score_validity_s = 1800
acknowledge_needs_action = true
pause_yields = true

[hysteresis]
sbp = 5
hr = 5
"""

_LIMIT = """
[[rules]]
id = "{id}"
kind = "limit"
tier = "{tier}"
title = "{title}"
vital = "{vital}"
comparison = "{comparison}"
limit = {{ value = {limit}, absolute = [{low}, {high}], recommended = [{low}, {high}] }}
delay_s = {delay_s}
latch = {latch}
phases = ["setup", "infusing"]
icon = "cardiac"
next_step = "Do something."
"""

_TECHNICAL = """
[[rules]]
id = "{id}"
kind = "{kind}"
tier = "{tier}"
title = "{title}"
{more}
icon = "equipment"
next_step = "Look at it."
"""


def _limit(
    name: str,
    tier: str,
    limit: float,
    *,
    vital: str = "sbp",
    comparison: str = ">=",
    span: tuple[float, float] = (140, 220),
    delay_s: float = 0,
    latch: bool = False,
) -> str:
    return _LIMIT.format(
        id=name,
        tier=tier,
        title=name.replace("-", " "),
        vital=vital,
        comparison=comparison,
        limit=limit,
        low=span[0],
        high=span[1],
        delay_s=delay_s,
        latch=str(latch).lower(),
    )


def _technical(name: str, kind: str, tier: str, more: str = "") -> str:
    title = name.replace("-", " ")
    return _TECHNICAL.format(id=name, kind=kind, tier=tier, title=title, more=more)


LIMITS_TEXT = "".join(
    (
        _HEAD,
        _limit("sbp-advisory", "advisory", 150),
        _limit("sbp-warning", "warning", 165),
        _limit("sbp-critical", "critical", 180, latch=True),
        _limit("hr-warning", "warning", 110, vital="hr", span=(90, 180), delay_s=10),
        _limit("hr-critical", "critical", 140, vital="hr", span=(90, 180), delay_s=5, latch=True),
        _limit("spo2-critical", "critical", 90, vital="spo2", comparison="<", span=(80, 95)),
        _technical(
            "device-lost", "device-lost", "warning", 'phases = ["setup"]\nends_pause = true'
        ),
        _technical(
            "staff-lost", "service", "warning", 'service = "staff-station"\nends_pause = true'
        ),
        _technical("not-recording", "service", "critical", 'service = "recorder"'),
        _technical("sound-unproven", "sound-unproven", "advisory"),
    )
)
LIMITS: LimitsProfile = parse_limits(LIMITS_TEXT, "small")
SHIPPED_SIGNALS = ("quiet-room", "bedside")
SIGNALS_TEXTS = {name: read_signals(name)[0] for name in SHIPPED_SIGNALS}
SIGNALS_TEXTS["brisk"] = SIGNALS_TEXTS["quiet-room"].replace(
    "unattended_s = 120\nunattended_again_s = 240", "unattended_s = 50\nunattended_again_s = 90"
)
"""A quiet room in which a warning grows urgent before somebody must have attended to it."""


def policy_of(name: str) -> SignalPolicy:
    return parse_signals(SIGNALS_TEXTS[name], name)


SLOT = DeviceSlot(device="oximeter", driver="nonin", port="p", identity="", simulated=True)


def opened(signals_text: str, limits_text: str = LIMITS_TEXT) -> SessionOpened:
    return SessionOpened(
        t_ns=0,
        session="s",
        schema=1,
        program="0",
        utc="2026-11-21T13:00:00.000Z",
        utc_offset_min=60,
        room="Room 3",
        simulated=True,
        protocol_text=read_protocol("iv-0.5-40")[0],
        limits_text=limits_text,
        rules_digest="",
        devices=(SLOT,),
        vitals=describe_vitals(),
        signals_text=signals_text,
    )


def read(t_ns: int, vital: Vital, value: float | None) -> Reading:
    """A determination of a pressure, or a value of a stream, as a parser gives it."""
    quality = Quality.FAILED if value is None else Quality.GOOD
    return Reading(
        t_ns=t_ns, vital=vital, value=value, quality=quality, source="bp", measured_ns=t_ns
    )


def happen(pipeline: Pipeline, event: Event) -> list[Output]:
    """All that follows from `event`; a reading enters as the fact that a parser made of bytes."""
    return pipeline.step(cast(Input, event))


def at(event: Event, t_ns: int) -> Event:
    return replace(event, t_ns=t_ns)
