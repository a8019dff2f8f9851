"""Colours, type and priorities in one table: whatever is drawn takes its look from here.

Lengths are logical pixels. Minimum sizes are given in millimetres on the reference screen (24 inch,
1920 x 1080) and hold at every window size and display scale.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase
from PySide6.QtWidgets import QLabel, QWidget

from protocols.events import Priority
from protocols.vitals import VITALS, ColourRole, Vital

FONT_FAMILY = "IBM Plex Sans"
"""A humanist sans whose figures all have one width, so that a number does not jump."""

FONT_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "fonts"

CAP_HEIGHT_EM = 0.698
"""Height of a capital or a figure of the font, per em."""

REFERENCE_MM_PER_PX = 531.4 / 1920
"""A pixel of the reference screen: 24 inch, 16:9, 1920 pixels on 531.4 mm."""

GRID_PX = 8
RADIUS_PX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours of one theme, as ``#RRGGBB``.

    Red, yellow and cyan of the three `alarm_` tokens are for alarms alone; `attention` marks
    what waits for a person (a late observation, an open item) and is none of them.
    """

    name: str
    ground: str
    panel: str
    raised: str
    line: str
    text: str
    dim: str
    faint: str
    focus: str
    accent: str
    accent_text: str
    attention: str
    hr: str
    spo2: str
    bp: str
    other: str
    drug: str
    alarm_high: str
    alarm_medium: str
    alarm_low: str
    alarm_high_text: str
    alarm_medium_text: str
    alarm_low_text: str

    def colour(self, token: str) -> QColor:
        """The colour of `token` (a field of this class). Raises AttributeError if there is none."""
        return QColor(getattr(self, token))

    def vital(self, vital: Vital) -> str:
        """The colour of a vital sign."""
        role = VITALS[vital].colour
        return {
            ColourRole.HR: self.hr,
            ColourRole.SPO2: self.spo2,
            ColourRole.BP: self.bp,
            ColourRole.OTHER: self.other,
        }[role]

    def alarm(self, priority: Priority) -> tuple[str, str]:
        """Ground and text of an alarm of `priority`."""
        return {
            Priority.HIGH: (self.alarm_high, self.alarm_high_text),
            Priority.MEDIUM: (self.alarm_medium, self.alarm_medium_text),
            Priority.LOW: (self.alarm_low, self.alarm_low_text),
        }[priority]


DARK = Theme(
    name="dark",
    ground="#0B0F13",
    panel="#131A21",
    raised="#1E2831",
    line="#24303A",
    text="#E8EEF3",
    dim="#9AA7B2",
    faint="#5E6B76",
    focus="#FFFFFF",
    accent="#2F5D8A",
    accent_text="#FFFFFF",
    attention="#D7C2A0",
    hr="#47D18C",
    spo2="#5BB8FF",
    bp="#F3F3F3",
    other="#C4B5FD",
    drug="#F0A35E",
    alarm_high="#FF453A",
    alarm_medium="#FFD60A",
    alarm_low="#40E0FF",
    alarm_high_text="#0B0F13",
    alarm_medium_text="#0B0F13",
    alarm_low_text="#0B0F13",
)
"""For the dim room: the default at the bedside."""

LIGHT = Theme(
    name="light",
    ground="#F1F4F6",
    panel="#FFFFFF",
    raised="#E6ECF0",
    line="#C6D0D8",
    text="#10171D",
    dim="#46525C",
    faint="#7A8792",
    focus="#10171D",
    accent="#1F5B94",
    accent_text="#FFFFFF",
    attention="#6B4A16",
    hr="#0A6B3B",
    spo2="#0B5AA3",
    bp="#1B1F23",
    other="#5A3FB5",
    drug="#8F4A0B",
    alarm_high="#C70013",
    alarm_medium="#FFD60A",
    alarm_low="#40E0FF",
    alarm_high_text="#FFFFFF",
    alarm_medium_text="#10171D",
    alarm_low_text="#10171D",
)
"""For the office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Sizes of type by role, and of what is touched, in logical pixels.

    Attributes:
        giant: blood pressure, heart rate, SpO2: read from 4 m.
        large: scores and countdowns: read from 2 m.
        title: headings and the sentence of an alarm.
        body: everything that is read at arm's length.
        small: labels of axes and ages; never smaller.
        touch: least side of what is touched.
        gap: least distance between two things that are touched.
        beacon: the mark of the most urgent alarm: 20 mm high in every window, read from 4 m.
    """

    giant: int
    large: int
    title: int
    body: int
    small: int
    touch: int
    gap: int
    beacon: int


