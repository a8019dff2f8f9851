"""Recordings of real monitors, judged by the program and by the oracle."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from comparison import first_difference
from oracle_table import Change, Story

from app.rejudging.judging import judge_recording
from app.rejudging.recording import Recording
from app.rejudging.table_map import read_table_map
from app.rejudging.tables import read_table
from protocols.alarm_rules import AlarmRule, LimitsProfile, vitals_read
from protocols.events import Event, Reading
from protocols.vitals import NS_PER_S, Vital

MAPS = Path(__file__).parents[1] / "unit" / "app" / "table_maps"
FAMILIES = (
    (Vital.HR, Vital.PR),
    (Vital.SPO2,),
    (Vital.ETCO2,),
    (Vital.RR,),
    (Vital.TEMP,),
    (Vital.SBP, Vital.DBP, Vital.MAP),
)
"""Vitals whose rules look at nothing else, so that the oracle can judge them apart."""


def read(file: Path, mapping: str) -> list[Recording]:
    """The recordings in `file`."""
    return read_table(file, read_table_map(MAPS / mapping))


def events(recording: Recording) -> list[Event]:
    """Everything in a recording, in its order."""
    numbered = [(fact.seq, fact.event) for fact in recording.facts]
    for columns in recording.streams.values():
        numbered += [(int(columns.seq[i]), columns.reading(i)) for i in range(len(columns))]
    return [event for _, event in sorted(numbered, key=lambda one: one[0])]


def parts(recording: Recording, rows: int = 400) -> list[Recording]:
    """A long recording in parts of so many rows, each judged by itself; what is no reading is kept.

    The second judge looks through everything again at each moment, which grows with the square.
    """
    readings = [one.t_ns for one in events(recording) if isinstance(one, Reading)]
    times = sorted(set(readings))
    edges = [*times[::rows], recording.end_ns + 1]
    return [_part(recording, begin, end) for begin, end in pairwise(edges)] or [recording]


def _part(recording: Recording, begin_ns: int, end_ns: int) -> Recording:
    kept = tuple(
        fact
        for fact in recording.facts
        if fact.event.t_ns < end_ns
        and (not isinstance(fact.event, Reading) or fact.event.t_ns >= begin_ns)
    )
    streams = {
        vital: columns.pick((columns.t_ns >= begin_ns) & (columns.t_ns < end_ns))
        for vital, columns in recording.streams.items()
    }
    streams = {vital: columns for vital, columns in streams.items() if len(columns)}
    name = f"{recording.name} from {begin_ns / NS_PER_S:g} s"
    return replace(recording, name=name, facts=kept, streams=streams, end_ns=end_ns - 1)


def rules_of(profile: LimitsProfile, family: tuple[Vital, ...]) -> tuple[AlarmRule, ...]:
    """The rules that look at vitals of `family` and at no other."""
    found = ((rule, vitals_read(rule)) for rule in profile.rules)
    return tuple(rule for rule, read in found if read and read <= set(family))


def judged_by_rules(
    recording: Recording, profile: LimitsProfile, family: tuple[Vital, ...]
) -> list[Change]:
    """What the oracle makes of the readings of one family."""
    rules = rules_of(profile, family)
    facts = [o for o in events(recording) if not isinstance(o, Reading) or o.vital in family]
    apart = replace(profile, rules=rules)
    return Story(apart, facts, recording.end_ns, recording.intervals).run()


def difference(recording: Recording, profile: LimitsProfile) -> str:
    """Where oracle and program differ first, for any family; empty where they do not."""
    told: dict[str, str] = {}
    changes: list[Change] = []
    for one in judge_recording(recording, profile).alarms:
        if told.get(one.alarm, "off") != str(one.state):
            told[one.alarm] = str(one.state)
            changes.append((one.t_ns, 0, one.alarm, str(one.state)))
    for family in FAMILIES:
        if not recording.vitals & set(family):
            continue
        names = {rule.id for rule in rules_of(profile, family)}
        did = sorted(one for one in changes if one[2].partition("/")[0] in names)
        said = judged_by_rules(recording, profile, family)
        found = first_difference(sorted((t, 0, n, s) for t, _, n, s in said), did)
        if found:
            return f"{recording.name}, {family[0]}: {found}"
    return ""
