"""The pre-flight of a protocol as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from protocols.preflight import PossibleAlarm, Preflight, Prompt


def describe_preflight(found: Preflight) -> str:
    """Every prompt in the order of a visit, then every alarm, as lines for people."""
    lines = [
        f"{found.protocol}, version {found.protocol_version}: {found.title}",
        f"alarm limits {found.limits}, version {found.limits_version}",
        "No session is run. Minutes are those of the usual order.",
    ]
    for stage, prompts in groupby(found.prompts, key=lambda one: one.stage):
        lines += ["", stage.value.upper(), *_stage(prompts)]
    for technical, title in ((False, "ALARMS OF THE PATIENT"), (True, "ALARMS OF EQUIPMENT")):
        lines += ["", title]
        for alarm in found.alarms:
            if alarm.technical is technical:
                lines += _alarm(alarm)
    return "\n".join(lines)


def _stage(prompts: Iterator[Prompt]) -> Iterator[str]:
    counted = ""
    for one in prompts:
        if one.counted_from and one.counted_from != counted:
            counted = one.counted_from
            yield f"  minutes from the {counted.removeprefix('the ')}:"
        minute = "" if one.minute is None else f"{one.minute} min"
        detail = f" [{one.detail}]" if one.detail else ""
        yield f"  {minute:>8}  {one.ask}{detail}"


def _alarm(alarm: PossibleAlarm) -> Iterator[str]:
    delay = f", after {alarm.delay_s:g} s" if alarm.delay_s else ""
    yield f"  {alarm.priority:<6}  {alarm.title} ({alarm.rule}{delay}): {alarm.sentence}"
    yield f"          {alarm.next_step}"
