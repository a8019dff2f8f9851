"""Fewer points than pixels can show, without losing a peak or closing a gap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def decimate(x: Floats, y: Floats, pixels: int) -> tuple[Floats, Floats]:
    """At most two points a pixel: the least and the greatest value of each run, in order of time.

    `x` ascending. A run that holds a missing value (NaN) keeps a NaN, so that a gap stays open.
    Short series come back as they are.
    """
    if len(x) <= 2 * pixels or pixels < 1:
        return x, y
    edges = np.linspace(x[0], np.nextafter(x[-1], np.inf), pixels // 2 + 1)
    starts = np.unique(np.searchsorted(x, edges[:-1], side="left"))
    starts = starts[starts < len(x)]
    missing = np.isnan(y)
    lows = np.minimum.reduceat(np.where(missing, np.inf, y), starts)
    highs = np.maximum.reduceat(np.where(missing, -np.inf, y), starts)
    gaps = np.logical_or.reduceat(missing, starts)
    ends = np.append(starts[1:], len(x)) - 1
    first, last = x[starts], x[ends]
    kept_x = np.column_stack((first, (first + last) / 2, last))
    kept_y = np.column_stack((lows, highs, np.where(gaps, np.nan, highs)))
    kept_y[~np.isfinite(kept_y)] = np.nan
    keep = np.column_stack((np.ones((len(starts), 2), dtype=bool), gaps))
    return kept_x[keep], kept_y[keep]
