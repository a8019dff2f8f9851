"""Recovery and discharge: each criterion with the readings or the answer that met it."""

from __future__ import annotations

from protocols.definition import STAND_INS, DischargeCriterion, ReadingTest
from protocols.events import (
    AnswerDischarge,
    DischargeItemChanged,
    Output,
    Phase,
    Reading,
)
from protocols.scales import scores_of
from protocols.visit import Visit, refuse
from protocols.vitals import NS_PER_S, VITALS, Vital

Outcome = tuple[bool | None, str]
"""Whether a criterion is met (None: open) and the readings, answer or lack that say so."""


def answer_discharge(visit: Visit, command: AnswerDischarge) -> list[Output]:
    """A person's answer to a criterion that no reading can answer."""
    criterion = visit.definition.discharge_criterion(command.item)
    if criterion is None or not criterion.answers:
        return refuse(command, f"{command.item} is not a criterion that is answered.")
    if command.answer not in criterion.answers:
        return refuse(command, f"Choose one of: {', '.join(criterion.answers)}.")
    if visit.phase is not Phase.RECOVERY:
        return refuse(command, "Discharge is judged in recovery.")
    visit.discharge[criterion.id] = (command.answer, command.by)
    return review(visit, command.t_ns)


def review(visit: Visit, t_ns: int) -> list[Output]:
    """Every criterion whose outcome has changed, judged at `t_ns`; nothing outside recovery."""
    if visit.phase is not Phase.RECOVERY:
        return []
    outputs: list[Output] = []
    for criterion in visit.definition.discharge:
        met, detail = judge_criterion(visit, criterion, t_ns)
        if visit.discharge_met.get(criterion.id) == (met, detail):
            continue
        visit.discharge_met[criterion.id] = (met, detail)
        by = visit.discharge.get(criterion.id, ("", ""))[1]
        outputs.append(
            DischargeItemChanged(
                t_ns=t_ns,
                item=criterion.id,
                label=criterion.label,
                met=met,
                detail=detail,
                by=by,
            )
        )
    return outputs


def unmet(visit: Visit, t_ns: int) -> tuple[str, ...]:
    """Labels of the criteria that are not met at `t_ns`, open ones included."""
    return tuple(
        criterion.label
        for criterion in visit.definition.discharge
        if judge_criterion(visit, criterion, t_ns)[0] is not True
    )


def judge_criterion(visit: Visit, criterion: DischargeCriterion, t_ns: int) -> Outcome:
    """The outcome of one criterion at `t_ns`."""
    if criterion.answers:
        given = visit.discharge.get(criterion.id)
        if given is None:
            return None, "not answered"
        return given[0] in criterion.passes, given[0]
    if criterion.scale:
        return _judge_scale(visit, criterion, t_ns)
    if criterion.readings > 1:
        return _judge_series(visit, criterion, t_ns)
    verdicts: list[bool | None] = []
    texts: list[str] = []
    for test in criterion.tests:
        reading = newest_reading(visit, test.vital, t_ns)
        value = None if reading is None else reading.value
        verdicts.append(test.is_met(value, _baseline(visit, test)))
        texts.append(_text(test.vital, value))
    return _all(verdicts), ", ".join(texts)


def _judge_scale(visit: Visit, criterion: DischargeCriterion, t_ns: int) -> Outcome:
    """The total recorded last since the drug ended decides, as long as it is recent enough."""
    scale = visit.definition.scale(criterion.scale)
    recorded = visit.scales.get(criterion.scale, ())
    since_ns = max(visit.drug_ended_ns or 0, _oldest_ns(visit, t_ns))
    last = next((one for one in reversed(recorded) if one.t_ns >= since_ns), None)
    if scale is None or last is None:
        return None, "too old: fill it in again" if recorded else "not filled in"
    if last.total is None:
        return None, f"no total: {last.skipped or 'an item is missing'}"
    scores = scores_of(last.answers)
    sources = {answer.item: answer.source for answer in last.answers if answer.source}
    parts = [
        f"{item.label} {scores[item.id]}" + (f" ({sources[item.id]})" if item.id in sources else "")
        for item in scale.items
        if item.id in scores
    ]
    shown = f"{last.total} of {scale.high}, {last.by}"
    return criterion.accepts(last.total), ": ".join((shown, ", ".join(parts))) if parts else shown


