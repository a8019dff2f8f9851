"""The ratings of a course as a drawing without colour, with the bounds of its outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from reportlab.platypus import Flowable

from app.printing.paper import BOLD, INK, LINE, MEDIUM, QUIET, REGULAR, SHADE
from app.reviewing.course_progress import ScoreBound
from protocols.courses.facts import Score

_LEFT = 34.0
_RIGHT = 92.0
"""Room for the names of the bounds, points."""

_WORDS_APART = 6.5
"""Least distance of two of these names, points."""

_FOOT = 24.0


class CourseChart(Flowable):  # type: ignore[misc]  # the library has no types
    """Totals of the primary scale over days, the bounds as broken lines, doses as ticks below."""

    def __init__(
        self,
        scale: str,
        scores: Sequence[Score],
        bounds: Sequence[ScoreBound],
        doses: Sequence[datetime],
        size: tuple[float, float],
    ) -> None:
        """Draw into a box of `size`, points; `scores` have totals and are in order."""
        super().__init__()
        self.width, self.height = size
        self._scale = scale
        self._scores, self._bounds, self._doses = scores, bounds, doses
        days = [one.taken for one in scores] + list(doses)
        self._first = min(days) - timedelta(days=1)
        self._last = max(days) + timedelta(days=1)
        totals = [float(one.total or 0) for one in scores] + [one.total for one in bounds]
        self._top = max([10.0, *totals]) * 1.1

    def wrap(self, _room: float, _height: float) -> tuple[float, float]:
        """What the drawing takes."""
        return self.width, self.height

    def _x(self, moment: datetime) -> float:
        share = (moment - self._first) / (self._last - self._first)
        return _LEFT + share * (self.width - _LEFT - _RIGHT)

    def _y(self, total: float) -> float:
        return _FOOT + total / self._top * (self.height - _FOOT - 4)

    def draw(self) -> None:
        """Draw on the page's canvas."""
        self._draw_scale()
        self._draw_bounds()
        self._draw_scores()
        self._draw_doses()

    def _draw_scale(self) -> None:
        canvas = self.canv
        right = self.width - _RIGHT
        canvas.setFont(REGULAR, 5.8)
        step = 5 if self._top <= 40 else 10
        for total in range(0, int(self._top) + 1, step):
            canvas.setStrokeColor(SHADE)
            canvas.setLineWidth(0.4)
            canvas.line(_LEFT, self._y(total), right, self._y(total))
            canvas.setFillColor(INK)
            canvas.drawRightString(_LEFT - 3, self._y(total) - 2, str(total))
        canvas.setStrokeColor(LINE)
        canvas.rect(_LEFT, _FOOT, right - _LEFT, self.height - _FOOT - 4)
        canvas.setFont(BOLD, 6.4)
        canvas.drawString(0, self.height - 10, self._scale.upper())
        days = max(1, (self._last - self._first).days)
        step_d = next((one for one in (1, 2, 7, 14, 28, 56) if days / one <= 12), 112)
        day = self._first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        canvas.setFont(REGULAR, 5.8)
        canvas.setFillColor(QUIET)
        while day <= self._last:
            canvas.drawCentredString(self._x(day), 2, f"{day:%Y-%m-%d}")
            day += timedelta(days=step_d)

    def _draw_bounds(self) -> None:
        canvas = self.canv
        right = self.width - _RIGHT
        free = 0.0
        dashes = {"response": (6, 2), "remission": (1, 1.5), "relapse": (4, 1.5, 1, 1.5)}
        for bound in sorted(self._bounds, key=lambda one: one.total):
            canvas.saveState()
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(0.7)
            canvas.setDash(list(dashes.get(bound.name, (3, 3))))
            canvas.line(_LEFT, self._y(bound.total), right, self._y(bound.total))
            canvas.restoreState()
            canvas.setFont(MEDIUM, 5.8)
            canvas.setFillColor(INK)
            free = max(free, self._y(bound.total) - 2)
            canvas.drawString(right + 3, free, bound.words)
            free += _WORDS_APART

    def _draw_scores(self) -> None:
        canvas = self.canv
        canvas.setStrokeColor(INK)
        canvas.setFillColor(INK)
        canvas.setLineWidth(0.9)
        points = [(self._x(one.taken), self._y(float(one.total or 0)), one) for one in self._scores]
        for (x, y, _), (next_x, next_y, _) in pairwise(points):
            canvas.line(x, y, next_x, next_y)
        canvas.setFont(MEDIUM, 6)
        for x, y, one in points:
            canvas.circle(x, y, 1.7, fill=1)
            canvas.drawCentredString(x, y + 3.4, str(one.total))

    def _draw_doses(self) -> None:
        canvas = self.canv
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(1.2)
        for moment in self._doses:
            canvas.line(self._x(moment), _FOOT - 8, self._x(moment), _FOOT - 2)
        canvas.setFont(REGULAR, 5.8)
        canvas.setFillColor(QUIET)
        canvas.drawString(0, _FOOT - 8, "doses")


CHART_WORDS = (
    "Dots: total of the primary scale. Broken lines: where response, remission and relapse begin. "
    "Ticks below: doses."
)
"""What the signs of the chart mean."""
