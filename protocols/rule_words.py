"""What the sentences of alarm rules share, said once: when a value is valid, what latched means.

Together with the sentence of each rule (`protocols.rule_sentences`) it says the rules whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from protocols.alarm_rules import LimitsProfile
from protocols.cross_checks import PULSE_BORNE
from protocols.vitals import COUNTED_BY_PEOPLE, PRESSURES, VITALS, Vital
from protocols.words import duration_text, joined


def shared_words(profile: LimitsProfile) -> tuple[str, ...]:
    """What holds for every rule of `profile`, a paragraph each."""
    return (
        *_values(profile),
        *_times(),
        *_states(profile),
        *_holds(profile),
    )


def _names(vitals: tuple[Vital, ...]) -> str:
    return joined([VITALS[vital].name for vital in vitals], "and")


def _values(profile: LimitsProfile) -> Iterator[str]:
    policy = profile.policy
    yield (
        "A reading is a value of a vital sign with the time at which it was measured. Of all that "
        "are known the one measured last counts, whenever it became known. A reading without a "
        "value makes the vital sign absent at once, except that a monitor without a value says "
        "nothing about what a person counted. A value of low confidence is judged like any other."
    )
    seconds = sorted({s.quiet_limit_s for s in VITALS.values() if s.quiet_limit_s is not None})
    streams = [
        f"{_names(tuple(v for v, s in VITALS.items() if s.quiet_limit_s == quiet_s))}: "
        f"{duration_text(quiet_s)}"
        for quiet_s in seconds
    ]
    counted = [
        f"{VITALS[vital].name} from a monitor: {duration_text(quiet_s)}"
        for vital, quiet_s in COUNTED_BY_PEOPLE.items()
    ]
    yield (
        "A value is valid until it is so old, and stale from that very moment on: "
        f"{'; '.join((*streams, *counted))}; from a monitor that speaks more rarely 1 s longer "
        f"than its interval; {_names(PRESSURES)}: {policy.bp_interval_factor:g} times the interval "
        "between blood pressures in force, which is the time between the slots of two tasks in a "
        f"row, or {duration_text(policy.bp_validity_s)} where there is none; everything else that "
        f"people type: {duration_text(policy.score_validity_s)}."
    )
    typed = "nothing stands in"
    if policy.typed_validity_s:
        typed = (
            f"what a person typed stands in for {duration_text(policy.typed_validity_s)} from when "
            "it was measured"
        )
        if policy.by_time_measured:
            typed += ", as long as no monitor has measured anything later"
    yield (
        "Where no heart rate is valid, the oximeter's pulse rate stands in, for the baseline too. "
        f"Where no monitor gives a valid value of what monitors stream, {typed}, except for rates "
        "of change. A single reading that a monitor gives of what another streams is recorded and "
        "not judged, except that pulses of two monitors are compared where they were measured at "
        f"most {duration_text(policy.pulse_pair_s)} apart."
    )
    yield (
        "The baseline is the one frozen last. A rule judges each vital sign by itself; every rule "
        "that is true is shown, and the highest severity leads."
    )


def _times() -> Iterator[str]:
    yield (
        "“In every reading for 30 s”: the time counts from when the first such reading became "
        "known, and the alarm is raised by itself when it has passed; a valid reading that does "
        "not meet the plain condition begins it anew. The same holds for “for 30 s”."
    )
    yield (
        "What ends an alarm is eased only while it sounds, is paused or is acknowledged; before, "
        "and while it is latched, the plain condition counts. A reading confirms with readings of "
        "another time of measuring, at most the last 32. Where a limit was changed for the patient "
        "nothing is eased at the first judgement after it. A second condition is asked for only "
        "where the first is met; while the first is unknown, so is the whole."
    )
    yield (
        "A rule is judged when something it looks at becomes known and at the very moment at which "
        "age changes its answer. In a phase in which it is not judged its condition has ended."
    )


def _states(profile: LimitsProfile) -> Iterator[str]:
    policy = profile.policy
    yield (
        "Latched: when the condition of an alarm that was raised has ended, it stays until "
        "somebody acknowledges it; when the condition is true again before that, it sounds again "
        "at once. Any other alarm is gone when its condition has ended."
    )
    yield (
        "Acknowledged: silent, and seen as long as its condition lasts. Acknowledging an alarm "
        "acknowledges those of its group with the same or lower priority; one of lower priority "
        "that is raised while a higher one of its group is acknowledged starts acknowledged. A "
        "group tells of one trouble in several severities: the rules of one vital sign in one "
        "direction, and those that name a group."
    )
    yields = (
        " It ends when an alarm of higher priority is raised; pressing again makes it no longer."
        if policy.pause_yields
        else ""
    )
    yield (
        f"An audio pause lasts at most {duration_text(policy.audio_pause_max_s)} and silences what "
        f"sounds and whatever of the same or lower priority is raised while it lasts.{yields}"
    )


def _holds(profile: LimitsProfile) -> Iterator[str]:
    policy = profile.policy
    if not policy.cuff_hold_cap_s:
        return
    names = _names(tuple(vital for vital in Vital if vital in PULSE_BORNE))
    yield (
        "Cuff on the oximeter's arm: no-data, sensor-off and low-signal rules of "
        f"{names}, and of the heart rate while no monitor has given one, are held instead of "
        "raised from the start of a blood pressure until "
        f"{duration_text(policy.cuff_hold_settle_s)} after its end, at most "
        f"{duration_text(policy.cuff_hold_cap_s)}, and then raised at once if still true; a "
        "further blood pressure does not make that later."
    )
