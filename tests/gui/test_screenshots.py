"""Pictures of a recorded session: which moments, and that a picture shows that moment."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.bedside.window import BedsideWindow
from app.screenshots import Moment, choose_moments, picture_session
from protocols.events import AlarmChanged, AlarmState, Event, Phase, PhaseChanged, Priority
from protocols.vitals import Vital
from tests.gui.session_stories import START_S, ns, opened, preparation

SIZE = QSize(1366, 768)


def alarm(t_s: float, priority: Priority, *, technical: bool = False) -> AlarmChanged:
    return AlarmChanged(
        t_ns=ns(t_s),
        alarm=f"alarm-{t_s}",
        state=AlarmState.SOUNDING,
        priority=priority,
        technical=technical,
        vital=Vital.SBP,
        value=170.0,
        limit=165.0,
        baseline=None,
        since_ns=ns(t_s),
        sentence="SBP 170 mmHg, limit 165",
    )


def story() -> list[Event]:
    events = [
        *preparation(),
        alarm(START_S - 60, Priority.HIGH),
        alarm(START_S + 300, Priority.LOW),
        alarm(START_S + 600, Priority.MEDIUM),
        alarm(START_S + 700, Priority.MEDIUM),
        alarm(START_S + 800, Priority.HIGH, technical=True),
        PhaseChanged(
            t_ns=ns(START_S + 2400), before=Phase.INFUSING, after=Phase.RECOVERY, by="N. Okafor RN"
        ),
    ]
    return sorted(events, key=lambda event: event.t_ns)


def test_the_worst_alarm_of_the_patient_during_the_drug_is_chosen() -> None:
    moments = {moment.name: moment.t_ns for moment in choose_moments(story())}
    assert moments["alarm"] == ns(START_S + 606)
    assert moments["run"] == ns(START_S + 18 * 60)
    assert moments["recovery"] == ns(START_S + 2400 + 20 * 60)


def test_what_did_not_happen_is_not_pictured() -> None:
    assert [moment.name for moment in choose_moments([opened()])] == ["summary"]


def test_a_picture_shows_the_session_as_it_stood(qtbot: QtBot, tmp_path: Path) -> None:
    seen: list[tuple[int, Phase, str]] = []

    def look(window: BedsideWindow) -> None:
        words = window.run.banner.sentence.text()
        seen.append((window.run.width(), window.page is window.run, words))

    moments = [
        Moment(name="before", t_ns=ns(START_S - 120), prepare=look),
        Moment(name="alarm", t_ns=ns(START_S + 606), prepare=look),
    ]
    paths = picture_session(story(), moments, tmp_path, SIZE)
    assert [path.name for path in paths] == ["1-before.png", "2-alarm.png"]
    assert [QImage(str(path)).size() for path in paths] == [SIZE, SIZE]
    assert [run for _, run, _ in seen] == [False, True]
    assert "SBP 170 mmHg" in seen[1][2]
