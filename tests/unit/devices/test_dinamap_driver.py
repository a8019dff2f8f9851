"""The conversation with a DINAMAP, and that nothing undocumented is ever sent."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import BpProgress, DeviceCommand, DriverItem, Measurement, Rejected, Send
from devices.ge_dinamap import wire
from devices.ge_dinamap.driver import OVERALL_NS, DinamapDriver
from devices.ge_dinamap.spec import SPEC
from protocols.events import BpState
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital

MS = 1_000_000
SATURATION = wire.message(b" OA1098")
RATE = wire.message(b" RA2072")
REFUSAL = b"?\r"


def nibp(status: int, since_s: int, pressures: str = "120070090") -> bytes:
    return wire.message(f" NA{status}10{since_s:04d}{pressures}".encode("ascii"))


def sent(items: list[DriverItem]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Send)]


def progress(items: list[DriverItem]) -> list[BpState]:
    return [item.state for item in items if isinstance(item, BpProgress)]


def last_text(items: list[DriverItem]) -> str:
    return [item.text for item in items if isinstance(item, BpProgress)][-1]


def said(items: list[DriverItem], *vitals: Vital) -> list[tuple[float | None, Quality]]:
    return [
        (i.value, i.quality)
        for i in items
        if isinstance(i, Measurement) and i.vital in vitals and not i.spot
    ]


GOOD = [(120.0, Quality.GOOD), (70.0, Quality.GOOD), (90.0, Quality.GOOD)]
FAILED = [(None, Quality.FAILED)] * 3


class Bench:
    """A driver and a unit whose answers are set by the test; None answers nothing."""

    def __init__(self) -> None:
        self.driver = DinamapDriver()
        self.t_ns = 0
        self.answers: dict[bytes, bytes | None] = {
            wire.READ_NIBP: nibp(1, 300),
            wire.READ_SATURATION: SATURATION,
            wire.READ_RATE: RATE,
            wire.READ_RATE_PRO: REFUSAL,
            wire.START_DETERMINATION: wire.message(b" NC"),
            wire.CANCEL_DETERMINATION: wire.message(b" ND"),
        }
        self.timeline: list[tuple[int, bytes]] = []
        self.waiting: list[tuple[int, bytes]] = []
        self.take(self.driver.connect(0))

    def take(self, items: list[DriverItem]) -> list[DriverItem]:
        for data in sent(items):
            self.timeline.append((self.t_ns, data))
            answer = self.answers.get(data)
            if answer is not None:
                self.waiting.append((self.t_ns + 40 * MS, answer))
        return items

    def run(self, seconds: float) -> list[DriverItem]:
        """Let so much time pass, every deadline and answer at its own time."""
        end_ns = self.t_ns + round(seconds * NS_PER_S)
        items: list[DriverItem] = []
        while True:
            due = [at for at, _ in self.waiting]
            if self.driver.next_deadline_ns is not None:
                due.append(self.driver.next_deadline_ns)
            if not due or min(due) > end_ns:
                self.t_ns = end_ns
                return items
            self.t_ns = min(due)
            ready = [data for at, data in self.waiting if at <= self.t_ns]
            self.waiting = [each for each in self.waiting if each[0] > self.t_ns]
            items += self.take(self.driver.advance(self.t_ns))
            for data in ready:
                items += self.take(self.driver.receive(self.t_ns, data))

    def do(self, command: DeviceCommand) -> list[DriverItem]:
        return self.take(self.driver.command(self.t_ns, command))

    def measuring(self) -> Bench:
        """A determination of this program, under way: the unit says busy."""
        self.run(3)
        self.do(DeviceCommand.START_BP)
        self.run(0.5)
        self.answers[wire.READ_NIBP] = nibp(0, 300)
        assert progress(self.run(20)) == []
        return self


def test_nothing_is_sent_before_the_first_connection() -> None:
    driver = DinamapDriver()
    assert driver.next_deadline_ns is None
    assert driver.advance(NS_PER_S) == []


def test_everything_is_read_once_a_second_one_request_at_a_time() -> None:
    bench = Bench()
    bench.run(9.9)
    data = [each for _, each in bench.timeline]
    assert data == [wire.READ_NIBP, wire.READ_SATURATION, wire.READ_RATE] * 10
    assert [at for at, each in bench.timeline if each == wire.READ_NIBP] == [
        n * NS_PER_S for n in range(10)
    ]
    assert all(b - a >= 90 * MS for (a, _), (b, _) in pairwise(bench.timeline))


def test_saturation_and_rate_are_given_each_second() -> None:
    items = Bench().run(5.5)
    assert said(items, Vital.SPO2) == [(98.0, Quality.GOOD)] * 6
    assert said(items, Vital.PR) == [(72.0, Quality.GOOD)] * 6
    assert said(items, *PRESSURES) == []


def test_what_was_held_before_the_connection_is_not_shown_and_the_record_says_so() -> None:
    items = Bench().run(10)
    (held,) = (i for i in items if isinstance(i, Rejected))
    assert held.reason == "a blood pressure of 300 s ago, held from before this connection"
    assert said(items, *PRESSURES) == []


def test_a_determination_that_somebody_started_at_the_monitor_is_shown_once() -> None:
    bench = Bench()
    bench.run(5)
    bench.answers[wire.READ_NIBP] = nibp(1, 2)
    items = bench.run(1.1)
    assert said(items, *PRESSURES) == GOOD
    assert {i.age_ns for i in items if isinstance(i, Measurement) and i.vital in PRESSURES} == {
        NS_PER_S  # no older than the reply before it
    }
    bench.answers[wire.READ_NIBP] = nibp(1, 3)
    assert said(bench.run(30), *PRESSURES) == []
    assert progress(items) == []


def test_a_time_that_jumps_back_further_than_the_clock_allows_is_not_a_new_determination() -> None:
    bench = Bench()
    bench.run(5)
    bench.answers[wire.READ_NIBP] = nibp(1, 200)
    assert said(bench.run(5), *PRESSURES) == []


def test_a_failure_at_the_monitor_is_told_once() -> None:
    bench = Bench()
    bench.answers[wire.READ_NIBP] = nibp(3, 10)
    assert said(bench.run(5), *PRESSURES) == []
    bench.answers[wire.READ_NIBP] = nibp(0, 10)
    bench.run(5)
    bench.answers[wire.READ_NIBP] = nibp(4, 0, "000000000")
    assert said(bench.run(5), *PRESSURES) == FAILED


def test_a_whole_determination() -> None:
    bench = Bench()
    bench.run(3.2)
    items = bench.do(DeviceCommand.START_BP)
    assert progress(items) == [BpState.REQUESTED]
    items = bench.run(0.5)
    assert progress(items) == [BpState.MEASURING]
    assert [each for _, each in bench.timeline].count(wire.START_DETERMINATION) == 1
    bench.answers[wire.READ_NIBP] = nibp(0, 304)
    bench.run(25)
    bench.answers[wire.READ_NIBP] = nibp(1, 1)
    items = bench.run(1)
    assert said(items, *PRESSURES) == GOOD
    assert progress(items) == [BpState.DONE]
    assert last_text(items) == "120/70 mean 90 mmHg"


def test_two_in_a_row_with_equal_times_are_two() -> None:
    bench = Bench().measuring()
    bench.answers[wire.READ_NIBP] = nibp(1, 0)
    assert progress(bench.run(1)) == [BpState.DONE]
    bench.do(DeviceCommand.START_BP)
    bench.answers[wire.READ_NIBP] = nibp(0, 0)
    bench.run(20)
    bench.answers[wire.READ_NIBP] = nibp(1, 0, "133081099")
    assert said(bench.run(1), Vital.SBP) == [(133.0, Quality.GOOD)]


def test_the_first_valid_one_after_a_start_of_a_unit_that_held_none_is_new() -> None:
    bench = Bench()
    bench.answers[wire.READ_NIBP] = nibp(9, 9999, "000000000")
    bench.measuring()
    bench.answers[wire.READ_NIBP] = nibp(1, 0)
    items = bench.run(1)
    assert said(items, *PRESSURES) == GOOD
    assert progress(items) == [BpState.DONE]


def test_an_old_result_after_a_start_is_not_taken_for_the_new_one() -> None:
    bench = Bench()
    bench.run(2)
    bench.do(DeviceCommand.START_BP)
    items = bench.run(20)
    assert said(items, *PRESSURES) == []
    assert progress(items) == [BpState.MEASURING]


def test_the_rate_of_the_cuff_comes_with_its_blood_pressure_once() -> None:
    bench = Bench()
    bench.answers[wire.READ_RATE] = wire.message(b" RA3066")
    bench.measuring()
    bench.answers[wire.READ_NIBP] = nibp(1, 0)
    items = bench.run(5)
    spots = [i for i in items if isinstance(i, Measurement) and i.vital is Vital.PR and i.spot]
    assert [(i.value, i.quality) for i in spots] == [(66.0, Quality.GOOD)]
    assert said(items, Vital.PR) == []


@pytest.mark.parametrize(
    "answer", [nibp(3, 0), nibp(4, 0), nibp(6, 0), nibp(7, 0), nibp(8, 0), nibp(9, 0)]
)
def test_an_error_fails_with_its_words(answer: bytes) -> None:
    bench = Bench().measuring()
    bench.answers[wire.READ_NIBP] = answer
    items = bench.run(3)
    assert said(items, *PRESSURES) == FAILED
    assert progress(items) == [BpState.FAILED]
    assert last_text(items) == wire.nibp_error_text(int(answer[3:4]))


def test_pressures_that_cannot_be_true_fail() -> None:
    bench = Bench().measuring()
    bench.answers[wire.READ_NIBP] = nibp(1, 0, "070120090")
    items = bench.run(3)
    assert said(items, *PRESSURES) == FAILED
    assert progress(items) == [BpState.FAILED]


def test_a_determination_stopped_at_the_monitor_fails_in_words() -> None:
    bench = Bench().measuring()
    bench.answers[wire.READ_NIBP] = nibp(1, 323)
    items = bench.run(6)
    assert said(items, *PRESSURES) == FAILED
    assert "ended without a new blood pressure" in last_text(items)
    assert wire.CANCEL_DETERMINATION not in sent(items)


def test_a_refused_start_fails_in_words_and_nothing_is_cancelled() -> None:
    bench = Bench()
    bench.answers[wire.START_DETERMINATION] = REFUSAL
    bench.run(3)
    bench.do(DeviceCommand.START_BP)
    items = bench.run(8)
    assert said(items, *PRESSURES) == FAILED
    assert last_text(items) == "the monitor refused the start (it said '?')"
    assert wire.CANCEL_DETERMINATION not in sent(items)


def test_a_damaged_echo_of_the_start_is_no_refusal_when_the_unit_says_busy() -> None:
    bench = Bench()
    bench.answers[wire.START_DETERMINATION] = b" NC!X\r"
    bench.run(3)
    bench.do(DeviceCommand.START_BP)
    bench.answers[wire.READ_NIBP] = nibp(0, 303)
    assert progress(bench.run(8)) == [BpState.MEASURING]


def test_a_start_that_is_not_answered_is_not_repeated_and_is_cancelled() -> None:
    bench = Bench()
    bench.answers[wire.START_DETERMINATION] = None
    bench.run(3)
    bench.do(DeviceCommand.START_BP)
    items = bench.run(10)
    assert sent(items).count(wire.START_DETERMINATION) == 1
    assert sent(items).count(wire.CANCEL_DETERMINATION) == 1
    assert sent(items).count(wire.CLEAR_LINE) == 1
    assert said(items, *PRESSURES) == FAILED
    assert last_text(items).startswith("the monitor did not take the start")


def test_a_start_while_the_monitor_measures_by_itself_is_not_sent() -> None:
    bench = Bench()
    bench.answers[wire.READ_NIBP] = nibp(0, 20)
    bench.run(3)
    items = bench.do(DeviceCommand.START_BP)
    assert progress(items) == [BpState.FAILED]
    assert "busy" in last_text(items)
    assert wire.START_DETERMINATION not in sent(bench.run(5))


def test_a_monitor_that_goes_silent_while_measuring_is_cancelled_after_3_failures() -> None:
    bench = Bench().measuring()
    bench.answers.clear()
    items = bench.run(10)
    assert sent(items)[:6] == [wire.READ_NIBP, wire.CLEAR_LINE] * 3
    assert sent(items).count(wire.CANCEL_DETERMINATION) == 1
    assert said(items, *PRESSURES) == FAILED
    assert "no answer" in last_text(items)


def test_130_s_is_the_end() -> None:
    bench = Bench().measuring()
    bench.run(108)
    assert bench.t_ns - 3 * NS_PER_S < OVERALL_NS
    items = bench.run(5)
    assert wire.CANCEL_DETERMINATION in sent(items)
    assert "130 s" in last_text(items)
    assert progress(items) == [BpState.FAILED]


def test_a_cancel_is_sent_at_once_and_confirmed() -> None:
    bench = Bench().measuring()
    assert sent(bench.do(DeviceCommand.ABORT_BP)) == [wire.CANCEL_DETERMINATION]
    items = bench.run(1)
    assert progress(items) == [BpState.ABORTED]
    bench.answers[wire.READ_NIBP] = nibp(3, 0)
    assert said(bench.run(5), *PRESSURES) == []


def test_a_monitor_that_stays_busy_after_a_cancel_is_told_once() -> None:
    bench = Bench().measuring()
    bench.do(DeviceCommand.ABORT_BP)
    assert progress(bench.run(9)) == [BpState.ABORTED]
    items = bench.run(20)
    assert progress(items) == [BpState.FAILED]
    assert "still measures after the cancel" in last_text(items)


def test_what_a_monitor_holds_after_it_was_away_is_not_new() -> None:
    bench = Bench()
    bench.run(3)
    answers, bench.answers = bench.answers, {}
    bench.run(6)
    bench.answers = answers | {wire.READ_NIBP: nibp(1, 1)}
    items = bench.run(5)
    assert said(items, *PRESSURES) == []
    assert [i.reason for i in items if isinstance(i, Rejected)] == [
        "a blood pressure of 1 s ago, held from before this connection"
    ]


def test_a_cancel_takes_back_a_start_that_was_not_sent_yet() -> None:
    bench = Bench()
    bench.run(3.01)
    bench.do(DeviceCommand.START_BP)
    bench.do(DeviceCommand.ABORT_BP)
    bench.run(10)
    assert wire.START_DETERMINATION not in [data for _, data in bench.timeline]


def test_a_cancel_that_nobody_confirms_is_repeated_and_then_said() -> None:
    bench = Bench().measuring()
    bench.answers[wire.CANCEL_DETERMINATION] = REFUSAL
    items = bench.do(DeviceCommand.ABORT_BP) + bench.run(10)
    assert sent(items).count(wire.CANCEL_DETERMINATION) == 3
    assert progress(items) == [BpState.FAILED]
    assert "cuff" in last_text(items)


def test_a_second_start_is_not_sent() -> None:
    bench = Bench().measuring()
    items = bench.do(DeviceCommand.START_BP) + bench.run(3)
    assert progress(items) == [BpState.MEASURING]
    bench.answers[wire.CANCEL_DETERMINATION] = None
    bench.do(DeviceCommand.ABORT_BP)
    assert progress(bench.do(DeviceCommand.START_BP)) == [BpState.FAILED]
    assert wire.START_DETERMINATION not in sent(items)


def test_a_lost_connection_ends_the_determination_and_starts_nothing() -> None:
    bench = Bench().measuring()
    items = bench.take(bench.driver.connect(bench.t_ns))
    assert said(items, *PRESSURES) == FAILED
    assert progress(items) == [BpState.FAILED]
    assert set(sent(bench.run(5))) == {wire.READ_NIBP, wire.READ_SATURATION, wire.READ_RATE}


def test_a_lost_connection_repeats_a_cancel_that_was_under_way() -> None:
    bench = Bench().measuring()
    bench.do(DeviceCommand.ABORT_BP)
    assert sent(bench.driver.connect(bench.t_ns + MS)) == [wire.CANCEL_DETERMINATION]


def test_a_request_that_is_not_answered_is_asked_seldom() -> None:
    bench = Bench()
    bench.answers[wire.READ_SATURATION] = None
    bench.run(100)
    asked = [at for at, data in bench.timeline if data == wire.READ_SATURATION]
    assert 5 <= len(asked) <= 7
    assert len([0 for _, data in bench.timeline if data == wire.READ_NIBP]) > 90


def test_a_unit_that_knows_only_the_other_request_for_the_rate_is_asked_by_that() -> None:
    bench = Bench()
    bench.answers[wire.READ_RATE] = REFUSAL
    bench.answers[wire.READ_RATE_PRO] = wire.message(b" RC2072")
    bench.run(6)
    bench.timeline.clear()
    items = bench.run(10)
    assert wire.READ_RATE not in sent(items)
    assert said(items, Vital.PR) == [(72.0, Quality.GOOD)] * 10


def test_a_unit_without_an_oximeter_is_understood_without_a_saturation_or_rate() -> None:
    bench = Bench()
    bench.answers[wire.READ_SATURATION] = bench.answers[wire.READ_RATE] = REFUSAL
    bench.run(5)
    before = bench.driver.counts.frames
    items = bench.run(30)
    assert [i for i in items if isinstance(i, Measurement)] == []
    assert bench.driver.counts.frames >= before + 25


def test_a_sensor_that_was_never_on_is_said_once_and_one_that_came_off_each_second() -> None:
    bench = Bench()
    bench.answers[wire.READ_SATURATION] = wire.message(b" OA6000")
    assert said(bench.run(5), Vital.SPO2) == [(None, Quality.MISSING)]
    bench.answers[wire.READ_SATURATION] = SATURATION
    bench.run(5)
    bench.answers[wire.READ_SATURATION] = wire.message(b" OA6000")
    assert said(bench.run(5), Vital.SPO2) == [(None, Quality.SENSOR_OFF)] * 5


def test_a_unit_that_is_switched_on_late_is_asked_for_everything_at_once() -> None:
    bench = Bench()
    answers, bench.answers = bench.answers, {}
    bench.run(60)
    bench.answers = answers
    items = bench.run(4)
    assert said(items, Vital.SPO2)[:1] == [(98.0, Quality.GOOD)]


def test_half_a_line_is_given_up_when_the_answer_is_overdue() -> None:
    bench = Bench()
    bench.answers[wire.READ_NIBP] = nibp(1, 300)[:9]
    bench.run(0.5)
    bench.answers[wire.READ_NIBP] = nibp(1, 300)
    assert said(bench.run(3), Vital.SPO2) != []
    assert bench.driver.counts.skipped_bytes == 9


# everything that can happen, at random


BYTES = st.sampled_from(
    [nibp(1, 0), nibp(0, 5), nibp(3, 1), nibp(1, 300), SATURATION, RATE, REFUSAL, b" NC!4\r", b" N"]
)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 3 * NS_PER_S),
        st.sampled_from(list(DeviceCommand)) | BYTES | st.binary(max_size=20) | st.just("connect"),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_only_documented_requests_are_ever_sent(steps: list[tuple[int, object]]) -> None:
    driver = DinamapDriver()
    t_ns = starts = fed = 0
    data_sent: list[bytes] = []
    items: list[DriverItem] = []

    def note(new: list[DriverItem]) -> None:
        items.extend(new)
        data_sent.extend(sent(new))

    for wait_ns, step in steps:
        while (due := driver.next_deadline_ns) is not None and due <= t_ns + wait_ns:
            assert due >= t_ns - 3 * NS_PER_S
            note(driver.advance(due))
        t_ns += wait_ns
        if isinstance(step, DeviceCommand):
            starts += step is DeviceCommand.START_BP
            note(driver.command(t_ns, step))
        elif isinstance(step, bytes):
            fed += len(step)
            note(driver.receive(t_ns, step))
        else:
            note(driver.connect(t_ns))
    assert all(SPEC.may_send(data) for data in data_sent)
    assert data_sent.count(wire.START_DETERMINATION) <= starts
    c = driver.counts
    assert c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes == fed
    values = [i for i in items if isinstance(i, Measurement)]
    assert all((i.value is None) == (not i.quality.has_value) for i in values)