REFERENCE = Sizes(
    giant=104, large=40, title=22, body=18, small=16, touch=48, gap=GRID_PX, beacon=104
)
"""On 1920 x 1080: giant figures are 20 mm high, small ones 3 mm, touch is 13 mm."""

_LEAST = Sizes(giant=60, large=26, title=18, body=16, small=15, touch=48, gap=GRID_PX, beacon=104)
"""Never below these, counted in pixels of the display itself."""


def sizes_for(width_px: int, height_px: int, pixel_ratio: float = 1.0) -> Sizes:
    """Sizes that fit a window of `width_px` x `height_px` logical pixels.

    `pixel_ratio` is display pixels to a logical pixel (1.25 at 125 %). Type shrinks with the
    window; what is read at arm's length or touched stops at its least size.
    """
    scale = min(width_px / 1920, height_px / 1080)
    values = {}
    for entry in fields(Sizes):
        least = getattr(_LEAST, entry.name) / pixel_ratio
        values[entry.name] = round(max(getattr(REFERENCE, entry.name) * scale, least))
    return Sizes(**values)


def cap_height_mm(font_px: float) -> float:
    """Height of a figure in millimetres on the reference screen, for type of `font_px`."""
    return font_px * CAP_HEIGHT_EM * REFERENCE_MM_PER_PX


FLASH_LIMIT_HZ = 3.0
"""Nothing flashes as often as this a second, whatever it tells: people may be photosensitive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritySign:
    """How an alarm of one priority is marked without sound.

    Only the ground under a mark flashes, so that mark and words can always be read.

    Attributes:
        mark, word: what stands for the priority where colour is not seen.
        flash_hz: how often the ground is lit a second; None where it is steady.
        duty: share of the time for which it is lit, 0 to 1.
    """

    mark: str
    word: str
    flash_hz: float | None
    duty: float


PRIORITY_SIGNS: dict[Priority, PrioritySign] = {
    Priority.HIGH: PrioritySign(mark="!!!", word="high", flash_hz=2.0, duty=0.5),
    Priority.MEDIUM: PrioritySign(mark="!!", word="medium", flash_hz=0.6, duty=0.5),
    Priority.LOW: PrioritySign(mark="!", word="low", flash_hz=None, duty=1.0),
}
"""Within what bedside monitors disclose: 1.4-2.8 Hz (high), 0.4-0.8 Hz (medium), 20-60 % lit."""


def flash_lit(priority: Priority, elapsed_ms: int) -> bool:
    """Whether the ground of an alarm is lit, `elapsed_ms` after it began to flash."""
    sign = PRIORITY_SIGNS[priority]
    return sign.flash_hz is None or (elapsed_ms * sign.flash_hz / 1000) % 1.0 < sign.duty


@cache
def load_fonts() -> tuple[str, ...]:
    """Make the bundled fonts known to Qt (once; needs an application) and give the files loaded.

    A file that cannot be loaded is left out; Qt then falls back to a font of the system.
    """
    loaded = []
    for path in sorted(FONT_FOLDER.glob("*.ttf")):
        if QFontDatabase.addApplicationFont(str(path)) >= 0:
            loaded.append(path.name)
    return tuple(loaded)


class _Active:
    """The look in force in this process."""

    theme: Theme = DARK
    sizes: Sizes = REFERENCE


def active_theme() -> Theme:
    """The theme in force, for widgets that paint themselves."""
    return _Active.theme


def active_sizes() -> Sizes:
    """The sizes in force, for widgets that paint themselves."""
    return _Active.sizes


def apply(window: QWidget, theme: Theme, sizes: Sizes) -> None:
    """Put `theme` and `sizes` in force and style `window` and all within it."""
    load_fonts()
    _Active.theme = theme
    _Active.sizes = sizes
    window.setStyleSheet(stylesheet(theme, sizes))


def font(role: str = "body", *, strong: bool = False) -> QFont:
    """The font of a size role (a field of `Sizes`) at the sizes in force."""
    chosen = QFont(FONT_FAMILY)
    chosen.setPixelSize(getattr(_Active.sizes, role))
    chosen.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return chosen


def style(widget: QWidget, **properties: str | bool) -> None:
    """Set properties that the stylesheet selects by, and restyle only when one changed.

    Properties: ``role`` (giant, large, title, body, small), ``tone`` (a colour token of `Theme`),
    ``kind`` of a button (primary, quiet, weighty, action, desk, fold), ``surface`` of a frame
    (panel, raised, line), ``tile`` and ``frame`` (priority of its alarm), ``alarm`` (priority),
    ``strong``.
    """
    changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    if changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def set_text(label: QLabel, text: str) -> None:
    """Set the text of `label` only when it differs, so that an unchanged screen costs nothing.

    It is plain text, whatever a person typed into it, unless the label was said to be rich.
    """
    if label.textFormat() is Qt.TextFormat.AutoText:
        label.setTextFormat(Qt.TextFormat.PlainText)
    if label.text() != text:
        label.setText(text)


def stylesheet(theme: Theme, sizes: Sizes = REFERENCE) -> str:
    """Qt style sheet of the whole program for `theme` at `sizes`."""
    parts = (_ground, _labels, _buttons, _controls)
    return "\n".join(part(theme, sizes) for part in parts)


def _ground(theme: Theme, sizes: Sizes) -> str:
    return f"""
