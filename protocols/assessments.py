"""Scales in a visit: recording them, what each asks to be done, and which still hold the visit.

What an answer asks to be done stays open until a person has written what was done. Filling the
scale in again, with whatever answers, never closes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from protocols.definition import STAND_INS, ProtocolDefinition
from protocols.discharge import newest_reading, review
from protocols.events import (
    AnswerScaleFlag,
    ItemAnswer,
    ObservationRecorded,
    Output,
    Phase,
    RecordScale,
    ScaleFlagAnswered,
    ScaleRecorded,
)
from protocols.scales import (
    Entry,
    Measured,
    Moment,
    Scale,
    ScaleDue,
    ScaleItem,
    band_of,
    flags_of,
    is_asked,
    measure,
    missing_items,
    outcome_of,
    scores_of,
    total_of,
)
from protocols.visit import Visit, refuse
from protocols.vitals import NS_PER_S, Vital


class _RefusedError(Exception):
    """Why a filled-in scale is not accepted, in a sentence for the person."""


def record_scale(visit: Visit, command: RecordScale) -> list[Output]:
    """Record a scale: whole, or with the reason why it, or a part of it, is missing."""
    scale = visit.definition.scale(command.scale)
    if scale is None:
        return refuse(command, f"This protocol has no scale named {command.scale}.")
    if visit.phase is Phase.DISCHARGED:
        return refuse(command, "The patient has left: write a note instead.")
    if visit.patient is None:
        return refuse(command, "Enter the patient first.")
    try:
        answers = _accepted(visit, scale, command)
        _check_whole(visit.definition, scale, command, answers)
    except _RefusedError as reason:
        return refuse(command, str(reason))
    recorded = _recorded(visit, scale, command, answers)
    visit.scales.setdefault(scale.id, []).append(recorded)
    for flag in recorded.flags:
        visit.scale_flags[scale.id, flag.item] = flag.sentence
    return [recorded, *review(visit, command.t_ns)]


def answer_scale_flag(visit: Visit, command: AnswerScaleFlag) -> list[Output]:
    """What was done about an open flag; it closes with words only."""
    key = (command.scale, command.item)
    if key not in visit.scale_flags:
        return refuse(command, "Nothing of that scale waits for an action.")
    action = command.action.strip()
    if not action:
        return refuse(command, "Write what was done: the flag stays open until then.")
    del visit.scale_flags[key]
    return [
        ScaleFlagAnswered(
            t_ns=command.t_ns,
            scale=command.scale,
            item=command.item,
            action=action,
            by=command.by,
        )
    ]


def open_flags(visit: Visit) -> tuple[str, ...]:
    """The sentence of every flag that nobody has answered."""
    return tuple(visit.scale_flags.values())


def note_open_flags(visit: Visit, t_ns: int, by: str) -> list[Output]:
    """What a session that ends with open flags says of them in the record."""
    return [
        ObservationRecorded(t_ns=t_ns, kind="open flag", label="Not answered", by=by, text=sentence)
        for sentence in open_flags(visit)
    ]


def scales_wanted(visit: Visit, *, leaving: bool) -> tuple[str, ...]:
    """Names of the required scales not recorded: those before the drug, or those before leaving."""
    recorded = [one for kept in visit.scales.values() for one in kept]
    return tuple(
        scale.name
        for due in visit.definition.scales_due
        if due.required
        and (due.moment is not Moment.BEFORE) is leaving
        and is_wanted(due, recorded, visit.drug_ended_ns)
        and (scale := visit.definition.scale(due.scale)) is not None
    )


def is_wanted(due: ScaleDue, recorded: Sequence[ScaleRecorded], drug_ended_ns: int | None) -> bool:
    """Whether `due` is still to be filled in, given everything `recorded` in the visit so far.

    A scale that was skipped with a reason counts as filled in. What was recorded before the drug
    ended does not count for what is due after it.
    """
    own = [one for one in recorded if one.scale == due.scale]
    if due.moment is not Moment.BEFORE:
        since_ns = None if drug_ended_ns is None else drug_ended_ns + due.after_s * NS_PER_S
        later = [one for one in own if since_ns is not None and one.t_ns >= since_ns]
    else:
        later = own
    if due.only_if_flagged and not any(one.flags for one in own if one not in later):
        return False
    return not later


def present_measure(item: ScaleItem, visit: Visit, t_ns: int) -> Measured | None:
    """The score that the readings of the record give `item` at `t_ns`; None where none can."""
    if item.measure is None:
        return None
    readings: dict[Vital, float] = {}
    for vital in item.measure.vitals:
        reading = newest_reading(visit, vital, t_ns)
        if reading is not None and reading.value is not None:
            readings[vital] = reading.value
    return measure(item.measure, readings, baseline_with_stand_ins(visit.baseline_values))


def baseline_with_stand_ins(baseline: Mapping[Vital, float]) -> dict[Vital, float]:
    """`baseline`, with the value of the stand-in for each vital that has none itself."""
    values = dict(baseline)
    for vital, stand_in in STAND_INS.items():
        if vital not in values and stand_in in values:
            values[vital] = values[stand_in]
    return values


def _accepted(visit: Visit, scale: Scale, command: RecordScale) -> tuple[ItemAnswer, ...]:
    """The answers as they are recorded, those of the readings among them, in order of the items."""
    if scale.entry is not Entry.ITEMS:
        _check_entered(scale, command)
        return ()
    if command.total is not None or command.result:
        raise _RefusedError(f"{scale.name} is filled in item by item: its total follows.")
    given = {answer.item: answer for answer in command.answers}
    if len(given) < len(command.answers):
        raise _RefusedError("An item is answered twice.")
    for answer in command.answers:
        _check_answer(visit, scale, answer, command)
    if not given and not command.confirmed and command.skipped.strip():
        return ()
    for item in scale.items:
        measured = present_measure(item, visit, command.t_ns)
        if item.id in given or measured is None or item.measure is None:
            continue
        if measured.score is None or (item.measure.provided and item.id not in command.confirmed):
            continue
        source = ", ".join(part for part in (measured.evidence, item.measure.provided) if part)
        given[item.id] = ItemAnswer(item=item.id, score=measured.score, source=source)
    return tuple(given[item.id] for item in scale.items if item.id in given)


def _check_entered(scale: Scale, command: RecordScale) -> None:
    if command.answers or command.confirmed:
        raise _RefusedError(f"{scale.name} has no items here: enter its {scale.entry}.")
    if scale.entry is Entry.RESULT:
        if command.total is not None:
            raise _RefusedError(f"{scale.name} gives a result and no total.")
        if command.result and command.result not in scale.results:
            raise _RefusedError(f"Choose one of: {', '.join(scale.results)}.")
    elif command.result:
        raise _RefusedError(f"{scale.name} gives a total and no result.")
    elif command.total is not None and not scale.low <= command.total <= scale.high:
        raise _RefusedError(
            f"{scale.name} {command.total}: allowed is {scale.low} to {scale.high}."
        )


def _check_answer(visit: Visit, scale: Scale, answer: ItemAnswer, command: RecordScale) -> None:
    item = scale.item(answer.item)
    if item is None:
        raise _RefusedError(f"{scale.name} has no item {answer.item}.")
    if item.option(answer.score) is None:
        allowed = ", ".join(str(option.score) for option in item.options)
        raise _RefusedError(f"{item.label} {answer.score}: allowed is {allowed}.")
    if not is_asked(item, scores_of(command.answers)):
        raise _RefusedError(f"{item.label} is not asked after these answers.")
    measured = present_measure(item, visit, command.t_ns)
    if measured is None or item.measure is None:
        return
    if measured.score is not None and not item.measure.provided:
        raise _RefusedError(f"{item.label} is scored by the readings: {measured.evidence}.")
    if item.id in command.confirmed and measured.score is not None:
        raise _RefusedError(f"{item.label} is either confirmed or answered, not both.")
    if not answer.source.strip():
        raise _RefusedError(f"{item.label}: say what the answer rests on.")


def _check_whole(
    definition: ProtocolDefinition,
    scale: Scale,
    command: RecordScale,
    answers: tuple[ItemAnswer, ...],
) -> None:
    lacking = _lacking(scale, command, answers)
    if not lacking:
        if command.skipped.strip():
            raise _RefusedError("Nothing is missing: it is recorded without a reason.")
        return
    dues = [due for due in definition.scales_due if due.scale == scale.id]
    if any(due.required and not due.may_skip for due in dues):
        raise _RefusedError(f"{scale.name} cannot be skipped. Missing: {lacking}.")
    if not command.skipped.strip():
        raise _RefusedError(f"Missing: {lacking}. Answer it, or give the reason.")


def _lacking(scale: Scale, command: RecordScale, answers: Iterable[ItemAnswer]) -> str:
    """What is not filled in, in words; empty when nothing is missing."""
    if scale.entry is Entry.TOTAL:
        return "" if command.total is not None else "the total"
    if scale.entry is Entry.RESULT:
        return "" if command.result else "the result"
    missing = missing_items(scale, scores_of(tuple(answers)))
    return ", ".join(item.label for item in missing)


def _recorded(
    visit: Visit, scale: Scale, command: RecordScale, answers: tuple[ItemAnswer, ...]
) -> ScaleRecorded:
    scores = scores_of(answers)
    total = total_of(scale, scores) if scale.entry is Entry.ITEMS else command.total
    earlier = [one.total for one in visit.scales.get(scale.id, ()) if one.total is not None]
    sex = "" if visit.patient is None else visit.patient.sex
    if total is not None:
        band = band_of(scale, total, sex)
    else:
        band = command.result or outcome_of(scale, scores)
    return ScaleRecorded(
        t_ns=command.t_ns,
        scale=scale.id,
        version=scale.version,
        name=scale.name,
        by=command.by,
        answers=answers,
        total=total,
        band=band,
        flags=flags_of(scale, scores, total, command.result, earlier[0] if earlier else None),
        skipped=command.skipped.strip(),
    )