def _judge_series(visit: Visit, criterion: DischargeCriterion, t_ns: int) -> Outcome:
    """The newest readings in a row must all meet the tests, spaced as the criterion asks.

    The last of them must be as recent as the recovery rule asks, or the criterion is open.
    """
    series = _determinations(visit, criterion, t_ns)
    if not series:
        return None, "no reading in recovery"
    if _time(series[-1]) < _oldest_ns(visit, t_ns):
        limit_min = visit.definition.recovery.reading_max_age_s // 60
        shown = _texts(criterion, series[-1])
        return None, f"{shown}: last reading over {limit_min} min ago: take another"
    good: list[dict[Vital, Reading]] = []
    for readings in reversed(series):
        verdict = _all(
            [
                test.is_met(_value(readings, test), _baseline(visit, test))
                for test in criterion.tests
            ]
        )
        if verdict is not True:
            if not good:
                return verdict, _texts(criterion, readings)
            break
        good.append(readings)
    oldest, newest = _time(good[-1]), _time(good[0])
    spaced = newest - oldest >= criterion.spacing_s * NS_PER_S
    shown = "; ".join(_texts(criterion, r) for r in good[: criterion.readings])
    if len(good) >= criterion.readings and spaced:
        return True, shown
    return None, f"{shown}: {criterion.readings} readings {criterion.spacing_s // 60} min apart"


def _determinations(
    visit: Visit, criterion: DischargeCriterion, t_ns: int
) -> list[dict[Vital, Reading]]:
    since_ns = visit.drug_ended_ns or 0
    by_time: dict[int, dict[Vital, Reading]] = {}
    for test in criterion.tests:
        for reading in visit.situation.determinations(test.vital):
            if since_ns <= reading.measured_ns <= t_ns:
                by_time.setdefault(reading.measured_ns, {})[test.vital] = reading
    return [
        readings
        for _, readings in sorted(by_time.items())
        if all(test.vital in readings for test in criterion.tests)
    ]


def newest_reading(visit: Visit, vital: Vital, t_ns: int) -> Reading | None:
    """The newest reading of `vital`, or of its stand-in, that counts at `t_ns`; None without one.

    It counts while it has a value and is not older than the recovery rule of the protocol allows.
    """
    oldest_ns = _oldest_ns(visit, t_ns)
    for name in (vital, STAND_INS.get(vital, vital)):
        reading = visit.situation.latest(name)
        if reading is not None and reading.value is not None and reading.measured_ns >= oldest_ns:
            return reading
    return visit.situation.typed_since(vital, oldest_ns)


def _oldest_ns(visit: Visit, t_ns: int) -> int:
    """From when a reading, or a filled-in scale, is recent enough for a discharge at `t_ns`."""
    return t_ns - visit.definition.recovery.reading_max_age_s * NS_PER_S


def _baseline(visit: Visit, test: ReadingTest) -> float | None:
    values = visit.baseline_values
    return values.get(test.vital, values.get(STAND_INS.get(test.vital, test.vital)))


def _value(readings: dict[Vital, Reading], test: ReadingTest) -> float | None:
    return readings[test.vital].value


def _time(readings: dict[Vital, Reading]) -> int:
    return next(iter(readings.values())).measured_ns


def _texts(criterion: DischargeCriterion, readings: dict[Vital, Reading]) -> str:
    return ", ".join(_text(test.vital, readings[test.vital].value) for test in criterion.tests)


def _text(vital: Vital, value: float | None) -> str:
    spec = VITALS[vital]
    if value is None:
        return f"{spec.label}: no present value"
    return f"{spec.label} {spec.format(value)} {spec.unit_text}".rstrip()


def _all(verdicts: list[bool | None]) -> bool | None:
    if False in verdicts:
        return False
    return None if None in verdicts else True