QWidget {{ background: {theme.ground}; color: {theme.text}; font-family: "{FONT_FAMILY}";
  font-size: {sizes.body}px; }}
QFrame[surface="panel"] {{ background: {theme.panel}; border-radius: {RADIUS_PX}px; }}
QFrame[surface="raised"] {{ background: {theme.raised}; border-radius: {RADIUS_PX}px; }}
QFrame[surface="line"] {{ background: {theme.line}; border: none; }}
QFrame[surface="panel"] QLabel, QFrame[surface="raised"] QLabel,
QFrame[surface="panel"] QWidget[clear="true"] {{ background: transparent; }}
QFrame[surface="panel"] QLabel[veil="true"], QLabel[veil="true"] {{
  background: {theme.panel}; border-radius: {RADIUS_PX}px; }}
QFrame[tile="true"] {{ border: 3px solid {theme.panel}; }}
QFrame[frame="high"] {{ border: 3px solid {theme.alarm_high}; }}
QFrame[frame="medium"] {{ border: 3px solid {theme.alarm_medium}; }}
QFrame[frame="low"] {{ border: 3px solid {theme.alarm_low}; }}
QFrame[frame="high"][technical="true"], QFrame[frame="medium"][technical="true"],
QFrame[frame="low"][technical="true"] {{ border-style: dashed; }}
QScrollArea {{ border: none; }}
QScrollBar:vertical {{ background: {theme.ground}; width: 16px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {theme.faint}; border-radius: {RADIUS_PX}px;
  min-height: {sizes.touch}px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.faint}; }}
"""


def _labels(theme: Theme, sizes: Sizes) -> str:
    rules = ["QLabel { background: transparent; }", '*[strong="true"] { font-weight: 600; }']
    for entry in fields(Sizes):
        if entry.name not in ("touch", "gap"):
            weight = "font-weight: 600;" if entry.name in ("giant", "large", "title") else ""
            size = getattr(sizes, entry.name)
            rules.append(f'*[role="{entry.name}"] {{ font-size: {size}px; {weight} }}')
    for token in ("text", "dim", "faint", "attention", "hr", "spo2", "bp", "other", "drug"):
        rules.append(f'QLabel[tone="{token}"] {{ color: {getattr(theme, token)}; }}')
    for priority in Priority:
        ground, text = theme.alarm(priority)
        rules.append(
            f'QFrame[alarm="{priority.value}"][alarm="{priority.value}"],'
            f' QLabel[alarm="{priority.value}"][alarm="{priority.value}"]'
            f" {{ background: {ground}; color: {text}; }}"
        )
    return "\n".join(rules)


def _buttons(theme: Theme, sizes: Sizes) -> str:
    pad = sizes.gap
    return f"""
QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 2px solid {theme.faint};
  border-radius: {RADIUS_PX}px; padding: 0 {2 * pad}px; min-height: {sizes.touch - 4}px;
  min-width: {sizes.touch - 4}px; font-weight: 500; outline: none; }}
QPushButton:pressed {{ background: {theme.line}; }}
QPushButton:disabled {{ color: {theme.faint}; border-color: {theme.line}; }}
QPushButton[kind="primary"], QPushButton:checked {{
  background: {theme.accent}; color: {theme.accent_text}; border-color: {theme.accent}; }}
QPushButton[kind="primary"]:disabled {{ background: {theme.raised}; color: {theme.faint};
  border-color: {theme.line}; }}
QPushButton[kind="action"] {{ padding: 0 {pad}px; min-height: {sizes.touch}px;
  min-width: {sizes.touch - 4 - 2 * pad}px;
  font-size: {sizes.small}px; }}
