"""The streamed readings of a session as columns: values, why there was none, numbers of events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protocols.vitals import Quality

QUALITIES = tuple(Quality)
"""What a code in `StreamedReadings.qualities` stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedReadings:
    """Every streamed reading of one vital, in order of when it became known.

    Attributes:
        t_ns: when each became known, session time in ns.
        numbers: their numbers in the record.
        values: in the vital's unit, NaN where there was none; as recorded, before any correction.
        qualities: places in `QUALITIES`.
        sources: slot of the device that gave each, as a place in `names`.
        names: the slots.
    """

    t_ns: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    qualities: npt.NDArray[np.int8]
    sources: npt.NDArray[np.int8]
    names: tuple[str, ...]

    def number_at(self, t_ns: int) -> int | None:
        """The number of the reading that became known at `t_ns` with a value, or None."""
        first = int(np.searchsorted(self.t_ns, t_ns, side="left"))
        while first < len(self.t_ns) and self.t_ns[first] == t_ns:
            if not np.isnan(self.values[first]):
                return int(self.numbers[first])
            first += 1
        return None
