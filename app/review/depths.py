"""What is read of a session after it is already shown: waveforms, and the origins of values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.records.catalogue import Progress
from app.review.lanes.lane import Picked
from app.review.work import Work
from app.reviewing.provenance import NumberedEvent, Origin, OriginSource, RejectedFrame
from app.reviewing.wave_track import SessionWaves, WaveSource

NO_SOURCE = "Waveforms are not read here."
NOT_FOUND = "Nothing of it is in the record."


class Depths(QObject):
    """Reads in threads of its own, the newest question first.

    Signals:
        waves_read: the `SessionWaves` of the session asked for, and its refused frames.
        waves_missing: why there are none.
        origin_found: the `Origin` that was asked for.
        origin_missing: why there is none.
    """

    waves_read = Signal(object, object)
    waves_missing = Signal(str)
    origin_found = Signal(object)
    origin_missing = Signal(str)

    def __init__(
        self, waves: WaveSource | None, origins: OriginSource | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._waves, self._origins = waves, origins
        self._reading = Work(self)
        self._finding = Work(self)
        self._reading.done.connect(self._tell_waves)
        self._reading.failed.connect(self.waves_missing)
        self._finding.done.connect(self._tell_origin)
        self._finding.failed.connect(self.origin_missing)

    @property
    def finds_origins(self) -> bool:
        """Whether origins can be asked for."""
        return self._origins is not None

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        return self._reading.busy or self._finding.busy

    def read_waves(self, session: str) -> None:
        """Read the waveforms of `session`; what was being read before is forgotten."""
        self.forget()
        if self._waves is None:
            self.waves_missing.emit(NO_SOURCE)
            return
        self._reading.start(partial(_read, self._waves, self._origins, session))

    def find_origin(self, session: str, picked: Picked, told: Sequence[NumberedEvent]) -> None:
        """Find where what was picked came from."""
        self._finding.abandon()
        if self._origins is not None:
            self._finding.start(partial(_find, self._origins, session, picked, told))

    def forget(self) -> None:
        """Tell nothing more of what is being read."""
        self._reading.abandon()
        self._finding.abandon()

    def finish(self) -> None:
        """Wait for every thread."""
        self._reading.finish()
        self._finding.finish()

    @Slot(object)
    def _tell_waves(self, found: tuple[SessionWaves, tuple[RejectedFrame, ...]]) -> None:
        self.waves_read.emit(*found)

    @Slot(object)
    def _tell_origin(self, found: Origin | None) -> None:
        if found is None:
            self.origin_missing.emit(NOT_FOUND)
        else:
            self.origin_found.emit(found)


def _read(
    waves: WaveSource, origins: OriginSource | None, session: str, _progress: Progress
) -> tuple[SessionWaves, tuple[RejectedFrame, ...]]:
    found = waves.read_waves(session)
    return found, () if origins is None else origins.find_rejected(session)


def _find(
    origins: OriginSource,
    session: str,
    picked: Picked,
    told: Sequence[NumberedEvent],
    _progress: Progress,
) -> Origin | None:
    number = picked.number
    if number is None:
        number = origins.find_packet(session, picked.device, picked.t_ns)
    return None if number is None else origins.find_origin(session, number, told)
