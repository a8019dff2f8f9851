"""Pictures of a file from elsewhere: a copy of a simulated session, read back from EDF+."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from app.exchange.edf_copy import make_edf
from app.exchange.session_copy import read_copy
from app.records.archive import Archive
from app.records.limits_asking import RecordAsker
from app.review.desks import FILES
from app.review.files_desk import FilesDesk
from app.review.sources import Sources
from app.review.window import ReviewWindow
from protocols.vitals import NS_PER_S
from storage.database import Database

PATIENCE_S = 30.0


def picture_files(
    record: Database, session: str, size: QSize, save: Callable[[QWidget, str], object]
) -> None:
    """The desk with the copy of `session` open, its cursor half an hour in."""
    place = str(record.path)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "theatre-2.edf"
        path.write_bytes(make_edf(read_copy(record, session)))
        sources = Sources(catalogue=Archive(record), asker=RecordAsker(record, place))
        window = ReviewWindow(sources)
        window.resize(size)
        window.show()
        desk = cast(FilesDesk, window.turn_to(FILES))
        desk.open_file(path)
        end_s = time.monotonic() + PATIENCE_S
        while desk.work.busy and time.monotonic() < end_s:
            QApplication.processEvents()
        desk.page.plot.go_to(1800 * NS_PER_S)
        desk.page.turn_to("Statistics")
        QApplication.processEvents()
        save(window, "review-files")
        window.close()
