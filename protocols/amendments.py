"""Corrections, addenda and signatures: what is added to a record, during the visit and after it.

Nothing that stands in the record is changed. A corrected value becomes a reading of the same time
and source, which from then on counts in its place; a withdrawn one becomes a reading without a
value. What was already done with the wrong value stays and is told with the correction. After the
close the same commands are answered alike; alarms, schedule and discharge are judged no more.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from protocols import by_hand, episodes
from protocols.consequences import consequence
from protocols.events import (
    AddAddendum,
    AddendumAdded,
    AssessEpisodes,
    CorrectEntry,
    EffectChanged,
    EntryCorrected,
    FindEpisodes,
    ObservationRecorded,
    Output,
    Reading,
    RecordSigned,
    ScaleRecorded,
    SignRecord,
    TypedValue,
    kind_of,
)
from protocols.events.terms import Proof
from protocols.record_entries import CORRECTS, LATE, WITHDRAWS, RecordEntry
from protocols.visit import Visit, ask_again, refuse
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Quality, Vital

AMENDMENTS = (CorrectEntry, AddAddendum, SignRecord, FindEpisodes, AssessEpisodes)
"""The commands that a closed session still takes."""

_REASON = "Give the reason: nothing is corrected or added without one."
_WITHDRAWABLE = (Reading, ObservationRecorded, EffectChanged, ScaleRecorded, AddendumAdded)
_CHAIN_DIGITS = 64
_NEAR_NS = 3600 * NS_PER_S
"""A reading further away says nothing of whether a value is unusual."""


def correct_entry(visit: Visit, command: CorrectEntry) -> list[Output]:
    """An entry is wrong: what is right stands from now on, beside what was entered."""
    entry = visit.entries.find(command.target_seq)
    problem = _correction_problem(visit, command, entry)
    if entry is None or problem:
        return refuse(command, problem)
    questions = [
        question
        for one in command.values
        if (question := by_hand.unusual(visit, one, _reading_before(visit, entry, one.vital)))
    ]
    if questions and not command.confirmed:
        return ask_again(command, " ".join(questions))
    corrected = EntryCorrected(
        t_ns=command.t_ns,
        target_seq=entry.seq,
        target_kind=kind_of(entry.event),
        original=entry.words,
        by=command.by,
        reason=command.reason.strip(),
        values=command.values,
        text=command.text.strip(),
        withdrawn=command.withdrawn,
        consequence=consequence(visit, entry, withdrawn=command.withdrawn),
        at_utc=command.at_utc,
        also=entry.also,
        subject=entry.subject,
        target_t_ns=entry.event.t_ns,
    )
    if command.withdrawn:
        _take_away(visit, entry)
    return [corrected, *_standing_readings(visit, command, entry)]


def _correction_problem(visit: Visit, command: CorrectEntry, entry: RecordEntry | None) -> str:
    """Why nothing is corrected, in a sentence; empty where it can be."""
    if entry is None:
        return _no_entry(visit, command.target_seq)
    if command.original and command.original != entry.words:
        return f"Event {command.target_seq} says “{entry.words}”: look at the list again."
    if not command.reason.strip():
        return _REASON
    if entry.withdrawn:
        return f"“{entry.words}” was withdrawn before: enter it anew, or add an addendum."
    if command.withdrawn:
        return _withdrawal_problem(command, entry)
    if entry.by_monitor:
        return (
            f"“{entry.words}” is a monitor's value and is not replaced: withdraw it as an "
            "artefact, and enter by hand what was measured."
        )
    return _right_problem(command, entry)


def _no_entry(visit: Visit, seq: int) -> str:
    if not 1 <= seq <= visit.entries.count:
        return f"There is no event {seq}: this session has {visit.entries.count}."
    return (
        f"Event {seq} is not corrected here: an entry of the drug's account is corrected in the "
        "account; to anything else add an addendum."
    )


def _withdrawal_problem(command: CorrectEntry, entry: RecordEntry) -> str:
    if command.values or command.text.strip():
        return "Withdrawn, or corrected: nothing takes the place of what is withdrawn."
    if not isinstance(entry.event, _WITHDRAWABLE):
        return f"“{entry.words}” is not withdrawn: say what is right instead."
    if isinstance(entry.event, ObservationRecorded) and entry.event.kind == "hand-over":
        return "A hand-over is not withdrawn: hand over again, or say what is right."
    return ""


def _right_problem(command: CorrectEntry, entry: RecordEntry) -> str:
    """Why the right values or the right wording cannot be."""
    if not entry.readings:
        if command.values:
            return "This entry has no value: say in words what is right."
        return "" if command.text.strip() else "Say what is right."
    if not command.values:
        only_words = not isinstance(entry.event, Reading) and bool(command.text.strip())
        return "" if only_words else "Give the right value, or withdraw the entry."
    known = {one.vital for one in entry.readings}
    given = {one.vital for one in command.values}
    wanted = known - {Vital.MAP} if Vital.MAP not in given else known
    if Vital.MAP in given and wanted <= set(PRESSURES):
        wanted = wanted | {Vital.MAP}
    if given != wanted:
        names = ", ".join(VITALS[vital].name for vital in Vital if vital in wanted)
        return f"“{entry.words}” is corrected as a whole: give {names}."
    if all(_stands(entry, one) for one in command.values) and not command.text.strip():
        return f"“{entry.words}”: that is what stands already."
    return by_hand.impossible(command.values)


def _stands(entry: RecordEntry, one: TypedValue) -> bool:
    return any(kept.vital is one.vital and kept.value == one.value for kept in entry.standing)


def _reading_before(visit: Visit, entry: RecordEntry, vital: Vital) -> float | None:
    """The value of `vital` measured last before `entry`, within an hour; never its own."""
    own = {reading.measured_ns for reading in entry.readings}
    at_ns = min(own, default=0)
    known = [
        reading
        for reading in visit.situation.determinations(vital)
        if reading.measured_ns not in own and at_ns - _NEAR_NS <= reading.measured_ns <= at_ns
    ]
    return known[-1].value if known else None


def _standing_readings(visit: Visit, command: CorrectEntry, entry: RecordEntry) -> list[Reading]:
    """The readings that stand from now on in place of those of `entry`."""
    if not entry.readings or not (command.withdrawn or command.values):
        return []
    right = {one.vital: one.value for one in command.values}
    note = f"{CORRECTS}{entry.seq}"
    vitals = {reading.vital: reading for reading in entry.readings}
    like = entry.readings[0]
    readings: list[Reading] = []
    for vital in dict.fromkeys((*vitals, *right)):
        if not _is_newest(visit, entry, vitals.get(vital, like)):
            continue
        value = right.get(vital)
        readings.append(
            Reading(
                t_ns=command.t_ns,
                vital=vital,
                value=None if value is None else float(value),
                quality=Quality.WITHDRAWN if value is None else Quality.GOOD,
                source=like.source,
                measured_ns=like.measured_ns,
                manual=like.manual,
                spot=vitals.get(vital, like).spot,
                note=f"{WITHDRAWS}{entry.seq}" if value is None else note,
            )
        )
    return readings


def _is_newest(visit: Visit, entry: RecordEntry, reading: Reading) -> bool:
    """Whether no later entry says something of the same vital, time and source."""
    return not visit.entries.has_later(entry, reading)


def _take_away(visit: Visit, entry: RecordEntry) -> None:
    """A side effect or a scale that is withdrawn holds nothing any longer."""
    event = entry.event
    if isinstance(event, EffectChanged):
        visit.care.effects.pop(event.effect, None)
    elif isinstance(event, ScaleRecorded):
        kept = [one for one in visit.scales.get(event.scale, ()) if one is not event]
        visit.scales[event.scale] = kept
        for flag in event.flags:
            if not any(flag.item == other.item for one in kept for other in one.flags):
                visit.scale_flags.pop((event.scale, flag.item), None)


# -- what is added late ---------------------------------------------------------------------------


def add_addendum(visit: Visit, command: AddAddendum) -> list[Output]:
    """A note, or readings written on paper, with the time that they are about."""
    measured_ns, problem = _happened(visit, command)
    problem = problem or _addendum_problem(command)
    if problem:
        return refuse(command, problem)
    questions = [
        question for one in command.values if (question := by_hand.unusual(visit, one, None))
    ]
    if questions and not command.confirmed:
        return ask_again(command, " ".join(questions))
    added = AddendumAdded(
        t_ns=command.t_ns,
        text=command.text.strip(),
        by=command.by,
        reason=command.reason.strip(),
        values=command.values,
        happened_utc=command.happened_utc,
        at_utc=command.at_utc,
    )
    if measured_ns is None:
        return [added]
    return [added, *_late_readings(command, measured_ns)]


def _late_readings(command: AddAddendum, measured_ns: int) -> list[Reading]:
    return [
        Reading(
            t_ns=command.t_ns,
            vital=one.vital,
            value=float(one.value),
            quality=Quality.GOOD,
            source=command.by,
            measured_ns=measured_ns,
            manual=True,
            spot=VITALS[one.vital].quiet_limit_s is not None,
            note=LATE,
        )
        for one in command.values
    ]


def _addendum_problem(command: AddAddendum) -> str:
    if not command.text.strip() and not command.values:
        return "The addendum is empty."
    if not command.reason.strip():
        return _REASON
    if command.values and not command.happened_utc:
        return "Say when the values were measured."
    return by_hand.impossible(command.values) if command.values else ""


def _happened(visit: Visit, command: AddAddendum) -> tuple[int | None, str]:
    """Session time of what is added, None where it lies outside of the session; or the problem."""
    if not command.happened_utc:
        return None, ""
    happened = _utc(command.happened_utc)
    if happened is None:
        return None, f"“{command.happened_utc}” is no date and time."
    clock = visit.wall_clock
    if clock is None:
        return None, "This session has no clock: write the time into the text."
    now = _utc(command.at_utc)
    away = happened - _aware(clock.utc)
    happened_ns = clock.t_ns + round(away / timedelta(milliseconds=1)) * (NS_PER_S // 1000)
    if happened_ns > command.t_ns and (now is None or happened > now):
        return None, "That time is in the future: correct it."
    return (happened_ns if 0 <= happened_ns <= command.t_ns else None), ""


def _utc(text: str) -> datetime | None:
    try:
        return _aware(text) if text else None
    except ValueError:
        return None


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


# -- signatures -----------------------------------------------------------------------------------


def sign_record(visit: Visit, command: SignRecord) -> list[Output]:
    """A signature to all events up to one, bound to them by the value of the chain there."""
    problem = _signature_problem(visit, command)
    if problem:
        return refuse(command, problem)
    signer = visit.people.signer(command.by, command.t_ns)
    return [
        RecordSigned(
            t_ns=command.t_ns,
            meaning=command.meaning,
            user="" if signer is None else signer.user,
            by=command.by.strip(),
            roles=() if signer is None else signer.roles,
            proof=Proof.NONE if signer is None else signer.proof,
            signed_seq=command.signed_seq,
            signed_chain=command.signed_chain.lower(),
            statement=command.statement,
            at_utc=command.at_utc,
        )
    ]


def _signature_problem(visit: Visit, command: SignRecord) -> str:
    if not command.by.strip():
        return "Type your name: it signs the record."
    if not 1 <= command.signed_seq <= visit.entries.count:
        last = visit.entries.count
        return f"Events 1 to {command.signed_seq} are not there to be signed: there are {last}."
    if not _is_chain(command.signed_chain):
        return "A signature needs the value of the chain that it signs."
    if not command.statement.strip():
        return "A signature needs the sentence that is signed."
    return episodes.signing_problem(visit, command)


def _is_chain(text: str) -> bool:
    return len(text) == _CHAIN_DIGITS and all(digit in "0123456789abcdefABCDEF" for digit in text)
