"""The pictures of QA's desks: other limits over simulated sessions, and the burden of alarms."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import cast

from PySide6.QtCore import QSize
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.qa.burden_desk import RULE, BurdenDesk
from app.qa.limits_desk import LIMITS, RESULT, LimitsDesk
from app.records.archive import Archive
from app.records.limits_asking import RecordAsker
from app.rejudging.limit_parts import Part, Place
from app.review.sources import Sources
from app.review.window import ReviewWindow
from app.reviewing.alarm_burden import CountedAlarm, CountedSession, Fate, Narrowing, Span
from protocols.events import Priority
from protocols.vitals import NS_PER_S
from storage.database import Database

Save = Callable[[QWidget, str], None]

_RULES = (
    ("hr-high-advisory", Priority.LOW, 8),
    ("dbp-high-advisory", Priority.LOW, 6),
    ("spo2-sensor-off", Priority.MEDIUM, 5),
    ("sbp-high-warning", Priority.MEDIUM, 4),
    ("spo2-low-warning", Priority.MEDIUM, 2),
    ("sbp-high-critical", Priority.HIGH, 1),
)


class DrawnBurden:
    """Sessions of twenty weeks, drawn by a seed, for the picture alone: all say simulated."""

    def read(
        self, since: date | None, until: date | None, go_on: Callable[[float], bool]
    ) -> Sequence[CountedSession]:
        """The sessions, whatever is asked."""
        del since, until, go_on
        chance = random.Random(6)  # noqa: S311 - for a picture
        first = date(2026, 7, 6)
        return [
            _session(chance, first + timedelta(days=day), number)
            for day in range(140)
            for number in range(chance.randrange(4) if day % 7 < 5 else 0)
        ]

    def write(
        self, sessions: Sequence[CountedSession], narrowing: Narrowing, span: Span, path: Path
    ) -> str:
        """Nothing is written for a picture."""
        del sessions, narrowing, span, path
        return ""


def _session(chance: random.Random, day: date, number: int) -> CountedSession:
    names = [rule for rule in _RULES for _ in range(rule[2])]
    alarms = [
        CountedAlarm(
            rule=rule,
            priority=priority,
            technical=rule.startswith("spo2-sensor"),
            raised_ns=chance.randrange(600, 6000) * NS_PER_S,
            lasted_ns=round(chance.expovariate(1 / 90) * NS_PER_S),
            fate=chance.choices(list(Fate), (60, 14, 6, 12, 4, 1))[0],
        )
        for rule, priority, _ in chance.choices(names, k=chance.randrange(9))
    ]
    return CountedSession(
        session=f"{day:%Y%m%d}-0{number}0000-room{number + 1}-demo",
        room=f"Room {number + 1}",
        protocol="iv-0.5-40",
        simulated=True,
        day=day,
        watched_ns=round(chance.uniform(1.5, 2.2) * 3600) * NS_PER_S,
        alarms=tuple(sorted(alarms, key=lambda one: one.raised_ns)),
    )


def picture_limits(record: Database, place: str, size: QSize, save: Save) -> None:
    """The limits editor, what came of it, and the burden of alarms."""
    sources = Sources(
        catalogue=Archive(record), asker=RecordAsker(record, place), burden=DrawnBurden()
    )
    window = ReviewWindow(sources)
    window.resize(size)
    window.show()
    _picture_desk(window, save)
    desk = cast(BurdenDesk, window.turn_to("Alarm burden"))
    _wait(lambda: not desk.work.busy)
    desk.turn_to(RULE)
    desk.tables[RULE].setCurrentIndex(desk.tables[RULE].cells.index(0, 0))
    save(window, "qa-burden")
    window.close()


def _picture_desk(window: ReviewWindow, save: Save) -> None:
    desk = cast(LimitsDesk, window.turn_to("Other limits"))
    desk.chooser.all.click()
    desk.chooser.table.selectRow(desk.chooser.model.rowCount() - 1)
    desk.turn_to(LIMITS)
    for rule, part, value, reason in (
        ("hr-high-advisory", Part.DELAY, 60.0, ""),
        ("sbp-high-warning", Part.LIMIT, 150.0, "an example of a reason"),
    ):
        desk.rules.table.choose(rule)
        row = desk.rules.editor.rows[str(part)]
        row.wanted.emit(Place(subject=rule, part=part), value, reason)
    _wait(lambda: "gained" in desk.live_words.text())
    save(window, "qa-limits")
    desk.run.click()
    _wait(lambda: not desk.work.busy)
    desk.turn_to(RESULT)
    save(window, "qa-limits-result")


def _wait(done: Callable[[], bool]) -> None:
    for _ in range(1_500):
        QTest.qWait(20)
        if done():
            return
    raise TimeoutError("the desk did not come to rest")
