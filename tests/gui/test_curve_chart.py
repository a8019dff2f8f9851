"""The painted chart: gaps stay open, ranges are round, it can be chosen, it is told in words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.plots.curve_chart import (
    Chart,
    CurveChart,
    LevelLine,
    Line,
    Pencil,
    broken,
    nice_range,
    nice_step,
    pencil,
)

LOOK = Pencil(tint="hr", symbol="none")


def chart(line: Line, **more: object) -> Chart:
    fields = {"title": "HR", "start": 0.0, "end": 10.0, "low": 0.0, "high": 10.0} | more
    return Chart(lines=(line,), **fields)  # type: ignore[arg-type]


def painted(qtbot: QtBot, drawn: Chart) -> CurveChart:
    widget = CurveChart("chart", can_be_chosen=True)
    qtbot.addWidget(widget)
    theme.apply(widget, theme.LIGHT, theme.REFERENCE)
    widget.resize(400, 240)
    widget.show_chart(drawn)
    return widget


def tinted_columns(widget: CurveChart) -> list[int]:
    """Columns with a pixel near the colour of the curve."""
    image, colour = widget.grab().toImage(), QColor(theme.LIGHT.hr)
    near = [
        x
        for x in range(image.width())
        for y in range(40, image.height() - 40)
        if sum(
            abs(a - b)
            for a, b in zip(image.pixelColor(x, y).getRgb()[:3], colour.getRgb()[:3], strict=True)
        )
        < 90
    ]
    return sorted(set(near))


def test_a_line_crosses_no_gap(qtbot: QtBot) -> None:
    x = np.array([0.0, 1, 2, 8, 9, 10])
    y = np.full(6, 5.0)
    whole = tinted_columns(painted(qtbot, chart(Line(x=x, y=y, look=LOOK))))
    open_x, open_y = broken(x, y, 3.0)
    gap = tinted_columns(painted(qtbot, chart(Line(x=open_x, y=open_y, look=LOOK))))
    widest = max(b - a for a, b in pairwise(gap))
    assert max(b - a for a, b in pairwise(whole)) == 1
    assert widest > (whole[-1] - whole[0]) / 2


def test_a_reading_that_stands_alone_is_seen(qtbot: QtBot) -> None:
    x, y = broken(np.array([2.0, 5, 8]), np.full(3, 5.0), 1.0)
    seen = tinted_columns(painted(qtbot, chart(Line(x=x, y=y, look=LOOK))))
    assert len([1 for a, b in pairwise(seen) if b - a > 20]) == 2


def test_a_gap_is_a_nan_between_its_readings_and_nothing_else_changes() -> None:
    x, y = broken(np.array([0.0, 1, 5, 6]), np.array([1.0, 2, 3, 4]), 2.0)
    assert x.tolist() == [0, 1, 5, 5, 6]
    np.testing.assert_array_equal(y, [1, 2, np.nan, 3, 4])
    x, y = broken(np.empty(0), np.empty(0), 1.0)
    assert not len(x)
    assert not len(y)


@pytest.mark.parametrize(
    ("span", "most", "step"), [(100, 5, 20), (40, 5, 10), (9, 5, 2), (0.9, 4, 0.25), (1000, 3, 500)]
)
def test_steps_are_round(span: float, most: int, step: float) -> None:
    assert nice_step(span, most) == pytest.approx(step)


def test_a_range_is_round_and_holds_its_values() -> None:
    low, high = nice_range(np.array([93.0, np.nan, 121.0]), 10.0)
    assert low <= 93 <= 121 <= high
    assert nice_range(np.array([np.nan]), 40.0) == (0.0, 40.0)
    low, high = nice_range(np.array([70.0]), 40.0)
    assert (low, high) == (50.0, 90.0)


def test_eight_curves_all_look_different_without_colour() -> None:
    looks = [(pencil(n).symbol, pencil(n).dash) for n in range(8)]
    assert len(set(looks)) == 8
    assert len({symbol for symbol, _ in looks}) == 8
    assert not [n for n in range(8) if pencil(n).tint.startswith("alarm")]


def test_it_is_chosen_by_click_and_key_and_told_in_words(qtbot: QtBot) -> None:
    drawn = chart(Line(x=np.array([1.0]), y=np.array([2.0]), look=pencil(1)), told="HR is 2.")
    widget = painted(qtbot, drawn)
    assert widget.accessibleDescription() == "HR is 2."
    with qtbot.waitSignal(widget.chosen):
        qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(widget.chosen):
        qtbot.keyClick(widget, Qt.Key.Key_Space)


def test_levels_close_together_are_both_named_and_nothing_fails_in_a_tiny_size(
    qtbot: QtBot,
) -> None:
    line = Line(x=np.array([1.0, 9]), y=np.array([2.0, 9]), look=pencil(0), label="A")
    levels = (LevelLine(y=5, words="response ≤ 5"), LevelLine(y=5.2, words="relapse ≥ 5.2"))
    widget = painted(qtbot, chart(line, levels=levels))
    for size in ((400, 240), (60, 30), (2000, 1200)):
        widget.resize(*size)
        assert widget.grab().toImage().width() == size[0]
