"""A pump is read and never told anything: no word for it in the sources, none on any line."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from devices.alaris_asena import wire as alaris
from devices.bbraun_space import wire as bbraun
from devices.driver import DeviceCommand, DriverItem, PumpStatus, Send
from devices.driver_spec import DriverSpec
from protocols.vitals import NS_PER_S
from tests.conventions.streams import PUMP_SPECS, PUMPS, converse, facts, minute_of_a_unit

ROOT = Path(__file__).resolve().parents[2]

TELLING = (
    r"REMOTE_C(TRL|FG)",
    r"INF_(START|STOP|BOLUS|VI_CLEAR)",
    r"REMQUERY",
    r"ACTIV\^",
    r"MEM:(SET|PUT|GETSLOT)",
    r"AUTOPROG",
    r"ADMIN:(?!ALIVE\b)",
)
"""Words with which a host changes a pump, or gets the right to."""

READS = {
    "alaris-ash": {
        alaris.message(name)
        for name in ("INF", "INF_VI", "INF_RATE", "INF_VTBI", "INST_SERIALNO", "ALARM")
    },
    "bbraun-bcc": {
        bbraun.ACK,
        bbraun.NAK,
        *(
            frame
            for request in (bbraun.alive(), bbraun.get_all("SpaceSystem"))
            for frame in (request, bbraun.stuff(request))
        ),
    },
}
"""The messages that read, for the station of the simulated unit."""


def test_no_word_that_changes_a_pump_stands_in_the_sources() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {words}"
        for folder in ("devices", "app", "protocols")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for words in TELLING
        if re.search(words, path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_rate_is_asked_for_and_never_given() -> None:
    for name in ("wire", "parser", "driver", "spec"):
        text = (ROOT / "devices" / "alaris_asena" / f"{name}.py").read_text(encoding="utf-8")
        assert "INF_RATE^" not in text
        assert not re.search(r"message\(f", text)


@PUMP_SPECS
def test_every_read_message_may_be_sent_and_nothing_near_it(spec: DriverSpec) -> None:
    chance = random.Random(spec.name)
    for read in READS[spec.name]:
        assert spec.may_send(read)
        for _ in range(300):
            changed = bytearray(read)
            changed[chance.randrange(len(changed))] = chance.randrange(256)
            if bytes(changed) not in READS[spec.name]:
                assert not spec.may_send(bytes(changed)), bytes(changed)


@PUMP_SPECS
@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_heard_only_questions_are_sent(spec: DriverSpec, seed: int) -> None:
    chance = random.Random(seed)
    own = minute_of_a_unit(spec.name).sent_by_unit
    driver = spec.make_driver()
    t_ns = 0
    items: list[DriverItem] = driver.connect(0)
    for _ in range(400):
        t_ns += chance.choice((0, NS_PER_S // 20, NS_PER_S, 4 * NS_PER_S))
        while (due_ns := driver.next_deadline_ns) is not None and due_ns <= t_ns:
            items += driver.advance(due_ns)
        start = chance.randrange(len(own))
        part = bytearray(own[start : start + chance.choice((1, 20, 400))])
        if chance.random() < 0.5:
            part[chance.randrange(len(part))] = chance.randrange(256)
        heard = chance.choice((bytes(part), chance.randbytes(chance.randrange(60))))
        items += driver.receive(t_ns, heard)
        items += driver.command(t_ns, chance.choice(tuple(DeviceCommand)))
        if chance.random() < 0.02:
            items += driver.connect(t_ns)
    sent = [item.data for item in items if isinstance(item, Send)]
    assert sent
    assert all(spec.may_send(data) for data in sent)


@PUMP_SPECS
def test_a_clean_conversation_is_made_of_the_read_messages(spec: DriverSpec) -> None:
    talk = converse(spec, 60)
    assert {i.data for _, i in talk.items if isinstance(i, Send)} <= READS[spec.name]
    assert all(isinstance(i, PumpStatus) for i in facts(item for _, item in talk.items))


def test_both_pumps_are_asked_here() -> None:
    assert READS.keys() == PUMPS.keys()
