"""The one table of looks: contrast, sizes in millimetres, marks of priority."""

from __future__ import annotations

import itertools
from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app import theme
from protocols.events import Priority
from protocols.vitals import VITALS


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours."""

    def luminance(name: str) -> float:
        colour = QColor(name)
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(params=[theme.DARK, theme.LIGHT], ids=lambda look: look.name)
def look(request: pytest.FixtureRequest) -> theme.Theme:
    return request.param


@pytest.mark.parametrize("surface", ["ground", "panel"])
@pytest.mark.parametrize("token", ["text", "hr", "spo2", "bp", "other"])
def test_text_and_numerics_stand_out_seven_to_one(
    look: theme.Theme, token: str, surface: str
) -> None:
    # on the light ground the blue and the green of a numeral stop at six to one
    least = 7.0 if look is theme.DARK or token in ("text", "bp") else 5.5
    assert contrast(getattr(look, token), getattr(look, surface)) >= least


@pytest.mark.parametrize("token", ["dim", "attention"])
def test_secondary_text_stands_out_four_and_a_half_to_one(look: theme.Theme, token: str) -> None:
    for surface in ("ground", "panel", "raised"):
        assert contrast(getattr(look, token), getattr(look, surface)) >= 4.5


@pytest.mark.parametrize("priority", list(Priority))
def test_alarm_text_is_readable_on_its_ground(look: theme.Theme, priority: Priority) -> None:
    ground, text = look.alarm(priority)
    assert contrast(ground, text) >= 4.5


def test_alarm_colours_mean_alarms_alone(look: theme.Theme) -> None:
    alarms = {look.alarm_high, look.alarm_medium, look.alarm_low}
    others = {
        getattr(look, entry.name)
        for entry in fields(look)
        if not entry.name.startswith("alarm_") and entry.name != "name"
    }
    assert not alarms & others


def test_every_vital_has_a_colour(look: theme.Theme) -> None:
    assert all(QColor(look.vital(vital)).isValid() for vital in VITALS)


def test_giant_figures_are_twenty_millimetres_high_on_the_reference_screen() -> None:
    sizes = theme.sizes_for(1920, 1080)
    assert theme.cap_height_mm(sizes.giant) >= 20.0
    assert theme.cap_height_mm(sizes.small) >= 3.0
    assert sizes.touch * theme.REFERENCE_MM_PER_PX >= 12.0
    assert sizes.gap * theme.REFERENCE_MM_PER_PX >= 2.0


def test_a_display_scale_of_125_percent_leaves_sizes_in_millimetres() -> None:
    sizes = theme.sizes_for(1536, 864, pixel_ratio=1.25)
    mm = theme.REFERENCE_MM_PER_PX * 1.25
    assert sizes.giant * theme.CAP_HEIGHT_EM * mm >= 20.0
    assert sizes.small * theme.CAP_HEIGHT_EM * mm >= 3.0
    assert sizes.touch * mm >= 12.0


def test_a_small_window_shrinks_giant_type_but_never_what_is_touched() -> None:
    small = theme.sizes_for(1366, 768)
    full = theme.sizes_for(1920, 1080)
    assert small.giant < full.giant
    assert small.touch == full.touch
    assert small.small * theme.CAP_HEIGHT_EM >= 10


def test_bundled_font_loads_with_figures_of_one_width(qapp: object) -> None:
    assert len(theme.load_fonts()) == 3
    assert theme.FONT_FAMILY in QFontDatabase.families()
    for strong in (False, True):
        font = theme.font("giant", strong=strong)
        assert QFontInfo(font).family() == theme.FONT_FAMILY
        widths = {QFontMetrics(font).horizontalAdvance(figure) for figure in "0123456789"}
        assert len(widths) == 1


def test_the_font_stands_beside_its_licence() -> None:
    assert "SIL Open Font License" in (theme.FONT_FOLDER / "IBMPlexSans-LICENSE.txt").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("priority", "mark", "lowest_hz", "highest_hz"),
    [(Priority.HIGH, "!!!", 1.4, 2.8), (Priority.MEDIUM, "!!", 0.4, 0.8)],
)
def test_flashing_keeps_its_rate_and_half_duty(
    priority: Priority, mark: str, lowest_hz: float, highest_hz: float
) -> None:
    assert theme.PRIORITY_SIGNS[priority].mark == mark
    lit = [theme.flash_lit(priority, ms) for ms in range(60_000)]
    rises = sum(1 for before, after in itertools.pairwise(lit) if after and not before)
    assert lowest_hz <= rises / 60 <= highest_hz
    assert 0.2 <= sum(lit) / len(lit) <= 0.6


def test_low_priority_is_steady() -> None:
    assert all(theme.flash_lit(Priority.LOW, ms) for ms in range(0, 5000, 50))


def test_stylesheet_is_understood_and_reaches_widgets(qtbot, look: theme.Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label, button = QLabel("120", window), QPushButton("Stop", window)
    theme.style(label, role="giant", tone="hr")
    theme.apply(window, look, theme.sizes_for(1920, 1080))
    window.resize(400, 300)
    window.show()
    assert label.fontInfo().pixelSize() == 104
    assert label.palette().windowText().color() == QColor(look.hr)
    assert button.minimumSizeHint().height() >= 48
    theme.apply(window, theme.DARK, theme.REFERENCE)


class _CountingLabel(QLabel):
    def __init__(self) -> None:
        super().__init__("5")
        self.sets = 0

    def setText(self, text: str) -> None:
        self.sets += 1
        super().setText(text)


def test_set_text_leaves_an_unchanged_label_alone(qtbot) -> None:
    label = _CountingLabel()
    qtbot.addWidget(label)
    theme.set_text(label, "6")
    theme.set_text(label, "6")
    assert (label.text(), label.sets) == ("6", 1)


def test_what_a_person_typed_is_shown_letter_for_letter(qapp: QApplication) -> None:
    label, marked = QLabel(), QLabel()
    marked.setTextFormat(Qt.TextFormat.RichText)
    for one in (label, marked):
        theme.set_text(one, "<b>Berg</b>, <img src=x>Anna & Co")
        one.adjustSize()
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert marked.textFormat() is Qt.TextFormat.RichText
    assert label.sizeHint().width() > 1.5 * marked.sizeHint().width()
