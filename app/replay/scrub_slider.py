"""A slider over a whole session: marks of what happened above its groove, of what if below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSlider, QWidget

from app import theme
from app.rejudging.occurrence import Occurrence
from app.replay.steps import Gap, Step, StepKind
from protocols.events import Priority
from protocols.vitals import NS_PER_S

TICK_NS = NS_PER_S // 10
"""A slider's step: a tenth of a second of session time."""

_MARK_PX = 14
_HEIGHT_PX = 34
_LANE_PX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAlarm:
    """An alarm as other limits would have raised it."""

    start_ns: int
    end_ns: int
    priority: Priority
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAlarms:
    """Alarms under other limits, and what those limits are called."""

    name: str
    alarms: tuple[OtherAlarm, ...]

    @classmethod
    def of(cls, name: str, found: Sequence[Occurrence]) -> OtherAlarms:
        """The alarms `found` under the limits called `name`."""
        return cls(
            name=name,
            alarms=tuple(
                OtherAlarm(
                    start_ns=one.raised_ns,
                    end_ns=one.ended_ns if one.gone_ns is None else one.gone_ns,
                    priority=one.priority,
                    sentence=one.sentence,
                )
                for one in found
            ),
        )


class ScrubSlider(QSlider):
    """A slider over the whole session with a mark for each step above its groove.

    A click goes where it was made. Alarms have their own colours and stand taller than events; gaps
    are hatched in the groove. Alarms that only other limits would have raised are hollow, in a lane
    of their own below, as long as they would have lasted.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName("session time")
        theme.style(self, clear=True)
        self.setSingleStep(10 * NS_PER_S // TICK_NS)
        self.setPageStep(60 * NS_PER_S // TICK_NS)
        self.setMinimumHeight(_HEIGHT_PX)
        self._steps: Sequence[Step] = ()
        self._gaps: Sequence[Gap] = ()
        self._other: OtherAlarms | None = None

    def show_steps(self, steps: Sequence[Step], end_ns: int, gaps: Sequence[Gap] = ()) -> None:
        """Span a session that ends at `end_ns` and mark `steps` and `gaps`."""
        self._steps, self._gaps = steps, gaps
        with QSignalBlocker(self):
            self.setRange(0, max(1, -(-end_ns // TICK_NS)))
        self.update()

    def show_other(self, other: OtherAlarms) -> None:
        """Add the lane of alarms under other limits."""
        self._other = other
        self.setMinimumHeight(_HEIGHT_PX + 2 * _LANE_PX)
        self.setToolTip(f"Hollow, below: alarms under {other.name}.")
        self.setAccessibleDescription(f"{len(other.alarms)} alarms under {other.name}")
        self.update()

    def x_of(self, t_ns: int) -> float:
        """Pixel column of session time `t_ns`: the middle of the handle there."""
        half = self._handle_px() / 2
        return half + t_ns / TICK_NS / self.maximum() * (self.width() - 2 * half)

    @staticmethod
    def _handle_px() -> int:
        return theme.active_sizes().touch // 2

    def _value_at(self, x: float) -> int:
        half = self._handle_px() / 2
        share = (x - half) / max(1.0, self.width() - 2 * half)
        return round(max(0.0, min(share, 1.0)) * self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where it was pressed."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self._value_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while it is down."""
        if self.isSliderDown():
            self.setValue(self._value_at(event.position().x()))
            event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self.setSliderDown(False)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The slider, then the marks over it."""
        super().paintEvent(event)
        look = theme.active_theme()
        painter = QPainter(self)
        for gap in self._gaps:
            left, right = self.x_of(gap.start_ns), self.x_of(gap.end_ns)
            area = QRectF(left, self.height() / 2 - 6, max(2.0, right - left), 12)
            painter.fillRect(area, look.colour("panel"))
            painter.fillRect(area, Qt.BrushStyle.BDiagPattern)
        for step in self._steps:
            tint, height = "dim", _MARK_PX * 0.6
            if step.alarm is not None:
                tint, height = f"alarm_{step.alarm.priority.value}", _MARK_PX
            elif step.kind is StepKind.MISSED:
                tint = "attention"
            area = QRectF(self.x_of(step.t_ns) - 1.5, _MARK_PX - height, 3, height)
            painter.fillRect(area, look.colour(tint))
        if self._other is not None:
            self._paint_other(painter, self._other)
        painter.end()

    def _paint_other(self, painter: QPainter, other: OtherAlarms) -> None:
        top = self.height() - _LANE_PX - 1
        look = theme.active_theme()
        for alarm in other.alarms:
            left, right = self.x_of(alarm.start_ns), self.x_of(alarm.end_ns)
            tall = _LANE_PX * (3 + alarm.priority.rank) / (3 + Priority.HIGH.rank)
            area = QRectF(left, top + _LANE_PX - tall, max(4.0, right - left), tall)
            painter.setPen(look.colour(f"alarm_{alarm.priority.value}"))
            painter.drawRect(area)
