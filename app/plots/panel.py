"""One plot of the session's trends: fixed ranges, no mouse, a title, and a backdrop."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app import theme
from app.plots.backdrop import Backdrop, Scene
from app.plots.timeline import Timeline
from app.signs import LimitOffSign

AXIS_WIDTH_PX = 56
"""Width of every value axis, so that all trends and the lane of events line up."""


class TrendPanel(pg.PlotWidget):
    """A plot that is built once; `show_frame` moves its axes and its backdrop."""

    def __init__(self, title: str, tint: str, parent: QWidget | None = None) -> None:
        """`title` names the plot; `tint` is its colour in the theme."""
        super().__init__(parent)
        self.setAccessibleName(f"trend of {title}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMinimumHeight(56)
        self._tint = tint
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.disableAutoRange()
        plot.setContentsMargins(0, 0, 0, 0)
        plot.layout.setContentsMargins(0, 2, 0, 2)
        plot.getAxis("left").setWidth(AXIS_WIDTH_PX)
        plot.showAxis("bottom", show=False)
        self.backdrop = Backdrop()
        plot.addItem(self.backdrop, ignoreBounds=True)
        self._title = QLabel(title, self)
        self._title.move(AXIS_WIDTH_PX + theme.GRID_PX, 2)
        self.off_sign = LimitOffSign(self)
        self.off_label = QLabel("", self)
        self.off_label.hide()
        self._shown: tuple[float, ...] = ()
        self._look: tuple[str, int] = ("", 0)
        self.restyle()

    @property
    def colour(self) -> str:
        """The colour of this trend in the theme in force."""
        return str(getattr(theme.active_theme(), self._tint))

    @property
    def tint(self) -> str:
        """The name of that colour."""
        return self._tint

    def restyle(self) -> bool:
        """Take colours and sizes from the theme in force; tells whether they changed."""
        look = theme.active_theme()
        key = (look.name, theme.active_sizes().small)
        if key == self._look:
            return False
        self._look = key
        self.setBackground(look.panel)
        axis = self.getPlotItem().getAxis("left")
        axis.setPen(pg.mkPen(look.line))
        axis.setTextPen(pg.mkPen(look.dim))
        axis.setStyle(tickFont=theme.font("small"), tickLength=-4)
        theme.style(self._title, role="small", tone=self._tint)
        self._title.setStyleSheet(f"color: {self.colour}; background: transparent;")
        self._title.setFont(theme.font("small"))
        self._title.adjustSize()
        self.off_label.setStyleSheet(f"color: {look.attention}; background: transparent;")
        self.off_label.setFont(theme.font("small", strong=True))
        return True

    def set_title(self, title: str) -> None:
        """Name the plot `title`, for the eye and for screen readers."""
        if title != self._title.text():
            self._title.setText(title)
            self._title.adjustSize()
            self.setAccessibleName(f"trend of {title}")

    def show_off(self, words: str) -> None:
        """Say beside the title which limit is switched off; empty where none is."""
        self.off_sign.show_off(bool(words))
        if self.off_label.isHidden() is bool(words):
            self.off_label.setVisible(bool(words))
        if not words:
            return
        theme.set_text(self.off_label, words)
        self.off_label.adjustSize()
        self.off_sign.resize(self.off_sign.sizeHint())
        left = self._title.geometry().right() + 2 * theme.GRID_PX
        self.off_sign.move(left, 2)
        self.off_label.move(left + self.off_sign.width() + 4, 2)

    def show_frame(
        self, line: Timeline, low: float, high: float, step: float, scene: Scene
    ) -> None:
        """Span `line` by `low` to `high` with a tick each `step`, and show `scene` behind."""
        shown = (line.start_min, line.end_min, low, high)
        if shown != self._shown:
            self._shown = shown
            view = self.getPlotItem().getViewBox()
            view.setRange(
                xRange=(line.start_min, line.end_min),
                yRange=(low, high),
                padding=0,
                disableAutoRange=True,
            )
            count = int((high - low) // step)
            first = low if low % step == 0 else low + step - low % step
            ticks = [(first + n * step, f"{first + n * step:g}") for n in range(count + 1)]
            axis = self.getPlotItem().getAxis("left")
            axis.setTicks([[tick for tick in ticks if low < tick[0] < high], []])
        self.backdrop.show_scene(scene, (line.start_min, line.end_min), (low, high))

    def plot_pixels(self) -> int:
        """Width of the drawn area in pixels."""
        return max(16, self.width() - AXIS_WIDTH_PX)
