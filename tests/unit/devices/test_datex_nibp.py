"""Which blood pressure of an S/5 monitor is a new determination, and which is not."""

from __future__ import annotations

import pytest

from devices.datex_s5 import wire
from devices.datex_s5.parser import DatexParser
from devices.datex_s5.simulator import Display, frame_of
from devices.datex_s5.wire import NibpLabel
from devices.driver import Measurement, ParserItem, Rejected
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital

RESULT = [(Vital.SBP, 120.0), (Vital.DBP, 70.0), (Vital.MAP, 90.0), (Vital.PR, 73.0)]


def measured(items: list[ParserItem]) -> list[tuple[Vital, float | None, Quality, str]]:
    return [(i.vital, i.value, i.quality, i.note) for i in items if isinstance(i, Measurement)]


def of(vital: Vital, items: list[ParserItem]) -> Measurement:
    return next(i for i in items if isinstance(i, Measurement) and i.vital is vital and not i.spot)


def pressures(items: list[ParserItem]) -> list[tuple[Vital, float | None]]:
    return [
        (i.vital, i.value)
        for i in items
        if isinstance(i, Measurement) and (i.spot or i.vital in PRESSURES)
    ]


def reasons(items: list[ParserItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def nibp(
    *, label: int = 0, sys: int = 12000, dia: int = 7000, mean: int = 9000, time_s: int = 0
) -> bytes:
    return frame_of(Display(nibp=(sys, dia, mean, 73), nibp_label=label), time_s)


MEASURING = frame_of(Display(nibp_label=NibpLabel.MEASURING), 0)
NO_RESULT = frame_of(Display(nibp_label=0), 0)
OLDER = NibpLabel.OLDER


def test_a_repeated_blood_pressure_is_given_once() -> None:
    parser = DatexParser()
    assert pressures(parser.feed(nibp())) == RESULT
    assert pressures(parser.feed(nibp() * 12 + nibp(label=OLDER) * 100)) == []


def test_the_first_of_a_capture_is_taken_at_its_word_with_its_age() -> None:
    old = of(Vital.SBP, DatexParser().feed(nibp(label=OLDER)))
    assert (old.value, old.age_ns) == (120.0, 60 * NS_PER_S)
    assert "more than 60 s" in old.note
    fresh = of(Vital.SBP, DatexParser().feed(nibp()))
    assert fresh.age_ns == 0
    assert fresh.note


@pytest.mark.parametrize("label", [0, OLDER, NibpLabel.AUTO, OLDER | NibpLabel.STAT])
def test_the_first_of_a_live_connection_is_refused(label: int) -> None:
    parser = DatexParser(live=True)
    items = parser.feed(nibp(label=label))
    assert pressures(items) == []
    assert len(reasons(items)) == 1
    assert "120/70 mean 90 mmHg was there before" in reasons(items)[0]
    assert reasons(parser.feed(nibp(label=label))) == []


@pytest.mark.parametrize("before", [b"", NO_RESULT, nibp(label=OLDER), nibp(sys=13000)])
def test_what_follows_a_measurement_is_new_even_with_equal_numbers(before: bytes) -> None:
    parser = DatexParser(live=True)
    parser.feed(before)
    assert pressures(parser.feed(MEASURING)) == []
    assert pressures(parser.feed(nibp())) == RESULT


def test_values_shown_while_measuring_are_not_a_result() -> None:
    parser = DatexParser(live=True)
    assert pressures(parser.feed(nibp(label=NibpLabel.MEASURING, sys=13000))) == []
    assert pressures(parser.feed(nibp())) == RESULT


def test_a_result_no_longer_older_than_60_s_is_new() -> None:
    parser = DatexParser(live=True)
    parser.feed(nibp(label=OLDER))
    assert pressures(parser.feed(nibp())) == RESULT


def test_changed_numbers_are_new_unless_they_are_old() -> None:
    parser = DatexParser(live=True)
    parser.feed(nibp(sys=13000))
    assert pressures(parser.feed(nibp())) == RESULT
    items = parser.feed(nibp(sys=14000, label=OLDER))
    assert pressures(items) == []
    assert "its age is not known" in reasons(items)[0]


def test_an_equal_result_within_a_minute_of_the_one_before_is_not_called_new() -> None:
    parser = DatexParser()
    parser.feed(nibp(time_s=100))
    parser.feed(nibp(label=NibpLabel.MEASURING, time_s=120))
    items = parser.feed(nibp(time_s=140))
    assert pressures(items) == []
    assert "cannot be told" in reasons(items)[0]
    parser.feed(nibp(label=NibpLabel.MEASURING, time_s=180))
    assert pressures(parser.feed(nibp(time_s=200))) == RESULT


@pytest.mark.parametrize("after", [NO_RESULT, nibp(label=OLDER)])
def test_a_measurement_without_a_result_failed_one_record_later(after: bytes) -> None:
    parser = DatexParser()
    parser.feed(nibp(label=OLDER) + nibp(label=OLDER | NibpLabel.MEASURING))
    assert pressures(parser.feed(after)) == []
    items = [i for i in measured(parser.feed(after)) if i[0] in PRESSURES]
    assert [(i[0], i[1], i[2]) for i in items] == [(v, None, Quality.FAILED) for v in PRESSURES]
    assert pressures(parser.feed(after)) == []


def test_a_result_that_comes_one_record_late_is_new_and_nothing_failed() -> None:
    parser = DatexParser(live=True)
    parser.feed(MEASURING + NO_RESULT)
    assert pressures(parser.feed(nibp())) == RESULT
    assert pressures(parser.feed(nibp() * 3)) == []


@pytest.mark.parametrize("label", [NibpLabel.CALIBRATING, NibpLabel.STASIS])
def test_calibration_and_stasis_are_no_determination(label: int) -> None:
    parser = DatexParser()
    data = nibp(label=label | NibpLabel.MEASURING) * 3 + NO_RESULT * 3
    assert pressures(parser.feed(data)) == []


@pytest.mark.parametrize(
    ("numbers", "quality"),
    [
        ((9000, 7000, 9000), Quality.FAILED),
        ((12000, 9000, 9000), Quality.FAILED),
        ((12000, 0, 9000), Quality.FAILED),
        ((29000, 7000, 9000), Quality.IMPLAUSIBLE),
    ],
)
def test_pressures_that_do_not_agree_are_none(
    numbers: tuple[int, int, int], quality: Quality
) -> None:
    sys, dia, mean = numbers
    items = measured(DatexParser().feed(nibp(sys=sys, dia=dia, mean=mean)))
    found = [i for i in items if i[0] in PRESSURES]
    assert {(i[1], i[2]) for i in found} == {(None, quality)}
    assert len(found) == 3
    assert all(i[3] for i in found)


def test_a_determination_without_pulse_rate_says_so() -> None:
    data = frame_of(Display(nibp=(12000, 7000, 9000, wire.INVALID), nibp_label=0), 0)
    (pulse,) = (i for i in DatexParser().feed(data) if isinstance(i, Measurement) and i.spot)
    assert (pulse.value, pulse.quality) == (None, Quality.MISSING)
