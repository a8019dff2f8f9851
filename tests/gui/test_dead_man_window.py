"""The watcher's window: what it paints, above what, and what a press on it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.deadman.judging import NOT_ANSWERING, NOT_RECORDING, PROGRAM, Ended, Picture, Trouble
from app.deadman.window import GROUNDS, TroubleWindow
from app.deadman.words import SILENCE_TEXT, Tone, page_of


class Made:
    def __init__(self) -> None:
        self.presses = 0
        self.window = TroubleWindow(self._press)

    def _press(self) -> None:
        self.presses += 1

    def show(self, picture: Picture) -> None:
        self.window.show_page(page_of(picture, lambda _: "14:02:55"))

    def painted(self) -> QImage:
        screen = self.window.screen()
        return screen.grabWindow(self.window.winId()).toImage()


@pytest.fixture
def made(qtbot: QtBot) -> Iterator[Made]:
    one = Made()
    yield one
    one.window.close()
    one.window.deleteLater()


def trouble(headline: str, *names: str) -> Picture:
    return Picture(
        trouble=Trouble(
            headline=headline,
            silent=tuple((name, 3.0) for name in names),
            since_s=0.0,
            standing="Room 2, infusing since 13:40",
            gone=False,
        )
    )


def test_it_is_above_everything_and_never_takes_the_keys(made: Made) -> None:
    flags = made.window.flags()
    assert flags & Qt.WindowType.WindowStaysOnTopHint
    assert flags & Qt.WindowType.WindowDoesNotAcceptFocus


def test_it_shows_and_hides_with_the_trouble(made: Made, qtbot: QtBot) -> None:
    made.show(trouble(NOT_ANSWERING, PROGRAM))
    qtbot.waitUntil(made.window.isExposed)
    assert made.window.page is not None
    assert made.window.page.lines == (
        "Program silent 3 s, since 14:02:55",
        "Last known: Room 2, infusing since 13:40",
    )
    made.show(Picture())
    assert not made.window.isVisible()


@pytest.mark.parametrize(
    ("picture", "tone"),
    [
        (trouble(NOT_ANSWERING, "Evaluator"), Tone.URGENT),
        (trouble(NOT_RECORDING, "Recorder"), Tone.ATTENTION),
        (Picture(ended=Ended(names=("Evaluator",), since_s=0.0, until_s=4.0)), Tone.CALM),
    ],
    ids=["evaluator", "recorder", "over"],
)
def test_its_ground_says_how_urgent_it_is_and_words_stand_on_it(
    made: Made, qtbot: QtBot, picture: Picture, tone: Tone
) -> None:
    made.show(picture)
    qtbot.waitUntil(made.window.isExposed)
    qtbot.waitUntil(lambda: made.painted().pixelColor(2, 2) == GROUNDS[tone])
    image = made.painted()
    row = [image.pixelColor(x, y).lightness() for x in range(40, 400) for y in range(20, 60)]
    assert max(row) > 240


def test_a_press_anywhere_silences(made: Made, qtbot: QtBot) -> None:
    made.show(trouble(NOT_ANSWERING, PROGRAM))
    qtbot.waitUntil(made.window.isExposed)
    assert made.window.page is not None
    assert made.window.page.button == SILENCE_TEXT
    for place in (made.window.button.center(), QPoint(10, 10)):
        QTest.mouseClick(
            made.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
        )
    assert made.presses == 2