QPushButton[kind="desk"] {{ padding: 0 {pad - 2}px; min-height: {2 * sizes.small - 6}px;
  min-width: {sizes.small}px; font-size: {sizes.small}px; border-width: 1px; }}
QPushButton[kind="desk"]:focus {{ border-width: 2px; }}
QMenu {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.faint}; }}
QMenu::item:selected {{ background: {theme.accent}; color: {theme.accent_text}; }}
QPushButton[kind="row"] {{ text-align: left; padding: {pad // 2}px {2 * pad}px; }}
QPushButton[kind="person"] {{ padding: 0 {pad}px; font-size: {sizes.small}px;
  border-color: {theme.line}; }}
QPushButton[kind="person"][flagged="true"] {{ border-color: {theme.attention};
  color: {theme.attention}; font-weight: 600; }}
QFrame[pad="true"] {{ border: 2px solid {theme.line}; border-radius: {RADIUS_PX}px; }}
QFrame[pad="true"][focused="true"] {{ border-color: {theme.focus}; }}
QPushButton[kind="fold"] {{ background: transparent; border: 2px solid transparent;
  text-align: left; padding: 0; min-height: {2 * sizes.small - 6}px; font-weight: 600; }}
QPushButton[kind="fold"]:focus {{ border-color: {theme.focus}; }}
QPushButton[kind="quiet"] {{ background: transparent; border-color: {theme.line}; }}
QPushButton[kind="weighty"], QPushButton[weighty="true"] {{ border-color: {theme.text};
  font-weight: 600; }}
QPushButton:focus {{ border-color: {theme.focus}; }}
"""


def _controls(theme: Theme, sizes: Sizes) -> str:
    pad = sizes.gap
    return f"""
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateEdit {{
  background: {theme.raised}; color: {theme.text}; border: 2px solid {theme.faint};
  border-radius: {RADIUS_PX}px; padding: 0 {pad}px; min-height: {sizes.touch - 4}px;
  selection-background-color: {theme.accent}; selection-color: {theme.accent_text}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus,
QDoubleSpinBox:focus, QDateEdit:focus {{ border-color: {theme.focus}; }}
QComboBox QAbstractItemView {{ background: {theme.raised}; color: {theme.text};
  selection-background-color: {theme.accent}; selection-color: {theme.accent_text}; }}
QCheckBox, QRadioButton {{ background: transparent; min-height: {sizes.touch}px;
  spacing: {pad}px; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {sizes.touch // 2}px;
  height: {sizes.touch // 2}px; border: 2px solid {theme.faint}; background: {theme.raised}; }}
QCheckBox::indicator {{ border-radius: {RADIUS_PX}px; }}
QRadioButton::indicator {{ border-radius: {sizes.touch // 4}px; }}
QCheckBox::indicator:checked, QRadioButton::indicator:checked {{ background: {theme.accent};
  border-color: {theme.text}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {theme.focus}; }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {theme.focus}; }}
QListView, QTableView, QTreeView {{ background: {theme.panel}; color: {theme.text};
  alternate-background-color: {theme.raised}; border: 1px solid {theme.line};
  gridline-color: {theme.line}; selection-background-color: {theme.accent};
  selection-color: {theme.accent_text}; }}
QListView:focus, QTableView:focus, QTreeView:focus {{ border-color: {theme.focus}; }}
QTableView::indicator {{ width: {sizes.small}px; height: {sizes.small}px;
  border: 2px solid {theme.dim}; background: {theme.panel}; }}
QTableView::indicator:checked {{ border-color: {theme.text}; background: {theme.text}; }}
QHeaderView::section {{ background: {theme.raised}; color: {theme.dim}; border: none;
  padding: {pad // 2}px {pad}px; }}
QProgressBar {{ background: {theme.line}; border: none; border-radius: {RADIUS_PX}px;
  color: {theme.text}; text-align: center; }}
QProgressBar::chunk {{ background: {theme.drug}; border-radius: {RADIUS_PX}px; }}
QSlider::groove:horizontal {{ background: {theme.line}; height: {pad}px;
  border-radius: {pad // 2}px; }}
QSlider::handle:horizontal {{ background: {theme.text}; width: {sizes.touch // 2}px;
  margin: -{sizes.touch // 4 - pad // 2}px 0; border-radius: {RADIUS_PX}px; }}
QSlider:focus {{ border: 1px solid {theme.focus}; }}
"""
